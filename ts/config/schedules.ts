/**
 * Learning-rate schedules: plain data, and {@link rateAt}, a pure function of the 0-based update index.
 *
 * Powers and cosines come from the caller (the core's own), never from the engine's `Math`, so that every engine gives
 * the same bits. A schedule driven by the loss keeps what it has seen in a plain {@link ScheduleState}.
 */

import type { Check, Complete, Family, Typed, TypeOf } from "../check.js";
import {
  boolean,
  field,
  integer,
  list,
  namesOf,
  number,
  oneOf,
  optional,
  options,
  readConfig,
  readFactory,
  required,
} from "../check.js";
import { ConfigError } from "../errors.js";

/** Options of {@link polynomialDecay}. */
export interface PolynomialDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** rate from update `steps` on; default 0 */
  end?: number;
  /** updates until `end`, >= 1 */
  steps: number;
  /** γ > 0; default 1, a straight line */
  power?: number;
}

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** factor for every `steps` updates, > 0 */
  rate: number;
  /** updates for one factor `rate`, >= 1 */
  steps: number;
  /** falls only every `steps` updates; default false */
  staircase?: boolean;
}

/** Options of {@link inverseTimeDecay}. */
export interface InverseTimeDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** decay for every `steps` updates, >= 0 */
  rate: number;
  /** updates for one `rate`, >= 1 */
  steps: number;
  /** falls only every `steps` updates; default false */
  staircase?: boolean;
}

/** Options of {@link stepDecay}. */
export interface StepDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** factor at every step, > 0; default 0.1 (torch's `gamma`) */
  factor?: number;
  /** updates from one step to the next, >= 1 (torch's `step_size`) */
  steps: number;
}

/** Options of {@link piecewiseConstant}. */
export interface PiecewiseConstantOptions {
  /** updates at which the next value starts: whole numbers >= 1, rising */
  boundaries: readonly number[];
  /** the rates, one more than boundaries */
  values: readonly number[];
}

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** rate from update `steps` on; default 0 */
  end?: number;
  /** updates until `end`, >= 1 */
  steps: number;
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

/** Options of {@link warmup}. */
export interface WarmupOptions {
  /** updates of warming up, >= 1; the schedule behind starts at its own update 0 after them */
  steps: number;
  /**
   * rate at update 0; default 0, and for `"exponential"`, which cannot start at 0, a thousandth of the rate with which
   * the schedule behind starts
   */
  from?: number;
  /** `"linear"` (default), `"cosine"` (half a wave), or `"exponential"` (the same factor at every update) */
  shape?: WarmupShape;
}
export type WarmupShape = "linear" | "cosine" | "exponential";

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

export type ConstantRateConfig = Typed<"constantRate"> & { readonly rate: number };
export type PolynomialDecayConfig = Complete<"polynomialDecay", PolynomialDecayOptions>;
export type ExponentialDecayConfig = Complete<"exponentialDecay", ExponentialDecayOptions>;
export type InverseTimeDecayConfig = Complete<"inverseTimeDecay", InverseTimeDecayOptions>;
export type StepDecayConfig = Complete<"stepDecay", StepDecayOptions>;
export type PiecewiseConstantConfig = Complete<"piecewiseConstant", PiecewiseConstantOptions>;
export type CosineDecayConfig = Complete<"cosineDecay", CosineDecayOptions>;
export type OneCycleConfig = Complete<"oneCycle", OneCycleOptions>;
export interface WarmupConfig extends Typed<"warmup"> {
  readonly schedule: ScheduleConfig;
  readonly steps: number;
  readonly from: number;
  readonly shape: WarmupShape;
}
export type RestartOnLossConfig = Complete<"restartOnLoss", RestartOnLossOptions>;

/** The whole config of a schedule. */
export type ScheduleConfig =
  | ConstantRateConfig
  | PolynomialDecayConfig
  | ExponentialDecayConfig
  | InverseTimeDecayConfig
  | StepDecayConfig
  | PiecewiseConstantConfig
  | CosineDecayConfig
  | OneCycleConfig
  | WarmupConfig
  | RestartOnLossConfig;

/** The name of a schedule. */
export type ScheduleName = TypeOf<ScheduleConfig>;

/** The elementary functions that {@link rateAt} needs; give it the core's. */
export interface ScheduleMath {
  /** xʸ for x >= 0 */
  pow(x: number, y: number): number;
  /** cosine of x in radians */
  cos(x: number): number;
}

/** What a schedule driven by the loss has seen; plain data, to be saved and resumed. */
export interface ScheduleState {
  /** update index of the last restart; 0 before the first */
  readonly start: number;
  /** the loss below which the next restart happens */
  readonly threshold: number;
  /** was the last loss below the threshold? A restart needs a loss above it first. */
  readonly below: boolean;
}

