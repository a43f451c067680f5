/** Row-major matrices of 32-bit floats, and reading them from whatever the user has. */

import type { NumericArray } from "../check.js";
import { isNumericArray, isRecord, kindOf, show } from "../check.js";
import { DataError, NonFiniteError, ShapeError } from "../errors.js";
import type { TabularDataset } from "./csv.js";

/** Numbers in rows: element (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly shape: readonly [rows: number, columns: number];
}

/**
 * What is read as a matrix: a {@link Matrix}, an array of equally long rows, or flat numbers, row after row, where the
 * number of columns is known (a model's `inputs`, the width of its last layer).
 */
export type MatrixLike =
  | Matrix
  | Float32Array
  | Float64Array
  | readonly number[]
  | readonly (readonly number[])[]
  | readonly ArrayLike<number>[];

/**
 * A matrix from flat numbers, row after row, or from rows.
 *
 * @param data a `Float32Array` is kept as it is, not copied; everything else is copied and rounded to 32 bits
 * @param shape `[rows, columns]`: whole numbers, rows >= 0, columns >= 1
 * @throws ShapeError `SHAPE` if the lengths do not fit the shape
 * @throws DataError `DATA` for what is not a number; NaN is let through, the model refuses it where it is used
 * @example
 * ```ts
 * const x = matrix([1, 2, 3, 4, 5, 6], [3, 2]);
 * x.data[1 * 2 + 0]; // 3
 * ```
 */
export function matrix(
  data: ArrayLike<number> | readonly ArrayLike<number>[],
  shape: readonly [rows: number, columns: number],
): Matrix {
  const [rows, columns] = checkedShape(shape, "shape");
  if (Array.isArray(data) && data.length > 0 && typeof data[0] !== "number") {
    return fromRows(data, "data", columns, rows);
  }
  if (!isFlat(data)) throw new DataError("data", `expected numbers or rows of numbers, got ${show(data)}`);
  if (data.length !== rows * columns) {
    throw new ShapeError(
      "data",
      `expected ${rows * columns} numbers for shape [${rows}, ${columns}], got ${data.length}`,
    );
  }
  return make(toFloat32(data, "data", columns), rows, columns);
}

/**
 * Reads a matrix; the argument is called `name` in errors.
 *
 * @param columns what the matrix must have; needed for flat forms
 * @param rows what the matrix must have, if that is known
 * @returns at least one row; a `Matrix` or flat `Float32Array` is not copied
 * @throws ShapeError `SHAPE` for ragged rows, another shape, no rows, or flat numbers without `columns`
 * @throws DataError `DATA` for what is not a number
 */
export function toMatrix(x: unknown, name: string, columns?: number, rows?: number): Matrix {
  if (isRecord(x)) return fromMatrix(x, name, columns, rows);
  if (Array.isArray(x) && x.length > 0 && typeof x[0] !== "number") return fromRows(x, name, columns, rows);
  if (!isFlat(x)) {
    throw new DataError(name, `expected a matrix, rows of numbers or a flat array of numbers, got ${show(x)}`);
  }
  if (x.length === 0) throw new ShapeError(name, "expected at least one row, got none");
  if (columns === undefined) {
    const hint = `use matrix(${name}, [rows, columns]) or an array of rows`;
    throw new ShapeError(name, `${x.length} flat numbers do not say how many columns they have; ${hint}`);
  }
  if (x.length % columns !== 0 || (rows !== undefined && x.length !== rows * columns)) {
    const wanted = rows === undefined ? `a multiple of ${columns}` : `${rows * columns} (shape [${rows}, ${columns}])`;
    throw new ShapeError(name, `expected a flat array whose length is ${wanted}, got ${x.length} numbers`);
  }
  return make(toFloat32(x, name, columns), x.length / columns, columns);
}

/**
 * Refuses NaN and infinities, in one pass.
 *
 * @throws NonFiniteError `NON_FINITE` naming the first: `x: NaN at row 3, column 1`, both counted from 0
 */
export function checkFinite(x: Matrix, name: string): void {
  const { data } = x;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value - value !== 0) {
      const columns = x.shape[1];
      throw new NonFiniteError(name, `${value} at row ${Math.floor(i / columns)}, column ${i % columns}`);
    }
  }
}

