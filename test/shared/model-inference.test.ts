/** What a model shows of itself: outputs, gradients, parameters; and what changes it without training. */

import { describe, expect, test } from "vitest";
import {
  activation,
  adam,
  alphaDropout,
  batchNormalization,
  dense,
  dropout,
  gaussianNoise,
  type LayerConfig,
  type Loss,
  l2,
  layerNormalization,
  Model,
  matrix,
  normalization,
  oneHot,
  polynomialDecay,
  residual,
  restartOnLoss,
  sgd,
} from "../../ts/index.js";
import { config, flat, labels, numbers, rows, x } from "./contract-helpers.js";

/** x · kernel + bias in plain JavaScript, in f64. */
function product(
  input: readonly (readonly number[])[],
  kernel: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[][] {
  return input.map((row) =>
    Array.from(bias, (b, j) => row.reduce((sum, value, i) => sum + value * (kernel[i * bias.length + j] as number), b)),
  );
}

const asRows = ({
  data,
  shape: [n, columns],
}: {
  readonly data: Float32Array;
  readonly shape: readonly [number, number];
}) => Array.from({ length: n }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);

const softmax = (row: readonly number[]) => {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
};

/** Sums of a few products of numbers around 1 in f32. */
const digits = 6;

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got).toHaveLength(want.length);
  Array.from(want).forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, digits);
  });
}

describe("inference", () => {
  const layers = [dense(5, { activation: "tanh", biasInitializer: "ones" }), dense(3)];

  test("is the network's equation, layer by layer", async () => {
    const model = await Model.create({ ...config, layers });
    const [kernel0, bias0, kernel1, bias1] = model.parameters().map(({ data }) => data) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const hidden = product(asRows(x), kernel0, bias0).map((row) => row.map(Math.tanh));
    const logits = product(hidden, kernel1, bias1);
    const { output, layers: shown } = model.forward(x);
    expect(shown.map(({ name, output: { shape } }) => [name, ...shape])).toEqual([
      ["layers.0", rows, 5],
      ["layers.1", rows, 3],
    ]);
    expectClose(shown[0]?.output.data ?? [], hidden.flat());
    expectClose(output.data, logits.flat());
    expect(output.shape).toEqual([rows, 3]);
    const predicted = model.predict(x);
    expect(predicted.shape).toEqual([rows, 3]);
    expectClose(predicted.data, logits.flatMap(softmax));
    expect([...model.predictClasses(x)]).toEqual(logits.map((row) => row.indexOf(Math.max(...row))));
    const loss = logits.reduce((sum, row, i) => sum - Math.log(softmax(row)[labels[i] as number] as number), 0) / rows;
    expect(model.evaluate(x, labels).loss).toBeCloseTo(loss, digits);
  });

  test("shows layers by the names that they were given", async () => {
    const model = await Model.create({ ...config, layers: [dense(5, { name: "hidden" }), dense(3)] });
    expect(model.forward(x).layers.map(({ name }) => name)).toEqual(["hidden", "layers.1"]);
  });

  test("gives the same bits by predict, predictInto, in any batch size, and from a last layer with softmax", async () => {
    const model = await Model.create({ ...config, layers });
    const { data } = model.predict(x);
    const out = new Float32Array(rows * 3).fill(Number.NaN);
    model.predictInto(x, out);
    expect(out).toEqual(data);
    for (const batchSize of [1, 5, 7, 1000]) expect(model.predict(x, { batchSize }).data).toEqual(data);
    const withHead = await Model.create({
      ...config,
      layers: [layers[0] as LayerConfig, dense(3, { activation: "softmax" })],
    });
    expect(withHead.predict(x).data).toEqual(data);
    expect(withHead.forward(x).output.data).toEqual(data);
    expect(withHead.evaluate(x, labels)).toEqual(model.evaluate(x, labels));
  });

  test("takes matrices, rows, rows of typed arrays, flat numbers and doubles to the same bits", async () => {
    const model = await Model.create({ ...config, layers });
    const flatX = [...x.data];
    const rowsX = asRows(x);
    const { data } = model.predict(x);
    for (const form of [
      x.data,
      flatX,
      Float64Array.from(flatX),
      rowsX,
      rowsX.map((row) => Float64Array.from(row)),
      { data: x.data, shape: [rows, 4] as const },
    ]) {
      expect(model.predict(form).data).toEqual(data);
    }
    const { loss } = model.evaluate(x, labels);
    for (const y of [
      Int32Array.from(labels),
      Uint8Array.from(labels),
      Uint32Array.from(labels),
      Float32Array.from(labels),
      labels.map((label) => [label]),
    ]) {
      expect(model.evaluate(x, y).loss).toBe(loss);
    }
  });

  test("of one output is yes above a half, or above 0 under hinge", async () => {
    const one = (loss: Loss) =>
      Model.create({ inputs: 1, layers: [dense(1, { useBias: false, kernelInitializer: "ones" })], loss });
    expect([...(await one("binaryCrossEntropy")).predictClasses([-1, 0.1, 2])]).toEqual([0, 1, 1]);
    expect([...(await one("hinge")).predictClasses([-1, 0.1, 2])]).toEqual([0, 1, 1]);
    expect([...(await one("meanSquaredError")).predictClasses([-1, 0.1, 2])]).toEqual([0, 0, 1]);
  });

  test("leaves dropout, noise and the batch's own statistics out", async () => {
    const layered = [
      gaussianNoise(1),
      dense(4, { kernelInitializer: "identity" }),
      dropout(0.5),
      alphaDropout(0.5),
      batchNormalization({ epsilon: 1e-3 }),
    ];
    const model = await Model.create({ inputs: 4, layers: layered, loss: "meanSquaredError" });
    expectClose(
      model.predict(x).data,
      Array.from(x.data, (value) => value / Math.sqrt(1 + 1e-3)),
    );
    expect(model.predict(x)).toEqual(model.predict(x));
  });
});

