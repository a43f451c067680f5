import { field, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { decay, shared } from "./shared.js";

/** Options of {@link lion}. */
export interface LionOptions extends SharedOptions {
  /** β₁, 0 <= β₁ < 1: the share of m in the step's direction; default 0.9 */
  beta1?: number;
  /** β₂, 0 <= β₂ < 1: the share of the old m in the new; default 0.99 */
  beta2?: number;
}
export type LionConfig = OptimizerOf<"lion", LionOptions>;

export const lionRow: OptimizerRow<LionConfig> = {
  fields: { ...shared(1e-4), beta1: field(decay, 0.9), beta2: field(decay, 0.99) },
  presets: { keras: { learningRate: 1e-3 }, optax: { weightDecay: 1e-3 } },
};

/**
 * Lion (Chen 2023): θ −= (ηλ)θ; θ −= η·sign(β₁m + (1 − β₁)g); m = β₂m + (1 − β₂)g; sign(0) = 0.
 *
 * No ε and no bias correction: every number moves by η. Decay is decoupled. The first step is η·sign(g). One state buffer.
 * The authors advise a rate 3 to 10 times smaller than AdamW's, and a λ as many times larger. Keras: η 1e-3. Optax: the
 * same with λ 1e-3. TensorFlow.js has none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * lion({ learningRate: 3e-4, weightDecay: 0.1 });
 * ```
 */
export function lion(options: LionOptions = {}): LionConfig {
  return readFactory({ lion: lionRow }, "lion", options);
}
