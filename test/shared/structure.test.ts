/** Layers inserted and widened in the middle of training: what stays, what goes on, what is refused. */

import { describe, expect, test } from "vitest";
import { type ActivationName, activationNames } from "../../ts/config/activations.js";
import { fullBatchRule, normalizeOptimizer } from "../../ts/config/optimizers/index.js";
import {
  activation,
  adam,
  adamw,
  alphaDropout,
  asgd,
  batchNormalization,
  cosineDecay,
  dense,
  dropout,
  ema,
  gaussianNoise,
  type LayerConfig,
  layerNormalization,
  lookahead,
  Model,
  maxNorm,
  nonNegative,
  normalization,
  type OptimizerConfig,
  perParameter,
  prelu,
  reduceOnPlateau,
  residual,
  sam,
  sgd,
  switchAt,
  unitNorm,
  valueRange,
} from "../../ts/index.js";
import { readModel } from "../../ts/save.js";
import { type Case, labels, mistake, rows, x } from "./contract-helpers.js";
import rules from "./optimizer-rules.json" with { type: "json" };

const create = (layers: readonly LayerConfig[], optimizer: OptimizerConfig = adam({ learningRate: 0.01 })) =>
  Model.create({ inputs: 4, layers, loss: "sparseCategoricalCrossEntropy", optimizer, metrics: ["accuracy"], seed: 3 });

/** Some rules take all rows at once. */
const batchSize = (model: Model<string>) => (fullBatchRule(model.toJSON().optimizer) === undefined ? 8 : "full");

/** A few epochs, so that weights, statistics and moments are not what they start as. */
async function trained(layers: readonly LayerConfig[], optimizer?: OptimizerConfig, epochs = 3) {
  const model = await create(layers, optimizer);
  await model.fit(x, labels, { epochs, batchSize: batchSize(model) });
  return model;
}

const loss = (model: Model<string>) => model.evaluate(x, labels).loss;
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

/** The same predictions and the same loss, within 1e-5: sums of 32-bit floats in another order. */
async function expectSameFunction(model: Model<string>, change: () => { readonly preserving: boolean }) {
  const before = [model.predict(x).data, loss(model)] as const;
  expect(change()).toEqual({ preserving: true });
  expect(distance(model.predict(x).data, before[0])).toBeLessThan(1e-5);
  expect(Math.abs(loss(model) - before[1])).toBeLessThan(1e-5);
}

/** Trains on to the same bits as its copy from a file. */
async function expectResumes(model: Model<string>) {
  const copy = await Model.load(model.save());
  const [a, b] = [model, copy].map((each) =>
    each.fit(x, labels, { epochs: 2, batchSize: batchSize(each), initialEpoch: 3 }),
  );
  expect((await a)?.epochs.map((epoch) => epoch.loss)).toEqual((await b)?.epochs.map((epoch) => epoch.loss));
  expect(copy.save()).toEqual(model.save());
}

const ruleCases = rules.flatMap(({ type, cases }) =>
  cases.map((row) => [`${type} ${JSON.stringify(row.with)}`, normalizeOptimizer({ type, ...row.with }, type)] as const),
);
const wrapped: readonly (readonly [string, OptimizerConfig])[] = [
  ["lookahead", lookahead(adam(), { k: 4 })],
  ["ema", ema(sgd({ learningRate: 0.1, momentum: 0.9 }), { decay: 0.8 })],
  ["ema of lookahead", ema(lookahead(adamw({ weightDecay: 0.1 }), { k: 3 }))],
  ["sam", sam(adam(), { rho: 0.1 })],
  ["ema of sam", ema(sam(sgd({ learningRate: 0.1, momentum: 0.9 })), { decay: 0.8 })],
  ["switchAt", switchAt(7, adam(), sgd({ learningRate: 0.05, momentum: 0.9 }))],
  ["switchAt from an average", switchAt(12, ema(adam()), sgd())],
  [
    "perParameter",
    perParameter([
      ["bias", sgd({ learningRate: 0.1 })],
      ["**", ema(adam())],
    ]),
  ],
];
const optimizers = [...ruleCases, ...wrapped];