/** A learning rate: a finite number >= 0. */
export const rate: Check<number> = number({ min: 0 });

const initial = required(rate);
const end = field(rate, 0);
const steps = required(integer({ min: 1 }));
const momentum = number({ min: 0, below: 1 });
const staircase = field<boolean>(boolean, false);
const family: Family<ScheduleConfig> = {
  constantRate: { fields: { rate: required(rate) } },
  polynomialDecay: { fields: { initial, end, steps, power: field(number({ above: 0 }), 1) } },
  exponentialDecay: { fields: { initial, rate: required(number({ above: 0 })), steps, staircase } },
  inverseTimeDecay: { fields: { initial, rate: required(number({ min: 0 })), steps, staircase } },
  stepDecay: { fields: { initial, factor: field(number({ above: 0 }), 0.1), steps } },
  piecewiseConstant: {
    fields: {
      boundaries: required(list(integer({ min: 1 }))),
      values: required(list(rate, { minLength: 1 })),
    },
    finish: checkPieces,
  },
  cosineDecay: { fields: { initial, end, steps } },
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
  },
  warmup: {
    fields: {
      schedule: required(normalizeSchedule),
      steps,
      from: field(rate, 0),
      shape: field<WarmupShape>(oneOf(["linear", "cosine", "exponential"]), "linear"),
    },
    finish: finishWarmup,
  },
  restartOnLoss: {
    fields: {
      threshold: required(number()),
      initial,
      decay: required(number({ above: 0, max: 1 })),
      steps: field(integer({ min: 1 }), 1),
      end,
      thresholdFactor: field(number({ above: 0, max: 1 }), 1),
    },
    finish: (config, path) => {
      if (config.end <= config.initial) return config;
      throw new ConfigError(path, `expected end <= initial, got ${config.end} and ${config.initial}`);
    },
  },
};

function checkPieces(config: PiecewiseConstantConfig, path: string): PiecewiseConstantConfig {
  const { boundaries, values } = config;
  if (values.length !== boundaries.length + 1) {
    throw new ConfigError(
      path,
      `expected one value more than boundaries, got ${values.length} values and ${boundaries.length} boundaries`,
    );
  }
  boundaries.forEach((boundary, i) => {
    const before = boundaries[i - 1];
    if (before !== undefined && before >= boundary) {
      throw new ConfigError(
        `${path}.boundaries[${i}]`,
        `expected more than ${before}, the one before, got ${boundary}`,
      );
    }
  });
  return config;
}

function finishWarmup(config: WarmupConfig, path: string): WarmupConfig {
  if (config.shape !== "exponential" || config.from > 0) return config;
  const from = firstRate(config.schedule) / 1000;
  if (from > 0) return { ...config, from };
  throw new ConfigError(`${path}.from`, "expected a number > 0: an exponential warm-up cannot start at 0");
}

/** The rate at update 0, which needs no powers and no cosine. */
function firstRate(schedule: ScheduleConfig): number {
  switch (schedule.type) {
    case "constantRate":
      return schedule.rate;
    case "piecewiseConstant":
      return schedule.values[0] ?? 0;
    case "warmup":
      return schedule.from;
    default:
      return schedule.initial;
  }
}

/** Every schedule. */
export const scheduleNames: readonly ScheduleName[] = namesOf(family);

/**
 * The whole frozen config of a schedule, from a factory or hand-written JSON with options left out. A plain number is
 * not taken: that is the business of who takes either.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeSchedule({ type: "cosineDecay", initial: 0.1, steps: 100 }, "optimizer.learningRate"); // with end: 0
 * ```
 */
export function normalizeSchedule(value: unknown, path: string): ScheduleConfig {
  return readConfig(family, value, path);
}

/**
 * The learning rate for one update.
 *
 * @param schedule a whole config, as the factories and {@link normalizeSchedule} return it
 * @param step the 0-based index of the update
 * @param math powers and cosine, those of the core
 * @param state of a schedule driven by the loss; when omitted, nothing has been seen yet
 * @returns the rate in f64
 * @example
 * ```ts
 * rateAt(polynomialDecay({ initial: 0.1, steps: 10 }), 5, Math); // 0.05
 * ```
 */
