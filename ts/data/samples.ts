/** Samples in the core's memory, as training and prediction read them. */

import { isNumericArray, show } from "../check.js";
import type { LossName } from "../config/losses.js";
import { cross, outOfMemory, sizeText } from "../core/cross.js";
import type { CoreDataset } from "../core/load.js";
import { read, readLabels, write, writeLabels } from "../core/memory.js";
import type { Instance } from "../core/runtime.js";
import { BusyError, DataError, MemoryError, NonFiniteError, ShapeError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";
import type { Inside } from "../inside.js";
import type { Course, Maker } from "../updates.js";
import { type Labels, toLabels } from "./labels.js";
import { type Matrix, type MatrixLike, make, toMatrix } from "./matrix.js";

/** Targets of a model: numbers for every unit of the last layer, or a class a sample for a sparse loss. */
export type Targets = MatrixLike | Labels;

/** What a model expects of targets: the columns of its output, or the number of its classes. */
export interface TargetKind {
  readonly columns: number;
  readonly sparse: boolean;
  /** the loss, which says what its targets may be */
  readonly loss: LossName;
}

/** Losses whose targets are probabilities or counts, and the largest that makes sense. */
const largestTarget: { readonly [L in LossName]?: number } = {
  binaryCrossEntropy: 1,
  categoricalCrossEntropy: Number.POSITIVE_INFINITY,
  klDivergence: Number.POSITIVE_INFINITY,
  poisson: Number.POSITIVE_INFINITY,
};

/**
 * What `fit` takes in place of arrays: `Dataset`, which brings the CSV reader along, and what its `fromBatches` makes;
 * bundles that train on arrays leave all out.
 */
export abstract class SampleSource {
  /** The samples with targets of the kind that a model expects; for a stream the block that they pass through. */
  abstract samples(kind: TargetKind, inputs: number, of: Instance): Samples;

  /**
   * Where samples come batch by batch: makes the updates of a fit.
   *
   * @internal what it takes is not public
   */
  stream?(inside: Inside, samples: Samples, options: FitOptions): SampleStream;
}

/** A fit whose samples come batch by batch: it makes the updates, and knows how far it is. */
export type SampleStream = Maker & Course;

/** A block of samples in the core, filled from what users give. */
export class Samples {
  readonly instance: Instance;
  /** the core's handle */
  readonly core: CoreDataset;
  rows = 0;
  #columns = -1;
  #highestLabel = 0;
  #loss: LossName | undefined;
  #disposed = false;
  #holders = 1;

  readonly #names: readonly [x: string, y: string];

  /** @param names of x and y in messages */
  constructor(of: Instance, names: readonly [x: string, y: string] = ["x", "y"]) {
    this.instance = of;
    this.#names = names;
    this.core = cross(of, () => new of.core.CoreDataset());
  }

  /** Copies samples, and weights, into the core; checks that all are finite. */
  setX(x: Matrix, sampleWeight?: ArrayLike<number>): this {
    const [rows, inputs] = x.shape;
    const [name] = this.#names;
    if (rows === 0) throw new ShapeError(name, "expected at least one row, got none");
    if (sampleWeight !== undefined) checkWeights(sampleWeight, rows);
    this.#size(rows * (inputs + Number(sampleWeight !== undefined)), name, () =>
      this.core.resize(rows, inputs, sampleWeight !== undefined),
    );
    cross(this.instance, () => {
      write(this.instance, this.core.x(), x.data);
      if (sampleWeight !== undefined) write(this.instance, this.core.weights(), sampleWeight);
    });
    this.rows = rows;
    this.#columns = -1;
    this.#refuse(name, this.core.first_bad_x(), inputs);
    return this;
  }

  /** Copies targets into the core, in the form that the model's loss reads. */
  setY(y: Targets, { columns, sparse, loss }: TargetKind): this {
    const wanted = sparse ? 0 : columns;
    // The same data set in the same form, checked for another model: the classes can be too many, the loss another.
    const isChecked = sparse ? this.#highestLabel < columns : this.#loss === loss;
    if (this.#columns === wanted && isChecked) return this;
    const { rows } = this;
    const [, name] = this.#names;
    if (sparse) {
      const labels = toLabels(y, name, columns);
      if (labels.length !== rows)
        throw new ShapeError(name, `expected ${rows} labels, as many as x has rows, got ${labels.length}`);
      this.#highestLabel = labels.reduce((a, b) => Math.max(a, b));
      this.#sizeLabels(0);
      cross(this.instance, () => writeLabels(this.instance, this.core.labels(), labels));
    } else {
      if (columns > 1 && isFlat(y) && y.length === rows)
        throw ShapeError.mismatch(name, [rows, columns], [rows], hint(columns));
      const values = toMatrix(y, name, columns, rows);
      checkTargets(values, name, loss);
      this.#sizeLabels(columns);
      cross(this.instance, () => write(this.instance, this.core.labels(), values.data));
      this.#refuse(name, this.core.first_bad_label(), columns);
    }
    this.#columns = wanted;
    this.#loss = loss;
    return this;
  }

  /** A copy of the targets as a matrix; labels become one column. */
  targets({ columns, sparse }: TargetKind): Matrix {
    if (sparse) return make(Float32Array.from(readLabels(this.instance, this.core.labels(), this.rows)), this.rows, 1);
    return make(read(this.instance, this.core.labels(), this.rows * columns), this.rows, columns);
  }

  /** Makes room; an error says for how much. */
  #size<T>(numbers: number, name: string, make: () => T): T {
    try {
      return cross(this.instance, make);
    } catch (error) {
      throw error instanceof MemoryError ? outOfMemory(this.instance, `${sizeText(4 * numbers)} for ${name}`) : error;
    }
  }

  #sizeLabels(columns: number): void {
    const done = this.#size(this.rows * Math.max(1, columns), this.#names[1], () => this.core.size_labels(columns));
    if (!done)
      throw new BusyError(
        "dataset: a fit with targets of another kind still reads it; wait for it, or make a second data set",
      );
  }

  #refuse(name: string, place: number, columns: number): void {
    if (place < 0) return;
    const row = Math.floor(place / columns);
    throw new NonFiniteError(name, `a number that is not finite at row ${row}, column ${place - row * columns}`);
  }

  /** Keeps the memory until {@link Samples.release}, also beyond a `dispose`. */
  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0 && !this.instance.dead) this.core.free();
  }

  /** Frees the memory as soon as nobody holds it; a second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.release();
  }
}

/** Numbers in a row, not rows of numbers. */
export function isFlat(y: Targets): y is readonly number[] | Labels {
  return isNumericArray(y) || (Array.isArray(y) && typeof y[0] !== "object");
}

