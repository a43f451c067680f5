// Every rule and wrapper against its reference, by the built library: what `docs/optimizers.md` shows as a table
// (`scripts/docs-tables.mjs optimizers`). `npm run golden` prints it, one line for each case with --cases.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Optimizer } from "downhill";
import { replay } from "../test/golden/replay.mjs";
import { root } from "./lib/paths.mjs";

/** What all cases must keep (numerics: plain f32 with f64 scalars stays below 4e-6). */
export const bound = 5e-6;

const files = ["optimizers.json", "wrappers.json"];

/** Replays every case. @returns {Promise<{ name: string, type: string, reference: string, difference: number }[]>} */
export async function replayAll() {
  const results = [];
  for (const file of files) {
    const golden = JSON.parse(await readFile(join(root, "test", "golden", file), "utf8"));
    for (const row of golden.cases) {
      const { optimizer, name, reference, learningRates, zeroGradients } = row;
      const outcome = await replay(Optimizer, golden, row);
      const { type, ...options } = optimizer;
      const covered = Object.keys(options);
      if (learningRates !== null) covered.push("changing rates");
      if (zeroGradients.length > 0) covered.push("zero gradients");
      results.push({ name, type, reference, covered, ...outcome });
    }
  }
  return results;
}

/**
 * One row for each rule: what the table says, but for the time.
 *
 * @returns {{ rule: string, options: string, reference: string, steps: string, difference: string, buffers: string }[]}
 */
export function summarize(results) {
  return [...Map.groupBy(results, ({ type }) => type)].map(([type, cases]) => {
    const unique = (values) => [...new Set(values)];
    const byReference = Map.groupBy(cases, ({ reference }) => reference);
    const buffers = unique(cases.map((row) => row.buffers)).sort((a, b) => a - b);
    return {
      rule: `\`${type}\``,
      options: unique(cases.flatMap(({ covered }) => covered))
        .sort()
        .join(", "),
      reference: [...byReference].map(([reference, of]) => `${reference} (${of.length})`).join(", "),
      steps: unique(cases.map(({ steps }) => steps)).join(", "),
      difference: Math.max(...cases.map(({ difference }) => difference)).toExponential(1),
      buffers: buffers.length > 1 ? `${buffers[0]} to ${buffers.at(-1)}` : String(buffers[0]),
    };
  });
}