export function rateAt(schedule: ScheduleConfig, step: number, math: ScheduleMath, state?: ScheduleState): number {
  switch (schedule.type) {
    case "constantRate":
      return schedule.rate;
    case "polynomialDecay": {
      const left = 1 - Math.min(step, schedule.steps) / schedule.steps;
      const weight = schedule.power === 1 ? left : math.pow(left, schedule.power);
      return schedule.end + (schedule.initial - schedule.end) * weight;
    }
    case "exponentialDecay":
      return schedule.initial * math.pow(schedule.rate, periods(schedule, step));
    case "inverseTimeDecay":
      return schedule.initial / (1 + schedule.rate * periods(schedule, step));
    case "stepDecay":
      return schedule.initial * math.pow(schedule.factor, Math.floor(step / schedule.steps));
    case "piecewiseConstant": {
      const passed = schedule.boundaries.filter((boundary) => boundary <= step).length;
      return schedule.values[passed] ?? 0;
    }
    case "cosineDecay": {
      if (step >= schedule.steps) return schedule.end;
      return alongCosine(schedule.initial, schedule.end, step / schedule.steps, math);
    }
    case "oneCycle":
      return alongCycle(schedule, schedule.initial, schedule.max, schedule.end, step, math);
    case "warmup":
      return warmupRate(schedule, step, math, state);
    case "restartOnLoss": {
      const since = Math.max(0, step - (state?.start ?? 0));
      return Math.max(schedule.end, schedule.initial * math.pow(schedule.decay, since / schedule.steps));
    }
  }
}

/**
 * The momentum, or β₁, that a schedule drives beside the rate, for one update; `undefined` where it drives none. In front
 * of a schedule that does, a warm-up holds the momentum with which that one starts.
 *
 * @param schedule a whole config, as the factories and {@link normalizeSchedule} return it
 * @param step the 0-based index of the update
 * @param math cosine, that of the core
 * @example
 * ```ts
 * momentumAt(oneCycle({ max: 0.1, steps: 100 }), 29, Math); // 0.85, at the peak of the rate
 * momentumAt(constantRate(0.1), 29, Math); // undefined
 * ```
 */
export function momentumAt(schedule: ScheduleConfig, step: number, math: ScheduleMath): number | undefined {
  if (schedule.type === "warmup") return momentumAt(schedule.schedule, Math.max(0, step - schedule.steps), math);
  if (schedule.type !== "oneCycle" || !schedule.cycleMomentum) return undefined;
  const { maxMomentum, minMomentum } = schedule;
  return alongCycle(schedule, maxMomentum, minMomentum, maxMomentum, step, math);
}

