/** Schedules in training: which rate an update had, what those driven by the loss see, and that all of them can be resumed. */

import { describe, expect, test } from "vitest";
import { type ScheduleState, scheduleNames } from "../../ts/config/schedules.js";
import {
  constantRate,
  cosineDecay,
  cosineRestarts,
  cyclical,
  exponentialDecay,
  inverseSquareRoot,
  inverseTimeDecay,
  Model,
  Optimizer,
  oneCycle,
  piecewiseConstant,
  polynomialDecay,
  reduceOnPlateau,
  restartOnLoss,
  type ScheduleConfig,
  schedulePreview,
  sequence,
  sgd,
  stepDecay,
  warmup,
  warmupStableDecay,
} from "../../ts/index.js";
import { config, labels, x } from "./contract-helpers.js";

/** 32 rows in batches of 8: four updates an epoch. */
const batchSize = 8;
const perEpoch = 4;

/** Every schedule, such that updates 0 to 15 are in the midst of what it does. */
const schedules: readonly ScheduleConfig[] = [
  constantRate(0.1),
  polynomialDecay({ initial: 0.1, steps: 14, power: 2 }),
  exponentialDecay({ initial: 0.1, rate: 0.5, steps: 6 }),
  inverseTimeDecay({ initial: 0.1, rate: 0.5, steps: 3 }),
  inverseSquareRoot({ initial: 0.1, steps: 3 }),
  stepDecay({ initial: 0.1, factor: 0.5, steps: 3 }),
  piecewiseConstant({ boundaries: [3, 7, 9], values: [0.1, 0.2, 0.05, 0.1] }),
  cosineDecay({ initial: 0.1, steps: 14 }),
  cosineRestarts({ initial: 0.1, period: 3, growth: 2, decay: 0.8 }),
  oneCycle({ max: 0.2, steps: 15 }),
  cyclical({ initial: 0.01, max: 0.1, steps: 3, policy: "triangular2" }),
  warmupStableDecay({ max: 0.1, warmupSteps: 5, stableSteps: 4, decaySteps: 5, shape: "squareRoot" }),
  warmup(cosineDecay({ initial: 0.1, steps: 12 }), { steps: 6, shape: "exponential" }),
  sequence([constantRate(0.1), reduceOnPlateau({ initial: 0.2, patience: 1 })], { boundaries: [3] }),
  restartOnLoss({ threshold: 1.15, initial: 0.1, decay: 0.8 }),
  reduceOnPlateau({ initial: 0.1, patience: 1, factor: 0.5, threshold: 0.5, cooldown: 1 }),
  warmup(reduceOnPlateau({ initial: 0.1, patience: 1, factor: 0.5, threshold: 0.5 }), { steps: 2 }),
];

test("every schedule is in this file", () => {
  expect(new Set(schedules.map(({ type }) => type))).toEqual(new Set(scheduleNames));
});

const create = (learningRate: number | ScheduleConfig) =>
  Model.create({ ...config, optimizer: sgd({ learningRate, momentum: 0.9 }) });

const each = schedules.map((schedule, i) => [`${schedule.type} (${i})`, schedule] as const);

describe("the rate of an update is that of its place", () => {
  test.each(each)("%s", async (_, schedule) => {
    const losses: number[] = [];
    const told: number[] = [];
    const watch = {
      onBatchEnd: (_batch: number, logs: { step: number; loss: number; learningRate: number }) => {
        expect(logs.step).toBe(told.length);
        losses.push(logs.loss);
        told.push(logs.learningRate);
      },
    };
    const model = await create(schedule);
    const { epochs } = await model.fit(x, labels, { epochs: 4, batchSize, callbacks: [watch] });
    const quiet = await create(0.5);
    const unwatched = await quiet.fit(x, labels, { epochs: 4, batchSize, schedule });

    if (schedule.type === "restartOnLoss") {
      expect(told.map(Math.fround)).toEqual([...schedulePreview(schedule, 4 * perEpoch, { losses })]);
    } else if (!JSON.stringify(schedule).includes("reduceOnPlateau")) {
      expect(told.map(Math.fround)).toEqual([...schedulePreview(schedule, 4 * perEpoch)]);
    }
    const atEnds = epochs.map(({ learningRate }) => learningRate);
    expect(atEnds).toEqual(told.filter((_, step) => step % perEpoch === perEpoch - 1));
    expect(unwatched.epochs.map(({ learningRate }) => learningRate)).toEqual(atEnds);
    expect(quiet.parameters()).toEqual(model.parameters());
  });
});

