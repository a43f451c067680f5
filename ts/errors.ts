/**
 * Every mistake has a name: all errors of the library extend {@link DownhillError} and carry a stable `code`.
 *
 * The messages start with the place (`x`, `adam.learningRate`, `layers[1].activation`), then say what was expected, what
 * was given, and how to mend it where that is not plain.
 */

import type { ModelConfig } from "./config/model.js";

/** The stable codes. Test for these (or with `instanceof`), never for words of a message. */
export type ErrorCode =
  | "CONFIG"
  | "SHAPE"
  | "DATA"
  | "NON_FINITE"
  | "DISPOSED"
  | "DIVERGENCE"
  | "FORMAT"
  | "NOT_SERIALIZABLE"
  | "UNSUPPORTED"
  | "MEMORY"
  | "BUSY"
  | "CORE"
  | "WORKER"
  /** only in `downhill/node` */
  | "FILE";

/**
 * The base of every error that the library throws on purpose.
 *
 * `name` is a getter on the prototype of each class, so that it survives minification, which renames the classes, and
 * stands in the first line of `stack`.
 *
 * @example
 * ```ts
 * try {
 *   adam({ learningRate: -1 });
 * } catch (error) {
 *   if (error instanceof DownhillError && error.code === "CONFIG") console.log(error.message);
 * }
 * ```
 */
export class DownhillError extends Error {
  /** What kind of mistake it is; never changes between versions. */
  readonly code: ErrorCode;

  /** @param cause the error or reason behind this one, kept as `error.cause` */
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return "DownhillError";
  }
}

/** What a {@link ConfigError} knows beside its message. */
export interface ConfigErrorDetails {
  /** the nearest allowed word, where a word was misspelt */
  readonly suggestion?: string;
  /** the words that are allowed, where there is a list */
  readonly allowed?: readonly string[];
}

/**
 * An option is unknown, missing, of the wrong kind or out of range; or a method was called before what it needs.
 * Code `"CONFIG"`.
 *
 * @example
 * ```ts
 * adam({ learningrate: 0.1 });
 * // ConfigError: adam: unknown option "learningrate"; did you mean "learningRate"? Options: learningRate, beta1, …
 * ```
 */
export class ConfigError extends DownhillError {
  /** Where: `adam.learningRate`, `layers[1].activation`. */
  readonly path: string;
  /** The nearest allowed word, where a word was misspelt. */
  readonly suggestion: string | undefined;
  /** The words that are allowed, where there is a list. */
  readonly allowed: readonly string[] | undefined;

  constructor(path: string, message: string, details: ConfigErrorDetails = {}) {
    super("CONFIG", `${path}: ${message}`);
    this.path = path;
    this.suggestion = details.suggestion;
    this.allowed = details.allowed;
  }

  override get name(): string {
    return "ConfigError";
  }
}

/** A length or shape as an error shows it: `[32, 4]`, with `?` where any number would do. */
export type ShownShape = readonly (number | "?")[];

/**
 * An array has the wrong shape: ragged rows, too few columns, no rows at all. Code `"SHAPE"`.
 *
 * @example
 * ```ts
 * throw ShapeError.mismatch("x", [32, 4], [32, 3]);
 * // ShapeError: x: expected shape [32, 4], got [32, 3]
 * ```
 */
export class ShapeError extends DownhillError {
  constructor(argument: string, message: string) {
    super("SHAPE", `${argument}: ${message}`);
  }

  /** The usual case: `x: expected shape [32, 4], got [32, 3]`, then `hint` after a semicolon, if there is one. */
  static mismatch(argument: string, expected: ShownShape, got: ShownShape, hint = ""): ShapeError {
    const shown = `expected shape [${expected.join(", ")}], got [${got.join(", ")}]`;
    return new ShapeError(argument, hint === "" ? shown : `${shown}; ${hint}`);
  }

  override get name(): string {
    return "ShapeError";
  }
}