/** The rows of `x` with the given indices, in their order, copied. */
export function takeRows(x: Matrix, rows: ArrayLike<number>): Matrix {
  const columns = x.shape[1];
  const data = new Float32Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * columns;
    data.set(x.data.subarray(start, start + columns), i * columns);
  }
  return make(data, rows.length, columns);
}

/** A matrix of exactly these parts; the caller vouches for the length. */
export function make(data: Float32Array, rows: number, columns: number): Matrix {
  return Object.freeze({ data, shape: Object.freeze([rows, columns] as const) });
}

/** True for what looks like a {@link Matrix}; {@link toMatrix} checks that it is one. */
export function isMatrix(x: unknown): x is Matrix {
  return isRecord(x) && "data" in x && "shape" in x;
}

function isFlat(x: unknown): x is readonly unknown[] | NumericArray {
  return Array.isArray(x) || isNumericArray(x);
}

function checkedShape(shape: unknown, name: string): readonly [number, number] {
  if (Array.isArray(shape) && shape.length === 2) {
    const [rows, columns] = shape as readonly unknown[];
    if (
      Number.isSafeInteger(rows) &&
      Number.isSafeInteger(columns) &&
      (rows as number) >= 0 &&
      (columns as number) >= 1
    ) {
      return [rows as number, columns as number];
    }
  }
  throw new ShapeError(name, `expected [rows, columns], whole numbers with columns >= 1, got ${show(shape)}`);
}

function fromMatrix(x: Record<string, unknown>, name: string, columns?: number, rows?: number): Matrix {
  if (kindOf(x.data) !== "Float32Array" || !Array.isArray(x.shape)) {
    throw new DataError(name, `expected a matrix { data: Float32Array, shape: [rows, columns] }, got ${show(x)}`);
  }
  const data = x.data as Float32Array;
  const shape = checkedShape(x.shape, `${name}.shape`);
  if (data.length !== shape[0] * shape[1]) {
    throw new ShapeError(name, `its shape [${shape.join(", ")}] does not fit its ${data.length} numbers`);
  }
  checkShape(shape, name, columns, rows);
  return make(data, shape[0], shape[1]);
}

function checkShape(shape: readonly [number, number], name: string, columns?: number, rows?: number): void {
  if (shape[1] !== (columns ?? shape[1]) || shape[0] !== (rows ?? shape[0])) {
    throw ShapeError.mismatch(name, [rows ?? shape[0], columns ?? shape[1]], shape);
  }
  if (shape[0] === 0) throw new ShapeError(name, "expected at least one row, got none");
}

function fromRows(x: readonly unknown[], name: string, columns?: number, rows?: number): Matrix {
  const first = x[0];
  const width = isFlat(first) ? first.length : 0;
  if (isFlat(first) && width === 0) throw new ShapeError(name, "expected at least one column, row 0 has none");
  if (isFlat(first)) checkShape([x.length, width], name, columns, rows);
  const data = new Float32Array(x.length * width);
  for (let i = 0; i < x.length; i++) {
    const row = x[i];
    if (!isFlat(row)) throw new DataError(name, `expected an array of numbers as row ${i}, got ${show(row)}`);
    if (row.length !== width) {
      throw new ShapeError(name, `rows must be equally long: row 0 has ${width} columns, row ${i} has ${row.length}`);
    }
    copyNumbers(row, data, i * width, (j) => `row ${i}, column ${j}`, name);
  }
  return make(data, x.length, width);
}

function toFloat32(x: readonly unknown[] | NumericArray, name: string, columns: number): Float32Array {
  if (kindOf(x) === "Float32Array") return x as Float32Array;
  const data = new Float32Array(x.length);
  copyNumbers(x, data, 0, (i) => `row ${Math.floor(i / columns)}, column ${i % columns}`, name);
  return data;
}

function copyNumbers(
  from: readonly unknown[] | NumericArray,
  to: Float32Array,
  offset: number,
  place: (index: number) => string,
  name: string,
): void {
  if (!Array.isArray(from)) {
    to.set(from as NumericArray, offset);
    return;
  }
  for (let i = 0; i < from.length; i++) {
    const value: unknown = from[i];
    if (typeof value !== "number") throw new DataError(name, `expected a number at ${place(i)}, got ${show(value)}`);
    to[offset + i] = value;
  }
}

/** Is it a table with targets, as `Dataset.fromCSV` gives? */
export function isTable(value: unknown): value is TabularDataset {
  return isRecord(value) && isMatrix(value.x) && value.y !== undefined;
}
