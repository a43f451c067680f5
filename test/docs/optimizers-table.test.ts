import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { head, replayAll, summarize } from "../../scripts/optimizers-table.mjs";
import { optimizerNames, wrappers } from "../../ts/config/optimizers/index.js";
import { bound } from "../golden/replay.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The cells of the committed table, line by line. */
function committed(): string[][] {
  const text = readFileSync(join(root, "docs/optimizers.md"), "utf8");
  const [, table = ""] = /<!-- table:optimizers -->([\s\S]*)<!-- \/table:optimizers -->/.exec(text) ?? [];
  const lines = table.trim().split("\n");
  return lines.map((line) => line.slice(2, -2).split(" | "));
}

test("the table has a row for every rule and every wrapper, and what the replay gives now", async () => {
  const [titles, , ...rows] = committed();
  expect(titles).toEqual(head);
  const names = rows.map(([rule]) => rule?.replaceAll("`", ""));
  // sam needs a function to ask: test/shared/optimizer-sam.test.ts has its equation.
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
