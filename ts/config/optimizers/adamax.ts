import { readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { moments, shared } from "./shared.js";

export type AdamaxConfig = OptimizerOf<"adamax", MomentOptions>;

export const adamaxRow: OptimizerRow<AdamaxConfig> = {
  fields: { ...shared(2e-3), ...moments },
  presets: { keras: { learningRate: 1e-3, epsilon: 1e-7 }, optax: {} },
};

/**
 * Adamax (Kingma 2014, section 7.1): m = β₁m + (1 − β₁)g; u = max(β₂u, |g| + ε); θ −= η/(1 − β₁ᵗ)·m/u.
 *
 * ε is added to |g| inside the maximum, and m alone is corrected. Decay is coupled (g + λθ). The first step is η·sign(g).
 * Two state buffers. Keras and TensorFlow.js: u = max(β₂u, |g|), divided by u + ε, ε 1e-7. Optax as ours. Keras' default
 * rate is 1e-3.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adamax({ learningRate: 1e-3 });
 * ```
 */
export function adamax(options: MomentOptions = {}): AdamaxConfig {
  return readFactory({ adamax: adamaxRow }, "adamax", options);
}
