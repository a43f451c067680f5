/** Which rates and momenta the next updates have. */

import { options as checkOptions, integer, list, number } from "./check.js";
import type { Part } from "./config/optimizers/nesting.js";
import {
  initialState,
  type Moment,
  momentumAt,
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

/** Where a rate comes from. */
export type RateSource = number | ScheduleConfig | RateFunction;

/** Gives the rates of coming updates, and watches losses where the schedule wants to. */
export class Rates {
  readonly source: RateSource;
  state: ScheduleState | undefined;
  readonly #core: Core;

  /**
   * @param kept the `state` of earlier rates from the same source, to go on from; it may come from a file
   * @throws ConfigError `CONFIG`, starting with `path`, for a state that is not one of this source
   */
  constructor(source: RateSource, core: Core, kept?: unknown, path = "schedule") {
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

  /** The momentum or β₁ of that update; NaN where the schedule drives none. */
  momentum(step: number): number {
    const { source } = this;
    return (typeof source === "object" ? momentumAt(source, step, this.#core) : undefined) ?? Number.NaN;
  }

  /**
   * Takes note of the loss of the update before `nextStep`, or of the numbers of the epoch that ended there; without a
   * `moment` of a loss that stands for both.
   */
  observe(seen: Seen, nextStep: number, moment?: Moment): void {
    if (typeof this.source === "object") this.state = observe(this.source, this.state, seen, nextStep, moment);
  }

  /** @throws ConfigError `CONFIG` if what an epoch will log lacks what the schedule watches */
  rehearse(logs: Seen): void {
    if (typeof this.source === "object") observe(this.source, this.state, logs, Number.MAX_SAFE_INTEGER, "epoch");
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
   * @param kept what {@link PartRates.states} gave; it may come from a file
   * @throws ConfigError `CONFIG`, starting with `path`, for states that are not of these sources
   */
  constructor(parts: readonly Part[], core: Core, override?: RateSource, kept: unknown = [], path = "schedule") {
    const states = list((state) => state ?? undefined)(kept, path);
    const own = (i: number, source: RateSource) => new Rates(source, core, states[i], `${path}[${i}]`);
    this.override = override === undefined ? undefined : own(0, override);
    this.#parts = parts;
    // Averages have no rate.
    this.#each = parts.map(
      ({ config }, i) => this.override ?? own(i, "learningRate" in config ? config.learningRate : 0),
    );
  }

  /** Does a later rate depend on what is seen at each update, or at the end of each epoch? */
  watches(moment: Moment): boolean {
    return this.#each.some((rates) => rates.watches(moment));
  }

  /** What the schedules driven by the loss have seen, one for each part; `undefined` where none is. */
  get states(): readonly (ScheduleState | null)[] | undefined {
    const states = this.#each.map(({ state }) => state ?? null);
    return states.some((state) => state !== null) ? states : undefined;
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
      const [from, until] = rates === this.override ? [0, step + count] : [part.from, part.until];
      const end = Math.min(count, until - step);
      const constant = typeof rates.source === "number" ? rates.source : undefined;
      for (let i = Math.max(0, from - step); i < end; i++) {
        const at = i * width + 2 * p;
        // A user's function is asked once an update.
        if (p > 0 && rates === this.override) {
          rows.copyWithin(at, i * width, i * width + 2);
          continue;
        }
        rows[at] = constant ?? rates.at(step + i - from);
        rows[at + 1] = constant === undefined ? rates.momentum(step + i - from) : Number.NaN;
      }
    });
    return rows;
  }

  /** η of the rule that made the update with this index, from the rows that began at `start`. */
  taken(rows: Float64Array, start: number, step: number): number {
    return rows[2 * ((step - start) * this.#parts.length + this.#first(step))] ?? 0;
  }

  /** As {@link Rates.rehearse}, for all parts. */
  rehearse(logs: Seen): void {
    for (const rates of this.#each) rates.rehearse(logs);
  }

  /** As {@link Rates.observe}, for the parts that made the last update. */
  observe(seen: Seen, nextStep: number, moment?: Moment): void {
    if (this.override !== undefined) this.override.observe(seen, nextStep, moment);
    else
      this.#parts.forEach((part, p) => {
        if (makes(part, nextStep - 1)) this.#each[p]?.observe(seen, nextStep - part.from, moment);
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
  const { losses: given } = checkOptions(options, "schedulePreview", ["losses"]);
  const losses = list(number())(given ?? [], "schedulePreview.losses");
  const rates = new Rates(config, instance().core);
  return Float32Array.from({ length: count }, (_, step) => {
    const rate = rates.at(step);
    const loss = losses[step];
    if (loss !== undefined) rates.observe(loss, step + 1);
    return rate;
  });
}
