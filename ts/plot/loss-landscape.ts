/** `lossLandscape`: the loss of a model over two directions through its weights. */

import { callable, options as checkOptions, integer, isRecord, list, number, seed, show } from "../check.js";
import { breather, now } from "../core/breathe.js";
import type { MatrixLike } from "../data/matrix.js";
import { randomBelow } from "../data/random.js";
import type { Targets } from "../data/samples.js";
import { ConfigError, NonFiniteError, ShapeError } from "../errors.js";
import type { Landscape } from "./landscape.js";
import { type Range, rangeAround, spread } from "./plane.js";
import { formatNumber } from "./text.js";

/** Weights as `model.parameters()` gives them. */
export type Snapshot = readonly { readonly name: string; readonly data: ArrayLike<number> }[];

/** A model, as far as the landscape uses it. */
export interface LandscapeModel {
  clone(): LandscapeModel;
  parameters(): readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trainable: boolean;
    readonly data: Float32Array;
  }[];
  setParameters(values: Snapshot): void;
  evaluate(x: MatrixLike, y: Targets): { readonly loss: number };
  dispose(): void;
}

/** Options of {@link lossLandscape}. */
export interface LossLandscapeOptions {
  /** points along each direction, 3 to 200; default 25, which evaluates the data 625 times */
  readonly steps?: number;
  /** how far to go to both sides of the weights, in their own length; default 1. Paths bring their own range */
  readonly range?: number;
  /** of the random directions; default 0 */
  readonly seed?: number;
  /** `model.parameters()` from time to time during one or several trainings, by name: the plane is then laid through them */
  readonly paths?: Readonly<Record<string, readonly Snapshot[]>>;
  /** called after each row with the number of points that are done */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => unknown;
  /** stops: what is not done by then is NaN */
  readonly signal?: AbortSignal;
}

/**
 * The loss of a model on data along two directions through its weights, for {@link plotLandscape}. The model is untouched
 * (a clone walks), and the event loop gets its turn about every 8 ms.
 *
 * Without paths the directions are random, each unit's part as long as the unit's own weights (filter normalisation, Li
 * et al. 2018, "Visualizing the loss landscape of neural nets"); biases and normalisation stay. With paths they are the
 * first two principal components of the snapshots around the model's weights (section 7 there): random directions would
 * hardly show a path, being almost at right angles to it.
 *
 * @param x samples, `y` their targets: a few hundred rows show as much as all
 * @throws ConfigError `CONFIG` for options, ShapeError `SHAPE` for snapshots of another model
 * @example
 * ```ts
 * const snapshots = [model.parameters()];
 * const keep = { onEpochEnd: () => void snapshots.push(model.parameters()) };
 * await model.fit(x, y, { epochs: 30, callbacks: [keep] });
 * const svg = plotLandscape(await lossLandscape(model, x, y, { paths: { adam: snapshots } }));
 * ```
 */
export async function lossLandscape(
  model: LandscapeModel,
  x: MatrixLike,
  y: Targets,
  options: LossLandscapeOptions = {},
): Promise<Landscape> {
  const plan = readOptions(options);
  if (typeof model?.clone !== "function" || typeof model.evaluate !== "function") {
    throw new ConfigError("model", `expected a model, got ${show(model)}`);
  }
  const walker = model.clone();
  const { breathe, close } = breather();
  try {
    const weights = walker.parameters().filter(({ trainable }) => trainable);
    const centre = flat(weights, weights, "model");
    const plane = plan.paths.length === 0 ? randomPlane(weights, centre, plan) : pathPlane(weights, centre, plan.paths);
    const [across, up] = plane.ranges.map((range) => spread(range, plan.steps)) as [number[], number[]];
    const values = new Array<number>(across.length * up.length).fill(Number.NaN);
    let breathed = now();
    for (const [row, b] of up.entries()) {
      for (const [column, a] of across.entries()) {
        if (options.signal?.aborted === true) return landscape(plane, across, up, values);
        walker.setParameters(at(weights, centre, plane.directions, a, b));
        values[row * across.length + column] = lossOf(walker, x, y);
        if (now() - breathed < 8) continue;
        await breathe();
        breathed = now();
      }
      options.onProgress?.({ done: (row + 1) * across.length, total: values.length });
    }
    return landscape(plane, across, up, values);
  } finally {
    close();
    walker.dispose();
  }
}

