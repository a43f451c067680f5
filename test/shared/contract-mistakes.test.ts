/** Every mistake has a name and a helpful message, and leaves the model as it was. */

import { describe, expect, test } from "vitest";
import {
  activation,
  BusyError,
  batchNormalization,
  constantRate,
  Dataset,
  dense,
  type FitOptions,
  init,
  Model,
  type ModelConfig,
  matrix,
  minimize,
  Optimizer,
  oneHot,
  residual,
  schedulePreview,
  sgd,
} from "../../ts/index.js";
import { type Case, config, labels, mistake, numbers, rows, x } from "./contract-helpers.js";

/** Arguments that the types forbid. */
const wrong = <T>(value: unknown): T => value as T;

const withNaN = (place: number) => {
  const data = x.data.slice();
  data[place] = Number.NaN;
  return matrix(data, [rows, 4]);
};
const infinite = matrix(
  x.data.map((value, i) => (i === 9 ? Number.POSITIVE_INFINITY : value)),
  [rows, 4],
);
const narrow = matrix(numbers(rows * 3, 2), [rows, 3]);
const oneHotLabels = oneHot(labels, 3);

type Classifier = Model<string>;
const fitWith = (options: unknown) => (model: Classifier) => model.fit(x, labels, wrong<FitOptions>(options));

