/** A model that works in a worker, so that the page or the server goes on undisturbed. */

import {
  type AsyncCallbackModel,
  type Callback,
  callbackMethods,
  checkCallback,
  inOrder,
} from "../callbacks/callback.js";
import { verboseCallback } from "../callbacks/progress-bar.js";
import { options as checkOptions, isRecord, list, show } from "../check.js";
import type { LayerConfig } from "../config/layers.js";
import type { CompileOptions, ModelConfig, ResolvedConfig } from "../config/model.js";
import type { InitOptions } from "../core/runtime.js";
import { simd128Source } from "../core/source/simd128.js";
import { channelOf, type NodeWorker, spawn, type WebWorker } from "../core/spawn.js";
import type { Matrix, MatrixLike } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import type { GradientReport } from "../diagnose/diagnose.js";
import { ConfigError, DataError, DisposedError, ShapeError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";
import type { BatchLogs, History, MetricValues } from "../history.js";
import type { GradientCheck, MetricsOf, Model, Parameter, ParameterGradient, ParameterValue } from "../model.js";
import type { StructureChange } from "../structure/change.js";
import type { GrowOptions } from "../structure/grow.js";
import type { PruneOptions, Pruning } from "../structure/prune.js";
import { keepsState } from "../training.js";
import { type CallOptions, Link } from "./link.js";
import { Packer, refuseFunctions } from "./pack.js";
import { program } from "./program.js";

/** How {@link WorkerModel} gets its worker. */
export interface WorkerModelOptions {
  /**
   * starts the worker, for pages whose content policy forbids workers from `blob:`; its file calls `serve` of
   * `downhill/worker-thread`. Default: the library starts one by itself
   */
  readonly worker?: () => WebWorker | NodeWorker;
  /** another core than `simd128`: `relaxedSimd` of `downhill/relaxed-simd`, bytes, or a compiled module */
  readonly wasm?: Exclude<InitOptions["wasm"], URL | Response | undefined>;
}

/** How data go to the worker. */
export interface Transfer {
  /** gives up the arrays' memory instead of copying it: the caller's arrays are empty afterwards; default false */
  readonly transfer?: boolean;
}

/** A callback of {@link WorkerModel.fit}: it runs on the caller's side; the methods of `context.model` return promises. */
export type WorkerCallback = Callback<AsyncCallbackModel>;

/** How to train in a worker: as `Model.fit`, but a schedule must be data. */
export interface WorkerFitOptions extends Omit<FitOptions, "callbacks" | "schedule">, Transfer {
  readonly callbacks?: readonly WorkerCallback[];
  readonly schedule?: Exclude<FitOptions["schedule"], (step: number) => number>;
}

type Results = ReturnType<Model["forward"]>;

/**
 * The same as `Model`, with the work in a worker: a Web Worker in browsers, a thread in Node. Every method is asynchronous
 * and rejects with the same errors. Each model has a worker of its own, which ends with {@link WorkerModel.dispose}, with
 * the process, or when the model is forgotten; it does not keep the process alive while nothing is asked of it.
 *
 * What crosses must be data: custom metrics and schedules that are functions are refused with a `NotSerializableError`.
 *
 * @typeParam M names of its metrics, so that `history.epochs[0].accuracy` is typed
 * @example
 * ```ts
 * const model = await WorkerModel.create({ inputs: 4, layers: [dense(3)], loss: "sparseCategoricalCrossEntropy" });
 * const history = await model.fit(x, y, { epochs: 20, callbacks: [{ onEpochEnd: (epoch, logs) => show(logs.loss) }] });
 * await model.dispose();
 * ```
 */
export class WorkerModel<M extends string = never> {
  readonly #link: Link;
  readonly #inputs: number;
  readonly #options: WorkerModelOptions;

  private constructor(link: Link, inputs: number, options: WorkerModelOptions) {
    if (link === undefined)
      throw new ConfigError("WorkerModel", "is made by `await WorkerModel.create(config)`, not by `new`");
    this.#link = link;
    this.#inputs = inputs;
    this.#options = options;
    forgotten ??= new FinalizationRegistry((left) => void left.end(new DisposedError("WorkerModel")));
    forgotten.register(this, link, this);
  }

  /**
   * Starts a worker and makes a model in it, with weights drawn from its seed.
   *
   * @throws ConfigError `CONFIG`, naming the option; NotSerializableError `NOT_SERIALIZABLE` for a function;
   * UnsupportedError `UNSUPPORTED` where no worker can be started
   */
  static async create<const C extends ModelConfig>(
    config: C,
    options: WorkerModelOptions = {},
  ): Promise<WorkerModel<MetricsOf<C>>> {
    refuseFunctions(config, "");
    return WorkerModel.#start("create", config, options);
  }

  /** A model from what `save` of this class, or of `Model`, wrote; training goes on to the same bits. */
  static async load(bytes: Uint8Array | ArrayBuffer, options: WorkerModelOptions = {}): Promise<WorkerModel<string>> {
    return WorkerModel.#start("load", bytes, options);
  }

  static async #start<M extends string>(
    method: "create" | "load",
    what: unknown,
    given: WorkerModelOptions,
  ): Promise<WorkerModel<M>> {
    const options = checkOptions(given, "WorkerModel", ["worker", "wasm"]) as WorkerModelOptions;
    const wasm = sendable(options.wasm);
    const link = new Link(options.worker === undefined ? spawn(program) : channelOf(started(options.worker)));
    try {
      const { inputs } = await link.start(method, what, wasm);
      return new WorkerModel<M>(link, inputs, options);
    } catch (error) {
      await link.end(new DisposedError("WorkerModel"));
      throw error;
    }
  }

  /**
   * Trains on arrays; see `Model.fit`. Callbacks run here, on the caller's side, and are waited for, except `onProgress`,
   * which is skipped while the one before is still under way. A callback for each batch costs a journey to the worker's
   * side and back for each batch.
   *
   * @throws DivergenceError `DIVERGENCE` with history and advice, as `Model.fit`; WorkerError `WORKER` if the worker ended
   */
  async fit(x: MatrixLike, y: Targets, options: WorkerFitOptions = {}): Promise<History<M>> {
    // What is no object with options, the model refuses.
    const known: WorkerFitOptions = isRecord(options) ? options : {};
    const { callbacks: given, verbose, signal, transfer, validationData, ...rest } = known;
    refuseFunctions(rest, "fit");
    const checked = list(checkCallback)(given ?? [], "fit.callbacks") as readonly WorkerCallback[];
    if (signal !== undefined && typeof signal?.aborted !== "boolean")
      throw new ConfigError("fit.signal", `expected an AbortSignal, got ${show(signal)}`);
    const shown = verboseCallback(verbose ?? 0) as WorkerCallback | undefined;
    const callbacks = inOrder(shown === undefined ? checked : [...checked, shown]);
    const pack = new Packer(this.#inputs, { transfer }, "fit");
    const data = [pack.x(x), pack.y(y)];
    const validation =
      validationData === undefined ? {} : { validationData: pack.pair(validationData, "validationData") };
    const crossing = isRecord(options) ? { ...(pack.options(rest) as object), ...validation } : options;
    const sketches = callbacks.map((callback) => ({
      name: callback.name,
      recordEvery: callback.recordEvery,
      hooks: callbackMethods.filter((method) => callback[method] !== undefined),
      keepsState: keepsState(callback),
    }));
    const more = { transfer: pack.transfer, callbacks, signal };
    return (await this.#call("fit", [...data, crossing, sketches, signal?.aborted === true], more)) as History<M>;
  }

  /** One update from one batch; see `Model.trainOnBatch`. */
  async trainOnBatch(
    x: MatrixLike,
    y: Targets,
    options: { readonly sampleWeight?: ArrayLike<number> } & Transfer = {},
  ): Promise<BatchLogs<M>> {
    return this.#withData("trainOnBatch", x, y, options);
  }

  /** Loss and metrics in inference mode; see `Model.evaluate`. */
  async evaluate(
    x: MatrixLike,
    y: Targets,
    options: { readonly batchSize?: number } & Transfer = {},
  ): Promise<{ readonly loss: number } & MetricValues<M>> {
    return this.#withData("evaluate", x, y, options);
  }

  /** What the model gives for samples; see `Model.predict`. */
  async predict(x: MatrixLike, options: { readonly batchSize?: number } & Transfer = {}): Promise<Matrix> {
    return this.#withX("predict", x, options);
  }

  /** The same into an array of the caller's, of `rows · units` numbers, filled when the promise resolves. */
  async predictInto(x: MatrixLike, out: Float32Array): Promise<void> {
    if (!(out instanceof Float32Array)) throw new DataError("out", "expected a Float32Array");
    const { data } = await this.predict(x);
    if (out.length !== data.length) throw ShapeError.mismatch("out", [data.length], [out.length]);
    out.set(data);
  }

  /** The most probable class of each sample; see `Model.predictClasses`. */
  async predictClasses(x: MatrixLike, options: { readonly batchSize?: number } & Transfer = {}): Promise<Int32Array> {
    return this.#withX("predictClasses", x, options);
  }

  /** The forward propagation laid open; see `Model.forward`. */
  async forward(x: MatrixLike, options: Transfer = {}): Promise<Results> {
    return this.#withX("forward", x, options);
  }

  /** The gradient of the mean loss; see `Model.gradients`. */
  async gradients(
    x: MatrixLike,
    y: Targets,
    options: Transfer = {},
  ): Promise<{ readonly loss: number; readonly parameters: readonly ParameterGradient[] }> {
    return this.#withData("gradients", x, y, options);
  }

  /** Compares the gradients with central differences; see `Model.checkGradients`. */
  async checkGradients(
    x: MatrixLike,
    y: Targets,
    options: { readonly perParameter?: number } & Transfer = {},
  ): Promise<readonly GradientCheck[]> {
    return this.#withData("checkGradients", x, y, options);
  }

  /** Finds out why a network does not learn; see `Model.diagnose`. */
  async diagnose(x: MatrixLike, y: Targets, options: Transfer = {}): Promise<GradientReport> {
    return this.#withData("diagnose", x, y, options);
  }

  /** Copies of all parameters; see `Model.parameters`. */
  async parameters(options: { readonly averaged?: boolean } = {}): Promise<readonly Parameter[]> {
    return (await this.#call("parameters", [options])) as readonly Parameter[];
  }

  /** Sets the named parameters, all or none; see `Model.setParameters`. */
  async setParameters(values: readonly ParameterValue[]): Promise<void> {
    await this.#call("setParameters", [values]);
  }

  /** Holds the parameters that the patterns name. */
  async freeze(patterns: string | readonly string[]): Promise<void> {
    await this.#call("freeze", [patterns]);
  }

  /** Lets them train again. */
  async unfreeze(patterns: string | readonly string[]): Promise<void> {
    await this.#call("unfreeze", [patterns]);
  }

  /** Swaps what is given and keeps the weights; see `Model.compile`. */
  async compile(options: CompileOptions): Promise<void> {
    refuseFunctions(options, "");
    await this.#call("compile", [options]);
  }

  /** Fresh weights, optimizer state and random streams. */
  async reset(seed?: number): Promise<void> {
    await this.#call("reset", [seed]);
  }

  /** Puts a layer in between; see `Model.insertLayer`. */
  async insertLayer(at: number | string, layer: LayerConfig): Promise<StructureChange> {
    refuseFunctions(layer, "insertLayer.layer");
    return (await this.#call("insertLayer", [at, layer])) as StructureChange;
  }

  /** Gives a dense layer more units; see `Model.growDense`. */
  async growDense(layer: number | string, units: number, options: GrowOptions = {}): Promise<StructureChange> {
    return (await this.#call("growDense", [layer, units, options])) as StructureChange;
  }

  /** Sets the smallest weights to 0 for good; see `Model.prune`. */
  async prune(how: number | PruneOptions): Promise<Pruning> {
    return (await this.#call("prune", [how])) as Pruning;
  }

  /** Lets pruned weights train again, from 0. */
  async unprune(patterns: string | readonly string[] = "**"): Promise<void> {
    await this.#call("unprune", [patterns]);
  }

  /** A table as text: layer, output shape, parameters, and how many are pruned. */
  async summary(): Promise<string> {
    return (await this.#call("summary")) as string;
  }

  /** Everything as one file, for `load` here or of `Model`; within a `fit` with what its callbacks have seen. */
  async save(): Promise<Uint8Array> {
    // The callbacks live here.
    const states = this.#link.callbacksOf("fit").map((callback) => keepsState(callback) && callback.state());
    return (await this.#call("save", [states])) as Uint8Array;
  }

  /** Epochs that the last `fit` has done; see `Model.epochsDone`. */
  get epochsDone(): Promise<number> {
    return this.#call("epochsDone") as Promise<number>;
  }

  /** An independent copy with the same state, in a worker of its own. */
  async clone(): Promise<WorkerModel<M>> {
    return WorkerModel.#start("load", await this.save(), this.#options);
  }

  /** The configuration, complete. */
  async toJSON(): Promise<ResolvedConfig> {
    return (await this.#call("toJSON")) as ResolvedConfig;
  }

  /** Ends the worker at once; calls under way, and any later ones, reject with a DisposedError. */
  async dispose(): Promise<void> {
    forgotten?.unregister(this);
    await this.#link.end(new DisposedError("WorkerModel"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #call(method: string, given: readonly unknown[] = [], options?: CallOptions): Promise<unknown> {
    return this.#link.call(this, method, given, options);
  }

  async #withX<T>(method: string, x: MatrixLike, options: Transfer): Promise<T> {
    const pack = new Packer(this.#inputs, options, method);
    const given = [pack.x(x), pack.options(options)];
    return (await this.#call(method, given, { transfer: pack.transfer })) as T;
  }

  async #withData<T>(method: string, x: MatrixLike, y: Targets, options: Transfer): Promise<T> {
    const pack = new Packer(this.#inputs, options, method);
    const given = [pack.x(x), pack.y(y), pack.options(options)];
    return (await this.#call(method, given, { transfer: pack.transfer })) as T;
  }
}

/** Workers of models that nobody can reach any more are ended. */
let forgotten: FinalizationRegistry<Link> | undefined;

function started(worker: () => WebWorker | NodeWorker): WebWorker | NodeWorker {
  const made: unknown = typeof worker === "function" ? worker() : worker;
  if (typeof (made as WebWorker | undefined)?.postMessage === "function") return made as WebWorker;
  throw new ConfigError("WorkerModel.worker", `expected a function that returns a Worker, got ${show(worker)}`);
}

/** The core for the worker, without the getters that do not cross. */
function sendable(wasm: WorkerModelOptions["wasm"]): unknown {
  if (wasm === undefined) return simd128Source();
  return "variant" in wasm ? { variant: wasm.variant, supported: wasm.supported, bytes: wasm.bytes } : wasm;
}
