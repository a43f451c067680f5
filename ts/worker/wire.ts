/** What goes over the line between the caller and the worker, and how errors travel. */

import type { callbackMethods } from "../callbacks/callback.js";
import {
  BusyError,
  ConfigError,
  CoreError,
  DataError,
  DisposedError,
  DivergenceError,
  DownhillError,
  type ErrorCode,
  FormatError,
  MemoryError,
  NonFiniteError,
  NotSerializableError,
  ShapeError,
  UnsupportedError,
  WorkerError,
} from "../errors.js";

/** The name of a method of a callback that is called within a fit. */
export type Hook = (typeof callbackMethods)[number] | "loadState";

/** What the worker must know of a callback, which itself stays with the caller. */
export interface CallbackSketch {
  readonly name: string | undefined;
  readonly recordEvery: number | undefined;
  readonly hooks: readonly Hook[];
  /** gives its state, and takes it back */
  readonly keepsState: boolean;
}

/** From the caller to the worker. */
export type Request =
  | { readonly call: number; readonly method: string; readonly given: readonly unknown[] }
  | { readonly abort: number }
  | { readonly answer: number; readonly value: unknown; readonly failed: boolean };

/** From the worker to the caller. */
export type Report =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: unknown }
  /** a callback's turn in the fit that is call `call`; to be answered as `ask` */
  | {
      readonly call: number;
      readonly ask: number;
      readonly callback: number;
      readonly hook: Hook;
      readonly given: readonly unknown[];
      readonly context: object;
    };

/** A worker writes no files. */
type Crossing = Exclude<ErrorCode, "FILE">;

const classes: { readonly [C in Crossing]: { readonly prototype: DownhillError } } = {
  CONFIG: ConfigError,
  SHAPE: ShapeError,
  DATA: DataError,
  NON_FINITE: NonFiniteError,
  DISPOSED: DisposedError,
  DIVERGENCE: DivergenceError,
  FORMAT: FormatError,
  NOT_SERIALIZABLE: NotSerializableError,
  UNSUPPORTED: UnsupportedError,
  MEMORY: MemoryError,
  BUSY: BusyError,
  CORE: CoreError,
  WORKER: WorkerError,
};

interface ErrorParts {
  readonly message: string;
  readonly stack: string | undefined;
  /** `code`, `path`, `history`, …: the error's own properties */
  readonly fields: Readonly<Record<string, unknown>>;
  /** taken apart as well */
  readonly cause: unknown;
}

/** An error as plain data; one that is not the library's goes as the engine copies it. */
export function takeApart(error: unknown): unknown {
  if (!(error instanceof DownhillError)) return { other: error };
  const { message, stack, cause } = error;
  const fields: Record<string, unknown> = { ...error };
  if ("cause" in fields) fields.cause = undefined;
  return { message, stack, fields, cause: takeApart(cause) } satisfies ErrorParts;
}

/** The error again: of the same class, with the same fields. */
export function putTogether(data: unknown): unknown {
  const { other, message, stack, fields, cause } = data as ErrorParts & { other: unknown };
  if (fields === undefined) return other;
  const { prototype } = classes[fields.code as Crossing];
  const error: object = Object.assign(Object.setPrototypeOf(new Error(message), prototype), fields);
  const hidden = { configurable: true, writable: true };
  Object.defineProperty(error, "stack", { ...hidden, value: stack });
  Object.defineProperty(error, "cause", { ...hidden, value: putTogether(cause) });
  return error;
}

/** The buffers of all typed arrays in a result, which the sender gives up. */
export function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === "object" && value !== null)
    for (const part of Object.values(value)) if (typeof part === "object") buffersIn(part, found);
  return found;
}
