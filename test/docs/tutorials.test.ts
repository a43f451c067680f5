import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pages, show } from "../../scripts/docs-tutorials.mjs";
import { best, gradientOf, lossOf, pairs } from "../../scripts/tutorials/forms.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

type Path = readonly (readonly number[])[];

test("both pages about the tutorials are what the script writes now", async () => {
  const texts: Record<string, string> = await pages();
  expect(Object.keys(texts)).toEqual(["docs/what-tutorials-get-wrong.md", "docs/what-tutorials-get-wrong.zh.md"]);
  for (const [path, text] of Object.entries(texts)) expect(read(path)).toBe(text);
});

test("both languages show the same numbers in the same order", () => {
  const [english, chinese] = ["page.md", "page.zh.md"].map((name) => read(`scripts/tutorials/${name}`));
  const places = (text = "") => [...text.matchAll(/\{\{(.*?)\}\}/g)].map((match) => match[1]);
  const sections = (text = "") => text.split(/^## /m).map((section) => new Set(places(section)));
  expect(sections(chinese)).toEqual(sections(english));
  expect(places(english).length).toBeGreaterThan(40);
});

describe("the pages' paths", async () => {
  const all: Record<string, { wrong: Path; right: Path }> = await pairs();

  test("the gradient is that of the loss", () => {
    const h = 1e-5;
    const theta = [0.5, -1];
    const differences = [0, 1].map((i) => {
      const at = (side: number) => lossOf(theta.map((value, k) => (k === i ? value + side * h : value)));
      return (at(1) - at(-1)) / (2 * h);
    });
    gradientOf(theta).forEach((g: number, i: number) => {
      expect(g).toBeCloseTo(differences[i] as number, 6);
    });
  });

  test.each(Object.keys(all))("%s: the right form ends near the bottom, the wrong one went another way", (name) => {
    const { wrong, right } = all[name] as { wrong: Path; right: Path };
    expect(right).toHaveLength(1001);
    expect(wrong).toHaveLength(1001);
    expect(lossOf(right[1000] ?? [])).toBeLessThan(best.loss + 0.05); // Adagrad at 0.1 is on its way
    const distance = Math.max(...wrong.map((theta, t) => Math.hypot(...theta.map((v, i) => v - (right[t]?.[i] ?? 0)))));
    expect(distance).not.toBeLessThan(1e-3); // or NaN
  });
});

test("numbers are written with four decimals, or four digits and an exponent", () => {
  expect([0, 3.01001, -0.04, 0.0012345, 1e-5, -3.6163e32, Number.NaN].map(show)).toEqual([
    "0",
    "3.0100",
    "-0.0400",
    "0.0012",
    "1.000e-5",
    "-3.616e32",
    "NaN",
  ]);
});
