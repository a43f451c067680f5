/** The model: layers, loss and optimizer, trained and used. */

import { boolean, options as checkOptions, seed as checkSeed, integer, show } from "./check.js";
import type { LayerConfig } from "./config/layers.js";
import type { Metric, NameOfMetric } from "./config/metrics.js";
import {
  type CompileOptions,
  countOutputs,
  countParameters,
  type ModelConfig,
  normalizeModel,
  normalizeTraining,
  outputWidth,
  type ResolvedConfig,
} from "./config/model.js";
import { encodeParts, type OptimizerConfig } from "./config/optimizers/index.js";
import { type Part, partsOf } from "./config/optimizers/nesting.js";
import { readNumbers } from "./config/optimizers/shared.js";
import { cross, requireLive } from "./core/cross.js";
import { encodeLoss, encodeMetrics, encodeModel, encodeTransforms, isBuiltIn } from "./core/encode.js";
import type { CoreModel } from "./core/load.js";
import { read, readInto, requireRoom, write } from "./core/memory.js";
import { layerName, matchNames, readTensors, type Tensor } from "./core/names.js";
import { type Instance, init, instance } from "./core/runtime.js";
import type { BatchDataset } from "./data/batches.js";
import type { TabularDataset } from "./data/csv.js";
import type { Dataset } from "./data/dataset.js";
import { checkFinite, isTable, type Matrix, type MatrixLike, make, toMatrix } from "./data/matrix.js";
import { SampleSource, Samples, type TargetKind, type Targets } from "./data/samples.js";
import { diagnose, type GradientReport } from "./diagnose/diagnose.js";
import {
  BusyError,
  ConfigError,
  DataError,
  DisposedError,
  FormatError,
  NonFiniteError,
  NotSerializableError,
  ShapeError,
} from "./errors.js";
import { fit } from "./fit.js";
import type { FitOptions } from "./fit-options.js";
import type { BatchLogs, History, MetricValues } from "./history.js";
import { type Inside, nameMetrics, refuseSingle, requirePass, whereNotFinite } from "./inside.js";
import { PartRates } from "./rates.js";
import { type ModelState, type NamedData, readModel, writeModel } from "./save.js";
import { searchOf } from "./search.js";
import {
  type Change,
  carryAll,
  carryNumbers,
  mask,
  refuseOtherRules,
  type StructureChange,
  values,
} from "./structure/change.js";
import { type GrowOptions, grow } from "./structure/grow.js";
import { insert } from "./structure/insert.js";
import { masksOf, type PruneOptions, type Pruning, prune, setMasks, unprune } from "./structure/prune.js";
import { summarize } from "./summary.js";

/** A parameter, copied out. */
export interface Parameter {
  /** by place in the config: `layers.0.kernel` */
  readonly name: string;
  readonly shape: readonly number[];
  /** false for moving statistics and for what `freeze` holds */
  readonly trainable: boolean;
  /** row-major */
  readonly data: Float32Array;
}

/** A gradient, copied out. */
export interface ParameterGradient {
  readonly name: string;
  readonly shape: readonly number[];
  /** ∂loss/∂parameter, row-major */
  readonly gradient: Float32Array;
}

/** Numbers for a parameter. */
export interface ParameterValue {
  readonly name: string;
  readonly data: ArrayLike<number>;
}

/** What `checkGradients` found for one parameter. */
export interface GradientCheck {
  readonly name: string;
  /** largest |gradient − central difference| relative to the larger of the two */
  readonly maxRelativeDifference: number;
}

/** The metric names of a configuration. */
export type MetricsOf<C> = C extends { readonly metrics: readonly (infer M extends Metric)[] }
  ? NameOfMetric<M>
  : never;

const predictChunk = 1024;

/** Numbers kept for each parameter: itself, its gradient, the two moments of most optimizers, an average. */
const blocks = 5;
/** And for what is computed on copies: twice the parameters with all state. */
const copies = 10;

/**
 * A network that trains. Make one with {@link Model.create} or {@link Model.load}.
 *
 * @typeParam M names of its metrics, so that `history.epochs[0].accuracy` is typed
 */
export class Model<M extends string = never> {
  #inside: Inside | undefined;
  readonly #samples: Samples;
  #frozen: boolean[];

