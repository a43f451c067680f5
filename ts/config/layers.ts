/** Layers as plain data. Shapes: a batch of m samples with n features is a row-major matrix `[m, n]`. */

import type { Check, Complete, Family, Typed, TypeOf } from "../check.js";
import {
  boolean,
  field,
  integer,
  list,
  namesOf,
  nesting,
  number,
  optional,
  readConfig,
  readFactory,
  required,
  text,
} from "../check.js";
import { ConfigError } from "../errors.js";
import type { Activation } from "./activations.js";
import { activationOption } from "./activations.js";
import type { Constraint, ConstraintConfig } from "./constraints.js";
import { normalizeConstraint } from "./constraints.js";
import type { Initializer } from "./initializers.js";
import { initializerOption, normalizeInitializer } from "./initializers.js";
import type { Regularizer, RegularizerConfig } from "./regularizers.js";
import { normalizeRegularizer } from "./regularizers.js";

/** What every layer takes. */
export interface NameOption {
  /** shown by `summary()`, `forward()` and in errors; parameters are named by place all the same */
  name?: string;
}

/** Options of {@link dense}. */
export interface DenseOptions extends NameOption {
  /** applied to x · kernel + bias; default `"linear"` */
  activation?: Activation;
  /** default true */
  useBias?: boolean;
  /** of the kernel `[inputs, units]`; default `"glorotUniform"` */
  kernelInitializer?: Initializer;
  /** of the bias `[units]`; default `"zeros"` */
  biasInitializer?: Initializer;
  /** default none */
  kernelRegularizer?: Regularizer;
  /** default none */
  biasRegularizer?: Regularizer;
  /** holds after each update; default none */
  kernelConstraint?: Constraint;
  /** holds after each update; default none */
  biasConstraint?: Constraint;
  /** the kernel is gain · v/‖v‖ for each unit (Salimans 2016), v the parameter `kernel`; default false */
  weightNormalization?: boolean;
}

/** Options of {@link normalization}. */
export interface NormalizationOptions extends NameOption {
  /** subtracted, one number for each input */
  mean: ArrayLike<number>;
  /** divided by, one number > 0 for each input */
  standardDeviation: ArrayLike<number>;
}

/** Options of {@link batchNormalization}. */
export interface BatchNormalizationOptions extends NameOption {
  /** weight of the old moving statistics, 0 <= momentum < 1; default 0.99 */
  momentum?: number;
  /** added to the variance, > 0; default 1e-3 */
  epsilon?: number;
}

/** Options of {@link layerNormalization}. */
export interface LayerNormalizationOptions extends NameOption {
  /** added to the variance, > 0; default 1e-3 */
  epsilon?: number;
}

interface Named {
  readonly name?: string;
}
type NamedLayer<Type extends string, O> = Complete<Type, O> & Named;

export type DenseConfig = NamedLayer<
  "dense",
  { units: number } & Required<
    Omit<DenseOptions, "name" | "kernelRegularizer" | "biasRegularizer" | "kernelConstraint" | "biasConstraint">
  >
> & {
  readonly kernelRegularizer?: RegularizerConfig;
  readonly biasRegularizer?: RegularizerConfig;
  readonly kernelConstraint?: ConstraintConfig;
  readonly biasConstraint?: ConstraintConfig;
};
export type ActivationLayerConfig = NamedLayer<"activation", { activation: Activation }>;
export type NormalizationConfig = NamedLayer<
  "normalization",
  { mean: readonly number[]; standardDeviation: readonly number[] }
>;
export type DropoutConfig = NamedLayer<"dropout", { rate: number }>;
export type AlphaDropoutConfig = NamedLayer<"alphaDropout", { rate: number }>;
export type GaussianNoiseConfig = NamedLayer<"gaussianNoise", { stddev: number }>;
export type BatchNormalizationConfig = NamedLayer<"batchNormalization", { momentum: number; epsilon: number }>;
export type LayerNormalizationConfig = NamedLayer<"layerNormalization", { epsilon: number }>;
export interface ResidualConfig extends Typed<"residual">, Named {
  readonly layers: readonly LayerConfig[];
}