describe("gradients", () => {
  const kinds: readonly [name: string, layers: readonly LayerConfig[], loss?: Loss][] = [
    ["dense", [dense(5, { activation: "gelu" }), dense(3)]],
    ["prelu", [dense(5, { activation: "prelu" }), dense(3)]],
    ["activation", [dense(5), activation("mish"), dense(3)]],
    ["dropout", [dense(5), dropout(0.3), dense(3)]],
    ["alphaDropout", [dense(5, { activation: "selu" }), alphaDropout(0.3), dense(3)]],
    ["gaussianNoise", [dense(5), gaussianNoise(0.5), dense(3)]],
    ["batchNormalization", [dense(5, { useBias: false }), batchNormalization(), activation("tanh"), dense(3)]],
    ["layerNormalization", [dense(5), layerNormalization(), dense(3)]],
    ["residual", [dense(5), residual([dense(5, { activation: "silu" }), dense(5)]), dense(3)]],
    ["nested residual", [residual([dense(4), residual([dense(4, { activation: "elu" })])]), dense(3)]],
    ["normalization", [normalization({ mean: [1, 0, 0, 0], standardDeviation: [2, 1, 1, 1] }), dense(3)]],
    ["regularised dense", [dense(5, { kernelRegularizer: l2(0.1), biasRegularizer: l2(0.1) }), dense(3)]],
    ["softmax under cross-entropy", [dense(3, { activation: "softmax" })]],
    ["softmax under squares", [dense(3, { activation: "softmax" })], "meanSquaredError"],
  ];
  // Against the definition in f64 where the core has f32: a hundred ε of the largest gradient's thousandth at worst.
  test.each(kinds)("of %s meet central differences", async (_, layers, loss = "sparseCategoricalCrossEntropy") => {
    const model = await Model.create({ inputs: 4, layers, loss, seed: 3 });
    const y = loss === "sparseCategoricalCrossEntropy" ? labels : oneHot(labels, 3);
    for (const { name, maxRelativeDifference } of model.checkGradients(x, y)) {
      expect(maxRelativeDifference, name).toBeLessThan(1e-3);
    }
    const names = model.parameters().flatMap(({ name, trainable }) => (trainable ? [name] : []));
    expect(model.checkGradients(x, y).map(({ name }) => name)).toEqual(names);
    expect(model.gradients(x, y).parameters.map(({ name }) => name)).toEqual(names);
  });

  test("of a line are those of the equation, the loss with its penalty", async () => {
    const model = await Model.create({
      inputs: 1,
      layers: [dense(1, { kernelRegularizer: l2(0.5) })],
      loss: "meanSquaredError",
    });
    model.setParameters([
      { name: "layers.0.kernel", data: [2] },
      { name: "layers.0.bias", data: [-1] },
    ]);
    // o = 2x − 1 at 1 and 3: 1 and 5, wanted 0 and 7; 2(o − e)/n = 1 and −2; the penalty 0.5·2² adds 2 and 2·0.5·2.
    const { loss, parameters } = model.gradients([1, 3], [0, 7]);
    expect(loss).toBe((1 + 4) / 2 + 2);
    expect(flat(parameters.map(({ name, gradient }) => ({ name, data: gradient })))).toEqual([
      ["layers.0.kernel", [1 - 6 + 2]],
      ["layers.0.bias", [-1]],
    ]);
    expect(model.evaluate([1, 3], [0, 7]).loss).toBe((1 + 4) / 2 + 2);
    expect(model.trainOnBatch([1, 3], [0, 7])).toMatchObject({
      loss: 4.5,
      gradientNorm: Math.sqrt(10),
      learningRate: 0.001,
    });
  });

  test("are those of the next step, and leave the model alone", async () => {
    const model = await Model.create({ ...config, optimizer: sgd({ learningRate: 1 }) });
    model.trainOnBatch(x, labels);
    const before = model.save();
    const { loss, parameters } = model.gradients(x, labels);
    expect(model.save()).toEqual(before);
    const start = new Map(model.parameters().map(({ name, data }) => [name, data]));
    const logs = model.trainOnBatch(x, labels);
    expect(logs.loss).toBe(loss);
    const norm = Math.sqrt(parameters.reduce((sum, { gradient }) => gradient.reduce((s, g) => s + g * g, sum), 0));
    expect(logs.gradientNorm).toBeCloseTo(norm, digits);
    const after = new Map(model.parameters().map(({ name, data }) => [name, data]));
    for (const { name, gradient } of parameters) {
      expect([...(after.get(name) ?? [])]).toEqual(
        [...gradient].map((g, i) => Math.fround((start.get(name)?.[i] as number) - g)),
      );
    }
  });
});

