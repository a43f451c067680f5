/** Schedules that are driven by the loss: what they have seen is a plain frozen state. */

import type { Check, Complete, Typed } from "../../check.js";
import { boolean, field, integer, number, oneOf, readFactory, required, text } from "../../check.js";
import { ConfigError } from "../../errors.js";
import { end, initial, type Kinds, type PlateauState, type RestartState, rate, updates } from "./kind.js";

/** Options of {@link restartOnLoss}. */
export interface RestartOnLossOptions {
  /** the rate starts again when the loss falls below this */
  threshold: number;
  /** rate at the start and after every restart */
  initial: number;
  /** factor for every `steps` updates, 0 < decay <= 1 */
  decay: number;
  /** updates for one factor `decay`, >= 1; default 1 */
  steps?: number;
  /** the rate falls no lower; default 0 */
  end?: number;
  /** the threshold is multiplied by this at every restart, 0 < factor <= 1; default 1 */
  thresholdFactor?: number;
}

/** Options of {@link reduceOnPlateau}. */
export interface ReduceOnPlateauOptions {
  /** rate at the start */
  initial: number;
  /** is a lower number better, or a higher one? default `"min"` */
  mode?: "min" | "max";
  /** the rate is multiplied by this, 0 < factor < 1; default 0.1 */
  factor?: number;
  /** epochs without a better number that are put up with, >= 0; the next one reduces the rate; default 10 */
  patience?: number;
  /** how much better counts as better, >= 0; default 1e-4 */
  threshold?: number;
  /** is the threshold a share of the best number, or a difference to it? default `"relative"` */
  thresholdMode?: "relative" | "absolute";
  /** epochs after a reduction that do not count as bad, >= 0; default 0 */
  cooldown?: number;
  /** the rate falls no lower (torch's `min_lr`); default 0 */
  minRate?: number;
  /** a reduction by no more than this is left out (torch's `eps`); default 1e-8 */
  epsilon?: number;
  /**
   * the number of an epoch to watch in `fit`, as the history calls it; default `"loss"`, which is the validation's loss
   * where there is validation
   */
  monitor?: string;
}

export type RestartOnLossConfig = Complete<"restartOnLoss", RestartOnLossOptions>;
export type ReduceOnPlateauConfig = Complete<"reduceOnPlateau", ReduceOnPlateauOptions>;

/** The whole config of a schedule of this file. */
export type WatcherConfig = RestartOnLossConfig | ReduceOnPlateauConfig;

/** When `fit` tells a schedule what it watches. */
export type Moment = "update" | "epoch";

/** The loss of an update, or the numbers of an epoch by their names in the history. */
export type Seen = number | Readonly<Record<string, number | undefined>>;

/** What a schedule of this file has seen. */
export type WatcherState = RestartState | PlateauState;

/** How a schedule driven by the loss gets its state. */
export interface Watcher<C, S extends WatcherState> {
  readonly moment: Moment;
  /** before the first loss */
  readonly start: (config: C) => S;
  readonly next: (config: C, state: S, seen: Seen, nextStep: number) => S;
  /** how a state that was kept as plain data is checked */
  readonly fields: { readonly [K in keyof S]: Check<S[K]> };
}

const whole = integer({ min: 0 });

export const watching: Kinds<WatcherConfig> = {
  restartOnLoss: {
    fields: {
      threshold: required(number()),
      initial,
      decay: required(number({ above: 0, max: 1 })),
      steps: field(updates, 1),
      end,
      thresholdFactor: field(number({ above: 0, max: 1 }), 1),
    },
    finish: (config, path) => {
      if (config.end <= config.initial) return config;
      throw new ConfigError(path, `expected end <= initial, got ${config.end} and ${config.initial}`);
    },
    rate: ({ initial, decay, steps, end }, step, math, state) => {
      const since = Math.max(0, step - ((state as RestartState | undefined)?.start ?? 0));
      return Math.max(end, initial * math.pow(decay, since / steps));
    },
  },
  reduceOnPlateau: {
    fields: {
      initial,
      mode: field<"min" | "max">(oneOf(["min", "max"]), "min"),
      factor: field(number({ above: 0, below: 1 }), 0.1),
      patience: field(whole, 10),
      threshold: field(number({ min: 0 }), 1e-4),
      thresholdMode: field<"relative" | "absolute">(oneOf(["relative", "absolute"]), "relative"),
      cooldown: field(whole, 0),
      minRate: field(rate, 0),
      epsilon: field(number({ min: 0 }), 1e-8),
      monitor: field(text, "loss"),
    },
    rate: ({ initial }, _step, _math, state) => (state as PlateauState | undefined)?.rate ?? initial,
  },
};

