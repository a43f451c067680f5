/** Gradient transforms, applied in order to the mean gradient before the optimizer sees it. */

import type { Complete, Family, Typed, TypeOf } from "../check.js";
import { field, list, namesOf, number, oneOf, readConfig, readFactory, required } from "../check.js";
import { ConfigError } from "../errors.js";

/** Options of {@link adaptiveClip}. */
export interface AdaptiveClipOptions {
  /** λ, the largest ‖g‖ as a share of ‖w‖, > 0; default 0.01 */
  lambda?: number;
  /** stands for ‖w‖ where that is smaller, > 0; default 1e-3 */
  epsilon?: number;
}
/** Options of {@link normalizeGradient}. */
export interface NormalizeGradientOptions {
  /** one norm of the whole gradient, or one for each parameter; default `"model"` */
  per?: "model" | "parameter";
}
/** Options of {@link gradientNoise}. */
export interface GradientNoiseOptions {
  /** η, the variance at the first update, 0 … 1e20; default 0.01 */
  eta?: number;
  /** γ, how fast the variance falls, >= 0; default 0.55 */
  gamma?: number;
}

export type ClipByValueConfig = Typed<"clipByValue"> & { readonly value: number };
export type ClipByNormConfig = Typed<"clipByNorm"> & { readonly maxNorm: number };
export type ClipByGlobalNormConfig = Typed<"clipByGlobalNorm"> & { readonly maxNorm: number };
export type AdaptiveClipConfig = Complete<"adaptiveClip", AdaptiveClipOptions>;
export type NormalizeGradientConfig = Complete<"normalizeGradient", NormalizeGradientOptions>;
export type CentralizeGradientConfig = Typed<"centralizeGradient">;
export type GradientNoiseConfig = Complete<"gradientNoise", GradientNoiseOptions>;

/** The whole config of a gradient transform. */
export type TransformConfig =
  | ClipByValueConfig
  | ClipByNormConfig
  | ClipByGlobalNormConfig
  | AdaptiveClipConfig
  | NormalizeGradientConfig
  | CentralizeGradientConfig
  | GradientNoiseConfig;

/** The name of a gradient transform. */
export type TransformName = TypeOf<TransformConfig>;

/** What `gradient` of a model takes: a config, or a name, which means the factory's defaults. */
export type Transform = TransformConfig | Exclude<TransformName, "clipByValue" | "clipByNorm" | "clipByGlobalNorm">;

const positive = number({ above: 0 });
const limit = required(positive);
const family: Family<TransformConfig> = {
  clipByValue: { fields: { value: limit } },
  clipByNorm: { fields: { maxNorm: limit } },
  clipByGlobalNorm: { fields: { maxNorm: limit } },
  adaptiveClip: { fields: { lambda: field(positive, 0.01), epsilon: field(positive, 1e-3) } },
  normalizeGradient: { fields: { per: field(oneOf(["model", "parameter"]), "model") } },
  centralizeGradient: { fields: {} },
  gradientNoise: {
    fields: { eta: field(number({ min: 0, max: 1e20 }), 0.01), gamma: field(number({ min: 0 }), 0.55) },
  },
};

/** Those that decide how long the gradient is: of two, the second would undo the first. */
const lengths: readonly TransformName[] = ["clipByNorm", "clipByGlobalNorm", "adaptiveClip", "normalizeGradient"];

/** Every gradient transform, in the order of the core's codes. */
export const transformNames: readonly TransformName[] = namesOf(family);

/**
 * The whole frozen config of a gradient transform, from a factory or hand-written JSON.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeTransform({ type: "clipByNorm", maxNorm: 1 }, "gradient[0]");
 * ```
 */
export function normalizeTransform(value: unknown, path: string): TransformConfig {
  return readConfig(family, value, path);
}

