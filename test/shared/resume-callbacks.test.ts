/** A training that broke off goes on from a checkpoint as if nothing had happened: callbacks and verdicts included. */

import { describe, expect, test } from "vitest";
import {
  adam,
  batchNormalization,
  type Callback,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  type FitOptions,
  Model,
  modelCheckpoint,
  reduceOnPlateau,
  type Sink,
} from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";
import { generator } from "./golden.js";

const next = generator(5);
const x = Array.from({ length: 40 }, () => [next(1), next(1)]);
const y = x.map(([a = 0, b = 0]) => a + 0.5 * b + 0.1 * next(1));

const config = {
  inputs: 2,
  layers: [dense(8, { activation: "tanh" }), batchNormalization(), dropout(0.2), dense(1)],
  loss: "meanSquaredError",
  optimizer: adam({ learningRate: reduceOnPlateau({ initial: 0.05, patience: 2, factor: 0.5 }) }),
  metrics: ["meanAbsoluteError"],
  seed: 9,
} as const;

const total = 40;

/** Files in memory; the whole process "dies" at write number `dies`. */
function memory(dies = Number.POSITIVE_INFINITY, files = new Map<string, Uint8Array>()) {
  let writes = 0;
  const written: string[] = [];
  const sink: Sink = {
    write(name, bytes) {
      if (++writes > dies) throw new Error("killed");
      files.set(name, bytes);
      written.push(name);
    },
    read: (name) => files.get(name),
  };
  return { files, sink, written };
}

/** What a user would write, each time the process starts; everything that checkpoints must hold has a part in it. */
function callbacksFor(sink: Sink, more: readonly Callback[] = []): readonly Callback[] {
  return [
    modelCheckpoint(sink),
    ...more,
    earlyStopping({ monitor: "val_loss", patience: 6, restoreBest: true }),
    modelCheckpoint(sink, { monitor: "val_loss" }),
    csvLogger(sink),
  ];
}

const options = { batchSize: 6, accumulate: 2, validationSplit: 0.25 } satisfies FitOptions;

async function train(model: Model<string>, sink: Sink, more: readonly Callback[] = []) {
  const { epochsDone } = model;
  const callbacks = callbacksFor(sink, more);
  return model.fit(x, y, { ...options, epochs: total - epochsDone, initialEpoch: epochsDone, callbacks });
}

