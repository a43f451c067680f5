/**
 * The networks whose training must give the same bits everywhere: five that together hold every kind of layer, dropout,
 * wrappers, schedules, transforms and constraints, and a small one for each rule of the table of optimizers. Each makes
 * 200 updates. What each gives stands in expected.json; `sameBits` says how that is written.
 */

import { activationNames } from "../../ts/config/activations.js";
import { initializerNames } from "../../ts/config/initializers.js";
import { type LossName, lossNames } from "../../ts/config/losses.js";
import { fullBatchRule, normalizeOptimizer, optimizerNames } from "../../ts/config/optimizers/index.js";
import {
  activation,
  adam,
  adamw,
  adaptiveClip,
  alphaDropout,
  batchNormalization,
  clipByGlobalNorm,
  constant,
  cosineDecay,
  dense,
  dropout,
  elu,
  ema,
  gaussianNoise,
  gradientNoise,
  huber,
  l1l2,
  l2,
  layerNormalization,
  lion,
  lookahead,
  type ModelConfig,
  maxNorm,
  nadam,
  nonNegative,
  normalization,
  oneCycle,
  perParameter,
  residual,
  rmsprop,
  sam,
  sgd,
  sparseCategoricalCrossEntropy,
  switchAt,
  valueRange,
  warmup,
} from "../../ts/index.js";

/** What the samples should give, made by `train.mjs` and by the Rust test from the same whole numbers. */
export type TargetsName = "values" | "classes" | "oneHot" | "flags" | "signs" | "counts";

/** A network and how it is trained. */
export interface Case {
  readonly name: string;
  readonly config: ModelConfig;
  readonly rows: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly epochs: number;
  readonly targets: TargetsName;
  /** has each sample a weight? */
  readonly weighted: boolean;
  readonly classWeight?: readonly number[];
}

/** Updates of each. */
export const steps = 200;

const targetsOf: Readonly<Record<LossName, TargetsName>> = {
  meanSquaredError: "values",
  meanAbsoluteError: "values",
  huber: "values",
  logCosh: "values",
  binaryCrossEntropy: "flags",
  categoricalCrossEntropy: "oneHot",
  sparseCategoricalCrossEntropy: "classes",
  klDivergence: "oneHot",
  hinge: "signs",
  poisson: "counts",
};

/** 75 samples in batches of 8: ten updates an epoch, the last of three samples. */
const usual = { rows: 75, batch: 8, accumulate: 1, epochs: 20, weighted: false } as const;

