/** The training loop: epochs, slices of time, schedules, validation, callbacks, abort. */

import { type Callback, type CallbackContext, checkCallback, inOrder, type Logs } from "./callbacks/callback.js";
import { verboseCallback } from "./callbacks/progress-bar.js";
import { isPatient, later } from "./callbacks/record-gradients.js";
import { boolean, options as checkOptions, integer, isNumericArray, isRecord, list, number, show } from "./check.js";
import { metricName } from "./config/metrics.js";
import { fullBatchRule } from "./config/optimizers/index.js";
import { normalizeSchedule, rate, type ScheduleConfig } from "./config/schedules.js";
import { breather, now } from "./core/breathe.js";
import { cross } from "./core/cross.js";
import { isBuiltIn } from "./core/encode.js";
import type { CoreFit } from "./core/load.js";
import { read } from "./core/memory.js";
import { type Matrix, type MatrixLike, takeRows, toMatrix } from "./data/matrix.js";
import { SampleSource, type SampleStream, Samples, type Targets } from "./data/samples.js";
import { readRecords } from "./diagnose/layers.js";
import { explain, type Update } from "./divergence.js";
import { ConfigError, DisposedError, DivergenceError, ShapeError } from "./errors.js";
import type { EpochLogs, History, StoppedBy } from "./history.js";
import { type Inside, nameMetrics, passNumbers, refuseSingle, requirePass, whereNotFinite } from "./inside.js";
import type { Model } from "./model.js";
import { PartRates, type RateSource } from "./rates.js";
import type { ModelSearch } from "./search.js";
import { loadStates, statesOf } from "./training.js";
import { Team } from "./workers/team.js";

/** How to train. */
export interface FitOptions {
  /** passes over the data; default 1 */
  readonly epochs?: number;
  /** samples in a batch; `"full"` for gradient descent, 1 for stochastic gradient descent; default 32 */
  readonly batchSize?: number | "full";
  /** a new order each epoch; default true */
  readonly shuffle?: boolean;
  /** evaluated after each epoch */
  readonly validationData?: readonly [x: MatrixLike, y: Targets];
  /** share of the rows, the last ones before shuffling, to validate on instead of training; default 0 */
  readonly validationSplit?: number;
  /** overrides the optimizer's own rate in this call: a schedule, or a function of the 0-based update index */
  readonly schedule?: ScheduleConfig | ((step: number) => number);
  /** batches whose mean gradients one update averages; default 1 */
  readonly accumulate?: number;
  /** a weight for each class: an array, or an object whose missing classes count 1 */
  readonly classWeight?: readonly number[] | Readonly<Record<number, number>>;
  /** a weight >= 0 for each row */
  readonly sampleWeight?: ArrayLike<number>;
  readonly callbacks?: readonly Callback[];
  /** number of the first epoch in history and callbacks; default 0 */
  readonly initialEpoch?: number;
  /** stops training; the history so far is returned and the weights are kept */
  readonly signal?: AbortSignal;
  /**
   * how many workers share the rows of each step, each with a core of its own; default 1. Where that would not pay or
   * cannot be, one computes, and the history's `notice` says why
   */
  readonly workers?: number;
  /** 0 silent, 1 or true a bar, 2 a line an epoch; default 0 */
  readonly verbose?: 0 | 1 | 2 | boolean;
}

/** The names of {@link FitOptions}. */
export const fitOptionNames = [
  "epochs",
  "batchSize",
  "shuffle",
  "validationData",
  "validationSplit",
  "schedule",
  "accumulate",
  "classWeight",
  "sampleWeight",
  "callbacks",
  "initialEpoch",
  "signal",
  "workers",
  "verbose",
] as const;

/** How long the core works before the event loop gets its turn, in milliseconds. */
const sliceMs = 8;
/** The first slice's guess of the core's speed, low: floating-point operations and steps in a millisecond. */
const guessedFlops = 5e6;
const guessedSteps = 300;