describe("growDense keeps the function", () => {
  const hidden = (kind: ActivationName) => (kind === "prelu" ? prelu({ initial: 0.1 }) : kind);

  test.each(activationNames.filter((kind) => kind !== "softmax"))(
    "through %s, as option and as layer",
    async (kind) => {
      const model = await trained([
        dense(5, { activation: hidden(kind) }),
        dense(6),
        activation(hidden(kind)),
        dense(3),
      ]);
      await expectSameFunction(model, () => model.growDense(0, 7));
      await expectSameFunction(model, () => model.growDense(1, 13));
      await expectResumes(model);
    },
  );

  test.each<[string, number, readonly LayerConfig[]]>([
    ["batch normalisation", 9, [batchNormalization()]],
    ["layer normalisation, to a multiple", 15, [layerNormalization()]],
    ["fixed normalisation", 8, [normalization({ mean: [1, 2, 3, 4, 5], standardDeviation: [1, 2, 1, 3, 0.5] })]],
    ["dropout and noise", 6, [dropout(0.3), alphaDropout(0.1), gaussianNoise(0.1)]],
    ["several", 11, [batchNormalization(), activation("relu"), dropout(0.2), batchNormalization()]],
  ])("through %s", async (_, units, between) => {
    const model = await trained([dense(5, { activation: "tanh" }), ...between, dense(3)]);
    await expectSameFunction(model, () => model.growDense(0, units));
    await expectResumes(model);
  });

  test("with normalised weights, before and behind, also of an average", async () => {
    const options = { weightNormalization: true, activation: "tanh" } as const;
    const model = await trained(
      [dense(4, options), dense(5, options), dense(3, { weightNormalization: true })],
      ema(adam()),
    );
    await expectSameFunction(model, () => model.growDense(0, 7));
    await expectSameFunction(model, () => model.growDense(1, 6));
    await expectResumes(model);
  });

  test("inside a residual block, and by name", async () => {
    const inner = [dense(8, { activation: "relu", name: "inside" }), dense(5)];
    const model = await trained([dense(5), residual(inner), dense(3)]);
    await expectSameFunction(model, () => model.growDense("inside", 12));
    await expectSameFunction(model, () => model.growDense("layers.1.layers.0", 13));
    const shapes = model.parameters().map(({ name, shape }) => [name, shape]);
    expect(shapes).toContainEqual(["layers.1.layers.0.kernel", [5, 13]]);
    expect(model.toJSON().layers[1]).toEqual(
      residual([{ ...(inner[0] as LayerConfig), units: 13 } as LayerConfig, dense(5)]),
    );
    await expectResumes(model);
  });

  test.each(optimizers)("under %s, and training goes on", async (_, optimizer) => {
    const model = await trained([dense(6, { activation: "tanh" }), batchNormalization(), dense(3)], optimizer);
    await expectSameFunction(model, () => model.growDense(0, 10));
    await expectResumes(model);
    expect(model.parameters()[0]?.shape).toEqual([4, 10]);
  });

  test("many times, one unit at a time", async () => {
    const model = await trained([dense(4, { activation: "relu" }), dense(3)]);
    for (let units = 5; units <= 12; units++) await expectSameFunction(model, () => model.growDense(0, units));
    // A unit is duplicated from which large weights lead on: none has more than four copies.
    const columns = Array.from({ length: 12 }, (_, unit) =>
      String(model.parameters()[0]?.data.filter((_, i) => i % 12 === unit)),
    );
    for (const column of columns) expect(columns.filter((other) => other === column).length).toBeLessThan(5);
    await model.fit(x, labels, { epochs: 5, batchSize: 8 });
  });
});

