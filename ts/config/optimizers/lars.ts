import { field, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, fraction, shared } from "./shared.js";

/** Options of {@link lars}. */
export interface LarsOptions extends SharedOptions {
  /** μ, 0 … 1; default 0.9 */
  momentum?: number;
  /** c >= 0: a step is about the share ηc of a tensor's length; default 0.001 */
  trustCoefficient?: number;
  /** ε >= 0; default 1e-8 */
  epsilon?: number;
}
export type LarsConfig = OptimizerOf<"lars", LarsOptions>;

export const larsRow: OptimizerRow<LarsConfig> = {
  fields: {
    ...shared(0.1),
    momentum: field(fraction, 0.9),
    trustCoefficient: field(amount, 1e-3),
    epsilon: field(amount, 1e-8),
  },
  presets: { optax: { epsilon: 0 } },
};

/**
 * Layer-wise adaptive rates for large batches (You 2017), tensor by tensor: trust = c·‖θ‖/(‖g‖ + λ‖θ‖ + ε), 1 if a norm is
 * 0; q = trust·(g + λθ); b₁ = q, b = μb + q; θ −= ηb.
 *
 * Tensors with fewer than two dimensions (biases, the scales of normalisations) have neither trust nor decay: for them it is
 * `sgd` with momentum. A bare `Optimizer` takes the dimensions from the shapes that it is given. Norms are summed in 64 bits.
 * No bias correction. The first step is η·trust·(g + λθ). One state buffer, none without momentum. The same as timm's
 * `Lars` with `always_adapt`; Optax takes ‖g + λθ‖ in one norm, has η inside the momentum and excludes nothing by itself.
 * Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * lars({ learningRate: warmup(cosineDecay({ initial: 10, steps: 900 }), { steps: 100 }), weightDecay: 1e-4 });
 * ```
 */
export function lars(options: LarsOptions = {}): LarsConfig {
  return readFactory({ lars: larsRow }, "lars", options);
}
