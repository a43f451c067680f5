/** What training reports. */

/** The names of a model's metrics with their values. */
export type MetricValues<M extends string> = { readonly [K in M]: number };

/** Metrics of the validation data. */
export type ValidationValues<M extends string> = { readonly [K in M | "loss" as `val_${K}`]?: number };

/** One epoch. */
export type EpochLogs<M extends string = never> = {
  /** counts from `initialEpoch` */
  readonly epoch: number;
  /** mean over the epoch's samples of the loss before each update, regularisation included */
  readonly loss: number;
  /** rate of the epoch's last update */
  readonly learningRate: number;
  /** mean over the epoch's updates of ‖gradient‖ over all trained parameters, before transforms */
  readonly gradientNorm: number;
  /** milliseconds, validation included; epochs too short to be timed one by one share evenly */
  readonly durationMs: number;
} & MetricValues<M> &
  ValidationValues<M>;

/** What ended a call of `fit`. */
export type StoppedBy = "epochs" | "earlyStopping" | "signal" | "callback";

/** What `fit` resolves with. */
export interface History<M extends string = never> {
  readonly epochs: readonly EpochLogs<M>[];
  /** updates made */
  readonly steps: number;
  /** training samples seen per second, validation and callbacks included in the time */
  readonly samplesPerSecond: number;
  readonly stoppedBy: StoppedBy;
  /** how many workers computed: as many as asked for, or 1 */
  readonly workers: number;
  /** why it was one where more were asked for */
  readonly notice?: string;
}

/** What `trainOnBatch` returns: the loss is the one before the update. */
export type BatchLogs<M extends string = never> = {
  readonly loss: number;
  /** ‖gradient‖ over all trained parameters, before transforms */
  readonly gradientNorm: number;
  readonly learningRate: number;
} & MetricValues<M>;
