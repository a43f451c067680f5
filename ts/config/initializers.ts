/** Initialisers of kernels and biases: Keras' definitions, drawn by the core's counter-based generator. */

import type { Check, Complete, Family, Typed, TypeOf } from "../check.js";
import { field, namesOf, number, readConfig, readFactory } from "../check.js";
import { ConfigError } from "../errors.js";

/** Options of {@link randomNormal} and {@link truncatedNormal}. */
export interface NormalOptions {
  /** default 0 */
  mean?: number;
  /** standard deviation, >= 0; default 0.05 */
  stddev?: number;
}
/** Options of {@link randomUniform}. */
export interface UniformOptions {
  /** lowest value; default −0.05 */
  min?: number;
  /** highest value, >= min; default 0.05 */
  max?: number;
}
/** Options of {@link orthogonal} and {@link identity}. */
export interface GainOptions {
  /** factor on the matrix; default 1 */
  gain?: number;
}

type PlainInitializer =
  | "zeros"
  | "ones"
  | "glorotNormal"
  | "glorotUniform"
  | "heNormal"
  | "heUniform"
  | "lecunNormal"
  | "lecunUniform";

export type ConstantConfig = Complete<"constant", { value: number }>;
export type RandomNormalConfig = Complete<"randomNormal", NormalOptions>;
export type RandomUniformConfig = Complete<"randomUniform", UniformOptions>;
export type TruncatedNormalConfig = Complete<"truncatedNormal", NormalOptions>;
export type OrthogonalConfig = Complete<"orthogonal", GainOptions>;
export type IdentityConfig = Complete<"identity", GainOptions>;

/** The whole config of an initialiser. */
export type InitializerConfig =
  | { readonly [T in PlainInitializer]: Typed<T> }[PlainInitializer]
  | ConstantConfig
  | RandomNormalConfig
  | RandomUniformConfig
  | TruncatedNormalConfig
  | OrthogonalConfig
  | IdentityConfig;

/** The name of an initialiser. */
export type InitializerName = TypeOf<InitializerConfig>;

/** What a layer takes as initialiser: a name, or a config such as `randomNormal({ stddev: 0.1 })`. */
export type Initializer = InitializerName | InitializerConfig;

const plain = { fields: {} };
const normal = { mean: field(number(), 0), stddev: field(number({ min: 0 }), 0.05) };
const gain = { gain: field(number(), 1) };
const family: Family<InitializerConfig> = {
  zeros: plain,
  ones: plain,
  constant: { fields: { value: field(number(), 0) } },
  randomNormal: { fields: normal },
  randomUniform: {
    fields: { min: field(number(), -0.05), max: field(number(), 0.05) },
    finish: (config, path) => {
      if (config.min > config.max)
        throw new ConfigError(path, `expected min <= max, got ${config.min} and ${config.max}`);
      return config;
    },
  },
  truncatedNormal: { fields: normal },
  glorotNormal: plain,
  glorotUniform: plain,
  heNormal: plain,
  heUniform: plain,
  lecunNormal: plain,
  lecunUniform: plain,
  orthogonal: { fields: gain },
  identity: { fields: gain },
};

/** Every initialiser, in the order of the core's codes. */
export const initializerNames: readonly InitializerName[] = namesOf(family);

/**
 * The whole frozen config of an initialiser given by name or config.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeInitializer("randomNormal", "layers[0].kernelInitializer"); // { type: "randomNormal", mean: 0, stddev: 0.05 }
 * ```
 */
export function normalizeInitializer(value: unknown, path: string): InitializerConfig {
  return readConfig(family, value, path);
}

/** Checks an initialiser and keeps a name as it is; a config is completed. */
export const initializerOption: Check<Initializer> = (value, path) => {
  const config = normalizeInitializer(value, path);
  return typeof value === "string" ? config.type : config;
};

/**
 * All 0.
 *
 * @example
 * ```ts
 * dense(8, { biasInitializer: zeros() });
 * ```
 */