function readOptions(options: LossLandscapeOptions) {
  const path = "lossLandscape";
  const given = checkOptions(options, path, ["steps", "range", "seed", "paths", "onProgress", "signal"]);
  if (given.onProgress !== undefined) callable("a function")(given.onProgress, `${path}.onProgress`);
  const { signal, paths = {} } = options;
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new ConfigError(`${path}.signal`, `expected an AbortSignal, got ${show(signal)}`);
  }
  if (!isRecord(paths)) throw new ConfigError(`${path}.paths`, `expected { name: snapshots }, got ${show(paths)}`);
  return {
    steps: integer({ min: 3, max: 200 })(given.steps ?? 25, `${path}.steps`),
    range: number({ above: 0 })(given.range ?? 1, `${path}.range`),
    seed: seed(given.seed ?? 0, `${path}.seed`),
    paths: Object.entries(paths).map(
      ([name, snapshots]) => [name, list((one) => one as Snapshot)(snapshots, `${path}.paths.${name}`)] as const,
    ),
  };
}

/** Two directions through the weights, the ranges to look at, and paths in them. */
interface WeightPlane {
  readonly directions: readonly [Float64Array, Float64Array];
  readonly ranges: readonly [Range, Range];
  readonly labels: readonly [string, string];
  readonly paths: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

function landscape({ labels, paths }: WeightPlane, x: number[], y: number[], values: number[]): Landscape {
  return { x, y, values, paths, xLabel: labels[0], yLabel: labels[1] };
}

type Weights = ReturnType<LandscapeModel["parameters"]>;

/** All weights of a snapshot in one array, in the order of the model's. */
function flat(weights: Weights, snapshot: Snapshot, path: string): Float64Array {
  const all = new Float64Array(weights.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { name, data } of weights) {
    const found = Array.isArray(snapshot) ? snapshot.find((parameter) => parameter?.name === name) : undefined;
    if (found === undefined) throw new ConfigError(path, `expected what model.parameters() returned, with ${name}`);
    if (found.data.length !== data.length)
      throw ShapeError.mismatch(`${path}: ${name}`, [data.length], [found.data.length]);
    all.set(found.data, offset);
    offset += data.length;
  }
  return all;
}

function at(
  weights: Weights,
  centre: Float64Array,
  [first, second]: WeightPlane["directions"],
  a: number,
  b: number,
): Snapshot {
  let offset = 0;
  return weights.map(({ name, data }) => {
    const from = offset;
    offset += data.length;
    const moved = data.map((_, i) => {
      const k = from + i;
      return (centre[k] as number) + a * (first[k] as number) + b * (second[k] as number);
    });
    return { name, data: moved };
  });
}

function lossOf(model: LandscapeModel, x: MatrixLike, y: Targets): number {
  try {
    return model.evaluate(x, y).loss;
  } catch (error) {
    if (error instanceof NonFiniteError) return Number.NaN;
    throw error;
  }
}

// ---- Random directions -----------------------------------------------------------------------------------------------------

function randomPlane(weights: Weights, centre: Float64Array, plan: { seed: number; range: number }): WeightPlane {
  const below = randomBelow(plan.seed);
  /** Near enough to a normal number, by sums alone: the same in every engine. */
  const normal = (): number => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += below(2 ** 32) / 2 ** 32;
    return sum;
  };
  const directions = [filterNormalised(weights, centre, normal), filterNormalised(weights, centre, normal)] as const;
  const range: Range = [-plan.range, plan.range];
  return { directions, ranges: [range, range], labels: ["random direction 1", "random direction 2"], paths: {} };
}

