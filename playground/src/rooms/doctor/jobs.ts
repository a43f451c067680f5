/** What the worker of this room does. */

import type { GradientReport, ModelConfig } from "downhill";
import type { Histograms } from "../../canvas/histograms.js";
import type { Settings } from "./patient.js";

/** A patient, and the advice that was taken before, in order: numbers in the list of the examination of their time. */
export interface Case {
  readonly settings: Settings;
  readonly taken: readonly number[];
}

/** What a fresh network shows. */
export interface Examination {
  readonly of: Case;
  /** after the advice that was taken */
  readonly config: ModelConfig;
  readonly report: GradientReport;
}

/** A moment of the training. */
export interface Moment {
  /** updates made */
  readonly update: number;
  /** on all samples */
  readonly loss: number;
  /** as `readColumns` gives them */
  readonly numbers: Float64Array;
  readonly histograms: Histograms;
  /** the answers over the plane, `mapSize` × `mapSize` */
  readonly map: Float32Array;
}

/** Points across the map of answers. */
export const mapSize = 40;

/** How a training ended. */
export interface Outcome {
  /** the update at which a number overflowed */
  readonly diverged: number | undefined;
}

export type DoctorJobs = {
  readonly examine: { readonly input: Case; readonly update: never; readonly result: Examination };
  readonly train: {
    readonly input: Case;
    readonly update: readonly Moment[];
    readonly result: Outcome;
  };
};
