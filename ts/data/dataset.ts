/** Samples that lie in the core, to be trained on more than once. */

import { options as checkOptions, copyOf, isNumericArray, show } from "../check.js";
import { type Instance, instance } from "../core/runtime.js";
import { DataError, DisposedError, NonFiniteError, ShapeError } from "../errors.js";
import { BatchDataset, type BatchSource } from "./batches.js";
import { type CSVOptions, type CSVSource, fromCSV, type TabularDataset } from "./csv.js";
import { checkFinite, isMatrix, type Matrix, type MatrixLike, make, toMatrix } from "./matrix.js";
import { isFlat, SampleSource, Samples, type TargetKind, type Targets } from "./samples.js";

/**
 * Samples, targets and weights in the core's memory: made once, used in any number of fits.
 *
 * @example
 * ```ts
 * const data = Dataset.fromArrays(matrix(pixels, [60000, 784]), labels);
 * await model.fit(data, { epochs: 5 });
 * ```
 */
export class Dataset extends SampleSource {
  /** samples */
  readonly rows: number;
  /** features of a sample */
  readonly inputs: number;
  readonly #samples: Samples;
  /** a copy: the loss of the first model decides which form it takes in the core */
  readonly #y: Targets;
  #disposed = false;

  private constructor(x: Matrix, y: Targets, sampleWeight: ArrayLike<number> | undefined) {
    super();
    [this.rows, this.inputs] = x.shape;
    this.#y = copyTargets(y, this.rows);
    this.#samples = new Samples(instance());
    try {
      this.#samples.setX(x, sampleWeight);
    } catch (error) {
      this.#samples.dispose();
      throw error;
    }
  }

  /**
   * A data set of arrays in memory, copied: what later happens to the arrays does not count.
   *
   * @param x samples, `[rows, inputs]`; a flat array needs `matrix(data, [rows, inputs])`
   * @param y targets: rows of the last layer's width (flat or not), or labels
   * @param options `sampleWeight`: a weight >= 0 for each row
   * @throws ShapeError `SHAPE`, DataError `DATA`, NonFiniteError `NON_FINITE`
   */
  static fromArrays(x: MatrixLike, y: Targets, options: { readonly sampleWeight?: ArrayLike<number> } = {}): Dataset {
    checkOptions(options, "Dataset.fromArrays", ["sampleWeight"]);
    return new Dataset(toMatrix(x, "x"), y, options.sampleWeight);
  }

  /**
   * Batches that come one after the other, for what does not fit into memory. Only `fit` takes them: it holds the batch
   * under way and the one after it, in the order of the source.
   *
   * @param source an iterable of batches `{ x, y, sampleWeight? }` or `[x, y]`, also an asynchronous one; or a function that
   * gives one anew for each epoch, which more than one epoch needs where an iterable can be walked through only once
   * @throws ConfigError `CONFIG`
   * @example
   * ```ts
   * const data = Dataset.fromBatches(async function* () {
   *   for (const file of files) yield { x: await readSamples(file), y: await readLabels(file) };
   * });
   * await model.fit(data, { epochs: 3 }); // batches as they come; with `batchSize` cut anew
   * ```
   */
  static fromBatches(source: BatchSource): BatchDataset {
    return new BatchDataset(source);
  }

  /** A table of text; see {@link fromCSV}. */
  static fromCSV(source: CSVSource, options: CSVOptions): Promise<TabularDataset> {
    return fromCSV(source, options);
  }

  /** The samples with targets of the kind that a model expects. */
  override samples(kind: TargetKind, inputs: number, of: Instance): Samples {
    if (this.#disposed) throw new DisposedError("Dataset");
    if (this.inputs !== inputs) throw ShapeError.mismatch("x", [this.rows, inputs], [this.rows, this.inputs]);
    if (this.#samples.instance !== of) {
      throw new ShapeError("dataset", "was made before another core was started by init; make it again");
    }
    this.#samples.setY(this.#y, kind);
    return this.#samples;
  }

  /** Frees the memory, after the fit that still reads it; any later use throws a DisposedError. */
  dispose(): void {
    this.#disposed = true;
    this.#samples.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Targets, checked as far as that goes without a model, which knows whether they are labels. */
function copyTargets(y: Targets, rows: number): Targets {
  if (isMatrix(y) || (Array.isArray(y) && !isFlat(y))) {
    const { data } = toMatrix(y, "y", undefined, rows);
    const copy = make(data.slice(), rows, data.length / rows);
    checkFinite(copy, "y");
    return copy;
  }
  if (!isFlat(y)) throw new DataError("y", `expected labels, or rows of numbers, got ${show(y)}`);
  if (y.length === 0 || y.length % rows !== 0) {
    throw new ShapeError(
      "y",
      `expected ${rows} labels, or equally many numbers for each of the ${rows} rows of x, got ${y.length}`,
    );
  }
  y.forEach((value: unknown, i: number) => {
    const place = `row ${Math.floor((i * rows) / y.length)}`;
    if (typeof value !== "number") throw new DataError("y", `expected a number at ${place}, got ${show(value)}`);
    if (!Number.isFinite(value)) throw new NonFiniteError("y", `${value} at ${place}`);
  });
  return isNumericArray(y) ? copyOf(y) : y.slice();
}