describe("optimizer state after growDense", () => {
  /** Rules whose step does not depend on how large gradients are, and those whose step is as large as they are. */
  const scaleFree = ["adam", "adamw", "adamax", "nadam", "radam", "adagrad", "rmsprop", "adadelta", "lion", "rprop"];
  const cases = ruleCases.filter(([, { type }]) => scaleFree.includes(type) || type === "sgd");

  test.each(cases)("%s moves each copy as the unit would have moved, or its share of that", async (_, given) => {
    // ε away, where it would matter beside small gradients.
    const small = "epsilon" in given ? { epsilon: given.type === "adadelta" ? 1e-12 : 1e-30 } : {};
    const optimizer = normalizeOptimizer({ ...given, ...small, weightDecay: 0 }, "optimizer");
    const layers = [dense(5, { activation: prelu({ initial: 0.2 }) }), batchNormalization(), dense(3)];
    const [plain, grown] = [await trained(layers, optimizer), await trained(layers, optimizer)];
    grown.growDense(0, 8);
    const read = (model: Model<string>, name: string) =>
      model.parameters().find((each) => each.name === name)?.data as Float32Array;
    const names = ["kernel", "bias", "alpha"]
      .map((role) => `layers.0.${role}`)
      .concat("layers.1.gamma", "layers.1.beta");
    const before = names.map((name) => [read(plain, name), read(grown, name)] as const);
    // Which unit each copy is of, and its share of what leads on.
    const [kernel, later] = [read(grown, "layers.0.kernel"), read(grown, "layers.2.kernel")];
    const column = (data: Float32Array, units: number, unit: number) => [...data.filter((_, i) => i % units === unit)];
    const origin = Array.from({ length: 8 }, (_, unit) =>
      [0, 1, 2, 3, 4].findIndex((old) => String(column(kernel, 8, old)) === String(column(kernel, 8, unit))),
    );
    expect(origin).not.toContain(-1);
    const lead = read(plain, "layers.2.kernel");
    const share = origin.map((old, unit) => (later[3 * unit] as number) / (lead[3 * old] as number));
    expect(new Set(share.map((one) => one.toFixed(3)))).toEqual(new Set(["1.000", "0.667", "0.333"]));

    for (const model of [plain, grown]) model.trainOnBatch(x, labels);
    names.forEach((name, n) => {
      const [old, wide] = before[n] as readonly [Float32Array, Float32Array];
      const [oldNow, wideNow] = [read(plain, name), read(grown, name)];
      origin.forEach((from, unit) => {
        const moved = column(oldNow, 5, from).map((value, i) => value - (column(old, 5, from)[i] as number));
        const copy = column(wideNow, 8, unit).map((value, i) => value - (column(wide, 8, unit)[i] as number));
        const factor = optimizer.type === "sgd" ? (share[unit] as number) : 1;
        const size = Math.max(1e-6, ...moved.map(Math.abs));
        // Of a step, a thousandth; ulps of weights near 1 are 1e-7.
        const most = 1e-3 * size + 3e-7;
        expect(
          distance(
            copy,
            moved.map((by) => by * factor),
          ),
          `${name} unit ${unit}`,
        ).toBeLessThan(most);
      });
    });
  });

  test("of an average goes along with its weights", async () => {
    const model = await trained([dense(5, { activation: "tanh" }), dense(3)], ema(adam(), { decay: 0.9 }));
    const [plain, averaged] = [false, true].map((which) => model.parameters({ averaged: which })[2]?.data);
    expect(distance(plain as Float32Array, averaged as Float32Array)).toBeGreaterThan(1e-3);
    await expectSameFunction(model, () => model.growDense(0, 9));
  });

  test("copies come apart", async () => {
    const model = await trained([dense(3, { activation: "tanh" }), dense(3)]);
    model.growDense(0, 6);
    await model.fit(x, labels, { epochs: 20, batchSize: 8 });
    const kernel = model.parameters()[0]?.data as Float32Array;
    for (let unit = 3; unit < 6; unit++)
      for (let old = 0; old < unit; old++) {
        const apart = [0, 1, 2, 3].map((row) => (kernel[6 * row + unit] as number) - (kernel[6 * row + old] as number));
        expect(Math.hypot(...apart), `${old} and ${unit}`).toBeGreaterThan(1e-3);
      }
  });

  test("noise sets copies apart at once, and says that the function changed", async () => {
    const model = await trained([dense(3, { activation: "tanh" }), dense(3)]);
    const before = model.predict(x).data;
    expect(model.growDense(0, 5, { noise: 0.01 })).toEqual({ preserving: false });
    const change = distance(model.predict(x).data, before);
    expect(change).toBeGreaterThan(1e-5);
    expect(change).toBeLessThan(0.05);
  });
});

