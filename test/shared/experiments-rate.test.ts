/** The learning-rate range test: what it tries, where it stops, what it suggests, and that nobody else notices. */

import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  DivergenceError,
  findLearningRate,
  Model,
  type OptimizerConfig,
  rmsprop,
  runtimeInfo,
  sgd,
} from "../../ts/index.js";
import { flat, mistake } from "./contract-helpers.js";
import { type Problem, problems, withOptimizer } from "./experiments-problems.js";

/** Loss over all samples after training at a rate; Infinity if that diverged. */
async function lossAt({ config, x, y, options }: Problem, rate: number): Promise<number> {
  const model = await Model.create({
    ...config,
    optimizer: { ...(config.optimizer as object), learningRate: rate } as OptimizerConfig,
  });
  try {
    await model.fit(x, y, options);
    return model.evaluate(x, y).loss;
  } catch (error) {
    if (error instanceof DivergenceError) return Number.POSITIVE_INFINITY;
    throw error;
  } finally {
    model.dispose();
  }
}

describe("findLearningRate", () => {
  test("tries rates that rise by a constant factor from min to max", async () => {
    const { config, x, y } = withOptimizer(problems.xor(), sgd());
    const range = { min: 1e-4, max: 1, steps: 21 };
    const { learningRates, losses, batchLosses, stoppedBy, diverging } = await findLearningRate(config, x, y, range);
    expect(stoppedBy).toBe("steps");
    expect(diverging).toBeUndefined();
    expect(learningRates).toHaveLength(21);
    expect(losses).toHaveLength(21);
    expect(batchLosses).toHaveLength(21);
    expect(learningRates[0]).toBe(1e-4);
    expect(learningRates[20]).toBe(1);
    learningRates.slice(1).forEach((rate, i) => {
      expect(rate / (learningRates[i] as number)).toBeCloseTo(10 ** 0.2, 10);
    });
  });

  test("makes one update at each rate, and smooths what they report with bias correction", async () => {
    const { config, x, y } = withOptimizer(problems.regression(), sgd());
    const { learningRates, losses, batchLosses } = await findLearningRate(config, x, y, { steps: 30, smoothing: 0.5 });
    const model = await Model.create(config);
    const seen: number[] = [];
    const onBatchEnd = (_: number, { loss }: { loss?: number | undefined }) => {
      seen.push(loss as number);
      return seen.length < learningRates.length ? undefined : ("stop" as const);
    };
    await model.fit(x, y, {
      epochs: 30,
      schedule: (step) => learningRates[step] as number,
      callbacks: [{ onBatchEnd }],
    });
    expect(batchLosses).toEqual(seen);
    // Σ ½^(i−j) · loss_j over Σ ½^(i−j)
    losses.forEach((loss, i) => {
      const weights = seen.slice(0, i + 1).map((_, j) => 0.5 ** (i - j));
      const sum = weights.reduce((total, weight, j) => total + weight * (seen[j] as number), 0);
      expect(loss).toBeCloseTo(sum / weights.reduce((a, b) => a + b), 10);
    });
    model.dispose();
  });

  test("stops where the loss runs away, before a number stops being finite or after", async () => {
    const { config, x, y } = withOptimizer(problems.regression(), sgd());
    const gentle = await findLearningRate(config, x, y, { smoothing: 0 });
    expect(gentle.stoppedBy).toBe("divergence");
    const lowest = Math.min(...gentle.losses);
    expect(gentle.losses.every((loss) => loss <= 4 * lowest || loss === gentle.losses[0])).toBe(true);
    expect(gentle.diverging).toBeGreaterThan(gentle.learningRates.at(-1) as number);
    // The loss after an update at 1e25 is beyond the range of 32-bit floats.
    const abrupt = await findLearningRate(config, x, y, { min: 1e25, max: 1e35, steps: 3 });
    expect(abrupt.stoppedBy).toBe("divergence");
    expect(abrupt.losses).toHaveLength(1);
    expect(abrupt.losses.every(Number.isFinite)).toBe(true);
    expect(abrupt.diverging).toBeCloseTo(1e30, -20);
    expect(abrupt.suggestion).toBeCloseTo(1e29, -20);
  });

  test("suggests the geometric mean of the steepest descent and a tenth of the diverging rate", async () => {
    const { config, x, y } = withOptimizer(problems.regression(), sgd());
    const both = await findLearningRate(config, x, y);
    const { steepest = Number.NaN, diverging = Number.NaN } = both;
    expect(both.suggestion).toBeCloseTo(Math.sqrt((steepest * diverging) / 10), 10);
    expect(both.learningRates).toContain(steepest);
    const calm = await findLearningRate(config, x, y, { max: 0.01, batchSize: "full" });
    expect(calm.diverging).toBeUndefined();
    expect(calm.suggestion).toBeCloseTo(Math.sqrt((calm.steepest as number) * 0.001), 10);
    const frozen = await findLearningRate(config, x, y, { min: 1e-30, max: 1e-20, batchSize: "full" });
    expect(frozen).toMatchObject({ stoppedBy: "steps", suggestion: Number.NaN });
    expect(frozen.steepest).toBeUndefined();
  });

  test("of a model goes on from its state on a copy and leaves it untouched", async () => {
    const { config, x, y, options } = withOptimizer(problems.iris(), adam());
    const model = await Model.create(config);
    await model.fit(x, y, { ...options, epochs: 2 });
    const [before, file] = [flat(model.parameters()), model.save()];
    const { batchLosses } = await findLearningRate(model, x, y, { batchSize: "full", max: 1e-3 });
    expect(batchLosses[0]).toBeCloseTo(model.evaluate(x, y).loss, 6);
    expect(flat(model.parameters())).toEqual(before);
    expect(model.save()).toEqual(file);
    model.dispose();
  });

  test("tells its progress and resolves with what it has when it is aborted", async () => {
    const { config, x, y } = withOptimizer(problems.digits(), sgd());
    const abort = new AbortController();
    const told: number[] = [];
    const result = await findLearningRate(config, x, y, {
      signal: abort.signal,
      onProgress: ({ done, total, name, learningRate, loss }) => {
        expect([total, name]).toEqual([100, "findLearningRate"]);
        expect(learningRate).toBeGreaterThan(0);
        expect(loss).toBeGreaterThan(0);
        told.push(done);
        if (done === 5) abort.abort();
      },
    });
    expect(told).toEqual([1, 2, 3, 4, 5]);
    expect(result.stoppedBy).toBe("signal");
    expect(result.losses).toHaveLength(5);
    const nothing = await findLearningRate(config, x, y, { signal: AbortSignal.abort() });
    expect(nothing).toMatchObject({ losses: [], learningRates: [], suggestion: Number.NaN, stoppedBy: "signal" });
  });

  test("leaves no model behind, whatever happens", async () => {
    const { config, x, y } = withOptimizer(problems.xor(), sgd());
    const { liveModels } = runtimeInfo();
    await findLearningRate(config, x, y);
    const fails = (options: object, wrong: unknown = x) =>
      mistake(() => findLearningRate(config, wrong as typeof x, y, options), true);
    expect((await fails({}, [[0, Number.NaN]])).code).toBe("NON_FINITE");
    expect((await fails({ min: 1, max: 0.5 })).message).toMatch(/^findLearningRate\.max: expected a finite number > 1/);
    expect((await fails({ steps: 1 })).message).toMatch(/findLearningRate\.steps/);
    expect((await fails({ smoothing: 1 })).message).toMatch(/findLearningRate\.smoothing/);
    expect((await fails({ epochs: 3 })).message).toMatch(/unknown option "epochs"/);
    expect((await fails({ signal: "now" })).message).toMatch(/findLearningRate\.signal/);
    expect((await fails({ onProgress: 1 })).message).toMatch(/findLearningRate\.onProgress/);
    const thrown = new Error("enough");
    const onProgress = () => {
      throw thrown;
    };
    await expect(findLearningRate(config, x, y, { onProgress })).rejects.toBe(thrown);
    expect(runtimeInfo().liveModels).toBe(liveModels);
  });
});

