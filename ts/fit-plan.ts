/** A fit before it begins: its options checked and completed, its data in the core. */

import { type Callback, checkCallback, inOrder } from "./callbacks/callback.js";
import { verboseCallback } from "./callbacks/progress-bar.js";
import { boolean, options as checkOptions, integer, isNumericArray, isRecord, list, number, show } from "./check.js";
import { metricName } from "./config/metrics.js";
import { fullBatchRule } from "./config/optimizers/index.js";
import { normalizeSchedule, rate } from "./config/schedules.js";
import { type MatrixLike, toMatrix } from "./data/matrix.js";
import { SampleSource, type SampleStream, Samples, type Targets } from "./data/samples.js";
import { ConfigError, ShapeError } from "./errors.js";
import { type FitOptions, fitOptionNames } from "./fit-options.js";
import { type Inside, refuseSingle } from "./inside.js";
import { PartRates, type RateSource } from "./rates.js";

/** Options checked and completed, and the data in the core. */
export interface Plan {
  readonly epochs: number;
  readonly batch: number;
  readonly rows: number;
  readonly accumulate: number;
  readonly shuffle: boolean;
  readonly initialEpoch: number;
  readonly classWeight: Float32Array | undefined;
  readonly rates: PartRates;
  readonly callbacks: readonly Callback[];
  /** updates from one record of the layers to the next: the largest number that meets the wish of every callback; 0 none */
  readonly recordEvery: number;
  readonly signal: AbortSignal | undefined;
  readonly workers: number;
  readonly training: Samples;
  /** makes the updates, where samples come batch by batch */
  readonly stream: SampleStream | undefined;
  readonly validation: { readonly samples: Samples; readonly from: number; readonly to: number } | undefined;
  /** the blocks that this fit holds until its end */
  readonly held: readonly Samples[];
}

/** Checks all that `fit` was given, and copies its rows into the core. */
export function prepare(inside: Inside, x: MatrixLike | SampleSource, y: Targets | undefined, given: FitOptions): Plan {
  const { config, targets, instance } = inside;
  checkOptions(given, "fit", fitOptionNames);
  const epochs = integer({ min: 0, max: 2 ** 32 - 1 })(given.epochs ?? 1, "fit.epochs");
  const split = number({ min: 0, below: 1 })(given.validationSplit ?? 0, "fit.validationSplit");
  if (split > 0 && given.validationData !== undefined) {
    throw new ConfigError("fit", "expected either validationSplit or validationData, got both");
  }
  if (given.signal !== undefined && typeof given.signal?.aborted !== "boolean") {
    throw new ConfigError("fit.signal", `expected an AbortSignal, got ${show(given.signal)}`);
  }
  const verbose = verboseCallback(given.verbose ?? 0);
  const held: Samples[] = [];
  try {
    let [training, stream]: [Samples?, SampleStream?] = [];
    if (x instanceof SampleSource) {
      if (given.sampleWeight !== undefined)
        throw new ConfigError("fit.sampleWeight", "give the weights to Dataset.fromArrays, or to each batch");
      training = x.samples(targets, config.inputs, instance);
      // A stream's block is made for this fit.
      if (x.stream === undefined) training.hold();
      held.push(training);
      stream = x.stream?.(inside, training, given);
    } else {
      if (y === undefined)
        throw new ShapeError("y", "must be given with x (a Dataset is known to the copy of downhill that made it)");
      training = new Samples(instance);
      held.push(training);
      training.setX(toMatrix(x, "x", config.inputs), given.sampleWeight).setY(y, targets);
    }
    const kept = Math.floor(training.rows * split);
    const rows = training.rows - kept;
    if (split > 0 && kept === 0)
      throw new ShapeError("x", `validationSplit ${split} of ${training.rows} rows leaves none to validate on`);
    const batch = given.batchSize === "full" ? rows : Math.min(rows, checkBatch(given.batchSize ?? 32));
    refuseSingle(
      config,
      batch === 1 ? 1 : rows % batch,
      `, the last of an epoch of ${rows} rows; choose another batchSize`,
    );
    const accumulate = integer({ min: 1 })(given.accumulate ?? 1, "fit.accumulate");
    const rule = fullBatchRule(config.optimizer);
    if (rule !== undefined && batch * accumulate < rows)
      throw new ConfigError(
        "fit.batchSize",
        `${rule} needs the gradient of all ${rows} rows at each update, got ${batch * accumulate}; write batchSize: "full"`,
      );
    let validation: Plan["validation"];
    if (kept > 0) validation = { samples: training, from: rows, to: training.rows };
    if (given.validationData !== undefined) {
      const pair: unknown = given.validationData;
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new ConfigError("fit.validationData", `expected [x, y], got ${show(pair)}`);
      const samples = new Samples(instance, ["validationData[0]", "validationData[1]"]);
      held.push(samples);
      samples.setX(toMatrix(pair[0], "validationData[0]", config.inputs)).setY(pair[1], targets);
      validation = { samples, from: 0, to: samples.rows };
    }
    const callbacks = list(checkCallback)(given.callbacks ?? [], "fit.callbacks");
    const recordEvery = callbacks.reduce((every, callback) => divisor(every, callback.recordEvery ?? 0), 0);
    if (inside.search !== undefined && recordEvery > 0)
      throw new ConfigError(
        "fit.callbacks",
        "layers are not recorded in updates of lbfgs, which take several gradients",
      );
    return {
      epochs,
      batch,
      rows,
      accumulate,
      shuffle: boolean(given.shuffle ?? true, "fit.shuffle"),
      initialEpoch: integer({ min: 0 })(given.initialEpoch ?? 0, "fit.initialEpoch"),
      classWeight: given.classWeight === undefined ? undefined : checkClassWeight(given.classWeight, inside),
      rates: chooseRates(inside, given.schedule, validation !== undefined),
      callbacks: inOrder(verbose === undefined ? callbacks : [...callbacks, verbose]),
      recordEvery,
      signal: given.signal,
      workers: integer({ min: 1, max: 64 })(given.workers ?? 1, "fit.workers"),
      training,
      stream,
      validation,
      held,
    };
  } catch (error) {
    for (const samples of held) samples.release();
    throw error;
  }
}

