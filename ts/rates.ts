/** Which learning rate the next updates have: a number, a schedule (with the state of one that watches the loss), a function. */

import { options as checkOptions, integer } from "./check.js";
import {
  initialState,
  normalizeSchedule,
  observe,
  rate,
  rateAt,
  type ScheduleConfig,
  type ScheduleState,
} from "./config/schedules.js";
import type { Core } from "./core/load.js";
import { instance } from "./core/runtime.js";

/** A function of the 0-based update index. */
export type RateFunction = (step: number) => number;

/** Gives the rates of coming updates, and watches losses where the schedule wants to. */
export class Rates {
  readonly source: number | ScheduleConfig | RateFunction;
  state: ScheduleState | undefined;
  readonly #core: Core;

  constructor(source: number | ScheduleConfig | RateFunction, core: Core, state?: ScheduleState) {
    this.source = source;
    this.#core = core;
    this.state = state ?? (typeof source === "object" ? initialState(source) : undefined);
  }

  /** Does the next rate depend on the last loss? Then updates must be asked for one by one. */
  get watchesLoss(): boolean {
    return this.state !== undefined;
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

  /** Takes note of the loss of the update before `nextStep`. */
  observe(loss: number, nextStep: number): void {
    if (typeof this.source === "object") this.state = observe(this.source, this.state, loss, nextStep);
  }
}

/**
 * The rates that a schedule gives to the first updates.
 *
 * @param steps how many
 * @param options `losses`: the loss of each update, for a schedule that watches it
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
