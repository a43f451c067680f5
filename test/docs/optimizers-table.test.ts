import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { head, replayAll, summarize } from "../../scripts/optimizers-table.mjs";
import { presetRows, head as presetsHead } from "../../scripts/presets-table.mjs";
import { adamw } from "../../ts/config/optimizers/adam.js";
import { normalizeOptimizer, optimizerNames, wrappers } from "../../ts/config/optimizers/index.js";
import { lbfgs } from "../../ts/config/optimizers/lbfgs.js";
import { bound } from "../golden/replay.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The cells of a committed table, line by line. */
function committed(name: string): string[][] {
  const text = readFileSync(join(root, "docs/optimizers.md"), "utf8");
  const [, rest = ""] = text.split(`<!-- table:${name} -->`);
  const lines = rest
    .slice(0, rest.indexOf(`<!-- /table:${name} -->`))
    .trim()
    .split("\n");
  return lines.map((line) => line.slice(2, -2).split(" | "));
}

test("the table has a row for every rule and every wrapper, and what the replay gives now", async () => {
  const [titles, , ...rows] = committed("optimizers");
  expect(titles).toEqual(head);
  const names = rows.map(([rule]) => rule?.replaceAll("`", ""));
  // sam needs a function to ask: test/shared/sam-minimize.test.ts replays its cases.
  const replayed = Object.keys(wrappers).filter((name) => name !== "sam");
  expect(new Set(names)).toEqual(new Set([...optimizerNames, ...replayed]));
  expect(rows.map((row) => row.slice(0, -1))).toEqual(summarize(await replayAll()));
  for (const [rule = "", ...cells] of rows) {
    const time = cells.at(-1) as string;
    if (rule.replaceAll("`", "") in wrappers) expect(time).toBe("–");
    else expect(Number(time), rule).toBeGreaterThan(0);
  }
});

test("every case keeps the bound, and every rule has changing rates or zero gradients among its cases", async () => {
  const results = await replayAll();
  expect(results.filter(({ type, difference }) => !(difference <= bound(type)))).toEqual([]);
  for (const name of optimizerNames) {
    const covered = results.filter(({ type }) => type === name).flatMap((row) => row.covered);
    expect(covered, name).toContain("zero gradients");
    expect(covered, name).toContain("weightDecay");
  }
});

test("the table of presets is what the library does now, with every rule and wrapper and both libraries", async () => {
  const [titles, , ...rows] = committed("presets");
  expect(titles).toEqual(presetsHead);
  expect(rows).toEqual(await presetRows());
  for (const name of [...optimizerNames, ...Object.keys(wrappers), "lbfgs"]) {
    const own = rows.filter(([rule]) => rule === `\`${name}\``).map((row) => row.join(" "));
    for (const library of ["keras", "optax"])
      expect(
        own.some((row) => row.toLowerCase().includes(library)),
        `${name} of ${library}`,
      ).toBe(true);
  }
});

test.each([...optimizerNames, "lbfgs"])("the section of %s names every option with its default", (name) => {
  const text = readFileSync(join(root, "docs/optimizers.md"), "utf8");
  const [, options] = new RegExp(`^## ${name}\\n\\n\`${name}\\((\\{.*?\\})\\)\``, "m").exec(text) ?? [];
  // `adamw` leaves those of adam out.
  const isShort = options?.includes("…") === true;
  const read = new Function("adamw", `return ${options?.replace(", …", "")}`) as (of: typeof adamw) => object;
  const { type, ...defaults } = name === "lbfgs" ? lbfgs() : normalizeOptimizer(name, name);
  const given = read(adamw);
  const { excludeFromDecay, ...all } = { excludeFromDecay: [], ...defaults };
  if (isShort) expect(all).toMatchObject(given);
  else expect(given).toEqual(all);
  expect(type).toBe(name);
  expect(excludeFromDecay).toEqual([]);
});
