/**
 * L-BFGS with a search along the line, as `torch.optim.LBFGS`. It asks for evaluations by yielding points, so that whoever
 * has the function, `minimize` or a model, may do anything between two of them. Plain f64 arithmetic in a fixed order: the
 * same bits in every engine.
 */

import type { LbfgsConfig } from "./config/optimizers/lbfgs.js";
import { ConfigError } from "./errors.js";

/** What the function is at a point; `value` may be anything but a number where the point is out of its range. */
export interface Seen {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** What an update came to. */
export interface Outcome {
  /** where it ended: the start itself if there was nowhere to go */
  readonly point: Float64Array;
  /** the function there, unless it was not evaluated or, without a search, is not finite */
  readonly seen: Seen | undefined;
  /** the gradient, or its slope along the direction, was within the tolerance at the start */
  readonly settled: boolean;
}

/** An update under way: yields points, gets what the function is there. */
export type Search = Generator<Float64Array, Outcome, Seen>;

/** Numbers as they are kept: in f32 where they must go into a file exactly, else in f64. */
type Vector = Float32Array | Float64Array;
type Kind = (numbers: Float64Array) => Vector;

/** A step, how the gradient changed over it, and 1/(their product). */
interface Pair {
  readonly s: Vector;
  readonly y: Vector;
  readonly rho: number;
}

/** What one iteration leaves to the next. */
interface Memory {
  /** iterations so far */
  readonly iterations: number;
  /** the last direction, and how far it was followed */
  readonly direction: Vector;
  readonly t: number;
  /** the gradient before it */
  readonly gradient: Vector;
  /** the curvature's inverse before any pair counts */
  readonly scale: number;
  readonly pairs: readonly Pair[];
}

/** A {@link Memory} as what optimizers save. */
export interface SavedMemory {
  /** `[gradient, direction, s, y, s, y, …]`, the oldest pair first; nothing before the first iteration */
  readonly slots: readonly Float32Array[];
  /** `[iterations, t, scale]` */
  readonly numbers: readonly number[];
}

/** How many numbers it saves. */
const savedNumbers = 3;

/** Pairs with less curvature say nothing. */
const leastCurvature = 1e-10;

/** The optimizer and what it remembers. */
export class Lbfgs {
  readonly config: LbfgsConfig;
  readonly #kind: Kind;
  #memory: Memory | undefined;

  /** @param single keep everything in f32, so that {@link Lbfgs.save} loses nothing */
  constructor(config: LbfgsConfig, single: boolean) {
    this.config = config;
    this.#kind = single ? (numbers) => new Float32Array(numbers) : (numbers) => numbers.slice();
  }

  /** The next update begins as the first. */
  forget(): void {
    this.#memory = undefined;
  }

  /** What it remembers, if it was made for f32. */
  save(): SavedMemory {
    const memory = this.#memory;
    if (memory === undefined) return { slots: [], numbers: [] };
    const { gradient, direction, pairs, iterations, t, scale } = memory;
    const slots = [gradient, direction, ...pairs.flatMap(({ s, y }) => [s, y])];
    return { slots: slots.map((slot) => new Float32Array(slot)), numbers: [iterations, t, scale] };
  }

