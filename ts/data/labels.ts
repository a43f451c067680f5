/** Class labels: whole numbers 0 … classes − 1. */

import { integer, isNumericArray, show } from "../check.js";
import { DataError, ShapeError } from "../errors.js";
import type { Matrix } from "./matrix.js";
import { isMatrix, make, toMatrix } from "./matrix.js";

/** One class for each sample, counted from 0. */
export type Labels = readonly number[] | Int32Array | Uint8Array | Uint32Array | Float32Array;

const largestLabel = 2 ** 31 - 1;

/**
 * Reads labels; the argument is called `name` in errors. A matrix, or rows, of one column are taken too.
 *
 * @param classes if it is known: every label must be below
 * @param rows how many there must be, if that is known
 * @returns a copy, at least one label
 * @throws ShapeError `SHAPE` for no labels, another number of them, or more than one column
 * @throws DataError `DATA` for what is no whole number from 0 to classes − 1, naming the row
 */
export function toLabels(y: unknown, name: string, classes?: number, rows?: number): Int32Array {
  const flat = flatLabels(y, name);
  if (flat.length === 0) throw new ShapeError(name, "expected at least one label, got none");
  if (rows !== undefined && flat.length !== rows) throw ShapeError.mismatch(name, [rows], [flat.length]);
  const last = (classes ?? largestLabel + 1) - 1;
  const labels = new Int32Array(flat.length);
  for (let i = 0; i < flat.length; i++) {
    const label: unknown = flat[i];
    if (typeof label !== "number" || !Number.isInteger(label) || label < 0 || label > last) {
      const range = classes === undefined ? ">= 0" : `from 0 to ${last}`;
      throw new DataError(name, `expected a whole number ${range} at row ${i}, got ${show(label)}`);
    }
    labels[i] = label;
  }
  return labels;
}

function flatLabels(y: unknown, name: string): ArrayLike<unknown> {
  if (isMatrix(y) || (Array.isArray(y) && y.length > 0 && typeof y[0] === "object" && y[0] !== null)) {
    const column = toMatrix(y, name);
    if (column.shape[1] === 1) return column.data;
    throw ShapeError.mismatch(name, [column.shape[0]], column.shape, "labels are one whole number for each sample");
  }
  if (Array.isArray(y) || isNumericArray(y)) return y;
  throw new DataError(name, `expected labels, an array of whole numbers, got ${show(y)}`);
}

/**
 * A matrix `[labels, classes]` with 1 in the column of each label and 0 elsewhere: the target of
 * `categoricalCrossEntropy`.
 *
 * @param classes columns, >= 1
 * @throws ShapeError `SHAPE` for no labels
 * @throws DataError `DATA` for what is no whole number from 0 to classes − 1
 * @throws ConfigError `CONFIG` for `classes`
 * @example
 * ```ts
 * oneHot([0, 2], 3).data; // Float32Array [1, 0, 0, 0, 0, 1]
 * ```
 */
export function oneHot(labels: Labels, classes: number): Matrix {
  const columns = integer({ min: 1, max: largestLabel })(classes, "classes");
  const rows = toLabels(labels, "labels", columns);
  const data = new Float32Array(rows.length * columns);
  rows.forEach((label, i) => {
    data[i * columns + label] = 1;
  });
  return make(data, rows.length, columns);
}
