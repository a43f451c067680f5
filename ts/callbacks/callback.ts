/** What `fit` calls while it trains: the shape of a callback, and what the callbacks of the library share. */

import { callable, isRecord, options, show } from "../check.js";
import { ConfigError } from "../errors.js";
import type { StoppedBy } from "../history.js";
import type { GradientRecord } from "./record-gradients.js";

/** The numbers of a batch or an epoch: `loss`, `learningRate`, `gradientNorm`, metrics, `val_loss`, … */
export type Logs = { readonly [name: string]: number | undefined };

/** The parts of a model that the callbacks of the library use. */
export interface CallbackModel {
  /** copies of all parameters, with those that are not trained; `averaged`: those that are evaluated */
  parameters(options?: {
    readonly averaged?: boolean;
  }): readonly { readonly name: string; readonly data: Float32Array }[];
  /** changes those that are named, all or none */
  setParameters(parameters: readonly { readonly name: string; readonly data: Float32Array }[]): void;
  /** the whole model as bytes */
  save(): Uint8Array | Promise<Uint8Array>;
}

/** The same where the model works in a worker: what it gives comes later. */
export type AsyncCallbackModel = {
  readonly [K in keyof CallbackModel]: (
    ...given: Parameters<CallbackModel[K]>
  ) => ReturnType<CallbackModel[K]> | Promise<Awaited<ReturnType<CallbackModel[K]>>>;
};

/** What every callback is told beside its numbers. */
export interface CallbackContext<C = CallbackModel> {
  /** the model in training */
  readonly model: C;
  readonly params: {
    /** the epoch at which this call of `fit` stops if nothing else stops it */
    readonly epochs: number;
    /** updates in one epoch; `Infinity` in the first of a stream of batches, which does not say */
    readonly steps: number;
    /** samples in one epoch; those so far of a stream of batches */
    readonly samples: number;
    /** the first epoch of this call, 0 when left out; above 0 training goes on and callbacks keep their state */
    readonly initialEpoch?: number | undefined;
  };
  /** in `onTrainEnd`: what ended the training */
  readonly stoppedBy?: StoppedBy | undefined;
}

/** Returned by `onBatchEnd` or `onEpochEnd` to end the training. */
export type Verdict = "stop" | undefined;

type MaybeLater<T> = T | Promise<T>;

/**
 * An object with any of these methods; each may be asynchronous, and is waited for. Epochs and batches count from 0. A
 * method that throws ends the training: `fit` rejects with what it threw.
 *
 * @example
 * ```ts
 * const enough: Callback = { onEpochEnd: (epoch, logs) => ((logs.val_accuracy ?? 0) > 0.98 ? "stop" : undefined) };
 * await model.fit(x, y, { epochs: 100, validationSplit: 0.2, callbacks: [enough] });
 * ```
 */
export interface Callback<C = CallbackModel> {
  /** shown in errors; `"earlyStopping"` makes that the reason in `history.stoppedBy` */
  readonly name?: string;
  /** callbacks take their turns by this number, then as they stand in the list; default 0, those that save have more */
  readonly order?: number;
  /**
   * What it has seen, as plain data and `Float32Array`s: `save()` within a `fit` keeps it in the file, and a `fit` of the
   * loaded model that goes on from there (`initialEpoch: model.epochsDone`) gives it to `loadState` of the callback with
   * the same name before anything else
   */
  state?(): unknown;
  loadState?(state: never): MaybeLater<void>;
  onTrainBegin?(context: CallbackContext<C>): MaybeLater<void>;
  onEpochBegin?(epoch: number, context: CallbackContext<C>): MaybeLater<void>;
  /** after each update; its presence shortens the stretches that the core trains in one go */
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return is the usual case
  onBatchEnd?(batch: number, logs: Logs, context: CallbackContext<C>): MaybeLater<Verdict | void>;
  /** after each stretch of updates that the core trained in one go (about 8 ms): for showing progress */
  onProgress?(batch: number, logs: Logs, context: CallbackContext<C>): MaybeLater<void>;
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return is the usual case
  onEpochEnd?(epoch: number, logs: Logs, context: CallbackContext<C>): MaybeLater<Verdict | void>;
  /** has the layers watched in the updates whose index is a multiple of this, for `onRecords`; see `recordGradients` */
  readonly recordEvery?: number;
  /** after each stretch of updates: what the watched ones among them told */
  onRecords?(records: readonly GradientRecord[], context: CallbackContext<C>): MaybeLater<void>;
  /** also after an abort or a stop, not after an error */
  onTrainEnd?(context: CallbackContext<C>): MaybeLater<void>;
}