/** Every half decade. */
const grid = Array.from({ length: 13 }, (_, i) => 10 ** (-5 + i / 2));

const optimizers: Readonly<Record<string, OptimizerConfig>> = {
  sgd: sgd(),
  momentum: sgd({ momentum: 0.9 }),
  rmsprop: rmsprop(),
  adagrad: adagrad(),
  adam: adam(),
};

describe("the suggested rate", () => {
  // 100 % is what the best rate of the grid gains over the lowest one, which trains next to nothing. The test sees 100
  // batches: where nothing diverges (XOR with bounded units) it cannot see that a rate is too high for the end of training.
  test.each(Object.entries(problems))(
    "trains %s to 85 % of what the best of a grid gains, nearly always",
    async (name, make) => {
      const misses: string[] = [];
      for (const [rule, optimizer] of Object.entries(optimizers)) {
        for (const seed of [0, 1, 2]) {
          const problem = withOptimizer(make(), optimizer);
          const config = { ...problem.config, seed };
          const { batchSize = 32 } = problem.options;
          const { suggestion } = await findLearningRate(config, problem.x, problem.y, { batchSize });
          const losses = await Promise.all(grid.map((rate) => lossAt({ ...problem, config }, rate)));
          const [start = Number.NaN, best] = [losses[0], Math.min(...losses)];
          const reached = await lossAt({ ...problem, config }, suggestion);
          const gain = (start - reached) / (start - best);
          if (!(gain > 0.85)) misses.push(`${rule}, seed ${seed}: ${suggestion} reaches ${reached}, the best ${best}`);
        }
      }
      expect(misses.length, misses.join("\n")).toBeLessThanOrEqual(name === "xor" ? 3 : 0);
    },
  );
});
