/** Watches the layers while `fit` trains. */

import { options as checkOptions, integer } from "../check.js";
import type { LayerReport } from "../diagnose/layers.js";
import type { Callback } from "./callback.js";

/** What one watched update told. */
export interface GradientRecord {
  /** 0-based update index, counted over all calls of `fit` */
  readonly step: number;
  /** before the update */
  readonly loss: number;
  /** as in a `GradientReport`; the update ratio is that of the update made */
  readonly layers: readonly LayerReport[];
  readonly decayPerLayer: number;
}

/** Options of {@link recordGradients}. */
export interface RecordGradientsOptions {
  /** watches the updates whose index is a multiple of this; default 1, every update */
  readonly every?: number;
}

/** The callback that {@link recordGradients} returns. */
export interface GradientRecorder extends Callback {
  /** what was seen so far, in order; grows over successive calls of `fit` */
  readonly records: readonly GradientRecord[];
}

/**
 * Collects what `diagnose` tells about each layer during the training itself: `plotGradientFlow(recorder.records)` shows it
 * over layers and time. The core computes it in the training pass; updates that are not watched cost nothing.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const recorder = recordGradients({ every: 10 });
 * await model.fit(x, y, { epochs: 5, callbacks: [recorder] });
 * recorder.records.at(-1)?.layers[0]?.gradientNorm;
 * ```
 */
export function recordGradients(options: RecordGradientsOptions = {}): GradientRecorder {
  const { every = 1 } = checkOptions(options, "recordGradients", ["every"]);
  const records: GradientRecord[] = [];
  return Object.freeze({
    name: "recordGradients",
    records,
    recordEvery: integer({ min: 1, max: 2 ** 32 - 1 })(every, "recordGradients.every"),
    onRecords: (seen: readonly GradientRecord[]) => {
      records.push(...seen);
    },
  });
}
