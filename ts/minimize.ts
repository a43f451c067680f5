/** Minimising a function of the user's own. */

import { callable, options as checkOptions, integer, isNumericArray, number, show } from "./check.js";
import { adam } from "./config/optimizers/adam.js";
import { normalizeOptimizer, type OptimizerConfig, type OptimizerLike } from "./config/optimizers/index.js";
import type { LbfgsConfig } from "./config/optimizers/lbfgs.js";
import { partsOf, radiusAt, withInside } from "./config/optimizers/nesting.js";
import { breather, now } from "./core/breathe.js";
import { init, instance } from "./core/runtime.js";
import { ConfigError, DataError, NonFiniteError, ShapeError } from "./errors.js";
import { Lbfgs, type Seen } from "./lbfgs.js";
import { Optimizer } from "./optimizer.js";
import { PartRates } from "./rates.js";

/** What the function may return: its value, or value and gradient. */
export type Evaluation = number | { readonly value: number; readonly gradient: ArrayLike<number> };

/** What `onIteration` sees. */
export interface Iteration {
  /** counts from 0 */
  readonly iteration: number;
  /** where the function was evaluated */
  readonly x: Float64Array;
  readonly value: number;
  /** ‖gradient‖ there */
  readonly gradientNorm: number;
}

/** How to minimise. */
export interface MinimizeOptions {
  /** default `adam()` */
  readonly optimizer?: OptimizerLike;
  /** the gradient, where the function does not return it itself; without either, central differences are taken */
  readonly gradient?: (x: Float64Array) => ArrayLike<number>;
  /** default 1000 */
  readonly maxIterations?: number;
  /** see {@link minimize}; default 1e-8 */
  readonly tolerance?: number;
  /** may return `"stop"` */
  readonly onIteration?: (iteration: Iteration) => unknown;
  readonly signal?: AbortSignal;
}

/** Where the search ended. */
export interface MinimizeResult {
  /** the last point, or the average where the optimizer averages */
  readonly x: Float64Array;
  /** the function's value there */
  readonly value: number;
  /** updates made */
  readonly iterations: number;
  readonly converged: boolean;
  /** every point that an update began or ended at, first to last: with `sam` and `lbfgs` the function is evaluated at others, too */
  readonly path: readonly Float64Array[];
  /** how often value and gradient were taken */
  readonly evaluations: number;
}

/** How long it computes before the event loop gets its turn, in milliseconds. */
const sliceMs = 8;

/** So many changes in a row must be below the tolerance, so that a turning point of an oscillation does not count. */
const calm = 10;

/**
 * Follows the gradient of `f` from `x0` with any of the optimizers. The event loop gets its turn about every 8 ms, so that
 * a signal can come from a timer or a button.
 *
 * It has converged when ‖gradient‖ <= tolerance, or when the value has changed by no more than tolerance · max(1, |value|)
 * in each of ten successive updates; `lbfgs` also where its own tolerances leave it nowhere to go. Points are kept in 32-bit
 * floats by the optimizer, in 64 by `lbfgs`, and given to `f` in 64 bits. For smooth functions take `lbfgs()`: one of its
 * updates is up to 20 iterations, `lbfgs({ maxIterations: 1 })` tells of each.
 * Central differences use the step 1e-5 · max(1, |x|) (error about 1e-10 relative for smooth functions) and cost two
 * evaluations a dimension.
 *
 * @param f `f(x)` returns the value, or `{ value, gradient }`
 * @param x0 where to start
 * @throws NonFiniteError `NON_FINITE` when value or gradient is not finite
 * @example
 * ```ts
 * const bowl = (x: Float64Array) => (x[0] - 1) ** 2 + 10 * (x[1] + 2) ** 2;
 * const { x } = await minimize(bowl, [0, 0], { optimizer: adam({ learningRate: 0.1 }) }); // near [1, −2]
 * ```
 */