  private constructor(config: ResolvedConfig, of: Instance) {
    if (of === undefined) throw new ConfigError("Model", "is made by `await Model.create(config)`, not by `new`");
    requireRoom(of, blocks * countParameters(config.layers, config.inputs), "the model");
    const core = cross(of, () => new of.core.CoreModel(encodeModel(config)));
    const tensors = readTensors(cross(of, () => core.parameter_table()));
    const columns = outputWidth(config.layers, config.inputs);
    const targets = targetKind(config, columns);
    let parts: readonly Part[];
    try {
      parts = setOptimizer(of, core, config.optimizer, tensors);
    } catch (error) {
      if (!of.dead) core.free();
      throw error;
    }
    const rates = new PartRates(parts, of.core);
    const idle = {
      search: searchOf(config.optimizer, tensors),
      frozen: tensors.map(() => false),
      scheduled: undefined,
      losses: [],
      training: undefined,
      evaluations: 0,
      largest: [0, 0] as [number, number],
      edits: 0,
      fitting: false,
      disposed: false,
    };
    this.#inside = { instance: of, core, config, tensors, targets, parts, rates, ...idle };
    this.#samples = new Samples(of);
    this.#frozen = tensors.map(() => false);
    of.liveModels += 1;
    of.forgotten.register(this, undefined, this);
  }

  /**
   * Makes a model with weights drawn from its seed.
   *
   * @throws ConfigError `CONFIG`, naming the option
   * @example
   * ```ts
   * const model = await Model.create({
   *   inputs: 4,
   *   layers: [dense(16, { activation: "relu" }), dense(3)],
   *   loss: "sparseCategoricalCrossEntropy",
   *   optimizer: adam({ learningRate: 0.01 }),
   *   metrics: ["accuracy"],
   *   seed: 42,
   * });
   * ```
   */
  static async create<const C extends ModelConfig>(config: C): Promise<Model<MetricsOf<C>>> {
    const resolved = normalizeModel(config);
    await init();
    return new Model<MetricsOf<C>>(resolved, instance());
  }

  /**
   * A model from what {@link Model.save} wrote: training goes on to the same bits as without the interruption.
   *
   * @throws FormatError `FORMAT` for anything else; the message says where
   */
  static async load(bytes: Uint8Array | ArrayBuffer): Promise<Model<string>> {
    const { config, state } = readModel(bytes);
    await init();
    let model: Model<string> | undefined;
    try {
      model = new Model<string>(config, instance());
      model.#restore(state);
      return model;
    } catch (error) {
      model?.dispose();
      const misfit = error instanceof ConfigError || error instanceof ShapeError || error instanceof NonFiniteError;
      throw misfit ? new FormatError("model file", error.message, undefined, { cause: error }) : error;
    }
  }

  /**
   * Trains on arrays or a data set. Never blocks the event loop for more than about 16 ms where a single step is shorter
   * than that. Training continues over successive calls: schedule, shuffle and optimizer state go on.
   *
   * @param x samples `[rows, inputs]`, or a {@link Dataset}, or a table of `Dataset.fromCSV`
   * @param y targets `[rows, units of the last layer]`, or labels for a sparse loss
   * @returns the history; also when a signal or a callback stopped it
   * @throws DivergenceError `DIVERGENCE` when a loss, gradient or parameter stops being finite; the model stands at its
   * last finite weights
   * @throws BusyError `BUSY` while another fit of this model runs
   * @example
   * ```ts
   * const history = await model.fit(x, y, { epochs: 20, batchSize: 16, validationSplit: 0.2 });
   * history.epochs.at(-1)?.loss;
   * ```
   */
  async fit(x: MatrixLike, y: Targets, options?: FitOptions): Promise<History<M>>;
  async fit(dataset: Dataset | BatchDataset | TabularDataset, options?: FitOptions): Promise<History<M>>;
  async fit(
    x: MatrixLike | Dataset | BatchDataset | TabularDataset,
    y?: Targets | FitOptions,
    options?: FitOptions,
  ): Promise<History<M>> {
    const isTabular = isTable(x);
    const hasTargets = isTabular || x instanceof SampleSource;
    if (hasTargets && y !== undefined && options !== undefined)
      throw new ConfigError("fit", "a data set has targets of its own: write fit(dataset, options)");
    const given = (hasTargets ? (y ?? options) : options) as FitOptions | undefined;
    const targets = isTabular ? x.y : hasTargets ? undefined : (y as Targets);
    this.#free("fit");
    const inside = this.#open();
    inside.fitting = true;
    try {
      return (await fit(this, inside, isTabular ? x.x : x, targets, given)) as History<M>;
    } finally {
      inside.fitting = false;
      if (inside.disposed) this.#release(inside);
    }
  }

