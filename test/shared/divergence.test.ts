/** Why a training stopped being finite: each cause provoked, told apart from the others, and mended by the first advice. */

import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  clipByGlobalNorm,
  constant,
  DivergenceError,
  dense,
  type LayerConfig,
  Model,
  type ModelConfig,
  matrix,
  randomNormal,
  sgd,
} from "../../ts/index.js";
import { numbers } from "./contract-helpers.js";

const rows = 64;
const data = (scale: number) => matrix(numbers(rows * 4, 1, scale), [rows, 4]);
const x = data(1);
const y = Array.from({ length: rows }, (_, i) => (x.data[4 * i] as number) - 0.5 * (x.data[4 * i + 1] as number));
const network = {
  inputs: 4,
  layers: [dense(8, { activation: "tanh" }), dense(1)],
  loss: "meanSquaredError",
  optimizer: sgd({ learningRate: 0.1 }),
} as const;
const options = { epochs: 50, batchSize: 16 };

/** How a training ended that must not end well. */
async function divergence(config: ModelConfig, samples = x, targets: readonly number[] = y): Promise<DivergenceError> {
  const model = await Model.create<ModelConfig>(config);
  const error = await model.fit(samples, targets, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DivergenceError);
  expect(model.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(true);
  model.dispose();
  return error as DivergenceError;
}

/** The loss before and after a training with one piece of advice. */
async function mended(config: ModelConfig, { advice: [first] }: DivergenceError, samples = x, targets = y) {
  const model = await Model.create<ModelConfig>({ ...config, ...(first?.change as Partial<ModelConfig>) });
  const before = model.evaluate(samples, targets).loss;
  await model.fit(samples, targets, options);
  const after = model.evaluate(samples, targets).loss;
  model.dispose();
  return { before, after };
}

function deep(count: number, layer: () => LayerConfig): ModelConfig {
  return { ...network, layers: [...Array.from({ length: count }, layer), dense(1)] };
}

describe("a divergence", () => {
  test("keeps the epochs that ended before it", async () => {
    const config = { ...network, optimizer: sgd({ learningRate: 20 }) };
    const error = await divergence(config);
    expect(error.epoch).toBeGreaterThan(0);
    const { epochs } = error.history;
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: error.epoch }, (_, i) => i));
    for (const { loss } of epochs) expect(Number.isFinite(loss)).toBe(true);
    // The same as where a callback waits for every epoch.
    const model = await Model.create<ModelConfig>(config);
    const waited = await model
      .fit(x, y, { ...options, callbacks: [{ onEpochEnd: () => undefined }] })
      .catch((reason: unknown) => reason as DivergenceError);
    expect((waited as DivergenceError).history.epochs.map(({ loss }) => loss)).toEqual(epochs.map(({ loss }) => loss));
    model.dispose();
  });

  test("of inputs that are not scaled names the largest, and batch normalisation in front mends it", async () => {
    const error = await divergence({ ...network, layers: [dense(8), dense(1)] }, data(1e4));
    expect(error.reason).toBe("data");
    expect(error.cause).toMatch(
      /^The inputs are not scaled, or one is wrong: the largest is 9\d\d\d \(row \d+, column \d\)/,
    );
    expect(error.message).toContain(String(error.cause));
    const { before, after } = await mended({ ...network, layers: [dense(8), dense(1)] }, error, data(1e4));
    expect(after).toBeLessThan(before / 10);
  });

  test("of one wrong row names it", async () => {
    const spoilt = matrix(x.data.slice(), [rows, 4]);
    spoilt.data[4 * 17 + 2] = -1e6;
    const error = await divergence({ ...network, layers: [dense(8), dense(1)] }, spoilt);
    expect(error.reason).toBe("data");
    expect(error.cause).toMatch(/the largest is 1000000 \(row 17, column 2\)/);
  });

  test("of targets that are not scaled is not put down to the inputs", async () => {
    const large = y.map((value) => 1e6 * value);
    const error = await divergence({ ...network, layers: [dense(8, { activation: "relu" }), dense(1)] }, x, large);
    expect(error.reason).toBe("data");
    expect(error.cause).toMatch(/^The targets are not scaled/);
    expect(error.advice.map(({ change }) => Object.keys(change))).toEqual([[], ["optimizer"], ["gradient"]]);
    expect((await divergence({ ...network, optimizer: sgd({ learningRate: 1e30 }) }, x, y)).reason).toBe(
      "learningRate",
    );
  });

  test("of a rate that is too high tells how the loss climbed, and a tenth of the rate or less mends it", async () => {
    const linear = { ...network, layers: [dense(8), dense(1)], optimizer: sgd({ learningRate: 3 }) };
    const error = await divergence(linear);
    expect(error.reason).toBe("learningRate");
    const [, rate, from, to] =
      /^The learning rate, (\S+), is too high: the loss went from (\S+) to (\S+),/.exec(String(error.cause)) ?? [];
    expect(rate).toBe("3");
    expect(Number(to)).toBeGreaterThan(1e6 * Number(from));
    expect(error.advice.map(({ change }) => Object.keys(change))).toEqual([["optimizer"], ["gradient"]]);
    const { before, after } = await mended(linear, error);
    expect(after).toBeLessThan(before / 10);
  });

  test("of many layers needs no large weights to be the rate's: the loss climbed", async () => {
    const error = await divergence({ ...deep(16, () => dense(8)), optimizer: sgd({ learningRate: 0.7 }) });
    expect(error.reason).toBe("learningRate");
    const [, weight] = /the largest weight is (\S+)\.$/.exec(String(error.cause)) ?? [];
    expect(Number(weight)).toBeLessThan(1000);
  });

  test("of Adam at an absurd rate is the rate's too", async () => {
    const wild = { ...network, layers: [dense(8), dense(1)], optimizer: adam({ learningRate: 1e25 }) };
    expect((await divergence(wild)).reason).toBe("learningRate");
    const clipped = { ...wild, gradient: [clipByGlobalNorm(1)] };
    expect((await divergence(clipped)).advice.map(({ change }) => Object.keys(change))).toEqual([["optimizer"]]);
  });

  test("of kernels too large for many layers is an exploding gradient, and the initialiser mends it", async () => {
    const wide = () => dense(32, { activation: "relu", kernelInitializer: randomNormal({ stddev: 0.6 }) });
    const error = await divergence({ ...deep(20, wide), optimizer: sgd({ learningRate: 0.001 }) });
    expect(error.reason).toBe("explodingGradient");
    expect(error.cause).toMatch(/its norm was \S+ at the first update/);
    expect(error.advice.map(({ change }) => Object.keys(change))).toEqual([["layers"], ["gradient"], ["optimizer"]]);
    const { before, after } = await mended({ ...deep(20, wide), optimizer: sgd({ learningRate: 0.001 }) }, error);
    expect(after).toBeLessThan(before);
  });

  test("of a gradient that overflows before any update says so", async () => {
    // Forward the tiny kernel evens the large ones out; backward their product, 1e46, comes first.
    const layers = [1e-30, 1e15, 1e30].map((value, i) => dense(i < 2 ? 8 : 1, { kernelInitializer: constant(value) }));
    const logits = { ...network, layers, loss: "binaryCrossEntropy" } as const;
    const labels = y.map((value) => Number(value > 0));
    const error = await divergence(logits, x, labels);
    expect([error.reason, error.step]).toEqual(["explodingGradient", 0]);
    expect(error.tensor).toBe("layers.0.bias.gradient");
    expect(error.cause).toMatch(/at the first step\.$/);
  });

  test("of poisson with outputs that may be 0 is the logarithm's, and softplus mends it", async () => {
    const counts = y.map((value) => Math.round(Math.abs(3 * value)));
    const poisson = { ...network, loss: "poisson", layers: [dense(8), dense(1)] } as const;
    const error = await divergence(poisson, x, counts);
    expect(error.reason).toBe("logarithm");
    expect(error.advice[0]?.remedy).toMatch(/softplus/);
    const { before, after } = await mended(poisson, error, x, counts);
    expect(after).toBeLessThan(before);
  });

  test("of weights that overflow at once is neither the rate's nor the gradient's", async () => {
    const huge = {
      ...network,
      layers: [dense(8, { kernelInitializer: constant(1e30) }), dense(1, { kernelInitializer: constant(1e30) })],
    };
    const error = await divergence(huge);
    expect([error.reason, error.step, error.epoch]).toEqual(["overflow", 0, 0]);
    expect(error.cause).toMatch(/the largest weight is 1e\+30/);
    const { before, after } = await mended(huge, error);
    expect(after).toBeLessThan(before / 10);
  });

  test("of an epsilon of 0 is the update's", async () => {
    const withHole = matrix(
      x.data.map((value, i) => (i % 4 === 3 ? 0 : value)),
      [rows, 4],
    );
    const bare = { ...network, optimizer: adagrad({ epsilon: 0, learningRate: 0.1 }) };
    const error = await divergence(bare, withHole);
    expect(error.reason).toBe("overflow");
    expect(error.tensor).toBe("layers.0.kernel");
    expect(error.advice[0]?.remedy).toMatch(/epsilon/);
    const { before, after } = await mended(bare, error, withHole);
    expect(after).toBeLessThan(before / 10);
  });
});
