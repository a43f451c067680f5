/** L-BFGS in `minimize`, against torch.optim.LBFGS in f64 (test/golden/lbfgs.py). */

import { describe, expect, test } from "vitest";
import {
  adam,
  ema,
  type Iteration,
  lbfgs,
  minimize,
  Optimizer,
  perParameter,
  piecewiseConstant,
  sam,
  sgd,
  switchAt,
} from "../../ts/index.js";
import golden from "../golden/lbfgs.json" with { type: "json" };
import { mistake } from "./contract-helpers.js";
import { type Differentiable, type Minimised, minimised, quadratic } from "./minimize-functions.js";
import { alternating, rosenbrock } from "./minimize-problems.js";

describe.each(golden.cases.map((row) => [`${row.function} ${JSON.stringify(row.optimizer)}`, row] as const))(
  "%s",
  (_, { function: name, optimizer, steps }) => {
    test("goes through torch's points with as many evaluations", async () => {
      const [f, start] = minimised[name] as Minimised;
      const config = optimizer as ReturnType<typeof lbfgs>;
      const seen: Iteration[] = [];
      const options = { optimizer: config, tolerance: 0, onIteration: (at: Iteration) => void seen.push(at) };
      const { path, evaluations } = await minimize(f, start, { ...options, maxIterations: steps.length });
      steps.forEach(({ value, x }, i) => {
        // It ends early where it is settled.
        const at = path[Math.min(i + 1, path.length - 1)] as Float64Array;
        const scale = Math.max(...x.map(Math.abs));
        const iterations = (i + 1) * ("maxIterations" in optimizer ? (optimizer.maxIterations as number) : 20);
        // Stored with nine digits; in Rosenbrock's valley a difference of 1e-16 (sums in another order) grows from step to
        // step, in 1,000 dimensions a thousandfold and more in the last 20 iterations.
        const grown = name === "rosenbrock1000" && iterations > 40 ? 1e-4 : 1e-6;
        const tolerance = name.startsWith("rosenbrock") && iterations > 7 ? grown : 1e-8;
        x.forEach((want, j) => {
          expect(Math.abs((at[j] as number) - want) / scale).toBeLessThan(tolerance);
        });
        const found = seen[Math.min(i + 1, path.length - 1)]?.value as number;
        expect(Math.abs(found - value)).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
      });
      // torch evaluates again where a step ended, also where the value there is known; without a search it may not be.
      const made = path.length - 1;
      const torch = steps[made - 1]?.evaluations as number;
      if (!("lineSearch" in optimizer)) expect(evaluations).toBe(torch - (made - 1));
      else expect(Math.abs(torch - evaluations)).toBeLessThanOrEqual(made);
    });
  },
);

// SciPy 1.17's L-BFGS-B takes 88 and 5784 from here, to 1.0e-11 and 6.7e-10.
test.each([
  [10, 100, 85],
  [1000, 10, 5747],
])("Rosenbrock's valley in %i dimensions is walked to its end", async (size, historySize, most) => {
  const { converged, value, evaluations } = await minimize(rosenbrock, alternating(size), {
    optimizer: lbfgs({ historySize }),
  });
  expect([converged, value < 2e-9]).toEqual([true, true]);
  expect(evaluations).toBeLessThan(1.05 * most);
});

test("points are f64: it finds what no f32 holds", async () => {
  const target = 1 + 2 ** -40;
  const { x } = await minimize(([a = 0]) => ({ value: (a - target) ** 2, gradient: [2 * (a - target)] }), [0], {
    optimizer: lbfgs({ toleranceChange: 0, toleranceGradient: 0 }),
    tolerance: 0,
    maxIterations: 3,
  });
  expect(x[0]).toBe(target);
});

test("a point where the function is not finite is no end: the search comes back from it", async () => {
  // −ln(1 − x) − ln x with the minimum in the middle: the first trial and others lie outside.
  const barrier: Differentiable = ([a = 0]) => ({
    value: -Math.log(1 - a) - Math.log(a),
    gradient: Float64Array.of(1 / (1 - a) - 1 / a),
  });
  const { x, converged } = await minimize(barrier, [1e-3], { optimizer: lbfgs({ learningRate: 1e9 }) });
  expect(converged).toBe(true);
  expect(x[0]).toBeCloseTo(0.5, 5);
  const lost = await mistake(() => minimize(barrier, [2], { optimizer: lbfgs() }), true);
  expect([lost.code, lost.message]).toEqual(["NON_FINITE", expect.stringContaining("f is NaN at [2]")]);
  const unsearched = lbfgs({ learningRate: 1e9, lineSearch: "none" });
  expect((await mistake(() => minimize(barrier, [1e-3], { optimizer: unsearched }), true)).code).toBe("NON_FINITE");
});

