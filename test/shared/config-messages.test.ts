import { describe, expect, it } from "vitest";
import { maxNesting } from "../../ts/check.js";
import { elu, normalizeActivation } from "../../ts/config/activations.js";
import { maxNorm, valueRange } from "../../ts/config/constraints.js";
import { constant, randomNormal, randomUniform } from "../../ts/config/initializers.js";
import {
  activation,
  batchNormalization,
  dense,
  dropout,
  normalization,
  normalizeLayer,
  residual,
} from "../../ts/config/layers.js";
import { huber, normalizeLoss, sparseCategoricalCrossEntropy } from "../../ts/config/losses.js";
import { accuracy, metricName, normalizeMetric, topKAccuracy } from "../../ts/config/metrics.js";
import { adam, rprop, sgd } from "../../ts/config/optimizers/factories.js";
import { normalizeOptimizer } from "../../ts/config/optimizers/index.js";
import { l1l2, l2, regularizerStrengths } from "../../ts/config/regularizers.js";
import {
  constantRate,
  cosineDecay,
  cyclical,
  piecewiseConstant,
  polynomialDecay,
  reduceOnPlateau,
  restartOnLoss,
  scheduleNames,
  sequence,
  warmup,
} from "../../ts/config/schedules.js";
import {
  adaptiveClip,
  clipByNorm,
  gradientNoise,
  normalizeGradient,
  normalizeTransform,
  normalizeTransforms,
} from "../../ts/config/transforms.js";
import { ConfigError } from "../../ts/errors.js";

/** Calls a factory with arguments that its types forbid. */
function loosely(factory: (...given: never[]) => unknown, ...given: unknown[]): () => unknown {
  return () => (factory as (...given: unknown[]) => unknown)(...given);
}

function expectMessage(act: () => unknown, message: string): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  expect((thrown as ConfigError).message).toBe(message);
}

