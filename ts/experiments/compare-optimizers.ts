/** A race of optimizers: the same start, the same batches, the same budget. */

import { monitorDirection } from "../callbacks/callback.js";
import { options as checkOptions, integer, isNumericArray, isRecord, list, number, show, text } from "../check.js";
import { type ModelConfig, normalizeModel } from "../config/model.js";
import { normalizeOptimizer, type OptimizerLike } from "../config/optimizers/index.js";
import { constantRate } from "../config/schedules.js";
import type { MatrixLike } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import { ConfigError, type DivergenceError } from "../errors.js";
import { type FitOptions, fitOptionNames } from "../fit-options.js";
import type { History } from "../history.js";
import type { MetricsOf } from "../model.js";
import { curveOf, isCut, type Run, readSeeds, scoreOf, train } from "./run.js";
import { deviation, mean } from "./statistics.js";
import { checkWatch, Tracker, type Watch } from "./watch.js";

/** Options of {@link compareOptimizers}; all others are those of `fit`. */
export interface CompareOptimizersOptions extends Omit<FitOptions, "signal">, Watch {
  /** how many runs each optimizer has, from the config's seed on, or the seeds; default 3 */
  readonly seeds?: number | readonly number[];
  /** which number of an epoch's logs is compared; default `"loss"`; also `"val_loss"`, `"accuracy"` and the like */
  readonly monitor?: string;
  /** a value of the monitored number: the result says when each run reached it */
  readonly target?: number;
  /**
   * `true`, or constant rates to try: each optimizer first trains once with each of them, on the first seed and as long as
   * in the race, and then races with the one that ended best; default false, each has the rate of its config
   */
  readonly searchLearningRate?: boolean | readonly number[];
}

/** When a run reached the target; all are Infinity if it did not. */
export interface TimeToTarget {
  /** whole epochs trained by then */
  readonly epochs: number;
  /** updates made by then */
  readonly steps: number;
  /** milliseconds by then, of this machine at that time */
  readonly durationMs: number;
}

/** What one optimizer came to. */
export interface OptimizerResult<M extends string = never> {
  /** its key in `optimizers` */
  readonly name: string;
  /** the seed of each history */
  readonly seeds: readonly number[];
  /** one for each seed; of a run that diverged, up to there */
  readonly histories: readonly History<M>[];
  /** the number that was compared */
  readonly monitor: string;
  /** its mean over the seeds, for each epoch that all of them finished */
  readonly mean: readonly number[];
  /** its standard deviation over the seeds (n − 1; 0 of one seed), for the same epochs: the band is mean ± deviation */
  readonly deviation: readonly number[];
  /** runs that diverged */
  readonly failures: readonly { readonly seed: number; readonly error: DivergenceError }[];
  /** one for each seed, if a target was given */
  readonly timeToTarget: readonly TimeToTarget[] | undefined;
  /** the rate that the search chose; undefined without a search, or if no rate trained */
  readonly learningRate: number | undefined;
  /** what the search saw: Infinity (−Infinity where high is good) for a rate that diverged */
  readonly search: readonly { readonly learningRate: number; readonly score: number }[];
  readonly stoppedBy: "seeds" | "signal";
}

/** What `searchLearningRate: true` tries: 1 and 3 in each decade. */
const usualRates: readonly number[] = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1];

const path = "compareOptimizers";

/**
 * Trains the same network with several optimizers, on several seeds. On one seed all have the same initial weights, the
 * same batches in the same order, the same dropout, and as many epochs; optimizers take turns, so that a busy moment of the
 * machine does not fall on one alone.
 *
 * @param config its optimizer does not matter
 * @param optimizers by the names that the result has them under
 * @param x samples, as `fit` takes them
 * @param y targets
 * @returns one entry for each optimizer, in their order; resolves also when runs diverged (they stand in `failures`) and
 * when aborted, with the runs that were finished
 * @throws ConfigError `CONFIG`, before anything is trained, and what `Model.create` and `fit` reject with
 * @example
 * ```ts
 * const race = await compareOptimizers(config, { sgd: sgd({ learningRate: 0.1 }), adam: adam() }, x, y, { epochs: 30 });
 * for (const { name, mean, deviation } of race) console.log(name, mean.at(-1), deviation.at(-1));
 * ```
 */
export async function compareOptimizers<const C extends ModelConfig>(
  config: C,
  optimizers: Readonly<Record<string, OptimizerLike>>,
  x: MatrixLike,
  y: Targets,
  options: CompareOptimizersOptions = {},
): Promise<OptimizerResult<MetricsOf<C>>[]> {
  const plan = prepare(config, optimizers, options);
  const { racers, rates, seeds, fitOptions } = plan;
  const tracker = new Tracker(racers.length * (rates.length + seeds.length), options.onProgress);
  const run = async (racer: Racer, seed: number, rate: number | undefined, name: string): Promise<Run | undefined> => {
    const schedule = rate === undefined ? {} : { schedule: constantRate(rate) };
    const made = { ...config, optimizer: racer.optimizer, seed };
    const done = await train(made, x, y, tracker.watch({ ...fitOptions, ...schedule }, name));
    if (isCut(done)) return undefined;
    tracker.finish(name);
    return done;
  };
  const isFinished = await race(plan, run);
  return racers.map((racer) => resultOf<MetricsOf<C>>(racer, plan, isFinished));
}

