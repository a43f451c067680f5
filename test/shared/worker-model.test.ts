import { afterEach, describe, expect, test } from "vitest";
import {
  adafactor,
  adam,
  BusyError,
  type Callback,
  ConfigError,
  csvLogger,
  Dataset,
  DisposedError,
  DivergenceError,
  dense,
  dropout,
  earlyStopping,
  ema,
  FormatError,
  Model,
  matrix,
  modelCheckpoint,
  muon,
  NonFiniteError,
  NotSerializableError,
  oneHot,
  perParameter,
  prodigy,
  progressBar,
  recordGradients,
  ShapeError,
  scheduleFreeAdamW,
  sgd,
  WorkerError,
} from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";
import { breaks, stubborn } from "./worker-helpers.js";

/** Two moons of 40 points, without a random number. */
const x = Array.from({ length: 40 }, (_, i) => {
  const angle = (Math.floor(i / 2) / 20) * 3;
  return i % 2 === 0 ? [angle - 1.5, 1 - (angle - 1.5) ** 2] : [angle - 0.5, (angle - 1.5) ** 2 - 0.5];
});
const y = Array.from({ length: 40 }, (_, i) => i % 2);

const config = {
  inputs: 2,
  layers: [dense(8, { activation: "tanh" }), dropout(0.1), dense(2)],
  loss: "sparseCategoricalCrossEntropy",
  optimizer: adam({ learningRate: 0.05 }),
  metrics: ["accuracy"],
  seed: 3,
} as const;

const open: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const model of open.splice(0)) await model.dispose();
});

async function pair() {
  const models = { here: await Model.create(config), there: await WorkerModel.create(config) };
  open.push(models.here, models.there);
  return models;
}

async function alone() {
  const model = await WorkerModel.create(config);
  open.push(model);
  return model;
}

/** What a promise rejects with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error) => error,
  );

/** Histories but for the time that they took. */
const timeless = ({ epochs, steps, stoppedBy }: Awaited<ReturnType<Model["fit"]>>) => ({
  epochs: epochs.map((epoch) => ({ ...epoch, durationMs: 0 })),
  steps,
  stoppedBy,
});

