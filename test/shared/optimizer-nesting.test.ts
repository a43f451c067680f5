/** Rules inside one another: definitions, what is evaluated, rates, saving, mistakes. */

import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  adamw,
  batchNormalization,
  cosineDecay,
  dense,
  earlyStopping,
  ema,
  l2,
  lookahead,
  Model,
  minimize,
  Optimizer,
  type OptimizerConfig,
  oneCycle,
  perParameter,
  piecewiseConstant,
  restartOnLoss,
  rmsprop,
  sam,
  sgd,
  switchAt,
} from "../../ts/index.js";
import { config as base, type Case, flat, labels, mistake, numbers, x } from "./contract-helpers.js";

/** What trains an array in f64 and says where to evaluate. */
interface Plain {
  step(theta: Float64Array, g: Float64Array): void;
  point?(): Float64Array;
}

/** θ −= ηb, b = μb + g from b₁ = g; η and μ may depend on the update, counted from 0. */
function plainSgd(rate: (t: number) => number, mu: (t: number) => number): Plain {
  let [t, b] = [0, new Float64Array()];
  return {
    step(theta, g) {
      b = t === 0 ? g.slice() : b.map((old, i) => mu(t) * old + (g[i] as number));
      b.forEach((value, i) => {
        theta[i] = (theta[i] as number) - rate(t) * value;
      });
      t += 1;
    },
  };
}

/** Adam; β₁ may depend on the update, and its correction takes the β₁ of the update. */
function plainAdam(rate: (t: number) => number, beta1: (t: number) => number): Plain {
  let t = 0;
  let m = new Float64Array(99);
  let v = new Float64Array(99);
  return {
    step(theta, g) {
      const beta = beta1(t);
      m = m.map((old, i) => beta * old + (1 - beta) * (g[i] ?? 0));
      v = v.map((old, i) => 0.999 * old + 0.001 * (g[i] ?? 0) ** 2);
      const [c1, c2] = [1 - beta ** (t + 1), 1 - 0.999 ** (t + 1)];
      theta.forEach((value, i) => {
        theta[i] = value - (rate(t) * (m[i] as number)) / c1 / (Math.sqrt((v[i] as number) / c2) + 1e-8);
      });
      t += 1;
    },
  };
}

const always = (value: number) => () => value;

/** φ += α(θ − φ) every k updates, and θ = φ. */
function plainLookahead(inner: Plain, k: number, alpha: number): Plain {
  let [t, slow] = [0, new Float64Array()];
  return {
    step(theta, g) {
      if (t === 0) slow = theta.slice();
      inner.step(theta, g);
      t += 1;
      if (t % k > 0) return;
      slow = slow.map((value, i) => value + alpha * ((theta[i] as number) - value));
      theta.set(slow);
    },
    point: () => slow,
  };
}

/** m = θ after the first update, then m = d·m + (1 − d)θ. */
function plainEma(inner: Plain, d: number): Plain {
  let [t, mean] = [0, new Float64Array()];
  return {
    step(theta, g) {
      inner.step(theta, g);
      t += 1;
      mean = t === 1 ? theta.slice() : mean.map((value, i) => d * value + (1 - d) * (theta[i] as number));
    },
    point: () => mean,
  };
}

function plainSwitch(at: number, first: Plain, second: Plain): Plain {
  let t = 0;
  return {
    step(theta, g) {
      (t < at ? first : second).step(theta, g);
      t += 1;
    },
  };
}

/** The first `length` numbers by one rule, the rest by another. */
function plainSplit(length: number, first: Plain, rest: Plain): Plain {
  return {
    step(theta, g) {
      first.step(theta.subarray(0, length), g.subarray(0, length));
      rest.step(theta.subarray(length), g.subarray(length));
    },
  };
}

const [fast, slow] = [adam({ learningRate: 0.05 }), sgd({ learningRate: 0.02, momentum: 0.9 })];
const plainFast = () => plainAdam(always(0.05), always(0.9));
const plainSlow = () => plainSgd(always(0.02), always(0.9));
const [shapes, sizes, size] = [[[3, 2], [5]], [6, 5], 11];

