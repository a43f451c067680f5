/** The training loop: epochs, slices of time, schedules, validation, callbacks, abort. */

import type { Callback, CallbackContext, Logs } from "./callbacks/callback.js";
import { isPatient, later } from "./callbacks/record-gradients.js";
import { breather, now } from "./core/breathe.js";
import { cross } from "./core/cross.js";
import { isBuiltIn } from "./core/encode.js";
import type { CoreFit } from "./core/load.js";
import { read } from "./core/memory.js";
import { type Matrix, type MatrixLike, takeRows } from "./data/matrix.js";
import type { SampleSource, Targets } from "./data/samples.js";
import { readRecords } from "./diagnose/layers.js";
import { explain, type Update } from "./divergence.js";
import { DisposedError, DivergenceError } from "./errors.js";
import type { FitOptions } from "./fit-options.js";
import { type Plan, prepare } from "./fit-plan.js";
import type { EpochLogs, History, StoppedBy } from "./history.js";
import { type Inside, nameMetrics, passNumbers, requirePass, whereNotFinite } from "./inside.js";
import type { Model } from "./model.js";
import { loadStates, statesOf } from "./training.js";
import { Alone, type Course, diverged, type Maker, ResidentCourse, Searching } from "./updates.js";
import { Team, whyAlone } from "./workers/team.js";

/** How long the core works before the event loop gets its turn, in milliseconds. */
const sliceMs = 8;
/** The first slice's guess of the core's speed, low: floating-point operations and steps in a millisecond. */
const guessedFlops = 5e6;
const guessedSteps = 300;

/** Trains `model`; see `Model.fit`. */
export async function fit(
  model: Model<string>,
  inside: Inside,
  x: MatrixLike | SampleSource,
  y: Targets | undefined,
  options: FitOptions = {},
): Promise<History<string>> {
  const plan = prepare(inside, x, y, options);
  const { instance } = inside;
  let handle: CoreFit | undefined;
  try {
    if (plan.stream !== undefined) return await new Loop(model, inside, plan, plan.stream, plan.stream).run();
    const core = begin(inside, plan);
    handle = core;
    return await new Loop(model, inside, plan, makerOf(inside, core, plan), new ResidentCourse(core, plan), core).run();
  } finally {
    if (!instance.dead) handle?.free();
    for (const samples of plan.held) samples.release();
  }
}

/** The core's own loop over rows that lie in it. */
function begin(inside: Inside, plan: Plan): CoreFit {
  const { instance, core } = inside;
  const { training, rows, batch, accumulate, shuffle, epochs, classWeight } = plan;
  // The order of an epoch; metrics, and those of the user's own, keep what each row gave.
  const kept = inside.config.metrics.length > 0 ? 6 * inside.targets.columns : 0;
  const validating = plan.validation === undefined ? 0 : passNumbers(inside, validationChunk, false);
  requirePass(inside, Math.min(rows, batch * accumulate), true, rows * (1 + kept) + validating);
  return cross(
    instance,
    () => new instance.core.CoreFit(core, training.core, rows, batch, accumulate, shuffle, epochs, classWeight),
  );
}

/** A fit under way. */
class Loop {
  readonly #model: Model<string>;
  readonly #inside: Inside;
  readonly #plan: Plan;
  readonly #maker: Maker;
  readonly #course: Course;
  /** none where samples come batch by batch */
  readonly #fit: CoreFit | undefined;
  readonly #breather = breather();
  readonly #epochs: EpochLogs<string>[] = [];
  readonly #started = now();
  readonly #custom: boolean;
  #epochStarted = this.#started;
  #breathed = this.#started;
  #steps = 0;
  /** the first update of this fit */
  #first: Update | undefined;
  #stoppedBy: StoppedBy | undefined;
  #diverged = false;

