/** What people minimise, beside what SciPy finds (test/golden/minimize.json). */

import { expect, test } from "vitest";
import { adam, cosineDecay, minimize } from "../../ts/index.js";
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
