/** Every rule and wrapper against PyTorch, Optax and the authors' packages, through the facade and the wasm core. */

import { describe, expect, test } from "vitest";
import { optimizerNames, wrappers } from "../../ts/config/optimizers/index.js";
import { Optimizer } from "../../ts/index.js";
import optimizers from "../golden/optimizers.json" with { type: "json" };
import presets from "../golden/presets.json" with { type: "json" };
import { bound, generator, replay } from "../golden/replay.mjs";
import sam from "../golden/sam.json" with { type: "json" };
import nested from "../golden/wrappers.json" with { type: "json" };

test("no rule and no wrapper is without a case", () => {
  const types = (file: { cases: readonly { optimizer: { type: string } }[] }) =>
    new Set(file.cases.map(({ optimizer }) => optimizer.type));
  expect(types(optimizers)).toEqual(new Set(optimizerNames));
  // sam needs a function to ask, as lbfgs does: their cases are replayed by sam-minimize.test.ts and lbfgs-minimize.test.ts.
  expect(new Set([...types(nested), ...types(sam)])).toEqual(new Set(Object.keys(wrappers)));
});

describe.each([
  ["rules", optimizers],
  ["wrappers", nested],
  ["presets", presets],
])("%s follow their references over 200 steps of changing gradients:", (_, golden) => {
  const cases: readonly { readonly name: string; readonly optimizer: { readonly type: string } }[] = golden.cases;

  test.each(cases.map((row) => [row.name, row] as const))("%s", async (_, row) => {
    const { difference, steps } = await replay(Optimizer, golden, row);
    expect(difference).toBeLessThanOrEqual(bound(row.optimizer.type));
    expect(steps).toBe(golden.steps);
  });
});

describe("large kernels follow their references:", () => {
  test.each(presets.large.map((row) => [row.name, row] as const))("%s", async (_, row) => {
    const config = row.optimizer as Parameters<typeof Optimizer.create>[0];
    const optimizer = await Optimizer.create(config, row.shapes as [number, number][]);
    const tensors = (draw: () => number) =>
      row.shapes.map(([rows = 0, columns = 0]) => Float32Array.from({ length: rows * columns }, draw));
    const first = generator(presets.start.seed);
    const theta = tensors(() => first(presets.start.scale));
    const next = generator(presets.gradient.seed);
    const { exponents } = presets.gradient;
    for (let t = 0; t < row.steps; t++)
      optimizer.step(
        theta,
        tensors(() => next(2 ** (exponents[t % exponents.length] ?? 0))),
      );
    optimizer.dispose();
    row.parameters.forEach((wanted, i) => {
      const largest = row.largest[i] ?? 0;
      expect(wanted.length).toBeGreaterThan(16);
      wanted.forEach((want, k) => {
        const got = theta[i]?.[k * row.every] ?? Number.NaN;
        expect(Math.abs(got - want) / largest).toBeLessThanOrEqual(bound(row.optimizer.type));
      });
    });
  });
});
