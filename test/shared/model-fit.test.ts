/** What `fit` takes and tells: schedules, weights, validation, callbacks, history, metrics. */

import { describe, expect, test } from "vitest";
import {
  adam,
  type CallbackContext,
  cosineDecay,
  Dataset,
  dense,
  type LayerConfig,
  type Logs,
  l2,
  Model,
  matrix,
  progressBar,
  sgd,
  topKAccuracy,
} from "../../ts/index.js";
import { config, flat, labels, numbers, rows, x } from "./contract-helpers.js";

const plain = { ...config, layers: [dense(6, { activation: "tanh" }), dense(3)] } as const;
const line = {
  inputs: 4,
  layers: [dense(1)],
  loss: "meanSquaredError",
  optimizer: sgd({ learningRate: 0.1 }),
} as const;
const y = numbers(rows, 21);
/** From 0 to 4, the first batch much lighter than the others. */
const sampleWeight = Array.from({ length: rows }, (_, i) => (i < 4 ? 0.125 : i % 5));
const classWeight = [0.25, 1, 3];

/** Every parameter, one after the other. */
const all = (model: { parameters(): readonly { readonly data: Float32Array }[] }) =>
  model.parameters().flatMap(({ data }) => [...data]);

function expectClose(got: readonly number[], want: readonly number[], digits: number): void {
  expect(got).toHaveLength(want.length);
  want.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, digits);
  });
}

/** The fields of an epoch without its time. */
const bare = <T extends { readonly durationMs: number }>({ durationMs: _, ...logs }: T) => logs;

