/** Every rule and wrapper against PyTorch, Optax and the authors' packages, through the facade and the wasm core. */

import { describe, expect, test } from "vitest";
import { optimizerNames, wrappers } from "../../ts/config/optimizers/index.js";
import { Optimizer } from "../../ts/index.js";
import optimizers from "../golden/optimizers.json" with { type: "json" };
import presets from "../golden/presets.json" with { type: "json" };
import { bound, replay } from "../golden/replay.mjs";
import nested from "../golden/wrappers.json" with { type: "json" };

test("no rule and no wrapper is without a case", () => {
  const types = (file: { cases: readonly { optimizer: { type: string } }[] }) =>
    new Set(file.cases.map(({ optimizer }) => optimizer.type));
  expect(types(optimizers)).toEqual(new Set(optimizerNames));
  // sam needs a function to ask: optimizer-sam.test.ts has its equation.
  expect(types(nested)).toEqual(new Set(Object.keys(wrappers).filter((name) => name !== "sam")));
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
