/**
 * Learning-rate schedules: plain data, and {@link rateAt}, a pure function of the 0-based update index.
 *
 * Powers and cosines come from the caller (the core's own), never from the engine's `Math`, so that every engine gives
 * the same bits. A schedule driven by the loss keeps what it has seen in a plain {@link ScheduleState}. Here is the table
 * of all kinds, and those that are made of others; the rest is in `schedules/`, a file for each sort.
 */

import type { Check, Complete, TypeOf } from "../check.js";
import { field, list, namesOf, nesting, oneOf, options, readConfig, readFactory, required, show } from "../check.js";
import { ConfigError } from "../errors.js";
import { type CycleConfig, cycleMomentum, cycles } from "./schedules/cycles.js";
import { checkBoundaries, type DecayConfig, decays, passed } from "./schedules/decays.js";
import {
  alongCosine,
  alongLine,
  type Kind,
  type Kinds,
  rate,
  type ScheduleMath,
  type ScheduleState,
  steps,
  updates,
} from "./schedules/kind.js";
import {
  type Moment,
  type Seen,
  type Watcher,
  type WatcherConfig,
  type WatcherState,
  watchers,
  watching,
} from "./schedules/watchers.js";

export * from "./schedules/cycles.js";
export * from "./schedules/decays.js";
export { type PlateauState, type RestartState, rate, type ScheduleMath, type ScheduleState } from "./schedules/kind.js";
export * from "./schedules/watchers.js";

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

/** Options of {@link sequence}. */
export interface SequenceOptions {
  /** updates at which the next schedule starts: whole numbers >= 1, rising, one fewer than schedules */
  boundaries: readonly number[];
}

export interface WarmupConfig extends Complete<"warmup", WarmupOptions> {
  readonly schedule: ScheduleConfig;
}
export interface SequenceConfig extends Complete<"sequence", SequenceOptions> {
  readonly schedules: readonly ScheduleConfig[];
}

/** The whole config of a schedule. */
export type ScheduleConfig = DecayConfig | CycleConfig | WarmupConfig | SequenceConfig | WatcherConfig;

/** The name of a schedule. */
export type ScheduleName = TypeOf<ScheduleConfig>;

const kinds: Kinds<ScheduleConfig> = {
  ...decays,
  ...cycles,
  warmup: {
    fields: {
      schedule: required(normalizeSchedule),
      steps,
      from: field(rate, 0),
      shape: field<WarmupShape>(oneOf(["linear", "cosine", "exponential"]), "linear"),
    },
    finish: (config, path) => {
      if (config.shape !== "exponential" || config.from > 0) return config;
      const from = rateAt(config.schedule, 0, atZero) / 1000;
      if (from > 0) return { ...config, from };
      throw new ConfigError(`${path}.from`, "expected a number > 0: an exponential warm-up cannot start at 0");
    },
    rate: ({ schedule, steps, from, shape }, step, math, state) => {
      if (step >= steps) return rateAt(schedule, step - steps, math, partOf(state, 0));
      const [target, share] = [rateAt(schedule, 0, math), step / steps];
      if (shape === "exponential") return from * math.pow(target / from, share);
      return shape === "linear" ? alongLine(from, target, share) : alongCosine(from, target, share, math);
    },
  },
  sequence: {
    fields: {
      schedules: required(list(normalizeSchedule, { minLength: 1 })),
      boundaries: required(list(updates)),
    },
    finish: (config, path) => {
      checkBoundaries(config.boundaries, config.schedules.length, "schedule", path);
      return config;
    },
    rate: (config, step, math, state) => {
      const place = passed(config.boundaries, step);
      const { schedule, from } = parts(config)[place] as Part;
      return rateAt(schedule, step - from, math, partOf(state, place));
    },
  },
  ...watching,
};

/** What powers and cosines are at update 0 of every schedule, where bases or exponents are such that they give 1. */
const atZero: ScheduleMath = { pow: () => 1, cos: () => 1 };

/** A schedule within another, and the update at which it starts. */
interface Part {
  readonly schedule: ScheduleConfig;
  readonly from: number;
}

/** The schedules that a schedule is made of. */
function parts(schedule: ScheduleConfig): readonly Part[] {
  if (schedule.type === "warmup") return [{ schedule: schedule.schedule, from: schedule.steps }];
  if (schedule.type !== "sequence") return [];
  return schedule.schedules.map((part, i) => ({ schedule: part, from: schedule.boundaries[i - 1] ?? 0 }));
}

/** The state of one part. */
function partOf(state: ScheduleState | undefined, place: number): ScheduleState | undefined {
  return (state as readonly (ScheduleState | null)[] | undefined)?.[place] ?? undefined;
}

