import { field, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { amount, moments, shared } from "./shared.js";

/** Options of {@link yogi}. */
export interface YogiOptions extends MomentOptions {
  /** m and v before the first update, >= 0; default 1e-6 */
  initialAccumulator?: number;
}
export type YogiConfig = OptimizerOf<"yogi", YogiOptions>;

export const yogiRow: OptimizerRow<YogiConfig> = {
  fields: { ...shared(0.01), ...moments, epsilon: field(amount, 1e-3), initialAccumulator: field(amount, 1e-6) },
  presets: { optax: {} },
};

/**
 * Yogi (Zaheer 2018): Adam whose v goes towards g² by (1 − β₂)g², however far away it is, so that it forgets large gradients
 * slowly: m as in {@link adam}; v −= (1 − β₂)·sign(v − g²)·g²; θ −= η·m̂/(√v̂ + ε).
 *
 * m and v both start as `initialAccumulator`, and are corrected as if they had started at 0: with zero gradients it still
 * moves a little at first. ε stands beside the root of the corrected v̂. Decay is coupled (g + λθ). The first step is about
 * η·g/(√(g² + 0.001) + ε). Two state buffers. The same as Optax. Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * yogi({ learningRate: 0.01, epsilon: 1e-3 });
 * ```
 */
export function yogi(options: YogiOptions = {}): YogiConfig {
  return readFactory({ yogi: yogiRow }, "yogi", options);
}
