/** Gradient transforms, applied in order to the mean gradient before the optimizer sees it. */

import type { Family, Typed, TypeOf } from "../check.js";
import { namesOf, number, readConfig, readFactory, required } from "../check.js";

export type ClipByValueConfig = Typed<"clipByValue"> & { readonly value: number };
export type ClipByNormConfig = Typed<"clipByNorm"> & { readonly maxNorm: number };
export type ClipByGlobalNormConfig = Typed<"clipByGlobalNorm"> & { readonly maxNorm: number };

/** The whole config of a gradient transform. */
export type TransformConfig = ClipByValueConfig | ClipByNormConfig | ClipByGlobalNormConfig;

/** The name of a gradient transform. */
export type TransformName = TypeOf<TransformConfig>;

const limit = required(number({ above: 0 }));
const family: Family<TransformConfig> = {
  clipByValue: { fields: { value: limit } },
  clipByNorm: { fields: { maxNorm: limit } },
  clipByGlobalNorm: { fields: { maxNorm: limit } },
};

/** Every gradient transform. */
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
