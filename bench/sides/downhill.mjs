// downhill, of this work tree or of another build of it (`DOWNHILL_DIST`), with either of its wasm builds.
import { pathToFileURL } from "node:url";
import { blocksOf, dataOf, weightsOf } from "../workloads.mjs";

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @param {{ variant?: "simd128" | "relaxed-simd" }} [options]
 * @returns {Promise<import("../side.mjs").Side>}
 */
export async function prepare(workload, { variant = "simd128" } = {}) {
  const dist = process.env.DOWNHILL_DIST;
  if (workload.kind === "update") {
    if (dist !== undefined || variant !== "simd128") throw new Error("only this build's own core is at hand");
    return updates(workload);
  }
  const load = (name) => import(dist === undefined ? name : new URL(entry(name), pathToFileURL(`${dist}/`)).href);
  const { Dataset, init, Model, matrix } = await load("downhill");
  if (variant === "relaxed-simd") await init({ wasm: (await load("downhill/relaxed-simd")).relaxedSimd });
  const { inputs, layers, loss, optimizer, kind, batch, batches, steps } = workload;
  const { x, y, rows } = dataOf(workload);
  const model = await Model.create({ inputs, layers, loss, optimizer });
  model.setParameters(weightsOf(workload));
  const samples = matrix(x, [rows, inputs]);
  if (kind === "predict") {
    const out = new Float32Array(batch * layers[layers.length - 1].units);
    return {
      turn: () => {
        for (let i = 0; i < steps; i++) model.predictInto(samples, out);
      },
      loss: () => model.evaluate(samples, y).loss,
    };
  }
  const data = Dataset.fromArrays(samples, y);
  const options = { epochs: steps / batches, batchSize: batch, shuffle: false };
  let last = Number.NaN;
  return {
    turn: async () => {
      last = (await model.fit(data, options)).epochs.at(-1).loss;
    },
    loss: () => last,
  };
}

/** The optimizer alone: the core's, without the public `Optimizer`, which copies the user's arrays in and out. */
async function updates({ optimizer, steps, ...workload }) {
  // Only here: the start of the other workloads is measured, too.
  const { coreOptimizer } = await import("../optimizers.mjs");
  const { step, parameters } = await coreOptimizer(optimizer.type, blocksOf(workload));
  return {
    turn: () => {
      for (let i = 0; i < steps; i++) step();
    },
    loss: () => parameters()[0],
  };
}

const entry = (name) => (name === "downhill" ? "index.js" : "relaxed-simd.js");
