/** Pruned weights: which ones, and that nothing brings them back. */

import { describe, expect, test } from "vitest";
import { fullBatchRule, normalizeOptimizer } from "../../ts/config/optimizers/index.js";
import {
  adamw,
  batchNormalization,
  centralizeGradient,
  dense,
  ema,
  gradientNoise,
  l2,
  lookahead,
  Model,
  type OptimizerConfig,
  perParameter,
  sgd,
  switchAt,
  unitNorm,
} from "../../ts/index.js";
import { crc32 } from "../../ts/save.js";
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

/** With everything that a mask could be lost in: a penalty, transforms that move gradients, normalisation, momentum. */
const rich = () =>
  Model.create({
    inputs: 4,
    layers: [dense(6, { activation: "tanh", kernelRegularizer: l2(1e-3) }), batchNormalization(), dense(5), dense(3)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 }),
    gradient: [centralizeGradient(), gradientNoise({ eta: 0.01 })],
    seed: 4,
  });
const learn = (model: Model<string>) => model.fit(x, labels, { epochs: 3, batchSize: 8 });
async function trained() {
  const model = await rich();
  await learn(model);
  return model;
}
const kernels = (model: Model<string>) =>
  Float32Array.from(model.parameters().flatMap(({ name, data }) => (name.endsWith("kernel") ? [...data] : [])));

test("among equals the first, and weights that are 0 already before any other", async () => {
  const model = await rich();
  const kernel = Float32Array.from({ length: 15 }, (_, i) => (i < 3 ? 0 : i % 2 === 0 ? -1 : 1));
  model.setParameters([{ name: "layers.3.kernel", data: kernel }]);
  model.prune({ sparsity: 1 / 3, parameters: "layers.3.kernel" });
  expect(places(numbers(model, "layers.3.kernel"))).toEqual([0, 1, 2, 3, 4]);
  model.unprune();
  await learn(model);
  expect(places(numbers(model, "layers.3.kernel"))).toEqual([]);
});

test("under a constraint of the length", async () => {
  const model = await Model.create({
    inputs: 4,
    layers: [dense(6, { kernelConstraint: unitNorm() }), dense(3)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer: sgd({ learningRate: 0.1 }),
  });
  model.prune({ sparsity: 0.5, parameters: "layers.0.kernel" });
  const pruned = places(numbers(model, "layers.0.kernel"));
  await learn(model);
  expect(places(numbers(model, "layers.0.kernel"))).toEqual(pruned);
});

test("when layers are inserted and widened, the copies' too", async () => {
  const model = await trained();
  model.prune(0.5);
  const [before, own] = [model.predict(x).data, places(numbers(model, "layers.2.kernel"))];
  model.insertLayer(2, dense(6));
  expect(places(numbers(model, "layers.3.kernel"))).toEqual(own);
  model.growDense(3, 10);
  model.predict(x).data.forEach((value, i) => {
    expect(Math.abs(value - (before[i] as number))).toBeLessThan(1e-5);
  });
  const pruned = places(kernels(model));
  await learn(model);
  // Zeros of the new identity are not pruned: they learn.
  const stay = places(kernels(model));
  expect(stay).toEqual(pruned.filter((i) => i < 24 || i >= 60));
  const column = (unit: number) => [...numbers(model, "layers.3.kernel")].filter((_, i) => i % 10 === unit);
  const shape = (unit: number) => column(unit).map((value) => value === 0);
  for (let copy = 5; copy < 10; copy++) expect([0, 1, 2, 3, 4].map(shape)).toContainEqual(shape(copy));
});

test("a pruned weight has no gradient, and central differences agree", async () => {
  const model = await trained();
  model.prune(0.5);
  const pruned = places(numbers(model, "layers.0.kernel"));
  const gradient = model.gradients(x, labels).parameters[0]?.gradient as Float32Array;
  expect(places(gradient)).toEqual(pruned);
  for (const { name, maxRelativeDifference } of model.checkGradients(x, labels))
    expect(maxRelativeDifference, name).toBeLessThan(1e-3);
});

test("summary counts them", async () => {
  const model = await trained();
  model.prune({ sparsity: 0.5, scope: "parameter" });
  const lines = model.summary().split("\n");
  expect(lines.filter((line) => line.includes("pruned")).map((line) => line.trim().replace(/ +/g, " "))).toEqual([
    "layers.0 (dense, tanh) [*, 6] 30, 12 pruned",
    "layers.2 (dense) [*, 5] 35, 15 pruned",
    "layers.3 (dense) [*, 3] 18, 8 pruned",
    "parameters: 107 (trained 95, not trained 12, 35 pruned)",
  ]);
});

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

test("only a file with masks says version 2, and only 0 and 1 are masks", async () => {
  const model = await trained();
  expect(text(model.save())).toContain('"version":"1"');
  model.prune(0.5);
  const bytes = model.save();
  expect(text(bytes)).toContain('"version":"2"');
  // The masks are the last tensors: make the very last number 0.5.
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, 0.5, true);
  const sum = 8 + '{"__metadata__":{"crc32":"'.length;
  bytes.fill(0x30, sum, sum + 8);
  bytes.set(new TextEncoder().encode(crc32(bytes).toString(16).padStart(8, "0")), sum);
  const error = await mistake(() => Model.load(bytes), true);
  expect([error.code, error.message]).toEqual(["FORMAT", expect.stringMatching(/mask: layers\.3\.kernel is no mask/)]);
});
