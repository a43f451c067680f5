/**
 * Surfaces with two parameters. Only additions and multiplications: the same bits in every engine.
 */

/** A place in the plane. */
export type Place = readonly [x: number, y: number];

/** What is seen: the middle, and half the width. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly half: number;
}

export interface SurfaceShape {
  readonly value: (x: number, y: number) => number;
  readonly gradient: (x: number, y: number) => Place;
  readonly minima: readonly Place[];
  /** where a race starts if nothing else is said */
  readonly start: Place;
  readonly view: View;
  /** deviation of what is added to each part of the gradient at every step */
  readonly noise?: number;
}

export const surfaces = {
  rosenbrock: {
    value: (x, y) => (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x),
    gradient: (x, y) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
    minima: [[1, 1]],
    start: [-1.2, 1],
    view: { x: 0, y: 0.75, half: 2 },
  },
  beale: {
    value: (x, y) => {
      const [a, b, c] = beale(x, y);
      return a * a + b * b + c * c;
    },
    gradient: (x, y) => {
      const [a, b, c] = beale(x, y);
      return [
        2 * a * (y - 1) + 2 * b * (y * y - 1) + 2 * c * (y * y * y - 1),
        2 * a * x + 4 * b * x * y + 6 * c * x * y * y,
      ];
    },
    minima: [[3, 0.5]],
    start: [-1, 1.5],
    view: { x: 0.8, y: 0.4, half: 3.6 },
  },
  himmelblau: {
    value: (x, y) => {
      const [a, b] = [x * x + y - 11, x + y * y - 7];
      return a * a + b * b;
    },
    gradient: (x, y) => {
      const [a, b] = [x * x + y - 11, x + y * y - 7];
      return [4 * x * a + 2 * b, 2 * a + 4 * y * b];
    },
    minima: [
      [3, 2],
      [-2.805118, 3.131312],
      [-3.77931, -3.283186],
      [3.584428, -1.848126],
    ],
    start: [-0.4, -1],
    view: { x: 0, y: 0, half: 5.6 },
  },
  saddle: {
    value: (x, y) => x * x - y * y + (y * y * y * y) / 4 + 1,
    gradient: (x, y) => [2 * x, y * y * y - 2 * y],
    minima: [
      [0, Math.SQRT2],
      [0, -Math.SQRT2],
    ],
    start: [-1.9, 0.001],
    view: { x: 0, y: 0, half: 2.6 },
  },
  ravine: {
    value: (x, y) => {
      const [along, across] = ravine(x, y);
      return (along * along + 60 * across * across) / 2;
    },
    gradient: (x, y) => {
      const [along, across] = ravine(x, y);
      return [0.8 * along - 36 * across, 0.6 * along + 48 * across];
    },
    minima: [[0, 0]],
    start: [-3, -1.5],
    view: { x: -0.6, y: -0.4, half: 3.6 },
  },
  noisy: {
    value: (x, y) => (x * x + 8 * y * y) / 2,
    gradient: (x, y) => [x, 8 * y],
    minima: [[0, 0]],
    start: [-3.2, 1.6],
    view: { x: -0.4, y: 0, half: 3.8 },
    noise: 3,
  },
} as const satisfies Readonly<Record<string, SurfaceShape>>;

export type SurfaceName = keyof typeof surfaces;

export const surfaceNames = Object.keys(surfaces) as readonly SurfaceName[];

/** All have the same form. */
export const surfaceOf = (name: SurfaceName): SurfaceShape => surfaces[name];

function beale(x: number, y: number): readonly [number, number, number] {
  return [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y];
}

/** Along the ravine and across it; 3-4-5, so that the turn is exact. */
function ravine(x: number, y: number): readonly [number, number] {
  return [0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x];
}
