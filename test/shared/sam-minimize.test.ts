/** sam in `minimize`, against optax.contrib.sam in f64 (test/golden/sam.py). */

import { expect, test } from "vitest";
import { minimize, type OptimizerConfig } from "../../ts/index.js";
import golden from "../golden/sam.json" with { type: "json" };
import { type Minimised, minimised } from "./minimize-functions.js";

test.each(golden.cases.map((row) => [`${row.function} ${JSON.stringify(row.optimizer)}`, row] as const))(
  "%s",
  async (_, { function: name, optimizer, x: wanted }) => {
    const [f, start] = minimised[name] as Minimised;
    const maxIterations = golden.checkpoints.at(-1) ?? 0;
    // Steps by which the value changes no more would end it.
    const options = { optimizer: optimizer as OptimizerConfig, tolerance: 0, maxIterations };
    const { path, evaluations, iterations } = await minimize(f, start, options);
    expect(iterations).toBe(maxIterations);
    // At each point and uphill of it, and at the last.
    expect(evaluations).toBe(2 * iterations + 1);
    golden.checkpoints.forEach((step, i) => {
      const want = wanted[i] ?? [];
      const largest = Math.max(...want.map(Math.abs));
      want.forEach((value, j) => {
        expect(Math.abs((path[step]?.[j] ?? Number.NaN) - value) / largest).toBeLessThan(5e-6);
      });
    });
  },
);
