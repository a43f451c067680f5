/** Small data sets to look at: classes in the plane, and curves. The same seed gives the same bits in every engine. */

import { cosTurns, type Random, random, sinTurns } from "./random.js";

/** Samples, row by row. */
export interface Samples {
  /** `rows · inputs` numbers, row-major */
  readonly x: Float32Array;
  /** a class for each row, or a number */
  readonly y: Float32Array;
  readonly rows: number;
  readonly inputs: number;
  /** 0 for a curve */
  readonly classes: number;
}

/** How to draw samples. */
export interface ToyOptions {
  readonly seed: number;
  /** default 300 */
  readonly rows?: number;
  /** 0 … 1; default 0.2 */
  readonly noise?: number;
}

/** A point of a class, before noise. */
type Place = (random: Random, i: number, rows: number) => readonly [x: number, y: number, label: number];

interface Plane {
  readonly classes: number;
  /** deviation of the noise of strength 1 */
  readonly spread: number;
  readonly place: Place;
}

const planes = {
  moons: {
    classes: 2,
    spread: 0.3,
    place: ({ uniform }) => {
      const [turn, label] = [uniform() / 2, uniform() < 0.5 ? 0 : 1];
      const [across, up] = [cosTurns(turn), sinTurns(turn)];
      return label === 0 ? [(across - 0.5) / 1.6, (up - 0.25) / 1.6, 0] : [(0.5 - across) / 1.6, (0.25 - up) / 1.6, 1];
    },
  },
  circles: {
    classes: 2,
    spread: 0.25,
    place: ({ uniform }) => {
      const [turn, label] = [uniform(), uniform() < 0.5 ? 0 : 1];
      const radius = label === 0 ? 0.9 : 0.4;
      return [radius * cosTurns(turn), radius * sinTurns(turn), label];
    },
  },
  spirals: {
    classes: 2,
    spread: 0.12,
    place: (_, i, rows) => {
      const label = i % 2;
      const along = Math.floor(i / 2) / (rows / 2);
      const radius = 0.05 + 0.92 * along;
      const turn = 1.6 * along + label / 2;
      return [radius * sinTurns(turn), radius * cosTurns(turn), label];
    },
  },
  xor: {
    classes: 2,
    spread: 0.25,
    place: ({ uniform }) => {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      // A strip along the axes stays empty, as the corners of the logical function lie apart.
      const [right, up] = [x >= 0, y >= 0];
      return [x * 0.9 + (right ? 0.1 : -0.1), y * 0.9 + (up ? 0.1 : -0.1), right === up ? 0 : 1];
    },
  },
  blobs: {
    classes: 3,
    spread: 0.35,
    place: ({ normal }, i) => {
      const label = i % 3;
      return [
        0.55 * sinTurns(label / 3 + 0.05) + 0.1 * normal(),
        0.55 * cosTurns(label / 3 + 0.05) + 0.1 * normal(),
        label,
      ];
    },
  },
} as const satisfies Record<string, Plane>;

/** A function of one variable on −1 … 1. */
const curves = {
  sine: (x: number) => 0.8 * sinTurns(0.75 * x),
  waves: (x: number) => 0.5 * sinTurns(1.5 * x * (1 + 0.5 * x)) + 0.3 * x,
  step: (x: number) => (x < -0.3 ? -0.6 : x < 0.4 ? 0.6 : 0),
  kink: (x: number) => Math.abs(x) * 1.4 - 0.7,
} as const;

export type PlaneName = keyof typeof planes;
export type CurveName = keyof typeof curves;
export type ToyName = PlaneName | CurveName;

export const planeNames = Object.keys(planes) as readonly PlaneName[];
export const curveNames = Object.keys(curves) as readonly CurveName[];

/** Draws the samples of a data set. Points of the plane lie about within ±1, and so do curves. */
export function toy(name: ToyName, { seed, rows = 300, noise = 0.2 }: ToyOptions): Samples {
  const stream = random(seed);
  const y = new Float32Array(rows);
  if (name in curves) {
    const curve = curves[name as CurveName];
    const x = new Float32Array(rows);
    for (let i = 0; i < rows; i++) {
      const at = 2 * stream.uniform() - 1;
      x[i] = at;
      y[i] = curve(at) + 0.4 * noise * stream.normal();
    }
    return { x, y, rows, inputs: 1, classes: 0 };
  }
  const { classes, spread, place }: Plane = planes[name as PlaneName];
  const x = new Float32Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    const [across, up, label] = place(stream, i, rows);
    x[2 * i] = across + noise * spread * stream.normal();
    x[2 * i + 1] = up + noise * spread * stream.normal();
    y[i] = label;
  }
  return { x, y, rows, inputs: 2, classes };
}

/** The curve itself, without noise. */
export const curveOf = (name: CurveName): ((x: number) => number) => curves[name];

/** The first `rows − count` samples in random order, and the other `count`. */
export function split(samples: Samples, count: number, seed: number): readonly [train: Samples, test: Samples] {
  const order = shuffled(samples.rows, random(seed));
  const from = samples.rows - count;
  return [take(samples, order.subarray(0, from)), take(samples, order.subarray(from))];
}

/** The rows that are named. */
export function take({ x, y, inputs, classes }: Samples, rows: ArrayLike<number>): Samples {
  const taken = new Float32Array(rows.length * inputs);
  const labels = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    taken.set(x.subarray(row * inputs, (row + 1) * inputs), i * inputs);
    labels[i] = y[row] as number;
  }
  return { x: taken, y: labels, rows: rows.length, inputs, classes };
}

function shuffled(n: number, { uniform }: Random): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
