// What is measured: networks with data from a seed. A row more is an entry more.
import { adam, Dataset, dense, Model, matrix, sgd } from "downhill";
import { uniform } from "../examples/lib/random.mjs";
import { Baseline } from "./baseline.mjs";

/**
 * @typedef {object} Workload
 * @property {string} id
 * @property {string} name
 * @property {number} inputs
 * @property {readonly object[]} layers configs from `dense(…)`
 * @property {string} loss
 * @property {object} optimizer
 * @property {number} batch rows of a step
 * @property {number} steps in one turn of the measurement
 * @property {number} batches different ones in the data
 * @property {number} [wanted] how many times faster than plain JavaScript it must be
 */

const classify = { loss: "sparseCategoricalCrossEntropy" };
const digits = { ...classify, inputs: 784, layers: [dense(128, { activation: "relu" }), dense(10)], optimizer: adam() };

/** @type {readonly Workload[]} */
export const workloads = [
  {
    id: "regression",
    name: "regression 1-1, 100 points, 1,000 iterations",
    inputs: 1,
    layers: [dense(1)],
    loss: "meanSquaredError",
    optimizer: sgd({ learningRate: 0.01 }),
    batch: 100,
    batches: 1,
    steps: 1000,
  },
  {
    id: "xor",
    name: "XOR 2-8-1, batch 4, momentum, 1,000 steps",
    inputs: 2,
    layers: [dense(8, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
    loss: "meanSquaredError",
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    batch: 4,
    batches: 1,
    steps: 1000,
  },
  {
    id: "tiny",
    name: "4-16-16-3, batch 16, Adam",
    ...classify,
    inputs: 4,
    layers: [dense(16, { activation: "relu" }), dense(16, { activation: "relu" }), dense(3)],
    optimizer: adam(),
    batch: 16,
    batches: 10,
    steps: 1000,
    wanted: 2,
  },
  { id: "digits32", name: "784-128-10, batch 32, Adam", ...digits, batch: 32, batches: 20, steps: 20 },
  { id: "digits128", name: "784-128-10, batch 128, Adam", ...digits, batch: 128, batches: 6, steps: 6, wanted: 6 },
];

/** Floating-point operations of the products in one step: forward, gradients of kernels, of all inputs but the first. */
export function flopsOfStep({ inputs, layers, batch }) {
  return layers.reduce((sum, { units }, i) => {
    const before = i === 0 ? inputs : layers[i - 1].units;
    return sum + (i === 0 ? 4 : 6) * batch * before * units;
  }, 0);
}

/** Inputs in 0 … 1; targets that depend on them, so that there is something to learn. */
export function dataOf({ inputs, layers, loss, batch, batches }) {
  const next = uniform(1);
  const rows = batch * batches;
  const units = layers[layers.length - 1].units;
  const x = Float32Array.from({ length: rows * inputs }, next);
  const first = (row) => x[row * inputs];
  const y =
    loss === "meanSquaredError"
      ? Float32Array.from({ length: rows * units }, (_, i) => (first(Math.floor(i / units)) > 0.5 ? 1 : 0))
      : Uint8Array.from({ length: rows }, (_, row) => Math.floor(first(row) * units));
  return { x, y, rows };
}

/**
 * Both sides of a workload, with the same weights: each turn makes `steps` updates over the batches in order.
 *
 * @param {Workload} workload
 * @returns {Promise<{ downhill: () => Promise<number>, baseline: () => number, dispose: () => void }>} a turn returns the
 *   mean loss of its last pass over the data
 */
export async function prepare(workload) {
  const { inputs, layers, loss, optimizer, batch, batches, steps } = workload;
  const { x, y, rows } = dataOf(workload);
  const model = await Model.create({ inputs, layers, loss, optimizer });
  const data = Dataset.fromArrays(matrix(x, [rows, inputs]), y);
  const plain = new Baseline({ inputs, layers, loss, optimizer, maxBatch: batch });
  plain.setParameters(model.parameters());
  const epochs = steps / batches;
  const fitOptions = { epochs, batchSize: batch, shuffle: false };
  return {
    downhill: async () => {
      const history = await model.fit(data, fitOptions);
      return history.epochs[epochs - 1].loss;
    },
    baseline: () => {
      let sum = 0;
      for (let epoch = 0; epoch < epochs; epoch++) {
        sum = 0;
        for (let i = 0; i < batches; i++) sum += plain.trainOnBatch(x, y, i * batch, batch);
      }
      return sum / batches;
    },
    dispose: () => {
      data.dispose();
      model.dispose();
    },
  };
}