describe("WorkerModel does what Model does", () => {
  test("fit, to the same bits", async () => {
    const { here, there } = await pair();
    const options = { epochs: 12, batchSize: 8, validationSplit: 0.2, sampleWeight: y.map((label) => 1 + label) };
    const got = await there.fit(x, y, options);
    expect(timeless(got)).toEqual(timeless(await here.fit(x, y, options)));
    expect(await there.parameters()).toEqual(here.parameters());
    const accuracy: number | undefined = got.epochs[0]?.accuracy;
    expect(accuracy).toBeGreaterThan(0);
    const pairs = { epochs: 1, validationData: [x, y] as const, classWeight: [1, 2] };
    expect(timeless(await there.fit(x, y, pairs))).toEqual(timeless(await here.fit(x, y, pairs)));
  });

  test("every other method", async () => {
    const { here, there } = await pair();
    expect(await there.trainOnBatch(x, y, { sampleWeight: y.map(() => 2) })).toEqual(
      here.trainOnBatch(x, y, { sampleWeight: y.map(() => 2) }),
    );
    expect(await there.evaluate(x, y, { batchSize: 7 })).toEqual(here.evaluate(x, y, { batchSize: 7 }));
    expect(await there.predict(x)).toEqual(here.predict(x));
    const out = new Float32Array(80);
    await there.predictInto(x, out);
    expect(out).toEqual(here.predict(x).data);
    expect(await there.predictClasses(x)).toEqual(here.predictClasses(x));
    expect(await there.forward(x)).toEqual(here.forward(x));
    expect(await there.gradients(x, y)).toEqual(here.gradients(x, y));
    expect(await there.checkGradients(x, y, { perParameter: 3 })).toEqual(
      here.checkGradients(x, y, { perParameter: 3 }),
    );
    expect(await there.diagnose(x, y)).toEqual(here.diagnose(x, y));
    expect(await there.summary()).toBe(here.summary());
    expect(await there.save()).toEqual(here.save());
    expect(await there.toJSON()).toEqual(here.toJSON());
    expect(await there.toJSON()).toEqual(here.toJSON());
    await there.freeze("layers.0.*");
    expect((await there.parameters()).map(({ trainable }) => trainable)).toEqual([false, false, true, true]);
    await there.unfreeze("layers.0.bias");
    expect((await there.parameters()).map(({ trainable }) => trainable)).toEqual([false, true, true, true]);
    const zeros = [{ name: "layers.0.kernel", data: new Float32Array(16) }];
    await there.setParameters(zeros);
    expect((await there.parameters())[0]?.data).toEqual(zeros[0]?.data);
    await there.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: "categoricalCrossEntropy" });
    expect((await there.trainOnBatch(x, oneHot(y, 2))).learningRate).toBe(0.5);
    await there.unfreeze("**");
    await there.reset(9);
    here.reset(9);
    expect(await there.parameters()).toEqual(here.parameters());
  });

  test("changes of the structure, which files carry along", async () => {
    const [model, twin] = [await Model.create(config), await WorkerModel.create(config)];
    open.push(model, twin);
    for (const each of [model, twin]) {
      await each.fit(x, y, { epochs: 2 });
      expect(await each.growDense(0, 11)).toEqual({ preserving: true });
      expect(await each.insertLayer(1, dense(11, { activation: "relu" }))).toEqual({ preserving: false });
      expect(await each.prune({ sparsity: 0.5 })).toEqual({ pruned: 83, weights: 165, sparsity: 83 / 165 });
      await each.unprune("layers.3.*");
      await each.fit(x, y, { epochs: 2 });
    }
    expect(await twin.save()).toEqual(model.save());
  });

  test("save and load, from one to the other; clone", async () => {
    const { here, there } = await pair();
    await there.fit(x, y, { epochs: 2 });
    const copy = await there.clone();
    const loaded = await WorkerModel.load(await there.save());
    const brought = await Model.load(await there.save());
    open.push(copy, loaded, brought);
    await there.fit(x, y, { epochs: 3 });
    for (const other of [copy, loaded, brought]) {
      await other.fit(x, y, { epochs: 3 });
      expect(await other.parameters()).toEqual(await there.parameters());
    }
    const taken = await WorkerModel.load(here.save());
    open.push(taken);
    expect(await taken.parameters()).toEqual(here.parameters());
  });

  test.each([
    scheduleFreeAdamW({ learningRate: 0.05 }),
    perParameter([
      ["bias", prodigy({ d0: 1e-3 })],
      ["**", muon({ learningRate: 0.05 })],
    ]),
    adafactor(),
  ])("train by rules with numbers of their own, to the same bits, saved and loaded: $type", async (optimizer) => {
    const here = await Model.create({ ...config, optimizer });
    const there = await WorkerModel.create({ ...config, optimizer });
    open.push(here, there);
    for (const model of [here, there]) await model.fit(x, y, { epochs: 3 });
    const bytes = await there.save();
    expect(bytes).toEqual(here.save());
    const loaded = await WorkerModel.load(bytes);
    open.push(loaded);
    for (const model of [here, loaded]) await model.fit(x, y, { epochs: 2, initialEpoch: 3 });
    expect(await loaded.parameters({ averaged: true })).toEqual(here.parameters({ averaged: true }));
  });

  test("calls are answered in their order, also while a fit is under way", async () => {
    const model = await alone();
    const fit = model.fit(x, y, { epochs: 2000 });
    const early = model.evaluate(x, y);
    const second = failure(model.fit(x, y));
    expect(await second).toBeInstanceOf(BusyError);
    expect((await early).loss).toBeGreaterThan(0);
    const order: string[] = [];
    await Promise.all([fit.then(() => order.push("fit")), model.reset().catch(() => order.push("reset is refused"))]);
    expect(order).toEqual(["reset is refused", "fit"]);
  });
});

