/** Cross-validation and the search for a learning rate: which rows, which scores, failures, progress, abort. */

import { describe, expect, test } from "vitest";
import {
  type Callback,
  crossValidate,
  DivergenceError,
  dense,
  kFold,
  type Matrix,
  Model,
  matrix,
  oneHot,
  runtimeInfo,
  searchLearningRate,
  sgd,
  standardScaler,
} from "../../ts/index.js";
import { mistake, numbers } from "./contract-helpers.js";
import { problems, withOptimizer } from "./experiments-problems.js";

const rows = 30;
const x = matrix(numbers(rows * 4, 1), [rows, 4]);
const classes = Array.from({ length: rows }, (_, i) => (i < 20 ? 0 : i < 27 ? 1 : 2));
const y = numbers(rows, 2);
const { config: iris } = withOptimizer(problems.iris(), sgd({ learningRate: 0.1 }));
const [, ...layers] = iris.layers; // without the scaler
const classifier = { ...iris, layers } as const;
const line = {
  inputs: 4,
  layers: [dense(1)],
  loss: "meanSquaredError",
  optimizer: sgd({ learningRate: 0.1 }),
} as const;

/** The targets of the validation rows of each run, seen through a metric of one's own. */
function spy(): { metric: { name: string; compute: (output: Matrix, target: Matrix) => number }; seen: number[][] } {
  const seen: number[][] = [];
  const compute = (_: Matrix, target: Matrix) => seen.push([...target.data]);
  return { metric: { name: "spy", compute }, seen };
}