describe("the rate", () => {
  test("of a function is asked for once an update, in order, and for no update that never comes", async () => {
    const asked: number[] = [];
    const table = Array.from({ length: 12 }, (_, i) => 0.1 / (i + 1));
    const schedule = (step: number) => {
      asked.push(step);
      return table[step] as number; // undefined beyond the last update would be an error
    };
    const model = await Model.create(line);
    const { epochs } = await model.fit(x, y, { epochs: 3, batchSize: 8, schedule });
    expect(asked).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([table[3], table[7], table[11]]);
    const validated = await Model.create(line);
    asked.length = 0;
    await validated.fit(x, y, { epochs: 3, batchSize: 8, schedule, validationData: [x, y] });
    expect(asked).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test("of a schedule holds for that call, counts over calls, and the optimizer's own comes back", async () => {
    const model = await Model.create(line);
    const schedule = { type: "piecewiseConstant", boundaries: [4, 6], values: [0.5, 0.25, 0.125] } as const;
    const rate = async (options: object) =>
      (await model.fit(x, y, { batchSize: 8, ...options })).epochs[0]?.learningRate;
    expect(await rate({ schedule })).toBe(0.5);
    expect(await rate({})).toBe(0.1);
    expect(await rate({ schedule })).toBe(0.125);
  });
});

describe("batches", () => {
  // 32 rows: two groups of 4 × 4, or 3 × 5, 3 × 5 and 2, or 2 × 14 and 4.
  test.each([
    ["of one size", { batchSize: 4, accumulate: 4 }, { batchSize: 16 }, 2],
    ["with an incomplete last group", { batchSize: 5, accumulate: 3 }, { batchSize: 15 }, 3],
    ["with an incomplete last batch", { batchSize: 14, accumulate: 2 }, { batchSize: 28 }, 2],
    ["in greater number than there are", { batchSize: 10, accumulate: 9 }, { batchSize: "full" }, 1],
    ["of different weights", { batchSize: 4, accumulate: 4, sampleWeight }, { batchSize: 16, sampleWeight }, 2],
    ["of classes with weights", { batchSize: 5, accumulate: 3, classWeight }, { batchSize: 15, classWeight }, 3],
  ] as const)("accumulated are one large batch and one step: %s", async (_, parts, whole, stepsPerEpoch) => {
    const cosine = cosineDecay({ initial: 0.05, steps: 3 * stepsPerEpoch });
    const create = () => Model.create({ ...plain, optimizer: adam({ learningRate: cosine, epsilon: 0.1 }) });
    const [a, b] = [await create(), await create()];
    const large = await a.fit(x, labels, { epochs: 3, shuffle: false, ...whole });
    const accumulated = await b.fit(x, labels, { epochs: 3, shuffle: false, ...parts });
    expect([large.steps, accumulated.steps]).toEqual([3 * stepsPerEpoch, 3 * stepsPerEpoch]);
    // The same sums in another order: a few roundings of 6e-8 a step.
    all(b).forEach((value, i) => {
      expect(Math.abs(value - (all(a)[i] as number))).toBeLessThan(2e-6);
    });
    accumulated.epochs.forEach((epoch, i) => {
      expect(epoch.loss).toBeCloseTo(large.epochs[i]?.loss as number, 6);
      expect(epoch.gradientNorm).toBeCloseTo(large.epochs[i]?.gradientNorm as number, 6);
      expect(epoch.accuracy).toBe(large.epochs[i]?.accuracy);
      expect(epoch.learningRate).toBe(large.epochs[i]?.learningRate);
    });
  });

  test("that are incomplete count too, and full is all rows in one", async () => {
    const model = await Model.create(plain);
    expect((await model.fit(x, labels, { batchSize: 10 })).steps).toBe(4);
    expect((await model.fit(x, labels, { batchSize: "full" })).steps).toBe(1);
    expect((await model.fit(x, labels, { batchSize: 1000 })).steps).toBe(1);
    expect((await model.fit(x, labels, { batchSize: 1 })).steps).toBe(32);
    expect((await model.fit(x, labels)).steps).toBe(1); // 32 by default
    expect((await model.fit(x, labels, { epochs: 0 })).epochs).toEqual([]);
  });

  test("are shuffled by default, another way each epoch and the same way from the same seed", async () => {
    const order = async (options: object) => {
      const seen: number[][] = [];
      const watch = {
        name: "order",
        compute: (_: unknown, target: { data: Float32Array }) => seen.push([...target.data]),
      };
      const model = await Model.create({ ...line, metrics: [watch] });
      await model.fit(x, y, { epochs: 2, batchSize: 8, ...options });
      return seen;
    };
    const shuffled = await order({});
    expect(shuffled[0]).not.toEqual([...y]);
    expect(shuffled[1]).not.toEqual(shuffled[0]);
    expect([...(shuffled[0] ?? [])].sort()).toEqual([...y].sort());
    expect(await order({})).toEqual(shuffled);
    expect(await order({ shuffle: false })).toEqual([[...y], [...y]]);
  });
});

describe("weights", () => {
  test("of 2 on a class are its samples twice", async () => {
    const [weighted, doubled] = [await Model.create(plain), await Model.create(plain)];
    const twice = labels.flatMap((label, i) => (label === 1 ? [i, i] : [i]));
    const a = await weighted.fit(x, labels, { epochs: 3, batchSize: "full", classWeight: { 1: 2 } });
    const rowsOf = (i: number) => [...x.data.subarray(4 * i, 4 * i + 4)];
    const b = await doubled.fit(
      twice.map(rowsOf),
      twice.map((i) => labels[i] as number),
      { epochs: 3, batchSize: "full" },
    );
    const losses = (history: typeof a) => history.epochs.map(({ loss }) => loss);
    expectClose(losses(a), losses(b), 5);
    const [again, sampled] = [await Model.create(plain), await Model.create(plain)];
    await again.fit(x, labels, { epochs: 3, batchSize: "full", classWeight: [1, 2, 1] });
    expect(flat(again.parameters())).toEqual(flat(weighted.parameters()));
    await sampled.fit(x, labels, {
      epochs: 3,
      batchSize: "full",
      sampleWeight: labels.map((label) => (label === 1 ? 2 : 1)),
    });
    expectClose(all(sampled), all(weighted), 5);
  });

  test("of samples are those of the data set that carries them, and of trainOnBatch", async () => {
    const sampleWeight = Float32Array.from(labels, (_, i) => i % 3);
    const [a, b, c] = [await Model.create(plain), await Model.create(plain), await Model.create(plain)];
    await a.fit(x, labels, { batchSize: "full", sampleWeight });
    await b.fit(Dataset.fromArrays(x, labels, { sampleWeight }), { batchSize: "full" });
    c.trainOnBatch(x, labels, { sampleWeight });
    expect(flat(b.parameters())).toEqual(flat(a.parameters()));
    expect(flat(c.parameters())).toEqual(flat(a.parameters()));
  });

  test("that are 0 over a whole batch leave the loss alone", async () => {
    const model = await Model.create(plain);
    const { epochs } = await model.fit(x, labels, {
      batchSize: 1,
      shuffle: false,
      sampleWeight: labels.map((_, i) => Number(i < 8)),
    });
    const mean = await Model.create(plain);
    const first = await mean.fit(x.data.slice(0, 32), labels.slice(0, 8), { batchSize: 1, shuffle: false });
    expect(epochs[0]?.loss).toBeCloseTo(first.epochs[0]?.loss as number, 6);
  });
});

test("a data set serves models of other losses and widths, and keeps what it was given", async () => {
  const given = [...labels];
  const own = x.data.slice();
  const data = Dataset.fromArrays(matrix(own, [rows, 4]), given);
  expect([data.rows, data.inputs]).toEqual([rows, 4]);
  own.fill(0);
  given.fill(0);
  const classes = await Model.create(plain);
  const numbersModel = await Model.create(line);
  const four = await Model.create({ ...plain, layers: [dense(4)] });
  const two = await Model.create({ ...plain, layers: [dense(2)] });
  for (const model of [classes, numbersModel, four, classes]) await model.fit(data, { epochs: 1 });
  const twin = await Model.create(plain);
  await twin.fit(x, labels);
  await twin.fit(x, labels);
  expect(flat(classes.parameters())).toEqual(flat(twin.parameters()));
  await expect(two.fit(data)).rejects.toMatchObject({ code: "DATA" });
  const flatTargets = Dataset.fromArrays(x, numbers(rows * 2, 5));
  await expect((await Model.create({ ...line, layers: [dense(2)] })).fit(flatTargets)).resolves.toMatchObject({
    steps: 1,
  });
  data.dispose();
  flatTargets.dispose();
});

describe("callbacks", () => {
  test("are called in their order, with the numbers of the moment, and waited for", async () => {
    const calls: string[] = [];
    const watch = (who: string) => ({
      onTrainBegin: ({ params }: CallbackContext) => void calls.push(`${who} begin ${JSON.stringify(params)}`),
      onEpochBegin: (epoch: number) => void calls.push(`${who} epoch ${epoch}`),
      async onBatchEnd(batch: number, logs: Logs) {
        await Promise.resolve();
        calls.push(`${who} batch ${batch} of ${logs.epoch}, step ${logs.step}`);
      },
      onEpochEnd: (epoch: number, logs: Logs) => void calls.push(`${who} end ${epoch} ${Object.keys(logs).join()}`),
      onTrainEnd: ({ stoppedBy }: CallbackContext) => void calls.push(`${who} ${stoppedBy}`),
    });
    const model = await Model.create(plain);
    await model.fit(x, labels, {
      epochs: 2,
      batchSize: 16,
      initialEpoch: 3,
      validationSplit: 0.25,
      callbacks: [watch("a"), watch("b")],
    });
    const both = (text: string) => [`a ${text}`, `b ${text}`];
    const logs = "epoch,loss,learningRate,gradientNorm,durationMs,accuracy,val_loss,val_accuracy";
    expect(calls).toEqual([
      ...both('begin {"epochs":5,"steps":2,"samples":24,"initialEpoch":3}'),
      ...both("epoch 3"),
      ...both("batch 0 of 3, step 0"),
      ...both("batch 1 of 3, step 1"),
      ...both(`end 3 ${logs}`),
      ...both("epoch 4"),
      ...both("batch 0 of 4, step 2"),
      ...both("batch 1 of 4, step 3"),
      ...both(`end 4 ${logs}`),
      ...both("epochs"),
    ]);
  });

  test("do not change the numbers, whether slices are single steps or many", async () => {
    const run = async (callbacks: object[]) => {
      const model = await Model.create(config);
      const { epochs, steps } = await model.fit(x, labels, { epochs: 5, batchSize: 8, callbacks });
      return { epochs: epochs.map(bare), steps, file: model.save() };
    };
    const alone = await run([]);
    expect(await run([{ onBatchEnd() {} }])).toEqual(alone);
    expect(await run([{ onEpochEnd() {} }])).toEqual(alone);
  });

  test("print only when that is asked for", async () => {
    const lines: string[] = [];
    const model = await Model.create(plain);
    await model.fit(x, labels, {
      epochs: 2,
      callbacks: [progressBar({ write: (text) => lines.push(text), style: "lines" })],
    });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^epoch 2\/2 · \d+ ms · loss [\d.]+ · accuracy [\d.]+\n$/);
    // The runner fails on a line to the console: verbose 0 and false are silent.
    for (const verbose of [0, false] as const) await model.fit(x, labels, { verbose });
  });
});

describe("history", () => {
  test("of an epoch is the mean over its samples of the loss before each update, and over its updates of the norm", async () => {
    const [model, stepped] = [await Model.create(plain), await Model.create(plain)];
    const { epochs } = await model.fit(x, labels, { batchSize: 20, shuffle: false });
    const first = stepped.trainOnBatch(x.data.slice(0, 80), labels.slice(0, 20));
    const second = stepped.trainOnBatch(x.data.slice(80), labels.slice(20));
    expect(epochs[0]?.loss).toBeCloseTo((20 * first.loss + 12 * second.loss) / 32, 10);
    expect(epochs[0]?.gradientNorm).toBeCloseTo((first.gradientNorm + second.gradientNorm) / 2, 10);
    expect(epochs[0]?.accuracy).toBeCloseTo((20 * first.accuracy + 12 * second.accuracy) / 32, 10);
    expect(epochs[0]?.learningRate).toBe(0.01);
  });

  test("includes regularisation in every loss", async () => {
    const regular = dense(1, { kernelInitializer: "ones", kernelRegularizer: l2(1) });
    const make = (layer: LayerConfig) =>
      Model.create({ inputs: 4, layers: [layer], loss: "meanSquaredError", optimizer: sgd({ learningRate: 0 }) });
    const [penalised, free] = [await make(regular), await make(dense(1, { kernelInitializer: "ones" }))];
    const fitted = (await penalised.fit(x, y, { validationData: [x, y] })).epochs[0];
    const { loss } = free.evaluate(x, y);
    for (const got of [
      fitted?.loss,
      fitted?.val_loss,
      penalised.evaluate(x, y).loss,
      penalised.trainOnBatch(x, y).loss,
      penalised.gradients(x, y).loss,
    ]) {
      expect(got).toBeCloseTo(loss + 4, 5);
    }
  });
});

describe("metrics against numbers by hand:", () => {
  /** A model whose output is its input. */
  const through = <
    const M extends readonly (
      | "accuracy"
      | "precision"
      | "recall"
      | "f1"
      | "auc"
      | "r2"
      | "meanAbsoluteError"
      | "rootMeanSquaredError"
      | ReturnType<typeof topKAccuracy>
    )[],
  >(
    columns: number,
    loss: "binaryCrossEntropy" | "meanSquaredError" | "sparseCategoricalCrossEntropy",
    metrics: M,
  ) =>
    Model.create({
      inputs: columns,
      layers: [dense(columns, { kernelInitializer: "identity", useBias: false })],
      loss,
      metrics,
    });

  test("two classes", async () => {
    const model = await through(1, "binaryCrossEntropy", ["accuracy", "precision", "recall", "f1", "auc"]);
    // Logits: probability above a half where positive. Yes: 2, 1, 0.5, 0.25; of these 3 right; 1 yes missed of 4.
    const logits = [2, 1, 0.5, 0.25, -0.5, -1, -2, -3];
    const truth = [1, 1, 0, 1, 1, 0, 0, 0];
    const got = model.evaluate(logits, truth);
    expect(got.accuracy).toBeCloseTo(6 / 8, 10);
    expect(got.precision).toBeCloseTo(3 / 4, 10);
    expect(got.recall).toBeCloseTo(3 / 4, 10);
    expect(got.f1).toBeCloseTo(3 / 4, 10);
    // Of the 16 pairs yes over no, the no at 0.5 beats the yes at 0.25 and at −0.5. The core sorts into fine bins at most.
    expect(got.auc).toBeCloseTo(14 / 16, 3);
    expect(model.evaluate(logits, truth, { batchSize: 3 })).toEqual(got);
  });

  test("several classes", async () => {
    const model = await through(3, "sparseCategoricalCrossEntropy", ["accuracy", topKAccuracy({ k: 2 })]);
    const got = model.evaluate(
      [
        [3, 2, 1],
        [3, 2, 1],
        [3, 2, 1],
        [1, 2, 3],
      ],
      [0, 1, 2, 2],
    );
    expect([got.accuracy, got.topKAccuracy]).toEqual([2 / 4, 3 / 4]);
  });

  test("numbers", async () => {
    const model = await through(1, "meanSquaredError", ["meanAbsoluteError", "rootMeanSquaredError", "r2"]);
    // Errors 1, −1, 0, 2 around targets of mean 2 and squares 4 + 1 + 0 + 5·… = Σ(y − 2)².
    const truth = [0, 1, 2, 5];
    const got = model.evaluate([1, 0, 2, 7], truth);
    expect(got.loss).toBeCloseTo(6 / 4, 6);
    expect(got.meanAbsoluteError).toBeCloseTo(1, 6);
    expect(got.rootMeanSquaredError).toBeCloseTo(Math.sqrt(6 / 4), 6);
    expect(got.r2).toBeCloseTo(1 - 6 / (4 + 1 + 0 + 9), 6);
  });
});

test("training with adam by hand in plain JavaScript is the same line", async () => {
  const model = await Model.create({
    inputs: 1,
    layers: [dense(1)],
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.1 }),
  });
  model.setParameters([
    { name: "layers.0.kernel", data: [0] },
    { name: "layers.0.bias", data: [0] },
  ]);
  const xs = [0, 1, 2, 3];
  const ys = xs.map((value) => 3 * value + 2);
  const theta = [0, 0];
  const m = [0, 0];
  const v = [0, 0];
  for (let t = 1; t <= 50; t++) {
    model.trainOnBatch(xs, ys);
    const errors = xs.map((value, i) => (theta[0] as number) * value + (theta[1] as number) - (ys[i] as number));
    const g = [
      errors.reduce((sum, e, i) => sum + (2 * e * (xs[i] as number)) / 4, 0),
      errors.reduce((sum, e) => sum + (2 * e) / 4, 0),
    ];
    for (const k of [0, 1]) {
      m[k] = 0.9 * (m[k] as number) + 0.1 * (g[k] as number);
      v[k] = 0.999 * (v[k] as number) + 0.001 * (g[k] as number) ** 2;
      theta[k] =
        (theta[k] as number) -
        (0.1 * ((m[k] as number) / (1 - 0.9 ** t))) / (Math.sqrt((v[k] as number) / (1 - 0.999 ** t)) + 1e-8);
    }
  }
  // f32 against f64 over 50 steps of values up to 4.
  expectClose(all(model), theta, 4);
});