describe("training that is interrupted in the midst goes on to the same bits", () => {
  test.each(each)("%s, at every update", async (_, schedule) => {
    const whole = await create(schedule);
    let parts: Model<string> = await create(schedule);
    const rates: number[] = [];
    for (let step = 0; step < 16; step++) {
      const loaded = await Model.load(parts.save());
      parts.dispose();
      parts = loaded;
      const want = whole.trainOnBatch(x, labels);
      const got = parts.trainOnBatch(x, labels);
      expect(got.learningRate).toBe(want.learningRate);
      rates.push(want.learningRate);
    }
    expect(parts.save()).toEqual(whole.save());
    if (schedule.type !== "constantRate") expect(new Set(rates).size).toBeGreaterThan(1);
  });

  test.each(each)("%s, after each epoch of fit", async (_, schedule) => {
    const [whole, pieces] = [await create(0.5), await create(0.5)];
    let loaded: Model<string> = await create(0.5);
    const { epochs } = await whole.fit(x, labels, { epochs: 4, batchSize, schedule, validationSplit: 0.25 });
    for (const want of epochs) {
      const options = { batchSize, schedule, validationSplit: 0.25, initialEpoch: want.epoch };
      loaded = await Model.load(loaded.save());
      for (const model of [pieces, loaded]) {
        const [got] = (await model.fit(x, labels, options)).epochs;
        expect({ ...got, durationMs: 0 }).toEqual({ ...want, durationMs: 0 });
      }
    }
    expect(pieces.save()).toEqual(whole.save());
    expect(loaded.save()).toEqual(whole.save());
  });

  test("of a file written while fit tells of the epoch's end", async () => {
    const learningRate = reduceOnPlateau({ initial: 0.1, patience: 0, threshold: 0.9 });
    const model = await create(learningRate);
    const files: Uint8Array[] = [];
    const keep = { onEpochEnd: () => void files.push(model.save()) };
    const { epochs } = await model.fit(x, labels, { epochs: 4, batchSize, callbacks: [keep] });
    expect(epochs.map((epoch) => epoch.learningRate)).toEqual([0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1]);
    const loaded = await Model.load(files[1] as Uint8Array);
    const rest = await loaded.fit(x, labels, { epochs: 2, batchSize, initialEpoch: 2 });
    expect(rest.epochs.map((epoch) => epoch.learningRate)).toEqual(epochs.slice(2).map((epoch) => epoch.learningRate));
    expect(loaded.save()).toEqual(model.save());
  });

  test("of a bare optimizer whose state went elsewhere", async () => {
    const learningRate = warmup(reduceOnPlateau({ initial: 0.1, patience: 1 }), { steps: 2 });
    const made = () => Optimizer.create(sgd({ learningRate }), [1]);
    const [whole, first, second] = [await made(), await made(), await made()];
    const run = (optimizer: Optimizer, from: number, to: number) =>
      Array.from({ length: to - from }, () => {
        const rate = optimizer.learningRate;
        optimizer.step([new Float32Array(1)], [[1]]);
        optimizer.observeLoss(1);
        return rate;
      });
    const want = run(whole, 0, 9);
    expect(want).toEqual([0, 0.05, 0.1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1, 0.1 * 0.1 * 0.1]);
    run(first, 0, 4);
    second.loadState(first.state());
    expect(run(second, 4, 9)).toEqual(want.slice(4));
  });
});

describe("reduceOnPlateau in fit", () => {
  const schedule = reduceOnPlateau({ initial: 0.1, factor: 0.5, patience: 1, threshold: 0.02 });
  const epochs = 12;

  /** The rates of the epochs, by the rule, from what was seen at their ends. */
  const follow = (seen: readonly number[], given: ScheduleConfig = schedule) =>
    [...schedulePreview(given, seen.length, { losses: seen })].map(Math.fround);

  test.each([
    ["the loss of the validation", { validationSplit: 0.25 }, schedule, "val_loss"],
    ["the loss of the training without one", {}, schedule, "loss"],
    [
      "another number by its name",
      { validationSplit: 0.25 },
      reduceOnPlateau({ ...optionsOf(schedule), mode: "max", monitor: "accuracy" }),
      "accuracy",
    ],
  ] as const)("sees %s, once an epoch", async (_, options, given, name) => {
    const model = await create(0.5);
    const history = await model.fit(x, labels, { epochs, batchSize, schedule: given, ...options });
    const logs = history.epochs as readonly Readonly<Record<string, number>>[];
    const rates = logs.map((log) => Math.fround(log.learningRate as number));
    expect(rates).toEqual(
      follow(
        logs.map((log) => log[name] as number),
        given,
      ),
    );
    expect(new Set(rates).size).toBeGreaterThan(1);
  });

  test("names a number that is not logged", async () => {
    const plateau = reduceOnPlateau({ initial: 0.1, monitor: "val_accuracy" });
    const model = await create(plateau);
    const before = model.parameters();
    const message = /reduceOnPlateau.monitor: no "val_accuracy" is logged.* Logged: .*loss/;
    await expect(model.fit(x, labels, { batchSize })).rejects.toThrow(message);
    await expect(model.fit(x, labels, { schedule: warmup(plateau, { steps: 1000 }) })).rejects.toThrow(message);
    expect(model.parameters(), "no epoch was trained in vain").toEqual(before);
    const validated = reduceOnPlateau({ initial: 0.1, monitor: "val_loss" });
    await expect(model.fit(x, labels, { schedule: validated })).rejects.toThrow(/no "val_loss" is logged/);
    expect((await model.fit(x, labels, { validationSplit: 0.2, schedule: validated })).epochs).toHaveLength(1);
  });
});

function optionsOf<C extends { readonly type: string }>({ type: _, ...options }: C): Omit<C, "type"> {
  return options;
}

test("a state of another schedule, or of none, is refused", async () => {
  const optimizer = await Optimizer.create(sgd({ learningRate: schedules.at(-1) as ScheduleConfig }), [1]);
  const state = optimizer.state();
  const refused = (schedule: unknown) => () =>
    optimizer.loadState({ ...state, schedule: [schedule] as readonly ScheduleState[] });
  const kept = { best: null, bad: 0, resting: 0, rate: 0.1 };
  expect(state.schedule).toEqual([[kept]]);
  expect(refused([])).toThrow("loadState.schedule[0]: expected the state of warmup, got []");
  expect(refused(kept)).toThrow("loadState.schedule[0]: expected the state of warmup");
  expect(refused([{ start: 0 }])).toThrow('loadState.schedule[0][0]: unknown option "start"');
  expect(refused([{ ...kept, bad: -1 }])).toThrow("loadState.schedule[0][0].bad: expected a whole");
  expect(refused([null])).toThrow("loadState.schedule[0][0]");
  const plain = await Optimizer.create(sgd({ learningRate: constantRate(0.1) }), [1]);
  expect(() => plain.loadState({ ...plain.state(), schedule: [[]] })).toThrow("expected the state of constantRate");
});
