import { field, readFactory } from "../../check.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, off, shared } from "./shared.js";

/** Options of {@link adagrad}. */
export interface AdagradOptions extends SharedOptions {
  /** ε >= 0; default 1e-10 */
  epsilon?: number;
  /** s before the first update, >= 0; default 0 */
  initialAccumulator?: number;
  /** η is divided by 1 + (t − 1)·learningRateDecay, >= 0; default 0 */
  learningRateDecay?: number;
  /** √(s + ε) instead of √s + ε; default false */
  epsilonInside?: boolean;
}

export type AdagradConfig = OptimizerOf<"adagrad", AdagradOptions>;

export const adagradRow: OptimizerRow<AdagradConfig> = {
  fields: {
    ...shared(0.01),
    epsilon: field(amount, 1e-10),
    initialAccumulator: field(amount, 0),
    learningRateDecay: field(amount, 0),
    epsilonInside: off,
  },
  presets: {
    keras: { learningRate: 1e-3, epsilon: 1e-7, initialAccumulator: 0.1, epsilonInside: true },
    optax: { epsilon: 1e-7, initialAccumulator: 0.1, epsilonInside: true },
  },
};

/**
 * Adagrad (Duchi 2011): s += g²; θ −= η/(1 + (t − 1)·learningRateDecay) · g/(√s + ε); with `epsilonInside` g/√(s + ε).
 *
 * No bias correction. Decay is coupled (g + λθ). The first step is η·sign(g) with the defaults. One state buffer. Keras,
 * Optax and TensorFlow.js start s at 0.1, with ε 1e-7 inside the root.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adagrad({ learningRate: 0.1 });
 * ```
 */
export function adagrad(options: AdagradOptions = {}): AdagradConfig {
  return readFactory({ adagrad: adagradRow }, "adagrad", options);
}
