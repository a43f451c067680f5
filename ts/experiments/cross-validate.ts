/** Cross-validation, and the search for a learning rate by it. */

import { monitorDirection } from "../callbacks/callback.js";
import { boolean, callable, options as checkOptions, integer, list, number, oneOf, text } from "../check.js";
import type { LayerConfig } from "../config/layers.js";
import { type ModelConfig, normalizeModel, outputWidth, type ResolvedConfig } from "../config/model.js";
import { constantRate } from "../config/schedules.js";
import { toLabels } from "../data/labels.js";
import { type Matrix, type MatrixLike, takeRows, toMatrix } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import { type Fold, kFold } from "../data/split.js";
import { ConfigError, type DivergenceError, ShapeError } from "../errors.js";
import { type FitOptions, fitOptionNames } from "../fit-options.js";
import { isCut, readSeeds, type Scoring, scoreOf, train } from "./run.js";
import { deviation, mean } from "./statistics.js";
import { checkWatch, Tracker, type Watch } from "./watch.js";

/** Options of {@link crossValidate}; all others are those of `fit`. */
export interface CrossValidateOptions extends Omit<FitOptions, "validationData" | "validationSplit" | "signal">, Watch {
  /** parts of the rows, each the validation part once; 2 … rows, default 5 */
  readonly folds?: number;
  /** how many times it is all done, from the config's seed on, or the seeds; each shuffles and draws anew; default 1 */
  readonly seeds?: number | readonly number[];
  /** every part has about the same share of each class; default true where the targets are classes */
  readonly stratify?: boolean;
  /** which number of an epoch's logs is the score; default `"val_loss"`; also `"val_accuracy"` and the like */
  readonly monitor?: string;
  /** of which epoch: the last one, or the best (with early stopping); default `"last"` */
  readonly pick?: "last" | "best";
  /** layers in front of the config's, made from the rows that a run trains on: a scaler that never sees the others */
  readonly inputLayers?: (x: Matrix) => readonly LayerConfig[];
}

/** A run that diverged. */
export interface FailedRun {
  readonly seed: number;
  /** counts from 0 */
  readonly fold: number;
  readonly error: DivergenceError;
}

/** Scores of several runs. */
export interface Scores {
  /** one for each run, fold after fold, seed after seed; a run that diverged has Infinity (−Infinity where high is good) */
  readonly scores: readonly number[];
  /** infinite if a run diverged; NaN of no scores */
  readonly mean: number;
  /** of the sample (n − 1), 0 of one score; NaN if a run diverged */
  readonly deviation: number;
  readonly failures: readonly FailedRun[];
}

/** What {@link crossValidate} found. */
export interface CrossValidation extends Scores {
  readonly stoppedBy: "folds" | "signal";
}

/** Options of {@link searchLearningRate}; all others are those of `fit`. */
export interface SearchLearningRateOptions extends Omit<CrossValidateOptions, "schedule"> {
  /** rates > 0, at least one */
  readonly candidates: readonly number[];
}

/** What {@link searchLearningRate} found. */
export interface LearningRateSearch {
  /** in the order of the candidates; after an abort only those that are finished */
  readonly scores: readonly ({ readonly learningRate: number } & Scores)[];
  /** the rate with the best mean; NaN if none has a finite one */
  readonly best: number;
  readonly stoppedBy: "candidates" | "signal";
}

/**
 * k-fold cross-validation: the rows are divided into `folds` parts; each is left out once, a fresh model trains on the
 * others and is scored on it. Where the targets are classes, each part has about the same share of every class.
 *
 * @param x samples, as `fit` takes them
 * @param y targets
 * @returns resolves also when a run diverged (it counts as infinitely bad and stands in `failures`) and when aborted, with
 * the runs that were finished
 * @throws ConfigError `CONFIG`, and what `Model.create` and `fit` reject with
 * @example
 * ```ts
 * const { mean, deviation } = await crossValidate(config, x, y, { epochs: 30, monitor: "val_accuracy" });
 * ```
 */
export async function crossValidate(
  config: ModelConfig,
  x: MatrixLike,
  y: Targets,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  const plan = prepare(config, x, y, options, "crossValidate");
  const scores = await score(plan, new Tracker(plan.runs.length, options.onProgress), "");
  return { ...scores, stoppedBy: scores.scores.length < plan.runs.length ? "signal" : "folds" };
}

/**
 * Trains with each of some constant learning rates, and scores each by cross-validation: the same folds, initial weights
 * and batches for all. The optimizer is the configured one; only its rate is replaced.
 *
 * @returns resolves also when candidates diverged (`mean` is infinitely bad, and they stand in `failures`) and when aborted
 * @throws ConfigError `CONFIG`, and what `Model.create` and `fit` reject with
 * @example
 * ```ts
 * const { best } = await searchLearningRate(config, x, y, { candidates: [0.001, 0.01, 0.1], epochs: 20 });
 * ```
 */
export async function searchLearningRate(
  config: ModelConfig,
  x: MatrixLike,
  y: Targets,
  options: SearchLearningRateOptions,
): Promise<LearningRateSearch> {
  const path = "searchLearningRate";
  const { candidates, ...rest } = checkOptions(
    options,
    path,
    ["candidates", ...known].filter((key) => key !== "schedule"),
  );
  const rates = list(number({ above: 0 }), { minLength: 1 })(candidates, `${path}.candidates`);
  const plan = prepare(config, x, y, rest, path);
  const tracker = new Tracker(rates.length * plan.runs.length, options.onProgress);
  const scores: ({ learningRate: number } & Scores)[] = [];
  for (const learningRate of rates) {
    const schedule = constantRate(learningRate);
    const fitOptions = { ...plan.fitOptions, schedule };
    const found = await score({ ...plan, fitOptions }, tracker, `rate ${learningRate}, `);
    if (found.scores.length < plan.runs.length) break;
    scores.push({ learningRate, ...found });
  }
  const sign = monitorDirection(plan.monitor, "auto") === "max" ? -1 : 1;
  let [best, lowest] = [Number.NaN, Number.POSITIVE_INFINITY];
  for (const entry of scores) {
    if (sign * entry.mean < lowest) [best, lowest] = [entry.learningRate, sign * entry.mean];
  }
  return { scores, best, stoppedBy: scores.length < rates.length ? "signal" : "candidates" };
}

