// Logistic regression: two clouds of points, told apart by a line. `node examples/logistic.mjs`
import { pathToFileURL } from "node:url";
import { adam, dense, Model } from "downhill";
import { normal } from "./lib/random.mjs";

/** `count` points around (−1, −1) of class 0, as many around (1, 1) of class 1. */
export function clouds(count, seed) {
  const noise = normal(seed);
  const y = Array.from({ length: 2 * count }, (_, i) => Number(i >= count));
  const x = y.map((label) => [2 * label - 1 + noise(), 2 * label - 1 + noise()]);
  return { x, y };
}

/** One sigmoid unit; its weights and bias are the line. */
export async function separateClouds({ seed = 0 } = {}) {
  const { x, y } = clouds(200, seed);
  const model = await Model.create({
    inputs: 2,
    layers: [dense(1, { activation: "sigmoid" })],
    loss: "binaryCrossEntropy",
    optimizer: adam({ learningRate: 0.1 }),
    metrics: ["accuracy"],
    seed,
  });
  await model.fit(x, y, { epochs: 200, batchSize: "full" });
  const [kernel, bias] = model.parameters();
  return { ...model.evaluate(x, y), weights: Array.from(kernel.data), bias: bias.data[0] };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { accuracy, loss, weights, bias } = await separateClouds();
  const [a, b] = weights.map((weight) => weight.toFixed(2));
  console.log(`class 1 where ${a}·x₁ + ${b}·x₂ + ${bias.toFixed(2)} > 0`);
  console.log(`accuracy ${(100 * accuracy).toFixed(1)} %, loss ${loss.toFixed(4)}`);
}