/** Every schedule. */
export const scheduleNames: readonly ScheduleName[] = namesOf<ScheduleConfig>(kinds);

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
  if (typeof value === "number")
    throw new ConfigError(path, `expected a schedule, got ${value}; write constantRate(${value})`);
  if (typeof value === "function" && !Object.hasOwn(kinds, value.name))
    throw new ConfigError(path, "expected a schedule, got a function; only fit({ schedule }) takes one");
  return nest(path, () => readConfig(kinds, value, path));
}

const nest = nesting("schedules");

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
  return (kinds[schedule.type] as Kind<ScheduleConfig>).rate(schedule, step, math, state);
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
  if (schedule.type === "oneCycle") return cycleMomentum(schedule, step, math);
  const all = parts(schedule);
  const part = all.findLast(({ from }) => from <= step) ?? all[0];
  return part && momentumAt(part.schedule, Math.max(0, step - part.from), math);
}

/** How the schedule itself gets a state; `undefined` for those that watch nothing, or only by their parts. */
function watcherOf(schedule: ScheduleConfig): Watcher<ScheduleConfig, WatcherState> | undefined {
  const table: Partial<Record<ScheduleName, unknown>> = watchers;
  return table[schedule.type] as Watcher<ScheduleConfig, WatcherState> | undefined;
}

/** Is the schedule, or a part of it, driven by what `fit` tells at this moment? */
export function watches(schedule: ScheduleConfig, moment: Moment): boolean {
  const watcher = watcherOf(schedule);
  return watcher === undefined
    ? parts(schedule).some((part) => watches(part.schedule, moment))
    : watcher.moment === moment;
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
  const watcher = watcherOf(schedule);
  if (watcher !== undefined) return Object.freeze(watcher.start(schedule));
  const states = parts(schedule).map((part) => initialState(part.schedule) ?? null);
  return states.some((state) => state !== null) ? Object.freeze(states) : undefined;
}

/**
 * A state that was kept as plain data, checked against its schedule.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 */
export function readScheduleState(schedule: ScheduleConfig, value: unknown, path: string): ScheduleState {
  const fields: Readonly<Record<string, Check<unknown>>> | undefined = watcherOf(schedule)?.fields;
  if (fields !== undefined) {
    const given = options(value, path, Object.keys(fields));
    const checked = Object.entries(fields).map(([key, check]) => [key, check(given[key], `${path}.${key}`)]);
    return Object.freeze(Object.fromEntries(checked));
  }
  const states = initialState(schedule) === undefined ? undefined : value;
  const within = parts(schedule);
  if (!Array.isArray(states) || states.length !== within.length)
    throw new ConfigError(path, `expected the state of ${schedule.type}, got ${show(value)}`);
  return Object.freeze(
    within.map((part, i) =>
      states[i] === null && initialState(part.schedule) === undefined
        ? null
        : readScheduleState(part.schedule, states[i], `${path}[${i}]`),
    ),
  );
}

/**
 * The state after something was seen: `restartOnLoss` starts its rate again at the next update when the loss falls below
 * the threshold, when it is below and the one before was not (NaN changes nothing); `reduceOnPlateau` counts what is no
 * better.
 *
 * @param state what {@link initialState} or the last call returned; `undefined` stays `undefined`
 * @param seen a loss, or the numbers of an epoch by name
 * @param nextStep the index of the update that comes next
 * @param moment tells only those that watch at this moment; when omitted, all
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
  seen: Seen,
  nextStep: number,
  moment?: Moment,
): ScheduleState | undefined {
  if (state === undefined) return undefined;
  const watcher = watcherOf(schedule);
  if (watcher === undefined) {
    return Object.freeze(
      parts(schedule).map(
        ({ schedule, from }, i) => observe(schedule, partOf(state, i), seen, nextStep - from, moment) ?? null,
      ),
    );
  }
  const isMeant = moment === undefined || moment === watcher.moment;
  return isMeant ? Object.freeze(watcher.next(schedule, state as WatcherState, seen, nextStep)) : state;
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
export function warmup(schedule: ScheduleConfig, given: WarmupOptions): WarmupConfig {
  return readFactory(kinds, "warmup", given, { schedule });
}

/**
 * One schedule after another, each from its own update 0, the next one *at* its boundary (torch's `SequentialLR`, Optax'
 * `join_schedules`).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const falling = cosineDecay({ initial: 0.1, steps: 2000 });
 * sgd({ learningRate: sequence([constantRate(0.1), falling], { boundaries: [500] }) });
 * ```
 */
export function sequence(schedules: readonly ScheduleConfig[], given: SequenceOptions): SequenceConfig {
  return readFactory(kinds, "sequence", given, { schedules });
}