/** 220 updates with gradients that change, checked against the plain ones after each. */
async function compare(config: OptimizerConfig, plain: Plain): Promise<void> {
  const optimizer = await Optimizer.create(config, shapes);
  const split = (all: Float32Array) => [all.slice(0, sizes[0]), all.slice(sizes[0])];
  const theta = split(numbers(size, 1));
  const want = Float64Array.from(numbers(size, 1));
  let largest = 0;
  for (let t = 0; t < 220; t++) {
    const g = numbers(size, 100 + t, 2 ** ((t % 7) - 3));
    optimizer.step(theta, split(g));
    plain.step(want, Float64Array.from(g));
    largest = Math.max(largest, ...want.map(Math.abs));
    const points: [string, Float32Array[], Float64Array][] = [
      ["θ", theta, want],
      ["the point", optimizer.evaluationParameters(theta), plain.point?.() ?? want],
    ];
    for (const [name, got, wanted] of points) {
      const flatGot = got.flatMap((array) => [...array]);
      const worst = Math.max(...flatGot.map((value, i) => Math.abs(value - (wanted[i] as number))));
      // numerics.md: f32 with scalars in f64 stays at 4e-6 of the largest |θ|.
      expect(worst / largest, `${name} after update ${t}`).toBeLessThanOrEqual(5e-6);
    }
  }
  optimizer.dispose();
}

describe("220 updates follow the definition in f64:", () => {
  test.each<[string, OptimizerConfig, () => Plain]>([
    ["lookahead of sgd", lookahead(slow, { k: 4, alpha: 0.3 }), () => plainLookahead(plainSlow(), 4, 0.3)],
    ["lookahead of adam, defaults", lookahead(fast), () => plainLookahead(plainFast(), 5, 0.5)],
    [
      "lookahead with alpha 1, which changes nothing",
      lookahead(fast, { alpha: 1 }),
      () => plainLookahead(plainFast(), 5, 1),
    ],
    ["ema of sgd, default decay", ema(slow), () => plainEma(plainSlow(), 0.999)],
    ["ema of adam", ema(fast, { decay: 0.8 }), () => plainEma(plainFast(), 0.8)],
    ["switchAt", switchAt(70, fast, slow), () => plainSwitch(70, plainFast(), plainSlow())],
    [
      "perParameter",
      perParameter([
        ["1", fast],
        ["0", slow],
      ]),
      () => plainSplit(6, plainSlow(), plainFast()),
    ],
    [
      "ema of lookahead of switchAt",
      ema(lookahead(switchAt(30, slow, fast), { k: 7 }), { decay: 0.9 }),
      () => plainEma(plainLookahead(plainSwitch(30, plainSlow(), plainFast()), 7, 0.5), 0.9),
    ],
    [
      "three, one after the other",
      switchAt(20, slow, switchAt(50, fast, sgd({ learningRate: 0.05 }))),
      () => plainSwitch(20, plainSlow(), plainSwitch(50, plainFast(), plainSgd(always(0.05), always(0)))),
    ],
    [
      "wrappers side by side",
      perParameter([
        ["0", lookahead(slow, { k: 3 })],
        ["**", switchAt(11, fast, slow)],
      ]),
      () => {
        const ahead = plainLookahead(plainSlow(), 3, 0.5);
        const both = plainSplit(6, ahead, plainSwitch(11, plainFast(), plainSlow()));
        let rest = new Float64Array();
        return {
          step(theta, g) {
            both.step(theta, g);
            rest = theta.slice(6);
          },
          point: () => Float64Array.of(...(ahead.point?.() ?? []), ...rest),
        };
      },
    ],
  ])("%s", (_, config, plain) => compare(config, plain()));
});

describe("oneCycle drives", () => {
  const schedule = oneCycle({ max: 0.1, steps: 200 });
  /** torch's closed form in f64. */
  const cosine = (from: number, to: number, share: number) => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
  const phase = (t: number, up: number, top: number, end: number) => {
    if (t <= 59) return cosine(up, top, t / 59);
    return t >= 199 ? end : cosine(top, end, (t - 59) / 140);
  };
  const rate = (t: number) => phase(t, 0.004, 0.1, 4e-7);
  const momentum = (t: number) => phase(t, 0.95, 0.85, 0.95);

  test.each<[string, OptimizerConfig, () => Plain]>([
    ["the momentum of sgd", sgd({ momentum: 0.5, learningRate: schedule }), () => plainSgd(rate, momentum)],
    ["β₁ of adam", adam({ learningRate: schedule }), () => plainAdam(rate, momentum)],
    ["no momentum where sgd has none", sgd({ learningRate: schedule }), () => plainSgd(rate, always(0))],
    [
      "the rules inside, each from its own start",
      switchAt(
        40,
        slow,
        perParameter([
          ["0", adam({ learningRate: schedule })],
          ["1", fast],
        ]),
      ),
      () => plainSwitch(40, plainSlow(), plainSplit(6, plainAdam(rate, momentum), plainFast())),
    ],
  ])("%s", (_, config, plain) => compare(config, plain()));

  test("the same in fit", async () => {
    const model = (optimizer: OptimizerConfig) => Model.create({ ...base, optimizer });
    const [own, given] = [await model(adam({ learningRate: schedule })), await model(adam())];
    await own.fit(x, labels, { epochs: 4, batchSize: 8 });
    await given.fit(x, labels, { epochs: 4, batchSize: 8, schedule });
    expect(flat(given.parameters())).toEqual(flat(own.parameters()));
  });
});