describe("crossValidate", () => {
  test("scores a fresh model on each fold by what fit logs for it", async () => {
    const result = await crossValidate(line, x, y, { folds: 3, epochs: 4, batchSize: 8 });
    const wanted: number[] = [];
    for (const { train, test } of kFold(rows, { folds: 3 })) {
      const part = (picked: Int32Array) =>
        [
          Array.from(picked, (i) => [...x.data.subarray(4 * i, 4 * i + 4)]),
          Array.from(picked, (i) => y[i] as number),
        ] as const;
      const model = await Model.create(line);
      const history = await model.fit(...part(train), { epochs: 4, batchSize: 8, validationData: part(test) });
      wanted.push(history.epochs[3]?.val_loss as number);
      model.dispose();
    }
    expect(result.scores).toEqual(wanted);
    const mean = wanted.reduce((a, b) => a + b) / 3;
    expect(result.mean).toBeCloseTo(mean, 12);
    const squares = wanted.reduce((sum, score) => sum + (score - mean) ** 2, 0);
    expect(result.deviation).toBeCloseTo(Math.sqrt(squares / 2), 12);
    expect(result).toMatchObject({ failures: [], stoppedBy: "folds" });
  });

  test("gives each fold its share of every class, unless told not to", async () => {
    const counts = async (options: object) => {
      const { metric, seen } = spy();
      await crossValidate({ ...classifier, metrics: [metric] }, x, classes, { folds: 3, ...options });
      const validated = seen.filter(({ length }) => length === 10);
      return validated.map((targets) => [0, 1, 2].map((label) => targets.filter((t) => t === label).length));
    };
    for (const [a = 0, b = 0, c] of await counts({})) {
      expect([6, 7]).toContain(a);
      expect([2, 3]).toContain(b);
      expect(c).toBe(1);
    }
    expect(await counts({ stratify: false, shuffle: false })).not.toEqual(await counts({ shuffle: false }));
    const hot = { ...classifier, loss: "categoricalCrossEntropy" } as const;
    const labelled = await crossValidate(classifier, x, classes);
    const encoded = await crossValidate(hot, x, oneHot(classes, 3));
    encoded.scores.forEach((score, fold) => {
      expect(score).toBeCloseTo(labelled.scores[fold] as number, 6);
    });
    expect((await mistake(() => crossValidate(line, x, y, { stratify: true }), true)).message).toMatch(
      /stratify.*no classes/,
    );
  });

  test("takes several seeds, each with folds and weights of its own, from the config's on", async () => {
    const two = await crossValidate({ ...classifier, seed: 3 }, x, classes, { folds: 2, seeds: 2 });
    const apart = [
      await crossValidate({ ...classifier, seed: 3 }, x, classes, { folds: 2 }),
      await crossValidate(classifier, x, classes, { folds: 2, seeds: [4] }),
    ];
    expect(two.scores).toEqual(apart.flatMap(({ scores }) => scores));
    expect(new Set(two.scores).size).toBe(4);
  });

  test("scores by any number of the logs, of the last epoch or the best", async () => {
    const options = { folds: 3, epochs: 30, monitor: "val_accuracy" };
    const last = await crossValidate(iris, problems.iris().x, problems.iris().y, options);
    expect(last.mean).toBeGreaterThan(0.9);
    const best = await crossValidate(iris, problems.iris().x, problems.iris().y, { ...options, pick: "best" });
    best.scores.forEach((score, fold) => {
      expect(score).toBeGreaterThanOrEqual(last.scores[fold] as number);
    });
    const error = await mistake(() => crossValidate(iris, x, classes, { monitor: "val_f1" }), true);
    expect(error.message).toMatch(/^crossValidate\.monitor: no "val_f1" is logged.*val_accuracy/);
  });

  test("makes input layers from the training rows alone", async () => {
    const seen: number[] = [];
    const inputLayers = (part: Matrix) => {
      seen.push(part.shape[0]);
      return [standardScaler().fit(part).toLayer()];
    };
    const scaled = await crossValidate(classifier, x, classes, { folds: 5, inputLayers });
    expect(seen).toEqual([24, 24, 24, 24, 24]);
    expect(scaled.scores).not.toEqual((await crossValidate(classifier, x, classes, { folds: 5 })).scores);
  });

  test("gives each row its own sample weight", async () => {
    const weights = Array.from({ length: rows }, (_, i) => Number(i % 2 === 0));
    const spoilt = y.map((value, i) => (i % 2 === 0 ? value : 1e3));
    const options = { folds: 3, epochs: 2, sampleWeight: weights };
    const monitor = "loss";
    const clean = await crossValidate(line, x, y, { ...options, monitor });
    expect((await crossValidate(line, x, spoilt, { ...options, monitor })).scores).toEqual(clean.scores);
  });

  test("marks a run that diverged and goes on with the others", async () => {
    const poisoned: Callback = {
      onEpochBegin: (_, { model }) => {
        const [kernel] = model.parameters();
        if (runs++ === 1 && kernel) model.setParameters([{ ...kernel, data: kernel.data.map(() => 3e38) }]);
      },
    };
    let runs = 0;
    const result = await crossValidate(line, x, y, { folds: 3, callbacks: [poisoned] });
    expect(result.scores.map(Number.isFinite)).toEqual([true, false, true]);
    expect(result).toMatchObject({ mean: Number.POSITIVE_INFINITY, deviation: Number.NaN, stoppedBy: "folds" });
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]).toMatchObject({ seed: 0, fold: 1 });
    expect(result.failures[0]?.error).toBeInstanceOf(DivergenceError);
  });

  test("tells how far it is, and resolves with the folds that were finished when it is aborted", async () => {
    const told: number[] = [];
    const total = await crossValidate(iris, x, classes, {
      epochs: 2000,
      batchSize: 4,
      onProgress: ({ done, total, name }) => {
        expect(total).toBe(5);
        expect(name).toMatch(/^seed 0, fold [0-4]$/);
        told.push(done);
      },
    });
    expect(total.scores).toHaveLength(5);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(5);
    expect(told.filter(Number.isInteger)).toEqual([1, 2, 3, 4, 5]);
    expect(told.length).toBeGreaterThan(5);
    const abort = new AbortController();
    const cut = await crossValidate(iris, x, classes, {
      epochs: 2000,
      batchSize: 4,
      signal: abort.signal,
      onProgress: ({ done }) => done > 2 && abort.abort(),
    });
    expect(cut.stoppedBy).toBe("signal");
    expect(cut.scores).toEqual(total.scores.slice(0, 2));
  });

  test("refuses what it cannot use, and leaves no model behind", async () => {
    const { liveModels } = runtimeInfo();
    const fails = async (options: object) => (await mistake(() => crossValidate(line, x, y, options), true)).message;
    expect(await fails({ folds: 1 })).toMatch(/^crossValidate\.folds/);
    expect(await fails({ folds: 31 })).toMatch(/^crossValidate\.folds/);
    expect(await fails({ seeds: 0 })).toMatch(/^crossValidate\.seeds/);
    expect(await fails({ seeds: [-1] })).toMatch(/^crossValidate\.seeds\[0\]/);
    expect(await fails({ pick: "first" })).toMatch(/^crossValidate\.pick/);
    expect(await fails({ epochs: 0 })).toMatch(/^crossValidate\.epochs/);
    expect(await fails({ validationSplit: 0.5 })).toMatch(/unknown option "validationSplit"/);
    expect(await fails({ sampleWeight: [1] })).toMatch(/^sampleWeight: expected 30 weights/);
    expect(await fails({ callbacks: 1 })).toMatch(/^fit\.callbacks/);
    const callbacks = [{ onEpochEnd: () => Promise.reject(new Error("mine")) }];
    await expect(crossValidate(line, x, y, { callbacks })).rejects.toThrow("mine");
    expect(runtimeInfo().liveModels).toBe(liveModels);
  });
});

