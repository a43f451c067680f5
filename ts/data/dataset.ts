/** Samples that lie in the core, to be trained on more than once. */

import { type Instance, instance } from "../core/runtime.js";
import { ShapeError } from "../errors.js";
import { type CSVOptions, type CSVSource, fromCSV, type TabularDataset } from "./csv.js";
import { type Matrix, type MatrixLike, toMatrix } from "./matrix.js";
import { SampleSource, Samples, type TargetKind, type Targets } from "./samples.js";

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
  readonly #y: Targets;

  private constructor(x: Matrix, y: Targets, sampleWeight: ArrayLike<number> | undefined) {
    super();
    this.#samples = new Samples(instance());
    [this.rows, this.inputs] = x.shape;
    this.#y = y;
    this.#samples.setX(x, sampleWeight);
  }

  /**
   * A data set of arrays in memory.
   *
   * @param x samples, `[rows, inputs]`; a flat array needs `matrix(data, [rows, inputs])`
   * @param y targets: rows of the last layer's width, or labels
   * @param options `sampleWeight`: a weight >= 0 for each row
   * @throws ShapeError `SHAPE`, NonFiniteError `NON_FINITE`
   */
  static fromArrays(x: MatrixLike, y: Targets, options: { readonly sampleWeight?: ArrayLike<number> } = {}): Dataset {
    return new Dataset(toMatrix(x, "x"), y, options.sampleWeight);
  }

  /** A table of text; see {@link fromCSV}. */
  static fromCSV(source: CSVSource, options: CSVOptions): Promise<TabularDataset> {
    return fromCSV(source, options);
  }

  /** The samples with targets of the kind that a model expects. */
  override samples(kind: TargetKind, inputs: number, of: Instance): Samples {
    if (this.inputs !== inputs) throw ShapeError.mismatch("x", [this.rows, inputs], [this.rows, this.inputs]);
    if (this.#samples.instance !== of) {
      throw new ShapeError("dataset", "was made before another core was started by init; make it again");
    }
    this.#samples.setY(this.#y, kind);
    return this.#samples;
  }

  /** Frees the memory; the data set cannot be used any more. */
  dispose(): void {
    this.#samples.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
