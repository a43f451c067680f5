import { field, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, shared } from "./shared.js";

/** Options of {@link asgd}. */
export interface AsgdOptions extends SharedOptions {
  /** Λ >= 0: the decay that also slows the rate (torch's `lambd`); default 1e-4 */
  lambda?: number;
  /** α >= 0: the power of the rate's decay; default 0.75 */
  alpha?: number;
  /** the average starts after this many updates, >= 0; default 1e6 */
  t0?: number;
}
export type AsgdConfig = OptimizerOf<"asgd", AsgdOptions>;

export const asgdRow: OptimizerRow<AsgdConfig> = {
  fields: { ...shared(0.01), lambda: field(amount, 1e-4), alpha: field(amount, 0.75), t0: field(amount, 1e6) },
};

/**
 * Averaged stochastic gradient descent (Polyak & Juditsky 1992), as torch: η_t = η/(1 + Λη(t − 1))^α;
 * θ −= (Λη_t)θ + η_t·g; the average a = θ up to update t0 + 2, then
 * a += (θ − a)/(t − 1 − t0).
 *
 * No ε. Decay λ is coupled (g + λθ), beside Λ. The first step is η(g + Λθ). One state buffer, a. The averages are what
 * `Optimizer.evaluationParameters` gives, and what a model evaluates and predicts with; before t0 they are θ itself.
 * Keras, Optax and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * asgd({ learningRate: 0.1, t0: 1000 });
 * ```
 */
export function asgd(options: AsgdOptions = {}): AsgdConfig {
  return readFactory({ asgd: asgdRow }, "asgd", options);
}