  constructor(model: Model<string>, inside: Inside, plan: Plan, maker: Maker, course: Course, fit?: CoreFit) {
    this.#model = model;
    this.#inside = inside;
    this.#plan = plan;
    this.#maker = maker;
    this.#course = course;
    this.#fit = fit;
    this.#custom = inside.config.metrics.some((metric) => !isBuiltIn(metric));
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
      await this.#maker.stop();
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
    const { rates, callbacks, recordEvery, validation, signal, epochs } = this.#plan;
    const [maker, course] = [this.#maker, this.#course];
    const eachStep = rates.watches("update") || callbacks.some((callback) => callback.onBatchEnd !== undefined);
    const eachEpoch = callbacks.some((c) => c.onEpochBegin !== undefined || c.onEpochEnd !== undefined);
    const pause = eachEpoch || this.#custom || validation !== undefined || rates.watches("epoch");
    if (recordEvery > 0) cross(instance, () => this.#fit?.record(core, recordEvery));
    let slice = firstSlice(this.#inside, this.#plan);
    let begun = -1;
    while (this.#stoppedBy === undefined && course.epochs() < epochs) {
      if (signal?.aborted === true) {
        this.#stoppedBy = "signal";
        return;
      }
      if (begun < course.epochs()) {
        begun = course.epochs();
        await this.#call((callback) => callback.onEpochBegin?.(this.#epochNumber(), this.#context()));
      }
      const step = core.counters()[0] ?? 0;
      // The first update stands alone, so that a divergence can be explained by it.
      const alone = eachStep || maker.single || this.#first === undefined;
      const wanted = rates.take(step, alone ? 1 : Math.min(slice, this.#stepsLeft(pause)));
      const before = now();
      const running = maker.run(wanted, pause);
      const outcome = typeof running === "number" ? running : await running;
      const { made } = maker;
      this.#steps += made;
      // What the first one took says little.
      if (made > 0 && this.#first !== undefined) slice = nextSlice(slice, (now() - before) / made);
      if (made > 0) this.#first ??= this.#lastUpdate();
      if (recordEvery > 0) await this.#tellRecords();
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

  /** Tells how far the epoch under way is: after each step if a callback wants that, else after each slice. */
  async #endBatches(step: number, made: number, rows: Float64Array, eachStep: boolean): Promise<void> {
    if (made === 0) return;
    const { core } = this.#inside;
    const [epoch, batch] = this.#course.last(this.#steps);
    const logs: Logs = {
      epoch: this.#plan.initialEpoch + epoch,
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
    const rows = cross(instance, () => this.#fit?.take_records());
    if (rows === undefined || rows.length === 0) return;
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
    const log = cross(instance, () => this.#course.take_log());
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
    const order = this.#fit?.order();
    return takeRows(targets, order?.length ? order : rowsBetween(0, this.#plan.rows));
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
    const { epochs, initialEpoch } = this.#plan;
    const { steps, rows } = this.#course;
    return { model: this.#model, params: { epochs: initialEpoch + epochs, steps, samples: rows, initialEpoch } };
  }

  /** Updates until the end of this epoch, or of all. */
  #stepsLeft(ofEpoch: boolean): number {
    const { steps } = this.#course;
    return ofEpoch ? steps - (this.#steps % steps) : steps * this.#plan.epochs - this.#steps;
  }

  #epochNumber(): number {
    return this.#plan.initialEpoch + this.#course.epochs();
  }

  #history(): History<string> {
    const samples = this.#course.seen(this.#steps);
    const seconds = Math.max(now() - this.#started, 1e-3) / 1000;
    const stoppedBy = this.#stoppedBy ?? "epochs";
    const { size: workers, notice } = this.#maker;
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

/** Who makes the updates of rows that lie in the core. */
function makerOf(inside: Inside, fit: CoreFit, plan: Plan): Maker {
  const wanted = plan.workers > 1;
  const notice = wanted ? whyAlone(inside, plan) : undefined;
  if (inside.search !== undefined) return new Searching(inside, fit, inside.search, notice);
  return wanted && notice === undefined ? new Team(inside, fit, plan.workers) : new Alone(inside, fit, notice);
}

/** Rows evaluated in one call; fixed, so that sums are formed in the same order on every machine. */
const validationChunk = 256;

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
