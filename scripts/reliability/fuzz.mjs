// Fuzzers on the core's readers and handles (fuzz/README.md).

import { fuzz, targets } from "../fuzz.mjs";
import { CommandError } from "../lib/run.mjs";

export const place = 3.1;
export const title = "Fuzzers";
export const unit = "seconds for each target";
export const counts = { short: 10, full: 300 };

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count }) {
  const failures = [];
  const rows = [];
  for (const target of targets) {
    try {
      const { by, executions, edges } = await fuzz(target, count);
      if (!(executions > 0)) failures.push(`${target}: it does not say how often it ran`);
      rows.push([target, by, count, executions, edges ?? "not counted"]);
    } catch (error) {
      failures.push(`${target}: ${error instanceof CommandError ? error.output.slice(-2000) : error.stack}`);
    }
  }
  return {
    failures,
    tables: [{ head: ["target", "by", "seconds", "executions", "edges seen"], words: 2, rows }],
    notes: [
      "`config` reads configurations, `calls` makes any calls of the handles with any numbers: create, write, train, load state, evaluate, share, free. A panic fails this; so does a call that reports an error, or a step that diverges, and has changed something. Inputs that once crashed lie in `fuzz/regressions` and are run by every `npm test`.",
    ],
  };
}

export { measure as run };
