/** What people minimise, beside what SciPy finds (test/golden/minimize.json). */

import { expect, test } from "vitest";
import { adam, cosineDecay, lbfgs, minimize } from "../../ts/index.js";
import golden from "../golden/minimize.json" with { type: "json" };
import { type ProblemName, problems } from "./minimize-problems.js";

const names = Object.keys(problems) as ProblemName[];

/** How far Adam may end from SciPy's point. */
const distances: Readonly<Record<ProblemName, number>> = {
  decay: 1e-5,
  logistic: 1e-3,
  rosenbrock10: 1e-5,
  rosenbrock1000: 1e-5,
};

test.each(names)("%s: Adam finds what L-BFGS-B finds", async (name) => {
  const { f, start, initial, steps } = problems[name];
  const wanted = golden.problems[name];
  expect(start).toHaveLength(wanted.dimensions);
  const optimizer = adam({ learningRate: cosineDecay({ initial, steps }) });
  const { x, value } = await minimize(f, start, { optimizer, maxIterations: steps, tolerance: 1e-12 });
  expect(Math.abs(value - wanted.value)).toBeLessThan(1e-9);
  wanted.x.forEach((coordinate, i) => {
    expect(Math.abs((x[i] ?? 0) - coordinate)).toBeLessThan(distances[name]);
  });
});

const memory = { historySize: 10 }; // SciPy's
const exact = { ...memory, toleranceGradient: 1e-9, toleranceChange: 0 };

// By default it stops where the value changes by less than 1e-9; `exact` goes on to SciPy's bound of the gradient.
test.each(
  names.flatMap((name) => [
    [name, "default tolerances", memory, 1e-9, 1e-3] as const,
    [name, "tight tolerances", exact, 1e-14, 1e-6] as const,
  ]),
)("%s: lbfgs with %s finds it, with about as many evaluations", async (name, _, options, above, distance) => {
  const { f, start } = problems[name];
  const wanted = golden.problems[name];
  const found = await minimize(f, start, { optimizer: lbfgs(options), tolerance: 0 });
  expect(found.converged).toBe(true);
  expect(Math.abs(found.value - wanted.value)).toBeLessThan(above);
  wanted.x.forEach((coordinate, i) => {
    expect(Math.abs((found.x[i] ?? 0) - coordinate)).toBeLessThan(distance);
  });
  expect(found.evaluations).toBeLessThan(2 * wanted.evaluations);
});

test("Rosenbrock in 10 dimensions: lbfgs with central differences converges to the same place", async () => {
  const { f, start } = problems.rosenbrock10;
  const { x, value, converged } = await minimize((at) => f(at).value, start, { optimizer: lbfgs() });
  expect(converged).toBe(true);
  expect(value).toBeLessThan(1e-10);
  expect(x.every((coordinate) => Math.abs(coordinate - 1) < 1e-5)).toBe(true);
});

test.each(["decay", "logistic"] as const)("%s: central differences lead to the same place", async (name) => {
  const { f, start, initial, steps } = problems[name];
  const options = {
    optimizer: adam({ learningRate: cosineDecay({ initial, steps }) }),
    maxIterations: steps,
    tolerance: 1e-12,
  };
  const given = await minimize(f, start, options);
  const numerical = await minimize((x) => f(x).value, start, options);
  expect(Math.abs(numerical.value - given.value)).toBeLessThan(1e-9);
});