const known: readonly string[] = [
  "folds",
  "seeds",
  "stratify",
  "monitor",
  "pick",
  "inputLayers",
  "onProgress",
  ...fitOptionNames.filter((name) => !name.startsWith("validation")),
];

/** Options checked, and what each run needs. */
interface Plan extends Scoring {
  readonly path: string;
  readonly runs: readonly PlannedRun[];
  readonly fitOptions: FitOptions;
}

/** One fold of one seed. */
interface PlannedRun {
  readonly seed: number;
  readonly fold: number;
  /** config, samples, targets and options, taken from the whole only when they are needed */
  readonly open: () => { config: ModelConfig; x: Matrix; y: Targets; options: FitOptions };
}

function prepare(config: ModelConfig, x: MatrixLike, y: Targets, given: object, path: string): Plan {
  const { folds, seeds, stratify, monitor, pick, inputLayers, onProgress, sampleWeight, ...fitOptions } = checkOptions(
    given,
    path,
    known,
  ) as CrossValidateOptions;
  checkWatch({ onProgress, signal: fitOptions.signal }, path);
  integer({ min: 1 })(fitOptions.epochs ?? 1, `${path}.epochs`);
  if (inputLayers !== undefined) callable("a function of the training rows")(inputLayers, `${path}.inputLayers`);
  const resolved = normalizeModel(config);
  const samples = toMatrix(x, "x", resolved.inputs);
  const [rows] = samples.shape;
  const targets = readTargets(y, resolved, rows);
  if (sampleWeight !== undefined && sampleWeight.length !== rows)
    throw new ShapeError("sampleWeight", `expected ${rows} weights, one a row, got ${sampleWeight.length}`);
  const classes = boolean(stratify ?? true, `${path}.stratify`) ? classesOf(targets, resolved) : undefined;
  if (stratify === true && classes === undefined)
    throw new ConfigError(`${path}.stratify`, `the targets of ${resolved.loss.type} are no classes here`);
  const parts = (seed: number) =>
    kFold(rows, {
      folds: integer({ min: 2, max: rows })(folds ?? 5, `${path}.folds`),
      seed,
      ...(classes && { stratify: classes }),
    });
  const open = (seed: number, { train, test }: Fold) => {
    const own = takeRows(samples, train);
    const front = inputLayers?.(own) ?? [];
    const weights = sampleWeight && { sampleWeight: Array.from(train, (row) => sampleWeight[row] as number) };
    const validationData = [takeRows(samples, test), taken(targets, test)] as const;
    return {
      config: { ...config, layers: [...front, ...config.layers], seed },
      x: own,
      y: taken(targets, train),
      options: { ...weights, validationData },
    };
  };
  return {
    path,
    fitOptions,
    monitor: text(monitor ?? "val_loss", `${path}.monitor`),
    pick: oneOf(["last", "best"] as const)(pick ?? "last", `${path}.pick`),
    runs: readSeeds(seeds ?? 1, resolved.seed, `${path}.seeds`).flatMap((seed) =>
      parts(seed).map((part, fold) => ({ seed, fold, open: () => open(seed, part) })),
    ),
  };
}

/** All runs of a plan, or those before the signal. */
async function score(plan: Plan, tracker: Tracker, prefix: string): Promise<Scores> {
  const scores: number[] = [];
  const failures: FailedRun[] = [];
  for (const { seed, fold, open } of plan.runs) {
    const { config, x, y, options } = open();
    const name = `${prefix}seed ${seed}, fold ${fold}`;
    const run = await train(config, x, y, tracker.watch({ ...plan.fitOptions, ...options }, name));
    if (isCut(run)) break;
    scores.push(scoreOf(run, plan, plan.path));
    if (run.error !== undefined) failures.push({ seed, fold, error: run.error });
    tracker.finish(name);
  }
  return { scores, mean: mean(scores), deviation: deviation(scores), failures };
}

/** Labels for a sparse loss, else a matrix. */
function readTargets(y: Targets, { loss, layers, inputs }: ResolvedConfig, rows: number): Matrix | Int32Array {
  const columns = outputWidth(layers, inputs);
  return loss.type === "sparseCategoricalCrossEntropy"
    ? toLabels(y, "y", columns, rows)
    : toMatrix(y, "y", columns, rows);
}

function taken(y: Matrix | Int32Array, rows: Int32Array): Matrix | Int32Array {
  return y instanceof Int32Array ? rows.map((row) => y[row] as number) : takeRows(y, rows);
}

/** The class of each row, where the targets say one: labels, one-hot rows, 0 and 1, −1 and 1. */
function classesOf(y: Matrix | Int32Array, { loss }: ResolvedConfig): Int32Array | readonly string[] | undefined {
  if (y instanceof Int32Array) return y;
  const { data, shape } = y;
  const [rows, columns] = shape;
  const isClasses = (loss.type.endsWith("CrossEntropy") || loss.type === "hinge") && data.every(Number.isInteger);
  if (!isClasses) return undefined;
  return Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns).join());
}
