/** Stops when a number has not got better for some epochs. */

import { boolean, integer, isRecord, number, oneOf, options, show, text } from "../check.js";
import { ConfigError } from "../errors.js";
import type { AsyncCallbackModel, Callback, CallbackContext, Logs, MonitorMode, Verdict } from "./callback.js";
import { monitorDirection, monitored } from "./callback.js";

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions {
  /** which number of the logs; default `"val_loss"` */
  monitor?: string;
  /** stops at this many epochs in a row without improvement; 0, the default, does the same as 1 */
  patience?: number;
  /** what is less of a change is no improvement, >= 0; default 0 */
  minDelta?: number;
  /** default `"auto"`: `"max"` for accuracy and the like, `"min"` for everything else */
  mode?: MonitorMode;
  /**
   * puts the parameters of the best epoch, averaged if the optimizer averages, back at the end, unless the training was
   * aborted; default false
   */
  restoreBest?: boolean;
}

/** What {@link earlyStopping} has seen: numbers and typed arrays, fit for `structuredClone`. */
export interface EarlyStoppingState {
  /** the best number so far */
  readonly best?: number | undefined;
  /** the epoch it came from */
  readonly bestEpoch?: number | undefined;
  /** epochs since then */
  readonly wait: number;
  /** the parameters after that epoch, with `restoreBest` */
  readonly bestParameters?: readonly { readonly name: string; readonly data: Float32Array }[] | undefined;
}

/** A callback that can say and take up what it has seen. */
export interface EarlyStopping extends Callback<AsyncCallbackModel> {
  readonly name: "earlyStopping";
  /** What it has seen, as a copy. */
  state(): EarlyStoppingState;
  /** Goes on from a state; the next `fit` does not start it anew. */
  loadState(state: EarlyStoppingState): void;
}

/**
 * Ends the training when `monitor` has not improved for `patience` epochs (Keras' rule: also with 0 an epoch that improves
 * goes on, and epoch 0 is never the last of a new training). A NaN is no improvement.
 *
 * A `fit` from epoch 0 starts it anew; with `initialEpoch` above 0, or after `loadState`, it goes on.
 *
 * @throws ConfigError `CONFIG` for the options, and within `fit` if `monitor` is not logged
 * @example
 * ```ts
 * const callbacks = [earlyStopping({ patience: 5, restoreBest: true })];
 * await model.fit(x, y, { epochs: 200, validationSplit: 0.2, callbacks });
 * ```
 */
export function earlyStopping(given: EarlyStoppingOptions = {}): EarlyStopping {
  const chosen = options(given, "earlyStopping", ["monitor", "patience", "minDelta", "mode", "restoreBest"]);
  const monitor = text(chosen.monitor ?? "val_loss", "earlyStopping.monitor");
  const patience = integer({ min: 0 })(chosen.patience ?? 0, "earlyStopping.patience");
  const minDelta = number({ min: 0 })(chosen.minDelta ?? 0, "earlyStopping.minDelta");
  const mode = oneOf<MonitorMode>(["auto", "min", "max"])(chosen.mode ?? "auto", "earlyStopping.mode");
  const restoreBest = boolean(chosen.restoreBest ?? false, "earlyStopping.restoreBest");
  const sign = monitorDirection(monitor, mode) === "max" ? 1 : -1;

  let current: EarlyStoppingState = { wait: 0 };
  let isLoaded = false;

  function improves(value: number): boolean {
    if (Number.isNaN(value)) return false;
    return current.best === undefined || sign * value - minDelta > sign * current.best;
  }

  return Object.freeze({
    name: "earlyStopping" as const,
    onTrainBegin(context: Context) {
      if (!isLoaded && (context.params.initialEpoch ?? 0) === 0) current = { wait: 0 };
      isLoaded = false;
    },
    onEpochEnd(epoch: number, logs: Logs, { model }: Context): Verdict | Promise<undefined> {
      const value = monitored(logs, monitor, "earlyStopping");
      if (improves(value)) {
        const keep = (parameters?: Parameters) => {
          const bestParameters = parameters && copyOf(parameters);
          current = { best: value, bestEpoch: epoch, wait: 0, bestParameters };
          return undefined;
        };
        const parameters = restoreBest ? model.parameters({ averaged: true }) : undefined;
        return parameters instanceof Promise ? parameters.then(keep) : keep(parameters);
      }
      current = { ...current, wait: current.wait + 1 };
      const hasPast = current.best !== undefined || epoch > 0;
      return hasPast && current.wait >= patience ? "stop" : undefined;
    },
    onTrainEnd({ model, stoppedBy }: Context) {
      if (current.bestParameters === undefined || stoppedBy === "signal") return undefined;
      return model.setParameters(current.bestParameters);
    },
    state: () => ({ ...current, bestParameters: current.bestParameters && copyOf(current.bestParameters) }),
    loadState(state: EarlyStoppingState) {
      current = checkedState(state);
      isLoaded = true;
    },
  });
}

type Context = CallbackContext<AsyncCallbackModel>;

type Parameters = NonNullable<EarlyStoppingState["bestParameters"]>;

function copyOf(parameters: Parameters): Parameters {
  return parameters.map(({ name, data }) => ({ name, data: data.slice() }));
}

function checkedState(given: unknown): EarlyStoppingState {
  const path = "earlyStopping.loadState";
  const { best, bestEpoch, wait, bestParameters } = options(given, path, [
    "best",
    "bestEpoch",
    "wait",
    "bestParameters",
  ]);
  return {
    best: best === undefined ? undefined : number()(best, `${path}.best`),
    bestEpoch: bestEpoch === undefined ? undefined : integer({ min: 0 })(bestEpoch, `${path}.bestEpoch`),
    wait: integer({ min: 0 })(wait, `${path}.wait`),
    bestParameters: bestParameters === undefined ? undefined : copyOf(checkedParameters(bestParameters, path)),
  };
}

function checkedParameters(value: unknown, path: string): Parameters {
  const isRight = (entry: unknown) =>
    isRecord(entry) && typeof entry.name === "string" && entry.data instanceof Float32Array;
  if (Array.isArray(value) && value.every(isRight)) return value as Parameters;
  throw new ConfigError(`${path}.bestParameters`, `expected { name, data: Float32Array }[], got ${show(value)}`);
}
