/** Constraints and weight normalisation of dense layers, through the facade and the wasm core. */

import { describe, expect, test } from "vitest";
import {
  adam,
  clipByGlobalNorm,
  type DenseOptions,
  dense,
  dropout,
  ema,
  Model,
  matrix,
  maxNorm,
  type OptimizerConfig,
  residual,
  sgd,
  valueRange,
} from "../../ts/index.js";
import { flat, numbers, rows, x } from "./contract-helpers.js";

const y = matrix(numbers(rows * 2, 9, 4), [rows, 2]);

const create = (options: DenseOptions, optimizer: OptimizerConfig = sgd({ learningRate: 0.3 })) =>
  Model.create({
    inputs: 4,
    layers: [dense(3, { activation: "tanh", ...options }), residual([dense(3, options)]), dense(2, options)],
    loss: "meanSquaredError",
    optimizer,
    gradient: [clipByGlobalNorm(1)],
    seed: 5,
  });

const learn = async (model: Model, epochs = 4, initialEpoch = 0) => {
  await model.fit(x, y, { epochs, batchSize: 8, initialEpoch });
  return model;
};

/** Norms of the columns of every kernel. */
const norms = (model: Model) =>
  model
    .parameters()
    .filter(({ name }) => name.endsWith("kernel"))
    .flatMap(({ data, shape: [, units = 1] }) =>
      Array.from({ length: units }, (_, unit) => Math.hypot(...data.filter((_, i) => i % units === unit))),
    );

const kernels = (model: Model) =>
  model.parameters().flatMap(({ name, data }) => (name.endsWith("kernel") ? [...data] : []));
const biases = (model: Model) =>
  model.parameters().flatMap(({ name, data }) => (name.endsWith("bias") ? [...data] : []));

describe("after every update", () => {
  // norms are rounded to f32: 6e-8
  test("maxNorm holds each unit's kernel, and lets shorter ones be", async () => {
    const [free, model] = [await learn(await create({})), await create({ kernelConstraint: maxNorm(0.8) })];
    await learn(model);
    expect(Math.max(...norms(free))).toBeGreaterThan(1);
    expect(Math.max(...norms(model))).toBeLessThan(0.8 + 1e-6);
    expect(Math.min(...norms(model))).toBeLessThan(0.79);
  });

  test("unitNorm gives each unit's kernel the length 1", async () => {
    const model = await learn(await create({ kernelConstraint: "unitNorm" }), 1);
    for (const norm of norms(model)) expect(norm).toBeCloseTo(1, 6);
  });

  test("nonNegative and valueRange hold every number", async () => {
    const options = { kernelConstraint: "nonNegative", biasConstraint: valueRange({ min: -0.05, max: 0.1 }) } as const;
    const model = await learn(await create(options));
    expect(Math.min(...kernels(model))).toBe(0);
    expect(Math.max(...kernels(model))).toBeGreaterThan(0.5);
    expect(Math.min(...biases(model))).toBe(Math.fround(-0.05));
    expect(Math.max(...biases(model))).toBe(Math.fround(0.1));
  });

  test("a bias constraint is of the bias as a whole", async () => {
    const model = await learn(await create({ biasConstraint: maxNorm(0.1) }));
    for (const { name, data } of model.parameters()) {
      if (name.endsWith("bias")) expect(Math.hypot(...data), name).toBeLessThan(0.1 + 1e-6);
    }
    expect(Math.max(...norms(model))).toBeGreaterThan(1);
  });

  test("what is frozen is not constrained, nor what was only set or drawn", async () => {
    const model = await create({ kernelConstraint: "unitNorm" });
    const drawn = norms(model);
    expect(drawn.some((norm) => Math.abs(norm - 1) > 0.1)).toBe(true);
    model.freeze("layers.0.kernel");
    await learn(model, 1);
    expect(norms(model).slice(0, 3)).toEqual(drawn.slice(0, 3));
    for (const norm of norms(model).slice(3)) expect(norm).toBeCloseTo(1, 6);
  });
});