const relu = [dense(5, { activation: "relu" }), dense(5), dense(3)];

/** Name, layers, place, the layer to insert. */
const kept: readonly (readonly [string, readonly LayerConfig[], number | string, LayerConfig])[] = [
  ["a linear dense layer", relu, 2, dense(5)],
  ["a linear dense layer without bias, in front", relu, 0, dense(4, { useBias: false })],
  ["a dense layer with relu behind relu", relu, 1, dense(5, { activation: "relu", biasInitializer: "ones" })],
  [
    "with relu behind relu and dropout",
    [dense(5, { activation: "relu" }), dropout(0.2), dense(3)],
    2,
    dense(5, { activation: "relu" }),
  ],
  ["with elu behind softplus", [dense(5, { activation: "softplus" }), dense(3)], 1, dense(5, { activation: "elu" })],
  [
    "with leakyRelu behind a sigmoid layer",
    [dense(5), activation("sigmoid"), dense(3)],
    2,
    dense(5, { activation: "leakyRelu" }),
  ],
  [
    "with prelu behind hardSigmoid",
    [dense(5, { activation: "hardSigmoid" }), dense(3)],
    1,
    dense(5, { activation: "prelu" }),
  ],
  ["with normalised weights", relu, 2, dense(5, { weightNormalization: true })],
  ["with room for the identity", relu, 2, dense(5, { kernelConstraint: maxNorm(1), biasConstraint: "nonNegative" })],
  ["within a range", relu, 2, dense(5, { kernelConstraint: valueRange({ min: -1, max: 1 }) })],
  ["a dense layer at the end", relu, 3, dense(3)],
  ["by the name of the layer behind", [dense(5), dense(3, { name: "output" })], "output", dense(5)],
  ["inside a residual block", [dense(5), residual([dense(5)]), dense(3)], "layers.1.layers.1", dense(5)],
  ["a residual block", relu, 2, residual([dense(9, { activation: "relu" }), dense(5, { biasInitializer: "ones" })])],
  [
    "a residual block that normalises",
    relu,
    1,
    residual([batchNormalization(), dense(5), batchNormalization(), activation("tanh")]),
  ],
  [
    "a residual block of normalised weights",
    relu,
    1,
    residual([dense(5, { weightNormalization: true }), dropout(0.5)]),
  ],
  ["a residual block in a residual block", relu, 1, residual([residual([dense(5)]), dense(5)])],
  ["dropout", relu, 1, dropout(0.5)],
  ["alpha dropout", relu, 1, alphaDropout(0.5)],
  ["noise", relu, 1, gaussianNoise(0.5)],
  ["a linear activation", relu, 2, activation("linear")],
  ["relu behind relu", relu, 1, activation("relu")],
];

const changed: typeof kept = [
  ["a dense layer with relu behind what can be negative", relu, 2, dense(5, { activation: "relu" })],
  ["with tanh", relu, 1, dense(5, { activation: "tanh" })],
  ["with a constraint that the identity breaks", relu, 2, dense(5, { kernelConstraint: maxNorm(0.5) })],
  ["of unit norm", relu, 2, dense(5, { biasConstraint: unitNorm() })],
  ["a residual block with a sigmoid at its end", relu, 1, residual([dense(5, { activation: "sigmoid" })])],
  ["a residual block that ends in a residual block", relu, 1, residual([dense(5), residual([activation("softplus")])])],
  ["a residual block without kernels", relu, 1, residual([activation("relu")])],
  ["batch normalisation", relu, 1, batchNormalization()],
  ["layer normalisation", relu, 1, layerNormalization()],
  ["a fixed normalisation", relu, 0, normalization({ mean: [1, 0, 0, 0], standardDeviation: [1, 1, 2, 1] })],
  ["an activation", relu, 1, activation("sigmoid")],
  ["a dense layer behind softmax at the end", [dense(5), dense(3, { activation: "softmax" })], 2, dense(3)],
  ["dropout behind softmax at the end", [dense(5), dense(3, { activation: "softmax" })], 2, dropout(0.1)],
];

