/** Every rule inside every wrapper, in a model and on arrays: what is saved is all that decides how it goes on. */

import { describe, expect, test } from "vitest";
import { normalizeOptimizer, type OptimizerConfig, optimizerNames } from "../../ts/config/optimizers/index.js";
import {
  constantRate,
  dense,
  ema,
  lookahead,
  Model,
  NonFiniteError,
  Optimizer,
  perParameter,
  scheduleFreeAdamW,
  sgd,
  switchAt,
} from "../../ts/index.js";
import { numbers } from "./contract-helpers.js";

const flat = (parameters: ReturnType<Model["parameters"]>) => parameters.flatMap(({ data }) => [...data]);
const [x, y] = [numbers(48, 1), numbers(12, 2)];

const wrapped: Readonly<Record<string, (rule: OptimizerConfig) => OptimizerConfig>> = {
  "by itself": (rule) => rule,
  "in lookahead": (rule) => lookahead(rule, { k: 3 }),
  "in ema": (rule) => ema(rule, { decay: 0.5 }),
  "before a switch": (rule) => switchAt(7, rule, sgd()),
  "after a switch": (rule) => switchAt(3, sgd(), rule),
  "beside itself": (rule) =>
    perParameter([
      ["layers.0.*", rule],
      ["**", rule],
    ]),
};
const cases = optimizerNames.flatMap((name) =>
  Object.entries(wrapped).map(([where, wrap]) => [name, where, wrap(normalizeOptimizer(name, name))] as const),
);

const create = (optimizer: OptimizerConfig) =>
  Model.create({
    inputs: 4,
    layers: [dense(3, { activation: "tanh" }), dense(1)],
    loss: "meanSquaredError",
    optimizer,
    seed: 3,
  });

describe.each(cases)("%s %s", (_, __, optimizer) => {
  test("goes on to the same bits when saved, cloned, reset, accumulated and scheduled", async () => {
    const model = await create(optimizer);
    const options = { batchSize: 6, accumulate: 2, shuffle: false, schedule: constantRate(0.02) } as const;
    await model.fit(x, y, { epochs: 5, ...options });
    const [loaded, copy] = [await Model.load(model.save()), await model.clone()];
    for (const each of [model, loaded, copy]) await each.fit(x, y, { epochs: 1, initialEpoch: 5, ...options });
    const end = flat(model.parameters());
    expect(end.every(Number.isFinite)).toBe(true);
    expect(flat(loaded.parameters())).toEqual(end);
    expect(flat(copy.parameters())).toEqual(end);
    expect(loaded.save()).toEqual(model.save());
    expect(loaded.predict(x).data).toEqual(model.predict(x).data);
    model.reset();
    await model.fit(x, y, { epochs: 6, ...options });
    expect(flat(model.parameters())).toEqual(end);
  });
});

// Of rprop's rates only the first counts, and adafactor holds them below 1/√t.
describe.each(cases.filter(([name]) => name !== "rprop" && name !== "adafactor"))("%s %s", (_, __, optimizer) => {
  test("stands as before after an update that overflows", async () => {
    const shapes = [3, 2].map((rows, i) => ({ name: `layers.${i}.kernel`, shape: [rows, 2] }));
    const own = await Optimizer.create(optimizer, shapes);
    const theta = [numbers(6, 1), numbers(4, 2)];
    const gradients = (t: number) => [numbers(6, t), numbers(4, t + 50)];
    for (let t = 0; t < 9; t++) own.step(theta, gradients(t));
    const [before, state] = [structuredClone(theta), own.state()];
    own.learningRate = 1e300;
    expect(() => own.step(theta, gradients(10))).toThrow(NonFiniteError);
    expect(theta).toEqual(before);
    expect({ ...own.state(), learningRate: undefined }).toEqual(state);
  });
});

test("a model evaluates, predicts and saves with the average of scheduleFreeAdamW", async () => {
  const beta1 = 0.8;
  const model = await create(scheduleFreeAdamW({ learningRate: 0.05, beta1 }));
  const same = await create(sgd());
  let mean = flat(model.parameters());
  for (let t = 1; t <= 9; t++) {
    model.trainOnBatch(x, y);
    // y = (1 − β₁)z + β₁x, and x = x + (z − x)/t while the rate is constant: z from y, then x.
    mean = flat(model.parameters()).map((yi, i) => {
      const before = mean[i] as number;
      const z = (yi - beta1 * (1 - 1 / t) * before) / (1 - beta1 + beta1 / t);
      return before + (z - before) / t;
    });
  }
  const averaged = model.parameters({ averaged: true });
  flat(averaged).forEach((value, i) => {
    expect(Math.abs(value - (mean[i] as number))).toBeLessThan(1e-6);
  });
  expect(
    Math.max(...flat(model.parameters()).map((value, i) => Math.abs(value - (mean[i] as number)))),
  ).toBeGreaterThan(1e-3);
  same.setParameters(averaged.map(({ name, data }) => ({ name, data })));
  expect(model.evaluate(x, y)).toEqual(same.evaluate(x, y));
  expect(model.predict(x).data).toEqual(same.predict(x).data);
  expect((await Model.load(model.save())).predict(x).data).toEqual(same.predict(x).data);
});

test("a state whose numbers are not the rule's is refused with nothing changed", async () => {
  const optimizer = await Optimizer.create(scheduleFreeAdamW(), [3]);
  const theta = numbers(3, 1);
  optimizer.step([theta], [numbers(3, 2)]);
  const state = optimizer.state();
  expect(state.numbers).toEqual([2.5e-3 ** 2, 2.5e-3]);
  for (const numbers of [undefined, [1], [1, 2, 3], [1, Number.NaN], "12"]) {
    expect(() => optimizer.loadState({ ...state, numbers } as typeof state)).toThrow(/loadState\.numbers/);
    expect(optimizer.state()).toEqual(state);
  }
  const plain = await Optimizer.create(sgd(), [3]);
  expect(() => plain.loadState({ ...plain.state(), numbers: [1] })).toThrow(/loadState\.numbers/);
});
