// ConvNetJS (its npm release has no Adam: windowgrad, its RMSprop, stands in), one sample at a time, weights updated per batch.
import { createRequire } from "node:module";
import { dataOf, weightsOf } from "../workloads.mjs";

const require = createRequire(import.meta.url);

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @returns {Promise<import("../side.mjs").Side>}
 */
export async function prepare(workload) {
  const convnet = require("convnetjs");
  const { kind, inputs, layers, loss, optimizer, batch, batches, steps } = workload;
  if (kind !== "train") throw new Error("its forward pass alone is not measured");
  const { x, y, rows } = dataOf(workload);
  const { units } = layers.at(-1);
  const network = new convnet.Net();
  const last =
    loss === "meanSquaredError" ? { type: "regression", num_neurons: units } : { type: "softmax", num_classes: units };
  const hidden = layers
    .slice(0, -1)
    .map((layer) => ({ type: "fc", num_neurons: layer.units, activation: layer.activation }));
  network.makeLayers([{ type: "input", out_sx: 1, out_sy: 1, out_depth: inputs }, ...hidden, last]);
  const weights = weightsOf(workload);
  network.layers
    .filter(({ layer_type: type }) => type === "fc")
    .forEach((layer, i) => {
      const [kernel, bias] = weights.slice(2 * i, 2 * i + 2);
      layer.filters.forEach((filter, j) => {
        for (let p = 0; p < kernel.shape[0]; p++) filter.w[p] = kernel.data[p * kernel.shape[1] + j];
        layer.biases.w[j] = bias.data[j];
      });
    });
  const method = optimizer.type === "adam" ? "windowgrad" : "sgd";
  const { learningRate, momentum = 0 } = optimizer;
  const trainer = new convnet.Trainer(network, {
    method,
    learning_rate: learningRate,
    momentum,
    batch_size: batch,
    l2_decay: 0,
  });
  const volumes = Array.from({ length: rows }, (_, row) => {
    const volume = new convnet.Vol(1, 1, inputs, 0);
    for (let i = 0; i < inputs; i++) volume.w[i] = x[row * inputs + i];
    return volume;
  });
  const target = (row) => (y instanceof Float32Array ? Array.from(y.slice(row * units, (row + 1) * units)) : y[row]);
  const targets = Array.from({ length: rows }, (_, row) => target(row));
  let mean = Number.NaN;
  return {
    turn: () => {
      for (let step = 0; step < steps; step++) {
        if (step % batches === 0) mean = 0;
        for (let i = 0; i < batch; i++) {
          const row = (step % batches) * batch + i;
          mean += trainer.train(volumes[row], targets[row]).cost_loss / (batch * batches);
        }
      }
    },
    loss: () => mean,
  };
}