/** Data that neither training nor inference takes. */
const badX: readonly [name: string, x: unknown, code: "SHAPE" | "DATA" | "NON_FINITE", message: RegExp][] = [
  ["x of another width", narrow, "SHAPE", /^x: expected shape \[32, 4\], got \[32, 3\]/],
  [
    "flat x of a length that is no multiple of the inputs",
    numbers(30, 1),
    "SHAPE",
    /^x: expected a flat array whose length is a multiple of 4, got 30/,
  ],
  ["no rows", [], "SHAPE", /^x: expected at least one row, got none/],
  [
    "ragged rows",
    [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
    "SHAPE",
    /^x: .*row 1 has 3/,
  ],
  ["NaN in x", withNaN(4 * 7 + 2), "NON_FINITE", /^x: .*row 7, column 2/],
  ["an infinity in x", infinite, "NON_FINITE", /^x: .*row 2, column 1/],
  ["text in x", [["a", 1, 2, 3]], "DATA", /^x: expected a number at row 0, column 0, got "a"/],
  ["no x", undefined, "DATA", /^x: expected .* got undefined/],
  ["null as x", null, "DATA", /^x: expected .* got null/],
];

const badY: readonly [name: string, y: unknown, code: "SHAPE" | "DATA" | "NON_FINITE", message: RegExp][] = [
  ["too few labels", labels.slice(1), "SHAPE", /^y: expected 32 labels.*got 31/],
  [
    "a label that is no class",
    labels.map((label, i) => (i === 3 ? 3 : label)),
    "DATA",
    /^y: expected a whole number from 0 to 2 at row 3, got 3/,
  ],
  ["a fractional label", labels.map((label, i) => (i === 4 ? 0.5 : label)), "DATA", /^y: .*row 4, got 0\.5/],
  ["a negative label", labels.map((label, i) => (i === 5 ? -1 : label)), "DATA", /^y: .*row 5, got -1/],
  ["NaN as a label", labels.map((label, i) => (i === 6 ? Number.NaN : label)), "DATA", /^y: .*row 6, got NaN/],
  [
    "one-hot rows for a sparse loss",
    oneHotLabels,
    "SHAPE",
    /^y: expected shape \[32\], got \[32, 3\]; labels are one whole number/,
  ],
  ["words as labels", labels.map(String), "DATA", /^y: .*row 0, got "/],
  ["null as y", null, "DATA", /^y: expected labels/],
];

const mistakes: readonly Case<Classifier>[] = [
  ...badX.flatMap(([name, bad, code, message]): Case<Classifier>[] => [
    [`trainOnBatch with ${name}`, (model) => model.trainOnBatch(wrong(bad), labels), code, message],
    [`evaluate with ${name}`, (model) => model.evaluate(wrong(bad), labels), code, message],
    [`predict with ${name}`, (model) => model.predict(wrong(bad)), code, message],
    [`predictInto with ${name}`, (model) => model.predictInto(wrong(bad), new Float32Array(96)), code, message],
    [`predictClasses with ${name}`, (model) => model.predictClasses(wrong(bad)), code, message],
    [`forward with ${name}`, (model) => model.forward(wrong(bad)), code, message],
    [`gradients with ${name}`, (model) => model.gradients(wrong(bad), labels), code, message],
    [`checkGradients with ${name}`, (model) => model.checkGradients(wrong(bad), labels), code, message],
  ]),
  ...badY.flatMap(([name, bad, code, message]): Case<Classifier>[] => [
    [`trainOnBatch with ${name}`, (model) => model.trainOnBatch(x, wrong(bad)), code, message],
    [`evaluate with ${name}`, (model) => model.evaluate(x, wrong(bad)), code, message],
    [`gradients with ${name}`, (model) => model.gradients(x, wrong(bad)), code, message],
    [`checkGradients with ${name}`, (model) => model.checkGradients(x, wrong(bad)), code, message],
  ]),
  [
    "trainOnBatch with an unknown option",
    (model) => model.trainOnBatch(x, labels, wrong({ sampleWeights: [] })),
    "CONFIG",
    /did you mean "sampleWeight"/,
  ],
  [
    "trainOnBatch with a weight that is NaN",
    (model) => model.trainOnBatch(x, labels, { sampleWeight: labels.map(() => Number.NaN) }),
    "NON_FINITE",
    /^sampleWeight: NaN at row 0/,
  ],
  [
    "trainOnBatch with a negative weight",
    (model) => model.trainOnBatch(x, labels, { sampleWeight: labels.map(() => -1) }),
    "DATA",
    /^sampleWeight: .*>= 0 at row 0, got -1/,
  ],
  [
    "trainOnBatch with too few weights",
    (model) => model.trainOnBatch(x, labels, { sampleWeight: [1] }),
    "SHAPE",
    /^sampleWeight: expected 32 weights, one a row, got 1/,
  ],
  [
    "trainOnBatch with weights that are all 0",
    (model) => model.trainOnBatch(x, labels, { sampleWeight: labels.map(() => 0) }),
    "DATA",
    /^sampleWeight: .*all are 0/,
  ],
  [
    "trainOnBatch with null as weights",
    (model) => model.trainOnBatch(x, labels, { sampleWeight: wrong(null) }),
    "DATA",
    /^sampleWeight: expected 32 numbers/,
  ],
  [
    "trainOnBatch of one sample under batch normalisation",
    (model) => model.trainOnBatch(x.data.slice(0, 4), [0]),
    "CONFIG",
    /^batchNormalization: .*at least 2 samples, got 1/,
  ],
  [
    "gradients of one sample under batch normalisation",
    (model) => model.gradients(x.data.slice(0, 4), [0]),
    "CONFIG",
    /at least 2 samples/,
  ],
  [
    "predict with a batch size of 0",
    (model) => model.predict(x, { batchSize: 0 }),
    "CONFIG",
    /^predict\.batchSize: expected a whole number >= 1, got 0/,
  ],
  [
    "evaluate with an unknown option",
    (model) => model.evaluate(x, labels, wrong({ batch: 3 })),
    "CONFIG",
    /^evaluate: unknown option "batch"/,
  ],
  ["predict with null as options", (model) => model.predict(x, wrong(null)), "CONFIG", /^predict: /],
  [
    "predictInto an array of another length",
    (model) => model.predictInto(x, new Float32Array(95)),
    "SHAPE",
    /^out: expected shape \[96\], got \[95\]/,
  ],
  [
    "predictInto an array of doubles",
    (model) => model.predictInto(x, wrong(new Float64Array(96))),
    "DATA",
    /^out: expected a Float32Array/,
  ],
  [
    "checkGradients of no numbers",
    (model) => model.checkGradients(x, labels, { perParameter: 0 }),
    "CONFIG",
    /perParameter/,
  ],
  [
    "setParameters of an unknown name",
    (model) => model.setParameters([{ name: "layers.9.kernel", data: [1] }]),
    "CONFIG",
    /"layers\.9\.kernel"; there are layers\.0\.kernel/,
  ],
  [
    "setParameters of which the second is wrong",
    (model) =>
      model.setParameters([
        { name: "layers.3.bias", data: [1, 2, 3] },
        { name: "layers.0.bias", data: [1] },
      ]),
    "SHAPE",
    /^layers\.0\.bias: expected shape \[6\], got \[1\]/,
  ],
  [
    "setParameters with NaN",
    (model) => model.setParameters([{ name: "layers.3.bias", data: [1, Number.NaN, 3] }]),
    "NON_FINITE",
    /^layers\.3\.bias: NaN/,
  ],
  [
    "setParameters with numbers beyond f32",
    (model) => model.setParameters([{ name: "layers.3.bias", data: [1, 1e300, 3] }]),
    "NON_FINITE",
    /^layers\.3\.bias: Infinity/,
  ],
  [
    "setParameters with text",
    (model) => model.setParameters([{ name: "layers.3.bias", data: wrong(["1", "2", "3"]) }]),
    "DATA",
    /^layers\.3\.bias: .*got "1"/,
  ],
  ["setParameters with null", (model) => model.setParameters(wrong([null])), "CONFIG", /^setParameters/],
  [
    "setParameters of no array",
    (model) => model.setParameters(wrong({})),
    "CONFIG",
    /^setParameters: expected an array/,
  ],
  [
    "freeze of a pattern that picks nothing",
    (model) => model.freeze("layers.7.*"),
    "CONFIG",
    /^freeze: the pattern "layers\.7\.\*" picks none of layers\.0\.kernel/,
  ],
  ["freeze of a number", (model) => model.freeze(wrong(3)), "CONFIG", /^freeze: expected a pattern/],
  ["freeze of numbers", (model) => model.freeze(wrong([3])), "CONFIG", /^freeze: .*got 3/],
  ["unfreeze of which the second picks nothing", (model) => model.unfreeze(["bias", "gama"]), "CONFIG", /"gama"/],
  [
    "compile with an unknown option",
    (model) => model.compile(wrong({ optimiser: "sgd" })),
    "CONFIG",
    /did you mean "optimizer"/,
  ],
  [
    "compile with an unknown optimizer",
    (model) => model.compile({ optimizer: wrong("adm") }),
    "CONFIG",
    /did you mean "adam"/,
  ],
  [
    "compile with a negative rate",
    (model) => model.compile({ optimizer: wrong({ type: "sgd", learningRate: -1 }) }),
    "CONFIG",
    /learningRate: .* got -1/,
  ],
  [
    "compile with two transforms that decide the same",
    (model) => model.compile({ gradient: ["adaptiveClip", { type: "clipByGlobalNorm", maxNorm: 1 }] }),
    "CONFIG",
    /^gradient\[1\]: clipByGlobalNorm and adaptiveClip in gradient\[0\] both decide/,
  ],
  [
    "compile with a loss that the last layer does not suit",
    (model) => model.compile({ loss: "mse" as never }),
    "CONFIG",
    /did you mean "meanSquaredError"/,
  ],
  [
    "compile with a decay pattern that picks nothing",
    (model) =>
      model.compile({ loss: "meanSquaredError", metrics: [], optimizer: sgd({ excludeFromDecay: ["scale"] }) }),
    "CONFIG",
    /"scale"/,
  ],
  [
    "compile with a metric twice",
    (model) => model.compile({ metrics: ["accuracy", "accuracy"] }),
    "CONFIG",
    /there twice/,
  ],
  ["reset with a fractional seed", (model) => model.reset(1.5), "CONFIG", /^reset\.seed: .*got 1\.5/],
  ["reset with a negative seed", (model) => model.reset(-1), "CONFIG", /^reset\.seed/],
];

const fitMistakes: readonly Case<Classifier>[] = [
  ...badX.map(
    ([name, bad, code, message]): Case<Classifier> => [
      `fit with ${name}`,
      (model) => model.fit(wrong(bad), labels),
      code,
      message,
    ],
  ),
  ...badY.map(
    ([name, bad, code, message]): Case<Classifier> => [
      `fit with ${name}`,
      (model) => model.fit(x, wrong(bad)),
      code,
      message,
    ],
  ),
  ["fit without y", (model) => model.fit(wrong(x), wrong(undefined)), "SHAPE", /^y: must be given/],
  ["fit with options in place of y", (model) => model.fit(x, wrong({ epochs: 3 })), "DATA", /^y: expected labels/],
  [
    "fit with an unknown option",
    fitWith({ epoch: 3 }),
    "CONFIG",
    /^fit: unknown option "epoch"; did you mean "epochs"/,
  ],
  ["fit with null as options", fitWith(null), "CONFIG", /^fit: expected an object with options, got null/],
  [
    "fit with a fraction of an epoch",
    fitWith({ epochs: 1.5 }),
    "CONFIG",
    /^fit\.epochs: expected a whole number >= 0.*got 1\.5/,
  ],
  ["fit with negative epochs", fitWith({ epochs: -1 }), "CONFIG", /^fit\.epochs/],
  ["fit with a batch size of 0", fitWith({ batchSize: 0 }), "CONFIG", /^fit\.batchSize: .*got 0/],
  [
    "fit with a batch size that is another word",
    fitWith({ batchSize: "all" }),
    "CONFIG",
    /^fit\.batchSize: .*"full", got "all"/,
  ],
  [
    "fit whose last batch has one sample under batch normalisation",
    fitWith({ batchSize: 31 }),
    "CONFIG",
    /^batchNormalization: .*got 1, the last of an epoch of 32 rows; choose another batchSize/,
  ],
  ["fit by single samples under batch normalisation", fitWith({ batchSize: 1 }), "CONFIG", /at least 2 samples, got 1/],
  ["fit with yes as shuffle", fitWith({ shuffle: "yes" }), "CONFIG", /^fit\.shuffle: expected true or false/],
  [
    "fit that validates on everything",
    fitWith({ validationSplit: 1 }),
    "CONFIG",
    /^fit\.validationSplit: .*< 1, got 1/,
  ],
  [
    "fit that keeps no row to validate on",
    fitWith({ validationSplit: 0.01 }),
    "SHAPE",
    /^x: validationSplit 0\.01 of 32 rows leaves none to validate on/,
  ],
  [
    "fit with two kinds of validation",
    fitWith({ validationSplit: 0.5, validationData: [x, labels] }),
    "CONFIG",
    /either validationSplit or validationData/,
  ],
  [
    "fit with validation data without targets",
    fitWith({ validationData: [x] }),
    "CONFIG",
    /^fit\.validationData: expected \[x, y\]/,
  ],
  [
    "fit with weights in the validation data",
    fitWith({ validationData: [x, labels, []] }),
    "CONFIG",
    /^fit\.validationData: expected \[x, y\]/,
  ],
  [
    "fit with null as validation data",
    fitWith({ validationData: null }),
    "CONFIG",
    /^fit\.validationData: expected \[x, y\], got null/,
  ],
  [
    "fit with validation data of another width",
    fitWith({ validationData: [narrow, labels] }),
    "SHAPE",
    /^validationData\[0\]: expected shape \[32, 4\], got \[32, 3\]/,
  ],
  [
    "fit with NaN in the validation data",
    fitWith({ validationData: [withNaN(5), labels] }),
    "NON_FINITE",
    /^validationData\[0\]: .*row 1, column 1/,
  ],
  [
    "fit with wrong validation labels",
    fitWith({ validationData: [x, labels.map(() => 7)] }),
    "DATA",
    /^validationData\[1\]: .*got 7/,
  ],
  [
    "fit with a negative schedule",
    fitWith({ schedule: { type: "constantRate", rate: -1 } }),
    "CONFIG",
    /^fit\.schedule\.rate: .*got -1/,
  ],
  [
    "fit with an unknown schedule",
    fitWith({ schedule: { type: "cosine" } }),
    "CONFIG",
    /^fit\.schedule: .*did you mean "cosineDecay"/,
  ],
  [
    "fit with a schedule function that gives NaN",
    fitWith({ schedule: () => Number.NaN }),
    "CONFIG",
    /^schedule\(4\): .*got NaN/,
  ],
  ["fit with no batches to a step", fitWith({ accumulate: 0 }), "CONFIG", /^fit\.accumulate/],
  [
    "fit with one weight too few for the classes",
    fitWith({ classWeight: [1, 2] }),
    "CONFIG",
    /^fit\.classWeight: expected 3 weights, got 2/,
  ],
  [
    "fit with a number as class weights",
    fitWith({ classWeight: 3 }),
    "CONFIG",
    /^fit\.classWeight: expected an array of weights/,
  ],
  ["fit with null as class weights", fitWith({ classWeight: null }), "CONFIG", /^fit\.classWeight: .*got null/],
  [
    "fit with the weight of an unknown class",
    fitWith({ classWeight: { 3: 1 } }),
    "CONFIG",
    /^fit\.classWeight: .*<= 2, got 3/,
  ],
  [
    "fit with a negative class weight",
    fitWith({ classWeight: { 1: -1 } }),
    "CONFIG",
    /^fit\.classWeight\[1\]: .*got -1/,
  ],
  [
    "fit with NaN as a sample weight",
    fitWith({ sampleWeight: labels.map((_, i) => (i === 2 ? Number.NaN : 1)) }),
    "NON_FINITE",
    /^sampleWeight: NaN at row 2/,
  ],
  ["fit with a number as sample weights", fitWith({ sampleWeight: 1 }), "DATA", /^sampleWeight: expected 32 numbers/],
  [
    "fit with a callback that is a function",
    fitWith({ callbacks: [() => undefined] }),
    "CONFIG",
    /^fit\.callbacks\[0\]: expected a callback/,
  ],
  [
    "fit with a callback of misspelt methods",
    fitWith({ callbacks: [{ onEpochEnds() {} }] }),
    "CONFIG",
    /did you mean "onEpochEnd"/,
  ],
  [
    "fit with callbacks that are no list",
    fitWith({ callbacks: { onEpochEnd() {} } }),
    "CONFIG",
    /^fit\.callbacks: expected an array/,
  ],
  ["fit from a fractional epoch", fitWith({ initialEpoch: 0.5 }), "CONFIG", /^fit\.initialEpoch/],
  [
    "fit with the controller in place of its signal",
    fitWith({ signal: new AbortController() }),
    "CONFIG",
    /^fit\.signal: expected an AbortSignal/,
  ],
  ["fit with null as signal", fitWith({ signal: null }), "CONFIG", /^fit\.signal: expected an AbortSignal, got null/],
  [
    "fit with no workers",
    fitWith({ workers: 0 }),
    "CONFIG",
    /^fit\.workers: expected a whole number >= 1 and <= 64, got 0/,
  ],
  ["fit with half a worker", fitWith({ workers: 1.5 }), "CONFIG", /^fit\.workers: expected a whole number/],
  [
    "fit with a loud verbose",
    fitWith({ verbose: 3 }),
    "CONFIG",
    /^fit\.verbose: expected 0, 1, 2, true or false, got 3/,
  ],
  [
    "fit on a data set of another width",
    (model) => model.fit(Dataset.fromArrays(narrow, labels)),
    "SHAPE",
    /^x: expected shape \[32, 4\], got \[32, 3\]/,
  ],
  [
    "fit on a data set with labels that are no classes",
    (model) =>
      model.fit(
        Dataset.fromArrays(
          x,
          labels.map(() => 9),
        ),
      ),
    "DATA",
    /^y: .*got 9/,
  ],
  [
    "fit on a data set and weights",
    (model) => model.fit(Dataset.fromArrays(x, labels), { sampleWeight: labels }),
    "CONFIG",
    /Dataset\.fromArrays/,
  ],
  [
    "fit on a data set after its dispose",
    (model) => {
      const data = Dataset.fromArrays(x, labels);
      data.dispose();
      data.dispose();
      return model.fit(data);
    },
    "DISPOSED",
    /^Dataset: used after dispose\(\)/,
  ],
];

async function trained(): Promise<Model<"accuracy">> {
  const model = await Model.create(config);
  await model.fit(x, labels, { epochs: 1, batchSize: 8 });
  return model;
}

describe("a mistake leaves the model as it was:", () => {
  const check = async ([, call, code, message]: Case<Classifier>, asynchronous: boolean) => {
    const [model, twin] = [await trained(), await trained()];
    const before = model.save();
    const error = await mistake(() => call(model as unknown as Classifier), asynchronous);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(model.save()).toEqual(before);
    expect(model.trainOnBatch(x, labels)).toEqual(twin.trainOnBatch(x, labels));
    expect(model.evaluate(x, labels)).toEqual(twin.evaluate(x, labels));
    expect(model.save()).toEqual(twin.save());
    model.dispose();
    twin.dispose();
  };
  test.each(mistakes)("%s", async (...row) => check(row, false));
  test.each(fitMistakes)("%s", async (...row) => check(row, true));
});

describe("targets that do not suit the loss say what to do:", () => {
  const make = (loss: "categoricalCrossEntropy" | "meanSquaredError", units: number) =>
    Model.create({ inputs: 4, layers: [dense(units)], loss });
  test("labels given to categoricalCrossEntropy", async () => {
    const error = await mistake(() => make("categoricalCrossEntropy", 3).then((model) => model.fit(x, labels)), true);
    expect([error.code, error.message]).toEqual([
      "SHAPE",
      'y: expected shape [32, 3], got [32]; for class labels use the loss "sparseCategoricalCrossEntropy", or oneHot(labels, 3)',
    ]);
  });
  test("targets of the wrong length", async () => {
    const error = await mistake(() => make("meanSquaredError", 1).then((model) => model.fit(x, numbers(31, 3))), true);
    expect([error.code, error.message]).toEqual([
      "SHAPE",
      "y: expected a flat array whose length is 32 (shape [32, 1]), got 31 numbers",
    ]);
  });
  test("targets of the wrong width", async () => {
    const error = await mistake(() => make("meanSquaredError", 2).then((model) => model.trainOnBatch(x, narrow)), true);
    expect([error.code, error.message]).toEqual(["SHAPE", "y: expected shape [32, 2], got [32, 3]"]);
  });
  test("targets that are not finite", async () => {
    const y = numbers(rows, 3);
    y[7] = Number.NEGATIVE_INFINITY;
    const error = await mistake(() => make("meanSquaredError", 1).then((model) => model.fit(x, y)), true);
    expect([error.code, error.message]).toEqual(["NON_FINITE", "y: a number that is not finite at row 7, column 0"]);
  });
  test("class weights with a loss without classes", async () => {
    const error = await mistake(
      () => make("meanSquaredError", 1).then((model) => model.fit(x, numbers(rows, 3), { classWeight: [1, 2] })),
      true,
    );
    expect([error.code, error.message]).toEqual([
      "CONFIG",
      "fit.classWeight: belongs to a cross-entropy, the loss is meanSquaredError",
    ]);
  });
});

describe("a configuration that cannot be:", () => {
  const create = (change: object) => () => Model.create(wrong<ModelConfig>({ ...config, ...change }));
  test.each<Case<undefined>>([
    [
      "no config",
      () => Model.create(wrong<ModelConfig>(undefined)),
      "CONFIG",
      /^Model\.create: expected a config object/,
    ],
    ["an unknown option", create({ activation: "relu" }), "CONFIG", /^Model\.create: unknown option "activation"/],
    ["no inputs", create({ inputs: 0 }), "CONFIG", /^inputs: expected a whole number >= 1.*got 0/],
    ["fractional inputs", create({ inputs: 2.5 }), "CONFIG", /^inputs: /],
    ["no layers", create({ layers: [] }), "CONFIG", /^layers: expected at least 1/],
    ["an unknown layer", create({ layers: [{ type: "conv" }] }), "CONFIG", /^layers\[0\]: unknown name "conv"/],
    [
      "an unknown option of a layer",
      create({ layers: [{ type: "dense", units: 3, bias: true }] }),
      "CONFIG",
      /^layers\[0\]: unknown option "bias"/,
    ],
    [
      "a residual block that changes the width",
      create({ layers: [residual([dense(3)]), dense(3)] }),
      "CONFIG",
      /^layers\[0\]: a residual block must keep the width: its input has 4/,
    ],
    ["no loss", create({ loss: undefined }), "CONFIG", /^loss: must be given/],
    [
      "one unit for several classes",
      create({ layers: [dense(1)] }),
      "CONFIG",
      /^loss: .*for one unit use "binaryCrossEntropy"/,
    ],
    [
      "sigmoid for exclusive classes",
      create({ layers: [dense(3, { activation: "sigmoid" })] }),
      "CONFIG",
      /^loss: .*with sigmoid use "binaryCrossEntropy"/,
    ],
    [
      "a negative rate",
      create({ optimizer: { type: "adam", learningRate: -0.1 } }),
      "CONFIG",
      /^optimizer\.learningRate: .*got -0\.1/,
    ],
    [
      "a metric by the name of a log",
      create({ metrics: [{ name: "loss", compute: () => 0 }] }),
      "CONFIG",
      /^metrics\[0\]: the name "loss" is taken/,
    ],
    ["a seed below 0", create({ seed: -1 }), "CONFIG", /^seed: /],
    ["a seed above 2³² − 1", create({ seed: 2 ** 32 }), "CONFIG", /^seed: /],
    [
      "a decay pattern that picks nothing",
      create({ optimizer: { type: "adam", excludeFromDecay: ["scale"] } }),
      "CONFIG",
      /^optimizer\.excludeFromDecay: the pattern "scale" picks none/,
    ],
    ["a transform that is none", create({ gradient: ["clip"] }), "CONFIG", /^gradient\[0\]/],
    [
      "a constraint of a normalised kernel",
      create({ layers: [{ type: "dense", units: 3, weightNormalization: true, kernelConstraint: "unitNorm" }] }),
      "CONFIG",
      /^layers\[0\]\.kernelConstraint: contradicts weightNormalization/,
    ],
    [
      "an empty range as constraint",
      create({ layers: [{ type: "dense", units: 3, biasConstraint: { type: "valueRange", min: 1, max: 0 } }] }),
      "CONFIG",
      /^layers\[0\]\.biasConstraint: expected min <= max, got 1 and 0/,
    ],
    [
      "two transforms that decide the same",
      create({ gradient: [{ type: "clipByNorm", maxNorm: 1 }, "normalizeGradient"] }),
      "CONFIG",
      /^gradient\[1\]: normalizeGradient and clipByNorm in gradient\[0\] both decide/,
    ],
    [
      "the same transform twice",
      create({ gradient: ["gradientNoise", { type: "gradientNoise", eta: 1 }] }),
      "CONFIG",
      /^gradient\[1\]: gradientNoise is there twice/,
    ],
    ["an optimizer of no arrays", () => Optimizer.create("adam", []), "CONFIG", /^tensors: /],
    [
      "an optimizer of an array without length",
      () => Optimizer.create("adam", [0]),
      "CONFIG",
      /^tensors\[0\]: .*got 0/,
    ],
    ["an optimizer beyond all memory", () => Optimizer.create("sgd", [[2 ** 16, 2 ** 16]]), "MEMORY", /4 GiB/],
    ["a search without a function", () => minimize(wrong(3), [1]), "CONFIG", /^minimize: expected a function/],
    ["a search from nowhere", () => minimize(() => 0, []), "DATA", /^x0: /],
    ["a search from NaN", () => minimize(() => 0, [Number.NaN]), "NON_FINITE", /^x0: /],
    [
      "a search with an unknown option",
      () => minimize(() => 0, [1], wrong({ steps: 3 })),
      "CONFIG",
      /^minimize: unknown option "steps"/,
    ],
    [
      "a search with a number as signal",
      () => minimize(() => 0, [1], { signal: wrong(3) }),
      "CONFIG",
      /^minimize\.signal/,
    ],
    ["a function without a value", () => minimize(() => wrong(undefined), [1]), "CONFIG", /must return a number/],
    ["a function that is NaN", () => minimize(() => Number.NaN, [1]), "NON_FINITE", /f is NaN at \[1\]/],
    [
      "a gradient of another length",
      () => minimize(() => 0, [1], { gradient: () => [1, 2] }),
      "SHAPE",
      /^gradient: expected shape \[1\], got \[2\]/,
    ],
    [
      "init with an unknown option",
      () => init(wrong({ wsm: 1 })),
      "CONFIG",
      /^init: unknown option "wsm"; did you mean "wasm"/,
    ],
    ["init with null", () => init(wrong({ wasm: null })), "CONFIG", /^init\.wasm: expected a URL/],
    [
      "init with bytes of something else",
      () => init({ wasm: new Uint8Array([1, 2, 3]) }),
      "FORMAT",
      /^init\.wasm: this is not downhill's core/,
    ],
    [
      "init with another module",
      () => init({ wasm: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) }),
      "FORMAT",
      /^init\.wasm: this is not downhill's core/,
    ],
    ["init with a page that is not there", () => init({ wasm: new Response("", { status: 404 }) }), "FORMAT", /404/],
  ])("%s", async (_, call, code, message) => {
    const error = await mistake(() => call(undefined), true);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test.each<Case<undefined>>([
    ["a data set without rows", () => Dataset.fromArrays([], []), "SHAPE", /^x: /],
    [
      "a data set of flat numbers",
      () => Dataset.fromArrays([1, 2], [1]),
      "SHAPE",
      /^x: 2 flat numbers do not say.*use matrix\(x/,
    ],
    ["a data set without targets", () => Dataset.fromArrays(x, wrong(undefined)), "DATA", /^y: expected labels/],
    ["a data set with too few labels", () => Dataset.fromArrays(x, [1, 2]), "SHAPE", /^y: expected 32 labels.*got 2/],
    [
      "a data set with too few rows of targets",
      () => Dataset.fromArrays(x, matrix([1, 2], [1, 2])),
      "SHAPE",
      /^y: expected shape \[32, 2\], got \[1, 2\]/,
    ],
    ["a data set with NaN in x", () => Dataset.fromArrays(withNaN(0), labels), "NON_FINITE", /^x: /],
    [
      "a data set with NaN in y",
      () => Dataset.fromArrays(x, numbers(64, 1).fill(Number.NaN, 11, 12)),
      "NON_FINITE",
      /^y: NaN at row 5/,
    ],
    [
      "a data set with words",
      () => Dataset.fromArrays(x, wrong(labels.map(String))),
      "DATA",
      /^y: expected a number at row 0/,
    ],
    [
      "a data set with an unknown option",
      () => Dataset.fromArrays(x, labels, wrong({ weights: [] })),
      "CONFIG",
      /unknown option "weights"/,
    ],
    [
      "a data set with negative weights",
      () => Dataset.fromArrays(x, labels, { sampleWeight: labels.map(() => -1) }),
      "DATA",
      /^sampleWeight/,
    ],
    ["a preview of a schedule that is none", () => schedulePreview(wrong({ type: "x" }), 3), "CONFIG", /^schedule: /],
    [
      "a preview after losses that are text",
      () => schedulePreview(constantRate(1), 3, { losses: wrong("321") }),
      "CONFIG",
      /^schedulePreview\.losses: expected an array, got "321"/,
    ],
    [
      "a preview after a loss that is NaN",
      () => schedulePreview(constantRate(1), 3, { losses: [1, Number.NaN] }),
      "CONFIG",
      /^schedulePreview\.losses\[1\]: /,
    ],
    ["a preview of half a step", () => schedulePreview({ type: "constantRate", rate: 1 }, 0.5), "CONFIG", /^steps: /],
  ])("%s", async (_, call, code, message) => {
    const error = await mistake(() => call(undefined));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test("says so when await was forgotten", async () => {
    const promised = wrong<Model>(Model.create(config));
    expect(() => promised.predict(x)).toThrow(TypeError); // JavaScript's own "predict is not a function": nothing of ours runs
    expect(wrong<Promise<Model>>(promised)).toBeInstanceOf(Promise);
    (await wrong<Promise<Model>>(promised)).dispose();
  });
});

describe("after dispose", () => {
  const calls: readonly [string, (model: Classifier) => unknown][] = [
    ["trainOnBatch", (model) => model.trainOnBatch(x, labels)],
    ["evaluate", (model) => model.evaluate(x, labels)],
    ["predict", (model) => model.predict(x)],
    ["predictInto", (model) => model.predictInto(x, new Float32Array(96))],
    ["predictClasses", (model) => model.predictClasses(x)],
    ["forward", (model) => model.forward(x)],
    ["gradients", (model) => model.gradients(x, labels)],
    ["checkGradients", (model) => model.checkGradients(x, labels)],
    ["diagnose", (model) => model.diagnose(x, labels)],
    ["parameters", (model) => model.parameters()],
    ["setParameters", (model) => model.setParameters([])],
    ["freeze", (model) => model.freeze("bias")],
    ["unfreeze", (model) => model.unfreeze("bias")],
    ["compile", (model) => model.compile({})],
    ["reset", (model) => model.reset()],
    ["summary", (model) => model.summary()],
    ["save", (model) => model.save()],
    ["clone", (model) => model.clone()],
    ["toJSON", (model) => model.toJSON()],
    ["epochsDone", (model) => model.epochsDone],
    ["insertLayer", (model) => model.insertLayer(0, activation("relu"))],
    ["growDense", (model) => model.growDense(0, 99)],
    ["prune", (model) => model.prune(0.5)],
    ["unprune", (model) => model.unprune()],
  ];
  test("every method of a model says so, and dispose does nothing", async () => {
    const model = await trained();
    model.dispose();
    model.dispose();
    model[Symbol.dispose]();
    for (const [name, call] of calls) {
      expect(() => call(model as unknown as Classifier), name).toThrow(
        expect.objectContaining({ code: "DISPOSED", message: "Model: used after dispose()" }),
      );
    }
    expect((await mistake(() => model.fit(x, labels), true)).code).toBe("DISPOSED");
  });
  test("the list above is complete", () => {
    const methods = Object.getOwnPropertyNames(Model.prototype).filter(
      (name) => !["constructor", "fit", "dispose"].includes(name),
    );
    expect(calls.map(([name]) => name).sort()).toEqual(methods.sort());
  });
  test("every method of an optimizer says so, and dispose does nothing", async () => {
    const optimizer = await Optimizer.create("adam", [2]);
    const state = optimizer.state();
    optimizer.dispose();
    optimizer.dispose();
    optimizer[Symbol.dispose]();
    const pair = [new Float32Array(2)];
    const used: readonly (() => unknown)[] = [
      () => optimizer.step(pair, pair),
      () => optimizer.observeLoss(1),
      () => optimizer.evaluationParameters(pair),
      () => optimizer.stepCount,
      () => optimizer.learningRate,
      () => {
        optimizer.learningRate = 1;
      },
      () => optimizer.state(),
      () => optimizer.loadState(state),
      () => optimizer.reset(),
    ];
    for (const call of used)
      expect(call).toThrow(expect.objectContaining({ code: "DISPOSED", message: "Optimizer: used after dispose()" }));
  });
});

describe("during a fit", () => {
  test("what would change the course of it is BusyError, what reads is allowed", async () => {
    const model = await trained();
    const refused: unknown[] = [];
    const attempt = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        refused.push(error);
      }
    };
    await model.fit(x, labels, {
      callbacks: [
        {
          async onBatchEnd() {
            attempt(() => model.trainOnBatch(x, labels));
            attempt(() => model.compile({ loss: "sparseCategoricalCrossEntropy" }));
            attempt(() => model.reset());
            refused.push(await model.fit(x, labels).catch((error: unknown) => error));
            model.predict(x);
            model.evaluate(x, labels);
            model.gradients(x, labels);
            model.parameters();
            model.save();
            model.summary();
          },
        },
      ],
    });
    expect(refused).toHaveLength(4);
    for (const error of refused) expect(error).toBeInstanceOf(BusyError);
    expect((refused[0] as BusyError).message).toMatch(/^trainOnBatch: a fit of this model is under way; wait for it/);
    await model.fit(x, labels);
  });

  test("reading changes nothing of its course", async () => {
    const [watched, alone] = [await Model.create(config), await Model.create(config)];
    const read = {
      onBatchEnd() {
        watched.predict(x);
        watched.evaluate(x, labels);
        watched.gradients(x, labels);
        watched.checkGradients(x, labels, { perParameter: 1 });
        watched.clone().dispose();
      },
    };
    const a = await watched.fit(x, labels, { epochs: 3, batchSize: 8, callbacks: [read], validationSplit: 0.25 });
    const b = await alone.fit(x, labels, { epochs: 3, batchSize: 8, validationSplit: 0.25 });
    expect(watched.save()).toEqual(alone.save());
    const bare = (history: typeof a) => history.epochs.map(({ durationMs: _, ...logs }) => logs);
    expect(bare(a)).toEqual(bare(b));
  });

  test("evaluate while it validates disturbs neither", async () => {
    // Enough rows that the validation lets the event loop run in between.
    const many = 60_000;
    const wide = matrix(numbers(many * 4, 8), [many, 4]);
    const classes = Array.from({ length: many }, (_, i) => i % 3);
    const make = () =>
      Model.create({
        inputs: 4,
        layers: [dense(128, { activation: "gelu" }), dense(128, { activation: "gelu" }), dense(3)],
        loss: "sparseCategoricalCrossEntropy",
        metrics: ["accuracy"],
      });
    const [disturbed, alone] = [await make(), await make()];
    let evaluations = 0;
    let running = true;
    const wanted: number[] = [];
    const before = alone.evaluate(x, labels).loss;
    const disturb = async () => {
      while (running) {
        await new Promise((done) => setTimeout(done, 0));
        if (running) wanted.push(disturbed.evaluate(x, labels).loss);
        evaluations += 1;
        if (evaluations > 5) break; // each makes the validation start again
      }
    };
    const options = { epochs: 1, batchSize: "full", validationData: [wide, classes], schedule: () => 0 } as const;
    const [a] = await Promise.all([
      disturbed.fit(x, labels, options).finally(() => {
        running = false;
      }),
      disturb(),
    ]);
    const b = await alone.fit(x, labels, options);
    expect(evaluations).toBeGreaterThan(1);
    expect(new Set(wanted)).toEqual(new Set([before]));
    expect([a.epochs[0]?.val_loss, a.epochs[0]?.val_accuracy]).toEqual([
      b.epochs[0]?.val_loss,
      b.epochs[0]?.val_accuracy,
    ]);
  });

  test("dispose ends it with a DisposedError, and the memory is freed", async () => {
    const model = await trained();
    const running = model.fit(x, labels, {
      epochs: 1e6,
      callbacks: [{ onEpochEnd: (epoch) => (epoch === 3 ? model.dispose() : undefined) }],
    });
    expect((await mistake(() => running, true)).code).toBe("DISPOSED");
    expect(() => model.predict(x)).toThrow(expect.objectContaining({ code: "DISPOSED" }));
    const silent = await trained();
    const other = silent.fit(x, labels, { epochs: 1e6 });
    setTimeout(() => silent.dispose(), 20);
    expect((await mistake(() => other, true)).code).toBe("DISPOSED");
  });

  test("dispose of the data set waits for its end", async () => {
    const [model, twin] = [await trained(), await trained()];
    const data = Dataset.fromArrays(x, labels);
    const share = {
      name: "mean",
      compute: (_: unknown, target: { data: Float32Array }) => target.data.reduce((a, b) => a + b),
    } as const;
    model.compile({ metrics: [share] });
    const dispose = { onEpochBegin: () => data.dispose() };
    const { epochs } = await model.fit(data, { epochs: 3, validationSplit: 0.25, callbacks: [dispose] });
    expect((epochs[2] as unknown as { mean: number }).mean).toBe(labels.slice(0, 24).reduce((a, b) => a + b));
    await twin.fit(x, labels, { epochs: 3, validationSplit: 0.25 });
    expect(model.parameters()).toEqual(twin.parameters());
    expect((await mistake(() => model.fit(data), true)).code).toBe("DISPOSED");
  });

  test("a callback that throws ends it with what it threw, and the model goes on", async () => {
    const model = await trained();
    const broken = new Error("mine");
    await expect(model.fit(x, labels, { callbacks: [{ onEpochEnd: () => Promise.reject(broken) }] })).rejects.toBe(
      broken,
    );
    await model.fit(x, labels);
    expect(model.evaluate(x, labels).loss).toBeGreaterThan(0);
  });
});

test("a gradient or an update that overflows changes nothing", async () => {
  const layers = [dense(4, { activation: "relu" }), batchNormalization(), dense(1)];
  const model = await Model.create({ inputs: 4, layers, loss: "meanSquaredError", optimizer: sgd({ momentum: 0.9 }) });
  model.trainOnBatch(x, numbers(rows, 4));
  const before = model.save();
  expect(() => model.trainOnBatch(x, numbers(rows, 4, 2 ** 120))).toThrow(
    expect.objectContaining({ code: "NON_FINITE" }),
  );
  expect(model.save()).toEqual(before);
  // The gradient is finite, the update overflows.
  model.compile({ optimizer: sgd({ learningRate: 3e38 }) });
  const compiled = model.save();
  expect(() => model.trainOnBatch(x, numbers(rows, 4, 1024))).toThrow(
    expect.objectContaining({ code: "NON_FINITE", message: expect.stringMatching(/^layers\./) }),
  );
  expect(model.save()).toEqual(compiled);
});
