/** What is trained: from the settings of the room to data, a configuration, and how to fit. */

import {
  clipByGlobalNorm,
  cosineDecay,
  cosineRestarts,
  dense,
  dropout,
  exponentialDecay,
  type FitOptions,
  inverseSquareRoot,
  type LayerConfig,
  type ModelConfig,
  oneCycle,
  polynomialDecay,
  stepDecay,
  warmup,
} from "downhill";
import type { Digits } from "../../data/digits.js";
import { curveNames, planeNames, type Samples, split, toy } from "../../data/toys.js";
import { needsAllRows } from "../../network/full-batch.js";
import { hiddenLayer } from "../../network/hidden.js";
import type { NormalizationName } from "../../network/normalizations.js";
import { configOf as optimizerConfigOf } from "../../optimizers/table.js";
import type { Kind } from "../../url/codec.js";

export const dataNames = [...planeNames, ...curveNames, "digits", "own"] as const;
export type DataName = (typeof dataNames)[number];

export const activationNames = [
  "relu",
  "leakyRelu",
  "prelu",
  "elu",
  "selu",
  "gelu",
  "silu",
  "mish",
  "softplus",
  "softsign",
  "tanh",
  "sigmoid",
  "hardSigmoid",
  "linear",
] as const;

export const initializerNames = [
  "glorotUniform",
  "glorotNormal",
  "heNormal",
  "heUniform",
  "lecunNormal",
  "lecunUniform",
  "orthogonal",
  "randomNormal",
  "randomUniform",
  "zeros",
] as const;

export const scheduleNames = [
  "constant",
  "cosine",
  "linear",
  "exponential",
  "step",
  "warmupCosine",
  "oneCycle",
  "restarts",
  "squareRoot",
] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/** What a link to this room says. */
export interface Settings {
  readonly data: DataName;
  readonly noise: number;
  readonly rows: number;
  /** units of each hidden layer */
  readonly hidden: readonly number[];
  readonly activation: (typeof activationNames)[number];
  readonly initializer: (typeof initializerNames)[number];
  readonly normalization: NormalizationName;
  readonly dropout: number;
  readonly optimizer: Kind;
  readonly schedule: ScheduleName;
  /** largest length of the gradient; 0: as it is */
  readonly clip: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
}

/** All that a training needs. */
export interface Task {
  readonly train: Samples;
  readonly test: Samples;
  readonly config: ModelConfig;
  readonly fit: Pick<FitOptions, "epochs" | "batchSize" | "schedule">;
}

/** Share of the samples that are only tested with. */
export const testShare = 0.25;

/** The samples of a data set that is drawn from a seed. */
export function drawn({ data, noise, rows, seed }: Settings): readonly [train: Samples, test: Samples] {
  const name = data as Exclude<DataName, "digits" | "own">;
  const all = toy(name, { seed, rows, noise });
  return split(all, Math.floor(rows * testShare), seed);
}

/** @param parts samples to learn from, and to test with; digits where the data are digits */
export function taskOf(
  settings: Settings,
  [train, test]: readonly [Samples, Samples],
  front: readonly LayerConfig[] = [],
): Task {
  const batchSize = needsAllRows(settings.optimizer.type) ? train.rows : Math.min(settings.batch, train.rows);
  const updates = settings.epochs * Math.ceil(train.rows / batchSize);
  const rate = settings.optimizer.values.learningRate as number;
  const schedule = scheduleOf(settings.schedule, rate, updates);
  return {
    train,
    test,
    config: configOf(settings, train, front),
    fit: { epochs: settings.epochs, batchSize, ...(schedule === undefined ? {} : { schedule }) },
  };
}

export const digitParts = ({ train, test }: Digits): readonly [Samples, Samples] => [train, test];

/** The network, with layers of one's own in front. */
export function configOf(
  settings: Settings,
  { inputs, classes }: Pick<Samples, "inputs" | "classes">,
  front: readonly LayerConfig[],
): ModelConfig {
  const { optimizer, clip, seed } = settings;
  const layers = [...front, ...settings.hidden.flatMap((units) => hidden(units, settings))];
  const rest = {
    inputs,
    optimizer: optimizerConfigOf(optimizer, "network") as never,
    gradient: clip === 0 ? [] : [clipByGlobalNorm(clip)],
    seed,
  };
  if (classes === 0) return { ...rest, layers: [...layers, dense(1)], loss: "meanSquaredError", metrics: ["r2"] };
  const loss = classes === 2 ? "binaryCrossEntropy" : "sparseCategoricalCrossEntropy";
  return { ...rest, layers: [...layers, dense(classes === 2 ? 1 : classes)], loss, metrics: ["accuracy"] };
}

function hidden(units: number, settings: Settings): readonly LayerConfig[] {
  const { activation, normalization, initializer } = settings;
  const after = settings.dropout === 0 ? [] : [dropout(settings.dropout)];
  return [...hiddenLayer(units, activation, normalization, { kernelInitializer: initializer }), ...after];
}

/** A schedule from the rate that is set, over all updates; undefined: the rate stays. */
export function scheduleOf(name: ScheduleName, rate: number, updates: number): FitOptions["schedule"] {
  const part = (share: number) => Math.max(1, Math.round(updates * share));
  switch (name) {
    case "constant":
      return undefined;
    case "cosine":
      return cosineDecay({ initial: rate, steps: updates });
    case "linear":
      return polynomialDecay({ initial: rate, end: 0, steps: updates });
    case "exponential":
      return exponentialDecay({ initial: rate, rate: 0.5, steps: part(0.2) });
    case "step":
      return stepDecay({ initial: rate, factor: 0.3, steps: part(0.25) });
    case "warmupCosine":
      return warmup(cosineDecay({ initial: rate, steps: part(0.9) }), { steps: part(0.1) });
    case "oneCycle":
      return oneCycle({ max: rate, steps: Math.max(2, updates) });
    case "restarts":
      return cosineRestarts({ initial: rate, period: part(0.25) });
    case "squareRoot":
      return inverseSquareRoot({ initial: rate, steps: part(0.1) });
  }
}
