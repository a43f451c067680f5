import { describe, expect, expectTypeOf, it } from "vitest";
import * as activations from "../../ts/config/activations.js";
import * as constraints from "../../ts/config/constraints.js";
import * as initializers from "../../ts/config/initializers.js";
import * as layers from "../../ts/config/layers.js";
import * as losses from "../../ts/config/losses.js";
import * as metrics from "../../ts/config/metrics.js";
import * as factories from "../../ts/config/optimizers/factories.js";
import * as table from "../../ts/config/optimizers/index.js";
import * as regularizers from "../../ts/config/regularizers.js";
import * as schedules from "../../ts/config/schedules.js";
import * as transforms from "../../ts/config/transforms.js";
import { ConfigError } from "../../ts/errors.js";
import rules from "./optimizer-rules.json" with { type: "json" };

const optimizers = { ...factories, ...table };

type Normalize = (value: unknown, path: string) => { readonly type: string };

const makers = new Map<string, unknown>(Object.entries(factories));

/** What each factory returns, all defaults written out: what numerics and the contract promise. */
const everyConfig: readonly (readonly [Normalize, { readonly type: string }, object])[] = [
  [activations.normalizeActivation, activations.leakyRelu(), { type: "leakyRelu", slope: 0.01 }],
  [activations.normalizeActivation, activations.elu(), { type: "elu", alpha: 1 }],
  [activations.normalizeActivation, activations.prelu(), { type: "prelu", initial: 0.25 }],
  [activations.normalizeActivation, activations.prelu({ initial: 0.1 }), { type: "prelu", initial: 0.1 }],
  [initializers.normalizeInitializer, initializers.zeros(), { type: "zeros" }],
  [initializers.normalizeInitializer, initializers.ones(), { type: "ones" }],
  [initializers.normalizeInitializer, initializers.constant(0.1), { type: "constant", value: 0.1 }],
  [initializers.normalizeInitializer, initializers.constant(), { type: "constant", value: 0 }],
  [initializers.normalizeInitializer, initializers.randomNormal(), { type: "randomNormal", mean: 0, stddev: 0.05 }],
  [initializers.normalizeInitializer, initializers.randomUniform(), { type: "randomUniform", min: -0.05, max: 0.05 }],
  [
    initializers.normalizeInitializer,
    initializers.truncatedNormal({ stddev: 0.02 }),
    { type: "truncatedNormal", mean: 0, stddev: 0.02 },
  ],
  [initializers.normalizeInitializer, initializers.glorotNormal(), { type: "glorotNormal" }],
  [initializers.normalizeInitializer, initializers.glorotUniform(), { type: "glorotUniform" }],
  [initializers.normalizeInitializer, initializers.heNormal(), { type: "heNormal" }],
  [initializers.normalizeInitializer, initializers.heUniform(), { type: "heUniform" }],
  [initializers.normalizeInitializer, initializers.lecunNormal(), { type: "lecunNormal" }],
  [initializers.normalizeInitializer, initializers.lecunUniform(), { type: "lecunUniform" }],
  [initializers.normalizeInitializer, initializers.orthogonal(), { type: "orthogonal", gain: 1 }],
  [initializers.normalizeInitializer, initializers.identity({ gain: 2 }), { type: "identity", gain: 2 }],
  [constraints.normalizeConstraint, constraints.maxNorm(), { type: "maxNorm", maxValue: 2 }],
  [constraints.normalizeConstraint, constraints.maxNorm(3), { type: "maxNorm", maxValue: 3 }],
  [constraints.normalizeConstraint, constraints.maxNorm({ maxValue: 4 }), { type: "maxNorm", maxValue: 4 }],
  [constraints.normalizeConstraint, constraints.unitNorm(), { type: "unitNorm" }],
  [constraints.normalizeConstraint, constraints.nonNegative(), { type: "nonNegative" }],
  [
    constraints.normalizeConstraint,
    constraints.valueRange({ min: -0.01, max: 0.02 }),
    { type: "valueRange", min: -0.01, max: 0.02 },
  ],
  [
    layers.normalizeLayer,
    layers.dense(2, { kernelConstraint: "nonNegative", biasConstraint: constraints.maxNorm(1) }),
    {
      type: "dense",
      units: 2,
      activation: "linear",
      useBias: true,
      kernelInitializer: "glorotUniform",
      biasInitializer: "zeros",
      kernelConstraint: { type: "nonNegative" },
      biasConstraint: { type: "maxNorm", maxValue: 1 },
      weightNormalization: false,
    },
  ],
  [regularizers.normalizeRegularizer, regularizers.l1(0.1), { type: "l1", l1: 0.1 }],
  [regularizers.normalizeRegularizer, regularizers.l2(), { type: "l2", l2: 0.01 }],
  [regularizers.normalizeRegularizer, regularizers.l1l2({ l2: 0.1 }), { type: "l1l2", l1: 0, l2: 0.1 }],
  [
    layers.normalizeLayer,
    layers.dense(16),
    {
      type: "dense",
      units: 16,
      activation: "linear",
      useBias: true,
      kernelInitializer: "glorotUniform",
      biasInitializer: "zeros",
      weightNormalization: false,
    },
  ],
  [
    layers.normalizeLayer,
    layers.dense(3, {
      activation: activations.leakyRelu({ slope: 0.2 }),
      useBias: false,
      kernelInitializer: initializers.randomNormal(),
      biasInitializer: "ones",
      kernelRegularizer: regularizers.l2(0.5),
      biasRegularizer: "l1",
      name: "head",
    }),
    {
      type: "dense",
      units: 3,
      activation: { type: "leakyRelu", slope: 0.2 },
      useBias: false,
      kernelInitializer: { type: "randomNormal", mean: 0, stddev: 0.05 },
      biasInitializer: "ones",
      kernelRegularizer: { type: "l2", l2: 0.5 },
      biasRegularizer: { type: "l1", l1: 0.01 },
      weightNormalization: false,
      name: "head",
    },
  ],
  [layers.normalizeLayer, layers.activation("relu"), { type: "activation", activation: "relu" }],
  [
    layers.normalizeLayer,
    layers.normalization({ mean: [1, 2], standardDeviation: new Float32Array([0.5, 4]) }),
    { type: "normalization", mean: [1, 2], standardDeviation: [0.5, 4] },
  ],
  [layers.normalizeLayer, layers.dropout(0.5, { name: "drop" }), { type: "dropout", rate: 0.5, name: "drop" }],
  [layers.normalizeLayer, layers.alphaDropout(0.1), { type: "alphaDropout", rate: 0.1 }],
  [layers.normalizeLayer, layers.gaussianNoise(0.1), { type: "gaussianNoise", stddev: 0.1 }],
  [layers.normalizeLayer, layers.batchNormalization(), { type: "batchNormalization", momentum: 0.99, epsilon: 1e-3 }],
  [layers.normalizeLayer, layers.layerNormalization(), { type: "layerNormalization", epsilon: 1e-3 }],
  [
    layers.normalizeLayer,
    layers.residual([layers.dropout(0.1), layers.residual([layers.activation("tanh")])]),
    {
      type: "residual",
      layers: [
        { type: "dropout", rate: 0.1 },
        { type: "residual", layers: [{ type: "activation", activation: "tanh" }] },
      ],
    },
  ],
  [losses.normalizeLoss, losses.meanSquaredError(), { type: "meanSquaredError" }],
  [losses.normalizeLoss, losses.meanAbsoluteError(), { type: "meanAbsoluteError" }],
  [losses.normalizeLoss, losses.huber(), { type: "huber", delta: 1 }],
  [losses.normalizeLoss, losses.logCosh(), { type: "logCosh" }],
  [losses.normalizeLoss, losses.binaryCrossEntropy(), { type: "binaryCrossEntropy", labelSmoothing: 0 }],
  [
    losses.normalizeLoss,
    losses.categoricalCrossEntropy({ labelSmoothing: 0.1 }),
    { type: "categoricalCrossEntropy", labelSmoothing: 0.1 },
  ],
  [
    losses.normalizeLoss,
    losses.sparseCategoricalCrossEntropy(),
    { type: "sparseCategoricalCrossEntropy", labelSmoothing: 0 },
  ],
  [losses.normalizeLoss, losses.klDivergence(), { type: "klDivergence" }],
  [losses.normalizeLoss, losses.hinge(), { type: "hinge" }],
  [losses.normalizeLoss, losses.poisson(), { type: "poisson" }],
  [metrics.normalizeMetric, metrics.accuracy(), { type: "accuracy", threshold: 0.5 }],
  [metrics.normalizeMetric, metrics.precision(), { type: "precision", threshold: 0.5 }],
  [metrics.normalizeMetric, metrics.recall({ threshold: 0.1 }), { type: "recall", threshold: 0.1 }],
  [metrics.normalizeMetric, metrics.f1(), { type: "f1", threshold: 0.5 }],
  [metrics.normalizeMetric, metrics.topKAccuracy(), { type: "topKAccuracy", k: 5 }],
  [metrics.normalizeMetric, metrics.auc(), { type: "auc" }],
  [metrics.normalizeMetric, losses.meanAbsoluteError(), { type: "meanAbsoluteError" }],
  [metrics.normalizeMetric, metrics.rootMeanSquaredError(), { type: "rootMeanSquaredError" }],
  [
    optimizers.normalizeOptimizer,
    optimizers.lookahead("sgd"),
    { type: "lookahead", optimizer: optimizers.sgd(), k: 5, alpha: 0.5 },
  ],
  [optimizers.normalizeOptimizer, optimizers.ema(), { type: "ema", optimizer: optimizers.adam(), decay: 0.999 }],
  [
    optimizers.normalizeOptimizer,
    optimizers.ema({ decay: 0.9 }),
    { type: "ema", optimizer: optimizers.adam(), decay: 0.9 },
  ],
  [
    optimizers.normalizeOptimizer,
    optimizers.ema("sgd", { decay: 0.9 }),
    { type: "ema", optimizer: optimizers.sgd(), decay: 0.9 },
  ],
  [
    optimizers.normalizeOptimizer,
    optimizers.switchAt(3, "adam", optimizers.sgd()),
    { type: "switchAt", step: 3, first: optimizers.adam(), second: optimizers.sgd() },
  ],
  [
    optimizers.normalizeOptimizer,
    optimizers.perParameter([
      ["bias", "sgd"],
      [["a", "b"], "adam"],
    ]),
    {
      type: "perParameter",
      rules: [
        ["bias", optimizers.sgd()],
        [["a", "b"], optimizers.adam()],
      ],
    },
  ],
  [metrics.normalizeMetric, metrics.r2(), { type: "r2" }],
  ...rules.map(({ type, learningRate, options }) => {
    const own = Object.fromEntries(options.map(([name, fallback]) => [name, fallback]));
    const make = makers.get(type) as () => table.OptimizerConfig;
    return [optimizers.normalizeOptimizer, make(), { type, learningRate, excludeFromDecay: [], ...own }] as const;
  }),
  [
    optimizers.normalizeOptimizer,
    optimizers.adamw({ excludeFromDecay: "bias", learningRate: schedules.cosineDecay({ initial: 0.1, steps: 9 }) }),
    {
      type: "adamw",
      learningRate: { type: "cosineDecay", initial: 0.1, end: 0, steps: 9 },
      weightDecay: 0.01,
      excludeFromDecay: ["bias"],
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      amsgrad: false,
      biasCorrection: true,
      epsilonHat: false,
    },
  ],
  [transforms.normalizeTransform, transforms.clipByValue(0.5), { type: "clipByValue", value: 0.5 }],
  [transforms.normalizeTransform, transforms.clipByNorm(1), { type: "clipByNorm", maxNorm: 1 }],
  [transforms.normalizeTransform, transforms.clipByGlobalNorm(2), { type: "clipByGlobalNorm", maxNorm: 2 }],
  [transforms.normalizeTransform, transforms.adaptiveClip(), { type: "adaptiveClip", lambda: 0.01, epsilon: 1e-3 }],
  [transforms.normalizeTransform, transforms.adaptiveClip(0.1), { type: "adaptiveClip", lambda: 0.1, epsilon: 1e-3 }],
  [transforms.normalizeTransform, transforms.normalizeGradient(), { type: "normalizeGradient", per: "model" }],
  [transforms.normalizeTransform, transforms.centralizeGradient(), { type: "centralizeGradient" }],
  [transforms.normalizeTransform, transforms.gradientNoise(), { type: "gradientNoise", eta: 0.01, gamma: 0.55 }],
  [transforms.normalizeTransform, transforms.gradientNoise(0.3), { type: "gradientNoise", eta: 0.3, gamma: 0.55 }],
  [schedules.normalizeSchedule, schedules.constantRate(0.1), { type: "constantRate", rate: 0.1 }],
  [
    schedules.normalizeSchedule,
    schedules.polynomialDecay({ initial: 0.1, steps: 10 }),
    { type: "polynomialDecay", initial: 0.1, end: 0, steps: 10, power: 1 },
  ],
  [
    schedules.normalizeSchedule,
    schedules.exponentialDecay({ initial: 0.1, rate: 0.5, steps: 10 }),
    { type: "exponentialDecay", initial: 0.1, rate: 0.5, steps: 10, staircase: false },
  ],
  [
    schedules.normalizeSchedule,
    schedules.inverseTimeDecay({ initial: 0.1, rate: 0.5, steps: 10 }),
    { type: "inverseTimeDecay", initial: 0.1, rate: 0.5, steps: 10, staircase: false },
  ],
  [
    schedules.normalizeSchedule,
    schedules.stepDecay({ initial: 0.1, steps: 10 }),
    { type: "stepDecay", initial: 0.1, factor: 0.1, steps: 10 },
  ],
  [
    schedules.normalizeSchedule,
    schedules.piecewiseConstant({ boundaries: [5], values: [0.1, 0.01] }),
    { type: "piecewiseConstant", boundaries: [5], values: [0.1, 0.01] },
  ],
  [
    schedules.normalizeSchedule,
    schedules.oneCycle({ max: 0.5, steps: 10 }),
    {
      type: "oneCycle",
      max: 0.5,
      steps: 10,
      initial: 0.02,
      end: 0.000002,
      rise: 0.3,
      cycleMomentum: true,
      maxMomentum: 0.95,
      minMomentum: 0.85,
    },
  ],
  [
    schedules.normalizeSchedule,
    schedules.inverseSquareRoot({ initial: 0.1, steps: 10 }),
    { type: "inverseSquareRoot", initial: 0.1, steps: 10 },
  ],
  [
    schedules.normalizeSchedule,
    schedules.cosineRestarts({ initial: 0.1, period: 10 }),
    { type: "cosineRestarts", initial: 0.1, end: 0, period: 10, growth: 1, decay: 1 },
  ],
  [
    schedules.normalizeSchedule,
    schedules.cyclical({ initial: 0.01, max: 0.1, steps: 10 }),
    { type: "cyclical", initial: 0.01, max: 0.1, steps: 10, stepsDown: 10, policy: "triangular", decay: 1 },
  ],
  [
    schedules.normalizeSchedule,
    schedules.warmupStableDecay({ max: 0.1, warmupSteps: 0, stableSteps: 5, decaySteps: 10 }),
    {
      type: "warmupStableDecay",
      max: 0.1,
      warmupSteps: 0,
      stableSteps: 5,
      decaySteps: 10,
      initial: 0,
      end: 0,
      shape: "linear",
    },
  ],
  [
    schedules.normalizeSchedule,
    schedules.sequence([schedules.constantRate(0.1), schedules.constantRate(0.2)], { boundaries: [3] }),
    {
      type: "sequence",
      schedules: [
        { type: "constantRate", rate: 0.1 },
        { type: "constantRate", rate: 0.2 },
      ],
      boundaries: [3],
    },
  ],
  [
    schedules.normalizeSchedule,
    schedules.reduceOnPlateau({ initial: 0.1 }),
    {
      type: "reduceOnPlateau",
      initial: 0.1,
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "relative",
      cooldown: 0,
      minRate: 0,
      epsilon: 1e-8,
      monitor: "loss",
    },
  ],
  [
    schedules.normalizeSchedule,
    schedules.warmup(schedules.constantRate(0.1), { steps: 4 }),
    { type: "warmup", schedule: { type: "constantRate", rate: 0.1 }, steps: 4, from: 0, shape: "linear" },
  ],
  [
    schedules.normalizeSchedule,
    schedules.restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.9 }),
    { type: "restartOnLoss", threshold: 0.5, initial: 0.1, decay: 0.9, steps: 1, end: 0, thresholdFactor: 1 },
  ],
];

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("expected a ConfigError, nothing was thrown");
}

