/** What people minimise, beside what SciPy finds (test/golden/minimize.json). */

import { expect, test } from "vitest";
import { adam, cosineDecay, lbfgs, minimize } from "../../ts/index.js";
import golden from "../golden/minimize.json" with { type: "json" };
import { problems } from "./minimize-problems.js";

/** The rate that falls to 0, and over how many updates. */
const searches = {
  decay: [0.1, 3000, 1e-5],
  logistic: [0.3, 3000, 1e-3],
  rosenbrock10: [0.05, 20_000, 1e-5],
  rosenbrock1000: [0.05, 20_000, 1e-5],
} as const;

test.each(Object.entries(searches))("%s: Adam finds what L-BFGS-B finds", async (name, [initial, steps, distance]) => {
  const { f, start } = problems[name] as (typeof problems)[string];
  const wanted = golden.problems[name as keyof typeof searches];
  expect(start).toHaveLength(wanted.dimensions);
  const optimizer = adam({ learningRate: cosineDecay({ initial, steps }) });
  const { x, value } = await minimize(f, start, { optimizer, maxIterations: steps, tolerance: 1e-12 });
  expect(Math.abs(value - wanted.value)).toBeLessThan(1e-9);
  wanted.x.forEach((coordinate, i) => {
    expect(Math.abs((x[i] ?? 0) - coordinate)).toBeLessThan(distance);
  });
});

const memory = { historySize: 10 }; // SciPy's
const exact = { ...memory, toleranceGradient: 1e-9, toleranceChange: 0 };

// By default it stops where the value changes by less than 1e-9; `exact` goes on to SciPy's bound of the gradient.
test.each(
  Object.keys(searches).flatMap((name) => [
    [name, "default tolerances", memory, 1e-9, 1e-3] as const,
    [name, "tight tolerances", exact, 1e-14, 1e-6] as const,
  ]),
)("%s: lbfgs with %s finds it, with about as many evaluations", async (name, _, options, above, distance) => {
  const { f, start } = problems[name] as (typeof problems)[string];
  const wanted = golden.problems[name as keyof typeof searches];
  const found = await minimize(f, start, { optimizer: lbfgs(options), tolerance: 0 });
  expect(found.converged).toBe(true);
  expect(Math.abs(found.value - wanted.value)).toBeLessThan(above);
  wanted.x.forEach((coordinate, i) => {
    expect(Math.abs((found.x[i] ?? 0) - coordinate)).toBeLessThan(distance);
  });
  expect(found.evaluations).toBeLessThan(2 * wanted.evaluations);
});

test("Rosenbrock in 10 dimensions: lbfgs with central differences converges to the same place", async () => {
  const { f, start } = problems.rosenbrock10 as (typeof problems)[string];
  const { x, value, converged } = await minimize((at) => f(at).value, start, { optimizer: lbfgs() });
  expect(converged).toBe(true);
  expect(value).toBeLessThan(1e-10);
  expect(x.every((coordinate) => Math.abs(coordinate - 1) < 1e-5)).toBe(true);
});

test.each(["decay", "logistic"])("%s: central differences lead to the same place", async (name) => {
  const { f, start } = problems[name] as (typeof problems)[string];
  const { initial, steps } = name === "decay" ? { initial: 0.1, steps: 3000 } : { initial: 0.3, steps: 3000 };
  const options = {
    optimizer: adam({ learningRate: cosineDecay({ initial, steps }) }),
    maxIterations: steps,
    tolerance: 1e-12,
  };
  const given = await minimize(f, start, options);
  const numerical = await minimize((x) => f(x).value, start, options);
  expect(Math.abs(numerical.value - given.value)).toBeLessThan(1e-9);
});
