/** First weights through the facade and the wasm core: 1e5 draws of each initialiser against its definition (numerics.md). */

import { describe, expect, test } from "vitest";
import { initializerNames } from "../../ts/config/initializers.js";
import {
  constant,
  dense,
  type Initializer,
  identity,
  Model,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
} from "../../ts/index.js";

const inputs = 400;
const units = 250;
const draws = inputs * units;

/** The kernel of a layer `[rows, columns]`. */
async function kernel(kernelInitializer: Initializer, rows = inputs, columns = units, seed = 3): Promise<Float32Array> {
  const layers = [dense(columns, { kernelInitializer, useBias: false })];
  const model = await Model.create({ inputs: rows, layers, loss: "meanSquaredError", seed });
  const data = model.parameters()[0]?.data ?? new Float32Array();
  model.dispose();
  expect(data).toHaveLength(rows * columns);
  return data;
}

const mean = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0) / x.length;
const variance = (x: ArrayLike<number>, about: number) => mean(Array.from(x, (value) => (value - about) ** 2));

/**
 * Over n draws of variance v a mean strays by √(v/n), and a variance by at most v·√(2/n), the normal's; a bounded
 * distribution's strays less. Five of those each: less than once in a million, and the seed is fixed.
 */
function expectMoments(x: ArrayLike<number>, wantMean: number, wantVariance: number): void {
  expect(Math.abs(mean(x) - wantMean)).toBeLessThan(5 * Math.sqrt(wantVariance / x.length));
  expect(Math.abs(variance(x, wantMean) / wantVariance - 1)).toBeLessThan(5 * Math.sqrt(2 / x.length));
}

/** Standard deviation of a normal variable cut off at two deviations. */
const cut = 0.87962566;
const normal = (v: number) => [0, v, (2 * Math.sqrt(v)) / cut] as const;
const uniform = (v: number) => [0, v, Math.sqrt(3 * v)] as const;
const [glorot, he, lecun] = [2 / (inputs + units), 2 / inputs, 1 / inputs];

/** mean, variance, largest distance from the mean */
const distributions: readonly (readonly [Initializer, readonly [number, number, number]])[] = [
  ["randomNormal", [0, 0.05 ** 2, Number.POSITIVE_INFINITY]],
  [randomNormal({ mean: 0.5, stddev: 0.2 }), [0.5, 0.04, Number.POSITIVE_INFINITY]],
  ["randomUniform", [0, 0.1 ** 2 / 12, 0.05]],
  [randomUniform({ min: -1, max: 3 }), [1, 16 / 12, 2]],
  ["truncatedNormal", [0, (0.05 * cut) ** 2, 0.1]],
  [truncatedNormal({ mean: -1, stddev: 0.2 }), [-1, (0.2 * cut) ** 2, 0.4]],
  ["glorotNormal", normal(glorot)],
  ["glorotUniform", uniform(glorot)],
  ["heNormal", normal(he)],
  ["heUniform", uniform(he)],
  ["lecunNormal", normal(lecun)],
  ["lecunUniform", uniform(lecun)],
];

describe("1e5 draws have mean, variance and bounds of", () => {
  test.each(distributions.map(([initializer, want]) => [JSON.stringify(initializer), initializer, want] as const))(
    "%s",
    async (_, initializer, [wantMean, wantVariance, reach]) => {
      const x = await kernel(initializer);
      expect(x).toHaveLength(draws);
      expectMoments(x, wantMean, wantVariance);
      const furthest = x.reduce((far, value) => Math.max(far, Math.abs(value - wantMean)), 0);
      if (reach === Number.POSITIVE_INFINITY) {
        // the largest of 1e5 normal draws: below 3.5 deviations with a probability of 1e-20, above 6 with one of 2e-4
        expect(furthest / Math.sqrt(wantVariance)).toBeGreaterThan(3.5);
        expect(furthest / Math.sqrt(wantVariance)).toBeLessThan(6);
      } else {
        // rounded to f32; and 1e5 draws come near the end
        expect(furthest).toBeLessThanOrEqual(reach * (1 + 1e-6));
        expect(furthest).toBeGreaterThan(0.99 * reach);
      }
    },
  );

  test("glorotUniform of a bias, whose length is both its fans", async () => {
    const layers = [dense(draws, { biasInitializer: "glorotUniform" })];
    const model = await Model.create({ inputs: 1, layers, loss: "meanSquaredError" });
    const [, bias] = model.parameters();
    expectMoments(bias?.data ?? [], 0, 1 / draws);
    model.dispose();
  });
});

describe("orthogonal", () => {
  const shapes = [
    [320, 320],
    [500, 200],
    [200, 500],
  ] as const;

  test.each(shapes)("[%i, %i] has orthonormal vectors on its shorter side, times gain", async (rows, columns) => {
    const x = await kernel(orthogonal({ gain: 1.5 }), rows, columns);
    const short = Math.min(rows, columns);
    const vectors = Array.from({ length: short }, (_, v) =>
      rows < columns ? x.subarray(v * columns, (v + 1) * columns) : x.filter((_, i) => i % columns === v),
    );
    // every product of the first vectors with all, in f64; entries are rounded to f32: 1.5²·6e-8 at most
    for (let a = 0; a < short; a += 40) {
      for (let b = 0; b < short; b++) {
        const [one, other] = [vectors[a] as Float32Array, vectors[b] as Float32Array];
        const product = one.reduce((sum, value, i) => sum + value * (other[i] as number), 0);
        expect(Math.abs(product - (a === b ? 2.25 : 0)), `${a}·${b}`).toBeLessThan(1e-6);
      }
    }
  });

  test("has no preferred direction: its entries have mean 0 and variance 1 / longer side", async () => {
    const x = await kernel("orthogonal", 320, 320);
    expectMoments(x, 0, 1 / 320);
    // Without sign(diag R) a QR gives a diagonal of one sign: 160 ± 5·√80
    const positive = Array.from({ length: 320 }, (_, i) => Number((x[321 * i] as number) > 0)).reduce((a, b) => a + b);
    expect(Math.abs(positive - 160)).toBeLessThan(45);
  });
});

test("zeros, ones, constant and identity are exact", async () => {
  expect(new Set(await kernel("zeros"))).toEqual(new Set([0]));
  expect(new Set(await kernel("ones"))).toEqual(new Set([1]));
  expect(new Set(await kernel(constant(0.1)))).toEqual(new Set([Math.fround(0.1)]));
  const x = await kernel(identity({ gain: 2 }));
  expect(x).toEqual(Float32Array.from({ length: draws }, (_, i) => (Math.floor(i / units) === i % units ? 2 : 0)));
});

test("another seed draws other numbers, and no initialiser was forgotten here", async () => {
  expect(await kernel("heNormal", 8, 8, 1)).toEqual(await kernel("heNormal", 8, 8, 1));
  expect(await kernel("heNormal", 8, 8, 1)).not.toEqual(await kernel("heNormal", 8, 8, 2));
  const tested = distributions.map(([initializer]) => (typeof initializer === "string" ? initializer : ""));
  const others = ["zeros", "ones", "constant", "orthogonal", "identity", ""];
  expect(new Set([...tested, ...others])).toEqual(new Set([...initializerNames, ""]));
});