test.each([
  ["value", 0.5, 1, { learningRate: 0.25, toleranceChange: 0.1 }, 0.875],
  ["parameter", 1e4, 0.001, { learningRate: 5e-4, toleranceChange: 0.001 }, 5e-4],
])("an update ends where the %s hardly changes", async (_, curvature, from, options, to) => {
  const bowl: Differentiable = ([a = 0]) => ({
    value: (curvature * a * a) / 2,
    gradient: Float64Array.of(curvature * a),
  });
  const { x } = await minimize(bowl, [from], { optimizer: lbfgs(options), maxIterations: 1 });
  expect(x[0]).toBeCloseTo(to, 12);
});

test("the rate is the first trial's length, and a schedule of it is followed", async () => {
  const trials: number[] = [];
  const line: Differentiable = ([a = 0]) => {
    trials.push(a);
    return { value: 2 * a, gradient: Float64Array.of(2) };
  };
  const optimizer = lbfgs({
    learningRate: piecewiseConstant({ boundaries: [1], values: [0.5, 0.25] }),
    lineSearch: "none",
    maxIterations: 1,
  });
  await minimize(line, [0], { optimizer, maxIterations: 2 });
  // 1/Σ|g| = 0.5 of a rate of 0.5 along −2; then the rate itself.
  expect(trials).toEqual([0, -0.5, -1]);
});

test("without somebody to ask, or around all of it something else, it is refused", async () => {
  expect((await mistake(() => Optimizer.create(lbfgs(), [2]), true)).message).toMatch(
    /^optimizer: lbfgs needs in each update the function at several points/,
  );
  const inner = lbfgs();
  for (const wrap of [
    () => ema(inner),
    () => sam(inner),
    () => switchAt(3, sgd(), inner),
    () => perParameter([["**", inner]]),
  ])
    expect((await mistake(wrap)).message).toMatch(/lbfgs moves all parameters along one line and stands alone/);
  expect((await mistake(() => lbfgs({ lineSearch: "wolfe" as never }))).message).toMatch(/^lbfgs\.lineSearch: /);
  expect((await mistake(() => lbfgs({ weightDecay: 0.1 } as never))).message).toMatch(/^lbfgs: unknown option/);
  expect(lbfgs({ maxIterations: 10 }).maxEvaluations).toBe(12);
  expect(lbfgs({ maxIterations: 100 }).maxEvaluations).toBe(125);
  expect(lbfgs()).toEqual({
    type: "lbfgs",
    learningRate: 1,
    maxIterations: 20,
    maxEvaluations: 25,
    toleranceGradient: 1e-7,
    toleranceChange: 1e-9,
    historySize: 100,
    lineSearch: "strongWolfe",
  });
});

test("other optimizers tell their evaluations, too", async () => {
  const options = { maxIterations: 5, tolerance: 0 };
  expect((await minimize(quadratic, Array(10).fill(0), { ...options, optimizer: adam() })).evaluations).toBe(6);
  expect((await minimize(quadratic, Array(10).fill(0), { ...options, optimizer: sam(sgd()) })).evaluations).toBe(11);
});

test("updates of one iteration have evaluations enough to search", async () => {
  const optimizer = lbfgs({ maxIterations: 1 });
  const { x, iterations, converged } = await minimize(rosenbrock, [-1.2, 1], { optimizer, tolerance: 1e-8 });
  expect(converged).toBe(true);
  expect(iterations).toBeGreaterThan(20);
  expect(iterations).toBeLessThan(60);
  expect(Math.hypot((x[0] as number) - 1, (x[1] as number) - 1)).toBeLessThan(1e-3);
  expect(optimizer.maxEvaluations).toBe(25);
});

test("where the gradient is within its tolerance there is nowhere to go: it ends after one update, converged", async () => {
  const f = ([x = 0]: Float64Array) => ({ value: (x * x) / 2, gradient: [x] });
  const { x, iterations, converged, evaluations } = await minimize(f, [5e-8], { optimizer: lbfgs() });
  expect([x[0], iterations, converged, evaluations]).toEqual([5e-8, 1, true, 1]);
});
