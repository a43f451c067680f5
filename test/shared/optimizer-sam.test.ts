/** sam against its equation in f64, in models and in minimize, and where it cannot be. */

import { describe, expect, test } from "vitest";
import {
  adam,
  batchNormalization,
  clipByGlobalNorm,
  dense,
  dropout,
  ema,
  l2,
  lookahead,
  Model,
  minimize,
  Optimizer,
  type OptimizerConfig,
  perParameter,
  sam,
  sgd,
  switchAt,
} from "../../ts/index.js";
import { flat, labels, mistake, x } from "./contract-helpers.js";

/** One linear layer in f64: loss and gradient of the mean squared error with λ·Σw². */
function linear(rows: readonly (readonly number[])[], targets: readonly number[], lambda: number) {
  return (w: readonly number[]) => {
    const errors = rows.map(
      (row, i) => row.reduce((sum, value, j) => sum + value * (w[j] ?? 0), 0) - (targets[i] ?? 0),
    );
    const loss =
      errors.reduce((sum, e) => sum + e * e, 0) / rows.length + lambda * w.reduce((sum, v) => sum + v * v, 0);
    const gradient = w.map(
      (v, j) => (2 * errors.reduce((sum, e, i) => sum + e * (rows[i]?.[j] ?? 0), 0)) / rows.length + 2 * lambda * v,
    );
    return { loss, gradient };
  };
}

const norm = (v: readonly number[]) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

