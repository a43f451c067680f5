/** Samples that come batch by batch, for data sets larger than memory: each is trained on once and forgotten. */

import { options as checkOptions, isRecord, show } from "../check.js";
import { metricName } from "../config/metrics.js";
import { fullBatchRule } from "../config/optimizers/index.js";
import { cross } from "../core/cross.js";
import { isBuiltIn } from "../core/encode.js";
import type { Instance } from "../core/runtime.js";
import { ConfigError, DataError, DisposedError, DownhillError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";
import { type Inside, refuseSingle, requirePass } from "../inside.js";
import { diverged, going } from "../updates.js";
import { toLabels } from "./labels.js";
import { checkFinite, type MatrixLike, make, toMatrix } from "./matrix.js";
import { SampleSource, type SampleStream, Samples, type TargetKind, type Targets } from "./samples.js";

/** Some rows of a data set. */
export interface Batch {
  /** samples, `[rows, inputs]` */
  readonly x: MatrixLike;
  /** their targets, as `fit` takes them */
  readonly y: Targets;
  /** a weight >= 0 for each row */
  readonly sampleWeight?: ArrayLike<number>;
}

/** A batch as an object, or just samples and targets. */
export type BatchLike = Batch | readonly [x: MatrixLike, y: Targets];

/** Batches one after the other: an async generator, a `ReadableStream`, an array, … */
export type Batches = AsyncIterable<BatchLike> | Iterable<BatchLike>;

/** Batches, or a function that gives them anew for each epoch. */
export type BatchSource = Batches | (() => Batches);

/** What `Dataset.fromBatches` makes: nothing of it lies in memory but the batch under way and the one after it. */
export class BatchDataset extends SampleSource {
  readonly #source: BatchSource;
  /** the iterator of the last pass: a source that gives it again is used up */
  #last: unknown;
  #disposed = false;

  constructor(source: BatchSource) {
    super();
    const given = source as unknown;
    if (typeof given !== "function" && iteratorOf(given) === undefined)
      throw new ConfigError(
        "Dataset.fromBatches",
        `expected batches to walk through (an iterable, also an asynchronous one), or a function that gives them, got ${show(given)}`,
      );
    this.#source = source;
  }

  /** The block that the batches pass through. */
  override samples(_: TargetKind, __: number, of: Instance): Samples {
    if (this.#disposed) throw new DisposedError("Dataset");
    return new Samples(of);
  }

  /** @internal */
  override stream(inside: Inside, samples: Samples, options: FitOptions): SampleStream {
    return new Stream(inside, samples, options, (epoch) => this.#iterate(epoch));
  }

  /** An iterator over the batches of an epoch. */
  #iterate(epoch: number): Steps {
    const batches: unknown = typeof this.#source === "function" ? this.#source() : this.#source;
    const iterator = iteratorOf(batches)?.();
    if (iterator === undefined)
      throw new DataError("dataset", `expected a function that gives an iterable of batches, it gave ${show(batches)}`);
    if (iterator === this.#last)
      throw new DataError("dataset", `its batches can be walked through once, and epoch ${epoch} walks again; ${anew}`);
    this.#last = iterator;
    return iterator;
  }

  /** Refuses later fits; there is no memory to free. */
  dispose(): void {
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** What walks through batches. */
type Steps = Iterator<unknown> | AsyncIterator<unknown>;

const anew = "give Dataset.fromBatches a function that makes them anew";

function iteratorOf(batches: unknown): (() => Steps) | undefined {
  if (typeof batches !== "object" || batches === null) return undefined;
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = batches as AsyncIterable<unknown> &
    Iterable<unknown>;
  const make = later ?? now;
  return typeof make === "function" ? () => make.call(batches) : undefined;
}

/** Rows in the form that the core takes. */
interface Piece {
  readonly rows: number;
  readonly x: Float32Array;
  readonly y: Float32Array | Int32Array;
  readonly weights: Float32Array | undefined;
}

/** Rows `from` to `to` of a piece, as views of its numbers. */
function part({ rows, x, y, weights }: Piece, from: number, to: number): Piece {
  const cut = <T extends Float32Array | Int32Array>(numbers: T) => {
    const columns = numbers.length / rows;
    return numbers.subarray(from * columns, to * columns) as T;
  };
  return { rows: to - from, x: cut(x), y: cut(y), weights: weights && cut(weights) };
}

/** The rows of one after those of the other, copied. */
function join(a: Piece, b: Piece): Piece {
  const both = <T extends Float32Array | Int32Array>(first: T, second: T): T => {
    const all = first instanceof Int32Array ? Int32Array : Float32Array;
    const joined = new all(first.length + second.length);
    joined.set(first);
    joined.set(second, first.length);
    return joined as T;
  };
  const weightsOf = ({ weights, rows }: Piece) => weights ?? new Float32Array(rows).fill(1);
  const weighted = a.weights !== undefined || b.weights !== undefined;
  return {
    rows: a.rows + b.rows,
    x: both(a.x, b.x),
    y: both(a.y, b.y),
    weights: weighted ? both(weightsOf(a), weightsOf(b)) : undefined,
  };
}

/** No rows, to copy others behind. */
const none = ({ y }: Piece): Piece => ({ rows: 0, x: new Float32Array(), y: y.slice(0, 0), weights: undefined });

/** Passes over the batches: an update for each. */
class Stream implements SampleStream {
  readonly size = 1;
  readonly notice: string | undefined;
  readonly single = true;
  made = 0;
  rows = 0;
  /** unknown before the first epoch ends */
  steps = Number.POSITIVE_INFINITY;
  /** the epoch of the last update and its place there */
  #epoch = 0;
  #batch = -1;
  readonly #inside: Inside;
  readonly #samples: Samples;
  readonly #options: FitOptions;
  readonly #iterate: (epoch: number) => Steps;
  #iterator: Steps | undefined;
  #ended = 0;
  /** batches given in this epoch */
  #given = 0;
  #next: Piece | undefined;
  /** rows given that no batch has taken, where `batchSize` cuts them anew */
  #rest: Piece | undefined;
  #log: number[] = [];
  #sums = { loss: 0, weight: 0, norm: 0 };

  constructor(inside: Inside, samples: Samples, options: FitOptions, iterate: (epoch: number) => Steps) {
    refuse(inside, options);
    this.#inside = inside;
    this.#samples = samples;
    this.#options = options;
    this.#iterate = iterate;
    if ((options.workers ?? 1) > 1) this.notice = "one computes: batches of a stream are not shared";
    cross(inside.instance, () => inside.core.training_metrics());
  }

  epochs(): number {
    return this.#ended;
  }

  take_log(): Float64Array {
    return Float64Array.from(this.#log.splice(0));
  }

  last(): readonly [epoch: number, batch: number] {
    return [this.#epoch, this.#batch];
  }

  seen(): number {
    return this.rows;
  }

  /** The update of one batch. */
  async run(row: Float64Array): Promise<number> {
    const { core, instance, rates } = this.#inside;
    this.made = 0;
    if (this.#iterator === undefined) {
      [this.#given, this.#batch, this.#epoch] = [0, -1, this.#ended];
      this.#iterator = await this.#ask(async () => this.#iterate(this.#ended));
      this.#next = await this.#cut();
      if (this.#next === undefined && !this.#isAborted)
        throw new DataError(
          "dataset",
          `there are no batches in epoch ${this.#ended}; ${this.#ended > 0 ? anew : "expected at least one"}`,
        );
    }
    const piece = this.#next;
    if (piece === undefined) return going;
    this.#batch += 1;
    this.#put(piece);
    const step = core.counters()[0] ?? 0;
    requirePass(this.#inside, this.#samples.rows, true);
    if (!cross(instance, () => core.train(this.#samples.core, row))) return diverged;
    this.made = 1;
    this.rows += piece.rows;
    const weight = piece.weights?.reduce((a, b) => a + b, 0) ?? piece.rows;
    this.#sums.loss += core.loss() * weight;
    this.#sums.weight += weight;
    this.#sums.norm += core.gradient_norm();
    this.#next = await this.#cut();
    if (this.#next !== undefined || this.#isAborted) return going;

    this.#iterator = undefined;
    this.#ended += 1;
    this.steps = this.#batch + 1;
    const { loss, norm } = this.#sums;
    this.#log.push(
      loss / this.#sums.weight,
      norm / this.steps,
      rates.taken(row, step, step),
      ...core.training_metrics(),
    );
    this.#sums = { loss: 0, weight: 0, norm: 0 };
    const [steps = 0, passes = 0, epochs = 0] = core.counters();
    core.set_counters(steps, passes, epochs + 1);
    return going;
  }

  /** Tells the source that no more is wanted. */
  async stop(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    // A generator that still waits answers when it has waited; nobody waits for that.
    const done = (async () => iterator?.return?.())().catch(() => {});
    if (!this.#isAborted) await done;
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #put({ rows, x, y, weights }: Piece): void {
    const { config, targets } = this.#inside;
    refuseSingle(config, rows, `, batch ${this.#batch} of the data set`);
    const values = y instanceof Float32Array ? make(y, rows, targets.columns) : y;
    this.#samples.setX(make(x, rows, config.inputs), weights).setY(values, targets);
  }

  /** The next batch to train on: as it comes, or of `batchSize` rows. */
  async #cut(): Promise<Piece | undefined> {
    const { batchSize } = this.#options;
    if (typeof batchSize !== "number") return this.#pull();
    let rest = this.#rest;
    while (rest === undefined || rest.rows < batchSize) {
      // A copy: the source may write its next batch over the last.
      const before: Piece | undefined = rest && join(none(rest), rest);
      const more = await this.#pull();
      if (more === undefined) {
        this.#rest = undefined;
        return before;
      }
      rest = before === undefined ? more : join(before, more);
    }
    this.#rest = rest.rows === batchSize ? undefined : part(rest, batchSize, rest.rows);
    return part(rest, 0, batchSize);
  }

  /** The next batch that the source gives; none at its end, or once the signal says so. */
  async #pull(): Promise<Piece | undefined> {
    const { signal } = this.#options;
    if (this.#isAborted) return undefined;
    let stop = () => {};
    const aborted = new Promise<undefined>((done) => {
      stop = () => done(undefined);
    });
    signal?.addEventListener("abort", stop);
    try {
      const next = this.#ask(async () => this.#iterator?.next());
      // It may fail when nobody waits any more.
      next.catch(() => {});
      const result = await Promise.race([next, aborted]);
      return result === undefined || result.done === true ? undefined : this.#check(result.value);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** What the source answers; what it throws becomes the cause of an error. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      if (cause instanceof DownhillError) throw cause;
      const place = `batch ${this.#given} of epoch ${this.#ended}`;
      throw new DataError("dataset", `its source failed at ${place}: ${String(cause)}`, { cause });
    }
  }

  #check(given: unknown): Piece {
    const { config, targets } = this.#inside;
    const name = `dataset, batch ${this.#given} of epoch ${this.#ended}`;
    this.#given += 1;
    const pair = Array.isArray(given) && given.length === 2;
    if (!pair && !isRecord(given)) throw new DataError(name, `expected { x, y } or [x, y], got ${show(given)}`);
    const { x, y, sampleWeight } = pair
      ? { x: given[0], y: given[1], sampleWeight: undefined }
      : checkOptions(given, name, ["x", "y", "sampleWeight"]);
    const read = (numbers: unknown, what: string, columns: number, rows?: number) => {
      const matrix = toMatrix(numbers, `${name}: ${what}`, columns, rows);
      checkFinite(matrix, `${name}: ${what}`);
      return matrix;
    };
    const { data, shape } = read(x, "x", config.inputs);
    const [rows] = shape;
    const values = targets.sparse
      ? toLabels(y, `${name}: y`, targets.columns, rows)
      : read(y, "y", targets.columns, rows).data;
    const weights = sampleWeight === undefined ? undefined : read(sampleWeight, "sampleWeight", 1, rows).data;
    return { rows, x: data, y: values, weights };
  }
}

/** Refuses what needs all rows at once, or their number. */
function refuse({ config }: Inside, options: FitOptions): void {
  const mistakes: readonly (readonly [wrong: boolean, option: string, why: string])[] = [
    [(options.validationSplit ?? 0) > 0, "validationSplit", "give validationData; the number of rows is not known"],
    [options.classWeight !== undefined, "classWeight", "give the batches a sampleWeight"],
    [(options.accumulate ?? 1) !== 1, "accumulate", "a batchSize as many times as large makes the same update"],
    [options.shuffle === true, "shuffle", "batches come in the order of their source; mix them there"],
    [options.batchSize === "full", "batchSize", "the rows of an epoch are never in memory together"],
    [
      (options.callbacks ?? []).some((callback) => callback?.recordEvery !== undefined),
      "callbacks",
      "layers are not recorded while batches stream",
    ],
  ];
  for (const [wrong, option, why] of mistakes)
    if (wrong) throw new ConfigError(`fit.${option}`, `not for a data set of batches: ${why}`);
  const rule = fullBatchRule(config.optimizer);
  if (rule !== undefined)
    throw new ConfigError("optimizer", `${rule} needs the gradient of all rows at each update; batches give it never`);
  const custom = config.metrics.find((metric) => !isBuiltIn(metric));
  if (custom !== undefined)
    throw new ConfigError("metrics", `"${metricName(custom)}" is a function of all rows, and batches are forgotten`);
}
