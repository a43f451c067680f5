/** Regularisers: λ₁·Σ|w| + λ₂·Σw², added to the loss (Keras; no factor ½). */

import type { Family, Typed, TypeOf } from "../check.js";
import { field, number, readConfig, readFactory } from "../check.js";

export type L1Config = Typed<"l1"> & { readonly l1: number };
export type L2Config = Typed<"l2"> & { readonly l2: number };
export type L1L2Config = Typed<"l1l2"> & { readonly l1: number; readonly l2: number };

/** The whole config of a regulariser. */
export type RegularizerConfig = L1Config | L2Config | L1L2Config;

/** The name of a regulariser. */
export type RegularizerName = TypeOf<RegularizerConfig>;

/** What a layer takes as regulariser: usually `l2(1e-4)`; a name alone means the factory's defaults. */
export type Regularizer = RegularizerName | RegularizerConfig;

const strength = number({ min: 0 });
const family: Family<RegularizerConfig> = {
  l1: { fields: { l1: field(strength, 0.01) } },
  l2: { fields: { l2: field(strength, 0.01) } },
  l1l2: { fields: { l1: field(strength, 0), l2: field(strength, 0) } },
};

/**
 * The whole frozen config of a regulariser given by name or config.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeRegularizer({ type: "l2", l2: 0.1 }, "layers[0].kernelRegularizer"); // { type: "l2", l2: 0.1 }
 * ```
 */
export function normalizeRegularizer(value: unknown, path: string): RegularizerConfig {
  return readConfig(family, value, path);
}

/** λ₁ and λ₂ of a regulariser, 0 where it has none; `undefined` is no regulariser at all. */
export function regularizerStrengths(config: RegularizerConfig | undefined): {
  readonly l1: number;
  readonly l2: number;
} {
  return {
    l1: config !== undefined && "l1" in config ? config.l1 : 0,
    l2: config !== undefined && "l2" in config ? config.l2 : 0,
  };
}

/**
 * λ·Σ|w|, which draws weights to exactly 0.
 *
 * @param lambda λ >= 0; 0.01 when omitted, as in Keras
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelRegularizer: l1(1e-4) });
 * ```
 */
export function l1(lambda = 0.01): L1Config {
  return readFactory(family, "l1", undefined, { l1: lambda });
}

/**
 * λ·Σw², which draws weights towards 0.
 *
 * @param lambda λ >= 0; 0.01 when omitted, as in Keras
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelRegularizer: l2(1e-4) });
 * ```
 */
export function l2(lambda = 0.01): L2Config {
  return readFactory(family, "l2", undefined, { l2: lambda });
}

/**
 * l1·Σ|w| + l2·Σw².
 *
 * @param options `l1` and `l2`, each >= 0, each 0 when omitted
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(8, { kernelRegularizer: l1l2({ l1: 1e-5, l2: 1e-4 }) });
 * ```
 */
export function l1l2(options: { l1?: number; l2?: number } = {}): L1L2Config {
  return readFactory(family, "l1l2", options);
}