/** The whole config of a layer. */
export type LayerConfig =
  | DenseConfig
  | ActivationLayerConfig
  | NormalizationConfig
  | DropoutConfig
  | AlphaDropoutConfig
  | GaussianNoiseConfig
  | BatchNormalizationConfig
  | LayerNormalizationConfig
  | ResidualConfig;

/** The `type` of a layer. */
export type LayerName = TypeOf<LayerConfig>;

const nest = nesting("residual blocks");
const nestedLayers: Check<readonly LayerConfig[]> = (value, path) =>
  nest(path, () => list(normalizeLayer, { minLength: 1 })(value, path));

// A standard deviation is divided by in f32: there too it must not be 0.
const divisor: Check<number> = (value, path) => {
  const deviation = number({ above: 0 })(value, path);
  if (Math.fround(deviation) === 0) throw new ConfigError(path, `${deviation} is 0 as a 32-bit float`);
  return deviation;
};

/** A bias is a vector: it has no rows that could be orthogonal. */
const vectorInitializer: Check<Initializer> = (value, path) => {
  const initializer = initializerOption(value, path);
  const type = typeof initializer === "string" ? initializer : initializer.type;
  if (type !== "orthogonal" && type !== "identity") return initializer;
  throw new ConfigError(path, `${type} is for matrices, a bias is a vector; take "zeros", "constant" or a random one`);
};

/** What says something of the kernel's length contradicts weight normalisation, which takes the length out. */
function checkNormalized(config: DenseConfig, path: string): void {
  for (const option of ["kernelConstraint", "kernelRegularizer"] as const) {
    if (config[option] === undefined) continue;
    throw new ConfigError(
      `${path}.${option}`,
      "contradicts weightNormalization: the length of a unit's kernel has no effect there; leave one of them out",
    );
  }
  const { type, ...options } = normalizeInitializer(config.kernelInitializer, path);
  if (type === "zeros" || (type === "constant" && "value" in options && options.value === 0)) {
    throw new ConfigError(
      `${path}.kernelInitializer`,
      "weightNormalization needs a kernel with a direction, not zeros",
    );
  }
}

const name = optional(text);
const share = required(number({ min: 0, below: 1 }));
const family: Family<LayerConfig> = {
  dense: {
    fields: {
      units: required(integer({ min: 1, max: 2 ** 32 - 1 })),
      activation: field<Activation>(activationOption, "linear"),
      useBias: field<boolean>(boolean, true),
      kernelInitializer: field<Initializer>(initializerOption, "glorotUniform"),
      biasInitializer: field<Initializer>(vectorInitializer, "zeros"),
      kernelRegularizer: optional(normalizeRegularizer),
      biasRegularizer: optional(normalizeRegularizer),
      kernelConstraint: optional(normalizeConstraint),
      biasConstraint: optional(normalizeConstraint),
      weightNormalization: field<boolean>(boolean, false),
      name,
    },
    finish: (config, path) => {
      if (config.weightNormalization) checkNormalized(config, path);
      return config;
    },
  },
  activation: { fields: { activation: required(activationOption), name } },
  normalization: {
    fields: {
      mean: required(list(number(), { minLength: 1 })),
      standardDeviation: required(list(divisor, { minLength: 1 })),
      name,
    },
    finish: (config, path) => {
      const [means, deviations] = [config.mean.length, config.standardDeviation.length];
      if (means === deviations) return config;
      throw new ConfigError(path, `expected as many standard deviations as means, got ${deviations} and ${means}`);
    },
  },
  dropout: { fields: { rate: share, name } },
  alphaDropout: { fields: { rate: share, name } },
  gaussianNoise: { fields: { stddev: required(number({ min: 0 })), name } },
  batchNormalization: {
    fields: {
      momentum: field(number({ min: 0, below: 1 }), 0.99),
      epsilon: field(number({ above: 0 }), 1e-3),
      name,
    },
  },
  layerNormalization: { fields: { epsilon: field(number({ above: 0 }), 1e-3), name } },
  residual: { fields: { layers: required(nestedLayers), name } },
};

/** Every layer. */
export const layerNames: readonly LayerName[] = namesOf(family);

