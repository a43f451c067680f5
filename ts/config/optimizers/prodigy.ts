import { field, number, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { moments, off, shared } from "./shared.js";

/** Options of {@link prodigy}. */
export interface ProdigyOptions extends MomentOptions {
  /** d before the first update, > 0: far below any useful rate; default 1e-6 */
  d0?: number;
  /** what the estimate is multiplied by, > 0: the knob to turn, from 0.5 to 2; default 1 */
  dCoefficient?: number;
  /** corrects the moments as Adam does; default false */
  biasCorrection?: boolean;
  /** leaves the rate out of the estimate's denominator, for schedules that warm up; default false */
  safeguardWarmup?: boolean;
}
export type ProdigyConfig = OptimizerOf<"prodigy", ProdigyOptions>;

const positive = number({ above: 0 });

export const prodigyRow: OptimizerRow<ProdigyConfig> = {
  fields: {
    ...shared(1),
    ...moments,
    d0: field(positive, 1e-6),
    dCoefficient: field(positive, 1),
    biasCorrection: off,
    safeguardWarmup: off,
  },
  presets: { optax: { biasCorrection: true } },
};

/**
 * Prodigy (Mishchenko & Defazio 2023): Adam that finds its rate d by itself, from how far the parameters have come along
 * the gradients: γ = dη; m = β₁m + (1 − β₁)dg; v = β₂v + (1 − β₂)d²g²; s = √β₂·s + (d/d₀)γg;
 * r = √β₂·r + (d/d₀)γ⟨g, θ₀ − θ⟩; d = max(d, c·r/‖s‖₁); θ −= γλθ; θ −= γm/(√v + dε). The sums go over all parameters, in 64
 * bits and a fixed order; with `perParameter` over those of the rule.
 *
 * Leave `learningRate` at 1, or give a schedule from 1 to 0. ε stands beside the root, times d. `biasCorrection` multiplies γ
 * by √(1 − β₂ᵗ)/(1 − β₁ᵗ). Decay is decoupled, by γλ. The first step is d₀·η·sign(g)·(1 − β₁)/√(1 − β₂), next to nothing:
 * d grows from there. Four state buffers, one of which is θ₀, and three numbers: d, r and the count of updates. The same as
 * `Prodigy` of the authors' package with its defaults; Optax (`contrib`) always has
 * `biasCorrection`. Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * prodigy({ learningRate: cosineDecay({ initial: 1, steps: 2000 }), biasCorrection: true });
 * ```
 */
export function prodigy(options: ProdigyOptions = {}): ProdigyConfig {
  return readFactory({ prodigy: prodigyRow }, "prodigy", options);
}
