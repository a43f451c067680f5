/** The race of optimizers: a fair start, bands, the time to a target, the search for each one's rate. */

import { describe, expect, test } from "vitest";
import { adam, type Callback, compareOptimizers, DivergenceError, Model, runtimeInfo, sgd } from "../../ts/index.js";
import { mistake } from "./contract-helpers.js";
import { problems } from "./experiments-problems.js";

const { config, x, y } = problems.iris();
const racers = {
  slow: sgd({ learningRate: 0.001 }),
  fast: sgd({ learningRate: 0.1 }),
  adam: adam({ learningRate: 0.01 }),
};
const options = { epochs: 6, batchSize: 16 };
/** Without the time, which no two runs share. */
const bare = (logs: { readonly durationMs: number }) => ({ ...logs, durationMs: 0 });

describe("compareOptimizers", () => {
  test("trains as fit would, each on every seed", async () => {
    const race = await compareOptimizers({ ...config, seed: 7 }, racers, x, y, options);
    expect(race.map(({ name }) => name)).toEqual(["slow", "fast", "adam"]);
    for (const { name, seeds, histories, failures, stoppedBy } of race) {
      expect(seeds).toEqual([7, 8, 9]);
      expect([failures, stoppedBy]).toEqual([[], "seeds"]);
      for (const [i, seed] of seeds.entries()) {
        const model = await Model.create({ ...config, seed, optimizer: racers[name as keyof typeof racers] });
        const alone = await model.fit(x, y, options);
        expect(histories[i]?.epochs.map(bare)).toEqual(alone.epochs.map(bare));
        model.dispose();
      }
    }
  });

  test("gives all of them the same initial weights and batches on one seed", async () => {
    const starts: string[] = [];
    const orders: string[] = [];
    const start: Callback = {
      onTrainBegin: ({ model }) => {
        starts.push(JSON.stringify(model.parameters().map(({ data }) => [...data])));
      },
    };
    const order = {
      name: "order",
      compute: (_: unknown, target: { data: Float32Array }) => orders.push(target.data.join("")),
    };
    const spied = { ...config, metrics: [order] };
    await compareOptimizers(spied, racers, x, y, { epochs: 1, seeds: [4, 5], callbacks: [start] });
    for (const seen of [starts, orders]) {
      expect(seen).toHaveLength(6);
      expect(new Set(seen.slice(0, 3)).size).toBe(1);
      expect(new Set(seen.slice(3)).size).toBe(1);
      expect(seen[0]).not.toBe(seen[3]);
    }
  });

  test("sums up each epoch by mean and deviation over the seeds", async () => {
    const [first] = await compareOptimizers(config, racers, x, y, { ...options, seeds: 2, monitor: "accuracy" });
    expect(first?.mean).toHaveLength(6);
    first?.mean.forEach((mean, epoch) => {
      const [a = 0, b = 0] = first.histories.map(
        ({ epochs }) => (epochs[epoch] as unknown as { accuracy: number }).accuracy,
      );
      expect(mean).toBeCloseTo((a + b) / 2, 12);
      expect(first.deviation[epoch]).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
    });
    const [single] = await compareOptimizers(config, racers, x, y, { ...options, seeds: 1 });
    expect(single?.mean).toEqual(single?.histories[0]?.epochs.map(({ loss }) => loss));
    expect(single?.deviation).toEqual([0, 0, 0, 0, 0, 0]);
    // plotRace draws what was compared.
    expect([first?.monitor, single?.monitor]).toEqual(["accuracy", "loss"]);
  });

  test("wants names, not one optimizer", async () => {
    await expect(compareOptimizers(config, sgd() as never, x, y)).rejects.toThrow(
      "optimizers: expected an object { name: optimizer }, got one optimizer, sgd",
    );
  });

  test("says when each run reached a target, and Infinity for those that did not", async () => {
    const race = await compareOptimizers(config, racers, x, y, { ...options, target: 0.5 });
    const [slow, , fast] = race;
    const never = {
      epochs: Number.POSITIVE_INFINITY,
      steps: Number.POSITIVE_INFINITY,
      durationMs: Number.POSITIVE_INFINITY,
    };
    expect(slow?.timeToTarget).toEqual([never, never, never]);
    fast?.timeToTarget?.forEach(({ epochs, steps, durationMs }, i) => {
      const logs = fast.histories[i]?.epochs ?? [];
      expect(logs[epochs - 1]?.loss).toBeLessThanOrEqual(0.5);
      if (epochs > 1) expect(logs[epochs - 2]?.loss).toBeGreaterThan(0.5);
      expect(steps).toBe(epochs * 10); // 150 rows in batches of 16
      expect(durationMs).toBeCloseTo(
        logs.slice(0, epochs).reduce((sum, log) => sum + log.durationMs, 0),
        6,
      );
    });
    expect((await compareOptimizers(config, racers, x, y, options))[0]?.timeToTarget).toBeUndefined();
  });

  test("marks what diverged, ends its mean there, and lets the others run", async () => {
    const { liveModels } = runtimeInfo();
    const [wild, calm] = await compareOptimizers(
      config,
      { wild: sgd({ learningRate: 1e30 }), calm: racers.fast },
      x,
      y,
      options,
    );
    expect(wild?.failures.map(({ seed }) => seed)).toEqual([0, 1, 2]);
    expect(wild?.failures[0]?.error).toBeInstanceOf(DivergenceError);
    expect([wild?.mean, wild?.deviation]).toEqual([[], []]);
    expect(wild?.histories).toHaveLength(3);
    expect(calm?.mean).toHaveLength(6);
    expect(runtimeInfo().liveModels).toBe(liveModels);
    let epochs = 0;
    const poison: Callback = {
      onEpochBegin: (epoch, { model }) => {
        const kernel = model.parameters().find(({ name }) => name === "layers.1.kernel");
        if (epoch === 2 && epochs++ === 1 && kernel)
          model.setParameters([{ ...kernel, data: kernel.data.map(() => 3e38) }]);
      },
    };
    const [partly] = await compareOptimizers(config, { calm: racers.fast }, x, y, { ...options, callbacks: [poison] });
    expect(partly?.histories.map(({ epochs }) => epochs.length)).toEqual([6, 2, 6]);
    expect(partly?.mean).toEqual(calm?.mean.slice(0, 2));
    expect(partly?.failures.map(({ seed }) => seed)).toEqual([1]);
  });

  test("searches a rate for each when asked, and races with that", async () => {
    const race = await compareOptimizers(config, racers, x, y, { ...options, searchLearningRate: [1e-5, 0.05, 1e30] });
    for (const { name, learningRate, search, histories } of race) {
      expect(learningRate, name).toBe(0.05);
      expect(search.map(({ learningRate }) => learningRate)).toEqual([1e-5, 0.05, 1e30]);
      expect(search[1]?.score).toBe(histories[0]?.epochs.at(-1)?.loss);
      expect(histories.map(({ epochs }) => epochs[0]?.learningRate)).toEqual([0.05, 0.05, 0.05]);
    }
    expect(race[0]?.histories[0]?.epochs.map(bare)).toEqual(race[1]?.histories[0]?.epochs.map(bare));
    expect(race[0]?.search[2]?.score).toBe(Number.POSITIVE_INFINITY);
    const [usual] = await compareOptimizers(config, racers, x, y, { epochs: 1, seeds: 1, searchLearningRate: true });
    expect(usual?.search.map(({ learningRate }) => learningRate)).toEqual([
      1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1,
    ]);
  });

  test("tells how far it is, lets the event loop breathe, and resolves with the finished runs when aborted", async () => {
    const told: number[] = [];
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const long = { epochs: 400, batchSize: 8 };
    const whole = await compareOptimizers(config, racers, x, y, {
      ...long,
      searchLearningRate: [0.01],
      onProgress: ({ done, total }) => {
        expect(total).toBe(12);
        told.push(done);
      },
    });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.filter(Number.isInteger)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(whole.every(({ stoppedBy }) => stoppedBy === "seeds")).toBe(true);
    const abort = new AbortController();
    const cut = await compareOptimizers(config, racers, x, y, {
      ...long,
      signal: abort.signal,
      onProgress: ({ done, name }) => {
        if (done <= 4) return;
        expect(name).toBe("fast, seed 1");
        abort.abort();
      },
    });
    expect(cut.map(({ histories }) => histories.length)).toEqual([2, 1, 1]);
    expect(cut.map(({ stoppedBy }) => stoppedBy)).toEqual(["signal", "signal", "signal"]);
    const never = await compareOptimizers(config, racers, x, y, { signal: AbortSignal.abort() });
    expect(never.map(({ mean }) => mean)).toEqual([[], [], []]);
  });

  test("refuses what it cannot use before it trains, and leaves no model behind", async () => {
    const { liveModels } = runtimeInfo();
    const fails = async (given: object, rules: object = racers) =>
      (await mistake(() => compareOptimizers(config, rules as typeof racers, x, y, given), true)).message;
    expect(await fails({}, {})).toMatch(/^optimizers: expected an object/);
    expect(await fails({}, { mine: { type: "adm" } })).toMatch(/^optimizers\.mine: .*"adam"/);
    expect(await fails({ seeds: [] })).toMatch(/^compareOptimizers\.seeds/);
    expect(await fails({ target: "low" })).toMatch(/^compareOptimizers\.target/);
    expect(await fails({ epochs: 0 })).toMatch(/^compareOptimizers\.epochs/);
    expect(await fails({ searchLearningRate: "yes" })).toMatch(/^compareOptimizers\.searchLearningRate/);
    expect(await fails({ searchLearningRate: true, schedule: () => 1 })).toMatch(/either a search or a schedule/);
    expect(await fails({ monitor: "val_loss" })).toMatch(/^compareOptimizers\.monitor: .*validationSplit/);
    expect(await fails({ batchSize: 0 })).toMatch(/^fit\.batchSize/);
    expect(runtimeInfo().liveModels).toBe(liveModels);
  });
});