describe("parameters", () => {
  test("are named by their place, with shapes and what trains", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [
        dense(3, { activation: "prelu" }),
        batchNormalization(),
        residual([dense(3, { useBias: false }), layerNormalization()]),
        dense(2),
      ],
      loss: "meanSquaredError",
    });
    expect(model.parameters().map(({ name, shape, trainable, data }) => [name, shape, trainable, data.length])).toEqual(
      [
        ["layers.0.kernel", [4, 3], true, 12],
        ["layers.0.bias", [3], true, 3],
        ["layers.0.alpha", [3], true, 3],
        ["layers.1.gamma", [3], true, 3],
        ["layers.1.beta", [3], true, 3],
        ["layers.1.movingMean", [3], false, 3],
        ["layers.1.movingVariance", [3], false, 3],
        ["layers.2.layers.0.kernel", [3, 3], true, 9],
        ["layers.2.layers.1.gamma", [3], true, 3],
        ["layers.2.layers.1.beta", [3], true, 3],
        ["layers.3.kernel", [3, 2], true, 6],
        ["layers.3.bias", [2], true, 2],
      ],
    );
  });

  test("are copies, and their shapes cannot be changed", async () => {
    const model = await Model.create(config);
    const before = flat(model.parameters());
    for (const { data, shape } of model.parameters()) {
      data.fill(7);
      expect(() => (shape as number[]).push(1)).toThrow(TypeError);
    }
    expect(flat(model.parameters())).toEqual(before);
  });

  test("are set where they are named, from any array of numbers, and given back", async () => {
    const model = await Model.create(config);
    const before = model.parameters();
    model.setParameters([
      { name: "layers.3.bias", data: [1, 2, 3] },
      { name: "layers.1.movingMean", data: Float64Array.of(1, 2, 3, 4, 5, 6) },
    ]);
    const after = model.parameters();
    const changed = after.filter(({ data }, i) => data.some((value, j) => value !== before[i]?.data[j]));
    expect(flat(changed)).toEqual([
      ["layers.1.movingMean", [1, 2, 3, 4, 5, 6]],
      ["layers.3.bias", [1, 2, 3]],
    ]);
    model.setParameters(before);
    expect(model.parameters()).toEqual(before);
  });

  test("that are frozen stay with their optimizer state, and train again after unfreeze", async () => {
    const model = await Model.create(config);
    model.freeze(["layers.0.*", "bias"]);
    const held = () =>
      flat(model.parameters().filter(({ name }) => name.startsWith("layers.0.") || name.endsWith(".bias")));
    const [before, all] = [held(), flat(model.parameters())];
    expect(
      model
        .parameters()
        .filter(({ trainable }) => trainable)
        .map(({ name }) => name),
    ).toEqual(["layers.1.gamma", "layers.1.beta", "layers.3.kernel"]);
    model.trainOnBatch(x, labels);
    expect(held()).toEqual(before);
    expect(flat(model.parameters())).not.toEqual(all);
    expect(model.gradients(x, labels).parameters.map(({ name }) => name)).toEqual([
      "layers.1.gamma",
      "layers.1.beta",
      "layers.3.kernel",
    ]);
    for (const { name, maxRelativeDifference } of model.checkGradients(x, labels))
      expect(maxRelativeDifference, name).toBeLessThan(1e-3);
    model.unfreeze("**");
    model.trainOnBatch(x, labels);
    expect(held()).not.toEqual(before);
  });

  test.each([
    ["bias", ["layers.0.bias", "layers.2.layers.0.bias"]],
    ["**.bias", ["layers.0.bias", "layers.2.layers.0.bias"]],
    ["layers.*.bias", ["layers.0.bias"]],
    ["layers.2.**", ["layers.2.layers.0.kernel", "layers.2.layers.0.bias"]],
    ["layers.0.k*", ["layers.0.kernel"]],
    ["**.layers.0.*", ["layers.0.kernel", "layers.0.bias", "layers.2.layers.0.kernel", "layers.2.layers.0.bias"]],
    ["layers.0.kernel", ["layers.0.kernel"]],
  ])("%s picks %j", async (pattern, names) => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(4), dropout(0.1), residual([dense(4)])],
      loss: "meanSquaredError",
    });
    model.freeze(pattern);
    expect(
      model
        .parameters()
        .filter(({ trainable }) => !trainable)
        .map(({ name }) => name),
    ).toEqual(names);
  });
});

