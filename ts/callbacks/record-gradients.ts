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

/** The method of a callback that takes a function giving the records, instead of records that nobody may look at. */
export const later: unique symbol = Symbol("later");

interface Patient {
  [later](read: () => readonly GradientRecord[]): void;
}

/** Does the callback read records later? */
export function isPatient(callback: Callback): callback is Callback & Patient {
  return later in callback;
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
  // A record costs about as much as an update of a small network: it is made when somebody looks. Who has looked holds the
  // array, and sees it grow.
  const unread: (() => readonly GradientRecord[])[] = [];
  let seen = false;
  const readAll = () => {
    for (const read of unread.splice(0)) for (const record of read()) records.push(record);
  };
  const take = (read: () => readonly GradientRecord[]) => {
    unread.push(read);
    if (seen) readAll();
  };
  return Object.freeze({
    name: "recordGradients",
    get records() {
      seen = true;
      readAll();
      return records;
    },
    recordEvery: integer({ min: 1, max: 2 ** 32 - 1 })(every, "recordGradients.every"),
    [later]: take,
    onRecords: (given: readonly GradientRecord[]) => take(() => given),
  });
}