const layers = [dense(6, { activation: "tanh", kernelRegularizer: l2(0.01) }), batchNormalization(), dense(3)];
const config = { ...base, layers } as const;

const trees = {
  lookahead: lookahead(adam({ learningRate: 0.02 }), { k: 3 }),
  ema: ema(sgd({ learningRate: 0.1, momentum: 0.9 }), { decay: 0.8 }),
  switchAt: switchAt(7, adam({ learningRate: 0.02 }), ema(sgd({ learningRate: 0.05 }), { decay: 0.5 })),
  perParameter: perParameter([
    ["layers.0.*", adamw({ learningRate: 0.02, weightDecay: 0.1, excludeFromDecay: "bias" })],
    [["bias", "beta"], sgd({ learningRate: 0.05 })],
    ["**", lookahead(rmsprop({ centered: true, momentum: 0.5 }), { k: 2 })],
  ]),
  sam: ema(sam(lookahead(adam({ learningRate: 0.02 }), { k: 3 }), { rho: 0.2 }), { decay: 0.8 }),
  nested: ema(
    lookahead(
      switchAt(
        5,
        adam({ learningRate: cosineDecay({ initial: 0.05, steps: 9 }) }),
        perParameter([
          ["kernel", adagrad({ learningRate: restartOnLoss({ threshold: 1.05, initial: 0.1, decay: 0.8 }) })],
          ["**", sgd({ momentum: 0.9 })],
        ]),
      ),
    ),
    { decay: 0.7 },
  ),
} satisfies Record<string, OptimizerConfig>;

describe.each(Object.entries(trees))("a model with %s", (_, optimizer) => {
  const begin = async () => {
    const model = await Model.create({ ...config, optimizer });
    await model.fit(x, labels, { epochs: 2, batchSize: 8 });
    return model;
  };

  test("goes on to the same bits after save and load, and in a clone", async () => {
    // Once with what began before, once with what begins right after.
    for (const extra of [0, 1]) {
      const model = await begin();
      for (let i = 0; i < extra; i++) model.trainOnBatch(x, labels);
      const others = [await Model.load(model.save()), model.clone()];
      for (const other of others) {
        expect(other.evaluate(x, labels)).toEqual(model.evaluate(x, labels));
      }
      for (const each of [model, ...others]) {
        await each.fit(x, labels, { epochs: 2, batchSize: 8 });
        each.trainOnBatch(x, labels);
      }
      for (const other of others) expect(other.save()).toEqual(model.save());
    }
  });

  test("evaluates, predicts and shows with the averaged weights", async () => {
    const model = await begin();
    const [raw, averaged] = [model.parameters(), model.parameters({ averaged: true })];
    const other = await Model.create({ ...config, optimizer: "sgd" });
    other.setParameters(averaged);
    expect(other.evaluate(x, labels)).toEqual(model.evaluate(x, labels));
    expect(other.predict(x)).toEqual(model.predict(x));
    expect(other.forward(x)).toEqual(model.forward(x));
    // Looking at it changes nothing.
    expect(flat(model.parameters())).toEqual(flat(raw));
  });

  test("starts anew after reset", async () => {
    const model = await begin();
    const first = model.save();
    model.reset();
    await model.fit(x, labels, { epochs: 2, batchSize: 8 });
    expect(model.save()).toEqual(first);
  });

  test("leaves frozen parameters where they are", async () => {
    const model = await begin();
    model.freeze(["layers.0.**", "gamma"]);
    const before = model.parameters();
    await model.fit(x, labels, { epochs: 1, batchSize: 8 });
    model.parameters().forEach(({ name, data }, i) => {
      const holds = name.startsWith("layers.0.") || name.endsWith("gamma");
      expect([name, data.every((value, j) => value === before[i]?.data[j])]).toEqual([name, holds]);
    });
    model.unfreeze("**");
    await model.fit(x, labels, { epochs: 1, batchSize: 8 });
    const kernel = model.parameters()[0]?.data[0];
    expect(kernel).not.toBe(before[0]?.data[0]);
  });

  test("takes back an update that overflows, averages included", async () => {
    const model = await begin();
    const before = model.save();
    await mistake(() => model.fit(x, labels, { schedule: () => 1e300 }), true);
    expect(model.save()).toEqual(before);
  });

  test("is plain data, complete and frozen", async () => {
    const json = JSON.parse(JSON.stringify(optimizer));
    const model = await Model.create({ ...config, optimizer: json });
    expect(model.toJSON().optimizer).toEqual(optimizer);
    expect(structuredClone(optimizer)).toEqual(optimizer);
    expect(Object.isFrozen(optimizer)).toBe(true);
  });
});

