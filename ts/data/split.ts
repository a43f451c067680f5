/** Dividing samples: into training and test data, and into folds. */

import { boolean, copyOf, integer, isNumericArray, options, seed, show } from "../check.js";
import { ConfigError, DataError, ShapeError } from "../errors.js";
import type { Labels } from "./labels.js";
import type { Matrix, MatrixLike } from "./matrix.js";
import { isMatrix, takeRows, toMatrix } from "./matrix.js";
import { shuffled } from "./random.js";

/** Options of {@link trainTestSplit}. */
export interface SplitOptions {
  /** the test share, between 0 and 1 (rounded up to whole samples), or the number of test samples; default 0.25 */
  testSize?: number;
  /** of the shuffle, 0 … 2³² − 1; default 0 */
  seed?: number;
  /** keeps the share of every class (every distinct row of y) in both parts; default false */
  stratify?: boolean;
}

/** What {@link trainTestSplit} returns; the rows stand in the order of the shuffle. */
export interface Split<Y> {
  readonly xTrain: Matrix;
  readonly xTest: Matrix;
  readonly yTrain: Y;
  readonly yTest: Y;
}

/** Options of {@link kFold}. */
export interface KFoldOptions {
  /** 2 … n; default 5 */
  folds?: number;
  /** of the shuffle, 0 … 2³² − 1; default 0 */
  seed?: number;
  /** otherwise each fold is a run of neighbours; default true */
  shuffle?: boolean;
  /** one label for each sample: every fold then has about the same share of every class */
  stratify?: Labels | readonly string[];
}

/** Row indices, rising. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Samples divided at random: x as matrices, y in two parts of the kind it came as.
 *
 * @param x rows, or a matrix; flat numbers are refused, as nothing says how many columns they have
 * @param y one entry (or row) for each row of x
 * @throws ShapeError `SHAPE` if x is flat or ragged, if y has another number of rows, or if a part would be empty
 * @throws DataError `DATA` for what is no number, and with `stratify` for a class with one sample only
 * @throws ConfigError `CONFIG` for the options
 * @example
 * ```ts
 * const { xTrain, xTest, yTrain, yTest } = trainTestSplit(rows, labels, { testSize: 0.2, stratify: true });
 * ```
 */
export function trainTestSplit<Y extends Labels | MatrixLike>(x: MatrixLike, y: Y, given: SplitOptions = {}): Split<Y> {
  const chosen = options(given, "trainTestSplit", ["testSize", "seed", "stratify"]);
  const samples = toMatrix(x, "x");
  const n = samples.shape[0];
  const take = rowTaker(y, n);
  const tests = testCount(chosen.testSize ?? 0.25, n);
  const order = shuffled(n, seed(chosen.seed ?? 0, "trainTestSplit.seed"));
  const isStratified = boolean(chosen.stratify ?? false, "trainTestSplit.stratify");
  const groups = isStratified ? groupsOf(rowKeys(y, n)) : [Array.from(order)];
  const quota = isStratified ? sharesOf(groups, tests) : [tests];
  const groupOf = new Int32Array(n);
  groups.forEach((rows, group) => {
    for (const row of rows) groupOf[row] = group;
  });
  const [train, test]: [number[], number[]] = [[], []];
  for (const row of order) {
    const group = groupOf[row] as number;
    const left = quota[group] as number;
    if (left > 0) quota[group] = left - 1;
    (left > 0 ? test : train).push(row);
  }
  return Object.freeze({
    xTrain: takeRows(samples, train),
    xTest: takeRows(samples, test),
    yTrain: take(train),
    yTest: take(test),
  });
}

/**
 * The samples 0 … n − 1 divided into folds of equal size (the first n mod folds have one more); each is the test part
 * once. With `stratify` the classes are dealt out in turn, so each fold has ⌊c/folds⌋ or ⌈c/folds⌉ of a class of c.
 *
 * @param n number of samples, >= 2
 * @throws ConfigError `CONFIG` for n and the options
 * @throws ShapeError `SHAPE` if `stratify` has not n labels
 * @example
 * ```ts
 * for (const { train, test } of kFold(150, { stratify: labels })) console.log(train.length, test.length); // 120 30
 * ```
 */
export function kFold(n: number, given: KFoldOptions = {}): Fold[] {
  const chosen = options(given, "kFold", ["folds", "seed", "shuffle", "stratify"]);
  integer({ min: 2, max: 2 ** 31 - 1 })(n, "kFold.n");
  const folds = integer({ min: 2, max: n })(chosen.folds ?? 5, "kFold.folds");
  const start = seed(chosen.seed ?? 0, "kFold.seed");
  const isShuffled = boolean(chosen.shuffle ?? true, "kFold.shuffle");
  const order = isShuffled ? shuffled(n, start) : Int32Array.from({ length: n }, (_, i) => i);
  const foldOf =
    chosen.stratify === undefined ? runs(order, folds) : dealt(order, folds, labelKeys(chosen.stratify, n));
  return Array.from({ length: folds }, (_, fold) => {
    const rows = Array.from(foldOf.keys());
    return Object.freeze({
      train: Int32Array.from(rows.filter((row) => foldOf[row] !== fold)),
      test: Int32Array.from(rows.filter((row) => foldOf[row] === fold)),
    });
  });
}