export async function minimize(
  f: (x: Float64Array) => Evaluation,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  callable("a function of an array of numbers")(f, "minimize");
  const given = checkOptions(options, "minimize", [
    "optimizer",
    "gradient",
    "maxIterations",
    "tolerance",
    "onIteration",
    "signal",
  ]);
  const maxIterations = integer({ min: 0 })(given.maxIterations ?? 1000, "minimize.maxIterations");
  const tolerance = number({ min: 0 })(given.tolerance ?? 1e-8, "minimize.tolerance");
  for (const name of ["gradient", "onIteration"]) {
    if (given[name] !== undefined) callable("a function")(given[name], `minimize.${name}`);
  }
  const { signal } = options;
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new ConfigError("minimize.signal", `expected an AbortSignal, got ${show(signal)}`);
  }
  const from = start(x0);
  const { breathe, close } = breather();
  let breathed = now();
  const pause = async () => {
    if (now() - breathed < sliceMs) return;
    await breathe();
    breathed = now();
  };
  const taken = evaluator(f, options.gradient, from.length);
  let evaluations = 0;
  const take = (x: Float64Array): Seen => {
    evaluations += 1;
    return taken(x);
  };
  const evaluate = (x: Float64Array): Seen => finite(take(x), x);
  const config = normalizeOptimizer(options.optimizer ?? adam(), "optimizer");
  const mover = config.type === "lbfgs" ? await lines(config, from, take, pause) : await rules(config, from, evaluate);
  try {
    const path: Float64Array[] = [];
    let before = Number.POSITIVE_INFINITY;
    let still = 0;
    for (let iteration = 0; ; iteration++) {
      const x = mover.at();
      const { value, gradient } = mover.seen?.() ?? evaluate(x);
      path.push(x);
      const gradientNorm = lengthOf(gradient);
      still = Math.abs(value - before) <= tolerance * Math.max(1, Math.abs(value)) ? still + 1 : 0;
      before = value;
      const converged = gradientNorm <= tolerance || still >= calm || mover.settled?.() === true;
      const asked = options.onIteration?.({ iteration, x: x.slice(), value, gradientNorm });
      if (converged || asked === "stop" || iteration >= maxIterations || signal?.aborted === true) {
        const last = { x, value, ...mover.end?.(x) };
        return { ...last, iterations: iteration, converged, path, evaluations };
      }
      await mover.move(x, { value, gradient }, iteration);
      await pause();
    }
  } finally {
    close();
    mover.dispose?.();
  }
}

/** What goes from point to point. */
interface Mover {
  /** a copy of the point where it stands */
  at(): Float64Array;
  /** the function there, if it knows */
  seen?(): Seen | undefined;
  /** there is nowhere to go from there */
  settled?(): boolean;
  move(x: Float64Array, seen: Seen, iteration: number): Promise<void>;
  /** the point to evaluate at and the function there, if it is not `x` */
  end?(x: Float64Array): Pick<MinimizeResult, "x" | "value"> | undefined;
  dispose?(): void;
}

/** Steps of the optimizers that take a gradient each. */
async function rules(config: OptimizerConfig, from: Float64Array, evaluate: (x: Float64Array) => Seen): Promise<Mover> {
  const theta = Float32Array.from(from);
  const optimizer = await Optimizer.create(withoutSam(config), [theta.length]);
  return {
    at: () => Float64Array.from(theta),
    move: async (x, { value, gradient }, iteration) => {
      optimizer.observeLoss(value);
      const radius = radiusAt(config, iteration);
      const at = () => moved(x, gradient, radius / (lengthOf(gradient) + 1e-12));
      const uphill = radius > 0 ? evaluate(at()).gradient : gradient;
      optimizer.step([theta], [uphill]);
    },
    end: () => {
      const x = Float64Array.from(optimizer.evaluationParameters([theta])[0] ?? theta);
      return x.every((xi, i) => xi === theta[i]) ? undefined : { x, value: evaluate(x).value };
    },
    dispose: () => optimizer.dispose(),
  };
}