describe("insertLayer", () => {
  test.each(kept)("%s keeps the function, and training goes on", async (_, layers, at, layer) => {
    const model = await trained(layers);
    await expectSameFunction(model, () => model.insertLayer(at, layer));
    await expectResumes(model);
  });

  test.each(changed)("%s says that the function changes", async (_, layers, at, layer) => {
    const model = await trained(layers);
    const before = model.predict(x).data;
    expect(model.insertLayer(at, layer)).toEqual({ preserving: false });
    expect(distance(model.predict(x).data, before)).toBeGreaterThan(2e-5);
    await expectResumes(model);
  });

  test.each(optimizers)("under %s: a linear activation changes not a bit of what comes", async (_, optimizer) => {
    const layers = [dense(5, { activation: "tanh" }), batchNormalization(), dense(3)];
    const [plain, longer] = [await trained(layers, optimizer), await trained(layers, optimizer)];
    longer.insertLayer(1, activation("linear"));
    const [a, b] = [plain, longer].map((model) =>
      model.fit(x, labels, { epochs: 3, batchSize: batchSize(model), initialEpoch: 3 }),
    );
    const logs = (history: Awaited<typeof a>) => history?.epochs.map(({ durationMs: _, ...numbers }) => numbers);
    expect(logs(await a)).toEqual(logs(await b));
    const data = (model: Model<string>) => model.parameters().map((each) => each.data);
    expect(data(longer)).toEqual(data(plain));
    expect(longer.parameters()[2]?.name).toBe("layers.2.gamma");
  });

  test.each(optimizers)("under %s: a dense layer keeps the function, and training goes on", async (_, optimizer) => {
    const model = await trained([dense(6, { activation: "relu" }), dense(3)], optimizer);
    await expectSameFunction(model, () => model.insertLayer(1, dense(6, { activation: "relu" })));
    await expectResumes(model);
  });

  test("state of new parameters starts as at the first update", async () => {
    const initial = 0.25;
    const rule = normalizeOptimizer({ type: "adagrad", initialAccumulator: initial }, "optimizer");
    const model = await trained([dense(5), dense(3)], ema(rule));
    const old = readModel(model.save()).state;
    model.insertLayer(1, dense(5));
    const { slots, counters, parameters } = readModel(model.save()).state;
    expect(counters).toEqual(old.counters);
    const of = (slot: number, name: string) => slots[slot]?.find((each) => each.name === name)?.data;
    expect(of(0, "layers.1.kernel")).toEqual(new Float32Array(25).fill(initial));
    expect(of(1, "layers.1.kernel")).toEqual(parameters[2]?.data);
    // The others go on with theirs.
    expect(slots.map((slot) => [slot[0], slot[4]?.data])).toEqual(old.slots.map((slot) => [slot[0], slot[2]?.data]));
  });

  test("what is frozen stays so under its new name", async () => {
    const model = await trained([dense(5), dense(5), dense(3)]);
    model.freeze("layers.1.**");
    model.insertLayer(1, dense(5));
    const held = model.parameters().filter(({ trainable }) => !trainable);
    expect(held.map(({ name }) => name)).toEqual(["layers.2.kernel", "layers.2.bias"]);
    await model.fit(x, labels, { batchSize: 8 });
    const now = model.parameters().filter(({ trainable }) => !trainable);
    expect(now).toEqual(held);
  });

  test("patterns of the optimizer that name layers by number follow them", async () => {
    const fast = sgd({ learningRate: 0.1, momentum: 0.9 });
    const optimizer = perParameter([
      [["layers.1.*", "layers.2.layers.0.kernel"], fast],
      ["**", adamw({ excludeFromDecay: ["layers.0.bias", "bias"] })],
    ]);
    const model = await trained([dense(5), dense(5), residual([dense(5)]), dense(3)], optimizer);
    model.insertLayer(1, dense(5));
    model.insertLayer("layers.3.layers.0", dense(5));
    expect(model.toJSON().optimizer).toEqual(
      perParameter([
        [["layers.2.*", "layers.3.layers.1.kernel"], fast],
        ["**", adamw({ excludeFromDecay: ["layers.0.bias", "bias"] })],
      ]),
    );
    await expectResumes(model);
  });

  test("a schedule of the optimizer goes on, also one that watches the loss", async () => {
    for (const learningRate of [
      cosineDecay({ initial: 0.1, steps: 40 }),
      reduceOnPlateau({ initial: 0.1, patience: 1 }),
    ]) {
      const [plain, longer] = [1, 2].map(() => trained(relu, sgd({ learningRate }), 6));
      const models = [await plain, await longer] as Model<string>[];
      models[1]?.insertLayer(1, activation("linear"));
      const rates = models.map((model) => model.fit(x, labels, { epochs: 3, batchSize: 8, initialEpoch: 6 }));
      const [a, b] = (await Promise.all(rates)).map(({ epochs }) => epochs.map((epoch) => epoch.learningRate));
      expect(b).toEqual(a);
    }
  });
});