test("averages differ from the weights they average, and lookahead's between synchronisations too", async () => {
  for (const optimizer of [trees.ema, trees.lookahead, trees.nested]) {
    const model = await Model.create({ ...config, optimizer });
    const start = flat(model.parameters());
    expect(flat(model.parameters({ averaged: true }))).toEqual(start);
    for (let i = 0; i < 4; i++) model.trainOnBatch(x, labels);
    const [raw, averaged] = [model.parameters(), model.parameters({ averaged: true })];
    raw.forEach(({ name, data }, i) => {
      const isStatistic = name.includes("moving");
      expect([name, averaged[i]?.data.every((value, j) => value === data[j])]).toEqual([name, isStatistic]);
    });
  }
});

test("ema trains as its inner optimizer does", async () => {
  const inner = sgd({ learningRate: 0.1, momentum: 0.9 });
  const [one, other] = [
    await Model.create({ ...config, optimizer: ema(inner) }),
    await Model.create({ ...config, optimizer: inner }),
  ];
  const histories = [one, other].map((model) => model.fit(x, labels, { epochs: 3, batchSize: 8 }));
  const [a, b] = await Promise.all(histories);
  expect(a?.epochs.map(({ loss }) => loss)).toEqual(b?.epochs.map(({ loss }) => loss));
  expect(flat(one.parameters())).toEqual(flat(other.parameters()));
});

test("validation and early stopping look at the average, and bring the best one back", async () => {
  const optimizer = ema(sgd({ learningRate: 0.5 }), { decay: 0.5 });
  const model = await Model.create({ ...config, optimizer });
  const stop = earlyStopping({ patience: 3, restoreBest: true });
  const seen: number[] = [];
  const watch = {
    onEpochEnd: () => {
      seen.push(model.evaluate(x, labels).loss);
    },
  };
  const { epochs } = await model.fit(x, labels, {
    epochs: 30,
    batchSize: 8,
    validationData: [x, labels],
    callbacks: [watch, stop],
  });
  expect(epochs.map(({ val_loss }) => val_loss)).toEqual(seen);
  expect(Math.min(...seen)).toBeLessThan(seen.at(-1) as number);
  expect(model.evaluate(x, labels).loss).toBe(Math.min(...seen));
});

test("parameters that are set are evaluated, and averaged from there", async () => {
  const optimizer = ema(sgd({ learningRate: 0.1 }), { decay: 0.5 });
  const model = await Model.create({ ...config, optimizer });
  await model.fit(x, labels, { epochs: 2, batchSize: 8 });
  const data = numbers(3, 7);
  model.setParameters([{ name: "layers.2.bias", data }]);
  const find = (averaged: boolean) => model.parameters({ averaged }).find(({ name }) => name === "layers.2.bias")?.data;
  expect(find(true)).toEqual(data);
  model.trainOnBatch(x, labels);
  const [raw, mean] = [find(false), find(true)];
  data.forEach((value, i) => {
    // One rounding of a number below 1.
    expect(Math.abs((value + (raw?.[i] as number)) / 2 - (mean?.[i] as number))).toBeLessThan(1e-7);
  });
});

