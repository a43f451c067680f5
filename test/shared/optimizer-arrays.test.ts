/** The bare optimizer on the caller's own arrays. */

import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  adamw,
  cosineDecay,
  Optimizer,
  type OptimizerConfig,
  restartOnLoss,
  rmsprop,
  sgd,
} from "../../ts/index.js";
import { mistake, numbers } from "./contract-helpers.js";

const every: readonly [string, OptimizerConfig][] = [
  ["sgd", sgd({ momentum: 0.9 })],
  ["adagrad", adagrad()],
  ["rmsprop", rmsprop({ centered: true, momentum: 0.5 })],
  ["adam", adam({ amsgrad: true })],
  ["adamw", adamw({ learningRate: cosineDecay({ initial: 0.1, steps: 20 }) })],
  [
    "a schedule that watches the loss",
    adam({ learningRate: restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.9 }) }),
  ],
];

function run(optimizer: Optimizer, theta: readonly Float32Array[], from: number, to: number): void {
  for (let t = from; t < to; t++) {
    optimizer.observeLoss(t % 5 === 4 ? 0.1 : 1);
    optimizer.step(
      theta,
      theta.map((tensor, i) => numbers(tensor.length, 100 * t + i)),
    );
  }
}

describe("state", () => {
  test.each(every)("of %s, loaded into a fresh optimizer, goes on to the same bits", async (_, config) => {
    const shapes = [3, [2, 2]];
    const [whole, first, second] = [
      await Optimizer.create(config, shapes),
      await Optimizer.create(config, shapes),
      await Optimizer.create(config, shapes),
    ];
    const [a, b] = [
      [numbers(3, 1), numbers(4, 2)],
      [numbers(3, 1), numbers(4, 2)],
    ];
    run(whole, a, 0, 20);
    run(first, b, 0, 10);
    const state = structuredClone(first.state());
    first.dispose();
    second.loadState(state);
    expect(second.stepCount).toBe(10);
    run(second, b, 10, 20);
    expect(b).toEqual(a);
    expect(second.state()).toEqual(whole.state());
    // reset forgets all of it
    second.reset();
    const [c, d] = [
      [numbers(3, 1), numbers(4, 2)],
      [numbers(3, 1), numbers(4, 2)],
    ];
    run(second, c, 0, 5);
    run(await Optimizer.create(config, shapes), d, 0, 5);
    expect(c).toEqual(d);
  });

  test("carries a rate that was set by hand, and takes it back", async () => {
    const [one, other] = [
      await Optimizer.create(adam({ learningRate: 0.5 }), [1]),
      await Optimizer.create(adam({ learningRate: 0.5 }), [1]),
    ];
    const fresh = one.state();
    one.learningRate = 0.25;
    other.loadState(one.state());
    expect(other.learningRate).toBe(0.25);
    other.loadState(fresh);
    expect(other.learningRate).toBe(0.5);
  });

  test("is a copy", async () => {
    const optimizer = await Optimizer.create("adam", [2]);
    optimizer.state().slots[0]?.[0]?.fill(9);
    expect(optimizer.state().slots[0]?.[0]).toEqual(new Float32Array(2));
  });

  test.each<[string, (state: Record<string, unknown>) => unknown, string]>([
    ["another rule", (state) => ({ ...state, type: "sgd" }), "CONFIG"],
    ["nothing", () => undefined, "CONFIG"],
    ["a negative step", (state) => ({ ...state, stepCount: -1 }), "CONFIG"],
    ["no buffers", ({ slots: _, ...state }) => state, "SHAPE"],
    ["too few buffers", (state) => ({ ...state, slots: (state.slots as unknown[]).slice(1) }), "SHAPE"],
    ["shorter buffers", (state) => ({ ...state, slots: [[new Float32Array(1)], [new Float32Array(1)]] }), "SHAPE"],
    ["text", (state) => ({ ...state, slots: [["a1"], ["b2"]] }), "DATA"],
    ["a negative rate", (state) => ({ ...state, learningRate: -1 }), "CONFIG"],
    ["a schedule's state that is none", (state) => ({ ...state, schedule: {} }), "CONFIG"],
  ])("of %s is refused and changes nothing", async (_, change, code) => {
    const optimizer = await Optimizer.create("adam", [2]);
    run(optimizer, [numbers(2, 1)], 0, 3);
    const before = optimizer.state();
    const error = await mistake(() => optimizer.loadState(change({ ...before }) as never));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^loadState/);
    expect(optimizer.state()).toEqual(before);
  });
});

