import { field, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, decay, shared } from "./shared.js";

/** Options of {@link adadelta}. */
export interface AdadeltaOptions extends SharedOptions {
  /** ρ, 0 <= ρ < 1; default 0.9 */
  rho?: number;
  /** ε >= 0; default 1e-6; decides how fast it starts */
  epsilon?: number;
}
export type AdadeltaConfig = OptimizerOf<"adadelta", AdadeltaOptions>;

export const adadeltaRow: OptimizerRow<AdadeltaConfig> = {
  fields: { ...shared(1), rho: field(decay, 0.9), epsilon: field(amount, 1e-6) },
  presets: { keras: { learningRate: 1e-3, rho: 0.95, epsilon: 1e-7 }, optax: {} },
};

/**
 * Adadelta (Zeiler 2012): v = ρv + (1 − ρ)g²; Δ = √(u + ε)/√(v + ε)·g; u = ρu + (1 − ρ)Δ²; θ −= ηΔ.
 *
 * ε stands inside both roots. No bias correction. Decay is coupled (g + λθ). The first step is √(ε/(1 − ρ))·sign(g), 0.003
 * with the defaults, whatever g is: it starts slowly. Two state buffers. Keras: η 0.001, ρ 0.95, ε 1e-7. Optax the same as
 * ours. TensorFlow.js divides by v of the update *before*: its first step is η·g.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adadelta({ rho: 0.95 });
 * ```
 */
export function adadelta(options: AdadeltaOptions = {}): AdadeltaConfig {
  return readFactory({ adadelta: adadeltaRow }, "adadelta", options);
}
