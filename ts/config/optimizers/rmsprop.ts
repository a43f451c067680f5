import { field, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, decay, fraction, off, shared } from "./shared.js";

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends SharedOptions {
  /** ρ, 0 <= ρ < 1 (torch's `alpha`); default 0.99 */
  rho?: number;
  /** ε >= 0; default 1e-8 */
  epsilon?: number;
  /** μ, 0 … 1; default 0 */
  momentum?: number;
  /** divides by the deviation about the mean gradient; default false */
  centered?: boolean;
  /** √(v + ε) instead of √v + ε; default false */
  epsilonInside?: boolean;
}

export type RmspropConfig = OptimizerOf<"rmsprop", RmspropOptions>;

export const rmspropRow: OptimizerRow<RmspropConfig> = {
  fields: {
    ...shared(0.01),
    rho: field(decay, 0.99),
    epsilon: field(amount, 1e-8),
    momentum: field(fraction, 0),
    centered: off,
    epsilonInside: off,
  },
  presets: {
    keras: { learningRate: 1e-3, rho: 0.9, epsilon: 1e-7, epsilonInside: true },
    optax: { rho: 0.9, epsilonInside: true },
  },
};

/**
 * RMSprop (Hinton 2012): v = ρv + (1 − ρ)g²; centred: ḡ = ρḡ + (1 − ρ)g and v − ḡ², not below 0; d = √v + ε, with
 * `epsilonInside` √(v + ε); b = μb + g/d; θ −= ηb.
 *
 * No bias correction. Decay is coupled (g + λθ). The first step is η·sign(g)/√(1 − ρ). One state buffer, one more each for
 * momentum and `centered`. Keras has ρ 0.9 and ε 1e-7 inside; torch does not clamp v − ḡ².
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * rmsprop({ learningRate: 1e-3, rho: 0.9 });
 * ```
 */
export function rmsprop(options: RmspropOptions = {}): RmspropConfig {
  return readFactory({ rmsprop: rmspropRow }, "rmsprop", options);
}
