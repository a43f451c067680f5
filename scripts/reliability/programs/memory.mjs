// What ../memory.mjs measures, in a process of its own: one kind of thing, made and given back so many times.
//
//   node --expose-gc scripts/reliability/programs/memory.mjs KIND COUNT
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as later } from "node:timers/promises";
import { adam, batchNormalization, Dataset, dense, dropout, Model, matrix, Optimizer, runtimeInfo } from "downhill";
import { WorkerModel } from "downhill/worker";

const config = {
  inputs: 16,
  layers: [dense(64, { activation: "relu" }), batchNormalization(), dropout(0.1), dense(3)],
  loss: "sparseCategoricalCrossEntropy",
  optimizer: adam(),
  metrics: ["accuracy"],
};
const rows = 40;
const x = matrix(
  Float32Array.from({ length: rows * 16 }, (_, i) => (i % 7) / 7),
  [rows, 16],
);
const y = Array.from({ length: rows }, (_, i) => i % 3);

const trained = async (made) => {
  await made.fit(x, y, { batchSize: 16, validationSplit: 0.2 });
  return made;
};
const theta = new Float32Array(5000).fill(1);

/** One cycle of each kind; the forgotten ones go in a function of their own, so that nothing holds them. */
const kinds = {
  model: async () => (await trained(await Model.create(config))).dispose(),
  optimizer: async () => {
    const optimizer = await Optimizer.create("adam", [theta.length]);
    optimizer.step([theta], [theta]);
    optimizer.dispose();
  },
  dataset: async () => {
    const data = Dataset.fromArrays(x, y);
    await (await keptModel()).fit(data);
    data.dispose();
  },
  forgotten: async () => void (await trained(await Model.create(config))),
  worker: async () => (await trained(await WorkerModel.create(config))).dispose(),
  "forgotten-worker": async () => void (await trained(await WorkerModel.create(config))),
};

let kept;
const keptModel = async () => {
  kept ??= await Model.create(config);
  return kept;
};

/** Threads of this process, where the system tells. */
const tasks = () => (existsSync("/proc/self/task") ? readdirSync("/proc/self/task").length : 0);
let usual = Number.POSITIVE_INFINITY;
/** Threads of workers that have not ended. */
const threads = () => Math.max(0, tasks() - usual);

/** Collects until nothing that was forgotten is left, or hope is. */
async function settle() {
  for (let turn = 0; turn < 200; turn++) {
    globalThis.gc();
    await later(5);
    if (runtimeInfo().liveModels === Number(kept !== undefined) && threads() === 0) return;
  }
}

const [kind, count] = process.argv.slice(2);
const cycles = Number(count);
// Node starts threads of its own with the first file and the first worker.
await (await WorkerModel.create(config)).dispose();
await later(100);
usual = tasks();
let before;
for (let i = 0; i < cycles; i++) {
  await kinds[kind]();
  if (kind.startsWith("forgotten") && i % 20 === 19) await settle();
  if (i + 1 === Math.max(20, Math.ceil(cycles / 10))) {
    await settle();
    before = runtimeInfo().memoryBytes;
  }
}
await settle();
kept?.dispose();
const { memoryBytes: after, liveModels: live } = runtimeInfo();
console.log(JSON.stringify({ before: before ?? after, after, live, threads: threads() }));
