import { field, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { amount, moments, shared } from "./shared.js";

export type LambConfig = OptimizerOf<"lamb", MomentOptions>;

export const lambRow: OptimizerRow<LambConfig> = {
  fields: { ...shared(1e-3), ...moments, epsilon: field(amount, 1e-6) },
  presets: { keras: { epsilon: 1e-7 }, optax: {} },
};

/**
 * Layer-wise adaptive moments for large batches (You 2019), tensor by tensor: m̂ and v̂ as in {@link adam};
 * u = m̂/(√v̂ + ε) + λθ; trust = ‖θ‖/‖u‖, 1 if a norm is 0; θ −= η·trust·u.
 *
 * ε, 1e-6 by default, stands beside the root. Decay is inside the trust ratio. The step of a tensor has the length η‖θ‖: a
 * bias that starts at 0 steps as `adam` does at first. Norms are summed in 64 bits. Two state buffers. Optax: the same.
 * Keras: ε 1e-7, decay outside the ratio, decoupled. TensorFlow.js has none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * lamb({ learningRate: 0.01, weightDecay: 0.01, excludeFromDecay: "bias" });
 * ```
 */
export function lamb(options: MomentOptions = {}): LambConfig {
  return readFactory({ lamb: lambRow }, "lamb", options);
}
