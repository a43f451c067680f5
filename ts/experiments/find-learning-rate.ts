/** The learning-rate range test: one short training whose rate rises from far too low to too high. */

import type { Logs, Verdict } from "../callbacks/callback.js";
import { options as checkOptions, integer, number } from "../check.js";
import type { ModelConfig } from "../config/model.js";
import { instance } from "../core/runtime.js";
import type { MatrixLike } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import { DivergenceError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";
import { Model } from "../model.js";
import { mean } from "./statistics.js";
import { checkWatch, type Progress, type Watch } from "./watch.js";

/** Options of {@link findLearningRate}. */
export interface FindLearningRateOptions
  extends Pick<FitOptions, "batchSize" | "shuffle" | "classWeight" | "sampleWeight">,
    Watch<RangeTestProgress> {
  /** the first rate, > 0; default 1e-7 */
  readonly min?: number;
  /** the last rate, > min; default 10 */
  readonly max?: number;
  /** updates from the first rate to the last, >= 2; default 100 */
  readonly steps?: number;
  /** weight of the past in the smoothed loss, 0 (none) up to 1 (not included); default 0.8 */
  readonly smoothing?: number;
}

/** What `onProgress` of {@link findLearningRate} sees: `done` and `total` count updates. */
export interface RangeTestProgress extends Progress {
  readonly learningRate: number;
  /** of the batch, not smoothed */
  readonly loss: number;
}

/** What {@link findLearningRate} found. */
export interface LearningRateTest {
  /** the rates that were tried, rising by a constant factor */
  readonly learningRates: readonly number[];
  /** the smoothed loss before the update at each of them; all finite */
  readonly losses: readonly number[];
  /** the loss of each batch, as it came */
  readonly batchLosses: readonly number[];
  /** the rate to begin with; NaN if the loss neither fell nor ran away */
  readonly suggestion: number;
  /** where the loss falls most steeply over the logarithm of the rate; undefined if it never falls */
  readonly steepest: number | undefined;
  /** the rate at which the loss ran away; undefined if it did not */
  readonly diverging: number | undefined;
  /** what ended the test */
  readonly stoppedBy: "steps" | "divergence" | "signal";
}

const known = [
  "min",
  "max",
  "steps",
  "smoothing",
  "batchSize",
  "shuffle",
  "classWeight",
  "sampleWeight",
  "onProgress",
  "signal",
] as const;

/**
 * The learning-rate range test (Smith, Cyclical learning rates for training neural networks, WACV 2017): trains a copy for
 * `steps` batches of shuffled data while the rate rises exponentially from `min` to `max`, one update at each rate, and
 * watches the loss. The optimizer is the configured one; only its rate is replaced.
 *
 * The loss is smoothed by an exponential moving average with bias correction, and the test stops when that is beyond four
 * times its lowest value or when a number is no longer finite (as in fastai's `lr_find`). Two rules suggest a rate: the one
 * where the loss falls most steeply over the logarithm of the rate (the slope of a straight line through the losses of 17
 * batches, sought from where a tenth of the fall is done to the lowest loss), and a tenth of the rate at which
 * the loss ran away, or of `max` if it did not. The suggestion is their geometric mean.
 *
 * @param model a config, or a model, of which a copy goes on from its weights and optimizer state; it stays untouched
 * @param x samples, as `fit` takes them
 * @param y targets
 * @returns resolves also when it diverged or was aborted, with what was tried until then
 * @throws what `Model.create` and `fit` reject with for a wrong config or wrong data
 * @example
 * ```ts
 * const { suggestion } = await findLearningRate(config, x, y);
 * const model = await Model.create({ ...config, optimizer: adam({ learningRate: suggestion }) });
 * ```
 */
export async function findLearningRate(
  model: ModelConfig | Model<string>,
  x: MatrixLike,
  y: Targets,
  options: FindLearningRateOptions = {},
): Promise<LearningRateTest> {
  const path = "findLearningRate";
  const { min = 1e-7, max = 10, steps = 100, smoothing = 0.8, ...given } = checkOptions(options, path, known);
  const low = number({ above: 0 })(min, `${path}.min`);
  const high = number({ above: low })(max, `${path}.max`);
  const total = integer({ min: 2 })(steps, `${path}.steps`);
  const past = number({ min: 0, below: 1 })(smoothing, `${path}.smoothing`);
  checkWatch(given, path);
  const { onProgress, ...fitOptions } = given as Omit<FindLearningRateOptions, "min" | "max" | "steps" | "smoothing">;

  const copy = model instanceof Model ? model.clone() : await Model.create<ModelConfig>(model);
  try {
    copy.compile({ metrics: [] });
    const { core } = instance();
    const learningRates: number[] = [];
    const losses: number[] = [];
    const batchLosses: number[] = [];
    let average = 0;
    let lowest = Number.POSITIVE_INFINITY;
    let diverging: number | undefined;
    const rate = () => {
      const share = learningRates.length / (total - 1);
      return share < 1 ? low * core.pow(high / low, share) : high;
    };
    const onBatchEnd = (_: number, { loss = Number.NaN, learningRate = Number.NaN }: Logs): Verdict => {
      average = past * average + (1 - past) * loss;
      const smooth = average / (1 - core.pow(past, batchLosses.length + 1));
      if (!(smooth <= lowest + (farAbove - 1) * Math.abs(lowest))) {
        diverging = learningRate;
        return "stop";
      }
      lowest = Math.min(lowest, smooth);
      learningRates.push(learningRate);
      losses.push(smooth);
      batchLosses.push(loss);
      onProgress?.({ done: losses.length, total, name: path, learningRate, loss });
      return losses.length < total ? undefined : "stop";
    };
    try {
      await copy.fit(x, y, { ...fitOptions, schedule: rate, epochs: total, callbacks: [{ onBatchEnd }] });
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      diverging = rate();
    }
    const stoppedBy = diverging !== undefined ? "divergence" : losses.length < total ? "signal" : "steps";
    const steepest = steepestDescent(learningRates, losses, batchLosses, Math.round(past / (1 - past)));
    const tenth = (diverging ?? high) / 10;
    const fallback = diverging === undefined ? Number.NaN : tenth;
    const suggestion = Math.sqrt((steepest ?? fallback) * tenth);
    return { learningRates, losses, batchLosses, suggestion, steepest, diverging, stoppedBy };
  } finally {
    copy.dispose();
  }
}

/** A loss beyond so many times the lowest one has run away. */
const farAbove = 4;

/** Points on each side of the one whose slope is sought. */
const reach = 8;

/** So many first batches, whose rates are far too low to change anything, say where the loss starts. */
const beginning = 20;

/** So much of the fall must be done before its steepness counts: below, the differences between batches are steeper. */
const begun = 0.1;

/**
 * The rate where the loss falls most steeply over the index, and so over the logarithm of the rate.
 *
 * @param lag updates by which the smoothed losses come too late
 */
function steepestDescent(
  rates: readonly number[],
  losses: readonly number[],
  batchLosses: readonly number[],
  lag: number,
): number | undefined {
  const least = losses.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const end = losses.indexOf(least);
  const start = mean(batchLosses.slice(0, Math.max(1, Math.min(beginning, end))));
  const level = start - begun * (start - least);
  let steepest = 0;
  let found: number | undefined;
  for (let i = end; i >= 0; i--) {
    const slope = slopeAt(batchLosses, i);
    if (slope < steepest) {
      steepest = slope;
      found = rates[i];
    }
    if ((losses[Math.min(i + lag, end)] as number) >= level) break;
  }
  return found;
}

/** The slope of the straight line with the least squared distances from the points around `i`. */
function slopeAt(values: readonly number[], i: number): number {
  const from = Math.max(0, i - reach);
  const near = values.slice(from, i + reach + 1);
  const [centre, height] = [(near.length - 1) / 2, mean(near)];
  let products = 0;
  let squares = 0;
  near.forEach((value, j) => {
    products += (j - centre) * (value - height);
    squares += (j - centre) ** 2;
  });
  return squares > 0 ? products / squares : 0;
}