test("compile starts another optimizer at its first step", async () => {
  const model = await Model.create({ ...config, optimizer: trees.lookahead });
  await model.fit(x, labels, { epochs: 1, batchSize: 8 });
  const other = await Model.create({ ...config, optimizer: trees.perParameter });
  other.setParameters(model.parameters());
  model.compile({ optimizer: trees.perParameter });
  for (const each of [model, other]) each.trainOnBatch(x, labels);
  expect(flat(model.parameters())).toEqual(flat(other.parameters()));
  for (const each of [model, other]) await each.fit(x, labels, { batchSize: 8, shuffle: false, schedule: () => 0.125 });
  expect(flat(model.parameters())).toEqual(flat(other.parameters()));
  // What is no optimizer for these parameters changes nothing.
  const before = model.save();
  await mistake(() => model.compile({ optimizer: perParameter([["kernel", "sgd"]]), loss: "meanSquaredError" }));
  expect(model.save()).toEqual(before);
});

describe("rates", () => {
  const steps = (rates: number[]) =>
    piecewiseConstant({ boundaries: rates.slice(1).map((_, i) => i + 1), values: rates });

  test("are those of the rule in effect, each schedule from its own start", async () => {
    const optimizer = switchAt(
      3,
      sgd({ learningRate: steps([0.5, 0.25, 0.125, 9]) }),
      perParameter([
        ["kernel", sgd({ learningRate: steps([0.0625, 0.03125]) })],
        ["**", sgd({ learningRate: 7 })],
      ]),
    );
    const wanted = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.03125];
    const bare = await Optimizer.create(optimizer, [
      { name: "kernel", shape: [1] },
      { name: "b", shape: [1] },
    ]);
    const theta = [Float32Array.of(0), Float32Array.of(0)];
    const model = await Model.create({ ...config, optimizer });
    for (const rate of wanted) {
      expect(bare.learningRate).toBe(rate);
      bare.step(theta, [[-1], [0]]);
      expect(model.trainOnBatch(x, labels).learningRate).toBe(rate);
    }
    expect(theta[0]?.[0]).toBe(1);
    const fitted = await Model.create({ ...config, optimizer });
    const seen: number[] = [];
    const onBatchEnd = (_: number, { learningRate }: { learningRate: number }) => {
      seen.push(learningRate);
    };
    const { epochs } = await fitted.fit(x, labels, { epochs: 6, batchSize: "full", callbacks: [{ onBatchEnd }] });
    expect(seen).toEqual(wanted);
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual(wanted);
    const whole = await Model.create({ ...config, optimizer });
    const { epochs: silent } = await whole.fit(x, labels, { epochs: 6, batchSize: "full" });
    expect(silent.map(({ learningRate }) => learningRate)).toEqual(wanted);
  });

  test("of a fit's schedule stand for those of all rules, and a function is asked once", async () => {
    const asked: number[] = [];
    const schedule = (step: number) => {
      asked.push(step);
      return 0.1 / (step + 1);
    };
    const tree = switchAt(
      3,
      perParameter([
        ["bias", sgd({ learningRate: 5 })],
        ["**", sgd()],
      ]),
      ema(sgd()),
    );
    const [one, other] = [
      await Model.create({ ...config, optimizer: tree }),
      await Model.create({ ...config, optimizer: "sgd" }),
    ];
    const { epochs } = await one.fit(x, labels, { epochs: 2, batchSize: 8, schedule });
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await other.fit(x, labels, { epochs: 2, batchSize: 8, schedule });
    expect(flat(one.parameters())).toEqual(flat(other.parameters()));
    expect(epochs.at(-1)?.learningRate).toBe(0.1 / 8);
  });

  test("set by hand stand for those of all rules, and are part of the state", async () => {
    const tree = perParameter([
      ["0", sgd()],
      ["1", sgd({ learningRate: 3 })],
    ]);
    const [optimizer, other] = [await Optimizer.create(tree, [1, 1]), await Optimizer.create(tree, [1, 1])];
    optimizer.learningRate = 0.5;
    const theta = [Float32Array.of(0), Float32Array.of(0)];
    optimizer.step(theta, [[-1], [-1]]);
    other.loadState(optimizer.state());
    other.step(theta, [[-1], [-1]]);
    expect(theta).toEqual([Float32Array.of(1), Float32Array.of(1)]);
  });

  test("of a schedule that watches the loss start again for that rule alone", async () => {
    const watching = restartOnLoss({ threshold: 1, initial: 0.5, decay: 0.5 });
    const tree = switchAt(
      2,
      sgd({ learningRate: 0.25 }),
      perParameter([
        ["0", sgd({ learningRate: watching })],
        ["1", sgd({ learningRate: 0.125 })],
      ]),
    );
    const make = () => Optimizer.create(tree, [1, 1]);
    let optimizer = await make();
    const theta = [Float32Array.of(0), Float32Array.of(0)];
    const rates: number[] = [];
    for (const loss of [0.5, 0.5, 0.5, 2, 2, 0.5, 0.5]) {
      rates.push(optimizer.learningRate);
      optimizer.step(theta, [[-1], [-1]]);
      optimizer.observeLoss(loss);
      const next = await make();
      next.loadState(structuredClone(optimizer.state()));
      optimizer = next;
    }
    // It does not see the losses of the first rule: the one below the threshold after its own first update restarts it.
    expect(rates).toEqual([0.25, 0.25, 0.5, 0.5, 0.25, 0.125, 0.5]);
  });
});

