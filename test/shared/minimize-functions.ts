/** The functions that lbfgs.json and sam.json minimise (test/golden/lbfgs.py), with their gradients. */

import { generator } from "./golden.js";
import { alternating, type Problem, rosenbrock } from "./minimize-problems.js";

/** Value and gradient at a point. */
export type Differentiable = (x: Float64Array) => { value: number; gradient: Float64Array };

export const quadratic: Differentiable = (x) => {
  const weights = x.map((_, i) => 1000 ** (i / (x.length - 1)));
  const gradient = x.map((xi, i) => (weights[i] as number) * (xi - 1));
  return { value: gradient.reduce((sum, g, i) => sum + (g * ((x[i] as number) - 1)) / 2, 0), gradient };
};

const waves: Differentiable = (x) => {
  const [a, b] = [x[0] as number, x[1] as number];
  const gradient = x.map((xi) => xi + 15 * Math.cos(5 * xi));
  gradient[0] = (gradient[0] as number) + b;
  gradient[1] = (gradient[1] as number) + a;
  return { value: x.reduce((sum, xi) => sum + (xi * xi) / 2 + 3 * Math.sin(5 * xi), a * b), gradient };
};

const data = generator(5);
const draw = (next: typeof data, count: number, scale: number) => Array.from({ length: count }, () => next(scale));
const samples = Array.from({ length: 40 }, () => draw(data, 4, 2));
const labels = draw(data, 40, 1).map((noise, i) => Number(noise + (samples[i]?.[0] as number) > 0));

const logistic: Differentiable = (x) => {
  const gradient = new Float64Array(5);
  let value = 0;
  samples.forEach((row, i) => {
    const z = row.reduce((sum, r, j) => sum + r * (x[j] as number), x[4] as number);
    const label = labels[i] as number;
    value += Math.log1p(Math.exp((1 - 2 * label) * z)) / 40;
    const error = (1 / (1 + Math.exp(-z)) - label) / 40;
    for (let j = 0; j < 5; j++) gradient[j] = (gradient[j] as number) + error * (row[j] ?? 1);
  });
  for (let j = 0; j < 4; j++) {
    value += 0.01 * (x[j] as number) ** 2;
    gradient[j] = (gradient[j] as number) + 0.02 * (x[j] as number);
  }
  return { value, gradient };
};

const network: Differentiable = (x) => {
  const gradient = new Float64Array(19);
  const at = (i: number) => x[i] as number;
  let value = 0;
  samples.forEach((row, n) => {
    const hidden = [0, 1, 2].map((u) => Math.tanh(row.reduce((sum, r, j) => sum + r * at(3 * j + u), at(12 + u))));
    const error = hidden.reduce((sum, h, u) => sum + h * at(15 + u), at(18)) - (labels[n] as number);
    value += error ** 2 / 40;
    const d = error / 20;
    const give = (i: number, g: number) => {
      gradient[i] = (gradient[i] as number) + g;
    };
    give(18, d);
    hidden.forEach((h, u) => {
      give(15 + u, d * h);
      const below = d * at(15 + u) * (1 - h * h);
      give(12 + u, below);
      row.forEach((r, j) => {
        give(3 * j + u, below * r);
      });
    });
  });
  return { value, gradient };
};

/** A function and where its search starts. */
export type Minimised = readonly [f: Differentiable | Problem, start: readonly number[]];

/** By the names of the golden files. */
export const minimised: Readonly<Record<string, Minimised>> = {
  rosenbrock: [rosenbrock, alternating(10)],
  rosenbrock1000: [rosenbrock, alternating(1000)],
  quadratic: [quadratic, Array(10).fill(0)],
  waves: [waves, [4, -3, 2.5]],
  logistic: [logistic, Array(5).fill(0)],
  network: [network, draw(generator(9), 19, 0.5)],
};
