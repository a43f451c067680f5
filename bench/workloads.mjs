// What is measured: plain data, so that every side, in whatever language, trains the same network from the same weights
// on the same batches. A workload more is an entry more.
import { uniform } from "../examples/lib/random.mjs";

/**
 * @typedef {object} Workload
 * @property {string} id
 * @property {string} name
 * @property {"train" | "predict" | "update"} kind a turn makes `steps` updates over the batches in order, `steps`
 *   predictions of one batch, or `steps` updates by the optimizer alone of `size` parameters from one gradient
 * @property {number} inputs
 * @property {readonly { type: "dense", units: number, activation?: string }[]} layers
 * @property {"sparseCategoricalCrossEntropy" | "meanSquaredError"} loss
 * @property {{ type: "sgd" | "adam", learningRate: number, momentum?: number }} optimizer
 * @property {number} batch rows of a step
 * @property {number} batches different ones in the data
 * @property {number} steps in one turn of the measurement
 * @property {boolean} [total] the figure is that of all steps of a turn, not of one
 * @property {{ plain?: number, javascript?: number, torch?: number }} [wanted] how many times faster than plain JavaScript,
 *   than the fastest JavaScript library and than PyTorch it must be
 * @property {number} [wantedShare] of the SIMD128 peak, over the whole step
 */

const dense = (units, activation = "linear") => ({ type: "dense", units, activation });
const adam = { type: "adam", learningRate: 1e-3 };
const classify = { loss: "sparseCategoricalCrossEntropy", optimizer: adam };
const digits = { ...classify, inputs: 784, layers: [dense(128, "relu"), dense(10)] };
const train = { kind: "train" };
const predict = { kind: "predict", batches: 1 };
const update = {
  kind: "update",
  inputs: 0,
  layers: [],
  loss: "meanSquaredError",
  optimizer: adam,
  batch: 0,
  batches: 1,
};

/** @type {readonly Workload[]} */
export const workloads = [
  {
    ...train,
    id: "W1",
    name: "regression 1-1, 100 points, full batch, 1,000 steps of SGD",
    inputs: 1,
    layers: [dense(1)],
    loss: "meanSquaredError",
    optimizer: { type: "sgd", learningRate: 0.01 },
    batch: 100,
    batches: 1,
    steps: 1000,
    total: true,
    wanted: { plain: 1.2, javascript: 2, torch: 1 },
  },
  {
    ...train,
    id: "W2",
    name: "XOR 2-8-1, batch 4, momentum, 1,000 steps",
    inputs: 2,
    layers: [dense(8, "tanh"), dense(1, "sigmoid")],
    loss: "meanSquaredError",
    optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.9 },
    batch: 4,
    batches: 1,
    steps: 1000,
    total: true,
    wanted: { plain: 1.5, javascript: 2, torch: 1 },
  },
  {
    ...train,
    ...classify,
    id: "W3",
    name: "4-16-16-3, batch 16, Adam",
    inputs: 4,
    layers: [dense(16, "relu"), dense(16, "relu"), dense(3)],
    batch: 16,
    batches: 10,
    steps: 1000,
    wanted: { plain: 2.5, javascript: 2, torch: 1 },
  },
  {
    ...train,
    ...digits,
    id: "W4a",
    name: "784-128-10, batch 32, Adam",
    batch: 32,
    batches: 20,
    steps: 20,
    wanted: { javascript: 2, torch: 1 },
    wantedShare: 0.65,
  },
  {
    ...train,
    ...digits,
    id: "W4b",
    name: "784-128-10, batch 128, Adam",
    batch: 128,
    batches: 6,
    steps: 6,
    wanted: { plain: 6, javascript: 2 },
    wantedShare: 0.8,
  },
  {
    ...train,
    ...classify,
    id: "W5",
    name: "784-512-512-10, batch 128, Adam",
    inputs: 784,
    layers: [dense(512, "relu"), dense(512, "relu"), dense(10)],
    batch: 128,
    batches: 2,
    steps: 2,
    wanted: { javascript: 1.7, torch: 1 / 1.7 },
    wantedShare: 0.8,
  },
  {
    ...train,
    id: "W6",
    name: "1024-1024-1024-1024, squared error, batch 256, SGD",
    inputs: 1024,
    layers: [dense(1024, "relu"), dense(1024, "relu"), dense(1024)],
    loss: "meanSquaredError",
    optimizer: { type: "sgd", learningRate: 0.01 },
    batch: 256,
    batches: 1,
    steps: 1,
    wanted: { javascript: 1.7, torch: 1 / 1.7 },
    wantedShare: 0.8,
  },
  {
    ...predict,
    ...digits,
    id: "W8a",
    name: "prediction, 784-128-10, batch 1",
    batch: 1,
    steps: 2000,
    wanted: { plain: 4, javascript: 2, torch: 1 },
  },
  {
    ...predict,
    ...digits,
    id: "W8b",
    name: "prediction, 784-128-10, batch 128",
    batch: 128,
    steps: 20,
    wanted: { javascript: 1.2 },
    wantedShare: 0.8,
  },
  { ...predict, ...digits, id: "W8c", name: "prediction, 784-128-10, batch 10,000", batch: 10_000, steps: 1 },
  { ...update, id: "W7a", name: "Adam alone, 10,000 parameters", size: 1e4, steps: 1000 },
  { ...update, id: "W7b", name: "Adam alone, 1,000,000 parameters", size: 1e6, steps: 10, wanted: { plain: 5 } },
  { ...update, id: "W7c", name: "Adam alone, 10,000,000 parameters", size: 1e7, steps: 1, wanted: { torch: 1 / 1.25 } },
];

