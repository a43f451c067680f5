/** Pruned weights: which ones, and that nothing brings them back. */

import { describe, expect, test } from "vitest";
import { fullBatchRule, normalizeOptimizer } from "../../ts/config/optimizers/index.js";
import {
  adamw,
  dense,
  ema,
  lookahead,
  Model,
  type OptimizerConfig,
  perParameter,
  sgd,
  switchAt,
} from "../../ts/index.js";
import { labels, mistake, x } from "./contract-helpers.js";
import rules from "./optimizer-rules.json" with { type: "json" };

const create = (optimizer: OptimizerConfig = adamw({ weightDecay: 0.1 })) =>
  Model.create({
    inputs: 4,
    layers: [dense(12, { activation: "tanh" }), dense(3)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer,
    seed: 5,
  });

const numbers = (model: Model<string>, name: string) =>
  model.parameters().find((parameter) => parameter.name === name)?.data ?? new Float32Array();
const places = (data: Float32Array) => [...data.keys()].filter((i) => data[i] === 0);
const zeros = (model: Model<string>) =>
  ["layers.0.kernel", "layers.1.kernel"].map((name) => places(numbers(model, name)));

describe("prune takes", () => {
  test("the smallest of all kernels together, or of each", async () => {
    const model = await create();
    const all = ["layers.0.kernel", "layers.1.kernel"].flatMap((name) => [...numbers(model, name)].map(Math.abs));
    const limit = all.toSorted((a, b) => a - b)[41] as number;
    expect(model.prune({ sparsity: 0.5 })).toEqual({ pruned: 42, weights: 84, sparsity: 0.5 });
    const left = ["layers.0.kernel", "layers.1.kernel"].flatMap((name) => [...numbers(model, name)].map(Math.abs));
    all.forEach((size, i) => {
      expect(left[i]).toBe(size <= limit ? 0 : size);
    });
    const other = await create();
    other.prune({ sparsity: 0.5, scope: "parameter" });
    expect(zeros(other).map(({ length }) => length)).toEqual([24, 18]);
  });

  test("a share of what is left, again and again; sparsity is a share of all", async () => {
    const model = await create();
    expect(model.prune(0.5).pruned).toBe(42);
    expect(model.prune({ amount: 0.5 }).pruned).toBe(63);
    expect(model.prune({ sparsity: 0.5 }).pruned).toBe(63);
    expect(model.prune({ sparsity: 1 })).toEqual({ pruned: 84, weights: 84, sparsity: 1 });
    expect(model.prune({ sparsity: 0 }).pruned).toBe(84);
  });

  test("what the patterns name", async () => {
    const model = await create();
    const before = numbers(model, "layers.0.kernel");
    expect(model.prune({ sparsity: 0.5, parameters: "layers.1.**" })).toMatchObject({ weights: 39 });
    expect(numbers(model, "layers.0.kernel")).toEqual(before);
  });

  test.each<[string, unknown, string | RegExp]>([
    ["nothing", {}, "prune: expected amount, a share of the weights left, or sparsity, a share of all"],
    ["both", { amount: 0.1, sparsity: 0.1 }, /^prune: expected amount/],
    ["more than all", 1.5, /^prune.amount: expected a finite number >= 0 and <= 1, got 1.5/],
    ["NaN", { sparsity: Number.NaN }, /^prune.sparsity/],
    ["a pattern without a match", { amount: 0.1, parameters: "layers.7.kernel" }, /^prune.parameters/],
    ["a misspelt option", { amout: 0.1 }, /did you mean "amount"/],
    ["another scope", { amount: 0.1, scope: "layer" }, /^prune.scope/],
  ])("%s is refused by name", async (_, how, message) => {
    const model = await create();
    const before = model.save();
    const error = await mistake(() => model.prune(how as never));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toMatch(message);
    expect(model.save()).toEqual(before);
  });
});

describe("pruned weights stay 0", () => {
  const ruled = rules.flatMap(({ type, cases }) =>
    cases.map(
      (row) => [`${type} ${JSON.stringify(row.with)}`, normalizeOptimizer({ type, ...row.with }, type)] as const,
    ),
  );
  const wrapped: readonly (readonly [string, OptimizerConfig])[] = [
    ["lookahead", lookahead(sgd({ momentum: 0.9 }), { k: 2 })],
    ["ema", ema(adamw(), { decay: 0.5 })],
    ["switchAt", switchAt(5, adamw(), sgd({ momentum: 0.9 }))],
    [
      "perParameter",
      perParameter([
        ["bias", sgd()],
        ["**", adamw()],
      ]),
    ],
  ];
  test.each([...ruled, ...wrapped])("under %s, with state from before", async (_, optimizer) => {
    const model = await create(optimizer);
    const batchSize = fullBatchRule(optimizer) === undefined ? 8 : "full";
    await model.fit(x, labels, { epochs: 2, batchSize });
    model.prune({ sparsity: 0.6 });
    const pruned = zeros(model);
    expect(pruned.flat()).toHaveLength(50);
    await model.fit(x, labels, { epochs: 3, batchSize, initialEpoch: 2 });
    expect(zeros(model)).toEqual(pruned);
    const averaged = model.parameters({ averaged: true }).find(({ name }) => name === "layers.0.kernel");
    for (const place of pruned[0] ?? []) expect(averaged?.data[place]).toBe(0);
  });

  test("set, loaded, cloned, reset; only unprune lets them go", async () => {
    const model = await create();
    await model.fit(x, labels, { epochs: 1 });
    model.prune({ sparsity: 0.6 });
    const pruned = zeros(model);
    const ones = new Float32Array(48).fill(1);
    model.setParameters([{ name: "layers.0.kernel", data: ones }]);
    expect(zeros(model)[0]).toEqual(pruned[0]);
    for (const copy of [model.clone(), await Model.load(model.save())]) {
      await copy.fit(x, labels, { epochs: 1, initialEpoch: 1 });
      expect(zeros(copy)).toEqual(pruned);
    }
    model.reset(9);
    expect(zeros(model)).toEqual(pruned);
    expect(model.summary()).toMatch(/50/);
    model.unprune("layers.0.kernel");
    await model.fit(x, labels, { epochs: 1 });
    const [first, second] = zeros(model);
    // A unit from which nothing leads on has no gradient.
    expect(first?.length).toBeLessThan((pruned[0]?.length ?? 0) / 2);
    expect(second).toEqual(pruned[1]);
    model.unprune();
    await model.fit(x, labels, { epochs: 2 });
    expect(zeros(model)).toEqual([[], []]);
  });

  test("within a fit, from a callback", async () => {
    const model = await create();
    let pruned: number[][] = [];
    const onEpochEnd = (epoch: number) => {
      if (epoch !== 1) return;
      model.prune({ sparsity: 0.5 });
      pruned = zeros(model);
    };
    await model.fit(x, labels, { epochs: 4, batchSize: 8, callbacks: [{ onEpochEnd }] });
    expect(pruned.flat()).toHaveLength(42);
    expect(zeros(model)).toEqual(pruned);
  });
});
