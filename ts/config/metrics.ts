/** Metrics, computed over the whole epoch, not averaged over batches. `meanAbsoluteError()` comes from the losses. */

import type { Complete, Family, Typed, TypeOf } from "../check.js";
import {
  callable,
  field,
  integer,
  isRecord,
  namesOf,
  number,
  options,
  readConfig,
  readFactory,
  text,
} from "../check.js";
import type { Matrix } from "../data/matrix.js";

/** Options of the metrics that decide between two classes. */
export interface ThresholdOptions {
  /** probability from which a single output means "yes", between 0 and 1; default 0.5; not read for several classes */
  threshold?: number;
}

/** Options of {@link topKAccuracy}. */
export interface TopKOptions {
  /** how many of the most probable classes may hold the right one, >= 1; default 5 */
  k?: number;
}

/**
 * A metric of one's own.
 *
 * @example
 * ```ts
 * const bias = { name: "bias", compute: (output: Matrix, target: Matrix) => mean(output.data) - mean(target.data) };
 * ```
 */
export interface CustomMetric<Name extends string = string> {
  /** its key in logs and history */
  readonly name: Name;
  /** one number for all samples: `output` and `target` are `[samples, columns]`; sparse labels have one column */
  readonly compute: (output: Matrix, target: Matrix) => number;
}

export type AccuracyConfig = Complete<"accuracy", ThresholdOptions>;
export type PrecisionConfig = Complete<"precision", ThresholdOptions>;
export type RecallConfig = Complete<"recall", ThresholdOptions>;
export type F1Config = Complete<"f1", ThresholdOptions>;
export type TopKAccuracyConfig = Complete<"topKAccuracy", TopKOptions>;

type PlainMetric = "auc" | "meanAbsoluteError" | "rootMeanSquaredError" | "r2";

/** The whole config of a metric of the library. */
export type BuiltInMetricConfig =
  | { readonly [T in PlainMetric]: Typed<T> }[PlainMetric]
  | AccuracyConfig
  | PrecisionConfig
  | RecallConfig
  | F1Config
  | TopKAccuracyConfig;

/** The whole config of any metric; a custom one holds a function and cannot be saved. */
export type MetricConfig = BuiltInMetricConfig | (Typed<"custom"> & CustomMetric);

/** The name of a metric of the library. */
export type MetricName = TypeOf<BuiltInMetricConfig>;

/** What a model takes as metric: a name, a config such as `topKAccuracy({ k: 3 })`, or `{ name, compute }`. */
export type Metric = MetricName | MetricConfig | CustomMetric;

/** The key of a metric in logs and history, as a type: `"accuracy"` for `"accuracy"` and for `accuracy({ … })`. */
export type NameOfMetric<M extends Metric> = M extends string
  ? M
  : M extends { readonly name: infer Name extends string }
    ? Name
    : M extends Typed<infer Type>
      ? Type
      : never;

const plain = { fields: {} };
const threshold = { fields: { threshold: field(number({ above: 0, below: 1 }), 0.5) } };
const family: Family<BuiltInMetricConfig> = {
  accuracy: threshold,
  topKAccuracy: { fields: { k: field(integer({ min: 1 }), 5) } },
  precision: threshold,
  recall: threshold,
  f1: threshold,
  auc: plain,
  meanAbsoluteError: plain,
  rootMeanSquaredError: plain,
  r2: plain,
};

/** Every metric of the library. */
export const metricNames: readonly MetricName[] = namesOf(family);

/**
 * The whole frozen config of a metric given by name, config or `{ name, compute }`, which becomes
 * `{ type: "custom", name, compute }`.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeMetric("topKAccuracy", "metrics[0]"); // { type: "topKAccuracy", k: 5 }
 * ```
 */
export function normalizeMetric(value: unknown, path: string): MetricConfig {
  if (!isRecord(value) || (value.type !== "custom" && !Object.hasOwn(value, "compute"))) {
    return readConfig(family, value, path);
  }
  const custom = options(value, path, ["name", "compute", "type"], "a metric of one's own");
  return Object.freeze({
    type: "custom",
    name: text(custom.name, `${path}.name`),
    compute: callable<CustomMetric["compute"]>("a function (output, target) => number")(
      custom.compute,
      `${path}.compute`,
    ),
  });
}

/** The key of a metric in logs and history: its `type`, or the `name` of a custom one. */
export function metricName(config: MetricConfig): string {
  return config.type === "custom" ? config.name : config.type;
}

/**
 * Share of samples with the right class: the most probable of several, or one output against `threshold`.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const metrics = [accuracy({ threshold: 0.7 })];
 * ```
 */
export function accuracy(options: ThresholdOptions = {}): AccuracyConfig {
  return readFactory(family, "accuracy", options);
}

/**
 * Share of samples whose right class is among the `k` most probable.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const metrics = [topKAccuracy({ k: 3 })];
 * ```
 */
export function topKAccuracy(options: TopKOptions = {}): TopKAccuracyConfig {
  return readFactory(family, "topKAccuracy", options);
}

/**
 * Of those called "yes", the share that are.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const metrics = [precision({ threshold: 0.9 })];
 * ```
 */
export function precision(options: ThresholdOptions = {}): PrecisionConfig {
  return readFactory(family, "precision", options);
}

/**
 * Of those that are "yes", the share called so.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const metrics = [recall({ threshold: 0.1 })];
 * ```
 */
export function recall(options: ThresholdOptions = {}): RecallConfig {
  return readFactory(family, "recall", options);
}

/**
 * 2·precision·recall / (precision + recall).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const metrics = [f1()];
 * ```
 */
export function f1(options: ThresholdOptions = {}): F1Config {
  return readFactory(family, "f1", options);
}

/**
 * Area under the receiver operating characteristic: the probability that a "yes" scores above a "no".
 *
 * @example
 * ```ts
 * const metrics = [auc()];
 * ```
 */
export function auc(): Typed<"auc"> {
  return readFactory(family, "auc", undefined);
}

/**
 * √ of the mean of (o − y)², in the units of the target.
 *
 * @example
 * ```ts
 * const metrics = [rootMeanSquaredError()];
 * ```
 */
export function rootMeanSquaredError(): Typed<"rootMeanSquaredError"> {
  return readFactory(family, "rootMeanSquaredError", undefined);
}

/**
 * 1 − Σ(o − y)² / Σ(y − ȳ)²: 1 is perfect, 0 no better than the mean.
 *
 * @example
 * ```ts
 * const metrics = [r2()];
 * ```
 */
export function r2(): Typed<"r2"> {
  return readFactory(family, "r2", undefined);
}
