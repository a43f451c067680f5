/** What makes the updates of a fit, and where in its epochs they lie. */

import { cross } from "./core/cross.js";
import type { CoreFit } from "./core/load.js";
import type { Inside } from "./inside.js";
import type { ModelSearch } from "./search.js";

/** What {@link Maker.run} returns, as `CoreFit.run` does: all rates were used up; an epoch ended, or all; a step was not sound. */
export const [going, epochEnded, done, diverged] = [0, 1, 2, 3];

/** Makes the updates: the core, a team of workers, a search along lines, batches as they come. */
export interface Maker {
  /** how many compute */
  readonly size: number;
  /** why it is one, where more were wanted */
  readonly notice: string | undefined;
  /** makes a single update in each run */
  readonly single: boolean;
  /** updates of the last run */
  readonly made: number;
  /**
   * Makes updates until the rates are used up or something ends them.
   *
   * @param rates a row for each update, as `PartRates.take` gives them
   * @param pause stops where an epoch ends
   */
  run(rates: Float64Array, pause: boolean): number | Promise<number>;
  /** the fit is over */
  stop(): Promise<void>;
}

/** How far a fit is. */
export interface Course extends Pick<CoreFit, "epochs" | "take_log"> {
  /** updates of an epoch; `Infinity` where that is not known yet */
  readonly steps: number;
  /** rows of an epoch; those trained on so far, where that is not known */
  readonly rows: number;
  /** of the last of so many updates: its epoch in this fit and its place there, both from 0 */
  last(updates: number): readonly [epoch: number, batch: number];
  /** rows that so many updates have trained on */
  seen(updates: number): number;
}

/** Rows that lie in the core, and how they are cut. */
export interface Cut {
  readonly rows: number;
  readonly batch: number;
  readonly accumulate: number;
}

/** The course of a fit whose rows lie in the core. */
export class ResidentCourse implements Course {
  readonly #fit: CoreFit;
  readonly #cut: Cut;
  readonly steps: number;

  constructor(fit: CoreFit, cut: Cut) {
    this.#fit = fit;
    this.#cut = cut;
    this.steps = Math.ceil(cut.rows / (cut.batch * cut.accumulate));
  }

  get rows(): number {
    return this.#cut.rows;
  }

  epochs(): number {
    return this.#fit.epochs();
  }

  take_log(): Float64Array {
    return this.#fit.take_log();
  }

  last(updates: number): readonly [epoch: number, batch: number] {
    return [Math.floor((updates - 1) / this.steps), (updates - 1) % this.steps];
  }

  seen(updates: number): number {
    const { rows, batch, accumulate } = this.#cut;
    const whole = this.epochs();
    return whole * rows + Math.min(rows, (updates - whole * this.steps) * batch * accumulate);
  }
}

/** The core by itself. */
export class Alone implements Maker {
  readonly size = 1;
  readonly single = false;
  readonly notice: string | undefined;
  readonly #inside: Inside;
  readonly #fit: CoreFit;

  constructor(inside: Inside, fit: CoreFit, notice: string | undefined) {
    this.#inside = inside;
    this.#fit = fit;
    this.notice = notice;
  }

  get made(): number {
    return this.#fit.steps();
  }

  run(rates: Float64Array, pause: boolean): number {
    const { instance, core } = this.#inside;
    return cross(instance, () => this.#fit.run(core, rates, pause));
  }

  async stop(): Promise<void> {}
}

/** A search along lines, which takes several gradients of the core's for an update. */
export class Searching implements Maker {
  readonly size = 1;
  readonly single = true;
  readonly notice: string | undefined;
  made = 0;
  readonly #inside: Inside;
  readonly #fit: CoreFit;
  readonly #search: ModelSearch;

  constructor(inside: Inside, fit: CoreFit, search: ModelSearch, notice: string | undefined) {
    this.#inside = inside;
    this.#fit = fit;
    this.#search = search;
    this.notice = notice;
  }

  run(row: Float64Array): number {
    const inside = this.#inside;
    const { core, instance, frozen } = inside;
    return cross(instance, () => {
      const begun = this.#search.update(inside, frozen, row[0] ?? 0, (first) => this.#fit.gradient(core, first));
      this.made = begun === undefined ? 0 : 1;
      return begun === undefined ? diverged : this.#fit.adopt(core, begun.loss, begun.gradientNorm, row);
    });
  }

  async stop(): Promise<void> {}
}