/**
 * A value of the data means nothing: text where a number belongs, a label that is not one of the classes. Code `"DATA"`.
 *
 * @example
 * ```ts
 * oneHot([0, 3], 3);
 * // DataError: labels: expected a whole number from 0 to 2 at row 1, got 3
 * ```
 */
export class DataError extends DownhillError {
  constructor(argument: string, message: string, options?: { readonly cause?: unknown }) {
    super("DATA", `${argument}: ${message}`, options);
  }

  override get name(): string {
    return "DataError";
  }
}

/**
 * NaN or an infinity where finite numbers are needed. Code `"NON_FINITE"`.
 *
 * @example
 * ```ts
 * throw new NonFiniteError("x", "NaN at row 3, column 1");
 * // NonFiniteError: x: NaN at row 3, column 1
 * ```
 */
export class NonFiniteError extends DownhillError {
  constructor(argument: string, message: string) {
    super("NON_FINITE", `${argument}: ${message}`);
  }

  override get name(): string {
    return "NonFiniteError";
  }
}

/**
 * A model, optimizer or data set was used after `dispose()`. Code `"DISPOSED"`.
 *
 * @example
 * ```ts
 * model.dispose();
 * model.predict(x); // DisposedError: Model: used after dispose()
 * ```
 */
export class DisposedError extends DownhillError {
  constructor(what: string) {
    super("DISPOSED", `${what}: used after dispose()`);
  }

  override get name(): string {
    return "DisposedError";
  }
}

/** One numbered row of numbers, as `fit` logs it: `epoch`, `loss`, `learningRate`, metrics, `val_…`. */
export type EpochRow = { readonly [name: string]: number | undefined };

/** A change that may help, and why. */
export interface Advice {
  /** what to do, as one sentence */
  readonly remedy: string;
  /** why it helps in this case, with its numbers; names every part of `change` */
  readonly why: string;
  /** where it comes from */
  readonly paper: string;
  /** the parts of the model's config to replace, whole; empty where the data or the call must change instead */
  readonly change: Partial<ModelConfig>;
}

/**
 * What a training probably died of: data that are not scaled, or wrong; steps that are too long; gradients that grow over
 * the layers; the logarithm of an output near 0; numbers beyond the range of 32-bit floats for another reason.
 */
export type DivergenceReason = "data" | "learningRate" | "explodingGradient" | "logarithm" | "overflow";

/** What a {@link DivergenceError} tells about the end of a training run. */
export interface Divergence {
  /** what `fit` would have returned, up to the last whole epoch */
  readonly history: { readonly epochs: readonly EpochRow[]; readonly steps: number };
  /** 0-based epoch */
  readonly epoch: number;
  /** 0-based update index, counted over all calls of `fit` */
  readonly step: number;
  /** name of the first layer with a value that is not finite, if it is known */
  readonly layer?: string | undefined;
  /** name of the tensor, such as `layers.0.kernel`, or `loss` */
  readonly tensor?: string | undefined;
  /** what happened, as a sentence or an error */
  readonly cause: unknown;
  /** the same as one word, to decide by */
  readonly reason?: DivergenceReason | undefined;
  /** what may help, best first */
  readonly advice: readonly Advice[];
}

/**
 * The loss or a parameter stopped being finite. The model stands at its last finite weights. Code `"DIVERGENCE"`.
 *
 * @example
 * ```ts
 * try {
 *   await model.fit(x, y, { epochs: 10 });
 * } catch (error) {
 *   if (error instanceof DivergenceError) console.log(error.step, error.tensor, error.history.epochs.length);
 * }
 * ```
 */
export class DivergenceError extends DownhillError implements Divergence {
  readonly history: Divergence["history"];
  readonly epoch: number;
  readonly step: number;
  readonly layer: string | undefined;
  readonly tensor: string | undefined;
  override readonly cause: unknown;
  readonly reason: DivergenceReason | undefined;
  readonly advice: readonly Advice[];

  constructor(message: string, details: Divergence) {
    super("DIVERGENCE", message);
    this.history = details.history;
    this.epoch = details.epoch;
    this.step = details.step;
    this.layer = details.layer;
    this.tensor = details.tensor;
    this.cause = details.cause;
    this.reason = details.reason;
    this.advice = details.advice;
  }