/** Runs of equal length along `order`: the fold of each row. */
function runs(order: Int32Array, folds: number): Int32Array {
  const foldOf = new Int32Array(order.length);
  const [size, longer] = [Math.floor(order.length / folds), order.length % folds];
  let at = 0;
  for (let fold = 0; fold < folds; fold++) {
    const end = at + size + (fold < longer ? 1 : 0);
    for (; at < end; at++) foldOf[order[at] as number] = fold;
  }
  return foldOf;
}

/** Class after class, each in the order of the shuffle, dealt to the folds in turn: the fold of each row. */
function dealt(order: Int32Array, folds: number, keys: readonly string[]): Int32Array {
  const groups = groupsOf(keys, order);
  const foldOf = new Int32Array(order.length);
  groups.flat().forEach((row, i) => {
    foldOf[row] = i % folds;
  });
  return foldOf;
}

/** The rows of each distinct key: keys by first appearance from row 0, rows in the given order. */
function groupsOf(keys: readonly string[], order: ArrayLike<number> = Array.from(keys.keys())): number[][] {
  const groups = new Map<string, number[]>(keys.map((key) => [key, []]));
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number;
    groups.get(keys[row] as string)?.push(row);
  }
  return [...groups.values()];
}

/** How many test samples each group gives: proportional, rounded by largest remainders, `total` in all. */
function sharesOf(groups: readonly (readonly number[])[], total: number): number[] {
  const n = groups.reduce((sum, rows) => sum + rows.length, 0);
  const lonely = groups.find((rows) => rows.length < 2);
  if (lonely !== undefined) {
    const hint = "stratify needs at least two of each class, and is no use for numbers to be regressed";
    throw new DataError("y", `the class of row ${lonely[0]} has one sample only; ${hint}`);
  }
  const exact = groups.map((rows) => (rows.length * total) / n);
  const shares = exact.map(Math.floor);
  const missing = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = exact.map((share, group) => ({ group, remainder: share - Math.floor(share) }));
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.group - b.group);
  for (const { group } of byRemainder.slice(0, missing)) shares[group] = (shares[group] as number) + 1;
  return shares;
}

function testCount(value: unknown, n: number): number {
  const path = "trainTestSplit.testSize";
  const isShare = typeof value === "number" && value > 0 && value < 1;
  const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
  if (!isShare && !isCount) {
    throw new ConfigError(path, `expected a share between 0 and 1, or a whole number of samples, got ${show(value)}`);
  }
  const count = isShare ? Math.ceil(value * n) : value;
  if (count >= n) throw new ShapeError("x", `${n} rows leave nothing to train on with a test part of ${count}`);
  return count;
}

/** A function that takes rows of `y` and returns them in the kind of `y`. */
function rowTaker<Y>(y: Y, n: number): (rows: readonly number[]) => Y {
  if (isMatrix(y)) {
    const whole = toMatrix(y, "y", undefined, n);
    return (rows) => takeRows(whole, rows) as Y;
  }
  if (isNumericArray(y)) {
    checkLength(y.length, n);
    const plain = copyOf(y) as Float32Array;
    return (rows) => plain.slice(0, rows.length).map((_, i) => plain[rows[i] as number] as number) as Y;
  }
  if (Array.isArray(y)) {
    checkLength(y.length, n);
    return (rows) => rows.map((row) => y[row] as unknown) as Y;
  }
  throw new DataError("y", `expected labels, rows of numbers or a matrix, got ${show(y)}`);
}

function checkLength(length: number, n: number): void {
  if (length !== n) throw new ShapeError("y", `expected ${n} entries, one for each row of x, got ${length}`);
}

/** Something equal for rows of y that are equal. */
function rowKeys(y: unknown, n: number): string[] {
  if (isMatrix(y)) {
    const columns = y.shape[1];
    return Array.from({ length: n }, (_, i) => y.data.subarray(i * columns, (i + 1) * columns).join());
  }
  return Array.from(y as ArrayLike<unknown>, (row) =>
    Array.isArray(row) || isNumericArray(row) ? Array.from(row as ArrayLike<unknown>).join() : String(row),
  );
}

function labelKeys(labels: unknown, n: number): string[] {
  if (!Array.isArray(labels) && !isNumericArray(labels)) {
    throw new ConfigError("kFold.stratify", `expected an array of labels, got ${show(labels)}`);
  }
  if (labels.length !== n) throw ShapeError.mismatch("kFold.stratify", [n], [labels.length]);
  return rowKeys(labels, n);
}