/** An optimizer in the race, and what it has done so far. */
interface Racer {
  readonly name: string;
  readonly optimizer: OptimizerLike;
  readonly search: { learningRate: number; score: number }[];
  readonly runs: RacedRun[];
  learningRate: number | undefined;
}

interface RacedRun extends Run {
  /** the monitored number of each epoch */
  readonly curve: readonly number[];
}

interface Plan {
  readonly racers: readonly Racer[];
  readonly seeds: readonly number[];
  /** to be tried by each; none without a search */
  readonly rates: readonly number[];
  readonly monitor: string;
  readonly target: number | undefined;
  readonly fitOptions: FitOptions;
}

function prepare(config: ModelConfig, optimizers: unknown, given: CompareOptimizersOptions): Plan {
  const known = ["seeds", "monitor", "target", "searchLearningRate", "onProgress", ...fitOptionNames];
  const { seeds, monitor, target, searchLearningRate, onProgress, ...fitOptions } = checkOptions(
    given,
    path,
    known,
  ) as CompareOptimizersOptions;
  checkWatch({ onProgress, signal: fitOptions.signal }, path);
  integer({ min: 1 })(fitOptions.epochs ?? 1, `${path}.epochs`);
  const { seed } = normalizeModel(config);
  if (!isRecord(optimizers) || Object.keys(optimizers).length === 0)
    throw new ConfigError("optimizers", `expected an object { name: optimizer }, got ${show(optimizers)}`);
  if (typeof optimizers.type === "string")
    throw new ConfigError(
      "optimizers",
      `expected an object { name: optimizer }, got one optimizer, ${optimizers.type}`,
    );
  return {
    racers: Object.entries(optimizers).map(([name, value]) => {
      const optimizer = normalizeOptimizer(value, `optimizers.${name}`);
      return { name, optimizer, search: [], runs: [], learningRate: undefined };
    }),
    seeds: readSeeds(seeds ?? 3, seed, `${path}.seeds`),
    rates: readRates(searchLearningRate ?? false, fitOptions),
    monitor: text(monitor ?? "loss", `${path}.monitor`),
    target: target === undefined ? undefined : number()(target, `${path}.target`),
    fitOptions,
  };
}

function readRates(given: unknown, { schedule }: FitOptions): readonly number[] {
  if (given === false) return [];
  const name = `${path}.searchLearningRate`;
  if (schedule !== undefined) throw new ConfigError(name, "expected either a search or a schedule, got both");
  if (given === true) return usualRates;
  if (!Array.isArray(given) && !isNumericArray(given))
    throw new ConfigError(name, `expected true, false or an array of rates, got ${show(given)}`);
  return list(number({ above: 0 }), { minLength: 1 })(given, name);
}

/** Searches, then races, until all is done or the signal comes. */
async function race(
  { racers, rates, seeds, monitor }: Plan,
  run: (racer: Racer, seed: number, rate: number | undefined, name: string) => Promise<Run | undefined>,
): Promise<boolean> {
  const sign = monitorDirection(monitor, "auto") === "max" ? -1 : 1;
  for (const rate of rates) {
    for (const racer of racers) {
      const tried = await run(racer, seeds[0] as number, rate, `${racer.name}, rate ${rate}`);
      if (tried === undefined) return false;
      racer.search.push({ learningRate: rate, score: scoreOf(tried, { monitor, pick: "last" }, path) });
    }
  }
  for (const racer of racers) {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { learningRate, score } of racer.search) {
      if (sign * score < lowest) [racer.learningRate, lowest] = [learningRate, sign * score];
    }
  }
  for (const seed of seeds) {
    for (const racer of racers) {
      const raced = await run(racer, seed, racer.learningRate, `${racer.name}, seed ${seed}`);
      if (raced === undefined) return false;
      racer.runs.push({ ...raced, curve: curveOf(raced.history, monitor, path) });
    }
  }
  return true;
}

function resultOf<M extends string>(racer: Racer, plan: Plan, isFinished: boolean): OptimizerResult<M> {
  const { name, runs, learningRate, search } = racer;
  const { monitor, target } = plan;
  const seeds = plan.seeds.slice(0, runs.length);
  const curves = runs.map(({ curve }) => curve);
  const epochs = curves.length === 0 ? 0 : Math.min(...curves.map(({ length }) => length));
  const columns = Array.from({ length: epochs }, (_, epoch) => curves.map((curve) => curve[epoch] as number));
  return {
    name,
    seeds,
    histories: runs.map(({ history }) => history as unknown as History<M>),
    monitor,
    mean: columns.map(mean),
    deviation: columns.map(deviation),
    failures: runs.flatMap(({ error }, i) => (error === undefined ? [] : [{ seed: seeds[i] as number, error }])),
    timeToTarget: target === undefined ? undefined : runs.map((run) => timeTo(target, run, monitor)),
    learningRate,
    search,
    stoppedBy: isFinished ? "seeds" : "signal",
  };
}

/** The first epoch whose number is as good as the target. */
function timeTo(target: number, { history, curve, stepsPerEpoch }: RacedRun, monitor: string): TimeToTarget {
  const isThere =
    monitorDirection(monitor, "auto") === "max"
      ? (value: number) => value >= target
      : (value: number) => value <= target;
  const at = curve.findIndex(isThere);
  if (at < 0) {
    const never = Number.POSITIVE_INFINITY;
    return { epochs: never, steps: never, durationMs: never };
  }
  const through = history.epochs.slice(0, at + 1);
  return {
    epochs: at + 1,
    steps: (at + 1) * stepsPerEpoch,
    durationMs: through.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}
