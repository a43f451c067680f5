// A network that grows while it learns: `node examples/grow.mjs`
//
// It starts with eight hidden units. After every three epochs it gets twice as many, or another layer, and goes on from
// exactly what it knew (Net2Net: Chen, Goodfellow and Shlens 2016).
import { pathToFileURL } from "node:url";
import { adam, dense, Model } from "downhill";
import { readData } from "./large-batch.mjs";
import { table } from "./lib/text.mjs";

/** How the network grows, in order. */
const growths = [
  { what: "16 units", make: (model) => model.growDense(0, 16) },
  { what: "32 units", make: (model) => model.growDense(0, 32) },
  { what: "a second layer of 32", make: (model) => model.insertLayer(1, dense(32, { activation: "relu" })) },
  { what: "64 units in the first", make: (model) => model.growDense(0, 64) },
];

/**
 * @param {Awaited<ReturnType<typeof readData>>} images
 * @param {{ epochs?: number, seed?: number }} [options] epochs between two growths
 * @returns {Promise<{ what: string, before: number, after: number, accuracy: number }[]>} a stage each: the loss on new
 *   images right before and right after the growth, and the accuracy that was reached then
 */
export async function growDigits({ data, test }, { epochs = 3, seed = 0 } = {}) {
  const model = await Model.create({
    inputs: test.pixels,
    layers: [dense(8, { activation: "relu" }), dense(10)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer: adam({ learningRate: 2e-3 }),
    metrics: ["accuracy"],
    seed,
  });
  const loss = () => model.evaluate(test.x, test.labels).loss;
  const stages = [];
  for (const { what, make } of [{ what: "8 units", make: () => {} }, ...growths]) {
    const before = loss();
    make(model);
    const after = loss();
    await model.fit(data, { epochs, batchSize: 128 });
    stages.push({ what, before, after, accuracy: model.evaluate(test.x, test.labels).accuracy });
  }
  model.dispose();
  return stages;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const images = await readData();
  const stages = await growDigits(images);
  images.data.dispose();
  console.log(
    table(
      ["network", "loss before growing", "right after", "accuracy then reached"],
      stages.map(({ what, before, after, accuracy }) => [
        what,
        before.toFixed(6),
        after.toFixed(6),
        `${(100 * accuracy).toFixed(2)} %`,
      ]),
    ),
  );
}