describe("compile", () => {
  test("of another optimizer starts at step 0 and keeps the weights", async () => {
    const model = await Model.create(config);
    await model.fit(x, labels, { epochs: 2, batchSize: 8 });
    const before = flat(model.parameters());
    model.compile({ optimizer: sgd({ learningRate: polynomialDecay({ initial: 0.5, steps: 10 }) }) });
    expect(flat(model.parameters())).toEqual(before);
    expect(model.trainOnBatch(x, labels).learningRate).toBe(0.5);
    expect(model.trainOnBatch(x, labels).learningRate).toBe(0.45);
    model.compile({ optimizer: "adam" });
    const norm = (a: readonly { data: Float32Array }[], b: readonly { data: Float32Array }[]) =>
      Math.max(
        ...a.flatMap(({ data }, i) => Array.from(data, (value, j) => Math.abs(value - (b[i]?.data[j] as number)))),
      );
    const [start] = [model.parameters().filter(({ trainable }) => trainable)];
    model.trainOnBatch(x, labels);
    // Adam's first step has the length of its rate.
    expect(
      norm(
        start,
        model.parameters().filter(({ trainable }) => trainable),
      ),
    ).toBeCloseTo(0.001, 5);
  });

  test("of a transform clips from then on, and no longer when taken out", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(1)],
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: 1 }),
    });
    const y = numbers(rows, 9, 64);
    model.compile({ gradient: [{ type: "clipByGlobalNorm", maxNorm: 0.5 }] });
    const step = () => {
      const [a, logs, b] = [model.parameters(), model.trainOnBatch(x, y), model.parameters()];
      const moved = a.flatMap(({ data }, i) => Array.from(data, (value, j) => value - (b[i]?.data[j] as number)));
      return [logs.gradientNorm, Math.sqrt(moved.reduce((sum, d) => sum + d * d, 0))] as const;
    };
    const [norm, moved] = step();
    expect(norm).toBeGreaterThan(1); // logged before the transform
    expect(moved).toBeCloseTo(0.5, 5);
    model.compile({ gradient: [] });
    const [free, length] = step();
    expect(length / free).toBeCloseTo(1, 5);
  });

  test("of another loss, from cross-entropy to squares and back, under a last layer of softmax", async () => {
    const make = () => Model.create({ ...config, layers: [dense(3, { activation: "softmax" })] });
    const [model, twin] = [await make(), await make()];
    const { data } = model.predict(x);
    model.compile({ loss: "meanSquaredError", metrics: [] });
    expect(model.toJSON().loss).toEqual({ type: "meanSquaredError" });
    expectClose(model.predict(x).data, data);
    const targets = oneHot(labels, 3);
    const squares = data.reduce((sum, o, i) => sum + (o - (targets.data[i] as number)) ** 2, 0) / data.length;
    expect(model.evaluate(x, targets).loss).toBeCloseTo(squares, digits);
    for (const { maxRelativeDifference } of model.checkGradients(x, targets))
      expect(maxRelativeDifference).toBeLessThan(1e-3);
    model.compile({ loss: "sparseCategoricalCrossEntropy", metrics: ["accuracy"] });
    expect(model.evaluate(x, labels)).toEqual(twin.evaluate(x, labels));
    expect(model.trainOnBatch(x, labels)).toEqual(twin.trainOnBatch(x, labels));
    expect(model.save()).toEqual(twin.save());
  });

  test("of metrics changes what is logged", async () => {
    const model = await Model.create(config);
    model.compile({ metrics: ["topKAccuracy", { name: "rows", compute: (output) => output.shape[0] }] });
    expect(Object.keys(model.evaluate(x, labels))).toEqual(["loss", "topKAccuracy", "rows"]);
    expect((model.evaluate(x, labels) as unknown as { rows: number }).rows).toBe(rows);
  });
});

