import { adam, Dataset, matrix } from "downhill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createNetwork, readMnist, trainMnist } from "../../examples/mnist.mjs";

const seeds = [0, 1, 2, 3, 4];
/** A run takes 2 s on a free core; several test files and cargo may share two of them. */
const timeout = 180_000;

let images: Awaited<ReturnType<typeof readMnist>>;
let training: Dataset;

beforeAll(async () => {
  images = await readMnist();
  const { x, labels, count, pixels } = images.train;
  training = Dataset.fromArrays(matrix(x, [count, pixels]), labels);
});

afterAll(() => training.dispose());

test("the package holds 60,000 and 10,000 images of 784 pixels from 0 to 1", () => {
  const { train, test } = images;
  expect([train.count, test.count, train.pixels, test.pixels]).toEqual([60_000, 10_000, 784, 784]);
  expect(train.x.reduce((most, value) => Math.max(most, value), 0)).toBe(1);
  expect(train.x.reduce((least, value) => Math.min(least, value), 1)).toBe(0);
  expect(new Set(train.labels).size).toBe(10);
});

// PyTorch: 97.67 to 97.77 %.
test.each(seeds)(
  "Adam 3e-3 with cosine decay tells 97.5 of 100 images after 5 epochs, seed %i",
  async (seed) => {
    const { model, history, accuracy } = await trainMnist(images, { seed });
    model.dispose();
    expect(history.steps).toBe(5 * 469);
    expect(accuracy).toBeGreaterThanOrEqual(0.975);
  },
  timeout,
);

// PyTorch: 97.24 to 97.57 %.
test.each(seeds)(
  "Adam 1e-3 tells 97 of 100 images after 5 epochs, seed %i",
  async (seed) => {
    const model = await createNetwork({ pixels: 784, optimizer: adam({ learningRate: 1e-3 }), seed });
    await model.fit(training, { epochs: 5, batchSize: 128 });
    const { accuracy } = model.evaluate(images.test.x, images.test.labels);
    model.dispose();
    expect(accuracy).toBeGreaterThanOrEqual(0.97);
  },
  timeout,
);
