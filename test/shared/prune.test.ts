/** Pruned weights: which they are, and that they stay 0 whatever happens to the model. */

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
  sgd,
  unitNorm,
} from "../../ts/index.js";
import { crc32 } from "../../ts/save.js";
import { type Case, labels, mistake, x } from "./contract-helpers.js";
import rules from "./optimizer-rules.json" with { type: "json" };

const create = (optimizer: OptimizerConfig = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 })) =>
  Model.create({
    inputs: 4,
    layers: [dense(6, { activation: "tanh", kernelRegularizer: l2(1e-3) }), batchNormalization(), dense(5), dense(3)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer,
    gradient: [centralizeGradient(), gradientNoise({ eta: 0.01 })],
    seed: 4,
  });

async function trained(optimizer?: OptimizerConfig, epochs = 3) {
  const model = await create(optimizer);
  await learn(model, epochs);
  return model;
}

const learn = (model: Model<string>, epochs = 3) =>
  model.fit(x, labels, { epochs, batchSize: fullBatchRule(model.toJSON().optimizer) === undefined ? 8 : "full" });

const data = (model: Model<string>, name: string, averaged = false) =>
  model.parameters({ averaged }).find((each) => each.name === name)?.data as Float32Array;
const kernels = (model: Model<string>, averaged = false) =>
  model.parameters({ averaged }).flatMap((each) => (each.name.endsWith("kernel") ? [...each.data] : []));
const zeros = (numbers: readonly number[]) => numbers.flatMap((value, i) => (value === 0 ? [i] : []));

/** 24 + 30 + 15 weights in kernels. */
const all = 69;

describe("which weights go", () => {
  test("the smallest of all kernels together", async () => {
    const model = await trained();
    const before = kernels(model);
    expect(model.prune(0.5)).toEqual({ pruned: 35, weights: all, sparsity: 35 / all });
    const after = kernels(model);
    const limit = Math.max(...before.filter((_, i) => after[i] === 0).map(Math.abs));
    expect(zeros(after)).toHaveLength(35);
    expect(after).toEqual(before.map((value) => (Math.abs(value) <= limit ? 0 : value)));
    expect(data(model, "layers.0.bias")).not.toContain(0);
  });

  test("the same share of each, where that is asked for", async () => {
    const model = await trained();
    model.prune({ amount: 0.5, scope: "parameter" });
    expect([0, 2, 3].map((i) => zeros([...data(model, `layers.${i}.kernel`)]).length)).toEqual([12, 15, 8]);
  });

  test("of parameters that patterns name", async () => {
    const model = await trained();
    const result = model.prune({ sparsity: 0.4, parameters: ["layers.2.*", "gamma"] });
    expect(result).toEqual({ pruned: 16, weights: 41, sparsity: 16 / 41 });
    expect(zeros([...data(model, "layers.0.kernel")])).toEqual([]);
  });

  test("again: amount is of those left, sparsity of all", async () => {
    const model = await trained();
    expect(model.prune({ amount: 0.5 }).pruned).toBe(35);
    const first = zeros(kernels(model));
    // torch.nn.utils.prune: half of the 34 left, rounded
    expect(model.prune({ amount: 0.5 }).pruned).toBe(35 + 17);
    expect(zeros(kernels(model))).toEqual(expect.arrayContaining(first));
    expect(model.prune({ sparsity: 0.8 }).pruned).toBe(Math.round(0.8 * all));
    expect(model.prune({ sparsity: 0.2 }).pruned).toBe(Math.round(0.8 * all));
    expect(model.prune(0).pruned).toBe(Math.round(0.8 * all));
    expect(model.prune(1)).toEqual({ pruned: all, weights: all, sparsity: 1 });
  });

  test("among equals the first, and weights that are 0 already before any other", async () => {
    const model = await create();
    const kernel = Float32Array.from({ length: 15 }, (_, i) => (i < 3 ? 0 : i % 2 === 0 ? -1 : 1));
    model.setParameters([{ name: "layers.3.kernel", data: kernel }]);
    model.prune({ sparsity: 1 / 3, parameters: "layers.3.kernel" });
    expect(zeros([...data(model, "layers.3.kernel")])).toEqual([0, 1, 2, 3, 4]);
    model.unprune();
    await learn(model);
    expect(zeros([...data(model, "layers.3.kernel")])).toEqual([]);
  });
});

const optimizers: readonly (readonly [string, OptimizerConfig])[] = [
  ...rules.flatMap(({ type, cases }) =>
    cases.map((row) => {
      const given = { type, weightDecay: 0.01, ...row.with };
      return [`${type} ${JSON.stringify(row.with)}`, normalizeOptimizer(given, type)] as const;
    }),
  ),
  ["ema", ema(adamw({ weightDecay: 0.1 }), { decay: 0.9 })],
  ["lookahead", lookahead(sgd({ learningRate: 0.1, momentum: 0.9 }), { k: 2 })],
];

describe.each(optimizers)("under %s", (_, optimizer) => {
  test("pruned weights stay 0 in training and where it is evaluated; the others train on; a file resumes", async () => {
    const model = await trained(optimizer);
    model.prune({ sparsity: 0.6 });
    const [pruned, before] = [zeros(kernels(model)), kernels(model)];
    expect(zeros(kernels(model, true))).toEqual(pruned);
    await learn(model);
    const copy = await Model.load(model.save());
    for (const each of [model, copy, model.clone()]) {
      expect(zeros(kernels(each))).toEqual(pruned);
      expect(zeros(kernels(each, true))).toEqual(pruned);
    }
    expect(kernels(model).filter((value, i) => value !== before[i]).length).toBe(all - pruned.length);
    await learn(model, 2);
    await learn(copy, 2);
    expect(copy.save()).toEqual(model.save());
    expect(zeros(kernels(copy))).toEqual(pruned);
  });
});

describe("pruned weights stay 0", () => {
  test("when parameters are set, drawn anew or stepped by one batch", async () => {
    const model = await trained();
    const free = await create();
    model.prune(0.7);
    const pruned = zeros(kernels(model));
    model.setParameters(free.parameters());
    expect(kernels(model)).toEqual(kernels(free).map((value, i) => (pruned.includes(i) ? 0 : value)));
    model.trainOnBatch(x, labels);
    expect(zeros(kernels(model))).toEqual(pruned);
    // The surviving weights as they were drawn: a "lottery ticket" (Frankle and Carbin 2019).
    model.reset();
    expect(kernels(model)).toEqual(kernels(free).map((value, i) => (pruned.includes(i) ? 0 : value)));
  });

  test("under a constraint of the length", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(6, { kernelConstraint: unitNorm() }), dense(3)],
      loss: "sparseCategoricalCrossEntropy",
      optimizer: sgd({ learningRate: 0.1 }),
    });
    model.prune({ sparsity: 0.5, parameters: "layers.0.kernel" });
    const pruned = zeros([...data(model, "layers.0.kernel")]);
    await learn(model);
    expect(zeros([...data(model, "layers.0.kernel")])).toEqual(pruned);
  });

  test("when layers are inserted and widened, the copies' too", async () => {
    const model = await trained();
    model.prune(0.5);
    const [before, own] = [model.predict(x).data, zeros([...data(model, "layers.2.kernel")])];
    model.insertLayer(2, dense(6));
    expect(zeros([...data(model, "layers.3.kernel")])).toEqual(own);
    model.growDense(3, 10);
    model.predict(x).data.forEach((value, i) => {
      expect(Math.abs(value - (before[i] as number))).toBeLessThan(1e-5);
    });
    const pruned = zeros(kernels(model));
    await learn(model);
    // Zeros of the new identity are not pruned: they learn.
    const stay = zeros(kernels(model));
    expect(stay).toEqual(pruned.filter((i) => i < 24 || i >= 60));
    const column = (unit: number) => [...data(model, "layers.3.kernel")].filter((_, i) => i % 10 === unit);
    const shape = (unit: number) => column(unit).map((value) => value === 0);
    for (let copy = 5; copy < 10; copy++) expect([0, 1, 2, 3, 4].map(shape)).toContainEqual(shape(copy));
  });

  test("when a fit prunes between its updates", async () => {
    const model = await create();
    const pruned: number[] = [];
    await model.fit(x, labels, {
      epochs: 4,
      batchSize: 8,
      callbacks: [{ onEpochEnd: (epoch) => void pruned.push(model.prune({ sparsity: 0.2 * (epoch + 1) }).pruned) }],
    });
    expect(pruned).toEqual([14, 28, 41, 55]);
    expect(zeros(kernels(model))).toHaveLength(55);
  });
});