/** Options checked and completed, and the data in the core. */
interface Plan {
  readonly epochs: number;
  readonly batch: number;
  readonly rows: number;
  readonly accumulate: number;
  readonly shuffle: boolean;
  readonly initialEpoch: number;
  readonly classWeight: Float32Array | undefined;
  readonly rates: PartRates;
  readonly callbacks: readonly Callback[];
  readonly signal: AbortSignal | undefined;
  readonly workers: number;
  readonly training: Samples;
  /** makes the updates, where samples come batch by batch */
  readonly stream: SampleStream | undefined;
  readonly validation: { readonly samples: Samples; readonly from: number; readonly to: number } | undefined;
  /** the blocks that this fit holds until its end */
  readonly held: readonly Samples[];
}

/** Trains `model`; see `Model.fit`. */
export async function fit(
  model: Model<string>,
  inside: Inside,
  x: MatrixLike | SampleSource,
  y: Targets | undefined,
  options: FitOptions = {},
): Promise<History<string>> {
  const plan = prepare(inside, x, y, options);
  const { instance, core } = inside;
  let handle: CoreFit | undefined;
  try {
    const { training, rows, batch, accumulate, shuffle, epochs, classWeight, stream } = plan;
    // It has all that is asked of it there: `prepare` refused what needs more.
    if (stream !== undefined) return await new Loop(model, inside, plan, stream as unknown as CoreFit).run();
    // The order of an epoch; metrics, and those of the user's own, keep what each row gave.
    const kept = inside.config.metrics.length > 0 ? 6 * inside.targets.columns : 0;
    const validating = plan.validation === undefined ? 0 : passNumbers(inside, validationChunk, false);
    requirePass(inside, Math.min(rows, batch * accumulate), true, rows * (1 + kept) + validating);
    const inner = cross(
      instance,
      () => new instance.core.CoreFit(core, training.core, rows, batch, accumulate, shuffle, epochs, classWeight),
    );
    handle = inner;
    return await new Loop(model, inside, plan, inner).run();
  } finally {
    if (!instance.dead) handle?.free();
    for (const samples of plan.held) samples.release();
  }
}

/** A fit under way. */
class Loop {
  readonly #model: Model<string>;
  readonly #inside: Inside;
  readonly #plan: Plan;
  readonly #fit: CoreFit;
  readonly #breather = breather();
  readonly #epochs: EpochLogs<string>[] = [];
  readonly #started = now();
  readonly #recordEvery: number;
  readonly #custom: boolean;
  readonly #team: Team | SampleStream | undefined;
  #epochStarted = this.#started;
  #breathed = this.#started;
  #steps = 0;
  /** the first update of this fit */
  #first: Update | undefined;
  #stoppedBy: StoppedBy | undefined;
  #diverged = false;

  constructor(model: Model<string>, inside: Inside, plan: Plan, inner: CoreFit) {
    this.#model = model;
    this.#inside = inside;
    this.#plan = plan;
    this.#fit = inner;
    // The largest step that meets the wish of every callback.
    this.#recordEvery = plan.callbacks.reduce((every, callback) => divisor(every, callback.recordEvery ?? 0), 0);
    this.#custom = inside.config.metrics.some((metric) => !isBuiltIn(metric));
    this.#team = plan.stream ?? (plan.workers > 1 ? new Team(inside, inner, plan, this.#recordEvery > 0) : undefined);
  }

