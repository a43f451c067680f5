/** What the worker of this room does. */

import type { Config, RaceJob, Task } from "../../training/jobs.js";

export interface TestInput extends Task {
  readonly optimizer: Config;
  readonly fullBatch: boolean;
  readonly min: number;
  readonly max: number;
  readonly steps: number;
  readonly seed: number;
}

/** The range test, or why the library does not take the settings. */
export type TestResult =
  | {
      readonly learningRates: readonly number[];
      readonly losses: readonly number[];
      readonly batchLosses: readonly number[];
      /** NaN: the loss neither fell nor ran away */
      readonly suggestion: number;
      readonly diverging: number | undefined;
    }
  | { readonly refused: string };

export interface PreviewInput {
  readonly schedules: readonly object[];
  readonly steps: number;
}

/** The rates of each schedule, or why the library does not take it. */
export type Preview = readonly (Float32Array | string)[];

export type RateJobs = {
  readonly test: { readonly input: TestInput; readonly update: never; readonly result: TestResult };
  readonly preview: { readonly input: PreviewInput; readonly update: never; readonly result: Preview };
  readonly network: RaceJob;
};
