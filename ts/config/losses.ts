/** Losses: means over samples (and output columns), by name or as a config where they have an option. */

import type { Complete, Family, Typed, TypeOf } from "../check.js";
import { field, namesOf, number, readConfig, readFactory } from "../check.js";

/** Options of {@link huber}. */
export interface HuberOptions {
  /** where the square turns into a straight line, > 0, in the units of the target; default 1 */
  delta?: number;
}

/** Options of the three cross-entropies. */
export interface CrossEntropyOptions {
  /** ε: the target becomes (1 − ε)·target + ε/classes, 0 <= ε <= 1 (Szegedy 2016); default 0 */
  labelSmoothing?: number;
}

type PlainLoss = "meanSquaredError" | "meanAbsoluteError" | "logCosh" | "klDivergence" | "hinge" | "poisson";

export type HuberConfig = Complete<"huber", HuberOptions>;
export type BinaryCrossEntropyConfig = Complete<"binaryCrossEntropy", CrossEntropyOptions>;
export type CategoricalCrossEntropyConfig = Complete<"categoricalCrossEntropy", CrossEntropyOptions>;
export type SparseCategoricalCrossEntropyConfig = Complete<"sparseCategoricalCrossEntropy", CrossEntropyOptions>;

/** The whole config of a loss. */
export type LossConfig =
  | { readonly [T in PlainLoss]: Typed<T> }[PlainLoss]
  | HuberConfig
  | BinaryCrossEntropyConfig
  | CategoricalCrossEntropyConfig
  | SparseCategoricalCrossEntropyConfig;

/** The name of a loss. */
export type LossName = TypeOf<LossConfig>;

/** What a model takes as loss: a name, or a config such as `huber({ delta: 2 })`. */
export type Loss = LossName | LossConfig;

const plain = { fields: {} };
const smoothed = { fields: { labelSmoothing: field(number({ min: 0, max: 1 }), 0) } };
const family: Family<LossConfig> = {
  meanSquaredError: plain,
  meanAbsoluteError: plain,
  huber: { fields: { delta: field(number({ above: 0 }), 1) } },
  logCosh: plain,
  binaryCrossEntropy: smoothed,
  categoricalCrossEntropy: smoothed,
  sparseCategoricalCrossEntropy: smoothed,
  klDivergence: plain,
  hinge: plain,
  poisson: plain,
};

/** Every loss, in the order of the core's codes. */
export const lossNames: readonly LossName[] = namesOf(family);

/**
 * The whole frozen config of a loss given by name or config.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeLoss("huber", "loss"); // { type: "huber", delta: 1 }
 * ```
 */
export function normalizeLoss(value: unknown, path: string): LossConfig {
  return readConfig(family, value, path);
}

/**
 * Mean of (o − y)²; its gradient is 2(o − y)/n.
 *
 * @example
 * ```ts
 * const config = { inputs: 1, layers: [dense(1)], loss: meanSquaredError() };
 * ```
 */
export function meanSquaredError(): Typed<"meanSquaredError"> {
  return readFactory(family, "meanSquaredError", undefined);
}

/**
 * Mean of |o − y|, as a loss or as a metric.
 *
 * @example
 * ```ts
 * const config = { inputs: 1, layers: [dense(1)], loss: "meanSquaredError", metrics: [meanAbsoluteError()] };
 * ```
 */
export function meanAbsoluteError(): Typed<"meanAbsoluteError"> {
  return readFactory(family, "meanAbsoluteError", undefined);
}

/**
 * Mean of ½d² for |d| <= δ, else δ(|d| − ½δ), with d = o − y (Huber 1964).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const config = { inputs: 1, layers: [dense(1)], loss: huber({ delta: 2 }) };
 * ```
 */
export function huber(options: HuberOptions = {}): HuberConfig {
  return readFactory(family, "huber", options);
}

/**
 * Mean of ln cosh(o − y): the square for small differences, the absolute value for large ones.
 *
 * @example
 * ```ts
 * const config = { inputs: 1, layers: [dense(1)], loss: logCosh() };
 * ```
 */
export function logCosh(): Typed<"logCosh"> {
  return readFactory(family, "logCosh", undefined);
}

/**
 * −(y ln p + (1 − y) ln(1 − p)) for each output column, from logits after a linear layer, from probabilities after a
 * sigmoid. With smoothing y becomes (1 − ε)y + ε/2.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const config = { inputs: 2, layers: [dense(1)], loss: binaryCrossEntropy({ labelSmoothing: 0.1 }) };
 * ```
 */
export function binaryCrossEntropy(options: CrossEntropyOptions = {}): BinaryCrossEntropyConfig {
  return readFactory(family, "binaryCrossEntropy", options);
}

/**
 * −Σ y ln p over the classes, y one row of probabilities (one-hot, for example) for each sample.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const config = { inputs: 4, layers: [dense(3)], loss: categoricalCrossEntropy({ labelSmoothing: 0.1 }) };
 * ```
 */
export function categoricalCrossEntropy(options: CrossEntropyOptions = {}): CategoricalCrossEntropyConfig {
  return readFactory(family, "categoricalCrossEntropy", options);
}

/**
 * −ln p of the right class, y one whole number from 0 to classes − 1 for each sample.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const config = { inputs: 4, layers: [dense(3)], loss: sparseCategoricalCrossEntropy({ labelSmoothing: 0.1 }) };
 * ```
 */
export function sparseCategoricalCrossEntropy(options: CrossEntropyOptions = {}): SparseCategoricalCrossEntropyConfig {
  return readFactory(family, "sparseCategoricalCrossEntropy", options);
}

/**
 * Σ y ln(y / p) over the classes, y and p probabilities (Kullback 1951).
 *
 * @example
 * ```ts
 * const config = { inputs: 4, layers: [dense(3, { activation: "softmax" })], loss: klDivergence() };
 * ```
 */
export function klDivergence(): Typed<"klDivergence"> {
  return readFactory(family, "klDivergence", undefined);
}

/**
 * Mean of max(0, 1 − y·o), y −1 or 1.
 *
 * @example
 * ```ts
 * const config = { inputs: 2, layers: [dense(1)], loss: hinge() };
 * ```
 */
export function hinge(): Typed<"hinge"> {
  return readFactory(family, "hinge", undefined);
}

/**
 * Mean of o − y ln o, for counts y >= 0 and outputs o > 0.
 *
 * @example
 * ```ts
 * const config = { inputs: 2, layers: [dense(1, { activation: "softplus" })], loss: poisson() };
 * ```
 */
export function poisson(): Typed<"poisson"> {
  return readFactory(family, "poisson", undefined);
}