const deep = [
  dense(5, { activation: "relu" }),
  residual([dense(6, { activation: "softmax" }), dense(5)]),
  dense(5),
  layerNormalization(),
  dense(4, { kernelConstraint: unitNorm() }),
  activation("softmax"),
  dense(2),
  dense(3, { kernelConstraint: valueRange({ min: 0.1, max: 1 }) }),
];

const refused: readonly Case<Model<string>>[] = [
  [
    "no layer there",
    (m) => m.growDense(8, 9),
    "CONFIG",
    /growDense: expected the number or the name of a layer, got 8/,
  ],
  ["no layer of that name", (m) => m.growDense("first", 9), "CONFIG", /growDense: .* got "first"/],
  [
    "no layer at that place",
    (m) => m.growDense("layers.0.layers.0", 9),
    "CONFIG",
    /growDense: .*"layers\.0\.layers\.0"/,
  ],
  [
    "not a dense layer",
    (m) => m.growDense(3, 9),
    "CONFIG",
    /growDense: expected a dense layer, layers\.3 is layerNorm/,
  ],
  ["as many units", (m) => m.growDense("layers.1.layers.0", 6), "CONFIG", /growDense\.units: .*>= 7.* got 6/],
  ["half a unit", (m) => m.growDense(6, 4.5), "CONFIG", /growDense\.units: .*4\.5/],
  [
    "the last layer",
    (m) => m.growDense(7, 4),
    "CONFIG",
    /growDense: the units of layers\.7 are the columns of the output/,
  ],
  ["a width that a block ties", (m) => m.growDense(0, 9), "CONFIG", /growDense: the residual block layers\.1 ties/],
  ["the last of a block", (m) => m.growDense("layers.1.layers.1", 9), "CONFIG", /the width of the residual block/],
  ["layer normalisation", (m) => m.growDense(2, 9), "CONFIG", /growDense\.units: layers\.3 .* multiple of 5, got 9/],
  ["a softmax layer", (m) => m.growDense(4, 9), "CONFIG", /growDense: the softmax of layers\.5/],
  ["softmax as option", (m) => m.growDense("layers.1.layers.0", 9), "CONFIG", /the softmax of layers\.1\.layers\.0/],
  ["unit norm behind", (m) => m.growDense(2, 10), "CONFIG", /growDense: the unitNorm of layers\.4 forbids/],
  ["a range without 0 behind", (m) => m.growDense(6, 3), "CONFIG", /growDense: the valueRange of layers\.7 forbids/],
  ["negative noise", (m) => m.growDense(6, 3, { noise: -1 }), "CONFIG", /growDense\.noise/],
  ["an unknown option", (m) => m.growDense(6, 3, { nois: 1 } as never), "CONFIG", /growDense: unknown option "nois"/],
  ["a place beyond the end", (m) => m.insertLayer(9, dense(3)), "CONFIG", /insertLayer: .* got 9/],
  ["not a place", (m) => m.insertLayer(-1, dense(3)), "CONFIG", /insertLayer/],
  ["no layer", (m) => m.insertLayer(1, { type: "dens" } as never), "CONFIG", /insertLayer\.layer/],
  [
    "another width",
    (m) => m.insertLayer(1, dense(6)),
    "CONFIG",
    /insertLayer\.layer: expected 5 units, .*layers\.1, got 6/,
  ],
  ["another width inside a block", (m) => m.insertLayer("layers.1.layers.1", dense(5)), "CONFIG", /expected 6 units/],
  [
    "means of another width",
    (m) => m.insertLayer(0, normalization({ mean: [1], standardDeviation: [1] })),
    "CONFIG",
    /expected 4 means/,
  ],
  [
    "a head that the loss forbids",
    (m) => m.insertLayer(8, activation("relu")),
    "CONFIG",
    /loss: .*softmax, it is relu/,
  ],
];

