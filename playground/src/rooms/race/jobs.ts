/** What the worker of this room does. */

import type { DataName } from "./experiment.js";
import type { SurfaceName } from "./surfaces.js";

/** The config of an optimizer, as data. */
export interface Config {
  readonly type: string;
}

/** How one optimizer went over the surface. */
export interface Track {
  /** x and y of each point, from the start on */
  readonly path: Float32Array;
  /** the surface's value at each */
  readonly values: Float64Array;
  /** the step that left all numbers behind; undefined if none did */
  readonly diverged?: number;
}

export interface SurfaceInput {
  readonly surface: SurfaceName;
  readonly start: readonly [number, number];
  readonly steps: number;
  readonly seed: number;
  readonly lanes: readonly Config[];
}

export interface NetworkInput {
  readonly data: DataName;
  readonly hidden: number;
  readonly batch: number;
  readonly epochs: number;
  /** the seeds of the runs */
  readonly seeds: readonly number[];
  readonly lanes: readonly Config[];
}

/** An epoch of a run, or its start (epoch 0). */
export interface Lap {
  readonly lane: number;
  readonly run: number;
  readonly epoch: number;
  /** updates until then */
  readonly step: number;
  /** mean over the batches of the epoch; of all data before the first; NaN: the run diverged */
  readonly loss: number;
  /** what `fit` took until then */
  readonly ms: number;
}

export type RaceJobs = {
  readonly surface: { readonly input: SurfaceInput; readonly update: never; readonly result: readonly Track[] };
  readonly network: { readonly input: NetworkInput; readonly update: readonly Lap[]; readonly result: undefined };
};
