import { field, list, readFactory, show } from "../../check.js";
import { ConfigError } from "../../errors.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, decay, shared } from "./shared.js";

/** Options of {@link adan}. */
export interface AdanOptions extends SharedOptions {
  /** β₁, β₂ and β₃, the weights of the old means, 0 <= β < 1; default [0.98, 0.92, 0.99] */
  betas?: readonly [gradients: number, differences: number, squares: number];
  /** ε >= 0; default 1e-8 */
  epsilon?: number;
}
export type AdanConfig = OptimizerOf<"adan", AdanOptions>;

function three(value: unknown, path: string): AdanConfig["betas"] {
  const [first, second, third, ...more] = list(decay)(value, path);
  if (first === undefined || second === undefined || third === undefined || more.length > 0)
    throw new ConfigError(path, `expected three numbers, got ${show(value)}`);
  return Object.freeze([first, second, third] as const);
}

export const adanRow: OptimizerRow<AdanConfig> = {
  fields: {
    ...shared(1e-3),
    betas: field<AdanConfig["betas"]>(three, Object.freeze([0.98, 0.92, 0.99] as const)),
    epsilon: field(amount, 1e-8),
  },
  presets: { optax: {} },
};

/**
 * Adan (Xie 2022), which estimates Nesterov's step from the difference δ of successive gradients, 0 in the first update:
 * m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)δ; n = β₃n + (1 − β₃)(g + β₂δ)²; θ −= η(m̂ + β₂v̂)/(√n̂ + ε), each mean
 * corrected by its own 1 − βᵗ; then θ /= 1 + ηλ.
 *
 * The betas are the weights of the old means, as in {@link adam}; the paper's are 1 − β. ε stands beside the root. Decay is
 * decoupled, and divides after the update. The first step is η·sign(g). Four state buffers, one of which is the last
 * gradient. The same as timm's `Adan`; Optax: δ and v̂ times
 * 1 − β₂ in place of β₂, √(n̂ + 1e-8) + ε, and the decay first, θ −= (ηλ)θ. Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adan({ learningRate: 5e-3, weightDecay: 0.02 });
 * ```
 */
export function adan(options: AdanOptions = {}): AdanConfig {
  return readFactory({ adan: adanRow }, "adan", options);
}
