// W10: the most memory that W5 takes, above an empty Node, and whether 100,000 steps take more than 10,000.
//
//   node bench/memory.mjs            measures
//   node bench/memory.mjs WHO        one of the processes that it starts: empty, tiny, train, long; prints JSON
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dataOf, weightsOf, workloads } from "./workloads.mjs";

const self = fileURLToPath(import.meta.url);
const workload = (id) => workloads.find((one) => one.id === id);
const mebibytes = (bytes) => bytes / 2 ** 20;

/** Bytes that cannot be done without: parameters, gradients, two moments, activations with their derivatives, data. */
export function necessaryBytes({ layers, batch, ...rest }) {
  const parameters = weightsOf({ layers, batch, ...rest }).reduce((sum, { data }) => sum + data.length, 0);
  const activations = 2 * batch * layers.reduce((sum, { units }) => sum + units, 0);
  const { x, y } = dataOf({ layers, batch, ...rest });
  return 4 * (4 * parameters + activations) + x.byteLength + 4 * y.length;
}

const roles = {
  empty() {},
  async tiny() {
    await train("W3", 1);
  },
  async train() {
    await train("W5", 20);
  },
  async long() {
    const { runtimeInfo } = await import("downhill");
    const seen = [];
    await train("W3", 10, async () => {
      globalThis.gc?.();
      seen.push({ rss: process.memoryUsage().rss, wasm: runtimeInfo().memoryBytes });
    });
    return { first: seen[0], last: seen.at(-1) };
  },
};

/** Makes a workload's network and trains it `times` times: 10,000 steps each of W3, one pass over the data of others. */
async function train(id, times, afterEach = () => {}) {
  const { Dataset, Model, matrix } = await import("downhill");
  const { inputs, layers, loss, optimizer, batch, batches } = workload(id);
  const model = await Model.create({ inputs, layers, loss, optimizer });
  const { x, y, rows } = dataOf(workload(id));
  const data = Dataset.fromArrays(matrix(x, [rows, inputs]), y);
  for (let i = 0; i < times; i++) {
    await model.fit(data, { epochs: id === "W3" ? 10_000 / batches : 1, batchSize: batch });
    await afterEach();
  }
}

/** The most memory that this process held. On Linux what it was forked from does not count, as it would in `maxRSS`. */
function peak() {
  const file = "/proc/self/status";
  const kibibytes = existsSync(file) && /^VmHWM:\s+(\d+)/m.exec(readFileSync(file, "utf8"))?.[1];
  return 1024 * Number(kibibytes || process.resourceUsage().maxRSS);
}

/** Runs a role in a process of its own. */
function measured(role) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", self, role], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** @returns bytes: peaks of the processes, what W5 needs at least, and what the long run held after a tenth and at the end */
export function measureMemory() {
  const [empty, tiny, large] = ["empty", "tiny", "train"].map((role) => measured(role).peak);
  const { first, last } = measured("long");
  return { empty, tiny, train: large, necessary: necessaryBytes(workload("W5")), first, last };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const role = process.argv[2];
  if (role !== undefined) {
    const result = await roles[role]();
    console.log(JSON.stringify({ ...result, peak: peak() }));
  } else {
    const { empty, train, necessary, first, last } = measureMemory();
    const above = train - empty;
    console.log(`\n  W10  peak memory of 784-512-512-10, batch 128, Adam: ${mebibytes(train).toFixed(1)} MiB`);
    console.log(
      `       an empty Node ${mebibytes(empty).toFixed(1)} MiB, so ${mebibytes(above).toFixed(1)} MiB above it: ${(above / necessary).toFixed(2)} × the ${mebibytes(necessary).toFixed(1)} MiB of`,
    );
    console.log("       parameters, gradients, moments, activations and data");
    console.log(
      `       4-16-16-3 after 10,000 steps ${mebibytes(first.rss).toFixed(1)} MiB, after 100,000 ${mebibytes(last.rss).toFixed(1)} MiB; the core's memory ${mebibytes(first.wasm)} and ${mebibytes(last.wasm)} MiB`,
    );
  }
}
