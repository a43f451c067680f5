/** Scaling columns: (x − offset) / scale, learnt from training data. */

import { integer, isRecord, list, number, options, show } from "../check.js";
import type { NormalizationConfig } from "../config/layers.js";
import { normalization } from "../config/layers.js";
import { ConfigError } from "../errors.js";
import type { Matrix, MatrixLike } from "./matrix.js";
import { checkFinite, make, toMatrix } from "./matrix.js";

/** What a scaler remembers, as JSON; without `offset` and `scale` before `fit`. */
export interface ScalerState {
  readonly type: ScalerType;
  /** subtracted from each column: its mean, or its smallest value */
  readonly offset?: readonly number[];
  /** each column is divided by it: its standard deviation, or largest − smallest; 1 for a constant column */
  readonly scale?: readonly number[];
}
export type ScalerType = "standardScaler" | "minMaxScaler";

/**
 * Scales the columns of matrices. Data comes as rows or a `Matrix`; flat numbers are refused. All numbers must be finite.
 *
 * Every method that reads data throws `ShapeError` (`SHAPE`), `DataError` (`DATA`) or `NonFiniteError` (`NON_FINITE`);
 * every method but `fit`, `fitTransform` and `toJSON` throws `ConfigError` (`CONFIG`) before `fit`.
 */
export interface Scaler {
  readonly type: ScalerType;
  /** Learns offset and scale of each column; a second call forgets the first. Returns the scaler itself. */
  fit(x: MatrixLike): this;
  /** (x − offset) / scale, computed in f64 and rounded once. */
  transform(x: MatrixLike): Matrix;
  /** `fit(x)`, then `transform(x)`. */
  fitTransform(x: MatrixLike): Matrix;
  /** x · scale + offset: back to the units of the data. */
  inverseTransform(x: MatrixLike): Matrix;
  /** Plain data for {@link scalerFromJSON}. */
  toJSON(): ScalerState;
  /** A layer that does the same (in f32), so that a saved model carries its scaling. */
  toLayer(): NormalizationConfig;
}

/**
 * A scaler to mean 0 and standard deviation 1 (of the whole population: divided by n, as in scikit-learn). A constant
 * column is centred and divided by 1.
 *
 * @example
 * ```ts
 * const scaler = standardScaler();
 * const x = scaler.fitTransform(trainingRows);
 * const xTest = scaler.transform(testRows);
 * const layers = [scaler.toLayer(), dense(1)]; // or let the model scale
 * ```
 */
export function standardScaler(): Scaler {
  return makeScaler("standardScaler");
}

/**
 * A scaler that takes the smallest value of each column to 0 and the largest to 1. A constant column becomes 0.
 *
 * @example
 * ```ts
 * minMaxScaler().fitTransform([[1], [3], [2]]).data; // Float32Array [0, 1, 0.5]
 * ```
 */
export function minMaxScaler(): Scaler {
  return makeScaler("minMaxScaler");
}

/**
 * The scaler that `toJSON` described.
 *
 * @param json the object, not its text
 * @throws ConfigError `CONFIG` for anything else
 * @example
 * ```ts
 * const scaler = scalerFromJSON(JSON.parse(text));
 * ```
 */
export function scalerFromJSON(json: unknown): Scaler {
  const path = "scalerFromJSON";
  const state = isRecord(json) ? json : {};
  if (state.type !== "standardScaler" && state.type !== "minMaxScaler") {
    throw new ConfigError(path, `expected what a scaler's toJSON() returned, got ${show(json)}`);
  }
  const { offset, scale } = options(state, path, ["type", "offset", "scale"]);
  if (offset === undefined && scale === undefined) return makeScaler(state.type);
  const columns = {
    offset: list(number(), { minLength: 1 })(offset, `${path}.offset`),
    scale: list(number({ above: 0 }), { minLength: 1 })(scale, `${path}.scale`),
  };
  integer({ min: columns.offset.length, max: columns.offset.length })(columns.scale.length, `${path}.scale.length`);
  return makeScaler(state.type, columns);
}

interface Columns {
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

function makeScaler(type: ScalerType, from?: Columns): Scaler {
  let fitted = from;

  function columns(method: string): Columns {
    if (fitted === undefined)
      throw new ConfigError(type, `${method} needs the scales of the columns: call fit(x) first`);
    return fitted;
  }

  function apply(
    x: MatrixLike,
    method: string,
    each: (value: number, offset: number, scale: number) => number,
  ): Matrix {
    const { offset, scale } = columns(method);
    const input = read(x, offset.length);
    const data = input.data.map((value, i) => {
      const j = i % offset.length;
      return each(value, offset[j] as number, scale[j] as number);
    });
    const output = make(data, input.shape[0], input.shape[1]);
    checkFinite(output, `${type}.${method}(x)`);
    return output;
  }

  return Object.freeze({
    type,
    fit(x: MatrixLike) {
      fitted = measures[type](read(x));
      return this;
    },
    transform: (x: MatrixLike) => apply(x, "transform", (value, offset, scale) => (value - offset) / scale),
    fitTransform(x: MatrixLike) {
      return this.fit(x).transform(x);
    },
    inverseTransform: (x: MatrixLike) => apply(x, "inverseTransform", (value, offset, scale) => value * scale + offset),
    toJSON: () => (fitted === undefined ? { type } : { type, ...fitted }),
    toLayer() {
      const { offset, scale } = columns("toLayer");
      return normalization({ mean: offset, standardDeviation: scale });
    },
  });
}

function read(x: MatrixLike, columns?: number): Matrix {
  if (columns !== undefined && isFlatInput(x)) toMatrix(x, "x"); // refused here too, though the columns are known
  const input = toMatrix(x, "x", columns);
  checkFinite(input, "x");
  return input;
}

function isFlatInput(x: MatrixLike): boolean {
  return ArrayBuffer.isView(x) || (Array.isArray(x) && typeof x[0] === "number");
}

const measures: Readonly<Record<ScalerType, (x: Matrix) => Columns>> = {
  standardScaler: (x) =>
    eachColumn(x, (values) => {
      if (isConstant(values)) return [values[0] as number, 1];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
      return [mean, Math.sqrt(variance)];
    }),
  minMaxScaler: (x) =>
    eachColumn(x, (values) => {
      const smallest = values.reduce((a, b) => Math.min(a, b));
      const largest = values.reduce((a, b) => Math.max(a, b));
      return [smallest, largest > smallest ? largest - smallest : 1];
    }),
};

/** Two different f32 values never give the variance 0 in f64, but rounding of the mean can give equal ones a tiny one. */
function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

/** `[offset, scale]` of each column, measured in f64. */
function eachColumn(x: Matrix, measure: (values: Float64Array) => readonly [number, number]): Columns {
  const [rows, columns] = x.shape;
  const offset: number[] = [];
  const scale: number[] = [];
  for (let j = 0; j < columns; j++) {
    const values = Float64Array.from({ length: rows }, (_, i) => x.data[i * columns + j] as number);
    const [o, s] = measure(values);
    offset.push(o);
    scale.push(s);
  }
  return Object.freeze({ offset: Object.freeze(offset), scale: Object.freeze(scale) });
}