describe("a model with constraints", () => {
  test("is evaluated within them where the optimizer averages", async () => {
    const layers = [dense(2, { kernelConstraint: "unitNorm", useBias: false })];
    const optimizer = ema(sgd({ learningRate: 0.3 }), { decay: 0.9 });
    const model = await Model.create({ inputs: 4, layers, loss: "meanSquaredError", optimizer });
    await learn(model, 1);
    // the rows of the identity give the rows of the kernel; an average of unit vectors is shorter than 1
    const { data } = model.predict(matrix([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [4, 4]));
    for (const unit of [0, 1]) expect(Math.hypot(...data.filter((_, i) => i % 2 === unit))).toBeCloseTo(1, 6);
    expect(data).not.toEqual(model.parameters()[0]?.data);
  });

  test("goes on after saving, and cloned, as if nothing had been between", async () => {
    const options = { kernelConstraint: maxNorm(0.8), biasConstraint: "nonNegative" } as const;
    const whole = await learn(await create(options));
    const half = await learn(await create(options), 2);
    const [copy, loaded] = [half.clone(), await Model.load(half.save())];
    await learn(copy, 2, 2);
    await learn(loaded, 2, 2);
    expect(flat(copy.parameters())).toEqual(flat(whole.parameters()));
    expect(flat(loaded.parameters())).toEqual(flat(whole.parameters()));
  });
});

describe("weight normalisation", () => {
  const normalized = { weightNormalization: true } as const;

  test("adds the length of each unit's kernel as a parameter, and is the same function at first", async () => {
    const [plain, model] = [await create({}), await create(normalized)];
    const gains = model.parameters().filter(({ name }) => name.endsWith("gain"));
    expect(model.parameters().map(({ name }) => name)).toEqual(
      ["layers.0", "layers.1.layers.0", "layers.2"].flatMap((layer) =>
        ["kernel", "gain", "bias"].map((part) => `${layer}.${part}`),
      ),
    );
    expect(gains.map(({ shape }) => shape)).toEqual([[3], [3], [2]]);
    gains
      .flatMap(({ data }) => [...data])
      .forEach((gain, i) => {
        expect(gain).toBeCloseTo(norms(model)[i] as number, 6);
      });
    expect(kernels(model)).toEqual(kernels(plain));
    const [a, b] = [model.predict(x).data, plain.predict(x).data];
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i] as number, 5);
    });
    expect(model.summary()).toContain(String(4 * 3 + 6 + 3 * 3 + 6 + 3 * 2 + 4));
  });

  test("passes the gradient check, before and after training", async () => {
    const model = await create(normalized);
    for (const _ of ["before", "after"]) {
      for (const { name, maxRelativeDifference } of model.checkGradients(x, y)) {
        expect(maxRelativeDifference, name).toBeLessThan(2e-3);
      }
      await learn(model);
    }
  });

  test("does not depend on the length of the kernel, and grows with the gain", async () => {
    const model = await Model.create({ inputs: 4, layers: [dense(2, normalized)], loss: "meanSquaredError" });
    const before = model.predict(x).data;
    const [kernel, gain] = model.parameters();
    if (kernel === undefined || gain === undefined) throw new Error("no parameters");
    model.setParameters([{ name: "layers.0.kernel", data: kernel.data.map((v) => 4 * v) }]);
    expect(model.predict(x).data).toEqual(before);
    model.setParameters([{ name: "layers.0.gain", data: gain.data.map((g) => 2 * g) }]);
    expect(model.predict(x).data).toEqual(before.map((value) => 2 * value));
  });

  test("predicts with what training, reset, loading and other losses left", async () => {
    const model = await create(normalized);
    const first = model.predict(x).data;
    const copies = async () => {
      const copy = await create(normalized);
      copy.setParameters(model.parameters());
      return copy.predict(x).data;
    };
    await learn(model);
    expect(model.predict(x).data).not.toEqual(first);
    expect(model.predict(x).data).toEqual(await copies());
    expect((await Model.load(model.save())).predict(x).data).toEqual(model.predict(x).data);
    expect(model.clone().predict(x).data).toEqual(model.predict(x).data);
    model.compile({ loss: "meanAbsoluteError" });
    expect(model.predict(x).data).toEqual(await copies());
    model.reset();
    expect(model.predict(x).data).toEqual(first);
  });

  test("evaluates at the averages of ema", async () => {
    const model = await create(normalized, ema(sgd({ learningRate: 0.3 }), { decay: 0.9 }));
    await learn(model);
    const raw = model.gradients(x, y).loss; // of the parameters themselves
    const { loss } = model.evaluate(x, y);
    expect(loss).not.toBe(raw);
    model.predict(x); // the last pass at the averages
    expect(model.gradients(x, y).loss).toBe(raw);
    expect(model.evaluate(x, y).loss).toBe(loss);
    expect((await Model.load(model.save())).evaluate(x, y).loss).toBe(loss);
  });

  test("goes on after saving, and cloned, as if nothing had been between", async () => {
    const make = () => create(normalized, adam({ learningRate: 0.05 }));
    const whole = await learn(await make());
    const half = await learn(await make(), 2);
    const [copy, loaded] = [half.clone(), await Model.load(half.save())];
    await learn(copy, 2, 2);
    await learn(loaded, 2, 2);
    expect(flat(copy.parameters())).toEqual(flat(whole.parameters()));
    expect(flat(loaded.parameters())).toEqual(flat(whole.parameters()));
  });

  test("trains the gain alone where the directions are frozen", async () => {
    const model = await create(normalized);
    model.freeze("kernel");
    const before = kernels(model);
    const [gain] = model.parameters().filter(({ name }) => name === "layers.0.gain");
    await learn(model);
    expect(kernels(model)).toEqual(before);
    expect(model.parameters().find(({ name }) => name === "layers.0.gain")?.data).not.toEqual(gain?.data);
  });

  test("lies under dropout, in an accumulated step, without bias", async () => {
    const layers = [dense(5, { ...normalized, useBias: false }), dropout(0.3), dense(2, normalized)];
    const model = await Model.create({ inputs: 4, layers, loss: "meanSquaredError", optimizer: adam() });
    const { loss } = model.evaluate(x, y);
    await model.fit(x, y, { batchSize: 8, accumulate: 2, epochs: 30 });
    expect(model.evaluate(x, y).loss).toBeLessThan(loss);
  });
});
