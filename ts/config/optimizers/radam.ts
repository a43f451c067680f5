import { readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { moments, shared } from "./shared.js";

export type RadamConfig = OptimizerOf<"radam", MomentOptions>;

export const radamRow: OptimizerRow<RadamConfig> = {
  fields: { ...shared(1e-3), ...moments },
  presets: { optax: {} },
};

/**
 * Rectified Adam (Liu 2019), which needs no warm-up: m and v as in {@link adam}; ρ_∞ = 2/(1 − β₂) − 1,
 * ρ_t = ρ_∞ − 2tβ₂ᵗ/(1 − β₂ᵗ). While ρ_t <= 5: θ −= ηm̂. Then θ −= η·m̂·r_t·√(1 − β₂ᵗ)/(√v + ε) with
 * r_t = √((ρ_t − 4)(ρ_t − 2)ρ_∞/((ρ_∞ − 4)(ρ_∞ − 2)ρ_t)), which rises to 1.
 *
 * ε stands beside the root of the uncorrected v. Decay is coupled (g + λθ). The first step is ηg: in the first five
 * updates (with the default β₂) steps are as large as gradients, which Adam's are not. Two state buffers. Optax adds ε to the corrected √v̂.
 * Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * radam({ learningRate: 3e-3 });
 * ```
 */
export function radam(options: MomentOptions = {}): RadamConfig {
  return readFactory({ radam: radamRow }, "radam", options);
}