/**
 * The whole frozen config of a layer, from a factory or hand-written JSON with options left out.
 *
 * @param path where it stands, for messages: `layers[1]`
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeLayer({ type: "dense", units: 8, activation: "relu" }, "layers[0]"); // equals dense(8, { activation: "relu" })
 * ```
 */
export function normalizeLayer(value: unknown, path: string): LayerConfig {
  return readConfig(family, value, path);
}

/**
 * A fully connected layer: activation(x · kernel + bias). `[m, inputs]` to `[m, units]`; kernel `[inputs, units]`, bias
 * `[units]`. Defaults as in Keras.
 *
 * @param units columns of the output, >= 1
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(16, { activation: "relu", kernelInitializer: "heNormal", kernelRegularizer: l2(1e-4) });
 * ```
 */
export function dense(units: number, options: DenseOptions = {}): DenseConfig {
  return readFactory(family, "dense", options, { units });
}

/**
 * An activation as a layer of its own. `[m, n]` to `[m, n]`.
 *
 * @param activation a name or a config such as `elu({ alpha: 0.5 })`
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const layers = [dense(16), batchNormalization(), activation("relu"), dense(1)];
 * ```
 */
export function activation(activation: Activation, options: NameOption = {}): ActivationLayerConfig {
  return readFactory(family, "activation", options, { activation });
}

/**
 * (x − mean) / standardDeviation for each column, fixed: scaling that a saved model carries along. `[m, n]` to `[m, n]`.
 * Usually made by `scaler.toLayer()`.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * normalization({ mean: [5.8, 3.1], standardDeviation: [0.8, 0.4] });
 * ```
 */
export function normalization(options: NormalizationOptions): NormalizationConfig {
  return readFactory(family, "normalization", options);
}

/**
 * In training each number is 0 with probability `rate`, else divided by 1 − rate; otherwise x itself (Srivastava 2014).
 *
 * @param rate 0 <= rate < 1
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const layers = [dense(64, { activation: "relu" }), dropout(0.5), dense(1)];
 * ```
 */
export function dropout(rate: number, options: NameOption = {}): DropoutConfig {
  return readFactory(family, "dropout", options, { rate });
}

/**
 * Dropout that keeps the mean and variance of selu's output (Klambauer 2017).
 *
 * @param rate 0 <= rate < 1
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const layers = [dense(64, { activation: "selu", kernelInitializer: "lecunNormal" }), alphaDropout(0.1), dense(1)];
 * ```
 */
export function alphaDropout(rate: number, options: NameOption = {}): AlphaDropoutConfig {
  return readFactory(family, "alphaDropout", options, { rate });
}

/**
 * In training, normally distributed noise is added to each number; otherwise x itself.
 *
 * @param stddev standard deviation of the noise, >= 0, in the units of x
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const layers = [gaussianNoise(0.1), dense(16, { activation: "relu" }), dense(1)];
 * ```
 */
export function gaussianNoise(stddev: number, options: NameOption = {}): GaussianNoiseConfig {
  return readFactory(family, "gaussianNoise", options, { stddev });
}

/**
 * γ(x − mean)/√(variance + ε) + β for each column, with the statistics of the batch in training (at least two samples)
 * and their moving averages otherwise (Ioffe 2015). Momentum is the weight of the *old* average, as in Keras; torch's is
 * 1 − momentum.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * batchNormalization({ momentum: 0.9, epsilon: 1e-5 }); // torch's defaults
 * ```
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): BatchNormalizationConfig {
  return readFactory(family, "batchNormalization", options);
}

/**
 * γ(x − mean)/√(variance + ε) + β with the mean and variance of each row (Ba 2016).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * layerNormalization({ epsilon: 1e-5 });
 * ```
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): LayerNormalizationConfig {
  return readFactory(family, "layerNormalization", options);
}

/**
 * x + layers(x) (He 2016). The last of the layers must be as wide as x.
 *
 * @param layers at least one; nested at most 32 deep
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const layers = [dense(16), residual([dense(32, { activation: "relu" }), dense(16)]), dense(1)];
 * ```
 */
export function residual(layers: readonly LayerConfig[], options: NameOption = {}): ResidualConfig {
  return readFactory(family, "residual", options, { layers });
}
