// Every rule and wrapper against its reference, by the built library, and what an update costs: the table of
// docs/optimizers.md, which `node scripts/docs-tables.mjs optimizers` writes. Printed by `npm run golden`.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Optimizer } from "downhill";
import { measureOptimizers } from "../bench/optimizers.mjs";
import { table } from "../examples/lib/text.mjs";
import { bound, replay } from "../test/golden/replay.mjs";
import { root } from "./lib/paths.mjs";

const files = ["optimizers.json", "wrappers.json"];

/**
 * Replays every case.
 *
 * @returns {Promise<{ name: string, type: string, reference: string, covered: string[], difference: number,
 *   buffers: number, steps: number }[]>}
 */
export async function replayAll() {
  const results = [];
  for (const file of files) {
    const golden = JSON.parse(await readFile(join(root, "test", "golden", file), "utf8"));
    for (const row of golden.cases) {
      const { type, ...options } = row.optimizer;
      const covered = Object.keys(options);
      if (row.learningRates !== null) covered.push("changing rates");
      if (row.zeroGradients.length > 0) covered.push("zero gradients");
      if (row.zeroStart !== undefined) covered.push("zero parameters");
      if (row.pull !== undefined) covered.push("gradients of θ");
      const { name, reference } = row;
      results.push({ name, type, reference, covered, ...(await replay(Optimizer, golden, row)) });
    }
  }
  return results;
}

/** The values without repetition, in the order they came. */
const unique = (values) => [...new Set(values)];

/** What the table of the document says of each rule, in this order; the time stands last. */
export const head = [
  "rule",
  "options covered",
  "reference",
  "cases",
  "steps",
  "largest relative difference",
  "state buffers",
  "ns a parameter",
];

/**
 * One row for each rule and wrapper: all of {@link head} but the time.
 *
 * @param {Awaited<ReturnType<typeof replayAll>>} results
 * @returns {string[][]}
 */
export function summarize(results) {
  return unique(results.map(({ type }) => type)).map((type) => {
    const cases = results.filter((result) => result.type === type);
    const references = unique(cases.flatMap(({ reference }) => reference.split(", ")));
    const byEquation = cases.filter(({ reference }) => reference === "equation").length;
    const buffers = cases.map((row) => row.buffers);
    const [fewest, most] = [Math.min(...buffers), Math.max(...buffers)];
    return [
      `\`${type}\``,
      unique(cases.flatMap(({ covered }) => covered)).join(", "),
      references.map((name) => (name === "equation" ? `equation (${byEquation} of ${cases.length})` : name)).join(", "),
      String(cases.length),
      unique(cases.map(({ steps }) => steps)).join(", "),
      Math.max(...cases.map(({ difference }) => difference)).toExponential(1),
      fewest === most ? String(most) : `${fewest} to ${most}`,
    ];
  });
}

/**
 * The whole table, times included: those of a block of 1e6 parameters with the rule's defaults, the fastest of many.
 *
 * @returns {Promise<string[][]>}
 */
export async function measuredRows() {
  const rows = summarize(await replayAll());
  const times = await measureOptimizers([1e6]);
  return rows.map((row) => [...row, times.get(row[0].slice(1, -1))?.[0]?.toFixed(2) ?? "–"]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const results = await replayAll();
  console.log(
    table(
      ["case", "reference", "largest difference"],
      results.map(({ name, reference, difference }) => [name, reference, difference.toExponential(1)]),
    ),
  );
  console.log();
  console.log(
    table(
      ["rule", "cases", "steps", "largest difference", "state buffers"],
      summarize(results).map(([rule, , , ...numbers]) => [rule.slice(1, -1), ...numbers]),
    ),
  );
  if (results.some(({ type, difference }) => !(difference <= bound(type)))) process.exitCode = 1;
}