/** Updates of `lbfgs`, each of several searches along a line. */
async function lines(
  config: LbfgsConfig,
  from: Float64Array,
  take: (x: Float64Array) => Seen,
  pause: () => Promise<void>,
): Promise<Mover> {
  await init();
  const rates = new PartRates(partsOf(config, [{ name: "0", shape: [from.length] }]), instance().core);
  const optimizer = new Lbfgs(config, false);
  let point = from;
  let seen: Seen | undefined;
  let settled = false;
  return {
    at: () => point.slice(),
    seen: () => seen,
    settled: () => settled,
    move: async (x, at, iteration) => {
      rates.observe(at.value, iteration);
      const update = optimizer.update(x, at, rates.at(iteration));
      let turn = update.next();
      while (turn.done !== true) {
        const found = take(turn.value);
        await pause();
        turn = update.next(found);
      }
      ({ point, seen, settled } = turn.value);
      if (seen !== undefined) finite(seen, point);
    },
  };
}

/** The rules inside of `sam`, which wants their gradient from elsewhere. */
function withoutSam(config: OptimizerConfig): OptimizerConfig {
  return config.type === "sam" ? withoutSam(config.optimizer) : withInside(config, withoutSam);
}

const lengthOf = (vector: Float64Array) => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));

const moved = (x: Float64Array, along: Float64Array, times: number) => x.map((xi, i) => xi + times * (along[i] ?? 0));

function start(x0: unknown): Float64Array {
  const isNumbers = Array.isArray(x0) ? x0.every((x) => typeof x === "number") : isNumericArray(x0);
  if (!isNumbers || (x0 as ArrayLike<number>).length === 0)
    throw new DataError("x0", "expected an array of at least one number");
  const from = Float64Array.from(x0 as ArrayLike<number>);
  // What is beyond f32 is infinite to most optimizers.
  if (!from.every((x) => Number.isFinite(Math.fround(x)))) throw new NonFiniteError("x0", "expected finite numbers");
  return from;
}

/** Value and gradient at a point, from whichever source there is. */
function evaluator(f: (x: Float64Array) => Evaluation, gradientOf: MinimizeOptions["gradient"], dimensions: number) {
  const valueAt = (x: Float64Array): number => {
    const result = f(x);
    return typeof result === "number" ? result : result.value;
  };
  const differences = (x: Float64Array): Float64Array => {
    const at = x.slice();
    return x.map((xi, i) => {
      const h = 1e-5 * Math.max(1, Math.abs(xi));
      at[i] = xi + h;
      const above = valueAt(at);
      at[i] = xi - h;
      const below = valueAt(at);
      at[i] = xi;
      return (above - below) / (2 * h);
    });
  };
  return (x: Float64Array): Seen => {
    const result = f(x.slice());
    const value = typeof result === "number" ? result : result?.value;
    if (typeof value !== "number") throw new ConfigError("minimize", "f must return a number or { value, gradient }");
    // Nobody asks which way to go from there.
    if (!Number.isFinite(value)) return { value, gradient: new Float64Array(dimensions) };
    const given =
      gradientOf === undefined ? (typeof result === "number" ? undefined : result.gradient) : gradientOf(x.slice());
    const gradient = given === undefined ? differences(x) : Float64Array.from(given);
    if (gradient.length !== dimensions) throw ShapeError.mismatch("gradient", [dimensions], [gradient.length]);
    return { value, gradient };
  };
}

/** @throws NonFiniteError `NON_FINITE` */
function finite(taken: Seen, x: Float64Array): Seen {
  if (!Number.isFinite(taken.value))
    throw new NonFiniteError("minimize", `f is ${taken.value} at [${x.join(", ")}]; try a lower learning rate`);
  if (!taken.gradient.every(Number.isFinite))
    throw new NonFiniteError("minimize", `the gradient is not finite at [${x.join(", ")}]`);
  return taken;
}