describe("a step", () => {
  test("changes the arrays in place, the first of Adam by the rate, and counts", async () => {
    const theta = Float32Array.of(1, 2);
    const optimizer = await Optimizer.create(adam({ learningRate: 0.5 }), [2]);
    optimizer.step([theta], [Float32Array.of(3, -4)]);
    // Within an ulp of f32.
    expect(theta[0]).toBeCloseTo(0.5, 6);
    expect(theta[1]).toBeCloseTo(2.5, 6);
    expect(optimizer.stepCount).toBe(1);
    optimizer.step([theta], [[0, 0]]);
    expect(optimizer.stepCount).toBe(2);
  });

  test("follows the schedule until the rate is set", async () => {
    const optimizer = await Optimizer.create(sgd({ learningRate: cosineDecay({ initial: 1, steps: 2 }) }), [1]);
    const theta = Float32Array.of(0);
    const rates: number[] = [];
    for (let i = 0; i < 4; i++) {
      rates.push(optimizer.learningRate);
      optimizer.step([theta], [[-1]]);
      if (i === 2) optimizer.learningRate = 0.125;
    }
    expect(rates).toEqual([1, 0.5, 0, 0.125]);
    expect(theta[0]).toBe(1.625);
    await mistake(() => {
      optimizer.learningRate = -1;
    });
    expect(optimizer.learningRate).toBe(0.125);
  });

  test.each<[string, unknown, unknown, unknown, string, RegExp]>([
    ["too few arrays", [], [[1, 2]], undefined, "SHAPE", /^parameters: expected an array of 1 arrays, got 0/],
    ["a single array", new Float32Array(2), [[1, 2]], undefined, "SHAPE", /^parameters: expected an array of 1 arrays/],
    ["plain parameters", [[1, 2]], [[1, 2]], undefined, "CONFIG", /^parameters\[0\]: expected a Float32Array/],
    [
      "another length",
      [new Float32Array(3)],
      [[1, 2]],
      undefined,
      "SHAPE",
      /^parameters\[0\]: expected shape \[2\], got \[3\]/,
    ],
    [
      "gradients of another length",
      [new Float32Array(2)],
      [[1]],
      undefined,
      "SHAPE",
      /^gradients\[0\]: expected shape \[2\], got \[1\]/,
    ],
    [
      "no gradient",
      [new Float32Array(2)],
      [null],
      undefined,
      "DATA",
      /^gradients\[0\]: expected an array of numbers, got null/,
    ],
    [
      "a gap in the gradient",
      [new Float32Array(2)],
      [[1, null]],
      undefined,
      "DATA",
      /^gradients\[0\]: expected a number at index 1, got null/,
    ],
    ["NaN", [new Float32Array(2)], [[1, Number.NaN]], undefined, "NON_FINITE", /^gradients\[0\]: NaN at index 1/],
    ["a gradient beyond f32", [new Float32Array(2)], [[1e300, 1]], undefined, "NON_FINITE", /^gradients\[0\]: /],
    [
      "an unknown option",
      [new Float32Array(2)],
      [[1, 2]],
      { check: false },
      "CONFIG",
      /^step: unknown option "check"; did you mean "checkFinite"/,
    ],
    ["text as an option", [new Float32Array(2)], [[1, 2]], { checkFinite: "no" }, "CONFIG", /^step\.checkFinite/],
  ])("with %s is refused and changes nothing", async (_, theta, gradients, options, code, message) => {
    const optimizer = await Optimizer.create("adam", [2]);
    run(optimizer, [numbers(2, 1)], 0, 3);
    const before = optimizer.state();
    const error = await mistake(() => optimizer.step(theta as never, gradients as never, options as never));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(optimizer.state()).toEqual(before);
    if (Array.isArray(theta) && theta[0] instanceof Float32Array)
      expect(theta[0].every((value) => value === 0)).toBe(true);
  });

  test.each([
    ["0/0 at an epsilon of 0", adam({ epsilon: 0 }), [1, 1], [1, 0], /update would make 1 at index 1 NaN; nothing was/],
    [
      "a rate far too high",
      sgd({ learningRate: 1e30, momentum: 0.5 }),
      [1, 1],
      [1e10, 1],
      /at index 0 -Infinity; noth/,
    ],
    [
      "a gradient far too large",
      sgd({ learningRate: 100, momentum: 0.5 }),
      [1, 1],
      [1, -1e37],
      /at index 1 Infinity; n/,
    ],
    [
      "large parameters",
      sgd({ learningRate: 900, momentum: 0.5, weightDecay: 1 }),
      [1e38, 1],
      [1, 1],
      /index 0 -Infinit/,
    ],
    [
      "a parameter that is NaN",
      sgd({ momentum: 0.5 }),
      [1, Number.NaN],
      [1, 1],
      /^parameters\[0\]: NaN at index 1; noth/,
    ],
  ])("to no number by %s is refused and changes nothing", async (_, config, start, gradient, message) => {
    const optimizer = await Optimizer.create(config, [2]);
    if (config.type === "sgd") optimizer.step([new Float32Array(2)], [[0.5, 0.5]]);
    const before = optimizer.state();
    const theta = Float32Array.from(start);
    const error = await mistake(() => optimizer.step([theta], [gradient]));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("NON_FINITE");
    expect(optimizer.state()).toEqual(before);
    expect(theta).toEqual(Float32Array.from(start));
    optimizer.step([theta], [gradient], { checkFinite: false });
    expect(theta.every(Number.isFinite)).toBe(false);
  });

  test("to no number through a state that was loaded is refused and changes nothing", async () => {
    const optimizer = await Optimizer.create(sgd({ learningRate: 100, momentum: 0.9 }), [1]);
    optimizer.step([Float32Array.of(0)], [[1]]);
    const large = { ...optimizer.state(), slots: [[Float32Array.of(3e38)]] };
    optimizer.loadState(large);
    expect((await mistake(() => optimizer.step([Float32Array.of(0)], [[1]]))).code).toBe("NON_FINITE");
    expect(optimizer.state()).toEqual(large);
  });

  test("to no number after an unchecked update is refused and changes nothing", async () => {
    const optimizer = await Optimizer.create(sgd({ learningRate: 100, momentum: 0.9 }), [1]);
    optimizer.step([Float32Array.of(0)], [[3e38]], { checkFinite: false });
    const large = optimizer.state();
    expect((await mistake(() => optimizer.step([Float32Array.of(0)], [[1]]))).code).toBe("NON_FINITE");
    expect(optimizer.state()).toEqual(large);
  });

  test("lets NaN through where that is asked for", async () => {
    const theta = Float32Array.of(1, 2);
    const optimizer = await Optimizer.create(sgd({ learningRate: 1 }), [2]);
    optimizer.step([theta], [[Number.NaN, 1]], { checkFinite: false });
    expect([...theta]).toEqual([Number.NaN, 1]);
  });
});

