/** What the kinds of schedule have in common: their table's rows, their state, and fields that several of them share. */

import type { Row, Typed } from "../../check.js";
import { field, integer, number, required } from "../../check.js";

/** The elementary functions that schedules need; give them the core's. */
export interface ScheduleMath {
  /** xʸ for x >= 0 */
  pow(x: number, y: number): number;
  /** cosine of x in radians */
  cos(x: number): number;
}

/** What `restartOnLoss` has seen. */
export interface RestartState {
  /** update index of the last restart; 0 before the first */
  readonly start: number;
  /** the loss below which the next restart happens */
  readonly threshold: number;
  /** was the last loss below the threshold? A restart needs a loss above it first. */
  readonly below: boolean;
}

/** What `reduceOnPlateau` has seen. */
export interface PlateauState {
  /** the best number so far; null before the first */
  readonly best: number | null;
  /** numbers since then that were no better */
  readonly bad: number;
  /** numbers still to come that do not count as bad */
  readonly resting: number;
  /** η */
  readonly rate: number;
}

/**
 * What a schedule driven by the loss has seen, frozen plain data, to be saved and resumed; of a schedule made of others
 * (`warmup`, `sequence`) the states of its parts, null for those that see nothing.
 */
export type ScheduleState = RestartState | PlateauState | readonly (ScheduleState | null)[];

/** One kind of schedule: its options, and its rate. */
export interface Kind<C extends Typed> extends Row<C> {
  /** η in f64 at the 0-based update `step`, by the caller's powers and cosines alone */
  readonly rate: (config: C, step: number, math: ScheduleMath, state: ScheduleState | undefined) => number;
}

/** A {@link Kind} for each `type`. */
export type Kinds<C extends Typed> = { readonly [T in C["type"]]: Kind<Extract<C, Typed<T>>> };

/** A learning rate: a finite number >= 0. */
export const rate = number({ min: 0 });
/** A count of updates. */
export const updates = integer({ min: 1 });

export const initial = required(rate);
export const end = field(rate, 0);
export const steps = required(updates);

/** A straight line from `start` at share 0 to `end` at share 1. */
export function alongLine(start: number, end: number, share: number): number {
  return start + (end - start) * share;
}

/** Half a cosine wave from `start` at share 0 to `end` at share 1. */
export function alongCosine(start: number, end: number, share: number, math: ScheduleMath): number {
  return end + ((start - end) * (1 + math.cos(Math.PI * share))) / 2;
}
