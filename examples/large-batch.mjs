// Large batches on MNIST: the recipe (linear scaling, warm-up, LARS) beside what goes wrong without it.
// `node examples/large-batch.mjs`
import { pathToFileURL } from "node:url";
import {
  activation,
  batchNormalization,
  cosineDecay,
  Dataset,
  dense,
  lars,
  Model,
  matrix,
  sgd,
  warmup,
} from "downhill";
import { percent, table } from "./lib/text.mjs";
import { readMnist } from "./mnist.mjs";

/** The batch that the rates below were chosen for, and the large one: 32 times as many samples for one update. */
export const batches = { small: 128, large: 4096 };
const factor = batches.large / batches.small;

/** Passes over the data, the same for all. */
export const epochs = 8;

/** Trainings by name: the batch, the peak rate and the optimizer that takes a rate or a schedule. */
export const trainings = {
  small: { batchSize: batches.small, peak: 0.1, make: momentum },
  unscaled: { batchSize: batches.large, peak: 0.1, make: momentum },
  scaled: { batchSize: batches.large, peak: factor * 0.1, make: momentum },
  smallLars: { batchSize: batches.small, peak: 0.2, make: layerwise },
  recipe: { batchSize: batches.large, peak: factor * 0.2, make: layerwise },
};

function momentum(learningRate) {
  return sgd({ learningRate, momentum: 0.9 });
}

function layerwise(learningRate) {
  return lars({ learningRate, momentum: 0.9, trustCoefficient: 0.01 });
}

/**
 * Trains one of {@link trainings}: the rate rises for the first epoch, then falls to 0 along a cosine.
 *
 * @param {Dataset} data the training images
 * @param {{ pixels: number, x: Float32Array, labels: Uint8Array }} test the others
 * @param {keyof typeof trainings} name
 * @param {number} [seed]
 * @returns {Promise<{ steps: number, accuracy: number }>} updates made, and the share of test images told right
 */
export async function train(data, test, name, seed = 0) {
  const { batchSize, peak, make } = trainings[name];
  const perEpoch = Math.ceil(data.rows / batchSize);
  const falling = cosineDecay({ initial: peak, steps: (epochs - 1) * perEpoch });
  const model = await Model.create({
    inputs: test.pixels,
    layers: [
      dense(128, { useBias: false }),
      // Few updates: the moving statistics must follow faster than by default (0.99).
      batchNormalization({ momentum: 0.9 }),
      activation("relu"),
      dense(10),
    ],
    loss: "sparseCategoricalCrossEntropy",
    optimizer: make(warmup(falling, { steps: perEpoch })),
    metrics: ["accuracy"],
    seed,
  });
  try {
    const { steps } = await model.fit(data, { epochs, batchSize });
    return { steps, accuracy: model.evaluate(test.x, test.labels).accuracy };
  } finally {
    model.dispose();
  }
}

/** The images, the training part as a data set. */
export async function readData() {
  const { train, test } = await readMnist();
  return { data: Dataset.fromArrays(matrix(train.x, [train.count, train.pixels]), train.labels), test };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { data, test } = await readData();
  const seeds = [0, 1, 2];
  const rows = [];
  for (const [name, { batchSize, peak }] of Object.entries(trainings)) {
    const results = [];
    for (const seed of seeds) results.push(await train(data, test, name, seed));
    rows.push([name, batchSize, peak, results[0].steps, ...results.map(({ accuracy }) => percent(accuracy))]);
  }
  console.log(table(["training", "batch", "peak rate", "updates", ...seeds.map((seed) => `seed ${seed}`)], rows));
  data.dispose();
}
