/** What a `fit` holds beside the model and must find again to go on from a file: its verdict, and what callbacks saw. */

import type { Callback } from "./callbacks/callback.js";
import { integer, isRecord, list, oneOf, options, show } from "./check.js";
import { ConfigError, NotSerializableError } from "./errors.js";
import type { StoppedBy } from "./history.js";
import type { NamedData } from "./save.js";

/** What a callback has seen. */
export interface CallbackState {
  readonly name: string;
  readonly state: unknown;
}

/** A `fit` under way. */
export interface Training {
  /** the verdict of a callback, if there is one: who goes on from here stops at once, too */
  readonly stoppedBy: StoppedBy | undefined;
  /** its epochs so far, counted from `initialEpoch` */
  readonly done: number;
  readonly callbacks: readonly CallbackState[];
}

type Keeper = Callback & Required<Pick<Callback, "state" | "loadState">>;

/** Does the callback give its state, and take it back? */
export function keepsState(callback: object): callback is Keeper {
  const { state, loadState } = callback as Partial<Record<"state" | "loadState", unknown>>;
  return typeof state === "function" && typeof loadState === "function";
}

/** The states of those callbacks that keep one. */
export function statesOf(callbacks: readonly Callback[]): readonly CallbackState[] {
  return callbacks.filter(keepsState).map((callback) => ({ name: callback.name ?? "", state: callback.state() }));
}

/** Gives each callback the first state of its name that no other took; one without a state begins anew. */
export async function loadStates(callbacks: readonly Callback[], states: readonly CallbackState[]): Promise<void> {
  const left = [...states];
  for (const callback of callbacks.filter(keepsState)) {
    const at = left.findIndex(({ name }) => name === (callback.name ?? ""));
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (found !== undefined) await callback.loadState(found.state as never);
  }
}

/** How the names of arrays in states begin. */
export const callbackPrefix = "callbacks.";

/** Keys that stand for what JSON has not; an object of a callback's own with one of them is not told from it. */
const [tensorKey, numberKey] = ["$float32", "$number"];

/**
 * The training as JSON, and the arrays beside it.
 *
 * @throws NotSerializableError `NOT_SERIALIZABLE` for a state that is not plain data
 */
export function writeTraining({ stoppedBy, done, callbacks }: Training): {
  json: string;
  tensors: readonly NamedData[];
} {
  const tensors: NamedData[] = [];
  const json = JSON.stringify({ stoppedBy, done, callbacks }, (key, value: unknown) => {
    if (value instanceof Float32Array) {
      tensors.push({ name: callbackPrefix + tensors.length, shape: [value.length], data: value });
      return { [tensorKey]: tensors.length - 1 };
    }
    if (typeof value === "number" && !Number.isFinite(value)) return { [numberKey]: String(value) };
    if (typeof value === "function" || (typeof value === "object" && !isPlain(value))) {
      throw new NotSerializableError("callbacks", `${key}: a state must be plain data, got ${show(value)}`);
    }
    return value;
  });
  return { json, tensors };
}

/**
 * @param parse of JSON as `JSON.stringify` writes it
 * @throws ConfigError `CONFIG` for what {@link writeTraining} does not write
 */
export function readTraining(
  json: unknown,
  parse: (json: unknown) => unknown,
  tensors: ReadonlyMap<string, NamedData>,
): Training | undefined {
  const left = new Set([...tensors.keys()].filter((name) => name.startsWith(callbackPrefix)));
  const revive = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revive);
    if (!isRecord(value)) return value;
    if (numberKey in value) return Number(value[numberKey]);
    const name = `${callbackPrefix}${value[tensorKey]}`;
    if (left.delete(name)) return tensors.get(name)?.data;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revive(part)]));
  };
  const given =
    json === undefined ? undefined : options(revive(parse(json)), "training", ["stoppedBy", "done", "callbacks"]);
  if (left.size > 0) throw new ConfigError("training", `nothing holds the tensors ${[...left].join(", ")}`);
  return (
    given && {
      stoppedBy:
        given.stoppedBy === undefined
          ? undefined
          : oneOf<StoppedBy>(["earlyStopping", "callback"])(given.stoppedBy, "stoppedBy"),
      done: integer({ min: 0 })(given.done, "done"),
      callbacks: list((entry, path) => {
        const { name, state } = options(entry, path, ["name", "state"]);
        return { name: String(name), state };
      })(given.callbacks, "callbacks"),
    }
  );
}

function isPlain(value: object | null): boolean {
  return value === null || Array.isArray(value) || isRecord(value);
}