describe("searchLearningRate", () => {
  test("scores each rate as a cross-validation with that rate, and names the best", async () => {
    const options = { folds: 3, epochs: 3 };
    const found = await searchLearningRate(line, x, y, { candidates: [1e-4, 0.1, 0.01], ...options });
    expect(found.scores.map(({ learningRate }) => learningRate)).toEqual([1e-4, 0.1, 0.01]);
    for (const { learningRate, mean, deviation, scores } of found.scores) {
      const alone = await crossValidate({ ...line, optimizer: sgd({ learningRate }) }, x, y, options);
      expect({ mean, deviation, scores }).toMatchObject({
        mean: alone.mean,
        deviation: alone.deviation,
        scores: alone.scores,
      });
    }
    const lowest = Math.min(...found.scores.map(({ mean }) => mean));
    expect(found.scores.find(({ learningRate }) => learningRate === found.best)?.mean).toBe(lowest);
    expect(found.stoppedBy).toBe("candidates");
  });

  test("takes the highest mean of a number that should be high", async () => {
    const { x, y } = problems.iris();
    const search = { candidates: [1e-6, 0.1], folds: 3, epochs: 20, monitor: "val_accuracy" };
    expect((await searchLearningRate(iris, x, y, search)).best).toBe(0.1);
  });

  test("does not lose the others to a rate that diverges", async () => {
    const { liveModels } = runtimeInfo();
    const found = await searchLearningRate(line, x, y, { candidates: [1e30, 0.1], epochs: 3 });
    expect(found.scores[0]).toMatchObject({ learningRate: 1e30, mean: Number.POSITIVE_INFINITY });
    expect(found.scores[0]?.failures).toHaveLength(5);
    expect(found.scores[1]?.failures).toEqual([]);
    expect(found.best).toBe(0.1);
    expect((await searchLearningRate(line, x, y, { candidates: [1e30], epochs: 3 })).best).toBeNaN();
    expect(runtimeInfo().liveModels).toBe(liveModels);
  });

  test("keeps the finished candidates when it is aborted", async () => {
    const abort = new AbortController();
    const found = await searchLearningRate(line, x, y, {
      candidates: [0.01, 0.1, 1],
      signal: abort.signal,
      onProgress: ({ done, total, name }) => {
        expect(total).toBe(15);
        if (done === 7) {
          expect(name).toBe("rate 0.1, seed 0, fold 1");
          abort.abort();
        }
      },
    });
    expect(found).toMatchObject({ best: 0.01, stoppedBy: "signal" });
    expect(found.scores).toHaveLength(1);
  });

  test("refuses rates that are none, and a schedule", async () => {
    const fails = async (options: object) =>
      (await mistake(() => searchLearningRate(line, x, y, options as { candidates: number[] }), true)).message;
    expect(await fails({})).toMatch(/^searchLearningRate\.candidates/);
    expect(await fails({ candidates: [] })).toMatch(/^searchLearningRate\.candidates/);
    expect(await fails({ candidates: [0.1, 0] })).toMatch(/^searchLearningRate\.candidates\[1\]/);
    expect(await fails({ candidates: [0.1], schedule: () => 1 })).toMatch(/unknown option "schedule"/);
  });
});