describe("a factory says what was wrong", () => {
  it.each<[() => unknown, string]>([
    [
      loosely(adam, { learningrate: 0.1 }),
      'adam: unknown option "learningrate"; did you mean "learningRate"? Options: learningRate, weightDecay, ' +
        "excludeFromDecay, preset, beta1, beta2, epsilon, amsgrad, biasCorrection, epsilonHat",
    ],
    [loosely(adam, 0.01), "adam: expected an object with options, got 0.01; write { learningRate: 0.01 }"],
    [loosely(adam, null), "adam: expected an object with options, got null"],
    [() => adam({ learningRate: -1 }), "adam.learningRate: expected a finite number >= 0, got -1"],
    [() => adam({ beta2: 1 }), "adam.beta2: expected a finite number >= 0 and < 1, got 1"],
    [
      loosely(adam, { learningRate: () => 1 }),
      "adam.learningRate: expected a number or a schedule, got a function; give that to fit({ schedule })",
    ],
    [loosely(adam, { learningRate: { type: "cosineDecay", initial: 1 } }), "adam.learningRate.steps: must be given"],
    [loosely(adam, { amsgrad: 1 }), "adam.amsgrad: expected true or false, got 1"],
    [
      loosely(adam, { excludeFromDecay: ["bias", ""] }),
      'adam.excludeFromDecay[1]: expected a string that is not empty, got ""',
    ],
    [() => sgd({ nesterov: true }), "sgd: nesterov needs a momentum > 0"],
    [() => sgd({ nesterov: true, momentum: 0.9, dampening: 0.1 }), "sgd: nesterov needs dampening 0, got 0.1"],
    [
      () => sgd({ nesterov: true, momentum: 0.9, form: "ema" }),
      'sgd: nesterov needs the form "torch" or "keras", got "ema"',
    ],
    [
      () => sgd({ momentum: 0.9, dampening: 0.1, form: "keras" }),
      'sgd: dampening belongs to the form "torch", got the form "keras"; leave it out',
    ],
    [loosely(sgd, { form: "tensorflow" }), 'sgd.form: unknown value "tensorflow". One of: torch, keras, ema'],
    [loosely(rprop, { etas: 0.5 }), "rprop.etas: expected an array, got 0.5"],
    [loosely(rprop, { etas: [0.5] }), "rprop.etas: expected two numbers, got [0.5]"],
    [() => rprop({ etas: [1.2, 0.5] }), "rprop.etas: expected [0 < shrink < 1, grow > 1], got [1.2, 0.5]"],
    [() => rprop({ stepSizes: [1, 0.1] }), "rprop.stepSizes: expected [smallest, largest], got [1, 0.1]"],
    [() => dense(0), "dense.units: expected a whole number >= 1 and <= 4294967295, got 0"],
    [() => dense(2.5), "dense.units: expected a whole number >= 1 and <= 4294967295, got 2.5"],
    [loosely(dense), "dense.units: must be given"],
    [loosely(dense, 3, "relu"), 'dense: expected an object with options, got "relu"'],
    [loosely(dense, 3, { weightNormalization: "on" }), 'dense.weightNormalization: expected true or false, got "on"'],
    [
      () => dense(3, { weightNormalization: true, kernelConstraint: maxNorm(3) }),
      "dense.kernelConstraint: contradicts weightNormalization: the length of a unit's kernel has no effect there; leave one of them out",
    ],
    [
      () => dense(3, { weightNormalization: true, kernelRegularizer: "l2" }),
      "dense.kernelRegularizer: contradicts weightNormalization: the length of a unit's kernel has no effect there; leave one of them out",
    ],
    [
      () => dense(3, { weightNormalization: true, kernelInitializer: "zeros" }),
      "dense.kernelInitializer: weightNormalization needs a kernel with a direction, not zeros",
    ],
    [
      () => dense(3, { weightNormalization: true, kernelInitializer: constant(0) }),
      "dense.kernelInitializer: weightNormalization needs a kernel with a direction, not zeros",
    ],
    [
      loosely(dense, 3, { kernelConstraint: "maxnorm" }),
      'dense.kernelConstraint: unknown name "maxnorm"; did you mean "maxNorm"? Known: maxNorm, unitNorm, nonNegative, valueRange',
    ],
    [loosely(dense, 3, { biasConstraint: "valueRange" }), "dense.biasConstraint.min: must be given"],
    [() => maxNorm(0), "maxNorm.maxValue: expected a finite number > 0, got 0"],
    [() => valueRange({ min: 1, max: -1 }), "valueRange: expected min <= max, got 1 and -1"],
    [
      () => valueRange({ min: 0, max: Number.POSITIVE_INFINITY }),
      "valueRange.max: expected a finite number >= -3.4028234663852886e+38 and <= 3.4028234663852886e+38, got Infinity",
    ],
    [
      loosely(dense, 3, { activation: elu, name: "a" }),
      namesMessage("dense.activation", "the function elu; write elu(…)"),
    ],
    [() => dropout(1), "dropout.rate: expected a finite number >= 0 and < 1, got 1"],
    [() => batchNormalization({ epsilon: 0 }), "batchNormalization.epsilon: expected a finite number > 0, got 0"],
    [
      () => normalization({ mean: [1, 2], standardDeviation: [1] }),
      "normalization: expected as many standard deviations as means, got 1 and 2",
    ],
    [
      () => normalization({ mean: [1], standardDeviation: [0] }),
      "normalization.standardDeviation[0]: expected a finite number > 0, got 0",
    ],
    [
      () => normalization({ mean: [1], standardDeviation: [1e-60] }),
      "normalization.standardDeviation[0]: 1e-60 is 0 as a 32-bit float",
    ],
    [loosely(normalization), "normalization.mean: must be given"],
    [() => residual([]), "residual.layers: expected at least 1 element, got none"],
    [() => elu({ alpha: -1 }), "elu.alpha: expected a finite number >= 0, got -1"],
    [() => randomNormal({ stddev: -1 }), "randomNormal.stddev: expected a finite number >= 0, got -1"],
    [() => randomUniform({ min: 1, max: 0 }), "randomUniform: expected min <= max, got 1 and 0"],
    [() => l2(-1), "l2.l2: expected a finite number >= 0, got -1"],
    [() => huber({ delta: 0 }), "huber.delta: expected a finite number > 0, got 0"],
    [
      () => sparseCategoricalCrossEntropy({ labelSmoothing: 2 }),
      "sparseCategoricalCrossEntropy.labelSmoothing: expected a finite number >= 0 and <= 1, got 2",
    ],
    [() => accuracy({ threshold: 1 }), "accuracy.threshold: expected a finite number > 0 and < 1, got 1"],
    [() => topKAccuracy({ k: 0 }), "topKAccuracy.k: expected a whole number >= 1, got 0"],
    [() => clipByNorm(0), "clipByNorm.maxNorm: expected a finite number > 0, got 0"],
    [() => adaptiveClip(0), "adaptiveClip.lambda: expected a finite number > 0, got 0"],
    [() => adaptiveClip({ epsilon: -1 }), "adaptiveClip.epsilon: expected a finite number > 0, got -1"],
    [
      loosely(normalizeGradient, { per: "layer" }),
      'normalizeGradient.per: unknown value "layer". One of: model, parameter',
    ],
    [loosely(normalizeGradient, 1), "normalizeGradient: expected an object with options, got 1; write { per: 1 }"],
    [
      () => gradientNoise({ eta: Number.NaN }),
      "gradientNoise.eta: expected a finite number >= 0 and <= 100000000000000000000, got NaN",
    ],
    [() => gradientNoise({ gamma: -0.5 }), "gradientNoise.gamma: expected a finite number >= 0, got -0.5"],
    [() => normalizeTransform("clipByNorm", "gradient[0]"), "gradient[0].maxNorm: must be given"],
    [
      () =>
        normalizeTransforms(
          [clipByNorm(1), "centralizeGradient", { type: "clipByGlobalNorm", maxNorm: 1 }],
          "gradient",
        ),
      "gradient[2]: clipByGlobalNorm and clipByNorm in gradient[0] both decide the gradient's norm; keep one",
    ],
    [
      () => normalizeTransforms(["normalizeGradient", "adaptiveClip"], "gradient"),
      "gradient[1]: adaptiveClip and normalizeGradient in gradient[0] both decide the gradient's norm; keep one",
    ],
    [
      () => normalizeTransforms([gradientNoise(0.1), gradientNoise(0.2)], "gradient"),
      "gradient[1]: gradientNoise is there twice; keep one",
    ],
    [() => constantRate(-1), "constantRate.rate: expected a finite number >= 0, got -1"],
    [loosely(polynomialDecay, { initial: 1 }), "polynomialDecay.steps: must be given"],
    [
      () => piecewiseConstant({ boundaries: [1, 2], values: [1, 2] }),
      "piecewiseConstant: expected one value more than boundaries, got 2 values and 2 boundaries",
    ],
    [
      () => piecewiseConstant({ boundaries: [5, 5], values: [1, 2, 3] }),
      "piecewiseConstant.boundaries[1]: expected more than 5, the one before, got 5",
    ],
    [
      () => warmup(constantRate(0), { steps: 3, shape: "exponential" }),
      "warmup.from: expected a number > 0: an exponential warm-up cannot start at 0",
    ],
    [loosely(warmup, 0.1, { steps: 3 }), "warmup.schedule: expected a schedule, got 0.1; write constantRate(0.1)"],
    [
      loosely(warmup, (t: number) => t, { steps: 3 }),
      "warmup.schedule: expected a schedule, got a function; only fit({ schedule }) takes one",
    ],
    [
      loosely(warmup, cosineDecay, { steps: 3 }),
      scheduleMessage("warmup.schedule", "the function cosineDecay; write cosineDecay(…)"),
    ],
    [
      () => restartOnLoss({ threshold: 1, initial: 0.1, decay: 0.9, end: 0.2 }),
      "restartOnLoss: expected end <= initial, got 0.2 and 0.1",
    ],
    [
      () => cyclical({ initial: 0, max: 1, steps: 5, decay: 0.9 }),
      "cyclical.decay: belongs to the policy expRange, the policy is triangular",
    ],
    [
      () => sequence([constantRate(1)], { boundaries: [5] }),
      "sequence: expected one schedule more than boundaries, got 1 schedules and 1 boundaries",
    ],
    [
      () => sequence([constantRate(1), constantRate(2), constantRate(3)], { boundaries: [5, 5] }),
      "sequence.boundaries[1]: expected more than 5, the one before, got 5",
    ],
    [
      loosely(sequence, [0.1], { boundaries: [] }),
      "sequence.schedules[0]: expected a schedule, got 0.1; write constantRate(0.1)",
    ],
    [
      () => reduceOnPlateau({ initial: 1, factor: 1 }),
      "reduceOnPlateau.factor: expected a finite number > 0 and < 1, got 1",
    ],
    [
      loosely(reduceOnPlateau, { initial: 1, thresholdMode: "rel" }),
      'reduceOnPlateau.thresholdMode: unknown value "rel"; did you mean "relative"? One of: relative, absolute',
    ],
  ])("case %#", (act, message) => expectMessage(act, message));
});

