/** What training promises: continuity, same bits, resume, abort, divergence, validation, weights, metrics of one's own. */

import { describe, expect, test } from "vitest";
import {
  adam,
  batchNormalization,
  cosineDecay,
  Dataset,
  DivergenceError,
  dense,
  dropout,
  Model,
  matrix,
  residual,
  restartOnLoss,
  sgd,
} from "../../ts/index.js";
import { generator } from "./golden.js";

const rows = 60;

function numbers(count: number, seed: number): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: count }, () => next(1));
}

const x = matrix(numbers(rows * 4, 1), [rows, 4]);
const y = Array.from(
  { length: rows },
  (_, i) => Number((x.data[4 * i] as number) > 0) + Number((x.data[4 * i + 1] as number) > 0),
);

const config = {
  inputs: 4,
  layers: [
    dense(12, { activation: "gelu" }),
    batchNormalization(),
    dropout(0.2),
    residual([dense(12, { activation: "tanh", kernelInitializer: "heNormal" })]),
    dense(3),
  ],
  loss: "sparseCategoricalCrossEntropy",
  optimizer: adam({ learningRate: cosineDecay({ initial: 0.02, steps: 100 }) }),
  metrics: ["accuracy"],
  seed: 11,
} as const;

const weights = (model: { parameters(): readonly { name: string; data: Float32Array }[] }) =>
  model.parameters().map(({ name, data }) => [name, [...data]]);

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("training", () => {
  test("lowers the loss and reports every epoch", async () => {
    const model = await Model.create(config);
    const history = await model.fit(x, y, { epochs: 30, batchSize: 16 });
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(history.steps).toBe(30 * 4);
    expect(history.stoppedBy).toBe("epochs");
    expect(history.samplesPerSecond).toBeGreaterThan(0);
    const [first, last] = [history.epochs[0], history.epochs.at(-1)];
    expect(last?.loss).toBeLessThan((first?.loss ?? 0) / 2);
    expect(last?.accuracy).toBeGreaterThan(0.8);
    expect(first?.gradientNorm).toBeGreaterThan(0);
    expect(first?.durationMs).toBeGreaterThanOrEqual(0);
    expect(last?.learningRate).toBe(0);
  });

  test("gives the same bits in every engine", async () => {
    const model = await Model.create(config);
    await model.fit(x, y, { epochs: 20, batchSize: 16 });
    const state = new Float32Array(model.parameters().flatMap(({ data }) => [...data]));
    // Node 20 printed this; Chromium must agree, and so must the next change, unless the changelog says otherwise.
    expect(await sha256(new Uint8Array(state.buffer))).toBe(
      "cb40cade8889c5dca0ff1c6b74835f2518b1b95a0bf307d1574b7c800b88a365",
    );
  });

  test("of two epochs is of one and then one more, bit for bit", async () => {
    const [once, twice] = [await Model.create(config), await Model.create(config)];
    await once.fit(x, y, { epochs: 2, batchSize: 16 });
    await twice.fit(x, y, { epochs: 1, batchSize: 16 });
    const { epochs } = await twice.fit(x, y, { epochs: 1, batchSize: 16, initialEpoch: 1 });
    expect(epochs[0]?.epoch).toBe(1);
    expect(weights(twice)).toEqual(weights(once));
  });

  test("goes on after saving and loading to the bits of the uninterrupted run", async () => {
    const model = await Model.create(config);
    await model.fit(x, y, { epochs: 3, batchSize: 16 });
    model.freeze("layers.0.bias");
    const loaded = await Model.load(model.save());
    const copy = model.clone();
    for (const each of [model, loaded, copy]) await each.fit(x, y, { epochs: 3, batchSize: 16 });
    expect(weights(loaded)).toEqual(weights(model));
    expect(weights(copy)).toEqual(weights(model));
    expect(loaded.save()).toEqual(model.save());
    expect(loaded.toJSON()).toEqual(model.toJSON());
  });

  test("starts again after reset as it started first", async () => {
    const model = await Model.create(config);
    const before = weights(model);
    const first = await model.fit(x, y, { epochs: 2 });
    model.reset();
    expect(weights(model)).toEqual(before);
    const again = await model.fit(x, y, { epochs: 2 });
    expect(again.epochs.map(({ loss }) => loss)).toEqual(first.epochs.map(({ loss }) => loss));
    model.reset(12);
    expect(weights(model)).not.toEqual(before);
  });

  test("by hand and by fit are the same", async () => {
    const [fitted, stepped] = [await Model.create(config), await Model.create(config)];
    await fitted.fit(x, y, { epochs: 1, batchSize: 20, shuffle: false });
    for (let i = 0; i < rows; i += 20) {
      const logs = stepped.trainOnBatch(x.data.slice(4 * i, 4 * (i + 20)), y.slice(i, i + 20));
      expect(logs.accuracy).toBeGreaterThanOrEqual(0);
    }
    expect(weights(stepped)).toEqual(weights(fitted));
  });

  test("on a data set is training on its arrays", async () => {
    const [a, b] = [await Model.create(config), await Model.create(config)];
    const data = Dataset.fromArrays(x, y);
    await a.fit(data, { epochs: 2 });
    await b.fit(x, y, { epochs: 2 });
    expect(weights(a)).toEqual(weights(b));
    await a.fit(data);
    data.dispose();
  });

  test("stops at a signal, keeps the weights, and can go on", async () => {
    const model = await Model.create(config);
    const control = new AbortController();
    const history = await model.fit(x, y, {
      epochs: 1000,
      signal: control.signal,
      callbacks: [{ onEpochEnd: (epoch) => (epoch === 4 ? control.abort() : undefined) }],
    });
    expect(history.stoppedBy).toBe("signal");
    expect(history.epochs).toHaveLength(5);
    const { epochs } = await model.fit(x, y, { signal: AbortSignal.abort() });
    expect(epochs).toHaveLength(0);
    expect((await model.fit(x, y)).stoppedBy).toBe("epochs");
  });

  test("stops when a callback says so", async () => {
    const model = await Model.create(config);
    const byEpoch = await model.fit(x, y, {
      epochs: 9,
      callbacks: [{ onEpochEnd: (epoch) => (epoch === 1 ? "stop" : undefined) }],
    });
    expect([byEpoch.stoppedBy, byEpoch.epochs.length]).toEqual(["callback", 2]);
    const byBatch = await model.fit(x, y, { epochs: 9, callbacks: [{ onBatchEnd: () => "stop" }] });
    expect([byBatch.stoppedBy, byBatch.steps]).toEqual(["callback", 1]);
  });

  test("lets the event loop run", async () => {
    const model = await Model.create({ ...config, layers: [dense(64, { activation: "relu" }), dense(3)] });
    // However busy the machine: a timer gets its turn, and its signal ends a training that would take a minute.
    const control = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      turns++;
      if (turns === 5) control.abort();
    }, 1);
    const { stoppedBy } = await model.fit(x, y, { epochs: 1_000_000, batchSize: 16, signal: control.signal });
    clearInterval(timer);
    expect(stoppedBy).toBe("signal");
    expect(turns).toBeGreaterThan(4);
  });

  test("that diverges names the place and leaves the last finite weights", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(8), dense(1)],
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: 50 }),
    });
    const error = await model
      .fit(x, numbers(rows, 3), { epochs: 500, batchSize: 20 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DivergenceError);
    const { epoch, step, layer, tensor, cause, advice, history, message } = error as DivergenceError;
    expect(step).toBe(history.steps);
    expect(epoch).toBe(Math.floor(step / 3));
    expect(layer).toMatch(/^layers\.[01]$/);
    expect(tensor).toMatch(/^(loss|layers\.[01]\.)/);
    expect(String(cause)).toMatch(/learning rate/);
    expect(advice[0]?.change).toEqual({ optimizer: sgd({ learningRate: 5 }) });
    expect(message).toMatch(/is not finite at epoch \d+, step \d+/);
    expect(model.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test("validates on the last rows or on other data, with the same result as evaluate", async () => {
    const model = await Model.create(config);
    const split = await model.fit(x, y, { epochs: 2, validationSplit: 0.25 });
    const held = matrix(x.data.slice(4 * 45), [15, 4]);
    const evaluated = model.evaluate(held, y.slice(45));
    expect(split.epochs[1]?.val_loss).toBe(evaluated.loss);
    expect(split.epochs[1]?.val_accuracy).toBe(evaluated.accuracy);
    const other = await model.fit(x, y, { validationData: [held, y.slice(45)] });
    expect(other.epochs[0]?.val_loss).toBe(model.evaluate(held, y.slice(45)).loss);
  });

  test("with weights of 0 on some rows is training without them", async () => {
    const layers = [dense(6, { activation: "tanh" }), dense(3)];
    const [weighted, left] = [await Model.create({ ...config, layers }), await Model.create({ ...config, layers })];
    const sampleWeight = Array.from({ length: rows }, (_, i) => Number(i < 40));
    await weighted.fit(x, y, { epochs: 3, batchSize: "full", sampleWeight });
    await left.fit(x.data.slice(0, 160), y.slice(0, 40), { epochs: 3, batchSize: "full" });
    weighted.parameters().forEach(({ data }, i) => {
      // The same sums with zeros between them, in another order.
      data.forEach((value, j) => {
        expect(value).toBeCloseTo(left.parameters()[i]?.data[j] ?? Number.NaN, 5);
      });
    });
  });

  test("computes metrics of one's own over whole epochs", async () => {
    const seen: number[][] = [];
    const share = {
      name: "share",
      compute(
        output: { data: Float32Array; shape: readonly number[] },
        target: { data: Float32Array; shape: readonly number[] },
      ) {
        seen.push([...output.shape, ...target.shape]);
        let right = 0;
        for (let i = 0; i < target.data.length; i++) {
          const row = [...output.data.subarray(3 * i, 3 * i + 3)];
          right += Number(row.indexOf(Math.max(...row)) === target.data[i]);
        }
        return right / target.data.length;
      },
    } as const;
    const model = await Model.create({ ...config, metrics: ["accuracy", share] });
    const { epochs } = await model.fit(x, y, { epochs: 2, batchSize: 16, validationSplit: 0.2 });
    expect(epochs[1]?.share).toBeCloseTo(epochs[1]?.accuracy ?? Number.NaN, 10);
    expect(epochs[1]?.val_share).toBeCloseTo(epochs[1]?.val_accuracy ?? Number.NaN, 10);
    const { share: evaluated, accuracy } = model.evaluate(x, y);
    expect(evaluated).toBeCloseTo(accuracy, 10);
    expect(model.trainOnBatch(x, y).share).toBeGreaterThan(0);
    expect(seen).toContainEqual([48, 3, 48, 1]);
  });

  test("restarts the rate when the loss falls below the threshold, also after loading", async () => {
    const schedule = restartOnLoss({ threshold: 0.9, initial: 0.02, decay: 0.9 });
    const model = await Model.create({ ...config, optimizer: adam({ learningRate: schedule }) });
    const rates: number[] = [];
    const watch = {
      onBatchEnd: (_: number, logs: { readonly learningRate?: number | undefined }) =>
        void rates.push(logs.learningRate ?? 0),
    };
    await model.fit(x, y, { epochs: 10, callbacks: [watch] });
    const restarts = rates.filter((rate, i) => i > 0 && rate > (rates[i - 1] ?? 0));
    expect(restarts[0]).toBe(0.02);
    const loaded = await Model.load(model.save());
    await model.fit(x, y, { epochs: 2 });
    await loaded.fit(x, y, { epochs: 2 });
    expect(weights(loaded)).toEqual(weights(model));
  });
});