  override get name(): string {
    return "DivergenceError";
  }
}

/** Where in a file something is wrong: a byte offset from 0, or a line and a column from 1. */
export type FilePosition = { readonly byte: number } | { readonly line: number; readonly column: number };

/**
 * A file or text is broken: CSV, a saved model. Code `"FORMAT"`.
 *
 * @example
 * ```ts
 * await fromCSV("a,b\n1", { target: "b" });
 * // FormatError: CSV: line 2, column 1: expected 2 fields, got 1
 * ```
 */
export class FormatError extends DownhillError {
  /** Where in the file, if it is one place. */
  readonly position: FilePosition | undefined;

  constructor(format: string, message: string, position?: FilePosition, options?: { readonly cause?: unknown }) {
    super("FORMAT", `${format}: ${placeText(position)}${message}`, options);
    this.position = position;
  }

  override get name(): string {
    return "FormatError";
  }
}

function placeText(position: FilePosition | undefined): string {
  if (position === undefined) return "";
  return "byte" in position ? `byte ${position.byte}: ` : `line ${position.line}, column ${position.column}: `;
}

/**
 * Something that cannot be written to a file was to be saved: a function as a metric, for example.
 * Code `"NOT_SERIALIZABLE"`.
 *
 * @example
 * ```ts
 * const model = await Model.create({ …config, metrics: [{ name: "mine", compute }] });
 * model.save(); // NotSerializableError: metrics[0]: a function cannot be saved; …
 * ```
 */
export class NotSerializableError extends DownhillError {
  constructor(path: string, message: string) {
    super("NOT_SERIALIZABLE", `${path}: ${message}`);
  }

  override get name(): string {
    return "NotSerializableError";
  }
}

/**
 * This engine, or this combination of options, cannot do what was asked: no WebAssembly SIMD, for example.
 * Code `"UNSUPPORTED"`.
 *
 * @example
 * ```ts
 * await init({ wasm: relaxedSimd }); // UnsupportedError, where the engine lacks relaxed SIMD
 * ```
 */
export class UnsupportedError extends DownhillError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("UNSUPPORTED", message, options);
  }

  override get name(): string {
    return "UnsupportedError";
  }
}

/**
 * WebAssembly memory could not grow as far as needed. Code `"MEMORY"`.
 *
 * @example
 * ```ts
 * await Model.create({ inputs: 1e6, layers: [dense(1e6)], loss: "meanSquaredError" }); // MemoryError
 * ```
 */
export class MemoryError extends DownhillError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("MEMORY", message, options);
  }

  override get name(): string {
    return "MemoryError";
  }
}

/**
 * The model is in the middle of something that forbids this call, such as a second `fit`. Code `"BUSY"`.
 *
 * @example
 * ```ts
 * const first = model.fit(x, y);
 * await model.fit(x, y); // BusyError
 * await first;
 * ```
 */
export class BusyError extends DownhillError {
  constructor(message: string) {
    super("BUSY", message);
  }

  override get name(): string {
    return "BusyError";
  }
}

/**
 * A mistake of ours: the core trapped. What it held is lost; please report it. Code `"CORE"`.
 *
 * @example
 * ```ts
 * if (error instanceof CoreError) console.log(error.cause); // what WebAssembly said
 * ```
 */
export class CoreError extends DownhillError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("CORE", message, options);
  }

  override get name(): string {
    return "CoreError";
  }
}

/**
 * A worker ended that nobody had ended on purpose: it crashed, or was terminated. What a `WorkerModel` held is lost; the
 * model of `fit(…, { workers })` stands at its last update. Code `"WORKER"`.
 *
 * @example
 * ```ts
 * if (error instanceof WorkerError) model = await WorkerModel.load(lastSaved);
 * ```
 */
export class WorkerError extends DownhillError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("WORKER", message, options);
  }

  override get name(): string {
    return "WorkerError";
  }
}
