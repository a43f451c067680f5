/** An optimizer on the user's own arrays. */

import {
  boolean,
  options as checkOptions,
  integer,
  isNumericArray,
  isRecord,
  list,
  number,
  show,
  text,
} from "./check.js";
import {
  encodeParts,
  normalizeOptimizer,
  type OptimizerConfig,
  type OptimizerLike,
} from "./config/optimizers/index.js";
import { looksUphill, type Part, partsOf } from "./config/optimizers/nesting.js";
import { readNumbers } from "./config/optimizers/shared.js";
import { rate, type ScheduleState } from "./config/schedules.js";
import { cross, requireLive } from "./core/cross.js";
import type { CoreOptimizer } from "./core/load.js";
import { read, readInto, requireRoom, write } from "./core/memory.js";
import { type Instance, init, instance } from "./core/runtime.js";
import { ConfigError, DataError, DisposedError, NonFiniteError, ShapeError } from "./errors.js";
import { PartRates } from "./rates.js";

/**
 * A tensor to optimize: its length, its shape, or both name and shape. A length says one dimension, by which `lars`, `muon`
 * and `adafactor` treat it as no kernel.
 */
export type TensorSpec = number | readonly number[] | { readonly name: string; readonly shape: readonly number[] };

/** All that decides how an optimizer goes on; plain data but for the buffers. */
export interface OptimizerState {
  /** the optimizer's type; of rules inside one another their types, such as `"adam+ema"` */
  readonly type: string;
  readonly stepCount: number;
  /** the rule's state buffers, each with an array a tensor */
  readonly slots: readonly (readonly Float32Array[])[];
  /** what the rule keeps for all parameters together, where it does */
  readonly numbers?: readonly number[];
  /** the rate, if it was set by hand */
  readonly learningRate?: number;
  /** of the rules' schedules, where one watches the loss */
  readonly schedule?: readonly (ScheduleState | null)[];
}

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly offset: number;
}

/**
 * One of the optimizers, applied to arrays of the caller's with gradients of the caller's.
 *
 * @example
 * ```ts
 * const theta = Float32Array.of(5);
 * const optimizer = await Optimizer.create(adam({ learningRate: 0.1 }), [1]);
 * for (let i = 0; i < 200; i++) optimizer.step([theta], [Float32Array.of(2 * theta[0])]); // f(θ) = θ²
 * ```
 */
export class Optimizer {
  readonly #instance: Instance;
  readonly #core: CoreOptimizer;
  readonly #tensors: readonly Tensor[];
  readonly #parts: readonly Part[];
  readonly #type: string;
  #rates: PartRates;
  #disposed = false;

  private constructor(config: OptimizerConfig, tensors: readonly Tensor[], of: Instance) {
    if (of === undefined) throw new ConfigError("Optimizer", "is made by `await Optimizer.create(…)`, not by `new`");
    const parts = partsOf(config, tensors);
    const { numbers, members } = encodeParts(parts);
    const shapes = Uint32Array.from(tensors.flatMap(({ shape }) => [shape.length, ...shape]));
    this.#instance = of;
    this.#parts = parts;
    this.#type = parts.map((part) => part.config.type).join("+");
    this.#tensors = tensors;
    this.#rates = new PartRates(parts, of.core);
    this.#core = cross(of, () => new of.core.CoreOptimizer(numbers, members, shapes));
  }

  /**
   * @param config a name or a config such as `adam({ learningRate: 0.01 })`
   * @param tensors for each array its length, shape or `{ name, shape }`; without names they are called 0, 1, …
   * @throws ConfigError `CONFIG`
   */
  static async create(config: OptimizerLike, tensors: readonly TensorSpec[]): Promise<Optimizer> {
    const resolved = normalizeOptimizer(config, "optimizer");
    if (resolved.type === "lbfgs")
      throw new ConfigError(
        "optimizer",
        "lbfgs needs in each update the function at several points, which an Optimizer has nobody to ask for: use Model or minimize",
      );
    if (looksUphill(resolved))
      throw new ConfigError(
        "optimizer",
        "sam needs in each update the gradient at a second point, which an Optimizer has nobody to ask for: use Model or minimize",
      );
    const specs = list(readSpec, { minLength: 1 })(tensors, "tensors");
    let offset = 0;
    const placed = specs.map(({ name, shape, size }, i) => {
      const tensor = { name: name ?? String(i), shape, size, offset };
      offset += size;
      return tensor;
    });
    placed.forEach(({ name }, i) => {
      if (placed.findIndex((tensor) => tensor.name === name) < i)
        throw new ConfigError(`tensors[${i}].name`, `${JSON.stringify(name)} is there twice`);
    });
    await init();
    requireRoom(instance(), blocks * offset, "the optimizer");
    return new Optimizer(resolved, placed, instance());
  }

