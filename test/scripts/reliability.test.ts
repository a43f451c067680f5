import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { documentOf, readParts, sectionOf, sectionsIn, textOf } from "../../scripts/reliability/lib/document.mjs";
import { compare } from "../../scripts/reliability/reproducible.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const parts = [{ name: "first" }, { name: "second" }, { name: "third" }];

test("sections that were not measured again stay, in the order of the parts", () => {
  const before = documentOf(
    parts,
    new Map([
      ["third", "## Third\n\nold"],
      ["first", "## First\n\nold"],
      ["gone", "## Gone\n\nold"],
    ]),
  );
  const after = documentOf(parts, sectionsIn(before).set("second", "## Second\n\nnew").set("first", "## First\n\nnew"));
  expect(after.match(/^## .*\n\n.*/gm)).toEqual(["## First\n\nnew", "## Second\n\nnew", "## Third\n\nold"]);
  expect(documentOf(parts, sectionsIn(after))).toBe(after);
});

test("a section tells its figures, how they were measured and what failed", () => {
  const outcome = {
    failures: ["one bit differs"],
    tables: [{ head: ["engine", "networks"], rows: [["Node", 5]] }],
    notes: ["A note."],
  };
  const part = { title: "Same bits", unit: "runs" } as Parameters<typeof sectionOf>[0];
  const section = sectionOf(part, outcome, { command: "npm run reliability", count: 3, took: "1.0 s" });
  expect(section).toMatch(
    /^## Same bits\n\nMeasured on \d{4}-\d\d-\d\d by `npm run reliability` \(.*\): 3 runs, 1\.0 s\./,
  );
  expect(section).toContain("- one bit differs");
  expect(section).toContain("| engine | networks |\n| --- | ---: |\n| Node | 5 |");
  expect(section).toMatch(/A note\.$/);
  expect(textOf(outcome)).toMatch(/Node {2,}5[\s\S]*✗ one bit differs/);
});

test("every part has what the command needs, and the document has only sections of parts", async () => {
  const all = await readParts();
  for (const { name, title, unit, counts, place, run } of all) {
    expect([typeof title, typeof unit, typeof place, typeof run], name).toEqual([
      "string",
      "string",
      "number",
      "function",
    ]);
    expect(counts.short, name).toBeGreaterThan(0);
    expect(counts.full, name).toBeGreaterThanOrEqual(counts.short);
  }
  const file = join(root, "docs", "reliability.md");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining([...sectionsIn(text).keys()]));
  expect(text).not.toContain("**Failed:**");
});

test("two builds are equal only if every file is", () => {
  const build = { "core.wasm": "1f", "index.js": "2e" };
  const builds = (other: Record<string, string>) => [build, other].map((files) => new Map(Object.entries(files)));
  expect(compare(builds(build)).failures).toEqual([]);
  expect(compare(builds({ ...build, "core.wasm": "3d" })).failures).toEqual(["core.wasm differs: 1f, 3d"]);
  expect(compare(builds({ ...build, "more.js": "4c" })).failures).toEqual(["more.js differs: missing, 4c"]);
});