describe("data", () => {
  test("are copied, with views staying views; the caller keeps them", async () => {
    const { here, there } = await pair();
    const big = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const view = big.subarray(100, 180);
    expect(await there.predict(view)).toEqual(here.predict(view));
    expect(await there.predict(matrix(view, [40, 2]))).toEqual(here.predict(view));
    expect(await there.predict(Float64Array.from(view))).toEqual(here.predict(view));
    expect(big.length).toBe(1000);
    expect(await there.evaluate(view, Uint8Array.from(y))).toEqual(here.evaluate(view, y));
  });

  test("are given up where the caller says so", async () => {
    const { here, there } = await pair();
    const flat = Float32Array.from(x.flat());
    const labels = Int32Array.from(y);
    await there.fit(flat, labels, { epochs: 3, transfer: true });
    expect([flat.length, labels.length]).toEqual([0, 0]);
    await here.fit(x, y, { epochs: 3 });
    expect(await there.parameters()).toEqual(here.parameters());
    // A view of something larger is copied all the same: the rest is not the model's.
    const big = new Float32Array(200);
    await there.predict(big.subarray(0, 80), { transfer: true });
    expect(big.length).toBe(200);
    expect(await failure(there.predict(x, { transfer: 1 as never }))).toMatchObject({
      message: "predict.transfer: expected true or false, got 1",
    });
  });
});

describe("callbacks run on the caller's side", () => {
  test("with the same calls, in the same order, as those of Model", async () => {
    const { here, there } = await pair();
    const record = () => {
      const seen: unknown[] = [];
      const note =
        (hook: string) =>
        async (...given: unknown[]) => {
          const { params, stoppedBy } = given.at(-1) as { params: object; stoppedBy?: string };
          const numbers = given
            .slice(0, -1)
            .map((value) => (typeof value === "object" ? { ...value, durationMs: 0 } : value));
          await undefined;
          seen.push([hook, ...numbers, params, stoppedBy]);
        };
      const hooks = ["onTrainBegin", "onEpochBegin", "onBatchEnd", "onEpochEnd", "onTrainEnd"];
      return { seen, callback: Object.fromEntries(hooks.map((hook) => [hook, note(hook)])) as Callback };
    };
    const [one, two] = [record(), record()];
    await here.fit(x, y, { epochs: 2, batchSize: 16, callbacks: [one.callback] });
    await there.fit(x, y, { epochs: 2, batchSize: 16, callbacks: [two.callback] });
    expect(two.seen).toEqual(one.seen);
    expect(two.seen.length).toBe(2 + 2 * 5);
  });

  test("a callback may stop, and early stopping puts the best weights back", async () => {
    const { here, there } = await pair();
    const stop = { onEpochEnd: (epoch: number) => (epoch === 4 ? ("stop" as const) : undefined) };
    expect(await there.fit(x, y, { epochs: 50, callbacks: [stop] })).toMatchObject({ stoppedBy: "callback" });
    await here.fit(x, y, { epochs: 5 });
    const early = () => earlyStopping({ patience: 3, restoreBest: true, monitor: "loss", minDelta: 0.01 });
    const options = { epochs: 400, batchSize: 8 };
    const got = await there.fit(x, y, { ...options, callbacks: [early()] });
    expect(timeless(got)).toEqual(timeless(await here.fit(x, y, { ...options, callbacks: [early()] })));
    expect(got.stoppedBy).toBe("earlyStopping");
    expect(await there.parameters()).toEqual(here.parameters());
  });

  test("early stopping takes the averaged weights", async () => {
    const averaging = { ...config, optimizer: ema(sgd({ learningRate: 0.3 })) };
    const [here, there] = [await Model.create(averaging), await WorkerModel.create(averaging)];
    open.push(here, there);
    const early = () => earlyStopping({ patience: 2, restoreBest: true, monitor: "loss" });
    await here.fit(x, y, { epochs: 40, callbacks: [early()] });
    await there.fit(x, y, { epochs: 40, callbacks: [early()] });
    expect(await there.parameters()).toEqual(here.parameters());
  });

  test("those of the library: checkpoints, CSV, progress, records", async () => {
    const { here, there } = await pair();
    const run = async (model: typeof here | typeof there) => {
      const files = new Map<string, Uint8Array>();
      const sink = { write: async (name: string, bytes: Uint8Array) => void files.set(name, bytes) };
      const lines: string[] = [];
      const recorder = recordGradients({ every: 3 });
      const bar = progressBar({ style: "lines", write: (text) => lines.push(text) });
      const callbacks = [modelCheckpoint(sink, { every: 2 }), csvLogger(sink), bar, recorder];
      const given = { epochs: 4, batchSize: 16, callbacks };
      await (model instanceof Model ? model.fit(x, y, given) : model.fit(x, y, given));
      return { files, lines, records: recorder.records };
    };
    const [expected, got] = [await run(here), await run(there)];
    expect([...got.files.keys()]).toEqual([...expected.files.keys()]);
    expect(got.files.get("epoch-4.safetensors")).toEqual(expected.files.get("epoch-4.safetensors"));
    expect(got.lines.length).toBe(4);
    expect(got.lines[0]).toMatch(/^epoch 1\/4 · .* · loss [\d.]+ · accuracy [\d.]+\n$/);
    expect(got.records).toEqual(expected.records);
    expect(got.records.length).toBe(4);
  });

  test("progress is told along the way, and what it throws ends the fit", async () => {
    const model = await alone();
    const seen: number[] = [];
    await model.fit(x, y, {
      epochs: 3000,
      batchSize: 4,
      callbacks: [{ onProgress: (batch) => void seen.push(batch) }],
    });
    expect(seen.length).toBeGreaterThan(2);
    const mine = new Error("mine");
    const broken = {
      onProgress: () => {
        throw mine;
      },
    };
    expect(await failure(model.fit(x, y, { epochs: 3, callbacks: [broken] }))).toBe(mine);
  });

  test("what a callback throws is what fit rejects with, the very object", async () => {
    const model = await alone();
    const mine = new RangeError("enough");
    const callback = {
      onEpochEnd() {
        throw mine;
      },
    };
    expect(await failure(model.fit(x, y, { epochs: 3, callbacks: [callback] }))).toBe(mine);
    expect((await model.fit(x, y)).epochs.length).toBe(1);
  });

  test("a signal stops the fit, before and during it", async () => {
    const model = await alone();
    const controller = new AbortController();
    const options = { epochs: 1_000_000, signal: controller.signal };
    const callbacks = [{ onEpochEnd: (epoch: number) => void (epoch === 2 && controller.abort()) }];
    const history = await model.fit(x, y, { ...options, callbacks });
    expect(history.stoppedBy).toBe("signal");
    expect(history.epochs.length).toBeGreaterThanOrEqual(3);
    expect(history.epochs.length).toBeLessThan(1_000_000);
    expect(await model.fit(x, y, options)).toMatchObject({ stoppedBy: "signal", steps: 0 });
    expect(await failure(model.fit(x, y, { signal: {} as never }))).toMatchObject({ code: "CONFIG" });
  });
});