/** Where callbacks write files; `downhill/node` has one for a folder. */
export interface Sink {
  /** writes the whole file `name`, in place of what it held */
  write(name: string, bytes: Uint8Array): MaybeLater<void>;
  /** the file's bytes, `undefined` where there is none */
  read?(name: string): MaybeLater<Uint8Array | undefined>;
  /** may remove old files of a kind, of which the newest was just written: `{epoch}` in `name` stands for a number */
  prune?(name: string): MaybeLater<void>;
}

/** Which way a monitored number gets better; `"auto"` knows accuracies and the like from losses. */
export type MonitorMode = "auto" | "min" | "max";

/** The methods of a callback. */
export const callbackMethods = [
  "onTrainBegin",
  "onEpochBegin",
  "onBatchEnd",
  "onProgress",
  "onEpochEnd",
  "onRecords",
  "onTrainEnd",
] as const;

/**
 * Checks what a user gave as a callback: an object (also of a class) with at least one of its methods.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 */
export function checkCallback(value: unknown, path: string): Callback {
  if (typeof value === "function") {
    throw new ConfigError(path, `expected a callback, got ${show(value)}; call it, or put it in { onEpochEnd }`);
  }
  if (!isRecord(value))
    throw new ConfigError(path, `expected an object with ${callbackMethods.join(", ")}, got ${show(value)}`);
  const present = callbackMethods.filter((method) => value[method] !== undefined);
  if (present.length === 0) {
    options(value, path, ["name", "recordEvery", ...callbackMethods]);
    throw new ConfigError(path, `expected at least one of ${callbackMethods.join(", ")}`);
  }
  for (const method of present) callable("a function")(value[method], `${path}.${method}`);
  return value as Callback;
}

/** In the order of their turns. */
export function inOrder<C extends { readonly order?: number }>(callbacks: readonly C[]): readonly C[] {
  return [...callbacks].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

/** Checks what a user gave as a sink. */
export function checkSink(value: unknown, path: string): Sink {
  if (!isRecord(value) || typeof value.write !== "function") {
    throw new ConfigError(path, `expected { write(name, bytes) }, got ${show(value)}`);
  }
  return value as unknown as Sink;
}

/** The direction of a monitored number: `"max"` for accuracy, precision, recall, f1, auc and r2, else `"min"`. */
export function monitorDirection(monitor: string, mode: MonitorMode): "min" | "max" {
  if (mode !== "auto") return mode;
  return /(accuracy|precision|recall|f1|auc|r2)$/i.test(monitor) ? "max" : "min";
}

/**
 * The monitored number of an epoch.
 *
 * @throws ConfigError `CONFIG` if it is not among the logs, with what is
 */
export function monitored(logs: Logs, monitor: string, callback: string): number {
  const value = logs[monitor];
  if (value !== undefined) return value;
  const hint = monitor.startsWith("val_") ? "; give fit validationData or validationSplit" : "";
  const names = Object.keys(logs).filter((name) => logs[name] !== undefined);
  throw new ConfigError(`${callback}.monitor`, `no "${monitor}" is logged${hint}. Logged: ${names.join(", ")}`);
}
