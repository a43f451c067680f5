import { isRecord, readFactory } from "../../check.js";
import { adam } from "./adam.js";
import { type OptimizerLike, wrappers } from "./index.js";
import type { EmaConfig, LookaheadConfig, PerParameterConfig, SamConfig, SwitchAtConfig } from "./nesting.js";

/** Options of {@link lookahead}. */
export interface LookaheadOptions {
  /** updates from one synchronisation to the next, >= 1; default 5 */
  k?: number;
  /** α, how far the slow weights follow, 0 < α <= 1; default 0.5 */
  alpha?: number;
}

/** Options of {@link ema}. */
export interface EmaOptions {
  /** d, what remains of the average at every update, 0 <= d < 1; default 0.999 */
  decay?: number;
}

/** Options of {@link sam}. */
export interface SamOptions {
  /** ρ > 0, how far from the parameters, in Euclidean length, the gradient is taken; default 0.05 */
  rho?: number;
}

/**
 * Sharpness-aware minimisation (Foret 2021): `optimizer` gets the gradient from a point uphill, θ + ρ·g/(‖g‖ + 1e-12), g the
 * gradient at θ of the same rows with the same masks of dropout, so that it prefers flat valleys to sharp ones.
 *
 * Each update evaluates the gradient twice and takes twice the time. The loss that is told is that at θ; moving statistics of
 * batch normalisation are those seen uphill. Transforms apply to the second gradient. Several workers are not used. A bare
 * `Optimizer` cannot ask for a gradient and refuses it; `minimize` and models take it. No state of its own.
 *
 * @throws ConfigError `CONFIG`; also for another `sam` inside
 * @example
 * ```ts
 * sam(sgd({ learningRate: 0.1, momentum: 0.9 }), { rho: 0.05 });
 * ```
 */
export function sam(optimizer: OptimizerLike, options: SamOptions = {}): SamConfig {
  return readFactory(wrappers, "sam", options, { optimizer });
}

/**
 * Lookahead (Zhang 2019): k updates of `optimizer`, then the slow weights follow, φ += α(θ − φ), and θ = φ; φ starts as θ.
 *
 * The state of the inner optimizer goes on over a synchronisation (Optax' `reset_state: false`). What is evaluated,
 * predicted with and given by `evaluationParameters` are the slow weights, as in the paper and Optax. One state buffer more.
 *
 * @throws ConfigError `CONFIG`; also for another `lookahead` or an `ema` inside
 * @example
 * ```ts
 * lookahead(adam({ learningRate: 0.01 }), { k: 5, alpha: 0.5 });
 * ```
 */
export function lookahead(optimizer: OptimizerLike, options: LookaheadOptions = {}): LookaheadConfig {
  return readFactory(wrappers, "lookahead", options, { optimizer });
}

/**
 * The exponential moving average of the weights that `optimizer` trains (Polyak 1992; torch's `AveragedModel`): m = θ after
 * the first update, then m = d·m + (1 − d)θ after each.
 *
 * Training goes on from θ; the average m is what is evaluated, predicted with and given by `evaluationParameters`. Both are
 * saved. One state buffer more.
 *
 * @param optimizer default `adam()`; `ema({ decay: 0.99 })` leaves it out
 * @throws ConfigError `CONFIG`; also for another `ema` inside
 * @example
 * ```ts
 * ema(sgd({ learningRate: 0.1, momentum: 0.9 }), { decay: 0.99 });
 * ```
 */
export function ema(options?: EmaOptions): EmaConfig;
export function ema(optimizer: OptimizerLike, options?: EmaOptions): EmaConfig;
export function ema(first: OptimizerLike | EmaOptions = {}, options?: EmaOptions): EmaConfig {
  const isOptions = options === undefined && isRecord(first) && !("type" in first);
  const [optimizer, given] = isOptions ? [adam(), first] : [first, options];
  return readFactory(wrappers, "ema", given, { optimizer });
}

/**
 * Two optimizers one after the other: `first` makes `step` updates, then `second` takes over the weights, with a state, an
 * update count and a schedule of its own that start there (Keskar 2017: Adam, then SGD). For more than two nest them:
 * `switchAt(100, a, switchAt(200, b, c))` gives c the weights after 300 updates.
 *
 * @param step updates of `first`, >= 1
 * @throws ConfigError `CONFIG`; also for a switch inside `first` that never comes
 * @example
 * ```ts
 * switchAt(500, adam({ learningRate: 0.01 }), sgd({ learningRate: 0.01, momentum: 0.9 }));
 * ```
 */
export function switchAt(step: number, first: OptimizerLike, second: OptimizerLike): SwitchAtConfig {
  return readFactory(wrappers, "switchAt", undefined, { step, first, second });
}

/**
 * Each parameter is trained by the first rule whose pattern picks it (torch's parameter groups). Patterns are those of
 * `freeze`; so are those of `excludeFromDecay`, among the rule's own parameters.
 *
 * @param rules `[pattern, optimizer]`; a pattern may also be an array of patterns. Together they must pick every parameter
 * that is trained, and each must pick one that those before it leave
 * @throws ConfigError `CONFIG`; where parameters are known, also for a pattern that picks nothing and for parameters that no
 * pattern picks
 * @example
 * ```ts
 * perParameter([
 *   ["bias", sgd({ learningRate: 0.02 })],
 *   ["**", adamw({ learningRate: 0.001 })],
 * ]);
 * ```
 */
export function perParameter(
  rules: readonly (readonly [pattern: string | readonly string[], optimizer: OptimizerLike])[],
): PerParameterConfig {
  return readFactory(wrappers, "perParameter", undefined, { rules });
}