test("decay leaves out what patterns name, by index or by name", async () => {
  const decayed = async (
    excludeFromDecay: string | string[],
    specs: readonly (number | { name: string; shape: number[] })[],
  ) => {
    const theta = [Float32Array.of(1), Float32Array.of(1), Float32Array.of(1)];
    const optimizer = await Optimizer.create(sgd({ learningRate: 1, weightDecay: 0.5, excludeFromDecay }), specs);
    optimizer.step(theta, [[0], [0], [0]]);
    return theta.map(([value]) => value);
  };
  const named = ["a.kernel", "a.bias", "b.c.bias"].map((name) => ({ name, shape: [1] }));
  expect(await decayed([], named)).toEqual([0.5, 0.5, 0.5]);
  expect(await decayed("bias", named)).toEqual([0.5, 1, 1]);
  expect(await decayed(["*.bias"], named)).toEqual([0.5, 1, 0.5]);
  expect(await decayed(["b.**"], named)).toEqual([0.5, 0.5, 1]);
  expect(await decayed(["1"], [1, 1, 1])).toEqual([0.5, 1, 0.5]);
  expect((await mistake(() => decayed("3", [1, 1, 1]), true)).message).toMatch(
    /excludeFromDecay.*"3" picks none of 0, 1, 2/,
  );
});

test("evaluation parameters are copies of the parameters", async () => {
  const theta = Float32Array.of(1, 2);
  const optimizer = await Optimizer.create("sgd", [2]);
  const [copy] = optimizer.evaluationParameters([theta]);
  expect(copy).toEqual(theta);
  expect(copy).not.toBe(theta);
});

test("an optimizer with names given twice, or without shape, is refused", async () => {
  expect(
    (
      await mistake(
        () =>
          Optimizer.create("sgd", [
            { name: "a", shape: [1] },
            { name: "a", shape: [1] },
          ]),
        true,
      )
    ).message,
  ).toMatch(/"a" is there twice/);
  expect((await mistake(() => Optimizer.create("sgd", [{ name: "a" } as never]), true)).message).toMatch(
    /^tensors\[0\]\.shape/,
  );
  expect((await Optimizer.create("sgd", [[]])).state().slots).toEqual([]); // a scalar
});