const newest = (files: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined =>
  files.get(
    `epoch-${Math.max(0, ...[...files.keys()].map((name) => Number(/^epoch-(\d+)/.exec(name)?.[1] ?? 0)))}.safetensors`,
  );

/** The table without the column of times. */
const table = (files: ReadonlyMap<string, Uint8Array>): string[] =>
  new TextDecoder()
    .decode(files.get("history.csv"))
    .split("\n")
    .map((line) =>
      line
        .split(",")
        .filter((_, column) => column !== 4)
        .join(","),
    );

async function uninterrupted(more: readonly Callback[] = []) {
  const { files, sink, written } = memory();
  const model = await Model.create(config);
  const history = await train(model, sink, more);
  return { files, model, history, writes: written.length };
}

describe("a training killed at any write", () => {
  test("goes on to the bits, files and end of the uninterrupted one", async () => {
    const whole = await uninterrupted();
    // Otherwise some of what is to be kept has had no part.
    expect(whole.history.stoppedBy).toBe("earlyStopping");
    expect(new Set(whole.history.epochs.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(1);
    const best = whole.history.epochs.reduce((a, b) => ((b.val_loss ?? 0) < (a.val_loss ?? 0) ? b : a));
    expect(best.epoch).toBeGreaterThan(2);
    const rows = table(whole.files);
    expect(rows[0]).toBe("epoch,loss,learningRate,gradientNorm,meanAbsoluteError,val_loss,val_meanAbsoluteError");

    // Each third write, and all of the last ten: there early stopping has waited, and nothing is the best any more.
    for (let dies = 1; dies < whole.writes; dies += dies < whole.writes - 10 ? 3 : 1) {
      const { files, sink } = memory(dies);
      await expect(train(await Model.create(config), sink)).rejects.toThrow("killed");
      const bytes = newest(files);
      const model = bytes === undefined ? await Model.create(config) : await Model.load(bytes);
      const again = memory(Number.POSITIVE_INFINITY, files).sink;
      const history = await train(model, again);
      expect(model.save(), `killed at write ${dies}`).toEqual(whole.model.save());
      expect(history.stoppedBy).toBe("earlyStopping");
      expect(table(files)).toEqual(rows);
      const checkpoints = (of: ReadonlyMap<string, Uint8Array>) => [of.get("best.safetensors"), newest(of)];
      expect(checkpoints(files)).toEqual(checkpoints(whole.files));
      model.dispose();
    }
  });

  test("a training that was stopped is not trained on by starting the program again", async () => {
    const whole = await uninterrupted();
    const model = await Model.load(newest(whole.files) as Uint8Array);
    const history = await train(model, memory().sink);
    expect(history).toMatchObject({ steps: 0, epochs: [], stoppedBy: "earlyStopping" });
    expect(model.save()).toEqual(whole.model.save());
  });

  test("a verdict of a callback without a state is kept, too", async () => {
    const enough: Callback = { onEpochEnd: (epoch) => (epoch === 3 ? "stop" : undefined) };
    const whole = await uninterrupted([enough]);
    expect(whole.history.stoppedBy).toBe("callback");
    const model = await Model.load(newest(whole.files) as Uint8Array);
    const history = await train(model, memory().sink, [enough]);
    expect(history).toMatchObject({ steps: 0, stoppedBy: "callback" });
  });

  test("an abort is no verdict: from what was saved meanwhile the training goes on", async () => {
    const control = new AbortController();
    const files: Uint8Array[] = [];
    const model = await Model.create(config);
    const callbacks: readonly Callback[] = [
      {
        onEpochEnd: (epoch) => (epoch === 3 ? control.abort() : undefined),
        onTrainEnd: () => void files.push(model.save()),
      },
    ];
    const { stoppedBy } = await model.fit(x, y, { epochs: 9, callbacks, signal: control.signal });
    expect(stoppedBy).toBe("signal");
    const loaded = await Model.load(files[0] as Uint8Array);
    const history = await loaded.fit(x, y, { epochs: 1, initialEpoch: loaded.epochsDone });
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([4]);
  });
});

describe("what a file keeps of a fit", () => {
  test("states of callbacks of one's own, by their names, whatever numbers they hold", async () => {
    const seen: unknown[] = [];
    const keeper = (name: string, state: unknown): Callback => ({
      name,
      onEpochEnd() {},
      state: () => state,
      loadState: (given: unknown) => void seen.push([name, given]),
    });
    const odd = {
      values: [Number.NaN, Number.NEGATIVE_INFINITY, -0.1],
      all: new Float32Array([1, Number.NaN]),
      none: null,
    };
    const model = await Model.create(config);
    const files: Uint8Array[] = [];
    const save: Callback = { order: 1, onEpochEnd: () => void files.push(model.save()) };
    const callbacks = [save, keeper("a", odd), keeper("b", 1), keeper("a", "second")];
    await model.fit(x, y, { epochs: 2, callbacks });
    expect(seen).toEqual([]);

    const loaded = await Model.load(files.at(-1) as Uint8Array);
    // Also through another file before the fit.
    const again = await Model.load(loaded.save());
    const others = [keeper("a", 0), keeper("c", 0), keeper("a", 0), keeper("a", 0)];
    await again.fit(x, y, { epochs: 1, initialEpoch: again.epochsDone, callbacks: others });
    expect(seen).toEqual([
      ["a", odd],
      ["a", "second"],
    ]);

    seen.length = 0;
    await loaded.fit(x, y, { callbacks: others });
    expect(seen).toEqual([]);
    // And then it is too late.
    await loaded.fit(x, y, { initialEpoch: loaded.epochsDone, callbacks: others });
    expect(seen).toEqual([]);
  });

  test("a state that is no plain data is refused by name", async () => {
    const model = await Model.create(config);
    const bad: Callback = { onEpochEnd: () => void model.save(), state: () => ({ at: new Map() }), loadState() {} };
    await expect(model.fit(x, y, { callbacks: [bad] })).rejects.toMatchObject({
      code: "NOT_SERIALIZABLE",
      message: "callbacks: at: a state must be plain data, got a Map",
    });
    expect(() => model.save()).not.toThrow();
  });

  test("nothing of a fit once it is over: the numbers of its epochs neither; all epochs are counted", async () => {
    const model = await Model.create(config);
    expect(model.epochsDone).toBe(0);
    await model.fit(x, y, {
      epochs: 2,
      validationSplit: 0.2,
      callbacks: [earlyStopping({ restoreBest: true, patience: 9 })],
    });
    expect(model.epochsDone).toBe(2);
    await model.fit(x, y, { epochs: 2, initialEpoch: 5 });
    expect(model.epochsDone).toBe(4);
    const bytes = model.save();
    expect(new TextDecoder().decode(bytes)).not.toContain("callbacks");
    expect((await Model.load(bytes)).epochsDone).toBe(4);
    expect(model.clone().epochsDone).toBe(4);
    model.reset();
    expect(model.epochsDone).toBe(0);
  });

  test("checkpoints take their turns after the others, the best before the one of every epoch", async () => {
    const { files, sink } = memory();
    const told: string[] = [];
    const model = await Model.create(config);
    const callbacks = callbacksFor(sink, [{ onEpochEnd: () => void told.push([...files.keys()].join()) }]);
    await model.fit(x, y, { ...options, callbacks });
    expect(told).toEqual([""]);
    expect([...files.keys()]).toEqual(["history.csv", "best.safetensors", "epoch-1.safetensors"]);
  });

  test("a checkpoint that could not be written does not count as the best", async () => {
    const files: string[] = [];
    let full = true;
    const sink: Sink = {
      write(name) {
        if (full) throw new Error("full");
        files.push(name);
      },
    };
    const checkpoint = modelCheckpoint(sink, { monitor: "loss" });
    const model = await Model.create(config);
    await expect(model.fit(x, y, { callbacks: [checkpoint] })).rejects.toThrow("full");
    expect(checkpoint.state?.()).toEqual({ best: undefined });
    full = false;
    await model.fit(x, y, { initialEpoch: model.epochsDone, callbacks: [checkpoint] });
    expect(files).toEqual(["best.safetensors"]);
  });

  test("states that make no sense are refused by their place", async () => {
    const { sink } = memory();
    const load = (callback: Callback, state: unknown) => () => callback.loadState?.(state as never);
    expect(load(modelCheckpoint(sink), { best: "1" })).toThrow(
      "modelCheckpoint.loadState.best: expected a finite number",
    );
    expect(load(modelCheckpoint(sink), { bets: 1 })).toThrow('did you mean "best"');
  });
});

test("a WorkerModel keeps and takes up the states of callbacks that run on the caller's side", async () => {
  const whole = await uninterrupted();
  const { files, sink } = memory(7);
  const begun = await WorkerModel.create(config);
  const how = (done: number, sink: Sink) => ({
    ...options,
    epochs: total - done,
    initialEpoch: done,
    callbacks: callbacksFor(sink),
  });
  await expect(begun.fit(x, y, how(0, sink))).rejects.toThrow("killed");
  expect(await begun.epochsDone).toBeGreaterThan(2);
  await begun.dispose();
  const model = await WorkerModel.load(newest(files) as Uint8Array);
  const again = memory(Number.POSITIVE_INFINITY, files).sink;
  const history = await model.fit(x, y, how(await model.epochsDone, again));
  expect(history.stoppedBy).toBe("earlyStopping");
  expect(await model.save()).toEqual(whole.model.save());
  expect(table(files)).toEqual(table(whole.files));
  await model.dispose();
});

test("killed between the best epoch's file and its own, a training writes the second when it goes on", async () => {
  const epochs = 8;
  const trainTo = (model: Model<string>, sink: Sink, to: number) => {
    const { epochsDone } = model;
    const callbacks = [modelCheckpoint(sink), modelCheckpoint(sink, { monitor: "loss" })];
    return model.fit(x, y, { epochs: to - epochsDone, initialEpoch: epochsDone, callbacks });
  };
  const whole = memory();
  await trainTo(await Model.create(config), whole.sink, epochs);
  const writings = whole.written.lastIndexOf("best.safetensors") + 1;
  const missing = whole.written[writings] as string;
  const { files, sink } = memory(writings);
  await expect(trainTo(await Model.create(config), sink, epochs)).rejects.toThrow("killed");
  expect([...files.keys()]).not.toContain(missing);
  const best = files.get("best.safetensors") as Uint8Array;
  const again = memory(Number.POSITIVE_INFINITY, files);
  await trainTo(await Model.load(best), again.sink, epochs);
  expect(again.written).toEqual(whole.written.slice(writings));
  expect(new Map([...files].sort())).toEqual(new Map([...whole.files].sort()));
  // Nothing is missing, so nothing is written; a sink that cannot be read is left alone.
  const more = memory(Number.POSITIVE_INFINITY, files);
  await trainTo(await Model.load(files.get(`epoch-${epochs}.safetensors`) as Uint8Array), more.sink, epochs);
  expect(more.written).toEqual([]);
  const blind = memory();
  const { epochsDone } = await Model.load(best);
  await trainTo(await Model.load(best), { write: blind.sink.write }, epochsDone);
  expect(blind.written).toEqual([]);
});
