import { describe, expect, test } from "vitest";
import {
  activation,
  adam,
  batchNormalization,
  clipByGlobalNorm,
  constant,
  dense,
  dropout,
  type GradientRecord,
  lars,
  layerNormalization,
  lookahead,
  Model,
  type ModelConfig,
  maxNorm,
  NonFiniteError,
  randomNormal,
  recordGradients,
  residual,
} from "../../ts/index.js";

/** Rows of numbers of both signs, from a formula. */
const numbers = (rows: number, columns: number, frequency: number) =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => Math.sin(frequency * r + 2.3 * c)));
const x = numbers(24, 3, 0.7);
const y = x.map(([a = 0, b = 0]) => [a * b, a - b]);

const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values, (v) => v * v).reduce((a, b) => a + b, 0));
const root = (values: ArrayLike<number>) => norm(values) / Math.sqrt(values.length);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: ArrayLike<number>) => root(Array.from(values, (v) => v - mean(values)));
/** f32 passes against f64 sums. */
const close = (got: number | undefined, want: number) =>
  expect(got).toBeCloseTo(want, 12 - Math.ceil(Math.log10(1e6 * Math.abs(want) + 1)));

const two: ModelConfig = {
  inputs: 3,
  layers: [dense(5, { activation: "tanh" }), dense(2)],
  loss: "meanSquaredError",
  optimizer: adam({ learningRate: 0.01 }),
  gradient: [clipByGlobalNorm(0.1)],
  seed: 3,
};
/** With everything that has state or a random number. */
const rich: ModelConfig = {
  inputs: 3,
  layers: [
    dense(4),
    batchNormalization(),
    activation("relu"),
    dropout(0.3),
    residual([dense(4, { activation: "prelu", weightNormalization: true }), layerNormalization()]),
    dense(2),
  ],
  loss: "meanSquaredError",
  seed: 5,
};