describe("mistakes arrive with their names", () => {
  test("of data, options and files: the same error as from Model", async () => {
    const { here, there } = await pair();
    const same = async (call: (model: typeof here | typeof there) => unknown, kind: unknown) => {
      const run = async (model: typeof here | typeof there) => call(model);
      const [expected, got] = [await failure(run(here)), await failure(run(there))];
      expect(got).toBeInstanceOf(kind);
      for (const field of ["message", "code", "name", "path", "suggestion", "allowed"] as const)
        expect((got as ConfigError)[field], field).toEqual((expected as ConfigError)[field]);
      expect((got as Error).stack).toContain((got as Error).message);
    };
    await same((model) => model.fit([[1, 2, 3]], [0]), ShapeError);
    await same((model) => model.fit(x, [0]), ShapeError);
    await same((model) => model.fit([[1, Number.NaN]], [0]), NonFiniteError);
    await same((model) => model.fit(x, y, { epochz: 3 } as never), ConfigError);
    await same((model) => model.fit(x, y, { callbacks: [{}] }), ConfigError);
    await same((model) => model.fit(x, y, { verbose: 7 as never }), ConfigError);
    await same((model) => model.fit(x, y, 5 as never), ConfigError);
    await same((model) => model.evaluate(x, [...y.slice(1), 2]), Error);
    await same((model) => model.freeze("nothing"), ConfigError);
    await same((model) => model.compile({ optimizer: "adamant" as never }), ConfigError);
    await same((model) => model.predict(undefined as never), Error);
    expect(await failure(WorkerModel.load(new Uint8Array(10)))).toBeInstanceOf(FormatError);
    expect(await failure(WorkerModel.create({ ...config, layers: [] }))).toMatchObject({ code: "CONFIG" });
    expect(await failure(WorkerModel.create(config, { wrker: 1 } as never))).toMatchObject({ suggestion: "worker" });
    expect(await failure(WorkerModel.create(config, { worker: () => 3 as never }))).toMatchObject({ code: "CONFIG" });
    expect(await failure(there.predictInto(x, new Float32Array(3)))).toBeInstanceOf(ShapeError);
  });

  test("of training that diverges, with history and advice", async () => {
    const wild = {
      ...config,
      layers: [dense(2)],
      loss: "meanSquaredError",
      metrics: [],
      optimizer: sgd({ learningRate: 1e9 }),
    } as const;
    const [here, there] = [await Model.create(wild), await WorkerModel.create(wild)];
    open.push(here, there);
    const targets = oneHot(y, 2);
    const expected = (await failure(here.fit(x, targets, { epochs: 50 }))) as DivergenceError;
    const got = (await failure(there.fit(x, targets, { epochs: 50 }))) as DivergenceError;
    expect(got).toBeInstanceOf(DivergenceError);
    expect(got.name).toBe("DivergenceError");
    for (const field of ["message", "epoch", "step", "layer", "tensor", "reason", "cause", "advice", "code"] as const)
      expect(got[field], field).toEqual(expected[field]);
    expect(got.history.steps).toBe(expected.history.steps);
    expect(got.advice[0]?.change.optimizer).toBeDefined();
  });

  test("of functions that cannot cross, naming the place", async () => {
    const metric = { name: "mine", compute: () => 1 };
    const create = failure(WorkerModel.create({ ...config, metrics: [metric] }));
    expect(await create).toBeInstanceOf(NotSerializableError);
    expect((await create) as Error).toMatchObject({
      message: expect.stringMatching(/^metrics\[0\]\.compute: a function/),
    });
    const model = await alone();
    const schedule = (step: number) => 1 / (step + 1);
    expect(await failure(model.fit(x, y, { schedule } as never))).toMatchObject({
      code: "NOT_SERIALIZABLE",
      message: expect.stringMatching(/^fit\.schedule: /),
    });
    expect(await failure(model.compile({ metrics: [metric] }))).toBeInstanceOf(NotSerializableError);
    const data = Dataset.fromArrays(x, y);
    expect(await failure(model.fit(data as never, y))).toMatchObject({ code: "DATA" });
    data.dispose();
    expect(await failure(model.setParameters([{ name: "layers.0.bias", data: [() => 1] as never }]))).toMatchObject({
      code: "NOT_SERIALIZABLE",
    });
    expect((await model.fit(x, y)).epochs.length).toBe(1);
  });

  test("of use after dispose; calls under way are rejected", async () => {
    const model = await alone();
    const fit = failure(model.fit(x, y, { epochs: 1_000_000 }));
    await model.evaluate(x, y);
    await model.dispose();
    expect(await fit).toBeInstanceOf(DisposedError);
    expect(await failure(model.predict(x))).toMatchObject({ message: "WorkerModel: used after dispose()" });
    await model.dispose();
    await model[Symbol.asyncDispose]();
    expect(() => new (WorkerModel as never as new () => unknown)()).toThrow(ConfigError);
  });
});

describe("workers that end by themselves", () => {
  test("a crash rejects the calls under way, and later ones, with a WorkerError", async () => {
    const { worker, crash } = breaks();
    const model = await WorkerModel.create(config, { worker });
    const fit = failure(model.fit(x, y, { epochs: 1_000_000 }));
    await model.evaluate(x, y);
    crash();
    const error = await fit;
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toMatchObject({ code: "WORKER", message: expect.stringMatching(/during fit: .*on purpose/) });
    expect(await failure(model.predict(x))).toBe(error);
    await model.dispose();
  });

  test("a worker that is terminated from outside does so too", async () => {
    const { worker, terminate } = breaks();
    const model = await WorkerModel.create(config, { worker });
    const fit = failure(model.fit(x, y, { epochs: 1_000_000 }));
    await model.evaluate(x, y);
    terminate();
    expect(await fit).toBeInstanceOf(WorkerError);
    await model.dispose();
  });

  test("a worker that never starts gives a named error", async () => {
    expect(await failure(WorkerModel.create(config, { worker: stubborn }))).toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringMatching(/^the worker did not start: .*downhill\/worker-thread$/),
    });
  });
});