/**
 * A whole list of them.
 *
 * @throws ConfigError `CONFIG`, starting with `path`, for one that is wrong, one that is there twice, and two that both
 * decide the gradient's norm
 * @example
 * ```ts
 * normalizeTransforms([clipByNorm(1), clipByGlobalNorm(1)], "gradient");
 * // ConfigError: gradient[1]: clipByGlobalNorm and clipByNorm in gradient[0] both decide the gradient's norm; keep one
 * ```
 */
export function normalizeTransforms(value: unknown, path: string): readonly TransformConfig[] {
  const transforms = list(normalizeTransform)(value, path);
  transforms.forEach(({ type }, i) => {
    transforms.slice(0, i).forEach((earlier, j) => {
      if (earlier.type === type) throw new ConfigError(`${path}[${i}]`, `${type} is there twice; keep one`);
      if (!lengths.includes(type) || !lengths.includes(earlier.type)) return;
      const pair = `${type} and ${earlier.type} in ${path}[${j}]`;
      throw new ConfigError(`${path}[${i}]`, `${pair} both decide the gradient's norm; keep one`);
    });
  });
  return transforms;
}

/**
 * Each component of the gradient held within −value … value.
 *
 * @param value > 0
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [clipByValue(0.5)];
 * ```
 */
export function clipByValue(value: number): ClipByValueConfig {
  return readFactory(family, "clipByValue", undefined, { value });
}

/**
 * The gradient of each parameter scaled by min(1, maxNorm / ‖g‖).
 *
 * @param maxNorm > 0
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [clipByNorm(1)];
 * ```
 */
export function clipByNorm(maxNorm: number): ClipByNormConfig {
  return readFactory(family, "clipByNorm", undefined, { maxNorm });
}

/**
 * The whole gradient scaled by min(1, maxNorm / (‖g‖ + 1e-6)), ‖g‖ over all parameters (torch's `clip_grad_norm_`).
 *
 * @param maxNorm > 0
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [clipByGlobalNorm(1)];
 * ```
 */
export function clipByGlobalNorm(maxNorm: number): ClipByGlobalNormConfig {
  return readFactory(family, "clipByGlobalNorm", undefined, { maxNorm });
}

/**
 * The gradient of each unit scaled by min(1, λ·max(‖w‖, ε) / ‖g‖), w its weights (Brock 2021): a bound that grows with
 * what it bounds. A unit is a column of a kernel `[inputs, units]`; a vector (bias, gamma, …) is one unit as a whole.
 *
 * @param options λ and ε; a number stands for λ alone
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [adaptiveClip({ lambda: 0.02 })];
 * ```
 */
export function adaptiveClip(options: number | AdaptiveClipOptions = {}): AdaptiveClipConfig {
  return readFactory(family, "adaptiveClip", typeof options === "number" ? { lambda: options } : options);
}

/**
 * g/‖g‖: steps of one length whatever the slope, with ‖g‖ over all parameters (Hazan 2015) or of each parameter alone
 * (Yu 2017). A gradient of 0 stays 0.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [normalizeGradient({ per: "parameter" })];
 * ```
 */
export function normalizeGradient(options: NormalizeGradientOptions = {}): NormalizeGradientConfig {
  return readFactory(family, "normalizeGradient", options);
}

/**
 * From the gradient of each kernel `[inputs, units]` the mean over the inputs of each unit is taken away (Yong 2020), so
 * that the sum of a unit's weights stays. Vectors, and kernels with a single input, are left alone.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [centralizeGradient()];
 * ```
 */
export function centralizeGradient(): CentralizeGradientConfig {
  return readFactory(family, "centralizeGradient", undefined);
}

/**
 * Normally distributed noise of variance η/(1 + t)^γ added to each number of the gradient, t the optimizer's updates so
 * far (Neelakantan 2015). It comes from the model's seed: the same training again gives the same noise.
 *
 * @param options η and γ; a number stands for η alone
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const gradient = [clipByGlobalNorm(1), gradientNoise({ eta: 0.3 })];
 * ```
 */
export function gradientNoise(options: number | GradientNoiseOptions = {}): GradientNoiseConfig {
  return readFactory(family, "gradientNoise", typeof options === "number" ? { eta: options } : options);
}
