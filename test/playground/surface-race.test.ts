import { minimize, type OptimizerConfig } from "downhill";
import { expect, test } from "vitest";
import { configOf, type OptimizerName, plain } from "../../playground/src/optimizers/table.js";
import type { SurfaceInput } from "../../playground/src/rooms/race/jobs.js";
import { track } from "../../playground/src/rooms/race/surface-race.js";
import { type SurfaceName, surfaceOf } from "../../playground/src/rooms/race/surfaces.js";
import type { Kind } from "../../playground/src/url/codec.js";

const on = (surface: SurfaceName, steps = 60): Omit<SurfaceInput, "lanes"> => ({
  ...{ surface, steps, seed: 3 },
  start: [surfaceOf(surface).start[0], surfaceOf(surface).start[1]],
});

const run = (name: OptimizerName, values: Kind["values"], input: Omit<SurfaceInput, "lanes">) =>
  track(configOf(plain(name, values), "surface"), input);

test.each(["ravine", "himmelblau"] as const)(
  "with sam a lane goes over the %s as minimize does, two gradients a step",
  async (name) => {
    const input = on(name);
    const values = { around: "sam", "around.rho": 0.3, surfaceRate: 0.01 };
    const found = await run("sgd", values, input);
    const { value, gradient } = surfaceOf(name);
    const { path } = await minimize(
      ([x = 0, y = 0]) => ({ value: value(x, y), gradient: gradient(x, y) }),
      input.start,
      {
        optimizer: configOf(plain("sgd", values), "surface") as OptimizerConfig,
        maxIterations: input.steps,
        tolerance: 0,
      },
    );
    expect(found.gradients).toBe(2 * input.steps);
    path.forEach((point, i) => {
      // Gradients are rounded to 32 bits here, and not there.
      expect(Math.abs((found.path[2 * i] as number) - (point[0] as number))).toBeLessThan(1e-4);
      expect(Math.abs((found.path[2 * i + 1] as number) - (point[1] as number))).toBeLessThan(1e-4);
    });
    const plainly = await run("sgd", { surfaceRate: 0.01 }, input);
    expect(found.path).not.toEqual(plainly.path);
  },
);

test("an average is what is seen of a lane: 0.9 of it and a tenth of the weights, step by step", async () => {
  const input = on("noisy");
  const weights = (await run("adam", {}, input)).path;
  const { path, gradients } = await run("adam", { around: "ema", "around.decay": 0.9 }, input);
  expect(gradients).toBe(input.steps);
  expect(path.slice(0, 4)).toEqual(weights.slice(0, 4));
  for (let i = 4; i < path.length; i++) {
    const expected = 0.9 * (path[i - 2] as number) + 0.1 * (weights[i] as number);
    expect(Math.abs((path[i] as number) - expected)).toBeLessThan(1e-5);
  }
});

test("slow weights move every k steps", async () => {
  const { path } = await run("adam", { around: "lookahead", "around.k": 4 }, on("ravine", 12));
  const points = Array.from({ length: 13 }, (_, i) => [...path.slice(2 * i, 2 * i + 2)].join());
  expect(new Set(points).size).toBe(4);
  for (const from of [0, 4, 8]) expect(new Set(points.slice(from, from + 4)).size).toBe(1);
});

test("L-BFGS is down the valley in some fifty gradients, and stands there to the last step", async () => {
  const input = on("rosenbrock", 100);
  const { values, path, gradients, diverged } = await run("lbfgs", {}, input);
  expect(diverged).toBeUndefined();
  expect(values).toHaveLength(101);
  expect(values[60]).toBeLessThan(1e-8);
  expect(values.at(-1)).toBe(values[60]);
  expect([...path.slice(-2)].map((each) => Math.round(1e4 * each))).toEqual([1e4, 1e4]);
  expect(gradients).toBeGreaterThan(20);
  expect(gradients).toBeLessThan(80);
});

test("whatever stands around muon, it takes the plane for a row; and noise that leads astray ends nothing but its lane", async () => {
  for (const around of ["none", "sam", "lookahead", "ema"]) {
    expect((await run("muon", { around }, on("ravine"))).values).toHaveLength(61);
  }
  // Slow weights that follow at once and all the way change nothing.
  const slow = { around: "lookahead", "around.k": 1, "around.alpha": 1 };
  expect((await run("muon", slow, on("ravine"))).path).toEqual((await run("muon", {}, on("ravine"))).path);
  expect((await run("lbfgs", {}, on("noisy"))).values.length).toBeGreaterThan(1);
  const lost = await run("sgd", { surfaceRate: 100 }, on("rosenbrock"));
  expect(lost.diverged).toBe(lost.values.length);
});
