/** Minimising a function of one's own. */

import { expect, test } from "vitest";
import { adam, cosineDecay, type Iteration, minimize, restartOnLoss, sgd } from "../../ts/index.js";

const bowl = ([a = 0, b = 0]: Float64Array) => (a - 1) ** 2 + 10 * (b + 2) ** 2;
const slope = ([a = 0, b = 0]: Float64Array) => [2 * (a - 1), 20 * (b + 2)];

test("the gradient may be given, returned, or left to central differences", async () => {
  const options = { optimizer: sgd({ learningRate: 0.04 }), maxIterations: 300 };
  const results = [
    await minimize(bowl, [0, 0], { ...options, gradient: slope }),
    await minimize((x) => ({ value: bowl(x), gradient: slope(x) }), [0, 0], options),
    await minimize(bowl, [0, 0], options),
  ];
  for (const { x, value, converged } of results) {
    // It stops where ten steps change the value by less than 1e-8 each: 1e-4 away from the end of a parabola.
    expect(x[0]).toBeCloseTo(1, 3);
    expect(x[1]).toBeCloseTo(-2, 3);
    expect(value).toBeLessThan(1e-7);
    expect(converged).toBe(true);
  }
  expect(results[1]).toEqual(results[0]);
});

test("a gradient that is given wins over one that is returned", async () => {
  const { x } = await minimize((at) => ({ value: bowl(at), gradient: [Number.NaN, 0] }), [0, 0], {
    gradient: slope,
    optimizer: sgd({ learningRate: 0.04 }),
  });
  expect(x[0]).toBeCloseTo(1, 3);
});

test("the path is every point of evaluation, and iterations the steps between", async () => {
  const seen: Iteration[] = [];
  const { path, iterations, converged, x, value } = await minimize(bowl, [0, 0], {
    optimizer: sgd({ learningRate: 0.04 }),
    maxIterations: 7,
    onIteration: (iteration) => void seen.push(iteration),
  });
  expect([iterations, converged, path.length, seen.length]).toEqual([7, false, 8, 8]);
  expect(seen.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...(path[0] ?? [])]).toEqual([0, 0]);
  expect(path.at(-1)).toEqual(x);
  expect(seen[0]?.value).toBe(bowl(Float64Array.of(0, 0)));
  expect(seen[0]?.gradientNorm).toBeCloseTo(Math.hypot(...slope(Float64Array.of(0, 0))), 6);
  expect(seen.at(-1)?.value).toBe(value);
});

test("onIteration stops it, and so does a signal, also one that comes from a timer", async () => {
  const stopped = await minimize(bowl, [0, 0], {
    tolerance: 0,
    onIteration: ({ iteration }) => (iteration === 3 ? "stop" : undefined),
  });
  expect([stopped.iterations, stopped.converged]).toEqual([3, false]);
  expect((await minimize(bowl, [0, 0], { signal: AbortSignal.abort() })).iterations).toBe(0);
  const control = new AbortController();
  const slow = await minimize(() => Math.random(), [0, 0], {
    gradient: () => [1, 1],
    tolerance: 0,
    maxIterations: 1e9,
    onIteration: ({ iteration }) => {
      if (iteration === 11) setTimeout(() => control.abort(), 1);
    },
    signal: control.signal,
  });
  expect(slow.iterations).toBeGreaterThan(10);
});

test("the optimizer is adam by default, and schedules are followed", async () => {
  const first = await minimize(bowl, [0, 0], { maxIterations: 1 });
  // Adam's first step has the length of its rate in every coordinate.
  expect(first.x[0]).toBeCloseTo(0.001, 9);
  expect(first.x[1]).toBeCloseTo(-0.001, 9);
  const { path } = await minimize(() => 0, [0], {
    optimizer: sgd({ learningRate: cosineDecay({ initial: 1, steps: 2 }) }),
    gradient: () => [-1],
    maxIterations: 3,
    tolerance: 0,
  });
  expect(path.map(([value]) => value)).toEqual([0, 1, 1.5, 1.5]);
  const watching = restartOnLoss({ threshold: 0.5, initial: 1, decay: 0.5 });
  const watched = await minimize(([x = 0]) => (x > 1.6 ? 0 : 1), [0], {
    optimizer: sgd({ learningRate: watching }),
    gradient: () => [-1],
    maxIterations: 4,
    tolerance: 0,
  });
  expect(watched.path.length).toBe(5);
  expect((watched.path[4]?.[0] ?? 0) - (watched.path[3]?.[0] ?? 0)).toBe(1);
});

test("a thousand dimensions and more are no trouble", async () => {
  const start = new Float32Array(200_000).fill(1);
  const { iterations, converged } = await minimize(
    (x) => ({ value: x.reduce((sum, value) => sum + value * value, 0), gradient: x.map((value) => 2 * value) }),
    start,
    { optimizer: sgd({ learningRate: 0.5 }), maxIterations: 3 },
  );
  expect([iterations, converged]).toEqual([1, true]);
  expect(start[0]).toBe(1);
});

test("the tolerance is of the gradient, or of ten values in a row", async () => {
  const loose = await minimize(bowl, [0, 0], { optimizer: adam({ learningRate: 0.1 }), tolerance: 1, gradient: slope });
  const tight = await minimize(bowl, [0, 0], {
    optimizer: adam({ learningRate: 0.1 }),
    tolerance: 1e-3,
    gradient: slope,
  });
  expect(loose.converged && tight.converged).toBe(true);
  expect(loose.iterations).toBeLessThan(tight.iterations);
  const flat = await minimize(() => 3, [0], { gradient: () => [1], tolerance: 1e-8 });
  expect([flat.iterations, flat.converged]).toEqual([10, true]);
});