test("patterns of excludeFromDecay are those of the rule's own parameters", async () => {
  const decaying = (excludeFromDecay: string | readonly string[]) =>
    sgd({ learningRate: 1, weightDecay: 0.5, excludeFromDecay });
  const tree = perParameter([
    ["a.*", decaying("bias")],
    ["**", decaying("kernel")],
  ]);
  const names = ["a.kernel", "a.bias", "b.kernel", "b.bias"];
  const optimizer = await Optimizer.create(
    tree,
    names.map((name) => ({ name, shape: [1] })),
  );
  const theta = names.map(() => Float32Array.of(1));
  optimizer.step(
    theta,
    names.map(() => [0]),
  );
  expect(theta.map(([value]) => value)).toEqual([0.5, 1, 1, 0.5]);
});

test("parts that never meet share their state buffers", async () => {
  const slots = async (tree: OptimizerConfig) => (await Optimizer.create(tree, [2, 3])).state().slots.length;
  expect(await slots(switchAt(3, adam(), sgd({ momentum: 0.9 })))).toBe(2);
  expect(
    await slots(
      perParameter([
        ["0", adam()],
        ["1", sgd({ momentum: 0.9 })],
      ]),
    ),
  ).toBe(2);
  expect(
    await slots(
      lookahead(
        perParameter([
          ["0", adam()],
          ["1", sgd({ momentum: 0.9 })],
        ]),
      ),
    ),
  ).toBe(3);
  expect(await slots(ema(lookahead(adam())))).toBe(4);
});

test("minimize ends at the average, with the value there", async () => {
  const bowl = (at: Float64Array) => ({ value: (at[0] as number) ** 2, gradient: [2 * (at[0] as number)] });
  const noisy = sgd({ learningRate: 0.95 });
  const plain = await minimize(bowl, [1], { optimizer: noisy, maxIterations: 20 });
  const averaged = await minimize(bowl, [1], { optimizer: ema(noisy, { decay: 0.5 }), maxIterations: 20 });
  expect(averaged.path).toEqual(plain.path);
  expect(Math.abs(averaged.x[0] as number)).toBeLessThan(Math.abs(plain.x[0] as number) / 2);
  expect(averaged.value).toBe((averaged.x[0] as number) ** 2);
});

describe("a state", () => {
  test("of another nesting is refused", async () => {
    const optimizer = await Optimizer.create(ema(adam()), [2]);
    const state = optimizer.state();
    expect(state.type).toBe("adam+ema");
    const other = await Optimizer.create(lookahead(adam()), [2]);
    const error = await mistake(() => other.loadState(state));
    expect([error.code, error.message]).toEqual([
      "CONFIG",
      'loadState: expected the state of adam+lookahead, got "adam+ema"',
    ]);
  });
});

