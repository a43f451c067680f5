// XOR: the smallest problem that needs a hidden layer. `node examples/xor.mjs`
import { pathToFileURL } from "node:url";
import { adam, dense, Model } from "downhill";

export const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
export const y = [0, 1, 1, 0];

/** A 2-8-1 network, 600 steps of gradient descent over all four points at once. */
export async function learnXor({ seed = 0 } = {}) {
  const model = await Model.create({
    inputs: 2,
    layers: [dense(8, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.05 }),
    seed,
  });
  await model.fit(x, y, { epochs: 600, batchSize: "full" });
  return model;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const model = await learnXor();
  const { data } = model.predict(x);
  x.forEach(([a, b], i) => {
    console.log(`${a} xor ${b} = ${y[i]}   predicted ${data[i].toFixed(3)}`);
  });
  console.log(`loss ${model.evaluate(x, y).loss.toExponential(2)}`);
}