function namesMessage(path: string, got: string): string {
  const names =
    "linear, relu, leakyRelu, prelu, elu, selu, gelu, geluTanh, silu, mish, softplus, softsign, sigmoid, hardSigmoid, tanh, softmax";
  return `${path}: expected a name (${names}) or a config object, got ${got}`;
}

function scheduleMessage(path: string, got: string): string {
  return `${path}: expected a name (${scheduleNames.join(", ")}) or a config object, got ${got}`;
}

describe("hand-written JSON is refused with the path of the mistake", () => {
  it("names a misspelt activation within its layer", () => {
    expect(() => normalizeLayer({ type: "dense", units: 8, activation: "rleu" }, "layers[1]")).toThrow(
      'layers[1].activation: unknown name "rleu"; did you mean "relu"?',
    );
    expect(() =>
      normalizeLayer({ type: "dense", units: 8, activation: { type: "elu", slope: 1 } }, "layers[1]"),
    ).toThrow('layers[1].activation: unknown option "slope" of elu. Options: alpha');
  });

  it("names the place inside a residual block", () => {
    const layer = {
      type: "residual",
      layers: [
        { type: "dense", units: 4 },
        { type: "dropout", rate: 2 },
      ],
    };
    expect(() => normalizeLayer(layer, "layers[0]")).toThrow("layers[0].layers[1].rate: expected");
  });

  it("asks for a type where there is none", () => {
    expectMessage(
      () => normalizeTransform({ maxNorm: 1 }, "gradient[0]"),
      "gradient[0]: expected a config with a type, one of clipByValue, clipByNorm, clipByGlobalNorm, adaptiveClip, " +
        "normalizeGradient, centralizeGradient, gradientNoise; got an object with maxNorm",
    );
  });

  it.each([null, undefined, 3, [], true])("refuses %s as a config", (value) => {
    expect(() => normalizeOptimizer(value, "optimizer")).toThrow(ConfigError);
    expect(() => normalizeOptimizer(value, "optimizer")).toThrow(
      /^optimizer: expected a name \(sgd, adagrad, .*, perParameter\) or a config object/,
    );
  });

  it("suggests the full name for usual abbreviations", () => {
    expect(() => normalizeLoss("mse", "loss")).toThrow('did you mean "meanSquaredError"?');
    expect(() => normalizeLoss("categorical_crossentropy", "loss")).toThrow('did you mean "categoricalCrossEntropy"?');
    expect(() => normalizeActivation("ReLU", "a")).toThrow('did you mean "relu"?');
  });
});