  /**
   * One update from one batch.
   *
   * @returns the loss before the update, the gradient's norm, the rate, the metrics of this batch
   * @throws NonFiniteError `NON_FINITE` for inputs, targets or gradients that are not finite; nothing changed then
   */
  trainOnBatch(x: MatrixLike, y: Targets, options: { readonly sampleWeight?: ArrayLike<number> } = {}): BatchLogs<M> {
    this.#free("trainOnBatch");
    const inside = this.#open();
    const { core, instance, config, rates, search, frozen } = inside;
    checkOptions(options, "trainOnBatch", ["sampleWeight"]);
    const samples = this.#stage(x, y, options.sampleWeight);
    refuseSingle(config, samples.rows);
    requirePass(inside, samples.rows, true);
    const step = cross(instance, () => core.counters()[0] ?? 0);
    const row = rates.take(step, 1);
    const custom = config.metrics.some((metric) => !isBuiltIn(metric));
    let [loss, gradientNorm] = [0, 0];
    const outputs = cross(instance, () => {
      core.training_metrics();
      core.collect_outputs(custom);
      const begun = search?.update(inside, frozen, row[0] ?? 0, (first) => core.gradient_of(samples.core, first));
      const sound = search === undefined ? core.train(samples.core, row) : begun !== undefined;
      ({ loss, gradientNorm } = begun ?? { loss: core.loss(), gradientNorm: core.gradient_norm() });
      const collected = core.collected();
      core.collect_outputs(false);
      if (!sound) throw this.#notFinite();
      if (search !== undefined) core.adopt();
      return collected;
    });
    const learningRate = rates.taken(row, step, step);
    rates.observe(loss, step + 1);
    const metrics = this.#metrics(core.training_metrics(), () => [outputs, this.#stagedTargets()]);
    return { loss, gradientNorm, learningRate, ...metrics } as BatchLogs<M>;
  }

  /**
   * Loss and metrics in inference mode; also during a `fit`, whose validation then starts again.
   *
   * @returns `{ loss, …metrics }`, the loss with regularisation
   */
  evaluate(
    x: MatrixLike,
    y: Targets,
    options: { readonly batchSize?: number } = {},
  ): { readonly loss: number } & MetricValues<M> {
    const inside = this.#open();
    const chunk = batchOption(options, "evaluate");
    const samples = this.#stage(x, y);
    requirePass(inside, Math.min(chunk, samples.rows), false);
    inside.evaluations += 1;
    cross(inside.instance, () => inside.core.finish_evaluation());
    for (let from = 0; from < samples.rows; from += chunk) {
      cross(inside.instance, () => inside.core.evaluate(samples.core, from, Math.min(from + chunk, samples.rows)));
    }
    const [loss = Number.NaN, ...values] = cross(inside.instance, () => inside.core.finish_evaluation());
    const metrics = this.#metrics(values, () => [this.#predict(samples, chunk).data, this.#stagedTargets()]);
    return { loss, ...metrics } as { readonly loss: number } & MetricValues<M>;
  }

  /**
   * What the model gives for samples: probabilities where the loss is a cross-entropy, whether the last layer is linear
   * (logits) or not; else the output of the last layer.
   *
   * @param x `[rows, inputs]`
   * @returns `[rows, units of the last layer]`
   */
  predict(x: MatrixLike, options: { readonly batchSize?: number } = {}): Matrix {
    this.#open();
    const chunk = batchOption(options, "predict");
    return this.#predict(this.#stageX(x), chunk);
  }

  /** The same into an array of the caller's, of `rows · units` numbers; nothing of that size is allocated. */
  predictInto(x: MatrixLike, out: Float32Array): void {
    const { targets } = this.#open();
    if (!(out instanceof Float32Array)) throw new DataError("out", "expected a Float32Array");
    const samples = this.#stageX(x);
    const size = samples.rows * targets.columns;
    if (out.length !== size) throw ShapeError.mismatch("out", [size], [out.length]);
    this.#predictInto(samples, predictChunk, out);
  }

  /** The most probable class of each sample; for one output, 1 where it is above 0.5 (above 0 with `hinge`). */
  predictClasses(x: MatrixLike, options: { readonly batchSize?: number } = {}): Int32Array {
    const { data, shape } = this.predict(x, options);
    const [rows, columns] = shape;
    const classes = new Int32Array(rows);
    const threshold = this.#open().config.loss.type === "hinge" ? 0 : 0.5;
    for (let row = 0; row < rows; row++) {
      if (columns === 1) {
        classes[row] = Number((data[row] as number) > threshold);
        continue;
      }
      let best = 0;
      for (let c = 1; c < columns; c++) {
        if ((data[row * columns + c] as number) > (data[row * columns + best] as number)) best = c;
      }
      classes[row] = best;
    }
    return classes;
  }

