// brain.js trains sample by sample, with a squared error only: it takes part in the smallest regression-like workloads.
import { createRequire } from "node:module";
import { dataOf } from "../workloads.mjs";

const require = createRequire(import.meta.url);

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @returns {Promise<import("../side.mjs").Side>}
 */
export async function prepare(workload) {
  const { NeuralNetwork } = require("brain.js");
  const { id, kind, inputs, layers, batch, batches, steps, optimizer } = workload;
  if (kind !== "train" || !["W1", "W2", "W3"].includes(id)) throw new Error("too slow to wait for");
  const { x, y, rows } = dataOf(workload);
  const { units } = layers.at(-1);
  const target = (row) =>
    y instanceof Float32Array
      ? Array.from(y.slice(row * units, (row + 1) * units))
      : Array.from({ length: units }, (_, c) => Number(y[row] === c));
  const samples = Array.from({ length: rows }, (_, row) => ({
    input: Array.from(x.slice(row * inputs, (row + 1) * inputs)),
    output: target(row),
  }));
  const activation = layers[0].activation === "tanh" ? "tanh" : layers[0].activation === "relu" ? "relu" : "sigmoid";
  const network = new NeuralNetwork({ hiddenLayers: layers.slice(0, -1).map((layer) => layer.units), activation });
  let result = { error: Number.NaN };
  return {
    turn: () => {
      result = network.train(samples, {
        iterations: Math.ceil((steps * batch) / (batch * batches)),
        errorThresh: 1e-12,
        learningRate: Math.min(0.1, optimizer.learningRate * 10),
        momentum: optimizer.momentum ?? 0.1,
        keepNetworkIntact: true,
      });
    },
    loss: () => result.error,
  };
}