/** What an update of the optimizer alone works on, after a formula: numbers from −1 to 1. */
export function blocksOf({ size }) {
  const next = uniform(3);
  const numbers = () => Float32Array.from({ length: size }, () => 2 * next() - 1);
  return { parameters: numbers(), gradients: numbers() };
}

/** Bytes that Adam must move in an update: it reads four numbers a parameter and writes three. */
export const bytesOfUpdate = ({ size }) => 28 * size;

/** Multiplications and additions of the products in one step: forward, gradients of kernels, of all inputs but the first. */
export function flopsOfStep({ kind, inputs, layers, batch }) {
  const passes = (i) => (kind === "predict" ? 2 : i === 0 ? 4 : 6);
  return layers.reduce((sum, { units }, i) => sum + passes(i) * batch * (layers[i - 1]?.units ?? inputs) * units, 0);
}

/**
 * Inputs in 0 … 1, and targets that depend on them, so that there is something to learn.
 *
 * @returns {{ x: Float32Array, y: Float32Array | Uint8Array, rows: number }} y has classes, or `[rows, units]` numbers
 */
export function dataOf({ id, inputs, layers, loss, batch, batches }) {
  if (id === "W2") return { x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0), rows: 4 };
  const next = uniform(1);
  const rows = batch * batches;
  const { units } = layers[layers.length - 1];
  const x = Float32Array.from({ length: rows * inputs }, next);
  if (id === "W1") return { x, y: x.map((value) => 3 * value + 2 + 0.5 * (next() - 0.5)), rows };
  const first = (row) => x[row * inputs];
  const y =
    loss === "meanSquaredError"
      ? Float32Array.from({ length: rows * units }, (_, i) => (first(Math.floor(i / units)) > 0.5 ? 1 : 0))
      : Uint8Array.from({ length: rows }, (_, row) => Math.floor(first(row) * units));
  return { x, y, rows };
}

/**
 * The weights that every side starts from: Glorot's uniform kernels, biases 0.
 *
 * @returns {{ name: string, shape: readonly number[], data: Float32Array }[]} kernels `[inputs, units]`, row-major
 */
export function weightsOf({ inputs, layers }) {
  const next = uniform(2);
  return layers.flatMap(({ units }, i) => {
    const before = layers[i - 1]?.units ?? inputs;
    const limit = Math.sqrt(6 / (before + units));
    const kernel = Float32Array.from({ length: before * units }, () => limit * (2 * next() - 1));
    return [
      { name: `layers.${i}.kernel`, shape: [before, units], data: kernel },
      { name: `layers.${i}.bias`, shape: [units], data: new Float32Array(units) },
    ];
  });
}
