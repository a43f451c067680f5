/** What holds for every optimizer: one row of optimizer-rules.json each. The Rust tests read the same rows. */

import { describe, expect, test } from "vitest";
import {
  normalizeOptimizer,
  type OptimizerConfig,
  optimizerNames,
  type RuleConfig,
} from "../../ts/config/optimizers/index.js";
import { asgd, dense, ema, Model, minimize, Optimizer, rmsprop, rprop } from "../../ts/index.js";
import { flat, mistake, numbers } from "./contract-helpers.js";
import rules from "./optimizer-rules.json" with { type: "json" };

const shapes = [[2, 2], [3]];
const sizes = [4, 3];

const cases = rules.flatMap(({ type, cases }) =>
  cases.map((row) => {
    const config = normalizeOptimizer({ type, ...row.with }, type) as RuleConfig;
    return [`${type} ${JSON.stringify(row.with)}`, config, row] as const;
  }),
);

const tensors = (seed: number) => sizes.map((size, i) => numbers(size, seed + i));

function run(optimizer: Optimizer, theta: readonly Float32Array[], from: number, to: number): void {
  for (let t = from; t < to; t++) optimizer.step(theta, tensors(100 * t));
}

test("every optimizer has a row, in the order of the table", () => {
  expect(rules.map(({ type }) => type)).toEqual(optimizerNames);
});

test.each(rules.map((row) => [row.type, row] as const))("%s has these defaults, in this order", (type, row) => {
  const { learningRate, options } = row;
  const config = Object.entries(normalizeOptimizer(type, type)).filter(([name]) => name !== "excludeFromDecay");
  const words = new Map(options.map(([name, fallback]) => [name, fallback] as const));
  expect(config).toEqual([["type", type], ["learningRate", learningRate], ...words]);
});

const presets = rules.flatMap(({ type, presets = {} }) =>
  Object.entries(presets as Record<string, object>).map(([preset, set]) => [type, preset, set] as const),
);