  /**
   * The forward propagation laid open, in inference mode.
   *
   * @returns the output of every layer, activation applied; `output` is the last one's
   */
  forward(x: MatrixLike): {
    readonly output: Matrix;
    readonly layers: readonly { readonly name: string; readonly output: Matrix }[];
  } {
    const inside = this.#open();
    const { instance, core, config } = inside;
    const samples = this.#stageX(x);
    const { rows } = samples;
    requirePass(inside, rows, false);
    cross(instance, () => core.predict(samples.core, 0, rows));
    const layers = config.layers.map((layer, i) => {
      const width = core.layer_width(i);
      return {
        name: layer.name ?? layerName([i]),
        output: make(read(instance, core.layer_output(i), rows * width), rows, width),
      };
    });
    const last = layers.at(-1);
    if (last === undefined) throw new ConfigError("layers", "expected at least one layer");
    return { output: last.output, layers };
  }

  /**
   * The gradient of the mean loss over these samples, in training mode: batch statistics, and the dropout mask of the
   * next step. Before transforms; nothing of the model changes.
   */
  gradients(x: MatrixLike, y: Targets): { readonly loss: number; readonly parameters: readonly ParameterGradient[] } {
    const inside = this.#open();
    const { instance, core, tensors, config } = inside;
    const samples = this.#stage(x, y);
    refuseSingle(config, samples.rows);
    requirePass(inside, samples.rows, true);
    if (!cross(instance, () => core.gradient(samples.core, 0, samples.rows))) throw this.#notFinite();
    const parameters = tensors.flatMap(({ name, shape, offset, size, isWeight }, i) =>
      isWeight && !this.#frozen[i]
        ? [{ name, shape, gradient: read(instance, core.gradients() + 4 * offset, size) }]
        : [],
    );
    return { loss: core.loss(), parameters };
  }

  /**
   * Compares the gradients with central differences of the plain definition in f64, at up to `perParameter` numbers of
   * each parameter. Nothing of the model changes.
   *
   * @returns for each parameter the largest difference, relative to the larger of the two or, where both are small, to a
   * thousandth of the network's largest gradient
   */
  checkGradients(
    x: MatrixLike,
    y: Targets,
    options: { readonly perParameter?: number } = {},
  ): readonly GradientCheck[] {
    const inside = this.#open();
    const { instance, core, tensors, config } = inside;
    checkOptions(options, "checkGradients", ["perParameter"]);
    const count = integer({ min: 1 })(options.perParameter ?? 50, "checkGradients.perParameter");
    const samples = this.#stage(x, y);
    refuseSingle(config, samples.rows);
    // In f64, and the central differences pass over the rows twice.
    const perRow = countOutputs(config.layers, config.inputs) + config.inputs;
    const numbers = 8 * samples.rows * perRow + copies * countParameters(config.layers, config.inputs);
    requirePass(inside, samples.rows, true, numbers);
    const worst = cross(instance, () => core.check_gradients(samples.core, count));
    if (worst.length === 0) throw this.#notFinite();
    return tensors.flatMap(({ name, isWeight }, i) =>
      isWeight ? [{ name, maxRelativeDifference: worst[i] ?? 0 }] : [],
    );
  }

  /**
   * Finds out why a network does not learn: what one training pass on these samples tells about each layer, what it means,
   * and what to change. Take a batch as in training, or a few hundred rows in random order. The pass is that of the next
   * step (batch statistics, its dropout mask), and the next updates are rehearsed on a copy; nothing of the model changes.
   *
   * @throws ShapeError, DataError, NonFiniteError for samples that do not fit, ConfigError for a single one where batches
   * are normalised
   * @example
   * ```ts
   * const report = model.diagnose(x, y);
   * if (report.verdict !== "healthy") console.log(report.verdict, report.advice[0]?.remedy);
   * ```
   */
  diagnose(x: MatrixLike, y: Targets): GradientReport {
    const inside = this.#open();
    const matrix = toMatrix(x, "x", inside.config.inputs);
    const samples = this.#samples.setX(matrix).setY(y, inside.targets);
    refuseSingle(inside.config, samples.rows);
    const { layers, inputs } = inside.config;
    requirePass(inside, samples.rows, true, copies * countParameters(layers, inputs));
    return diagnose(inside, samples, matrix);
  }