describe.each(everyConfig.map(([normalize, made, expected]) => ({ type: made.type, normalize, made, expected })))(
  "$type",
  ({ normalize, made, expected }) => {
    it("fills in the promised defaults", () => expect(made).toStrictEqual(expected));

    it("is frozen to the bottom", () => expect(isDeeplyFrozen(made)).toBe(true));

    it("survives JSON and is read back as itself", () => {
      const copy: unknown = JSON.parse(JSON.stringify(made));
      expect(copy).toStrictEqual(made);
      expect(normalize(copy, "config")).toStrictEqual(made);
    });

    it("refuses an option that it does not have, by name", () => {
      expect(messageOf(() => normalize({ ...made, temprature: 1 }, "config"))).toMatch(
        `config: unknown option "temprature" of ${made.type}`,
      );
    });
  },
);

describe("families", () => {
  it("refuse NaN wherever a config holds a number", () => {
    const numbers = everyConfig.flatMap(([normalize, made]) =>
      Object.entries(made).flatMap(([key, value]) => (typeof value === "number" ? [{ normalize, made, key }] : [])),
    );
    expect(numbers.length).toBeGreaterThan(50);
    for (const { normalize, made, key } of numbers) {
      expect(messageOf(() => normalize({ ...made, [key]: Number.NaN }, "config"))).toMatch(`config.${key}: expected `);
    }
  });

  it("cover every name of the contract, in the order of the core's codes", () => {
    expect(activations.activationNames.join(" ")).toBe(
      "linear relu leakyRelu prelu elu selu gelu geluTanh silu mish softplus softsign sigmoid hardSigmoid tanh softmax",
    );
    expect(initializers.initializerNames.join(" ")).toBe(
      "zeros ones constant randomNormal randomUniform truncatedNormal glorotNormal glorotUniform heNormal heUniform " +
        "lecunNormal lecunUniform orthogonal identity",
    );
    expect(losses.lossNames.join(" ")).toBe(
      "meanSquaredError meanAbsoluteError huber logCosh binaryCrossEntropy categoricalCrossEntropy " +
        "sparseCategoricalCrossEntropy klDivergence hinge poisson",
    );
    expect([...metrics.metricNames].sort().join(" ")).toBe(
      "accuracy auc f1 meanAbsoluteError precision r2 recall rootMeanSquaredError topKAccuracy",
    );
    expect(optimizers.optimizerNames.join(" ")).toBe(
      "sgd adagrad rmsprop adam adamw adadelta adamax nadam radam lion lars lamb rprop asgd adabelief yogi adan scheduleFreeAdamW prodigy adafactor muon",
    );
    expect(transforms.transformNames.join(" ")).toBe(
      "clipByValue clipByNorm clipByGlobalNorm adaptiveClip normalizeGradient centralizeGradient gradientNoise",
    );
  });

  it("take every plain name", () => {
    for (const name of activations.activationNames) {
      expect(activations.normalizeActivation(name, "a").type).toBe(name);
      expect(layers.dense(1, { activation: name }).activation).toBe(name);
    }
    for (const name of initializers.initializerNames) {
      expect(layers.dense(1, { kernelInitializer: name }).kernelInitializer).toBe(name);
    }
    for (const name of losses.lossNames) expect(losses.normalizeLoss(name, "loss").type).toBe(name);
    for (const name of metrics.metricNames) expect(metrics.normalizeMetric(name, "m").type).toBe(name);
    for (const name of optimizers.optimizerNames) expect(optimizers.normalizeOptimizer(name, "o").type).toBe(name);
  });

  it("read hand-written JSON as the factories do", () => {
    expect(layers.normalizeLayer({ type: "dense", units: 8, activation: "relu" }, "layers[0]")).toStrictEqual(
      layers.dense(8, { activation: "relu" }),
    );
    expect(optimizers.normalizeOptimizer({ type: "adam" }, "optimizer")).toStrictEqual(optimizers.adam());
  });

  it("take undefined for an option that is left out", () => {
    const given: object = { type: "dense", units: 2, activation: undefined, name: undefined };
    expect(layers.normalizeLayer(given, "l")).toStrictEqual(layers.dense(2));
  });

  it("neither freeze nor share what the user gave", () => {
    const mean = [1, 2];
    const excludeFromDecay = ["bias"];
    const schedule = { type: "constantRate", rate: 0.1 } as const;
    layers.normalization({ mean, standardDeviation: [1, 1] });
    const made = optimizers.adam({ learningRate: schedule, excludeFromDecay });
    expect([mean, excludeFromDecay, schedule].some((value) => Object.isFrozen(value))).toBe(false);
    excludeFromDecay.push("kernel");
    expect(made.excludeFromDecay).toEqual(["bias"]);
  });

  it("know nothing that Object.prototype has", () => {
    for (const type of ["constructor", "toString", "__proto__"]) {
      expect(messageOf(() => losses.normalizeLoss(type, "loss"))).toMatch(`loss: unknown name "${type}"`);
    }
  });
});

describe("types", () => {
  it("of configs keep the literal type and lose the question marks", () => {
    expectTypeOf(optimizers.adam().type).toEqualTypeOf<"adam">();
    expectTypeOf(optimizers.adam().beta1).toEqualTypeOf<number>();
    expectTypeOf(losses.huber().delta).toEqualTypeOf<number>();
    expectTypeOf(layers.dense(1).units).toEqualTypeOf<number>();
    expectTypeOf<metrics.NameOfMetric<"accuracy">>().toEqualTypeOf<"accuracy">();
    expectTypeOf<metrics.NameOfMetric<metrics.TopKAccuracyConfig>>().toEqualTypeOf<"topKAccuracy">();
    expectTypeOf<metrics.NameOfMetric<metrics.CustomMetric<"bias">>>().toEqualTypeOf<"bias">();
  });
});
