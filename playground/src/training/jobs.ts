/** Training the same network with several optimizers or schedules, as a job of a worker. */

/** The networks' data. */
export const dataNames = ["moons", "spirals", "curve", "digits"] as const;
export type DataName = (typeof dataNames)[number];

/** The config of an optimizer, as data. */
export interface Config {
  readonly type: string;
}

/** One of those that train side by side. */
export interface Lane {
  readonly config: Config;
  /** it needs all data at every update, whatever the batch size is */
  readonly fullBatch: boolean;
  /** what counts are averaged weights: their loss is taken on all data, at the end of each epoch */
  readonly isAverage: boolean;
}

/** What all lanes share. */
export interface Task {
  readonly data: DataName;
  /** units of each of the two hidden layers */
  readonly hidden: number;
  readonly batch: number;
  /** the folder of the site, where the digits lie */
  readonly files: string;
}

export interface RaceInput extends Task {
  readonly epochs: number;
  /** the seeds of the runs of each lane */
  readonly seeds: readonly number[];
  readonly lanes: readonly Lane[];
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

/** What the race tells. */
export interface Laps {
  readonly laps: readonly Lap[];
  /** lanes that do not start, and why */
  readonly refused?: readonly (readonly [lane: number, why: string])[];
}

/** The job, for a room's list of jobs. */
export interface RaceJob {
  readonly input: RaceInput;
  readonly update: Laps;
  readonly result: undefined;
}