describe("a gradient report", () => {
  test("holds the numbers that forward, gradients and one update give", async () => {
    const model = await Model.create(two);
    await model.fit(x, y, { epochs: 2 });
    const { layers, loss, learningRate } = model.diagnose(x, y);
    const forward = model.forward(x);
    const { loss: wanted, parameters } = model.gradients(x, y);
    close(loss, wanted);
    expect(learningRate).toBe(0.01);
    expect(layers.map(({ name }) => name)).toEqual(["layers.0", "layers.1"]);

    // mean squared error over 24 rows and 2 columns
    const dOutput = Array.from(forward.output.data, (o, i) => (2 * (o - (y.flat()[i] ?? 0))) / y.flat().length);
    const kernel = model.parameters().find(({ name }) => name === "layers.1.kernel")?.data ?? [];
    const dHidden = x.flatMap((_, r) =>
      Array.from({ length: 5 }, (_, u) =>
        [0, 1].reduce((sum, c) => sum + (dOutput[2 * r + c] ?? 0) * (kernel[2 * u + c] ?? 0), 0),
      ),
    );
    close(layers[1]?.gradientNorm, root(dOutput));
    close(layers[0]?.gradientNorm, root(dHidden));

    const after = model.clone();
    after.trainOnBatch(x, y);
    layers.forEach((layer, i) => {
      const output = forward.layers[i]?.output.data ?? [];
      close(layer.activationMean, mean(output));
      close(layer.activationStd, deviation(output));
      const of = (all: readonly { name: string }[]) => all.findIndex(({ name }) => name === `layers.${i}.kernel`);
      close(layer.parameterGradientNorm, norm(parameters[of(parameters)]?.gradient ?? []));
      const before = model.parameters()[of(model.parameters())]?.data ?? new Float32Array();
      const moved = after.parameters()[of(after.parameters())]?.data ?? [];
      close(layer.weightNorm, norm(before));
      close(layer.updateRatio, norm(before.map((w, j) => w - (moved[j] ?? 0))) / norm(before));
    });
  });

  test("rehearses the updates that training would make", async () => {
    const model = await Model.create(two);
    const { rehearsal } = model.diagnose(x, y);
    expect(rehearsal).toHaveLength(6);
    for (const loss of rehearsal) expect(model.trainOnBatch(x, y).loss).toBe(loss);
  });

  test("lists a residual block after the layers inside it, and names all by place", async () => {
    const model = await Model.create(rich);
    const { layers, decayPerLayer } = model.diagnose(x, y);
    expect(layers.map(({ name }) => name)).toEqual(
      "0 1 2 3 4.layers.0 4.layers.1 4 5".split(" ").map((place) => `layers.${place}`),
    );
    const trunk = layers.filter(({ name }) => !name.includes("4.layers"));
    const ratios = trunk.slice(1).map(({ gradientNorm }, i) => (trunk[i]?.gradientNorm ?? 0) / gradientNorm);
    close(decayPerLayer, Math.exp(mean(ratios.map(Math.log))));
    // A layer without weights has none of their norms; one without a kernel counts all its weights: γ = 1, β = 0.
    expect(layers[2]).toMatchObject({ parameterGradientNorm: 0, weightNorm: 0, updateRatio: 0 });
    close(layers[1]?.weightNorm, 2);
    // The block's output takes the same derivative as that of the chain inside it.
    expect(layers[5]?.gradientNorm).toBe(layers[6]?.gradientNorm);
  });

  test("counts what is saturated or dead", async () => {
    const bias = (value: number) =>
      ({ useBias: true, biasInitializer: constant(value), kernelInitializer: "zeros" }) as const;
    const layers = [
      dense(2, { ...bias(2.2), activation: "tanh" }),
      dense(2, { ...bias(2.1), activation: "tanh" }),
      dense(2, { ...bias(-4.4), activation: "sigmoid" }),
      dense(2, { ...bias(-4.3), activation: "sigmoid" }),
      dense(2, { ...bias(0), activation: "relu" }),
      dense(2, { ...bias(1e-6), activation: "relu" }),
      dense(2, { ...bias(-5.1), activation: "gelu" }),
      dense(2, { ...bias(-4.9), activation: "silu" }),
      dense(2, { ...bias(3), activation: "softmax" }),
      dense(2, bias(9)),
    ];
    const model = await Model.create({ inputs: 3, layers, loss: "meanSquaredError" });
    const report = model.diagnose(x, y);
    expect(report.layers.map(({ saturatedFraction }) => saturatedFraction)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(report.layers.map(({ deadFraction }) => deadFraction)).toEqual([0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
  });

  test.each([
    ["sparseCategoricalCrossEntropy", 3, [0, 9, 4.6], [0, 4.7, 4.4], 1],
    ["sparseCategoricalCrossEntropy", 3, [0, 9, 4.7], [0, 4.7, 4.4], 0],
    ["binaryCrossEntropy", 1, [-4.4], [-4.3], 1],
  ] as const)("judges the output of %s by its logits", async (loss, units, sure, unsure, share) => {
    const model = await Model.create({ inputs: 3, layers: [dense(units)], loss });
    const labels = x.map((_, i) => i % 2);
    for (const [logits, want] of [
      [sure, share],
      [unsure, 0],
    ] as const) {
      const kernel = new Float32Array(3 * units);
      model.setParameters([
        { name: "layers.0.kernel", data: kernel },
        { name: "layers.0.bias", data: logits },
      ]);
      expect(model.diagnose(x, labels).layers[0]?.saturatedFraction).toBe(want);
    }
  });

  test.each([
    ["two", two],
    ["rich", rich],
  ] as const)("changes nothing in the model: %s", async (_, config) => {
    const model = await Model.create(config);
    await model.fit(x, y, { epochs: 3, batchSize: 8 });
    const untouched = model.clone();
    const before = model.save();
    model.diagnose(x, y);
    expect(model.save()).toEqual(before);
    const options = { epochs: 2, batchSize: 8 };
    await Promise.all([model.fit(x, y, options), untouched.fit(x, y, options)]);
    expect(model.save()).toEqual(untouched.save());
  });

  test("of numbers that overflow says exploding instead of failing", async () => {
    const kernelInitializer = randomNormal({ stddev: 1e9 });
    const layers = Array.from({ length: 6 }, () => dense(8, { kernelInitializer }));
    const model = await Model.create({ ...two, layers: [...layers, dense(2)] });
    const report = model.diagnose(x, y);
    expect(report).toMatchObject({ verdict: "exploding", loss: Number.POSITIVE_INFINITY });
  });

  test("refuses samples that are not finite", async () => {
    const model = await Model.create(two);
    expect(() => model.diagnose([[1, Number.NaN, 2]], [[0, 0]])).toThrow(NonFiniteError);
  });

  test("estimates the noise of the gradient as defined", async () => {
    const model = await Model.create(two);
    const square = (from: number, to: number) => {
      const { parameters } = model.gradients(x.slice(from, to), y.slice(from, to));
      return parameters.reduce((sum, { gradient }) => sum + norm(gradient) ** 2, 0);
    };
    const small = mean(Array.from({ length: 8 }, (_, i) => square(3 * i, 3 * i + 3)));
    const big = square(0, 24);
    const want = (small - big) / (1 / 3 - 1 / 24) / ((24 * big - 3 * small) / 21);
    expect(model.diagnose(x, y).gradientNoiseScale / want).toBeCloseTo(1, 4);
  });
});

describe("recordGradients", () => {
  test("collects the wanted updates over successive fits, equal to the reports before them", async () => {
    const model = await Model.create(two);
    const twin = model.clone();
    const recorder = recordGradients({ every: 3 });
    for (let i = 0; i < 2; i++) await model.fit(x, y, { epochs: 5, batchSize: "full", callbacks: [recorder] });
    expect(recorder.records.map(({ step }) => step)).toEqual([0, 3, 6, 9]);
    for (const { layers, loss, decayPerLayer } of recorder.records) {
      const report = twin.diagnose(x, y);
      expect({ layers, loss, decayPerLayer }).toEqual({
        layers: report.layers,
        loss: report.loss,
        decayPerLayer: report.decayPerLayer,
      });
      for (let i = 0; i < 3; i++) twin.trainOnBatch(x, y);
    }
  });

  test("sums over accumulated batches as over one", async () => {
    const records = async (batchSize: number, accumulate: number) => {
      const recorder = recordGradients();
      const model = await Model.create(two);
      await model.fit(x, y, { batchSize, accumulate, shuffle: false, callbacks: [recorder] });
      return recorder.records[0]?.layers.flatMap(({ name: _, ...numbers }) => Object.values(numbers)) ?? [];
    };
    const [whole, split] = [await records(24, 1), await records(6, 4)];
    for (const [i, value] of split.entries()) close(value, whole[i] ?? Number.NaN);
  });

  test("serves two callbacks their own updates and changes no bit of the training", async () => {
    const seen: number[] = [];
    const mine = {
      recordEvery: 2,
      onRecords: (records: readonly GradientRecord[]) => void seen.push(...records.map(({ step }) => step)),
    };
    const [model, plain] = [await Model.create(rich), await Model.create(rich)];
    const recorder = recordGradients({ every: 3 });
    await model.fit(x, y, { epochs: 8, callbacks: [recorder, mine] });
    await plain.fit(x, y, { epochs: 8 });
    expect(recorder.records.map(({ step }) => step)).toEqual([0, 3, 6]);
    expect(seen).toEqual([0, 2, 4, 6]);
    expect(model.save()).toEqual(plain.save());
  });

  test("compares large layers stretch by stretch, and as a whole where more than one pass changes them", async () => {
    const wide = numbers(24, 150, 0.3);
    const constrained = { kernelConstraint: maxNorm(0.5) };
    for (const [optimizer, options] of [
      [adam({ learningRate: 0.01 }), {}],
      [adam({ learningRate: 0.01 }), constrained],
      [lookahead(adam({ learningRate: 0.01 }), { k: 1 }), {}],
      [lars({ learningRate: 0.01 }), {}],
    ] as const) {
      // The first kernel has 15,000 numbers, a stretch 8,192.
      const layers = [dense(100, { activation: "relu", ...options }), dense(2)];
      const model = await Model.create({ inputs: 150, layers, loss: "meanSquaredError", optimizer, seed: 3 });
      const kernels = () => model.parameters().filter(({ name }) => name.endsWith("kernel"));
      const before = kernels().map(({ data }) => Float32Array.from(data));
      const recorder = recordGradients();
      await model.fit(wide, y, { batchSize: "full", callbacks: [recorder] });
      const after = kernels().map(({ data }) => Float32Array.from(data));
      recorder.records[0]?.layers.forEach(({ weightNorm, updateRatio }, i) => {
        const [from, to] = [before[i] ?? [], after[i] ?? []];
        close(weightNorm / norm(from), 1);
        const ratio = norm(Array.from(from, (w, j) => w - (to[j] ?? 0))) / norm(from);
        expect(ratio).toBeGreaterThan(0);
        close(updateRatio / ratio, 1);
      });
      expect(recorder.records).toHaveLength(1);
    }
  });

  test("grows an array that somebody holds", async () => {
    const recorder = recordGradients();
    const { records } = recorder;
    const model = await Model.create(two);
    await model.fit(x, y, { batchSize: 8, callbacks: [recorder] });
    expect(records.map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(recorder.records).toBe(records);
  });

  test("refuses an interval that is none", () => {
    expect(() => recordGradients({ every: 0 })).toThrow("recordGradients.every: expected a whole number >= 1");
  });
});
