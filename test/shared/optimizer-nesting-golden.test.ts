/** Rules inside one another against Optax and PyTorch over 200 steps of changing gradients: test/golden/README.md. */

import { describe, expect, test } from "vitest";
import { normalizeOptimizer, type OptimizerConfig, optimizerNames } from "../../ts/config/optimizers/index.js";
import { Optimizer } from "../../ts/index.js";
import golden from "../golden/wrappers.json" with { type: "json" };
import { generator } from "./golden.js";

// Plain f32 stays below 1.8e-6 of the largest |θ| of a tensor (test/golden/README.md).
const bound = 5e-6;
const { shapes, start, gradient, steps, checkpoints } = golden;
const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));

/** The names of the rules in a config. */
const typesIn = (config: object): string[] =>
  [...JSON.stringify(config).matchAll(/"type":"(\w+)"/g)].map(([, type]) => type as string);
const wrapperNames = ["lookahead", "ema", "switchAt", "perParameter"];
const cases = golden.cases.filter(({ optimizer }) =>
  typesIn(optimizer).every((type) => [...optimizerNames, ...wrapperNames].includes(type)),
);

/** The largest |got − want| of a tensor, in units of the largest |θ| it had so far. */
function expectNear(got: Float32Array, want: readonly number[], largest: number, what: string): void {
  const worst = Math.max(...want.map((value, i) => Math.abs((got[i] as number) - value)));
  expect(worst / largest, what).toBeLessThanOrEqual(bound);
}

describe("200 steps follow the references:", () => {
  test("every wrapper has a case", () => {
    const types = new Set(cases.map(({ optimizer }) => optimizer.type));
    expect(types).toEqual(new Set(wrapperNames));
    expect(cases.length).toBeGreaterThanOrEqual(13);
  });

  test.each(cases)("$name", async (row) => {
    const config: OptimizerConfig = normalizeOptimizer(row.optimizer, "optimizer");
    const optimizer = await Optimizer.create(config, shapes);
    const first = generator(start.seed);
    const theta = sizes.map((size) => Float32Array.from({ length: size }, () => first(start.scale)));
    const next = generator(gradient.seed);
    for (let t = 1; t <= steps; t++) {
      const scale = 2 ** (gradient.exponents[(t - 1) % gradient.exponents.length] as number);
      const isZero = row.zeroGradients.some(([from = 0, to = 0]) => from <= t && t <= to);
      const gradients = sizes.map((size) =>
        Float32Array.from({ length: size }, () => (isZero ? 0 * next(scale) : next(scale))),
      );
      if (row.learningRates !== null) optimizer.learningRate = row.learningRates[t - 1] as number;
      optimizer.step(theta, gradients);
      const checkpoint = checkpoints.indexOf(t);
      if (checkpoint < 0) continue;
      const points = optimizer.evaluationParameters(theta);
      theta.forEach((tensor, i) => {
        const largest = row.largest[checkpoint]?.[i] as number;
        const parameters = row.parameters[checkpoint]?.[i] ?? [];
        expectNear(tensor, parameters, largest, `tensor ${i} after step ${t}`);
        const point = row.evaluation?.[checkpoint]?.[i] ?? parameters;
        expectNear(points[i] as Float32Array, point, largest, `tensor ${i} to evaluate after step ${t}`);
      });
    }
    optimizer.dispose();
  });
});
