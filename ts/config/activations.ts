/** Activations: by name, or as a config where they have an option. Derivatives at 0 and bounds: `docs`, numerics. */

import type { Check, Complete, Family, Typed, TypeOf } from "../check.js";
import { field, namesOf, number, readConfig, readFactory } from "../check.js";

/** Options of {@link leakyRelu}. */
export interface LeakyReluOptions {
  /** factor for x < 0; default 0.01 */
  slope?: number;
}
/** Options of {@link elu}. */
export interface EluOptions {
  /** α of α(eˣ − 1) for x < 0; default 1 */
  alpha?: number;
}
/** Options of {@link prelu}. */
export interface PreluOptions {
  /** the slopes for x < 0 before training; default 0.25 */
  initial?: number;
}

type PlainActivation =
  | "linear"
  | "relu"
  | "selu"
  | "gelu"
  | "geluTanh"
  | "silu"
  | "mish"
  | "softplus"
  | "softsign"
  | "sigmoid"
  | "hardSigmoid"
  | "tanh"
  | "softmax";

export type LeakyReluConfig = Complete<"leakyRelu", LeakyReluOptions>;
export type EluConfig = Complete<"elu", EluOptions>;
export type PreluConfig = Complete<"prelu", PreluOptions>;

/** The whole config of an activation. */
export type ActivationConfig =
  | { readonly [T in PlainActivation]: Typed<T> }[PlainActivation]
  | LeakyReluConfig
  | EluConfig
  | PreluConfig;

/** The name of an activation. */
export type ActivationName = TypeOf<ActivationConfig>;

/** What a layer takes as its activation: a name, or a config such as `leakyRelu({ slope: 0.2 })`. */
export type Activation = ActivationName | ActivationConfig;

const plain = { fields: {} };
const family: Family<ActivationConfig> = {
  linear: plain,
  relu: plain,
  leakyRelu: { fields: { slope: field(number(), 0.01) } },
  prelu: { fields: { initial: field(number(), 0.25) } },
  elu: { fields: { alpha: field(number({ min: 0 }), 1) } },
  selu: plain,
  gelu: plain,
  geluTanh: plain,
  silu: plain,
  mish: plain,
  softplus: plain,
  softsign: plain,
  sigmoid: plain,
  hardSigmoid: plain,
  tanh: plain,
  softmax: plain,
};

/** Every activation, in the order of the core's codes. */
export const activationNames: readonly ActivationName[] = namesOf(family);

/**
 * The whole frozen config of an activation given by name or config.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeActivation("leakyRelu", "layers[0].activation"); // { type: "leakyRelu", slope: 0.01 }
 * ```
 */
export function normalizeActivation(value: unknown, path: string): ActivationConfig {
  return readConfig(family, value, path);
}

/** Checks an activation and keeps a name as it is; a config is completed. */
export const activationOption: Check<Activation> = (value, path) => {
  const config = normalizeActivation(value, path);
  return typeof value === "string" ? config.type : config;
};

/**
 * x for x > 0, slope · x below (Maas 2013).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(16, { activation: leakyRelu({ slope: 0.2 }) });
 * ```
 */
export function leakyRelu(options: LeakyReluOptions = {}): LeakyReluConfig {
  return readFactory(family, "leakyRelu", options);
}

/**
 * x for x > 0, α(eˣ − 1) below (Clevert 2015).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(16, { activation: elu({ alpha: 0.5 }) });
 * ```
 */
export function elu(options: EluOptions = {}): EluConfig {
  return readFactory(family, "elu", options);
}

/**
 * x for x > 0, slope · x below, with a trained slope for each unit (He 2015).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(16, { activation: prelu({ initial: 0.1 }) });
 * ```
 */
export function prelu(options: PreluOptions = {}): PreluConfig {
  return readFactory(family, "prelu", options);
}