describe("copies", () => {
  test("by clone are independent both ways", async () => {
    const model = await Model.create(config);
    model.trainOnBatch(x, labels);
    const copy = model.clone();
    expect(copy.save()).toEqual(model.save());
    const before = model.save();
    copy.trainOnBatch(x, labels);
    copy.freeze("bias");
    copy.compile({ optimizer: "sgd" });
    expect(model.save()).toEqual(before);
    const after = copy.save();
    model.reset(9);
    model.dispose();
    expect(copy.save()).toEqual(after);
    copy.dispose();
  });

  test("by JSON have the same weights", async () => {
    const model = await Model.create({ ...config, optimizer: adam({ weightDecay: 0.1, excludeFromDecay: ["bias"] }) });
    const again = await Model.create(JSON.parse(JSON.stringify(model)));
    expect(again.toJSON()).toEqual(model.toJSON());
    expect(flat(again.parameters())).toEqual(flat(model.parameters()));
    again.trainOnBatch(x, labels);
    model.trainOnBatch(x, labels);
    expect(again.save()).toEqual(model.save());
  });

  test("of the configuration cannot be changed at any depth", async () => {
    const given = {
      ...config,
      layers: [...config.layers, residual([dense(3)])],
      optimizer: adam({ excludeFromDecay: ["bias"] }),
    };
    const model = await Model.create(given);
    given.layers.length = 0;
    const look = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(look);
    };
    look(model.toJSON());
    expect(model.toJSON().layers).toHaveLength(5);
  });
});

