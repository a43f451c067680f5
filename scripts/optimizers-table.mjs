// Every rule and wrapper against its reference, by the built library, and what an update costs: the table of
// docs/optimizers.md, which `node scripts/docs-tables.mjs optimizers` writes. Printed by `npm run golden`.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Optimizer } from "downhill";
import { table } from "../examples/lib/text.mjs";
import { replay } from "../test/golden/replay.mjs";
import { root } from "./lib/paths.mjs";

/** What all cases must keep: plain f32 with f64 scalars stays below 4e-6. */
export const bound = 5e-6;

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
      results.push({
        name: row.name,
        type,
        reference: row.reference,
        covered,
        ...(await replay(Optimizer, golden, row)),
      });
    }
  }
  return results;
}

/** The values without repetition, in the order they came. */
const unique = (values) => [...new Set(values)];

/**
 * One row for each rule.
 *
 * @param {Awaited<ReturnType<typeof replayAll>>} results
 * @returns {{ type: string, options: string, reference: string, steps: string, difference: string, buffers: string }[]}
 */
export function summarize(results) {
  return unique(results.map(({ type }) => type)).map((type) => {
    const cases = results.filter((result) => result.type === type);
    const references = unique(cases.map(({ reference }) => reference)).map(
      (reference) => `${reference} (${cases.filter((row) => row.reference === reference).length})`,
    );
    const buffers = cases.map((row) => row.buffers);
    const [fewest, most] = [Math.min(...buffers), Math.max(...buffers)];
    return {
      type,
      options: unique(cases.flatMap(({ covered }) => covered)).join(", "),
      reference: references.join(", "),
      steps: unique(cases.map(({ steps }) => steps)).join(", "),
      difference: Math.max(...cases.map(({ difference }) => difference)).toExponential(1),
      buffers: fewest === most ? String(most) : `${fewest} to ${most}`,
    };
  });
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
      ["rule", "cases", "largest difference"],
      summarize(results).map(({ type, difference }) => [
        type,
        results.filter((result) => result.type === type).length,
        difference,
      ]),
    ),
  );
  if (results.some(({ difference }) => !(difference <= bound))) process.exitCode = 1;
}
