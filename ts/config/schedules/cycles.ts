/** Schedules that rise and fall, once or again and again, by the update index alone. */

import type { Complete } from "../../check.js";
import { boolean, field, integer, number, oneOf, optional, readFactory, required } from "../../check.js";
import { ConfigError } from "../../errors.js";
import { alongCosine, alongLine, end, initial, type Kinds, rate, type ScheduleMath, steps, updates } from "./kind.js";

/** Options of {@link cosineRestarts}. */
export interface CosineRestartsOptions {
  /** rate at update 0 */
  initial: number;
  /** the rate falls towards this in every period, and no peak lies lower; default 0 */
  end?: number;
  /** updates of the first period, >= 1 (torch's `T_0`) */
  period: number;
  /** each period is so many times as long as the one before, >= 1; default 1 (torch's `T_mult`) */
  growth?: number;
  /** each peak is so many times as high as the one before, 0 < decay <= 1; default 1 */
  decay?: number;
}

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** the highest rate */
  max: number;
  /** updates of the whole cycle, >= 1; the lowest rate is reached at update `steps − 1` and stays (torch's `total_steps`) */
  steps: number;
  /** rate at update 0; default max / 25 (torch's `div_factor`) */
  initial?: number;
  /** rate from update `steps − 1` on; default initial / 1e4 (torch's `final_div_factor`) */
  end?: number;
  /** share of the updates in which the rate rises, 0 < rise < 1; default 0.3 (torch's `pct_start`) */
  rise?: number;
  /** drives the optimizer's momentum or β₁ too; default true */
  cycleMomentum?: boolean;
  /** momentum while the rate is lowest, 0 … 1; default 0.95 */
  maxMomentum?: number;
  /** momentum while the rate is highest, 0 … 1; default 0.85 (torch's `base_momentum`) */
  minMomentum?: number;
}

/** Options of {@link cyclical}. */
export interface CyclicalOptions {
  /** the lowest rate, also that at update 0 (torch's `base_lr`) */
  initial: number;
  /** the highest rate of the first cycle, >= initial */
  max: number;
  /** updates from the lowest rate to the highest, >= 1 (torch's `step_size_up`) */
  steps: number;
  /** updates from the highest back to the lowest, >= 1; default `steps` */
  stepsDown?: number;
  /**
   * how the height of the cycles changes: `"triangular"` (default) not at all, `"triangular2"` is halved at each cycle,
   * `"expRange"` is multiplied by `decay` at every update
   */
  policy?: CyclicalPolicy;
  /** of `"expRange"` alone, 0 < decay <= 1; default 1 (torch's `gamma`) */
  decay?: number;
}
export type CyclicalPolicy = "triangular" | "triangular2" | "expRange";

/** Options of {@link warmupStableDecay}. */
export interface WarmupStableDecayOptions {
  /** the rate of the stable phase */
  max: number;
  /** updates of the straight line from `initial` to `max`, >= 0 */
  warmupSteps: number;
  /** updates at `max`, >= 0 */
  stableSteps: number;
  /** updates from `max` to `end`, >= 1 */
  decaySteps: number;
  /** rate at update 0, if there is a warm-up; default 0 */
  initial?: number;
  /** rate after all; default 0 */
  end?: number;
  /** how it falls: `"linear"` (default), `"cosine"` (half a wave) or `"squareRoot"` (1 − √share, steep at first) */
  shape?: DecayShape;
}
export type DecayShape = "linear" | "cosine" | "squareRoot";

export type CosineRestartsConfig = Complete<"cosineRestarts", CosineRestartsOptions>;
export type OneCycleConfig = Complete<"oneCycle", OneCycleOptions>;
export type CyclicalConfig = Complete<"cyclical", CyclicalOptions>;
export type WarmupStableDecayConfig = Complete<"warmupStableDecay", WarmupStableDecayOptions>;

/** The whole config of a schedule of this file. */
export type CycleConfig = CosineRestartsConfig | OneCycleConfig | CyclicalConfig | WarmupStableDecayConfig;

const momentum = number({ min: 0, below: 1 });
const factor = field(number({ above: 0, max: 1 }), 1);
const count = required(integer({ min: 0 }));

