/** Gradient transforms as a model applies them: between the gradient and the optimizer, in order, and the same on resume. */

import { describe, expect, test } from "vitest";
import {
  adam,
  adaptiveClip,
  clipByGlobalNorm,
  dense,
  gradientNoise,
  Model,
  matrix,
  type ParameterGradient,
  sgd,
  type Transform,
} from "../../ts/index.js";
import { flat, numbers, rows, x } from "./contract-helpers.js";

const y = matrix(numbers(rows * 2, 9, 4), [rows, 2]);
const layers = [dense(3, { activation: "tanh", biasInitializer: "randomNormal" }), dense(2)];

const create = (gradient: readonly Transform[], seed = 5) =>
  Model.create({
    inputs: 4,
    layers,
    loss: "meanSquaredError",
    optimizer: sgd({ learningRate: 1 }),
    gradient,
    seed,
  });

/** What an update at rate 1 took away, by name: the transformed gradient. */
function taken(model: Model): Map<string, number[]> {
  const before = model.parameters();
  model.trainOnBatch(x, y);
  const after = model.parameters();
  return new Map(
    before.map(({ name, data }, i) => [name, Array.from(data, (value, j) => value - (after[i]?.data[j] as number))]),
  );
}

function expectTaken(model: Model, want: (raw: readonly ParameterGradient[]) => number[][]): void {
  const raw = model.gradients(x, y).parameters;
  const wanted = want(raw);
  const got = taken(model);
  raw.forEach(({ name }, i) => {
    // the update and this subtraction round at the size of the weights, 1
    wanted[i]?.forEach((value, j) => {
      expect(got.get(name)?.[j], `${name} ${j}`).toBeCloseTo(value, 6);
    });
  });
}

const norm = (g: ArrayLike<number>) => Math.hypot(...Array.from(g));

describe("a step of sgd at rate 1 takes away", () => {
  test("the gradient divided by its norm", async () => {
    expectTaken(await create(["normalizeGradient"]), (raw) => {
      const whole = norm(raw.flatMap(({ gradient }) => [...gradient]));
      return raw.map(({ gradient }) => Array.from(gradient, (g) => g / whole));
    });
  });

  test("each parameter's gradient divided by its own norm", async () => {
    expectTaken(await create([{ type: "normalizeGradient", per: "parameter" }]), (raw) =>
      raw.map(({ gradient }) => Array.from(gradient, (g) => g / norm(gradient))),
    );
  });

  test("the gradient of each unit, its mean over the inputs gone", async () => {
    expectTaken(await create(["centralizeGradient"]), (raw) =>
      raw.map(({ gradient, shape: [inputs = 1, units] }) =>
        Array.from(gradient, (g, i) => {
          if (units === undefined) return g;
          const column = gradient.filter((_, j) => j % units === i % units);
          return g - column.reduce((a, b) => a + b) / inputs;
        }),
      ),
    );
  });

  test("no more than a share of each unit's weights", async () => {
    const model = await create([adaptiveClip(0.1)]);
    const weights = new Map(model.parameters().map(({ name, data }) => [name, data]));
    let clipped = 0;
    expectTaken(model, (raw) =>
      raw.map(({ name, gradient, shape: [, units = 1] }) =>
        Array.from(gradient, (g, i) => {
          const of = (data: Float32Array) => norm(data.filter((_, j) => j % units === i % units));
          const factor = (0.1 * Math.max(of(weights.get(name) as Float32Array), 1e-3)) / of(gradient);
          clipped += Number(factor < 1);
          return g * Math.min(1, factor);
        }),
      ),
    );
    expect(clipped).toBeGreaterThan(4);
  });

  test("what the transforms leave in their order", async () => {
    const noisy = [gradientNoise(0.25), clipByGlobalNorm(0.1)] as const;
    const last = taken(await create(noisy));
    expect(norm([...last.values()].flat())).toBeCloseTo(0.1, 5);
    const first = taken(await create([noisy[1], noisy[0]]));
    expect(norm([...first.values()].flat())).toBeGreaterThan(1);
  });
});

test("a frozen parameter does not count in the norm of the others", async () => {
  const model = await create(["normalizeGradient"]);
  model.freeze("layers.1.*");
  const got = taken(model);
  expect(norm(["layers.0.kernel", "layers.0.bias"].flatMap((name) => got.get(name) ?? []))).toBeCloseTo(1, 6);
});

describe("gradient noise", () => {
  const gradient = [gradientNoise({ eta: 0.01 })];
  const learn = async (model: Model, epochs: number, initialEpoch = 0) => {
    await model.fit(x, y, { epochs, batchSize: 8, initialEpoch });
    return model;
  };

  /** What a full batch's update adds to the gradient: 26 numbers. */
  const noise = (model: Model) => {
    const raw = model.gradients(x, y).parameters.flatMap(({ gradient }) => [...gradient]);
    return [...taken(model).values()].flat().map((value, i) => value - (raw[i] as number));
  };
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / a.length;

  test("is the same for the same seed, and other for another", async () => {
    const first = noise(await create([gradientNoise(1)]));
    expect(noise(await create([gradientNoise(1)]))).toEqual(first);
    const other = await create([gradientNoise(1)], 6);
    other.setParameters((await create([])).parameters());
    // 26 numbers of variance 1, twice: 1 ± 5·√(2/26), and their products 0 ± 4·√(1/26)
    const second = noise(other);
    for (const numbers of [first, second]) expect(Math.abs(product(numbers, numbers) - 1)).toBeLessThan(1.39);
    expect(Math.abs(product(first, second))).toBeLessThan(0.8);
  });

  test("goes on after loading as if nothing had been between, and in a clone", async () => {
    const whole = await learn(await create(gradient), 4);
    const half = await learn(await create(gradient), 2);
    const copy = half.clone();
    const loaded = await Model.load(half.save());
    await learn(loaded, 2, 2);
    await learn(copy, 2, 2);
    expect(flat(loaded.parameters())).toEqual(flat(whole.parameters()));
    expect(flat(copy.parameters())).toEqual(flat(whole.parameters()));
    expect(loaded.toJSON().gradient).toEqual(gradient);
  });

  test("does not come twice, though a new optimizer begins at update 0", async () => {
    const model = await create([gradientNoise(1)]);
    const first = noise(model);
    model.compile({ optimizer: sgd({ learningRate: 1 }) });
    const second = noise(model);
    expect(Math.abs(product(second, second) - 1)).toBeLessThan(1.39);
    expect(Math.abs(product(first, second))).toBeLessThan(0.8);
  });

  test("works under adam and with accumulated batches, one draw an update", async () => {
    const make = () => Model.create({ inputs: 4, layers, loss: "meanSquaredError", optimizer: adam(), gradient });
    const [parts, whole] = [await make(), await make()];
    await parts.fit(x, y, { batchSize: 8, accumulate: 4, shuffle: false, epochs: 3 });
    await whole.fit(x, y, { batchSize: 32, shuffle: false, epochs: 3 });
    const wanted = whole.parameters();
    parts.parameters().forEach(({ name, data }, i) => {
      data.forEach((value, j) => {
        // the same sums in another order
        expect(value, name).toBeCloseTo(wanted[i]?.data[j] as number, 5);
      });
    });
  });
});
