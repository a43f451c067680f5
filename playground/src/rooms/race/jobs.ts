/** What the worker of this room does. */

import type { Config, RaceJob } from "../../training/jobs.js";
import type { SurfaceName } from "./surfaces.js";

/** How one optimizer went over the surface. */
export interface Track {
  /** x and y of each point, from the start on */
  readonly path: Float32Array;
  /** the surface's value at each */
  readonly values: Float64Array;
  /** how often the gradient was taken */
  readonly gradients: number;
  /** the step that left all numbers behind; undefined if none did */
  readonly diverged?: number;
  /** why the library does not take these settings */
  readonly refused?: string;
}

export interface SurfaceInput {
  readonly surface: SurfaceName;
  readonly start: readonly [number, number];
  readonly steps: number;
  readonly seed: number;
  readonly lanes: readonly Config[];
}

export type RaceJobs = {
  readonly surface: { readonly input: SurfaceInput; readonly update: never; readonly result: readonly Track[] };
  readonly network: RaceJob;
};
