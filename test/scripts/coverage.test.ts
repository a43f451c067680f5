import { expect, test } from "vitest";
import { explain, type FileCoverage, missed, ranges, share, total } from "../../scripts/coverage/files.mjs";

const source = ["function far() {", "  if (a) {", "    b();", "  }", "}", "", "c();", "d ? e : f;"].join("\n");
const file = (lines: [number, number][], branches: [number, number][] = []): FileCoverage => {
  return { file: "a.ts", lines, branches };
};
const check = (one: FileCoverage, explained: Record<string, [string, ...string[]][]>) =>
  explain([one], explained, async () => source);

test("what no test runs fails without an explanation, whether a line or a way out of one", async () => {
  const { gaps, failures } = await check(
    file(
      [
        [2, 1],
        [3, 0],
        [7, 1],
      ],
      [
        [8, 2],
        [8, 0],
      ],
    ),
    {},
  );
  expect(gaps).toEqual([{ file: "a.ts", lines: [3], branches: [8], why: [] }]);
  expect(failures).toEqual(["a.ts: no test runs all of lines 3, 8, and explained.mjs does not say why"]);
});

test("an explanation is good for its line and what that opens, and for no more", async () => {
  const gap = file([
    [2, 0],
    [3, 0],
    [7, 0],
  ]);
  expect((await check(gap, { "a.ts": [["never", "function far"]] })).failures).toEqual([
    "a.ts: no test runs all of lines 7, and explained.mjs does not say why",
  ]);
  expect(await check(gap, { "a.ts": [["never", "if (a)", "c();"]] })).toEqual({
    gaps: [{ file: "a.ts", lines: [2, 3, 7], branches: [], why: ["never"] }],
    failures: [],
  });
});

test("an explanation of what tests run, of no line, of several lines or of no file fails", async () => {
  const all = file([[3, 1]]);
  const failing = { "a.ts": [["why", "b();", "gone", "(" as string] as [string, ...string[]]], "b.ts": [] };
  expect((await check(all, failing)).failures).toEqual([
    "explained.mjs: b.ts is no file that is counted",
    "explained.mjs: in a.ts tests run all of `b();`",
    "explained.mjs: a.ts has `gone` 0 times",
    "explained.mjs: a.ts has `(` 4 times",
  ]);
});

test("figures are rounded down to 99.9 % until nothing is missing", () => {
  const lines = Array.from({ length: 5000 }, (_, i): [number, number] => [i, i === 0 ? 0 : 1]);
  expect(share(total([file(lines)], "lines"))).toBe("99.9 %");
  expect(share(total([file([[1, 1]])], "lines"))).toBe("100 %");
});

test("lines are named once, in runs", () => {
  const counts: [number, number][] = [5, 4, 9, 5, 3, 7].map((line) => [line, line === 7 ? 1 : 0]);
  expect(ranges(missed(counts))).toBe("3–5, 9");
});
