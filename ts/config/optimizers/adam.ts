import { boolean, field, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { moments, off, shared } from "./shared.js";

/** Options of {@link adam} and {@link adamw}. */
export interface AdamOptions extends MomentOptions {
  /** divides by the largest v so far (Reddi 2018); default false */
  amsgrad?: boolean;
  /** false is the uncorrected textbook form; default true */
  biasCorrection?: boolean;
  /** ε where Keras has it: added to √v before the correction; default false */
  epsilonHat?: boolean;
}

export type AdamConfig = OptimizerOf<"adam", AdamOptions>;
export type AdamwConfig = OptimizerOf<"adamw", AdamOptions>;

const adamFields = { ...moments, amsgrad: off, biasCorrection: field<boolean>(boolean, true), epsilonHat: off };

const keras = { epsilon: 1e-7, epsilonHat: true };

export const adamRow: OptimizerRow<AdamConfig> = {
  fields: { ...shared(1e-3), ...adamFields },
  presets: { keras, optax: {} },
};
export const adamwRow: OptimizerRow<AdamwConfig> = {
  fields: { ...shared(1e-3, 0.01), ...adamFields },
  presets: { keras: { ...keras, weightDecay: 0.004 }, optax: { weightDecay: 1e-4 } },
};

/**
 * Adam (Kingma 2014): m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; θ −= η·m̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 *
 * `amsgrad` takes the largest *uncorrected* v, then corrects it (torch; Optax the other way round). `epsilonHat` is Keras'
 * place for ε: θ −= η√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). Decay is coupled (g + λθ): see {@link adamw} for the other.
 * The first step is η·sign(g). Two state buffers, three with `amsgrad`. Keras and TensorFlow.js have ε 1e-7.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: cosineDecay({ initial: 3e-3, steps: 2345 }) });
 * ```
 */
export function adam(options: AdamOptions = {}): AdamConfig {
  return readFactory({ adam: adamRow }, "adam", options);
}

/**
 * Adam with decoupled decay (Loshchilov 2017): θ −= (ηλ)·θ, then Adam's update. λ is 0.01 by default (Keras 0.004).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adamw({ learningRate: 1e-3, weightDecay: 0.05, excludeFromDecay: "bias" });
 * ```
 */
export function adamw(options: AdamOptions = {}): AdamwConfig {
  return readFactory({ adamw: adamwRow }, "adamw", options);
}