/** Half a wave from `start` at share 0 to `end` at share 1. */
function alongCosine(start: number, end: number, share: number, math: ScheduleMath): number {
  return end + ((start - end) * (1 + math.cos(Math.PI * share))) / 2;
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

function periods(schedule: ExponentialDecayConfig | InverseTimeDecayConfig, step: number): number {
  const count = step / schedule.steps;
  return schedule.staircase ? Math.floor(count) : count;
}

function warmupRate(config: WarmupConfig, step: number, math: ScheduleMath, state?: ScheduleState): number {
  const { schedule, steps, from, shape } = config;
  if (step >= steps) return rateAt(schedule, step - steps, math, state);
  const target = rateAt(schedule, 0, math);
  const done = step / steps;
  if (shape === "exponential") return from * math.pow(target / from, done);
  const weight = shape === "linear" ? done : (1 - math.cos(Math.PI * done)) / 2;
  return from + (target - from) * weight;
}

/**
 * What a schedule driven by the loss knows before the first loss; `undefined` for those that depend on the step alone.
 *
 * @example
 * ```ts
 * initialState(restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.9 })); // { start: 0, threshold: 0.5, below: false }
 * initialState(constantRate(0.1)); // undefined
 * ```
 */
export function initialState(schedule: ScheduleConfig): ScheduleState | undefined {
  if (schedule.type === "warmup") return initialState(schedule.schedule);
  if (schedule.type !== "restartOnLoss") return undefined;
  return Object.freeze({ start: 0, threshold: schedule.threshold, below: false });
}

/**
 * A state that was kept as plain data, checked.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 */
export function readScheduleState(value: unknown, path: string): ScheduleState {
  const { start, threshold, below } = options(value, path, ["start", "threshold", "below"]);
  return Object.freeze({
    start: integer({ min: 0 })(start, `${path}.start`),
    threshold: number()(threshold, `${path}.threshold`),
    below: boolean(below, `${path}.below`),
  });
}

/** Several states; null where a schedule has none. */
export const readScheduleStates: Check<readonly (ScheduleState | null)[]> = list((value, path) =>
  value === null ? null : readScheduleState(value, path),
);

/**
 * The state after a loss was seen. The rate starts again at the next update when the loss falls below the threshold: when
 * it is below and the one before was not. A loss that is NaN changes nothing.
 *
 * @param state what {@link initialState} or the last call returned; `undefined` stays `undefined`
 * @param loss of the update just done, or of a whole epoch: how often is up to the caller
 * @param nextStep the index of the update that comes next
 * @example
 * ```ts
 * const schedule = restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.9 });
 * const state = observe(schedule, initialState(schedule), 0.4, 7);
 * rateAt(schedule, 7, Math, state); // 0.1 again
 * ```
 */
export function observe(
  schedule: ScheduleConfig,
  state: ScheduleState | undefined,
  loss: number,
  nextStep: number,
): ScheduleState | undefined {
  if (state === undefined || Number.isNaN(loss)) return state;
  if (schedule.type === "warmup")
    return observe(schedule.schedule, state, loss, Math.max(0, nextStep - schedule.steps));
  if (schedule.type !== "restartOnLoss") return state;
  if (loss >= state.threshold) return Object.freeze({ ...state, below: false });
  if (state.below) return state;
  const threshold = state.threshold * schedule.thresholdFactor;
  return Object.freeze({ start: nextStep, threshold, below: loss < threshold });
}

/**
 * The same rate for ever.
 *
 * @param value the rate, >= 0
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: constantRate(0.01) });
 * ```
 */
export function constantRate(value: number): ConstantRateConfig {
  return readFactory(family, "constantRate", undefined, { rate: value });
}

/**
 * end + (initial − end)·(1 − min(t, steps)/steps)^power. (Some tutorials call this exponential decay.)
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: polynomialDecay({ initial: 0.1, steps: 1000, power: 2 }) });
 * ```
 */
export function polynomialDecay(options: PolynomialDecayOptions): PolynomialDecayConfig {
  return readFactory(family, "polynomialDecay", options);
}

/**
 * initial · rate^(t / steps); with `staircase` the exponent is rounded down.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: exponentialDecay({ initial: 0.1, rate: 0.96, steps: 1000 }) });
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): ExponentialDecayConfig {
  return readFactory(family, "exponentialDecay", options);
}

/**
 * initial / (1 + rate · t / steps); with `staircase` t / steps is rounded down.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: inverseTimeDecay({ initial: 0.1, rate: 0.5, steps: 1000 }) });
 * ```
 */
export function inverseTimeDecay(options: InverseTimeDecayOptions): InverseTimeDecayConfig {
  return readFactory(family, "inverseTimeDecay", options);
}

/**
 * initial · factor^⌊t / steps⌋ (torch's `StepLR`).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: stepDecay({ initial: 0.1, factor: 0.5, steps: 500 }) });
 * ```
 */
export function stepDecay(options: StepDecayOptions): StepDecayConfig {
  return readFactory(family, "stepDecay", options);
}

/**
 * values[0] until boundaries[0], values[1] from there, and so on. A new value starts *at* its boundary (Keras: after it).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: piecewiseConstant({ boundaries: [100, 200], values: [0.1, 0.01, 0.001] }) });
 * ```
 */
export function piecewiseConstant(options: PiecewiseConstantOptions): PiecewiseConstantConfig {
  return readFactory(family, "piecewiseConstant", options);
}

/**
 * end + (initial − end)·(1 + cos(π t / steps))/2, and `end` from update `steps` on (Loshchilov 2016, without restarts).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: cosineDecay({ initial: 3e-3, steps: 2345 }) });
 * ```
 */
export function cosineDecay(options: CosineDecayOptions): CosineDecayConfig {
  return readFactory(family, "cosineDecay", options);
}

/**
 * From max / 25 up to max at update 0.3 · steps − 1, then down to max / 25 / 1e4 at update steps − 1, where it stays: half
 * a cosine wave each (Smith 2018; torch's `OneCycleLR` in its two phases). The momentum of `sgd`, or β₁ of the Adam family,
 * runs the other way, 0.95 → 0.85 → 0.95 (see {@link momentumAt}).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ momentum: 0.9, learningRate: oneCycle({ max: 0.1, steps: 2345 }) });
 * ```
 */
export function oneCycle(options: OneCycleOptions): OneCycleConfig {
  return readFactory(family, "oneCycle", options);
}

/**
 * The rate rises from `from` to the first rate of `schedule` over `steps` updates; then the schedule starts at its own
 * update 0 (Goyal 2017).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: warmup(cosineDecay({ initial: 3e-3, steps: 2000 }), { steps: 100 }) });
 * ```
 */
export function warmup(schedule: ScheduleConfig, options: WarmupOptions): WarmupConfig {
  return readFactory(family, "warmup", options, { schedule });
}

/**
 * initial · decay^(t / steps), t counted from the last restart: the rate starts again each time the loss falls below
 * `threshold` (see {@link observe}).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.99, thresholdFactor: 0.5 }) });
 * ```
 */
export function restartOnLoss(options: RestartOnLossOptions): RestartOnLossConfig {
  return readFactory(family, "restartOnLoss", options);
}