  /**
   * One update, in place.
   *
   * @param parameters an array for each tensor, changed
   * @param gradients of the same lengths
   * @throws ShapeError `SHAPE`; unless `checkFinite` is false NonFiniteError `NON_FINITE` for a gradient, or a parameter
   * after the update, that is not finite; nothing changed then
   */
  step(
    parameters: readonly Float32Array[],
    gradients: readonly ArrayLike<number>[],
    options: { readonly checkFinite?: boolean } = {},
  ): void {
    this.#open();
    checkOptions(options, "step", ["checkFinite"]);
    const checkFinite = boolean(options.checkFinite ?? true, "step.checkFinite");
    this.#check(parameters, "parameters");
    this.#check(gradients, "gradients");
    parameters.forEach((array, i) => {
      if (!(array instanceof Float32Array))
        throw new ConfigError(`parameters[${i}]`, "expected a Float32Array: it is updated in place");
    });
    const row = this.#rates.take(this.stepCount, 1);
    cross(this.#instance, () => {
      this.#copy(gradients, this.#core.gradients());
      this.#copy(parameters, this.#core.parameters());
      const refused = this.#core.step(row, checkFinite);
      if (refused === 1) this.#refuse(gradients);
      if (refused === 2) this.#refuseUpdate(parameters);
      this.#tensors.forEach(({ size, offset }, i) => {
        readInto(this.#instance, this.#core.parameters() + 4 * offset, size, parameters[i] as Float32Array, 0);
      });
    });
  }

  /** Tells a schedule that watches the loss what the last update's loss was; others do not listen. */
  observeLoss(loss: number): void {
    this.#open();
    this.#rates.observe(number()(loss, "observeLoss"), this.stepCount);
  }

  /**
   * Copies of what to evaluate and save with: the parameters themselves; with `ema` the average of those that were
   * updated so far, with `lookahead` the slow weights, with `asgd` and `scheduleFreeAdamW` their average.
   */
  evaluationParameters(parameters: readonly Float32Array[]): Float32Array[] {
    this.#open();
    this.#check(parameters, "parameters");
    return cross(this.#instance, () => {
      this.#copy(parameters, this.#core.parameters());
      return this.#readAll(this.#core.average());
    });
  }

  /** Updates made so far. */
  get stepCount(): number {
    this.#open();
    return this.#core.steps();
  }

  /** η of the next update, of the first rule that makes it. Setting it replaces the rates and schedules of all rules. */
  get learningRate(): number {
    return this.#rates.at(this.stepCount);
  }

  set learningRate(value: number) {
    this.#open();
    this.#rates = new PartRates(this.#parts, this.#instance.core, rate(value, "learningRate"));
  }

  /** Copies of all state. */
  state(): OptimizerState {
    this.#open();
    const slots = Array.from({ length: this.#core.slot_count() }, (_, slot) => this.#readAll(this.#core.slot(slot)));
    const numbers = Array.from(this.#core.numbers());
    const { states: schedule, override } = this.#rates;
    const source = override?.source;
    return {
      type: this.#type,
      stepCount: this.stepCount,
      slots,
      ...(numbers.length > 0 ? { numbers } : {}),
      ...(typeof source === "number" ? { learningRate: source } : {}),
      ...(schedule === undefined ? {} : { schedule }),
    };
  }

  /**
   * Goes on where `state()` was taken.
   *
   * @throws ConfigError `CONFIG` for another rule's state, ShapeError `SHAPE` for other lengths
   */
  loadState(state: OptimizerState): void {
    this.#open();
    if (!isRecord(state) || state.type !== this.#type)
      throw new ConfigError(
        "loadState",
        `expected the state of ${this.#type}, got ${show(isRecord(state) ? state.type : state)}`,
      );
    const steps = integer({ min: 0 })(state.stepCount, "loadState.stepCount");
    const slots = this.#core.slot_count();
    if (!Array.isArray(state.slots) || state.slots.length !== slots)
      throw new ShapeError("loadState.slots", `expected ${slots} buffers, got ${show(state.slots?.length)}`);
    const numbers = readNumbers(state.numbers, this.#core.numbers().length, "loadState.numbers");
    const { learningRate: given } = state;
    const override = given === undefined ? undefined : rate(given, "loadState.learningRate");
    const rates = new PartRates(this.#parts, this.#instance.core, override, state.schedule, "loadState.schedule");
    state.slots.forEach((slot, i) => {
      this.#check(slot, `loadState.slots[${i}]`);
    });
    state.slots.forEach((slot, i) => {
      this.#copy(slot, this.#core.slot(i));
    });
    this.#core.set_numbers(numbers);
    this.#core.set_steps(steps);
    this.#rates = rates;
  }

  /** Forgets all state; the next update is the first. */
  reset(): void {
    this.#open();
    cross(this.#instance, () => this.#core.reset());
    this.#rates = new PartRates(this.#parts, this.#instance.core, this.#rates.override?.source);
  }

  /** Frees the memory; any later use throws a DisposedError. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (!this.#instance.dead) this.#core.free();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #open(): void {
    if (this.#disposed) throw new DisposedError("Optimizer");
    requireLive(this.#instance);
  }

  #check(arrays: readonly ArrayLike<number>[], name: string): void {
    if (!Array.isArray(arrays) || arrays.length !== this.#tensors.length) {
      throw new ShapeError(
        name,
        `expected an array of ${this.#tensors.length} arrays, got ${Array.isArray(arrays) ? arrays.length : `${show(arrays)}; for one array write [theta]`}`,
      );
    }
    this.#tensors.forEach(({ size }, i) => {
      const array: unknown = arrays[i];
      if (!isNumericArray(array) && !Array.isArray(array))
        throw new DataError(`${name}[${i}]`, `expected an array of numbers, got ${show(array)}`);
      if (array.length !== size) throw ShapeError.mismatch(`${name}[${i}]`, [size], [array.length]);
      const odd = Array.isArray(array) ? array.findIndex((value) => typeof value !== "number") : -1;
      if (odd >= 0) throw new DataError(`${name}[${i}]`, `expected a number at index ${odd}, got ${show(array[odd])}`);
    });
  }

  #readAll(pointer: number): Float32Array[] {
    return this.#tensors.map(({ size, offset }) => read(this.#instance, pointer + 4 * offset, size));
  }

  #copy(arrays: readonly ArrayLike<number>[], pointer: number): void {
    this.#tensors.forEach(({ offset }, i) => {
      write(this.#instance, pointer + 4 * offset, arrays[i] as ArrayLike<number>);
    });
  }

  #refuse(gradients: readonly ArrayLike<number>[]): never {
    // As the core sees them: what is beyond f32 is infinite.
    const isBad = (value: number) => !Number.isFinite(Math.fround(value));
    const tensor = gradients.findIndex((array) => Array.prototype.some.call(array, isBad));
    const place = Array.prototype.findIndex.call(gradients[tensor], isBad);
    throw new NonFiniteError(
      `gradients[${tensor}]`,
      `${gradients[tensor]?.[place]} at index ${place}; nothing was changed`,
    );
  }

  /** The core's parameters are those after the update. */
  #refuseUpdate(parameters: readonly Float32Array[]): never {
    const isBad = (value: number) => !Number.isFinite(value);
    const after = this.#readAll(this.#core.parameters());
    const tensor = after.findIndex((array) => array.some(isBad));
    if (tensor < 0)
      throw new NonFiniteError(
        "state",
        "the update would make the optimizer's state infinite; nothing was changed. Clip the gradients, or scale the loss down",
      );
    const place = after[tensor]?.findIndex(isBad) ?? 0;
    const [from, to] = [parameters[tensor]?.[place] ?? 0, after[tensor]?.[place]];
    throw new NonFiniteError(
      `parameters[${tensor}]`,
      isBad(from)
        ? `${from} at index ${place}; nothing was changed`
        : `the update would make ${from} at index ${place} ${to}; nothing was changed. Lower the learning rate, or raise an epsilon near 0`,
    );
  }
}

/** Numbers kept for each parameter: itself, its gradient, and the two moments of most optimizers. */
const blocks = 4;

function readSpec(value: unknown, path: string): Omit<Tensor, "name" | "offset"> & { name: string | undefined } {
  const length = integer({ min: 1, max: 2 ** 30 });
  if (typeof value === "number") return { name: undefined, shape: [value], size: length(value, path) };
  const measure = (value: unknown) => {
    const shape = list(length)(value, `${path}.shape`);
    return { shape, size: shape.reduce((a, b) => a * b, 1) };
  };
  if (Array.isArray(value)) return { name: undefined, ...measure(value) };
  const { name, shape } = checkOptions(value, path, ["name", "shape"]);
  return { name: text(name, `${path}.name`), ...measure(shape) };
}