/** The greatest common divisor; that of 0 and b is b. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

const checkBatch = (value: unknown): number => {
  if (typeof value === "string")
    throw new ConfigError("fit.batchSize", `expected a whole number >= 1 or "full", got ${show(value)}`);
  return integer({ min: 1 })(value, "fit.batchSize");
};

function checkClassWeight(given: NonNullable<FitOptions["classWeight"]>, { targets, config }: Inside): Float32Array {
  if (!config.loss.type.endsWith("CrossEntropy"))
    throw new ConfigError("fit.classWeight", `belongs to a cross-entropy, the loss is ${config.loss.type}`);
  if (!isRecord(given) && !Array.isArray(given) && !isNumericArray(given)) {
    throw new ConfigError(
      "fit.classWeight",
      `expected an array of weights, or an object { class: weight }, got ${show(given)}`,
    );
  }
  const classes = Math.max(2, targets.columns);
  if (!isRecord(given) && given.length !== classes)
    throw new ConfigError("fit.classWeight", `expected ${classes} weights, got ${given.length}`);
  const weights = new Float32Array(classes).fill(1);
  for (const [key, value] of Object.entries(given)) {
    const index = integer({ min: 0, max: classes - 1 })(Number(key), "fit.classWeight");
    weights[index] = number({ min: 0 })(value, `fit.classWeight[${key}]`);
  }
  return weights;
}

function chooseRates(inside: Inside, schedule: FitOptions["schedule"], validates: boolean): PartRates {
  const scores = ["loss", ...inside.config.metrics.map(metricName)];
  const names = ["epoch", "learningRate", "gradientNorm", "durationMs", ...scores];
  if (validates) names.push(...scores.map((name) => `val_${name}`));
  const logs = Object.fromEntries(names.map((name) => [name, Number.NaN]));
  if (schedule === undefined) {
    inside.rates.rehearse(logs);
    return inside.rates;
  }
  const overridden = (source: RateSource) => new PartRates(inside.parts, inside.instance.core, source);
  if (typeof schedule === "function") return overridden(schedule);
  if (typeof schedule === "number") return overridden(rate(schedule, "fit.schedule"));
  const config = normalizeSchedule(schedule, "fit.schedule");
  // A schedule that watches the loss goes on where an earlier call with the same one stopped.
  const before = inside.scheduled;
  const goesOn = before !== undefined && JSON.stringify(before.override?.source) === JSON.stringify(config);
  const rates = goesOn ? before : overridden(config);
  rates.rehearse(logs);
  inside.scheduled = rates;
  return rates;
}