describe.each(presets)("%s with the preset %s", (type, preset, set) => {
  const read = (given: object) => normalizeOptimizer({ type, ...given }, type);

  test("has these defaults and all others of the rule", () => {
    expect(read({ preset })).toEqual({ ...read({}), ...set, preset });
  });

  test("gives way to what is given, and comes back from JSON as it was", () => {
    const given = { preset, learningRate: 0.5, weightDecay: 0.25 };
    expect(read(given)).toEqual({ ...read({ preset }), ...given });
    const config = read({ preset });
    expect(read(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });
});

test("a preset is refused where the library has no such rule, and where nobody knows it", async () => {
  const refusal = async (type: string, preset: string) =>
    (await mistake(() => normalizeOptimizer({ type, preset }, type))).message;
  expect(await refusal("asgd", "keras")).toBe('asgd.preset: there is none for this rule, got "keras"; leave it out');
  expect(await refusal("radam", "keras")).toMatch(/^radam\.preset: unknown value "keras"\. One of: optax/);
  expect(await refusal("adam", "kears")).toMatch(/^adam\.preset: unknown value "kears"; did you mean "keras"\?/);
});

test("adan in Optax' form has 1e-8 within the root, which only gradients as small as 1e-4 feel", async () => {
  const optimizer = await Optimizer.create(
    normalizeOptimizer({ type: "adan", preset: "optax", learningRate: 1 }, "adan"),
    [1],
  );
  const theta = Float32Array.of(0);
  optimizer.step([theta], [Float32Array.of(1e-4)]);
  optimizer.dispose();
  expect(theta[0]).toBeCloseTo(-1e-4 / (Math.sqrt(1e-8 + 1e-8) + 1e-8), 5);
});

test("a model with a preset is saved and goes on to the same bits", async () => {
  const model = await create(rmsprop({ preset: "keras", momentum: 0.9, weightDecay: 0.1 }));
  await model.fit(x, y, { epochs: 5, batchSize: 5 });
  const loaded = await Model.load(model.save());
  expect(loaded.toJSON().optimizer).toEqual(model.toJSON().optimizer);
  for (const each of [model, loaded]) await each.fit(x, y, { epochs: 3, initialEpoch: 5 });
  expect(flat(loaded.parameters())).toEqual(flat(model.parameters()));
});

describe.each(cases)("%s", (_, config: RuleConfig, { buffers, firstStep, ...row }) => {
  const create = () => Optimizer.create(config, shapes);

  test("makes its first step as documented, and keeps so many buffers", async () => {
    const optimizer = await create();
    const theta = [Float32Array.of(1, -2, 0.5, 3), new Float32Array(3)];
    optimizer.step(theta, [Float32Array.of(0.5, -0.25, 0, 2), new Float32Array(3)]);
    const rate = config.learningRate as number;
    const steps = [1, -2, 0.5, 3].map((start, i) => (start - (theta[0]?.[i] as number)) / rate);
    // The step was rounded into θ: half an ulp of 4, 2.4e-7, over the rate.
    firstStep.forEach((want, i) => {
      expect(Math.abs((steps[i] as number) - want), `step ${steps}`).toBeLessThan(3e-7 / rate + 1e-6 * Math.abs(want));
    });
    expect(optimizer.state().slots).toHaveLength(buffers);
    expect(optimizer.state().numbers?.length).toBe("numbers" in row ? row.numbers : undefined);
  });

  test("gives the same bits again, also after state, save and load, and after reset", async () => {
    const [whole, first, second] = [await create(), await create(), await create()];
    const [a, b, c] = [tensors(1), tensors(1), tensors(1)];
    run(whole, a, 0, 20);
    run(first, b, 0, 10);
    second.loadState(structuredClone(first.state()));
    run(second, b, 10, 20);
    expect(b).toEqual(a);
    second.reset();
    run(second, c, 0, 20);
    expect(c).toEqual(a);
  });

  test("lets excluded parameters be when gradients are zero, and moves others by decay alone", async () => {
    // Λ of asgd is no weight decay: nothing is excluded from it. What yogi starts from moves all.
    const own = { asgd: { lambda: 0 }, yogi: { initialAccumulator: 0 } }[config.type as string];
    const decaying = normalizeOptimizer({ ...config, ...own, weightDecay: 0.1, excludeFromDecay: "1" }, config.type);
    const optimizer = await Optimizer.create(decaying, shapes);
    const theta = tensors(1);
    const zero = sizes.map((size) => new Float32Array(size));
    for (let t = 0; t < 3; t++) optimizer.step(theta, zero);
    expect(theta[1]).toEqual(tensors(1)[1]);
    // Without a gradient prodigy knows no rate to decay by.
    if (config.type === "prodigy") return expect(theta).toEqual(tensors(1));
    expect(theta[0]).not.toEqual(tensors(1)[0]);
    theta[0]?.forEach((value, i) => {
      expect(Math.abs(value)).toBeLessThan(Math.abs(tensors(1)[0]?.[i] as number));
    });
  });

  test("stays finite through zero gradients and small parameters, and refuses NaN with nothing changed", async () => {
    const optimizer = await create();
    const theta = sizes.map((size) => new Float32Array(size));
    const zero = sizes.map((size) => new Float32Array(size));
    for (let t = 0; t < 3; t++) optimizer.step(theta, zero);
    if (config.type !== "yogi") expect(theta).toEqual(zero);
    run(optimizer, theta, 0, 3);
    const [before, state] = [structuredClone(theta), optimizer.state()];
    const bad = tensors(7);
    (bad[0] as Float32Array)[1] = Number.NaN;
    expect((await mistake(() => optimizer.step(theta, bad))).code).toBe("NON_FINITE");
    expect(theta).toEqual(before);
    expect(optimizer.state()).toEqual(state);
    expect(theta.every((tensor) => tensor.every(Number.isFinite))).toBe(true);
  });
});

const [x, y] = [numbers(40, 1), numbers(10, 2)];
const create = (optimizer: OptimizerConfig) =>
  Model.create({ inputs: 4, layers: [dense(1)], loss: "meanSquaredError", optimizer });

test("a model evaluates, predicts and saves with the averages of asgd", async () => {
  const model = await create(asgd({ learningRate: 0.1, lambda: 0, t0: 0 }));
  const path: number[][] = [];
  for (let t = 1; t <= 8; t++) {
    model.trainOnBatch(x, y);
    path.push(model.parameters().flatMap(({ data }) => [...data]));
  }
  // a = θ up to update 2, then the mean from there on.
  const mean = path[0]?.map((_, i) => path.slice(1).reduce((sum, theta) => sum + (theta[i] as number), 0) / 7) ?? [];
  const averaged = await create(asgd());
  averaged.setParameters([
    { name: "layers.0.kernel", data: mean.slice(0, 4) },
    { name: "layers.0.bias", data: mean.slice(4) },
  ]);
  const [got, want] = [model.evaluate(x, y).loss, averaged.evaluate(x, y).loss];
  expect(Math.abs(got - want) / want).toBeLessThan(1e-5);
  averaged.setParameters([
    { name: "layers.0.kernel", data: path[7]?.slice(0, 4) ?? [] },
    { name: "layers.0.bias", data: path[7]?.slice(4) ?? [] },
  ]);
  expect(Math.abs(averaged.evaluate(x, y).loss - want) / want).toBeGreaterThan(1e-3);
  expect((await Model.load(model.save())).predict(x).data).toEqual(model.predict(x).data);
});

describe.each(rules.map(({ type }) => type))("%s", (type) => {
  const optimizer = normalizeOptimizer(type, type);

  test("trains a model, which goes on to the same bits after save and load", async () => {
    const model = await create(optimizer);
    const { epochs } = await model.fit(x, y, { epochs: 20, batchSize: "full" });
    expect(epochs[19]?.loss).toBeLessThan(epochs[0]?.loss as number);
    const loaded = await Model.load(model.save());
    for (const each of [model, loaded]) await each.fit(x, y, { epochs: 3, batchSize: "full", initialEpoch: 20 });
    expect(flat(loaded.parameters())).toEqual(flat(model.parameters()));
    expect(loaded.save()).toEqual(model.save());
  });

  test("goes down in minimize", async () => {
    const f = (at: ArrayLike<number>) => Array.from(at).reduce((sum, a, i) => sum + (i + 1) * a * a, 0);
    const result = await minimize(f, [3, -2], { optimizer, maxIterations: 50 });
    expect(result.value).toBeLessThan(f([3, -2]));
  });
});

describe.each([
  ["rprop", rprop({ learningRate: 0.01 })],
  ["an average of rprop", ema(rprop({ learningRate: 0.01 }), { decay: 0.5 })],
])("%s in fit", (_, optimizer) => {
  test("refuses batches smaller than the data, and leaves the model as it was", async () => {
    const model = await create(optimizer);
    const before = flat(model.parameters());
    for (const options of [{ batchSize: 4 }, { batchSize: 4, accumulate: 2 }]) {
      const { code, message } = await mistake(() => model.fit(x, y, options), true);
      expect(code).toBe("CONFIG");
      expect(message).toMatch(/^fit\.batchSize: rprop needs the gradient of all 10 rows at each update, got [48]; /);
    }
    expect(flat(model.parameters())).toEqual(before);
  });

  test.each([{ batchSize: "full" }, {}, { batchSize: 5, accumulate: 2 }, { batchSize: 4, accumulate: 3 }] as const)(
    "takes all rows in one update: %j",
    async (options) => {
      const model = await create(optimizer);
      const { epochs } = await model.fit(x, y, { epochs: 60, ...options });
      expect(epochs[59]?.loss).toBeLessThan(0.7 * (epochs[0]?.loss ?? 0));
      model.trainOnBatch(x.subarray(0, 8), y.subarray(0, 2));
    },
  );
});