test("a pruned weight has no gradient, and central differences agree", async () => {
  const model = await trained();
  model.prune(0.5);
  const pruned = zeros([...data(model, "layers.0.kernel")]);
  const gradient = model.gradients(x, labels).parameters[0]?.gradient as Float32Array;
  expect(zeros([...gradient])).toEqual(pruned);
  for (const { name, maxRelativeDifference } of model.checkGradients(x, labels))
    expect(maxRelativeDifference, name).toBeLessThan(1e-3);
});

test("unprune lets weights train again, those that patterns name or all", async () => {
  const model = await trained();
  model.prune({ sparsity: 0.5, scope: "parameter" });
  model.unprune("layers.0.*");
  await learn(model);
  expect([0, 2, 3].map((i) => zeros([...data(model, `layers.${i}.kernel`)]).length)).toEqual([0, 15, 8]);
  model.unprune();
  await learn(model);
  expect(zeros(kernels(model))).toEqual([]);
  expect(model.summary()).not.toContain("pruned");
  model.unprune();
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

const refused: readonly Case<Model<string>>[] = [
  ["neither share", (m) => m.prune({}), "CONFIG", /prune: expected amount, .* or sparsity/],
  ["both shares", (m) => m.prune({ amount: 0.1, sparsity: 0.1 }), "CONFIG", /prune: expected amount, .* or sparsity/],
  ["more than all", (m) => m.prune(1.5), "CONFIG", /prune\.amount: .*<= 1.* got 1\.5/],
  ["a share below 0", (m) => m.prune({ sparsity: -0.1 }), "CONFIG", /prune\.sparsity/],
  ["text", (m) => m.prune("half" as never), "CONFIG", /prune\.amount: .*"half"/],
  ["an unknown scope", (m) => m.prune({ amount: 0.5, scope: "layer" as never }), "CONFIG", /prune\.scope: .*"layer"/],
  ["an unknown option", (m) => m.prune({ amout: 0.5 } as never), "CONFIG", /prune: .*did you mean "amount"/],
  ["no such parameter", (m) => m.prune({ amount: 0.5, parameters: "kern" }), "CONFIG", /prune\.parameters: .*"kern"/],
  [
    "statistics",
    (m) => m.prune({ amount: 0.5, parameters: "movingMean" }),
    "CONFIG",
    /prune\.parameters: .*"movingMean"/,
  ],
  ["to unprune nothing", (m) => m.unprune("kern"), "CONFIG", /unprune: .*"kern"/],
];

test.each(refused)("refused, and nothing changed: %s", async (_, call, code, message) => {
  const model = await trained();
  model.prune(0.2);
  const before = model.save();
  const error = await mistake(() => call(model));
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  expect(model.save()).toEqual(before);
});
