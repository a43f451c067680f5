import { field, number, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, shared } from "./shared.js";

/** Options of {@link adafactor}. */
export interface AdafactorOptions extends SharedOptions {
  /** the share of new squares in update t is t^`beta2Decay`, <= 0; default −0.8 */
  beta2Decay?: number;
  /** ε₁ >= 0, squared under the root; default 2⁻²³ = 1.19e-7. With a preset added to each square, 1e-30 */
  epsilon1?: number;
  /** ε₂ >= 0: a tensor counts as no smaller than this; default 1e-3 */
  epsilon2?: number;
  /** d >= 1: the root mean square of an update's direction stays below; default 1 */
  clippingThreshold?: number;
}
export type AdafactorConfig = OptimizerOf<"adafactor", AdafactorOptions>;

export const adafactorRow: OptimizerRow<AdafactorConfig> = {
  fields: {
    ...shared(0.01),
    beta2Decay: field(number({ max: 0 }), -0.8),
    epsilon1: field(amount, 2 ** -23),
    epsilon2: field(amount, 1e-3),
    clippingThreshold: field(number({ min: 1 }), 1),
  },
  presets: { keras: { learningRate: 1e-3, epsilon1: 1e-30 }, optax: { learningRate: 1, epsilon1: 1e-30 } },
};

/**
 * Adafactor (Shazeer & Stern 2018), which keeps of the squares of a matrix's gradient only the means of rows and columns:
 * with the share w = t^`beta2Decay`, r += w(row means of g² − r), c likewise of columns, v̂ = r·c/max(mean(r), ε₁); a vector
 * keeps v̂ += w(g² − v̂) itself. u = g/√max(v̂, ε₁²); θ −= α·u/max(1, RMS(u)/d) with α = max(ε₂, RMS(θ))·min(η, 1/√t).
 *
 * η bounds the share of its own size that a tensor moves by; there is no momentum. RMS(θ) is taken before the decay, which
 * is decoupled and by the whole η. No bias correction: w is 1 in the first update. The first step is α·sign(g) for a
 * vector. No state buffers, but rows + columns numbers for a matrix, and as many as it has for a vector. A bare `Optimizer`
 * takes rows and columns from the shapes given to it: an array given by its length, and that of `minimize`, is a vector. The
 * same as torch; TensorFlow.js has none. Keras and Optax, and their presets, have g² + ε₁ in place of g² and no other ε₁; Keras
 * decays first; Optax neither bounds η, whose default is 1, by 1/√t nor multiplies the decay by it, and keeps v̂ whole
 * unless rows and columns are 128 or more (of more than two dimensions ours looks at the last two, Optax at the largest).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adafactor({ learningRate: 0.02 });
 * ```
 */
export function adafactor(options: AdafactorOptions = {}): AdafactorConfig {
  return readFactory({ adafactor: adafactorRow }, "adafactor", options);
}