describe("sam", () => {
  const rows = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2 * i), 1 - i / 6]);
  const targets = rows.map(([a = 0, b = 0, c = 0]) => 2 * a - b + 0.5 * c);

  test.each([
    ["a whole batch", 1],
    ["accumulated batches, averaged before the look", 3],
  ])("follows its equation: %s", async (_, accumulate) => {
    // Slow enough not to arrive: where the gradient vanishes its direction is anything.
    const [rate, mu, rho, lambda] = [0.004, 0.5, 0.3, 0.01];
    const layer = dense(1, { useBias: false, kernelRegularizer: l2(lambda) });
    const model = await Model.create({
      inputs: 3,
      layers: [layer],
      loss: "meanSquaredError",
      optimizer: sam(sgd({ learningRate: rate, momentum: mu }), { rho }),
    });
    let w = Array.from(model.parameters()[0]?.data ?? []);
    const at = linear(rows, targets, lambda);
    const losses: number[] = [];
    let buffer = w.map(() => 0);
    let worst = 0;
    const history = await model.fit(rows, targets, {
      epochs: 150,
      batchSize: 12 / accumulate,
      accumulate,
      shuffle: false,
      callbacks: [
        {
          onEpochEnd(_, __, { model: now }) {
            const { loss, gradient } = at(w);
            losses.push(loss);
            const up = w.map((v, j) => v + (rho * (gradient[j] ?? 0)) / (norm(gradient) + 1e-12));
            const there = at(up).gradient;
            buffer = buffer.map((b, j) => mu * b + (there[j] ?? 0));
            w = w.map((v, j) => v - rate * (buffer[j] ?? 0));
            const data = (now as Model<never>).parameters()[0]?.data ?? [];
            for (const [j, v] of w.entries()) worst = Math.max(worst, Math.abs(v - (data[j] ?? 0)));
          },
        },
      ],
    });
    expect(worst).toBeLessThan(5e-6);
    // The loss that is told is the one at θ, not the one uphill.
    history.epochs.forEach(({ loss }, i) => {
      expect(Math.abs(loss - (losses[i] ?? 0))).toBeLessThan(1e-5);
    });
  });

  test("looks with the mask of dropout of the same step, and only once counts a pass", async () => {
    const create = (optimizer: OptimizerConfig) =>
      Model.create({
        inputs: 4,
        layers: [dense(32, { activation: "tanh" }), dropout(0.5), dense(3)],
        loss: "sparseCategoricalCrossEntropy",
        optimizer,
        seed: 4,
      });
    // With a radius of nearly nothing it is the rule inside, mask for mask.
    const [plain, near] = [
      await create(sgd({ learningRate: 0.1 })),
      await create(sam(sgd({ learningRate: 0.1 }), { rho: 1e-12 })),
    ];
    await plain.fit(x, labels, { epochs: 3, batchSize: 8 });
    await near.fit(x, labels, { epochs: 3, batchSize: 8 });
    const numbers = (model: Model<string>) => model.parameters().flatMap(({ data }) => [...data]);
    const [a, b] = [numbers(plain), numbers(near)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))))).toBeLessThan(1e-5);
  });

  test("leaves frozen and pruned weights where they are, and transforms the gradient from uphill", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(8, { activation: "tanh" }), batchNormalization(), dense(3)],
      loss: "sparseCategoricalCrossEntropy",
      optimizer: sam(adam({ learningRate: 0.02 }), { rho: 0.5 }),
      gradient: [clipByGlobalNorm(0.5)],
    });
    model.freeze("layers.0.**");
    model.prune({ sparsity: 0.5, parameters: "layers.2.kernel" });
    const before = model.parameters();
    const first = model.evaluate(x, labels).loss;
    await model.fit(x, labels, { epochs: 20, batchSize: 8 });
    const after = model.parameters();
    expect(after[0]?.data).toEqual(before[0]?.data);
    const pruned = (data: Float32Array | undefined) => [...(data ?? [])].map((value) => value === 0);
    const kernel = before.findIndex(({ name }) => name === "layers.2.kernel");
    expect(pruned(after[kernel]?.data)).toEqual(pruned(before[kernel]?.data));
    expect(model.evaluate(x, labels).loss).toBeLessThan(first);
  });

  test("does not settle in a valley that is narrower than its radius, where the rule inside does", async () => {
    // A narrow valley at −1 in the flank of a wide one at 2.
    const f = ([t = 0]: Float64Array) => {
      const narrow = (t + 1) ** 2 / 0.02;
      const wide = (t - 2) ** 2 / 2;
      const value = -1.1 * Math.exp(-narrow) - Math.exp(-wide);
      const gradient = [1.1 * Math.exp(-narrow) * ((2 * (t + 1)) / 0.02) + Math.exp(-wide) * (t - 2)];
      return { value, gradient };
    };
    const inner = sgd({ learningRate: 0.01 });
    const start = [-0.9];
    const alone = await minimize(f, start, { optimizer: inner, maxIterations: 3000, tolerance: 1e-7 });
    const uphill = await minimize(f, start, {
      optimizer: sam(inner, { rho: 0.4 }),
      maxIterations: 3000,
      tolerance: 1e-7,
    });
    expect(Math.abs((alone.x[0] ?? 0) + 1)).toBeLessThan(0.05);
    expect(Math.abs((uphill.x[0] ?? 0) + 1)).toBeGreaterThan(0.3);
  });

  test("follows its equation in minimize", async () => {
    const f = ([a = 0, b = 0]: Float64Array) => ({ value: a ** 2 + 10 * b ** 2, gradient: [2 * a, 20 * b] });
    const [rate, rho] = [0.02, 0.3];
    const { path } = await minimize(f, [1, 1], {
      optimizer: ema(sam(sgd({ learningRate: rate }), { rho })),
      maxIterations: 40,
    });
    let [a, b] = [1, 1];
    for (const [seenA = 0, seenB = 0] of path.slice(0, 40)) {
      expect(Math.hypot(seenA - a, seenB - b)).toBeLessThan(5e-6);
      const scale = rho / Math.hypot(2 * a, 20 * b);
      [a, b] = [a - rate * 2 * (a + scale * 2 * a), b - rate * 20 * (b + scale * 20 * b)];
    }
  });

  test("only while it is in charge", async () => {
    const optimizer = switchAt(5, sam(sgd({ learningRate: 0.1 }), { rho: 1 }), sgd({ learningRate: 0.1 }));
    const create = (of: OptimizerConfig) =>
      Model.create({ inputs: 4, layers: [dense(3)], loss: "sparseCategoricalCrossEntropy", optimizer: of });
    const [model, plain] = [await create(optimizer), await create(sgd({ learningRate: 0.1 }))];
    for (let i = 0; i < 5; i++) model.trainOnBatch(x, labels);
    plain.setParameters(model.parameters());
    for (let i = 0; i < 5; i++) for (const each of [model, plain]) each.trainOnBatch(x, labels);
    expect(flat(model.parameters())).toEqual(flat(plain.parameters()));
  });

  test("only while it is in charge, within switches, in minimize", async () => {
    const f = ([a = 0, b = 0]: Float64Array) => ({ value: a ** 2 + 10 * b ** 2, gradient: [2 * a, 20 * b] });
    const [rate, rho] = [0.02, 0.3];
    const plain = sgd({ learningRate: rate });
    const optimizer = switchAt(3, plain, switchAt(2, sam(plain, { rho }), plain));
    const { path, evaluations } = await minimize(f, [1, 1], { optimizer, maxIterations: 10, tolerance: 0 });
    let [a, b] = [1, 1];
    for (const [i, [seenA = 0, seenB = 0]] of path.entries()) {
      expect(Math.hypot(seenA - a, seenB - b)).toBeLessThan(5e-6);
      const scale = i === 3 || i === 4 ? rho / Math.hypot(2 * a, 20 * b) : 0;
      [a, b] = [a - rate * 2 * (a + scale * 2 * a), b - rate * 20 * (b + scale * 20 * b)];
    }
    expect(evaluations).toBe(11 + 2);
  });

  test("takes back a step that is not finite uphill", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(8, { activation: "tanh" }), dense(3)],
      loss: "meanSquaredError",
      optimizer: sam(sgd({ learningRate: 1e-3 }), { rho: 3e38 }),
    });
    const before = model.save();
    const targets = Array.from(labels, (label) => [label, 1, 0]);
    expect((await mistake(() => model.fit(x, targets), true)).code).toBe("DIVERGENCE");
    expect(model.save()).toEqual(before);
  });

  test("is refused where it cannot be", async () => {
    const error = await mistake(() => Optimizer.create(sam("sgd"), [3]), true);
    expect(error.code).toBe("CONFIG");
    expect(error.message).toMatch(/^optimizer: sam needs in each update the gradient at a second point/);
    expect((await mistake(() => Optimizer.create(ema(sam("sgd")), [3]), true)).code).toBe("CONFIG");
    expect(() => sam(lookahead(sam("sgd")))).toThrow(/^sam: expected no sam inside sam: /);
    expect(() => perParameter([["**", sam("sgd")]])).toThrow(/write sam\(perParameter/);
    expect(() => sam("sgd", { rho: 0 })).toThrow(/^sam\.rho: /);
    const model = await Model.create({
      inputs: 4,
      layers: [dense(3)],
      loss: "sparseCategoricalCrossEntropy",
      optimizer: sam("adam"),
    });
    const { workers, notice } = await model.fit(x, labels, { workers: 2 });
    expect([workers, notice]).toEqual([1, "sam takes the gradient of each step twice: one computed"]);
  });
});