test("reset draws the same weights again, or others from another seed, and forgets the rate's course", async () => {
  const make = () =>
    Model.create({ ...config, optimizer: adam({ learningRate: polynomialDecay({ initial: 0.1, steps: 50 }) }) });
  const [model, fresh] = [await make(), await make()];
  const start = fresh.save();
  await model.fit(x, labels, { schedule: restartOnLoss({ threshold: 1e6, initial: 0.1, decay: 0.5 }) });
  model.reset();
  expect(model.save()).toEqual(start);
  model.reset(77);
  expect(model.toJSON().seed).toBe(77);
  expect(flat(model.parameters())).toEqual(flat((await Model.create({ ...config, seed: 77 })).parameters()));
  model.reset();
  expect(model.toJSON().seed).toBe(77);
});

test("summary lists layers, shapes and counts", async () => {
  const model = await Model.create({
    inputs: 784,
    layers: [
      dense(128, { activation: "relu", name: "hidden" }),
      batchNormalization(),
      residual([dense(128)]),
      dense(10),
    ],
    loss: "sparseCategoricalCrossEntropy",
  });
  model.freeze("layers.3.*");
  const text = model.summary();
  const lines = text.split("\n");
  expect(lines[0]).toMatch(/^layer +output +parameters$/);
  expect(text).toMatch(/hidden \(dense, relu\) +\[\*, 128\] +100,480/);
  expect(text).toMatch(/layers\.1 \(batchNormalization\) +\[\*, 128\] +512/);
  expect(text).toMatch(/ {2}layers\.2\.layers\.0 \(dense\) +\[\*, 128\] +16,512/);
  expect(text).toMatch(/layers\.3 \(dense\) +\[\*, 10\] +1,290/);
  expect(lines.at(-1)).toBe("parameters: 118,794 (trained 117,248, not trained 1,546)");
});

test("several models live side by side, and training one leaves the others alone", async () => {
  const models = await Promise.all([1, 2, 3].map((seed) => Model.create({ ...config, seed })));
  const alone = await Promise.all([1, 2, 3].map((seed) => Model.create({ ...config, seed })));
  await Promise.all(models.map((model) => model.fit(x, labels, { epochs: 40, batchSize: 8 })));
  for (const model of alone) await model.fit(x, labels, { epochs: 40, batchSize: 8 });
  models.forEach((model, i) => {
    expect(model.save()).toEqual(alone[i]?.save());
  });
});

test("flat x is read with the inputs, flat y with the width of the last layer", async () => {
  const model = await Model.create({ inputs: 2, layers: [dense(3)], loss: "meanSquaredError" });
  const flatY = [...numbers(12, 4)];
  expect(model.evaluate([1, 2, 3, 4, 5, 6, 7, 8], flatY)).toEqual(
    model.evaluate(matrix([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), matrix(flatY, [4, 3])),
  );
});