  /**
   * Copies of all parameters, moving statistics included, in the order of the layers.
   *
   * @param options `averaged`: where the optimizer averages (`ema`, `lookahead`, `scheduleFreeAdamW`), the weights that are evaluated and
   * predicted with instead of those that training goes on from; default false
   */
  parameters(options: { readonly averaged?: boolean } = {}): readonly Parameter[] {
    const { instance, core, tensors } = this.#open();
    const { averaged } = checkOptions(options, "parameters", ["averaged"]);
    const weights = boolean(averaged ?? false, "parameters.averaged")
      ? cross(instance, () => core.average())
      : core.values();
    return tensors.map(({ name, shape, size, offset, isWeight }, i) => ({
      name,
      shape,
      trainable: isWeight && !this.#frozen[i],
      data: read(instance, (isWeight ? weights : core.statistics()) + 4 * offset, size),
    }));
  }

  /**
   * Sets the named parameters, all or none. An optimizer that averages starts anew from them.
   *
   * @throws ConfigError `CONFIG` for an unknown name, ShapeError `SHAPE` for a wrong length, DataError `DATA` for what is
   * no array of numbers, NonFiniteError `NON_FINITE`
   */
  setParameters(values: readonly ParameterValue[]): void {
    const inside = this.#open();
    const { instance, tensors, core } = inside;
    if (!Array.isArray(values)) throw new ConfigError("setParameters", "expected an array of { name, data }");
    const writes = values.map((value: unknown) => {
      const { name, data } = checkOptions(value, "setParameters", ["name", "data", "shape", "trainable"]);
      const tensor = tensors.find((candidate) => candidate.name === name);
      if (tensor === undefined) {
        throw new ConfigError(
          "setParameters",
          `no parameter is named ${show(name)}; there are ${tensors.map((t) => t.name).join(", ")}`,
        );
      }
      const column = toMatrix(data, tensor.name, 1);
      const numbers = column.data;
      if (numbers.length !== tensor.size) throw ShapeError.mismatch(tensor.name, tensor.shape, [numbers.length]);
      checkFinite(column, tensor.name);
      return { tensor, numbers };
    });
    inside.edits += 1;
    for (const { tensor, numbers } of writes) write(instance, this.#pointer(tensor), numbers);
    cross(instance, () => core.values_changed(Uint32Array.from(writes, ({ tensor }) => tensors.indexOf(tensor))));
  }

  /** Holds the parameters that the patterns name; the optimizer leaves them, and their state, alone. */
  freeze(patterns: string | readonly string[]): void {
    this.#setFrozen(patterns, "freeze", true);
  }

  /** Lets them train again. */
  unfreeze(patterns: string | readonly string[]): void {
    this.#setFrozen(patterns, "unfreeze", false);
  }

  /** Swaps what is given and keeps the weights; a new optimizer starts at step 0. */
  compile(options: CompileOptions): void {
    this.#free("compile");
    const inside = this.#open();
    const { instance, core, config } = inside;
    const given = checkOptions(options, "compile", ["loss", "optimizer", "metrics", "gradient"]);
    const next = normalizeTraining({ ...config, ...withoutUndefined(given) }, config.layers, config.inputs);
    requireRoom(instance, blocks * countParameters(config.layers, config.inputs), "compile");
    const parts =
      given.optimizer === undefined ? inside.parts : setOptimizer(instance, core, next.optimizer, inside.tensors);
    cross(instance, () => {
      if (given.loss !== undefined) core.set_loss(Float64Array.from(encodeLoss(next.loss)));
      if (given.metrics !== undefined) core.set_metrics(Float64Array.from(encodeMetrics(next.metrics)));
      if (given.gradient !== undefined) core.set_transforms(Float64Array.from(encodeTransforms(next.gradient)));
    });
    const rates = given.optimizer === undefined ? inside.rates : new PartRates(parts, instance.core);
    const targets = targetKind(next, inside.targets.columns);
    const [scheduled, losses] = given.optimizer === undefined ? [inside.scheduled, inside.losses] : [undefined, []];
    const resolved = Object.freeze({ ...config, ...next });
    // Another loss makes the buffers anew.
    this.#inside = { ...inside, config: resolved, parts, rates, scheduled, losses, targets, largest: [0, 0] };
  }

  /** Fresh weights, optimizer state and random streams, from another seed if one is given. */
  reset(seed?: number): void {
    this.#free("reset");
    const inside = this.#open();
    const next = seed === undefined ? inside.config.seed : checkSeed(seed, "reset.seed");
    cross(inside.instance, () => inside.core.reset(next));
    inside.search?.forget();
    const rates = new PartRates(inside.parts, inside.instance.core);
    const config = Object.freeze({ ...inside.config, seed: next });
    this.#inside = { ...inside, config, rates, scheduled: undefined, losses: [], training: undefined };
  }

  /**
   * Epochs trained since the model was made or reset; within a `fit`, and in a model loaded from a file saved within one,
   * those of that `fit`, counted from its `initialEpoch`. With this as `initialEpoch` the next one goes on where it stopped.
   */
  get epochsDone(): number {
    const { core, training } = this.#open();
    return training?.().done ?? core.counters()[2] ?? 0;
  }

  /**
   * Puts a layer in between, with weights that make it the identity where that can be: a dense layer that is linear, or
   * rectifies (`relu`, `leakyRelu`, `elu`, `prelu`) what is not negative; a residual block, whose last kernel starts at 0.
   * Dropout and noise are the identity in inference; what else is inserted changes the function. Training goes on with all
   * optimizer state; that of the new parameters starts as at the first update.
   *
   * @param at the place that the layer will have: a number, `"layers.2.layers.0"`, or the `name` of the layer
   * that it goes before
   * @param layer as wide as what enters it
   * @returns whether predictions stay; `docs/structure.md` has the table
   * @throws ConfigError `CONFIG`, BusyError `BUSY` during a fit; the model is as before
   * @example
   * ```ts
   * model.insertLayer(1, dense(16, { activation: "relu" })).preserving; // true behind a dense layer of 16 with relu
   * ```
   */
  insertLayer(at: number | string, layer: LayerConfig): StructureChange {
    this.#free("insertLayer");
    return this.#restructure(insert(this.#open().config, at, layer));
  }

  /**
   * Gives a dense layer more units without a change of the function (Net2WiderNet, Chen 2016): some units are duplicated,
   * and the weights that lead on from each are shared out, unequally, among its copies, which so learn different things.
   * Optimizer state is shared out likewise.
   *
   * @param layer its number, `"layers.2.layers.0"`, or its `name`
   * @param units more than it has
   * @throws ConfigError `CONFIG` where the function would change: the last layer, a width that a residual block ties,
   * softmax, layer normalisation unless `units` is a multiple; BusyError `BUSY` during a fit; the model is as before
   * @example
   * ```ts
   * model.growDense(0, 32);
   * ```
   */
  growDense(layer: number | string, units: number, options: GrowOptions = {}): StructureChange {
    this.#free("growDense");
    return this.#restructure(grow(this.#open().config, this.parameters(), layer, units, options));
  }

  /**
   * Sets the weights of smallest magnitude to 0 and keeps them there, whatever is trained, set or reset later; masks are
   * saved and cloned with the model. Prunes more when called again. Allowed during a fit, between its updates.
   *
   * @param how the share of the weights left that goes, or {@link PruneOptions}
   * @throws ConfigError `CONFIG`; the model is as before
   * @example
   * ```ts
   * model.prune({ sparsity: 0.8 }).pruned; // 80 % of all kernels' weights
   * ```
   */
  prune(how: number | PruneOptions): Pruning {
    return prune(this.#open(), how);
  }

  /** Lets the pruned weights of parameters that the patterns name train again, from 0; default all. */
  unprune(patterns: string | readonly string[] = "**"): void {
    unprune(this.#open(), patterns);
  }

  /** A table as text: layer, output shape, parameters, and how many are pruned. */
  summary(): string {
    const inside = this.#open();
    return summarize(inside.config, inside.tensors, this.#frozen, masksOf(inside));
  }

  /**
   * Everything as one file in the safetensors format: weights, config, optimizer state, step and random state, with a
   * CRC-32. Within a `fit` also what its callbacks have seen (those with a `state`), so that a training that was broken off
   * goes on from the file as if nothing had happened; save at the end of an epoch, since `fit` begins with a whole one.
   *
   * @throws NotSerializableError `NOT_SERIALIZABLE` if a metric is a function, or the state of a callback no plain data
   */
  save(): Uint8Array {
    return writeModel(this.toJSON(), this.#state());
  }

  /** An independent copy with the same state. */
  clone(): Model<M> {
    const { config, instance } = this.#open();
    const copy = new Model<M>(config, instance);
    try {
      copy.#restore(this.#state());
    } catch (error) {
      copy.dispose();
      throw error;
    }
    return copy;
  }

  /**
   * The configuration, complete.
   *
   * @throws NotSerializableError `NOT_SERIALIZABLE` if a metric is a function
   */
  toJSON(): ResolvedConfig {
    const { config } = this.#alive();
    config.metrics.forEach((metric, i) => {
      if (!isBuiltIn(metric)) {
        throw new NotSerializableError(
          `metrics[${i}]`,
          `"${metric.name}" is a function and cannot be saved; compile({ metrics }) without it first`,
        );
      }
    });
    return config;
  }

  /** Frees the memory; any later use throws a DisposedError. Forgotten models are freed by the garbage collector. */
  dispose(): void {
    const inside = this.#inside;
    if (inside === undefined) return;
    this.#inside = undefined;
    inside.instance.liveModels -= 1;
    inside.instance.forgotten.unregister(this);
    inside.disposed = true;
    if (!inside.fitting) this.#release(inside);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #release({ instance, core }: Inside): void {
    this.#samples.dispose();
    if (!instance.dead) core.free();
  }

  #open(): Inside {
    const inside = this.#alive();
    requireLive(inside.instance);
    return inside;
  }

  /** What there is to know of it even where its core stopped. */
  #alive(): Inside {
    if (this.#inside === undefined) throw new DisposedError("Model");
    return this.#inside;
  }

  #free(what: string): void {
    if (this.#open().fitting)
      throw new BusyError(`${what}: a fit of this model is under way; wait for it, or abort it by its signal`);
  }

  #stageX(x: MatrixLike, sampleWeight?: ArrayLike<number>): Samples {
    const { config } = this.#open();
    return this.#samples.setX(toMatrix(x, "x", config.inputs), sampleWeight);
  }

  #stage(x: MatrixLike, y: Targets, sampleWeight?: ArrayLike<number>): Samples {
    return this.#stageX(x, sampleWeight).setY(y, this.#open().targets);
  }

  /** The staged targets as a matrix, for metrics of the user's own. */
  #stagedTargets(): Matrix {
    const { targets } = this.#open();
    return this.#samples.targets(targets);
  }

  #predict(samples: Samples, chunk: number): Matrix {
    const { columns } = this.#open().targets;
    const out = new Float32Array(samples.rows * columns);
    this.#predictInto(samples, chunk, out);
    return make(out, samples.rows, columns);
  }