export const watchers: { readonly [C in WatcherConfig as C["type"]]: Watcher<C, StateOf<C>> } = {
  restartOnLoss: {
    moment: "update",
    start: ({ threshold }) => ({ start: 0, threshold, below: false }),
    next: ({ thresholdFactor }, state, seen, nextStep) => {
      const loss = numberOf(seen, "loss");
      if (Number.isNaN(loss)) return state;
      if (loss >= state.threshold) return { ...state, below: false };
      if (state.below) return state;
      const threshold = state.threshold * thresholdFactor;
      return { start: Math.max(0, nextStep), threshold, below: loss < threshold };
    },
    fields: { start: whole, threshold: number(), below: boolean },
  },
  reduceOnPlateau: {
    moment: "epoch",
    start: ({ initial }) => ({ best: null, bad: 0, resting: 0, rate: initial }),
    next: (config, state, seen, nextStep) => {
      // While a warm-up in front of it lasts, or another part of a sequence, nothing counts.
      if (nextStep <= 0) return state;
      const value = numberOf(seen, config.monitor);
      const better = isBetter(config, value, state.best);
      const best = better ? value : state.best;
      const resting = Math.max(0, state.resting - 1);
      const bad = better || state.resting > 0 ? 0 : state.bad + 1;
      if (bad <= config.patience) return { best, bad, resting, rate: state.rate };
      const reduced = Math.max(config.minRate, state.rate * config.factor);
      const rate = state.rate - reduced > config.epsilon ? reduced : state.rate;
      return { best, bad: 0, resting: config.cooldown, rate };
    },
    fields: {
      best: (value, path) => (value === null ? null : number()(value, path)),
      bad: whole,
      resting: whole,
      rate,
    },
  },
};

type StateOf<C extends Typed> = C["type"] extends "restartOnLoss" ? RestartState : PlateauState;

/** torch's `is_better`. */
function isBetter(config: ReduceOnPlateauConfig, value: number, best: number | null): boolean {
  const { mode, threshold, thresholdMode } = config;
  const sign = mode === "min" ? -1 : 1;
  // torch starts with an infinite best, which a NaN does not better.
  if (best === null) return Number.isFinite(value);
  const least = thresholdMode === "relative" ? best * (1 + sign * threshold) : best + sign * threshold;
  return sign * value > sign * least;
}

/** The number that is watched; `"loss"` of an epoch is that of the validation where there is one. */
function numberOf(seen: Seen, monitor: string): number {
  if (typeof seen === "number") return seen;
  const value = (monitor === "loss" ? seen.val_loss : undefined) ?? seen[monitor];
  if (value !== undefined) return value;
  const names = Object.keys(seen).filter((name) => seen[name] !== undefined);
  throw new ConfigError("reduceOnPlateau.monitor", `no "${monitor}" is logged. Logged: ${names.join(", ")}`);
}

/**
 * initial · decay^(t / steps), t counted from the last restart: the rate starts again at the update after the one whose
 * loss fell below `threshold`, which the loss before it was not.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.99, thresholdFactor: 0.5 }) });
 * ```
 */
export function restartOnLoss(options: RestartOnLossOptions): RestartOnLossConfig {
  return readFactory(watching, "restartOnLoss", options);
}

/**
 * The rate is multiplied by `factor` when more than `patience` epochs in a row brought nothing better (torch's
 * `ReduceLROnPlateau`). In `fit` it watches the loss of each epoch, of the validation where there is one; elsewhere what it
 * is told: each batch's loss by `trainOnBatch` and `minimize`, any number by `optimizer.observeLoss`.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: reduceOnPlateau({ initial: 1e-3, factor: 0.5, patience: 3 }) });
 * ```
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions): ReduceOnPlateauConfig {
  return readFactory(watching, "reduceOnPlateau", options);
}