const networks: readonly Case[] = [
  {
    ...usual,
    name: "classifier",
    targets: "classes",
    classWeight: [1, 0.5, 2],
    config: {
      inputs: 6,
      layers: [
        normalization({ mean: [0.5, 0, -0.25, 0, 0, 0.125], standardDeviation: [1, 2, 0.5, 1, 1, 3] }),
        dense(16, { activation: "relu", kernelInitializer: "heNormal", kernelRegularizer: l2(0.001) }),
        batchNormalization({ momentum: 0.9 }),
        dropout(0.25),
        dense(12, { activation: "gelu", kernelInitializer: "truncatedNormal", biasInitializer: constant(0.1) }),
        layerNormalization(),
        dense(3),
      ],
      loss: sparseCategoricalCrossEntropy({ labelSmoothing: 0.1 }),
      optimizer: adam({ learningRate: 0.01 }),
      gradient: [clipByGlobalNorm(1)],
      metrics: ["accuracy", "topKAccuracy"],
      seed: 1,
    },
  },
  {
    ...usual,
    name: "residual regression",
    targets: "values",
    config: {
      inputs: 5,
      layers: [
        dense(16, { activation: "selu", kernelInitializer: "lecunNormal" }),
        alphaDropout(0.1),
        residual([
          dense(20, { activation: "silu", kernelInitializer: "orthogonal" }),
          gaussianNoise(0.1),
          residual([layerNormalization({ epsilon: 1e-5 }), dense(20, { activation: "mish" })]),
          dense(16, { useBias: false }),
        ]),
        activation("prelu"),
        dense(2, { kernelRegularizer: l1l2({ l1: 1e-4, l2: 1e-3 }), biasRegularizer: l2(0.01) }),
      ],
      loss: huber({ delta: 0.5 }),
      optimizer: sam(
        sgd({ learningRate: oneCycle({ max: 0.05, steps }), momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
      ),
      gradient: [adaptiveClip({ lambda: 0.1 }), gradientNoise({ eta: 1e-4 })],
      metrics: ["meanAbsoluteError", "rootMeanSquaredError", "r2"],
      seed: 2,
    },
  },
  {
    ...usual,
    name: "two classes, gradients gathered",
    batch: 4,
    accumulate: 2,
    targets: "flags",
    weighted: true,
    config: {
      inputs: 7,
      layers: [
        dense(13, { activation: elu({ alpha: 0.5 }), weightNormalization: true }),
        batchNormalization(),
        dense(9, { activation: "tanh", kernelConstraint: maxNorm(1.5) }),
        dense(6, { activation: "softsign", kernelConstraint: valueRange({ min: -0.75, max: 0.75 }) }),
        dropout(0.4),
        dense(1, { activation: "sigmoid", biasConstraint: nonNegative() }),
      ],
      loss: "binaryCrossEntropy",
      optimizer: lookahead(rmsprop({ learningRate: 0.005, momentum: 0.5, centered: true }), { k: 7, alpha: 0.6 }),
      gradient: ["centralizeGradient"],
      metrics: ["accuracy", "precision", "recall", "f1", "auc"],
      seed: 3,
    },
  },
  {
    ...usual,
    name: "a rule for each place and time",
    targets: "counts",
    config: {
      inputs: 4,
      layers: [
        dense(10, { activation: "softplus", kernelInitializer: "glorotNormal" }),
        dense(10, { activation: "hardSigmoid" }),
        dense(2, { activation: "softplus" }),
      ],
      loss: "poisson",
      optimizer: ema(
        perParameter([
          ["bias", nadam({ learningRate: 0.01 })],
          [
            "**",
            switchAt(
              60,
              adamw({ learningRate: warmup(cosineDecay({ initial: 0.02, steps: 40 }), { steps: 20 }) }),
              switchAt(50, lion({ learningRate: 0.001 }), sgd({ learningRate: 0.01, momentum: 0.8 })),
            ),
          ],
        ]),
        { decay: 0.95 },
      ),
      gradient: ["normalizeGradient"],
      seed: 4,
    },
  },
  {
    ...usual,
    name: "wide enough for the blocked matrix product",
    rows: 300,
    batch: 150,
    epochs: 100,
    targets: "oneHot",
    config: {
      inputs: 70,
      layers: [dense(130, { activation: "relu" }), dropout(0.5), dense(67, { activation: "geluTanh" }), dense(10)],
      loss: "categoricalCrossEntropy",
      optimizer: adamw({ learningRate: 0.002, excludeFromDecay: "bias" }),
      metrics: ["accuracy"],
      seed: 5,
    },
  },
];

/** A small network trained by a rule; activation, initialiser and loss change from rule to rule. */
function ruleCase(rule: (typeof optimizerNames)[number], place: number): Case {
  const loss = lossNames[place % lossNames.length] as LossName;
  const hidden = activationNames[place % activationNames.length] as (typeof activationNames)[number];
  const initializer = initializerNames[place % initializerNames.length] as (typeof initializerNames)[number];
  const needsAll = fullBatchRule(normalizeOptimizer(rule, "optimizer")) !== undefined;
  return {
    ...usual,
    ...(needsAll ? { batch: usual.rows, epochs: steps } : {}),
    name: rule,
    targets: targetsOf[loss],
    config: {
      inputs: 5,
      layers: [
        dense(9, { activation: "tanh" }),
        dense(9, { activation: hidden, kernelInitializer: initializer }),
        dense(3, { activation: loss === "poisson" ? "softplus" : "linear" }),
      ],
      loss,
      optimizer: rule,
      seed: place,
    },
  };
}

/** All of them. */
export const cases: readonly Case[] = [...networks, ...optimizerNames.map(ruleCase)];

/** The five networks alone. */
export const networkCases = networks;