  /** @throws ConfigError `CONFIG` for what {@link Lbfgs.save} does not give */
  load({ slots, numbers }: SavedMemory): void {
    const [gradient, direction, ...rest] = slots.map((slot) => this.#kind(new Float64Array(slot)));
    const [iterations = 0, t = 0, scale = 0] = numbers;
    const [some, odd] = [slots.length > 0, slots.length % 2 === 1];
    if (odd || rest.length > 2 * this.config.historySize || numbers.length !== (some ? savedNumbers : 0))
      throw new ConfigError("optimizer", `${slots.length} buffers and ${numbers.length} numbers are no state of lbfgs`);
    this.#memory = undefined;
    if (gradient === undefined || direction === undefined) return;
    const pairs = Array.from({ length: rest.length / 2 }, (_, i) => {
      const [s, y] = [rest[2 * i] as Vector, rest[2 * i + 1] as Vector];
      return { s, y, rho: 1 / dot(y, s) };
    });
    this.#memory = { iterations, direction, t, gradient, scale, pairs };
  }

  /** One update from `start`, where the function is `seen`, with the rate η. Nothing is remembered unless it ends. */
  *update(start: Float64Array, seen: Seen, rate: number): Search {
    const { maxIterations, maxEvaluations, toleranceGradient, toleranceChange, lineSearch } = this.config;
    let point = start;
    let now: Seen | undefined = seen;
    let memory = this.#memory;
    let evaluations = 1;
    let settled = largest(seen.gradient) <= toleranceGradient;
    for (let i = 1; i <= maxIterations && now !== undefined && !settled; i++) {
      const { value, gradient }: Seen = now;
      const { direction, scale, pairs } = this.#direction(memory, gradient);
      const first = memory === undefined;
      let t = first ? Math.min(1, 1 / total(gradient)) * rate : rate;
      memory = {
        iterations: (memory?.iterations ?? 0) + 1,
        direction,
        t,
        gradient: this.#kind(gradient),
        scale,
        pairs,
      };
      const slope = dot(gradient, direction);
      if (slope > -toleranceChange) {
        settled = i === 1;
        break;
      }
      if (lineSearch === "strongWolfe") {
        const found: Found = yield* strongWolfe(point, direction, t, now, slope, maxEvaluations - evaluations);
        ({ t, seen: now } = found);
        evaluations += found.evaluations;
        memory = { ...memory, t };
        point = along(point, direction, t);
      } else {
        point = along(point, direction, t);
        now = undefined;
        if (i < maxIterations) {
          const next: Seen = yield point;
          evaluations += 1;
          if (!isSound(next)) return { point, seen: next, settled: false };
          now = next;
        }
      }
      if (now === undefined || evaluations >= maxEvaluations || largest(now.gradient) <= toleranceGradient) break;
      if (largest(direction) * t <= toleranceChange || Math.abs(now.value - value) < toleranceChange) break;
    }
    this.#memory = memory;
    return { point, seen: now, settled };
  }

  /** −H·g by the two loops over the pairs (Nocedal & Wright, algorithm 7.4), and the pairs with the newest. */
  #direction(memory: Memory | undefined, gradient: Float64Array): Pick<Memory, "direction" | "scale" | "pairs"> {
    const q = scaled(gradient, -1);
    if (memory === undefined) return { direction: this.#kind(q), scale: 1, pairs: [] };
    let { scale, pairs } = memory;
    const { direction: before, t, gradient: old } = memory;
    const y = this.#kind(along(gradient, old, -1));
    const s = this.#kind(scaled(before, t));
    const ys = dot(y, s);
    if (ys > leastCurvature) {
      pairs = [...pairs.slice(pairs.length === this.config.historySize ? 1 : 0), { s, y, rho: 1 / ys }];
      scale = ys / dot(y, y);
    }
    const alphas: number[] = [];
    for (const { s, y, rho } of pairs.toReversed()) {
      const alpha = dot(s, q) * rho;
      alphas.push(alpha);
      add(q, y, -alpha);
    }
    const r = scaled(q, scale);
    for (const { s, y, rho } of pairs) add(r, s, (alphas.pop() as number) - dot(y, r) * rho);
    return { direction: this.#kind(r), scale, pairs };
  }
}

/** A trial on the line: how far, what the function is there, and its slope along the line. */
interface Trial {
  readonly t: number;
  readonly seen: Seen;
  readonly value: number;
  readonly slope: number;
}

interface Found {
  readonly t: number;
  readonly seen: Seen;
  readonly evaluations: number;
}

/** Of the strong Wolfe conditions: how much of the promised decrease, and of the slope that remains. */
const [armijo, curvature] = [1e-4, 0.9];
/** The same as torch's, whose search has a tolerance of its own. */
const shortest = 1e-9;

/**
 * Searches the line from `point` along `direction`, first at `t`: steps outwards until there must be a point between two
 * trials where the conditions hold, then cuts the interval between them by cubic interpolation. Where the function is not
 * finite it counts as infinitely high, and the next trial is at a tenth of the way.
 */
function* strongWolfe(
  point: Float64Array,
  direction: Vector,
  first: number,
  start: Seen,
  slope: number,
  most: number,
): Generator<Float64Array, Found, Seen> {
  const origin: Trial = { t: 0, seen: start, value: start.value, slope };
  let evaluations = 0;
  const at = function* (t: number): Generator<Float64Array, Trial, Seen> {
    const seen = yield along(point, direction, t);
    evaluations += 1;
    const finite = isSound(seen);
    return { t, seen, value: finite ? seen.value : Infinity, slope: finite ? dot(seen.gradient, direction) : Infinity };
  };
  const tooHigh = ({ t, value }: Trial) => value > start.value + armijo * t * slope;
  const flat = (trial: Trial) => Math.abs(trial.slope) <= -curvature * slope;
  const found = ({ t, seen }: Trial): Found => ({ t, seen, evaluations });

  let before = origin;
  let trial = yield* at(first);
  let rounds = 0;
  let bracket: [Trial, Trial] | undefined;
  while (rounds < most) {
    if (tooHigh(trial) || (rounds > 1 && trial.value >= before.value)) {
      bracket = [before, trial];
      break;
    }
    if (flat(trial)) return found(trial);
    if (trial.slope >= 0) {
      bracket = [before, trial];
      break;
    }
    const t = interpolate(before, trial, [trial.t + 0.01 * (trial.t - before.t), trial.t * 10]);
    before = trial;
    trial = yield* at(t);
    rounds += 1;
  }
  bracket ??= [origin, trial];

  let [low, high] = bracket[0].value <= bracket[1].value ? bracket : [bracket[1], bracket[0]];
  let stuck = false;
  const size = largest(direction);
  while (rounds < most && Math.abs(high.t - low.t) * size >= shortest) {
    const [left, right] = low.t < high.t ? [low.t, high.t] : [high.t, low.t];
    let t = high.value === Infinity ? low.t + 0.1 * (high.t - low.t) : interpolate(bracket[0], bracket[1]);
    const edge = 0.1 * (right - left);
    // So near an end it says little: once that may be, then it is moved inwards.
    if (high.value !== Infinity && Math.min(right - t, t - left) < edge) {
      const outside: boolean = stuck || t >= right || t <= left;
      if (outside) t = Math.abs(t - right) < Math.abs(t - left) ? right - edge : left + edge;
      stuck = !outside;
    } else stuck = false;
    trial = yield* at(t);
    rounds += 1;
    // The bracket keeps its places, since interpolation reads them in their order.
    const place = bracket[0] === high ? 0 : 1;
    if (tooHigh(trial) || trial.value >= low.value) {
      bracket[place] = trial;
      [low, high] = bracket[0].value <= bracket[1].value ? bracket : [bracket[1], bracket[0]];
      continue;
    }
    const done = flat(trial);
    if (!done && trial.slope * (high.t - low.t) >= 0) {
      bracket[place] = low;
      high = low;
    }
    bracket[1 - place] = trial;
    low = trial;
    if (done) break;
  }
  return found(low);
}

/** Where the cubic through two trials is lowest, within the bounds; the middle where it has no minimum. */
function interpolate(a: Trial, b: Trial, bounds?: readonly [number, number]): number {
  const [least, most] = bounds ?? (a.t <= b.t ? [a.t, b.t] : [b.t, a.t]);
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const t =
    a.t <= b.t
      ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
      : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return Number.isNaN(t) ? (least + most) / 2 : Math.min(Math.max(t, least), most);
}

function isSound({ value, gradient }: Seen): boolean {
  // A sum of magnitudes is finite unless one of them is not, or they are beyond what a search could use.
  return Number.isFinite(value) && Number.isFinite(total(gradient));
}

function along(point: Float64Array, direction: Vector, t: number): Float64Array {
  const to = point.slice();
  add(to, direction, t);
  return to;
}

function scaled(vector: Vector, times: number): Float64Array {
  const to = new Float64Array(vector);
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) * times;
  return to;
}

/** Four sums at a time, since each addition waits for the one before it in the same sum. */
function dot(a: Vector, b: Vector): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    sum0 += (a[i] as number) * (b[i] as number);
    sum1 += (a[i + 1] as number) * (b[i + 1] as number);
    sum2 += (a[i + 2] as number) * (b[i + 2] as number);
    sum3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (let i = whole; i < a.length; i++) sum0 += (a[i] as number) * (b[i] as number);
  return sum0 + sum1 + (sum2 + sum3);
}

function add(to: Float64Array, vector: Vector, times: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + times * (vector[i] as number);
}

function largest(vector: Vector): number {
  let most = 0;
  for (let i = 0; i < vector.length; i++) most = Math.max(most, Math.abs(vector[i] as number));
  return most;
}

function total(vector: Vector): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += Math.abs(vector[i] as number);
  return sum;
}