test.each(refused)("refused, and nothing changed: %s", async (_, call, code, message) => {
  const model = await trained(deep);
  const before = model.save();
  const error = await mistake(() => call(model));
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  expect(model.save()).toEqual(before);
});

test("refused where a pattern would pick other parameters: the optimizer keeps its rules", async () => {
  const layers = Array.from({ length: 10 }, () => dense(4)).concat(dense(3));
  const model = await trained(
    layers,
    perParameter([
      ["layers.1*.*", sgd()],
      ["**", adam()],
    ]),
    1,
  );
  const before = model.save();
  const error = await mistake(() => model.insertLayer(1, dense(4)));
  expect(error.message).toMatch(
    /optimizer: a pattern that picks layers\.1\.kernel would not pick it as layers\.2\.kernel/,
  );
  const orphan = await trained(
    [dense(4), dense(3)],
    perParameter([
      ["layers.0.*", sgd()],
      ["layers.1.*", adam()],
    ]),
    1,
  );
  expect((await mistake(() => orphan.insertLayer(1, dense(4)))).message).toMatch(/no pattern picks layers\.1\.kernel/);
  expect(model.save()).toEqual(before);
});

test("refused during a fit, and of a disposed model", async () => {
  const model = await create(relu);
  const fit = model.fit(x, labels, { epochs: 2 });
  for (const call of [() => model.insertLayer(1, dense(5)), () => model.growDense(0, 9)])
    expect((await mistake(call)).code).toBe("BUSY");
  await fit;
  model.growDense(0, 9);
  model.dispose();
  for (const call of [() => model.insertLayer(1, dense(5)), () => model.growDense(0, 9), () => model.prune(0.5)])
    expect((await mistake(call)).code).toBe("DISPOSED");
});

test("a clone, a reset and an ASGD average have the new structure", async () => {
  const model = await trained([dense(5, { activation: "relu" }), dense(3)], asgd({ t0: 2 }));
  model.growDense(0, 8);
  model.insertLayer(1, dense(8, { activation: "relu", kernelConstraint: nonNegative() }));
  expect(model.clone().save()).toEqual(model.save());
  model.reset();
  const fresh = await Model.create(model.toJSON());
  expect(fresh.save()).toEqual(model.save());
  expect(model.toJSON().layers).toEqual([
    dense(8, { activation: "relu" }),
    dense(8, { activation: "relu", kernelConstraint: nonNegative() }),
    dense(3),
  ]);
  expect(rows).toBeGreaterThan(0);
});