  async run(): Promise<History<string>> {
    const { core, instance } = this.#inside;
    try {
      await this.#goOn();
      await this.#call((callback) => callback.onTrainBegin?.(this.#context()));
      cross(instance, () => core.collect_outputs(this.#custom));
      await this.#train();
      const stoppedBy = this.#stoppedBy ?? "epochs";
      await this.#call((callback) => callback.onTrainEnd?.({ ...this.#context(), stoppedBy }));
      return this.#history();
    } finally {
      const losses = this.#epochs.map(({ loss }) => loss);
      this.#inside.training = undefined;
      this.#inside.losses = this.#diverged ? [...losses, Number.POSITIVE_INFINITY] : losses;
      this.#breather.close();
      await this.#team?.stop();
      if (!instance.dead) core.collect_outputs(false);
    }
  }

  /** Takes up the training that a file broke off, if this is where it goes on; from now on files hold this one. */
  async #goOn(): Promise<void> {
    const inside = this.#inside;
    const { initialEpoch, callbacks } = this.#plan;
    const before = inside.training?.();
    inside.training = () => {
      const stoppedBy = this.#stoppedBy === "signal" ? undefined : this.#stoppedBy;
      return { stoppedBy, done: initialEpoch + this.#epochs.length, callbacks: statesOf(callbacks) };
    };
    if (before === undefined || initialEpoch === 0 || initialEpoch !== before.done) return;
    this.#stoppedBy = before.stoppedBy;
    await loadStates(callbacks, before.callbacks);
  }

  /** Slices of steps until the epochs are done or something stops them. */
  async #train(): Promise<void> {
    const { core, instance } = this.#inside;
    const { rates, callbacks, validation, signal, epochs, stream } = this.#plan;
    const eachStep = rates.watches("update") || callbacks.some((callback) => callback.onBatchEnd !== undefined);
    const alone = eachStep || stream !== undefined;
    const eachEpoch = callbacks.some((c) => c.onEpochBegin !== undefined || c.onEpochEnd !== undefined);
    const pause = eachEpoch || this.#custom || validation !== undefined || rates.watches("epoch");
    const every = this.#recordEvery;
    if (every > 0) cross(instance, () => this.#fit.record(core, every));
    const { search } = this.#inside;
    let slice = firstSlice(this.#inside, this.#plan);
    let begun = -1;
    while (this.#stoppedBy === undefined && this.#fit.epochs() < epochs) {
      if (signal?.aborted === true) {
        this.#stoppedBy = "signal";
        return;
      }
      if (begun < this.#fit.epochs()) {
        begun = this.#fit.epochs();
        await this.#call((callback) => callback.onEpochBegin?.(this.#epochNumber(), this.#context()));
      }
      const step = core.counters()[0] ?? 0;
      const wanted = rates.take(
        step,
        alone || search !== undefined || this.#first === undefined ? 1 : Math.min(slice, this.#stepsLeft(pause)),
      );
      const before = now();
      const outcome =
        search !== undefined
          ? this.#search(search, wanted)
          : this.#team === undefined
            ? cross(instance, () => this.#fit.run(core, wanted, pause))
            : await this.#team.run(wanted, pause);
      const made = search !== undefined ? Number(outcome !== diverged) : (this.#team?.made ?? this.#fit.steps());
      this.#steps += made;
      // The first update stands alone, so that a divergence can be explained by it; what it took says little.
      if (made > 0 && this.#first !== undefined) slice = nextSlice(slice, (now() - before) / made);
      if (made > 0) this.#first ??= this.#lastUpdate();
      if (every > 0) await this.#tellRecords();
      if (outcome === diverged) {
        // Epochs that ended in this slice; none where something waits for their end.
        await this.#endEpochs();
        throw this.#divergence();
      }
      if (made > 0) rates.observe(core.loss(), step + made, "update");
      await this.#endBatches(step, made, wanted, eachStep);
      await this.#endEpochs();
      if (this.#stoppedBy !== undefined) return;
      await this.#breathe();
    }
  }

  /** As `CoreFit.run`, one update of `lbfgs`. */
  #search(search: ModelSearch, row: Float64Array): number {
    const inside = this.#inside;
    const { core, instance, frozen } = inside;
    return cross(instance, () => {
      const begun = search.update(inside, frozen, row[0] ?? 0, (first) => this.#fit.gradient(core, first));
      return begun === undefined ? diverged : this.#fit.adopt(core, begun.loss, begun.gradientNorm, row);
    });
  }

  /** Tells how far the epoch under way is: after each step if a callback wants that, else after each slice. */
  async #endBatches(step: number, made: number, rows: Float64Array, eachStep: boolean): Promise<void> {
    if (made === 0) return;
    const { core } = this.#inside;
    const { stream, initialEpoch } = this.#plan;
    const steps = this.#stepsPerEpoch();
    const batch = stream?.batch ?? (this.#steps - 1) % steps;
    const epoch = initialEpoch + (stream?.epoch ?? Math.floor((this.#steps - 1) / steps));
    const logs: Logs = {
      epoch,
      step: step + made - 1,
      loss: core.loss(),
      gradientNorm: core.gradient_norm(),
      learningRate: this.#plan.rates.taken(rows, step, step + made - 1),
    };
    await this.#call((callback) => callback.onProgress?.(batch, logs, this.#context()));
    if (eachStep) await this.#call((callback) => callback.onBatchEnd?.(batch, logs, this.#context()));
  }

  /** Hands on what the core saw of the layers; each callback gets the updates that it asked for. */
  async #tellRecords(): Promise<void> {
    const { config, instance } = this.#inside;
    const rows = cross(instance, () => this.#fit.take_records());
    if (rows.length === 0) return;
    await this.#call((callback) => {
      const { recordEvery = 0 } = callback;
      if (recordEvery === 0) return;
      const read = () => readRecords(config.layers, rows, recordEvery, instance.core);
      if (isPatient(callback)) return callback[later](read);
      const records = read();
      return records.length > 0 ? callback.onRecords?.(records, this.#context()) : undefined;
    });
  }

  /** Puts the epochs that ended into the history, validates, and tells the callbacks. */
  async #endEpochs(): Promise<void> {
    const { core, instance, config } = this.#inside;
    const log = cross(instance, () => this.#fit.take_log());
    const width = 3 + config.metrics.filter(isBuiltIn).length;
    const ended = log.length / width;
    if (ended === 0) return;
    const validated = await this.#validate();
    const durationMs = (now() - this.#epochStarted) / ended;
    this.#epochStarted = now();
    const named = config.metrics.length > 0;
    const { validation } = this.#plan;
    const outputs = () => [cross(instance, () => core.collected()), this.#orderedTargets()] as const;
    let epoch = this.#plan.initialEpoch + this.#epochs.length;
    for (let at = 0; at < log.length; at += width, epoch++) {
      // Epochs of a single step are as many as steps: indices, since destructuring takes 60 ns more.
      const logs = {
        epoch,
        loss: log[at],
        learningRate: log[at + 2],
        gradientNorm: log[at + 1],
        durationMs,
      } as EpochLogs<string>;
      const metrics = named ? nameMetrics(this.#inside, log.subarray(at + 3, at + width), outputs) : undefined;
      this.#epochs.push(metrics || validation ? { ...logs, ...metrics, ...validated } : logs);
    }
    const logs = this.#epochs.at(-1);
    // Before the callbacks, one of which may save the model.
    if (logs !== undefined) this.#plan.rates.observe(logs, core.counters()[0] ?? 0, "epoch");
    if (logs !== undefined) await this.#call((callback) => callback.onEpochEnd?.(logs.epoch, logs, this.#context()));
  }

  /** Loss and metrics of the validation rows, in slices. */
  async #validate(): Promise<Record<string, number>> {
    const { validation } = this.#plan;
    if (validation === undefined) return {};
    const { core, instance } = this.#inside;
    const { samples, from, to } = validation;
    const outputs: Float32Array[] = [];
    const { columns } = this.#inside.targets;
    const evaluations = this.#inside.evaluations;
    requirePass(this.#inside, validationChunk, false);
    for (let row = from; row < to; row += validationChunk) {
      const end = Math.min(row + validationChunk, to);
      cross(instance, () => core.evaluate(samples.core, row, end));
      if (this.#custom) outputs.push(read(instance, core.predictions(), (end - row) * columns));
      await this.#breathe();
      // Somebody evaluated the model meanwhile, with the same sums.
      if (this.#inside.evaluations !== evaluations) return this.#validate();
    }
    const [loss = Number.NaN, ...values] = cross(instance, () => core.finish_evaluation());
    const metrics = nameMetrics(this.#inside, values, () => {
      const all = new Float32Array((to - from) * columns);
      outputs.forEach((part, i) => {
        all.set(part, i * validationChunk * columns);
      });
      return [all, takeRows(samples.targets(this.#inside.targets), rowsBetween(from, to))];
    });
    return Object.fromEntries(Object.entries({ loss, ...metrics }).map(([name, value]) => [`val_${name}`, value]));
  }

  /** The training targets in the order of the epoch that ended. */
  #orderedTargets(): Matrix {
    const targets = this.#plan.training.targets(this.#inside.targets);
    const order = this.#fit.order();
    return takeRows(targets, order.length > 0 ? order : rowsBetween(0, this.#plan.rows));
  }

  /** Gives the event loop its turn once the slice is used up. */
  async #breathe(): Promise<void> {
    if (now() - this.#breathed < sliceMs) return;
    await this.#breather.breathe();
    this.#breathed = now();
    if (this.#inside.disposed) throw new DisposedError("Model");
  }

  async #call(tell: (callback: Callback) => unknown): Promise<void> {
    for (const callback of this.#plan.callbacks) {
      const answer = await tell(callback);
      if (answer === "stop") this.#stoppedBy ??= callback.name === "earlyStopping" ? "earlyStopping" : "callback";
      if (this.#inside.disposed) throw new DisposedError("Model");
    }
  }

  #context(): CallbackContext {
    const { epochs, rows, initialEpoch, stream } = this.#plan;
    const samples = stream?.rows ?? rows;
    const params = { epochs: initialEpoch + epochs, steps: this.#stepsPerEpoch(), samples, initialEpoch };
    return { model: this.#model, params };
  }

  #stepsPerEpoch(): number {
    const { rows, batch, accumulate, stream } = this.#plan;
    return stream?.steps ?? Math.ceil(rows / (batch * accumulate));
  }

  /** Updates until the end of this epoch, or of all. */
  #stepsLeft(ofEpoch: boolean): number {
    const steps = this.#stepsPerEpoch();
    return ofEpoch ? steps - (this.#steps % steps) : steps * this.#plan.epochs - this.#steps;
  }

  #epochNumber(): number {
    return this.#plan.initialEpoch + this.#fit.epochs();
  }

  #history(): History<string> {
    const { rows, batch, accumulate, stream } = this.#plan;
    const whole = this.#fit.epochs();
    const rest = this.#steps - whole * this.#stepsPerEpoch();
    const samples = stream?.rows ?? whole * rows + Math.min(rows, rest * batch * accumulate);
    const seconds = Math.max(now() - this.#started, 1e-3) / 1000;
    const stoppedBy = this.#stoppedBy ?? "epochs";
    const { size: workers = 1, notice } = this.#team ?? {};
    const told = notice === undefined ? {} : { notice };
    return {
      epochs: this.#epochs,
      steps: this.#steps,
      samplesPerSecond: samples / seconds,
      stoppedBy,
      workers,
      ...told,
    };
  }

  #lastUpdate(): Update {
    const { core } = this.#inside;
    return { loss: core.loss(), gradientNorm: core.gradient_norm() };
  }

  #divergence(): DivergenceError {
    this.#diverged = true;
    const place = whereNotFinite(this.#inside);
    const step = this.#inside.core.counters()[0] ?? 0;
    const { rates, training } = this.#plan;
    const updates = this.#first && ([this.#first, this.#lastUpdate()] as const);
    const { reason, cause, advice } = explain(this.#inside, { place, learningRate: rates.at(step), updates, training });
    const epoch = this.#epochNumber();
    return new DivergenceError(
      `fit: ${place.tensor} is not finite at epoch ${epoch}, step ${step}; the model stands at its last finite weights. ${cause} ${advice[0]?.remedy ?? ""}`,
      { history: this.#history(), epoch, step, layer: place.layer, tensor: place.tensor, reason, cause, advice },
    );
  }
}

/** `CoreFit.run`: a step was not sound. */
const diverged = 3;

/** Rows evaluated in one call; fixed, so that sums are formed in the same order on every machine. */
const validationChunk = 256;

/** The greatest common divisor; that of 0 and b is b. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

function rowsBetween(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function firstSlice({ tensors, config }: Inside, { batch, accumulate }: Plan): number {
  const weights = tensors.reduce((sum, { size }) => sum + size, config.inputs);
  const flops = 6 * weights * batch * accumulate;
  return Math.max(1, Math.floor(sliceMs / (flops / guessedFlops + 1 / guessedSteps)));
}

/** As many steps as take a slice, but growing no faster than fourfold: the clock of a browser is coarse. */
function nextSlice(slice: number, stepMs: number): number {
  const fitting = stepMs > 0 ? Math.floor(sliceMs / stepMs) : slice * 4;
  return Math.max(1, Math.min(fitting, slice * 4, 100_000));
}

function prepare(inside: Inside, x: MatrixLike | SampleSource, y: Targets | undefined, given: FitOptions): Plan {
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
    if (inside.search !== undefined && callbacks.some(({ recordEvery = 0 }) => recordEvery > 0))
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
