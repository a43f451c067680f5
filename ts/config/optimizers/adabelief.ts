import { field, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { amount, moments, shared } from "./shared.js";

export type AdabeliefConfig = OptimizerOf<"adabelief", MomentOptions>;

export const adabeliefRow: OptimizerRow<AdabeliefConfig> = {
  fields: { ...shared(1e-3), ...moments, epsilon: field(amount, 1e-16) },
  presets: { optax: {} },
};

/**
 * AdaBelief (Zhuang 2020): Adam that divides by how far gradients stray from their mean, so that steps are long where they
 * agree: m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)(g − m)² + ε with the new m; θ −= η·m̂/(√v̂ + ε), m̂ and v̂ as in
 * {@link adam}.
 *
 * ε stands twice: it is added to v and stays there, and beside the root of the corrected v̂. Decay is coupled (g + λθ). The
 * first step is η·sign(g)/β₁. Two state buffers. The same as Optax, and as timm without rectification and with coupled
 * decay. Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adabelief({ learningRate: 3e-3, epsilon: 1e-12 });
 * ```
 */
export function adabelief(options: MomentOptions = {}): AdabeliefConfig {
  return readFactory({ adabelief: adabeliefRow }, "adabelief", options);
}
