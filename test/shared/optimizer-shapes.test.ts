/** muon and adafactor, which go by the shapes of tensors: what they do with and without them. */

import { describe, expect, test } from "vitest";
import { slower } from "../../ts/diagnose/slower.js";
import {
  type AdamOptions,
  adafactor,
  adamw,
  cosineDecay,
  dense,
  Model,
  minimize,
  muon,
  Optimizer,
  type OptimizerConfig,
  perParameter,
  sgd,
  type TensorSpec,
} from "../../ts/index.js";
import { mistake, numbers } from "./contract-helpers.js";

/** The tensors after some updates, drawn alike for tensors of equal sizes. */
async function run(config: OptimizerConfig, tensors: readonly TensorSpec[], sizes: readonly number[]) {
  const optimizer = await Optimizer.create(config, tensors);
  const theta = sizes.map((size, i) => numbers(size, i));
  for (let t = 1; t <= 8; t++)
    optimizer.step(
      theta,
      sizes.map((size, i) => numbers(size, 10 * t + i)),
    );
  return { theta, optimizer, state: optimizer.state() };
}

describe("muon", () => {
  const rest = { learningRate: 0.03, weightDecay: 0.2 } satisfies AdamOptions;
  const own = muon({ learningRate: 0.05, adamw: rest });

  test("is its AdamW where it has no kernel: lengths, vectors, three dimensions, and minimize", async () => {
    const wanted = await run(adamw(rest), [6, 24], [6, 24]);
    for (const tensors of [
      [6, 24],
      [[6], [2, 3, 4]],
    ] as const) {
      const { theta, state, optimizer } = await run(own, tensors, [6, 24]);
      expect(theta).toEqual(wanted.theta);
      expect(state).toEqual(wanted.state);
      expect(optimizer.learningRate).toBe(0.03);
    }
    const bowl = (x: Float64Array) => x.reduce((sum, a, i) => sum + (i + 1) * a * a, 0);
    const [one, other] = [own, adamw(rest)].map((optimizer) => minimize(bowl, [3, -2], { optimizer }));
    expect(await one).toEqual(await other);
  });

  test("trains kernels by itself and the rest by its AdamW, each as if it were alone", async () => {
    const both = await run(own, [[4, 6], { name: "bias", shape: [6] }], [24, 6]);
    expect(both.state.type).toBe("muon+adamw");
    expect(both.optimizer.learningRate).toBe(0.05);
    const kernel = await run(own, [[4, 6]], [24]);
    expect(kernel.state.type).toBe("muon");
    expect(kernel.state.slots).toHaveLength(1);
    expect(both.theta[0]).toEqual(kernel.theta[0]);
    const plain = await run(adamw(rest), [24, 6], [24, 6]);
    expect(both.theta[1]).toEqual(plain.theta[1]);
    expect(both.theta[0]).not.toEqual(plain.theta[0]);
  });

  test("moves a kernel equally far in every direction, tall ones as far as their turned gradients say", async () => {
    // Singular values of a step lie near the rate, times √(units/inputs) where there are more units.
    for (const [rows, columns] of [
      [3, 5],
      [5, 3],
      [1, 4],
      [4, 1],
    ] as const) {
      const optimizer = await Optimizer.create(muon({ learningRate: 1, weightDecay: 0 }), [[rows, columns]]);
      const theta = new Float32Array(rows * columns);
      optimizer.step([theta], [numbers(rows * columns, 7)]);
      const length = Math.sqrt(theta.reduce((sum, value) => sum + value * value, 0));
      const unit = Math.sqrt(Math.max(1, columns / rows)) * Math.sqrt(Math.min(rows, columns));
      expect(length / unit, `${rows} × ${columns}`).toBeGreaterThan(0.65);
      expect(length / unit, `${rows} × ${columns}`).toBeLessThan(1.25);
    }
  });

  test("takes AdamW's options, its config or its name, and completes them", () => {
    const whole = adamw(rest);
    expect(own.adamw).toEqual(whole);
    expect(muon({ adamw: whole }).adamw).toEqual(whole);
    expect(muon().adamw).toEqual(adamw());
    expect(Object.isFrozen(own.adamw)).toBe(true);
    expect(JSON.parse(JSON.stringify(own))).toEqual(own);
  });

  test.each([
    [() => muon({ adamw: sgd() as never }), /^muon\.adamw: .*sgd/],
    [() => muon({ adamw: { beta1: 2 } }), /^muon\.adamw\.beta1: /],
    [() => muon({ adamw: { momentum: 0.5 } as never }), /^muon\.adamw: .*momentum/],
    [() => muon({ momentum: 1 }), /^muon\.momentum: /],
    [() => muon({ epsilon: -1 }), /^muon\.epsilon: /],
  ])("refuses mistakes: %s", async (call, message) => {
    const { code, message: got } = await mistake(call);
    expect(code).toBe("CONFIG");
    expect(got).toMatch(message);
  });

  test("excludes from both decays what it excludes, and AdamW's own beside", async () => {
    const tensors = ["a", "b", "c"].map((name, i) => ({ name, shape: i === 0 ? [2, 2] : [2] }));
    const decayed = async (exclude: string[], ofAdamw: string[]) => {
      const config = muon({
        weightDecay: 0.5,
        excludeFromDecay: exclude,
        adamw: { weightDecay: 0.5, excludeFromDecay: ofAdamw },
      });
      const optimizer = await Optimizer.create(config, tensors);
      const theta = [4, 2, 2].map((size) => new Float32Array(size).fill(1));
      optimizer.step(theta, [new Float32Array(4), new Float32Array(2), new Float32Array(2)]);
      return theta.map(([value]) => value !== 1);
    };
    expect(await decayed([], [])).toEqual([true, true, true]);
    expect(await decayed(["a"], ["c"])).toEqual([false, true, false]);
    expect(await decayed(["b"], [])).toEqual([true, false, true]);
    expect((await mistake(() => decayed([], ["a"]), true)).message).toMatch(/^optimizer\.adamw\.excludeFromDecay/);
  });

  test("has rates of its own for both, a schedule each, which one by hand or of a fit replaces", async () => {
    const falling = cosineDecay({ initial: 0.04, steps: 8 });
    const scheduled = muon({ learningRate: 0.05, adamw: { ...rest, learningRate: falling } });
    const both = await run(scheduled, [[4, 6], [6]], [24, 6]);
    const plain = await run(adamw({ ...rest, learningRate: falling }), [24, 6], [24, 6]);
    expect(both.theta[1]).toEqual(plain.theta[1]);
    const half = slower(scheduled, 0.5, 0.04);
    expect(half).toMatchObject({ learningRate: 0.025, adamw: { learningRate: 0.02 } });
  });

  test("stands inside perParameter and trains a model whose last layer is AdamW's", async () => {
    const optimizer = perParameter([
      ["layers.1.*", adamw({ learningRate: 0.02 })],
      ["**", muon({ learningRate: 0.02, adamw: { learningRate: 0.02 } })],
    ]);
    const model = await Model.create({
      inputs: 3,
      layers: [dense(8, { activation: "tanh" }), dense(1)],
      loss: "meanSquaredError",
      optimizer,
    });
    const [x, y] = [numbers(90, 1), numbers(30, 2)];
    const { epochs } = await model.fit(x, y, { epochs: 60 });
    expect(epochs[59]?.loss).toBeLessThan(0.7 * (epochs[0]?.loss ?? 0));
  });
});

describe("adafactor", () => {
  test("keeps rows + columns numbers of a matrix, one an element of what is given by its length", async () => {
    for (const [tensor, count] of [
      [[4, 6], 10],
      [[2, 3, 4], 14],
      [24, 24],
      [[24], 24],
    ] as const) {
      const { state } = await run(adafactor(), [tensor], [24]);
      expect(state.slots).toEqual([]);
      expect(state.numbers).toHaveLength(count);
    }
  });

  test("saves little: a model's file holds no buffers", async () => {
    const make = (optimizer: OptimizerConfig) =>
      Model.create({ inputs: 64, layers: [dense(64)], loss: "meanSquaredError", optimizer });
    const [small, plain] = [await make(adafactor()), await make(sgd())];
    const [x, y] = [numbers(640, 1), numbers(640, 2)];
    for (const model of [small, plain]) model.trainOnBatch(x, y);
    // 64 + 64 + 64 numbers in words, against 4160 parameters in four bytes each.
    expect(small.save().length - plain.save().length).toBeLessThan(192 * 25 + 200);
  });
});