export const cycles: Kinds<CycleConfig> = {
  cosineRestarts: {
    fields: { initial, end, period: required(updates), growth: field(number({ min: 1 }), 1), decay: factor },
    finish: (config, path) => {
      if (config.growth === 1 || config.growth >= leastGrowth) return config;
      throw new ConfigError(`${path}.growth`, `expected 1, or a number >= ${leastGrowth}, got ${config.growth}`);
    },
    rate: ({ initial, end, period, growth, decay }, step, math) => {
      const { cycle, share } = place(step, period, growth);
      return alongCosine(Math.max(end, initial * math.pow(decay, cycle)), end, share, math);
    },
  },
  oneCycle: {
    fields: {
      max: required(rate),
      steps,
      initial: optional(rate),
      end: optional(rate),
      rise: field(number({ above: 0, below: 1 }), 0.3),
      cycleMomentum: field<boolean>(boolean, true),
      maxMomentum: field(momentum, 0.95),
      minMomentum: field(momentum, 0.85),
    },
    finish: (config) => {
      const initial = config.initial ?? config.max / 25;
      return { ...config, initial, end: config.end ?? initial / 1e4 };
    },
    rate: (config, step, math) => alongCycle(config, config.initial, config.max, config.end, step, math),
  },
  cyclical: {
    fields: {
      initial,
      max: required(rate),
      steps,
      stepsDown: optional(updates),
      policy: field<CyclicalPolicy>(oneOf(["triangular", "triangular2", "expRange"]), "triangular"),
      decay: factor,
    },
    finish: (config, path) => {
      if (config.decay !== 1 && config.policy !== "expRange")
        throw new ConfigError(`${path}.decay`, `belongs to the policy expRange, the policy is ${config.policy}`);
      return { ...config, stepsDown: config.stepsDown ?? config.steps };
    },
    rate: ({ initial, max, steps, stepsDown, policy, decay }, step, math) => {
      const length = steps + stepsDown;
      const cycle = Math.floor(step / length);
      const within = step - cycle * length;
      const share = within <= steps ? within / steps : (length - within) / stepsDown;
      const height = policy === "triangular2" ? math.pow(0.5, cycle) : math.pow(decay, step);
      return initial + (max - initial) * share * height;
    },
  },
  warmupStableDecay: {
    fields: {
      max: required(rate),
      warmupSteps: count,
      stableSteps: count,
      decaySteps: steps,
      initial: field(rate, 0),
      end,
      shape: field<DecayShape>(oneOf(["linear", "cosine", "squareRoot"]), "linear"),
    },
    rate: ({ max, warmupSteps, stableSteps, decaySteps, initial, end, shape }, step, math) => {
      if (step < warmupSteps) return alongLine(initial, max, step / warmupSteps);
      const share = (step - warmupSteps - stableSteps) / decaySteps;
      if (share <= 0) return max;
      if (share >= 1) return end;
      if (shape === "cosine") return alongCosine(max, end, share, math);
      return alongLine(max, end, shape === "linear" ? share : math.pow(share, 0.5));
    },
  },
};

/** Periods that grow are counted one by one at each update: so they are few, even after 2⁵³ updates. */
const leastGrowth = 1.001;

/** The period in which an update lies, and what share of it has gone. */
function place(step: number, period: number, growth: number): { cycle: number; share: number } {
  let cycle = growth === 1 ? Math.floor(step / period) : 0;
  let start = cycle * period;
  let length = period;
  while (step >= start + length) {
    start += length;
    length *= growth;
    cycle += 1;
  }
  return { cycle, share: (step - start) / length };
}

/** The momentum that goes with the rate of a cycle; `undefined` where it is left alone. */
export function cycleMomentum(config: OneCycleConfig, step: number, math: ScheduleMath): number | undefined {
  const { maxMomentum, minMomentum } = config;
  return config.cycleMomentum ? alongCycle(config, maxMomentum, minMomentum, maxMomentum, step, math) : undefined;
}

/** From `start` to `turn`, at update rise·steps − 1, and on to `end`, at update steps − 1: half a wave each. */
function alongCycle(
  { steps, rise }: OneCycleConfig,
  start: number,
  turn: number,
  end: number,
  step: number,
  math: ScheduleMath,
): number {
  const [peak, last] = [rise * steps - 1, steps - 1];
  if (step >= last) return end;
  if (step < peak) return alongCosine(start, turn, step / peak, math);
  return alongCosine(turn, end, (step - peak) / (last - peak), math);
}

/**
 * Half a cosine wave from the peak to `end`, again and again: periods of period · growth^i updates, peaks of
 * initial · decay^i (SGDR, Loshchilov 2016; torch's `CosineAnnealingWarmRestarts`, which has no `decay`).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: cosineRestarts({ initial: 0.1, period: 1000, growth: 2 }) });
 * ```
 */
export function cosineRestarts(options: CosineRestartsOptions): CosineRestartsConfig {
  return readFactory(cycles, "cosineRestarts", options);
}

/**
 * From max / 25 up to max at update 0.3 · steps − 1, then down to max / 25 / 1e4 at update steps − 1, where it stays: half
 * a cosine wave each (Smith 2018; torch's `OneCycleLR` in its two phases). The momentum of `sgd`, or β₁ of the Adam family,
 * runs the other way, 0.95 → 0.85 → 0.95.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ momentum: 0.9, learningRate: oneCycle({ max: 0.1, steps: 2345 }) });
 * ```
 */
export function oneCycle(options: OneCycleOptions): OneCycleConfig {
  return readFactory(cycles, "oneCycle", options);
}

/**
 * A straight line from `initial` up to `max` and one back, again and again (Smith 2017; torch's `CyclicLR`, which by its
 * default cycles the momentum as well: this one leaves it alone).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: cyclical({ initial: 0.001, max: 0.1, steps: 2000, policy: "triangular2" }) });
 * ```
 */
export function cyclical(options: CyclicalOptions): CyclicalConfig {
  return readFactory(cycles, "cyclical", options);
}

/**
 * Up in a straight line, then level, then down (Hu 2024, MiniCPM; the shapes of the last phase: Hägele 2024). The level
 * phase can be prolonged without having known its length beforehand.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adamw({ learningRate: warmupStableDecay({ max: 3e-3, warmupSteps: 100, stableSteps: 1500, decaySteps: 400 }) });
 * ```
 */
export function warmupStableDecay(options: WarmupStableDecayOptions): WarmupStableDecayConfig {
  return readFactory(cycles, "warmupStableDecay", options);
}
