/** Which learning rate the next updates have: a number, a schedule (with the state of one that watches the loss), a function. */

import { options as checkOptions, integer } from "./check.js";
import {
  initialState,
  type Moment,
  normalizeSchedule,
  observe,
  rate,
  rateAt,
  readScheduleState,
  type ScheduleConfig,
  type ScheduleState,
  type Seen,
  watches,
} from "./config/schedules.js";
import type { Core } from "./core/load.js";
import { instance } from "./core/runtime.js";
import { ConfigError } from "./errors.js";

/** A function of the 0-based update index. */
export type RateFunction = (step: number) => number;

/** Gives the rates of coming updates, and watches losses where the schedule wants to. */
export class Rates {
  readonly source: number | ScheduleConfig | RateFunction;
  state: ScheduleState | undefined;
  readonly #core: Core;

  /**
   * @param kept the `state` of earlier rates from the same source, to go on from; it may come from a file
   * @throws ConfigError `CONFIG`, starting with `path`, for a state that is not one of this source
   */
  constructor(source: number | ScheduleConfig | RateFunction, core: Core, kept?: unknown, path = "schedule") {
    this.source = source;
    this.#core = core;
    if (typeof source !== "object") {
      if (kept !== undefined) throw new ConfigError(path, "expected no state: the rate is no schedule");
      this.state = undefined;
    } else this.state = kept === undefined ? initialState(source) : readScheduleState(source, kept, path);
  }

  /**
   * Does a later rate depend on what is seen at each update, or at the end of each epoch? Then those must be asked for one
   * by one.
   */
  watches(moment: Moment): boolean {
    return typeof this.source === "object" && watches(this.source, moment);
  }

  /** η of the update with this index. */
  at(step: number): number {
    const { source } = this;
    if (typeof source === "number") return source;
    if (typeof source === "function") return rate(source(step), `schedule(${step})`);
    return rateAt(source, step, this.#core, this.state);
  }

  /** η of `count` updates from `step` on. */
  take(step: number, count: number): Float64Array {
    if (typeof this.source === "number") return new Float64Array(count).fill(this.source);
    return Float64Array.from({ length: count }, (_, i) => this.at(step + i));
  }

  /**
   * Takes note of the loss of the update before `nextStep`, or of the numbers of the epoch that ended there; without a
   * `moment` of a loss that stands for both.
   */
  observe(seen: Seen, nextStep: number, moment?: Moment): void {
    if (typeof this.source === "object") this.state = observe(this.source, this.state, seen, nextStep, moment);
  }
}

/**
 * The rates that a schedule gives to the first updates.
 *
 * @param steps how many
 * @param options `losses`: what a schedule driven by the loss sees after each update
 * @example
 * ```ts
 * schedulePreview(cosineDecay({ initial: 0.1, steps: 100 }), 101)[50]; // 0.05
 * ```
 */
export function schedulePreview(
  schedule: ScheduleConfig,
  steps: number,
  options: { readonly losses?: ArrayLike<number> } = {},
): Float32Array {
  const config = normalizeSchedule(schedule, "schedule");
  const count = integer({ min: 0 })(steps, "steps");
  const { losses } = checkOptions(options, "schedulePreview", ["losses"]) as { losses?: ArrayLike<number> };
  const rates = new Rates(config, instance().core);
  return Float32Array.from({ length: count }, (_, step) => {
    const given = rates.at(step);
    const loss = losses?.[step];
    if (loss !== undefined) rates.observe(loss, step + 1);
    return given;
  });
}