describe("layers", () => {
  it("refuse a leading argument given again as an option", () => {
    expect(loosely(dense, 3, { units: 5 })).toThrow('dense: unknown option "units"');
    expect(loosely(dense, 3, { type: "dropout" })).toThrow('dense: unknown option "type"');
  });

  it(`nest ${maxNesting} deep and no deeper, even when they hold themselves`, () => {
    const nest = (depth: number): object =>
      depth === 0 ? { type: "activation", activation: "relu" } : { type: "residual", layers: [nest(depth - 1)] };
    expect(() => normalizeLayer(nest(maxNesting), "layers[0]")).not.toThrow();
    expect(() => normalizeLayer(nest(maxNesting + 1), "layers[0]")).toThrow("nested 32 deep, no deeper");
    const ring: { type: string; layers: unknown[] } = { type: "residual", layers: [] };
    ring.layers.push(ring);
    expect(() => normalizeLayer(ring, "layers[0]")).toThrow(ConfigError);
    expect(() => normalizeLayer(nest(maxNesting), "layers[0]")).not.toThrow();
  });

  it("keep a name as a name and complete a config", () => {
    expect(activation("leakyRelu").activation).toBe("leakyRelu");
    expect(loosely(activation, { type: "leakyRelu" })()).toEqual({
      type: "activation",
      activation: { type: "leakyRelu", slope: 0.01 },
    });
  });
});

describe("regularizerStrengths", () => {
  it("gives both strengths of every kind", () => {
    expect(regularizerStrengths(undefined)).toEqual({ l1: 0, l2: 0 });
    expect(regularizerStrengths(l2(0.5))).toEqual({ l1: 0, l2: 0.5 });
    expect(regularizerStrengths(l1l2({ l1: 0.25, l2: 0.5 }))).toEqual({ l1: 0.25, l2: 0.5 });
  });
});

describe("a metric of one's own", () => {
  const compute = () => 1;

  it("is kept with its function, under its own name", () => {
    const made = normalizeMetric({ name: "bias", compute }, "metrics[0]");
    expect(made).toEqual({ type: "custom", name: "bias", compute });
    expect(Object.isFrozen(made)).toBe(true);
    expect(normalizeMetric(made, "metrics[0]")).toEqual(made);
    expect(metricName(made)).toBe("bias");
    expect(metricName(normalizeMetric("f1", "m"))).toBe("f1");
  });

  it("must have a name and a function", () => {
    expect(() => normalizeMetric({ compute }, "metrics[0]")).toThrow("metrics[0].name: expected a string");
    expect(() => normalizeMetric({ name: "a", compute: 1 }, "metrics[0]")).toThrow(
      "metrics[0].compute: expected a function (output, target) => number, got 1",
    );
    expect(() => normalizeMetric({ name: "a", compute, extra: 1 }, "metrics[0]")).toThrow('unknown option "extra"');
  });
});
