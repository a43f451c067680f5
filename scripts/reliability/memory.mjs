// Models, optimizers and data sets made, used and given back, or forgotten, must leave the memory as it was (item 7.4).
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const place = 4;
export const title = "The memory stays flat";
export const unit = "cycles";
export const counts = { short: 1000, full: 10_000 };

const program = fileURLToPath(new URL("programs/memory.mjs", import.meta.url));

/** Each kind in a process of its own; of the dear ones fewer. */
const kinds = [
  ["models created, trained, disposed of", "model", 1],
  ["optimizers created, stepped, disposed of", "optimizer", 1],
  ["data sets made, trained on, disposed of", "dataset", 1],
  ["models forgotten", "forgotten", 0.1],
  ["WorkerModels created, trained, disposed of", "worker", 0.01],
  ["WorkerModels forgotten", "forgotten-worker", 0.005],
];

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count }) {
  const failures = [];
  const rows = [];
  for (const [name, kind, share] of kinds) {
    const times = Math.ceil(count * share);
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, kind, String(times)]);
    const { before, after, live, threads } = JSON.parse(stdout);
    rows.push([name, times, before, after, live, threads]);
    if (after !== before) failures.push(`${name}: the core's memory went from ${before} to ${after} bytes`);
    if (live !== 0) failures.push(`${name}: ${live} models count as alive at the end`);
    if (threads !== 0) failures.push(`${name}: ${threads} threads are left`);
  }
  return {
    failures,
    tables: [{ head: ["", "times", "bytes after a tenth", "bytes at the end", "models alive", "threads left"], rows }],
    notes: [
      "Bytes are those of the core's WebAssembly memory, which never shrinks, so that a single leak of a page shows; of WorkerModels, whose memories end with their threads, those of the caller's. A `FinalizationRegistry` gives back what was forgotten some time after a garbage collection, so these are waited for, and collected every so often.",
    ],
  };
}

export { measure as run };