  #predictInto(samples: Samples, chunk: number, out: Float32Array): void {
    const inside = this.#open();
    const { instance, core, targets } = inside;
    requirePass(inside, Math.min(chunk, samples.rows), false);
    for (let from = 0; from < samples.rows; from += chunk) {
      const to = Math.min(from + chunk, samples.rows);
      cross(instance, () => core.predict(samples.core, from, to));
      readInto(instance, core.predictions(), (to - from) * targets.columns, out, from * targets.columns);
    }
  }

  #metrics(values: ArrayLike<number>, outputs: () => [Float32Array, Matrix]): Record<string, number> {
    return nameMetrics(this.#open(), values, outputs);
  }

  #notFinite(): NonFiniteError {
    const { tensor } = whereNotFinite(this.#open());
    return new NonFiniteError(tensor, "a number that is not finite; nothing was changed");
  }

  #pointer(tensor: Tensor): number {
    const { core } = this.#open();
    return (tensor.isWeight ? core.values() : core.statistics()) + 4 * tensor.offset;
  }

  #setFrozen(patterns: string | readonly string[], path: string, frozen: boolean): void {
    const inside = this.#open();
    const { instance, core, tensors } = inside;
    const picked = matchNames(
      patterns,
      tensors.map((tensor) => tensor.name),
      path,
    );
    inside.edits += 1;
    this.#frozen = this.#frozen.map((before, i) => (picked[i] ? frozen : before));
    inside.frozen = this.#frozen;
    cross(instance, () => core.set_frozen(Uint8Array.from(this.#frozen, Number)));
  }

  /** Becomes the changed model: a new one takes over the state, then its core. */
  #restructure(change: Change): StructureChange {
    const inside = this.#open();
    const next = new Model<M>(change.config, inside.instance);
    try {
      const after = next.#open();
      refuseOtherRules(inside, after, change);
      const old = this.#state();
      const parameters = carryAll(change, next.parameters(), old.parameters, () => values);
      next.setParameters(parameters);
      after.core.set_counters(old.counters.steps, 0, 0);
      const degrees = after.core.slot_degrees();
      const slots = next
        .#state()
        .slots.map((slot, s) => carryAll(change, slot, old.slots[s] ?? [], (i) => degrees[s * slot.length + i] ?? 0));
      const isMasked = (name: string) => old.masks.some((each) => change.rename(each.name) === name);
      const masked = parameters.filter(({ name }) => isMasked(name));
      const masks = carryAll(change, masked, old.masks, () => mask);
      const numbers = carryNumbers(inside, after, change);
      next.#restore({ ...old, parameters, slots, masks, numbers, frozen: old.frozen.map(change.rename) });
      after.losses = inside.losses;
      [this.#inside, this.#frozen, next.#inside] = [after, next.#frozen, inside];
      return { preserving: change.preserving };
    } finally {
      next.dispose();
    }
  }

  #state(): ModelState {
    const inside = this.#open();
    const { instance, core, tensors, rates, scheduled, training } = inside;
    const override = scheduled?.override;
    const searched = inside.search?.save(inside);
    const inCore = Array.from({ length: core.slot_count() }, (_, slot) =>
      tensors.flatMap(({ name, shape, isWeight, offset, size }) =>
        isWeight ? [{ name, shape, data: read(instance, core.slot(slot) + 4 * offset, size) }] : [],
      ),
    );
    const slots = searched?.slots ?? inCore;
    const numbers = searched?.numbers ?? Array.from(core.numbers());
    const [steps = 0, passes = 0, epochs = 0] = core.counters();
    return {
      parameters: this.parameters(),
      slots,
      masks: masksOf(inside),
      numbers: numbers.length > 0 ? numbers : undefined,
      counters: { steps, passes, epochs },
      frozen: tensors.filter((_, i) => this.#frozen[i]).map(({ name }) => name),
      schedule: rates.states,
      scheduled:
        typeof override?.source === "object" && override.state !== undefined
          ? { source: override.source, state: override.state }
          : undefined,
      training: training?.(),
    };
  }

  /** @throws ConfigError or ShapeError where the state is that of another configuration */
  #restore(state: ModelState): void {
    const inside = this.#open();
    const { instance, core, tensors, parts, search } = inside;
    const weights = tensors.filter(({ isWeight }) => isWeight);
    requireSame(state.parameters, tensors, "parameters");
    if (search === undefined && state.slots.length !== core.slot_count())
      throw ShapeError.mismatch("optimizer", [core.slot_count()], [state.slots.length]);
    state.slots.forEach((slot, index) => {
      requireSame(slot, weights, `optimizer.${index}`);
    });
    const saved = state.slots.length > 0 ? 3 : 0;
    const count = search === undefined ? core.numbers().length : saved;
    const numbers = readNumbers(state.numbers, count, "optimizer.numbers");
    this.setParameters(state.parameters);
    if (state.masks.length > 0) setMasks(inside, state.masks);
    const { steps, passes, epochs } = state.counters;
    core.set_counters(steps, passes, epochs);
    if (search === undefined) core.set_numbers(numbers);
    const inCore = search === undefined ? state.slots : [];
    inCore.forEach((slot, index) => {
      weights.forEach(({ offset }, i) => {
        write(instance, core.slot(index) + 4 * offset, (slot[i] as NamedData).data);
      });
    });
    if (state.frozen.length > 0) this.freeze(state.frozen);
    search?.load(inside, state.slots, Array.from(numbers));
    inside.rates = new PartRates(parts, instance.core, undefined, state.schedule);
    const { scheduled, training } = state;
    inside.training = training && (() => training);
    inside.scheduled = scheduled && new PartRates(parts, instance.core, scheduled.source, [scheduled.state]);
  }
}

