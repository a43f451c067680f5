// TensorFlow.js through its core API, on the cpu or the wasm backend; batches are tensors before the clock starts.
import { createRequire } from "node:module";
import { dataOf, weightsOf } from "../workloads.mjs";

const require = createRequire(import.meta.url);

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @param {{ backend: "cpu" | "wasm" }} options
 * @returns {Promise<import("../side.mjs").Side>}
 */
export async function prepare(workload, { backend }) {
  // The CommonJS builds: only those register the gradients in Node, and only once the layers are loaded.
  const tf = require("@tensorflow/tfjs-core");
  require("@tensorflow/tfjs-layers");
  require(`@tensorflow/tfjs-backend-${backend}`);
  await tf.setBackend(backend);
  await tf.ready();
  const { kind, inputs, layers, loss, optimizer, batch, batches, steps } = workload;
  if (kind === "update") throw new Error("its optimizer alone is not measured");
  const { x, y } = dataOf(workload);
  const { units } = layers.at(-1);
  const parameters = weightsOf(workload).map(({ shape, data }) => tf.variable(tf.tensor(data, [...shape])));
  const forward = (input) =>
    layers.reduce((value, { activation }, i) => {
      const z = tf.add(tf.matMul(value, parameters[2 * i]), parameters[2 * i + 1]);
      return activation === "linear" ? z : tf[activation](z);
    }, input);
  const part = (i) => {
    const input = tf.tensor2d(x.slice(i * batch * inputs, (i + 1) * batch * inputs), [batch, inputs]);
    if (loss === "meanSquaredError")
      return [input, tf.tensor2d(y.slice(i * batch * units, (i + 1) * batch * units), [batch, units])];
    const classes = tf.tensor1d(Int32Array.from(y.slice(i * batch, (i + 1) * batch)), "int32");
    return [input, tf.cast(tf.oneHot(classes, units), "float32")];
  };
  const data = Array.from({ length: batches }, (_, i) => part(i));
  const lossOf = ([input, target]) =>
    loss === "meanSquaredError"
      ? tf.losses.meanSquaredError(target, forward(input))
      : tf.losses.softmaxCrossEntropy(target, forward(input));
  if (kind === "predict") {
    const [[input]] = data;
    return {
      turn: () => {
        for (let i = 0; i < steps; i++) tf.tidy(() => tf.softmax(forward(input)).dataSync());
      },
      loss: () => tf.tidy(() => lossOf(data[0]).dataSync()[0]),
    };
  }
  const { learningRate, momentum } = optimizer;
  const rule =
    optimizer.type === "adam"
      ? tf.train.adam(learningRate, 0.9, 0.999, 1e-8)
      : momentum === undefined
        ? tf.train.sgd(learningRate)
        : tf.train.momentum(learningRate, momentum);
  let costs = [];
  return {
    turn: () => {
      for (let step = 0; step < steps; step++) {
        const last = step >= steps - batches;
        const cost = rule.minimize(() => lossOf(data[step % batches]), last, parameters);
        if (last) costs.push(cost);
      }
      // The clock stops when the last step is done, not when it is on its way.
      costs.at(-1).dataSync();
    },
    loss: () => {
      const mean = costs.reduce((sum, cost) => sum + cost.dataSync()[0], 0) / costs.length;
      for (const cost of costs) cost.dispose();
      costs = [];
      return mean;
    },
  };
}