describe("mistakes:", () => {
  const loosely = (value: unknown) => value as never;
  const create = (optimizer: OptimizerConfig) =>
    Optimizer.create(optimizer, [
      { name: "a.kernel", shape: [2] },
      { name: "a.bias", shape: [1] },
    ]);

  test.each<Case<undefined>>([
    [
      "lookahead in lookahead",
      () => lookahead(lookahead(adam())),
      "CONFIG",
      /^lookahead: expected no lookahead inside lookahead/,
    ],
    [
      "deep in another",
      () => lookahead(switchAt(3, "sgd", lookahead("adam"))),
      "CONFIG",
      /^lookahead: expected no lookahead/,
    ],
    ["ema in lookahead", () => lookahead(ema(adam())), "CONFIG", /write ema\(lookahead/],
    ["ema in ema", () => ema(perParameter([["**", ema(adam())]])), "CONFIG", /^ema: expected no ema inside ema/],
    [
      "a switch that never comes",
      () => switchAt(5, ema(switchAt(5, "sgd", "adam")), "sgd"),
      "CONFIG",
      /^switchAt\.first: a switch after 5 updates never comes: it makes only 5/,
    ],
    [
      "a later switch that never comes",
      () => switchAt(10, switchAt(6, "sgd", switchAt(6, "adam", "sgd")), "sgd"),
      "CONFIG",
      /^switchAt\.first: a switch after 12 updates never comes: it makes only 10/,
    ],
    ["no inner optimizer", () => lookahead(loosely(undefined)), "CONFIG", /^lookahead\.optimizer: must be given/],
    [
      "an unknown inner optimizer",
      () => ema(loosely("adom")),
      "CONFIG",
      /^ema\.optimizer: unknown name "adom"; did you mean "adam"/,
    ],
    [
      "an option of an inner one",
      () => switchAt(3, "sgd", loosely({ type: "adam", lr: 1 })),
      "CONFIG",
      /^switchAt\.second: unknown option "lr" of adam/,
    ],
    ["k below 1", () => lookahead("sgd", { k: 0 }), "CONFIG", /^lookahead\.k: /],
    ["alpha 0", () => lookahead("sgd", { alpha: 0 }), "CONFIG", /^lookahead\.alpha: /],
    ["decay 1", () => ema({ decay: 1 }), "CONFIG", /^ema\.decay: /],
    ["an unknown option", () => ema(loosely({ beta: 1 })), "CONFIG", /^ema: unknown option "beta"/],
    ["a step below 1", () => switchAt(0, "sgd", "adam"), "CONFIG", /^switchAt\.step: /],
    ["no rules", () => perParameter([]), "CONFIG", /^perParameter\.rules: expected at least 1/],
    [
      "a rule that is no pair",
      () => perParameter(loosely([["a"]])),
      "CONFIG",
      /^perParameter\.rules\[0\]: expected \[pattern, optimizer\]/,
    ],
    ["a pattern that is none", () => perParameter(loosely([[3, "sgd"]])), "CONFIG", /^perParameter\.rules\[0\]\[0\]: /],
  ])("%s", async (_, call, code, message) => {
    const error = await mistake(() => call(undefined));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });

  test.each<Case<undefined>>([
    [
      "a parameter without a rule",
      () => create(perParameter([["kernel", "sgd"]])),
      "CONFIG",
      /^optimizer\.rules: no pattern picks a\.bias; add a last rule \["\*\*", …\]/,
    ],
    [
      "a pattern without a match",
      () =>
        create(
          perParameter([
            ["gamma", "sgd"],
            ["**", "adam"],
          ]),
        ),
      "CONFIG",
      /^optimizer\.rules\[0\]\[0\]: the pattern "gamma" picks none of a\.kernel, a\.bias/,
    ],
    [
      "a rule that comes too late",
      () =>
        create(
          perParameter([
            ["**", "sgd"],
            ["bias", "adam"],
          ]),
        ),
      "CONFIG",
      /^optimizer\.rules\[1\]\[0\]: all that "bias" picks is taken by rules before it/,
    ],
    [
      "decay of what another rule has",
      () =>
        create(
          perParameter([
            ["kernel", sgd({ excludeFromDecay: "bias" })],
            ["**", "sgd"],
          ]),
        ),
      "CONFIG",
      /^optimizer\.rules\[0\]\[1\]\.excludeFromDecay: the pattern "bias" picks none of a\.kernel/,
    ],
    [
      "the same further in",
      () => create(ema(switchAt(2, "sgd", perParameter([["bias", "sgd"]])))),
      "CONFIG",
      /^optimizer\.optimizer\.second\.rules: no pattern picks a\.kernel/,
    ],
    [
      "the same in a model",
      () => Model.create({ ...config, optimizer: perParameter([["bias", "sgd"]]) }),
      "CONFIG",
      /^optimizer\.rules: no pattern picks layers\.0\.kernel, layers\.1\.gamma/,
    ],
  ])("%s", async (_, call, code, message) => {
    const error = await mistake(() => call(undefined), true);
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });
});
