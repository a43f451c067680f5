/** What `fit` may be told. */

import type { Callback } from "./callbacks/callback.js";
import type { ScheduleConfig } from "./config/schedules.js";
import type { MatrixLike } from "./data/matrix.js";
import type { Targets } from "./data/samples.js";

/** How to train. */
export interface FitOptions {
  /** passes over the data; default 1 */
  readonly epochs?: number;
  /** samples in a batch; `"full"` for gradient descent, 1 for stochastic gradient descent; default 32 */
  readonly batchSize?: number | "full";
  /** a new order each epoch; default true */
  readonly shuffle?: boolean;
  /** evaluated after each epoch */
  readonly validationData?: readonly [x: MatrixLike, y: Targets];
  /** share of the rows, the last ones before shuffling, to validate on instead of training; default 0 */
  readonly validationSplit?: number;
  /** overrides the optimizer's own rate in this call: a rate, a schedule, or a function of the 0-based update index */
  readonly schedule?: number | ScheduleConfig | ((step: number) => number);
  /** batches whose mean gradients one update averages; default 1 */
  readonly accumulate?: number;
  /** a weight for each class: an array, or an object whose missing classes count 1 */
  readonly classWeight?: readonly number[] | Readonly<Record<number, number>>;
  /** a weight >= 0 for each row */
  readonly sampleWeight?: ArrayLike<number>;
  readonly callbacks?: readonly Callback[];
  /** number of the first epoch in history and callbacks; default 0 */
  readonly initialEpoch?: number;
  /** stops training; the history so far is returned and the weights are kept */
  readonly signal?: AbortSignal;
  /**
   * how many workers share the rows of each step, each with a core of its own; default 1. Where that would not pay or
   * cannot be, one computes, and the history's `notice` says why
   */
  readonly workers?: number;
  /** 0 silent, 1 or true a bar, 2 a line an epoch; default 0 */
  readonly verbose?: 0 | 1 | 2 | boolean;
}

/** The names of {@link FitOptions}. */
export const fitOptionNames = [
  "epochs",
  "batchSize",
  "shuffle",
  "validationData",
  "validationSplit",
  "schedule",
  "accumulate",
  "classWeight",
  "sampleWeight",
  "callbacks",
  "initialEpoch",
  "signal",
  "workers",
  "verbose",
] as const;