/** @throws ShapeError where the tensors are not those of this model, in its order */
function requireSame(found: readonly NamedData[], tensors: readonly Tensor[], what: string): void {
  if (found.length !== tensors.length) throw ShapeError.mismatch(what, [tensors.length], [found.length]);
  tensors.forEach(({ name, shape }, i) => {
    const { name: given, shape: got } = found[i] as NamedData;
    if (given !== name) throw new ShapeError(what, `expected ${name} at place ${i}, got ${show(given)}`);
    if (String(got) !== String(shape)) throw ShapeError.mismatch(`${what}.${name}`, shape, got);
  });
}

/** Gives the core an optimizer, and returns its parts. */
function setOptimizer(
  of: Instance,
  core: CoreModel,
  optimizer: OptimizerConfig,
  tensors: readonly Tensor[],
): readonly Part[] {
  const weights = tensors.filter(({ isWeight }) => isWeight);
  const parts = partsOf(optimizer, weights);
  const { numbers, members } = encodeParts(parts);
  cross(of, () => core.set_optimizer(numbers, members));
  return parts;
}

function batchOption(options: { readonly batchSize?: number }, path: string): number {
  checkOptions(options, path, ["batchSize"]);
  return integer({ min: 1 })(options.batchSize ?? predictChunk, `${path}.batchSize`);
}

function withoutUndefined(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What the loss expects of targets. */
function targetKind({ loss }: Pick<ResolvedConfig, "loss">, columns: number): TargetKind {
  return { columns, sparse: loss.type === "sparseCategoricalCrossEntropy", loss: loss.type };
}
