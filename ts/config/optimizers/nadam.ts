import { field, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { amount, moments, shared } from "./shared.js";

/** Options of {@link nadam}. */
export interface NadamOptions extends MomentOptions {
  /** ψ >= 0: how fast the momentum rises from β₁/2 to β₁; default 0.004 (Keras: 1) */
  momentumDecay?: number;
}
export type NadamConfig = OptimizerOf<"nadam", NadamOptions>;

export const nadamRow: OptimizerRow<NadamConfig> = {
  fields: { ...shared(2e-3), ...moments, momentumDecay: field(amount, 4e-3) },
  presets: {
    keras: { learningRate: 1e-3, epsilon: 1e-7, momentumDecay: 1 },
    // So large that μ = β₁ from the first update on.
    optax: { momentumDecay: 1e5 },
  },
};

/**
 * Adam with Nesterov's momentum (Dozat 2016): m and v as in {@link adam}; μ_t = β₁(1 − ½·0.96^{tψ});
 * θ −= η[(1 − μ_t)g/(1 − μ₁…μ_t) + μ_{t+1}m/(1 − μ₁…μ_{t+1})]/(√v̂ + ε).
 *
 * ε stands beside the root of the corrected v̂. Decay is coupled (g + λθ). The first step is 1.06·η·sign(g) with the
 * defaults. Two state buffers. Keras: ψ 1, ε 1e-7, η 1e-3. Optax has a constant μ = β₁. TensorFlow.js has none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * nadam({ learningRate: 1e-3, momentumDecay: 1 }); // the momentum of Keras
 * ```
 */
export function nadam(options: NadamOptions = {}): NadamConfig {
  return readFactory({ nadam: nadamRow }, "nadam", options);
}