/** A random direction in which the weights into each unit, a column of a kernel, are as long as they are in the model. */
function filterNormalised(weights: Weights, centre: Float64Array, normal: () => number): Float64Array {
  const direction = new Float64Array(centre.length);
  let offset = 0;
  for (const { shape, data } of weights) {
    const [rows = 0, units = 0] = shape.length === 2 ? shape : [];
    for (let unit = 0; unit < units; unit++) {
      let [own, drawn] = [0, 0];
      for (let k = offset + unit; k < offset + rows * units; k += units) {
        direction[k] = normal();
        own += (centre[k] as number) ** 2;
        drawn += (direction[k] as number) ** 2;
      }
      const scale = Math.sqrt(own / drawn);
      for (let k = offset + unit; k < offset + rows * units; k += units)
        direction[k] = (direction[k] as number) * scale;
    }
    offset += data.length;
  }
  return direction;
}

// ---- Directions of paths ---------------------------------------------------------------------------------------------------

function pathPlane(
  weights: Weights,
  centre: Float64Array,
  paths: readonly (readonly [string, readonly Snapshot[]])[],
): WeightPlane {
  const moves = paths.map(([name, snapshots]) => {
    const path = `lossLandscape.paths.${name}`;
    return [name, snapshots.map((one, i) => minus(flat(weights, one, `${path}[${i}]`), centre))] as const;
  });
  const all = moves.flatMap(([, of]) => of);
  const first = principal(all, centre.length, 0);
  const rest = all.map((move) => without(move, first));
  const second = principal(rest, centre.length, 1);
  const total = sumOfSquares(all);
  const share = (direction: Float64Array): string => {
    const along = all.reduce((sum, move) => sum + dot(move, direction) ** 2, 0);
    return total === 0 ? "" : ` (${formatNumber((100 * along) / total, 2)} % of the way)`;
  };
  const placed = moves.map(
    ([name, of]) => [name, of.map((move) => [dot(move, first), dot(move, second)] as const)] as const,
  );
  const points = placed.flatMap(([, of]) => of);
  const around = (axis: 0 | 1): Range => rangeAround([0, ...points.map((point) => point[axis])]);
  return {
    directions: [first, second],
    ranges: [around(0), around(1)],
    labels: [`principal direction 1${share(first)}`, `principal direction 2${share(second)}`],
    paths: Object.fromEntries(placed),
  };
}

/**
 * The direction of length 1 along which the moves are longest: the first eigenvector of Σ m·mᵀ, by power iteration from the
 * longest move. Without moves, or when all are 0, the axis number `fallback`.
 */
function principal(moves: readonly Float64Array[], size: number, fallback: number): Float64Array {
  let longest: Float64Array = new Float64Array(size);
  for (const move of moves) if (dot(move, move) > dot(longest, longest)) longest = new Float64Array(move);
  let direction: Float64Array = longest;
  if (!(dot(direction, direction) > 0)) {
    direction[Math.min(fallback, size - 1)] = 1;
    return direction;
  }
  direction = unit(direction);
  for (let round = 0; round < 100; round++) {
    const next = new Float64Array(size);
    for (const move of moves) {
      const along = dot(move, direction);
      for (let k = 0; k < size; k++) next[k] = (next[k] as number) + along * (move[k] as number);
    }
    const turned = unit(next);
    const change = dot(minus(turned, direction), minus(turned, direction));
    direction = turned;
    if (change < 1e-18) break;
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value - (b[k] as number));

const unit = (a: Float64Array): Float64Array => {
  const length = Math.sqrt(dot(a, a));
  return a.map((value) => value / length);
};

const without = (move: Float64Array, direction: Float64Array): Float64Array => {
  const along = dot(move, direction);
  return move.map((value, k) => value - along * (direction[k] as number));
};

const sumOfSquares = (moves: readonly Float64Array[]): number => moves.reduce((sum, move) => sum + dot(move, move), 0);