function checkWeights(weights: ArrayLike<number>, rows: number): void {
  if (!Array.isArray(weights) && !isNumericArray(weights))
    throw new DataError("sampleWeight", `expected ${rows} numbers, one a row, got ${show(weights)}`);
  if (weights.length !== rows)
    throw new ShapeError("sampleWeight", `expected ${rows} weights, one a row, got ${weights.length}`);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const weight = weights[i] as number;
    if (typeof weight === "number" && weight - weight !== 0)
      throw new NonFiniteError("sampleWeight", `${weight} at row ${i}`);
    if (!(weight >= 0)) throw new DataError("sampleWeight", `expected a number >= 0 at row ${i}, got ${show(weight)}`);
    sum += weight;
  }
  if (sum === 0) throw new DataError("sampleWeight", "expected at least one weight above 0, all are 0");
}

function hint(columns: number): string {
  return `for class labels use the loss "sparseCategoricalCrossEntropy", or oneHot(labels, ${columns})`;
}

/** Refuses numbers that a loss cannot mean; what is not finite is found later. */
function checkTargets({ data, shape }: Matrix, name: string, loss: LossName): void {
  const largest = largestTarget[loss];
  if (largest === undefined) return;
  const place = data.findIndex((value) => value < 0 || value > largest);
  if (place < 0) return;
  const range = largest === 1 ? "numbers from 0 to 1" : "numbers >= 0";
  const hint = loss === "binaryCrossEntropy" ? '; for labels -1 and 1 use the loss "hinge"' : "";
  const row = Math.floor(place / shape[1]);
  throw new DataError(name, `expected ${range} for the loss ${loss}, got ${data[place]} at row ${row}${hint}`);
}
