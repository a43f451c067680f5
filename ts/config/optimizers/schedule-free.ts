import { field, integer, number, readFactory } from "../../check.js";
import type { MomentOptions, OptimizerOf, OptimizerRow } from "./shared.js";
import { amount, moments, shared } from "./shared.js";

/** Options of {@link scheduleFreeAdamW}. */
export interface ScheduleFreeAdamWOptions extends MomentOptions {
  /** updates in which the rate rises linearly to η; default 0 */
  warmupSteps?: number;
  /** what update t counts in the average grows with t^r, r >= 0; default 0 */
  r?: number;
  /** and with the largest rate so far to this power, >= 0; default 2 */
  weightPower?: number;
}
export type ScheduleFreeAdamWConfig = OptimizerOf<"scheduleFreeAdamW", ScheduleFreeAdamWOptions>;

export const scheduleFreeAdamWRow: OptimizerRow<ScheduleFreeAdamWConfig> = {
  fields: {
    ...shared(2.5e-3),
    ...moments,
    beta1: field(number({ above: 0, below: 1 }), 0.9),
    warmupSteps: field(integer({ min: 0, max: 2 ** 32 - 1 }), 0),
    r: field(amount, 0),
    weightPower: field(amount, 2),
  },
  presets: { keras: { weightPower: 0 }, optax: {} },
};

/**
 * Schedule-free AdamW (Defazio 2024), in which an average takes the place of a falling rate: gradients are taken at the
 * parameters y, z makes the steps, and x, the average of z, is what is evaluated, predicted with and saved.
 * v = β₂v + (1 − β₂)g²; u = g/(√v̂ + ε) + λy; z −= ηu; x = (1 − c)x + cz; y = (1 − β₁)z + β₁x, with c = w/Σw and
 * w = t^r·(largest η so far)^`weightPower`.
 *
 * Use a constant rate, about as for {@link adamw} or larger, with `warmupSteps`: no end of training need be known. β₁,
 * above 0, is the place of y between z and x; a schedule that drives momenta does not drive it. ε stands beside the root of
 * the corrected v̂. Decay is decoupled: λy is added to the normalised gradient. In the first update x and z become
 * θ − η·sign(g), and y is the same. Two state buffers, z and v. The same as `AdamWScheduleFree` of the
 * authors' package, whose `eval()` and `train()` are not needed: `parameters({ averaged: true })` and
 * `Optimizer.evaluationParameters` give x. Keras averages with c = 1/t, whatever the rates (its preset: `weightPower` 0), and
 * decays in front, y alone. Optax: the same, but its warm-up is one update behind and begins at 0. TensorFlow.js has none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * scheduleFreeAdamW({ learningRate: 5e-3, warmupSteps: 100 });
 * ```
 */
export function scheduleFreeAdamW(options: ScheduleFreeAdamWOptions = {}): ScheduleFreeAdamWConfig {
  return readFactory({ scheduleFreeAdamW: scheduleFreeAdamWRow }, "scheduleFreeAdamW", options);
}