export function zeros(): Typed<"zeros"> {
  return readFactory(family, "zeros", undefined);
}

/**
 * All 1.
 *
 * @example
 * ```ts
 * dense(8, { biasInitializer: ones() });
 * ```
 */
export function ones(): Typed<"ones"> {
  return readFactory(family, "ones", undefined);
}

/**
 * All `value`.
 *
 * @param value any finite number; 0 when omitted, as in Keras
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { biasInitializer: constant(0.1) });
 * ```
 */
export function constant(value = 0): ConstantConfig {
  return readFactory(family, "constant", undefined, { value });
}

/**
 * Normally distributed numbers.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelInitializer: randomNormal({ stddev: 0.1 }) });
 * ```
 */
export function randomNormal(options: NormalOptions = {}): RandomNormalConfig {
  return readFactory(family, "randomNormal", options);
}

/**
 * Evenly distributed numbers from `min` to `max`.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelInitializer: randomUniform({ min: -0.1, max: 0.1 }) });
 * ```
 */
export function randomUniform(options: UniformOptions = {}): RandomUniformConfig {
  return readFactory(family, "randomUniform", options);
}

/**
 * Normally distributed numbers, those beyond two standard deviations drawn anew; `stddev` is the one before cutting.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelInitializer: truncatedNormal({ stddev: 0.02 }) });
 * ```
 */
export function truncatedNormal(options: NormalOptions = {}): TruncatedNormalConfig {
  return readFactory(family, "truncatedNormal", options);
}

/**
 * Truncated normal of variance 2 / (inputs + units) (Glorot 2010).
 *
 * @example
 * ```ts
 * dense(8, { kernelInitializer: glorotNormal() });
 * ```
 */
export function glorotNormal(): Typed<"glorotNormal"> {
  return readFactory(family, "glorotNormal", undefined);
}

/**
 * Uniform within ±√(6 / (inputs + units)) (Glorot 2010); what `dense` takes by default.
 *
 * @example
 * ```ts
 * dense(8, { kernelInitializer: glorotUniform() });
 * ```
 */
export function glorotUniform(): Typed<"glorotUniform"> {
  return readFactory(family, "glorotUniform", undefined);
}

/**
 * Truncated normal of variance 2 / inputs (He 2015), for relu.
 *
 * @example
 * ```ts
 * dense(8, { activation: "relu", kernelInitializer: heNormal() });
 * ```
 */
export function heNormal(): Typed<"heNormal"> {
  return readFactory(family, "heNormal", undefined);
}

/**
 * Uniform within ±√(6 / inputs) (He 2015), for relu.
 *
 * @example
 * ```ts
 * dense(8, { activation: "relu", kernelInitializer: heUniform() });
 * ```
 */
export function heUniform(): Typed<"heUniform"> {
  return readFactory(family, "heUniform", undefined);
}

/**
 * Truncated normal of variance 1 / inputs (LeCun 1998; Klambauer 2017), for selu.
 *
 * @example
 * ```ts
 * dense(8, { activation: "selu", kernelInitializer: lecunNormal() });
 * ```
 */
export function lecunNormal(): Typed<"lecunNormal"> {
  return readFactory(family, "lecunNormal", undefined);
}

/**
 * Uniform within ±√(3 / inputs) (LeCun 1998).
 *
 * @example
 * ```ts
 * dense(8, { kernelInitializer: lecunUniform() });
 * ```
 */
export function lecunUniform(): Typed<"lecunUniform"> {
  return readFactory(family, "lecunUniform", undefined);
}

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe 2013).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelInitializer: orthogonal({ gain: Math.SQRT2 }) });
 * ```
 */
export function orthogonal(options: GainOptions = {}): OrthogonalConfig {
  return readFactory(family, "orthogonal", options);
}

/**
 * `gain` on the diagonal, 0 elsewhere; the kernel need not be square.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelInitializer: identity({ gain: 0.5 }) });
 * ```
 */
export function identity(options: GainOptions = {}): IdentityConfig {
  return readFactory(family, "identity", options);
}
