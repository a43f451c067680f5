/** Which rates and momenta the next updates have. */

import { options as checkOptions, integer } from "./check.js";
import type { Part } from "./config/optimizers/nesting.js";
import {
  initialState,
  momentumAt,
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

/** Where a rate comes from. */
export type RateSource = number | ScheduleConfig | RateFunction;

/** Gives the rates of coming updates, and watches losses where the schedule wants to. */
export class Rates {
  readonly source: RateSource;
  state: ScheduleState | undefined;
  readonly #core: Core;

  constructor(source: RateSource, core: Core, state?: ScheduleState) {
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

  /** The momentum or β₁ of that update; NaN where the schedule drives none. */
  momentum(step: number): number {
    const { source } = this;
    return (typeof source === "object" ? momentumAt(source, step, this.#core) : undefined) ?? Number.NaN;
  }

  /** Takes note of the loss of the update before `nextStep`. */
  observe(loss: number, nextStep: number): void {
    if (typeof this.source === "object") this.state = observe(this.source, this.state, loss, nextStep);
  }
}

/** Rates and momenta of all parts of an optimizer, as rows of `[η, momentum]` for each part. */
export class PartRates {
  /** one source for all parts instead of their own; its steps are those of the whole optimizer */
  readonly override: Rates | undefined;
  readonly #parts: readonly Part[];
  readonly #each: readonly Rates[];

  /**
   * @param override in place of the rates in the parts' configs
   * @param states what {@link PartRates.states} gave
   */
  constructor(parts: readonly Part[], core: Core, override?: RateSource, states: PartRates["states"] = []) {
    const own = (i: number, source: RateSource) => new Rates(source, core, states[i] ?? undefined);
    this.override = override === undefined ? undefined : own(0, override);
    this.#parts = parts;
    // Averages have no rate.
    this.#each = parts.map(
      ({ config }, i) => this.override ?? own(i, "learningRate" in config ? config.learningRate : 0),
    );
  }

  /** Does a next rate depend on the last loss? Then updates must be asked for one by one. */
  get watchesLoss(): boolean {
    return this.#each.some((rates) => rates.watchesLoss);
  }

  /** What the schedules that watch the loss have seen, one for each part. */
  get states(): readonly (ScheduleState | null)[] {
    return this.#each.map(({ state }) => state ?? null);
  }

  /** The place of the first rule that makes the update with this index. */
  #first(step: number): number {
    return this.#parts.findIndex((part) => makes(part, step));
  }

  /** The index of an update of the optimizer, as the part counts. */
  #own(part: number, step: number): number {
    return this.override === undefined ? step - (this.#parts[part]?.from ?? 0) : step;
  }

  /** η of the rule that makes the update with this index. */
  at(step: number): number {
    const part = this.#first(step);
    return this.#each[part]?.at(this.#own(part, step)) ?? 0;
  }

  /** The rows of `count` updates from `step` on. */
  take(step: number, count: number): Float64Array {
    const width = 2 * this.#parts.length;
    const rows = new Float64Array(width * count);
    this.#parts.forEach((part, p) => {
      const rates = this.#each[p] as Rates;
      for (let i = 0, at = 2 * p; i < count; i++, at += width) {
        // A user's function is asked once an update.
        if (p > 0 && rates === this.override) rows.copyWithin(at, at - 2, at);
        else if (rates === this.override || makes(part, step + i)) {
          const own = this.#own(p, step + i);
          rows[at] = rates.at(own);
          rows[at + 1] = rates.momentum(own);
        }
      }
    });
    return rows;
  }

  /** η of the rule that made the update with this index, from the rows that began at `start`. */
  taken(rows: Float64Array, start: number, step: number): number {
    return rows[2 * ((step - start) * this.#parts.length + this.#first(step))] ?? 0;
  }

  /** Takes note of the loss of the update before `nextStep`. */
  observe(loss: number, nextStep: number): void {
    if (this.override !== undefined) this.override.observe(loss, nextStep);
    else
      this.#parts.forEach((part, p) => {
        if (makes(part, nextStep - 1)) this.#each[p]?.observe(loss, nextStep - part.from);
      });
  }
}

function makes({ from, until }: Part, step: number): boolean {
  return from <= step && step < until;
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
