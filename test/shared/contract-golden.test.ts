/** The golden numbers of test/golden through the facade and the wasm core. */

import { describe, expect, test } from "vitest";
import type { LossConfig } from "../../ts/config/losses.js";
import { momentumAt, normalizeSchedule, scheduleNames } from "../../ts/config/schedules.js";
import { instance } from "../../ts/core/runtime.js";
import {
  type Activation,
  dense,
  type Loss,
  Model,
  matrix,
  type ScheduleConfig,
  schedulePreview,
  sgd,
} from "../../ts/index.js";
import functions from "../golden/functions.json" with { type: "json" };
import schedules from "../golden/schedules.json" with { type: "json" };

/** The largest |got − want| in units of `largest`. */
function worst(
  got: ArrayLike<number>,
  want: readonly (number | null)[],
  largest: (want: number, i: number) => number,
): number {
  expect(got).toHaveLength(want.length);
  return want.reduce<number>((most, value, i) => {
    if (value === null) return most;
    const difference = Math.abs((got[i] as number) - value) / largest(value, i);
    return Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }, 0);
}

describe("schedulePreview gives the rates of the equations:", () => {
  // Computed in f64 and rounded to f32 (6e-8); the golden numbers have nine digits (5e-9). The largest rate is the unit
  // because where a cosine has come down to 0 a few ε of the largest rate remain.
  const bound = 1e-7;
  test("every schedule is there", () => {
    const all = [...schedules.schedules, ...schedules.byLoss].map(({ schedule }) => schedule.type);
    expect(new Set(all)).toEqual(new Set(scheduleNames));
  });

  test.each(schedules.byLoss.map(({ schedule, ...wanted }) => [JSON.stringify(schedule), schedule, wanted] as const))(
    "%s",
    (_, schedule, { rates, changes }) => {
      const last = schedules.updates.at(-1) as number;
      const losses = Array.from({ length: last + 1 }, (_, t) => (40 - Math.floor(t / 25) + ((7919 * t) % 13) / 4) / 8);
      const preview = schedulePreview(schedule as unknown as ScheduleConfig, last + 1, { losses });
      const sampled = schedules.updates.map((t) => preview[t] as number);
      expect(worst(sampled, rates, () => 0.1)).toBeLessThanOrEqual(bound);
      const sign = schedule.type === "reduceOnPlateau" ? -1 : 1;
      const isChange = (t: number) => t > 0 && sign * (preview[t] as number) > sign * (preview[t - 1] as number);
      expect(losses.flatMap((_, t) => (isChange(t) ? [t] : []))).toEqual(changes);
    },
  );

  test.each(
    schedules.schedules.map(
      ({ schedule, rates, momenta }) => [JSON.stringify(schedule), schedule, rates, momenta] as const,
    ),
  )("%s", (_, schedule, rates, momenta) => {
    const last = schedules.updates.at(-1) as number;
    const preview = schedulePreview(schedule as unknown as ScheduleConfig, last + 1);
    const largest = Math.max(...rates);
    expect(
      worst(
        schedules.updates.map((t) => preview[t] as number),
        rates,
        () => largest,
      ),
    ).toBeLessThanOrEqual(bound);
    const config = normalizeSchedule(schedule, "schedule");
    const driven = schedules.updates.map((t) => momentumAt(config, t, instance().core));
    if (momenta === null) expect(new Set(driven)).toEqual(new Set([undefined]));
    else expect(worst(driven as number[], momenta, () => 1)).toBeLessThanOrEqual(bound);
  });
});

/** The identity: under it a kernel's rows are the numbers in front of the activation, and its gradient is theirs. */
const identity = (n: number) =>
  matrix(
    Float32Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
    [n, n],
  );

async function layer(z: readonly (readonly number[])[], activation: Activation, loss: Loss): Promise<Model> {
  const kernel = dense(z[0]?.length ?? 0, { activation, useBias: false });
  const model = await Model.create({ inputs: z.length, layers: [kernel], loss, optimizer: sgd({ learningRate: 1 }) });
  model.setParameters([{ name: "layers.0.kernel", data: z.flat() }]);
  return model;
}

describe("activations have the values and derivatives of mpmath:", () => {
  const n = functions.grid.length;
  // Below 1 an ulp is 6e-8: a few operations of at most 2.5 ulp each. GELU through 1 + erf has absolute accuracy only.
  const bound = 5e-7;
  const unit = (want: number) => Math.max(1, Math.abs(want));

  test.each(functions.activations.map((row) => [JSON.stringify(row.activation), row] as const))(
    "%s",
    async (_, row) => {
      const model = await layer(
        functions.grid.map((z) => [z]),
        row.activation as Activation,
        "meanAbsoluteError",
      );
      const { data } = model.forward(identity(n)).output;
      expect(worst(data, row.value, unit)).toBeLessThan(bound);
      // Far below every output the derivative of |o − y| is 1, so that the kernel's gradient is f′(z)/n.
      const { parameters } = model.gradients(
        identity(n),
        functions.grid.map(() => -1e6),
      );
      const gradient = parameters.find(({ name }) => name === "layers.0.kernel")?.gradient ?? [];
      expect(
        worst(
          Array.from(gradient, (g) => g * n),
          row.derivative,
          unit,
        ),
      ).toBeLessThan(bound);
      model.dispose();
    },
  );

  test.each(functions.softmax.map((row) => [JSON.stringify(row.x), row] as const))("softmax of %s", async (_, row) => {
    const model = await layer([row.x], "softmax", "meanSquaredError");
    const one = matrix([1], [1, 1]);
    const { data } = model.forward(one).output;
    expect(worst(data, row.value, () => 1)).toBeLessThan(bound);
    // ∂loss/∂o = 2(o − y)/3 is the upstream gradient; y is rounded once, so three ε more.
    const { parameters } = model.gradients(
      one,
      row.upstream.map((u, i) => (data[i] as number) - 1.5 * u),
    );
    expect(worst(parameters[0]?.gradient ?? [], row.gradient, () => 1)).toBeLessThan(bound);
    model.dispose();
  });
});

describe("losses have the values and gradients of mpmath:", () => {
  const rows = functions.losses.map(
    (row) =>
      [
        `${JSON.stringify(row.loss)} of ${row.activation}, ${row.z.length} rows${row.sampleWeights ? ", sample weights" : ""}${row.classWeights ? ", class weights" : ""}`,
        row,
      ] as const,
  );
  // A handful of roundings of f32 (6e-8 each) on a value, relative to it or to 1; poisson's o − y·ln o cancels.
  const bound = 1e-6;
  const unit = (want: number) => Math.max(1, Math.abs(want));

  test.each(rows)("%s", async (_, { loss, activation, z, target, sampleWeights, classWeights, value, gradient }) => {
    const x = identity(z.length);
    const y = target as number[] | number[][];
    const model = await layer(z, activation as Activation, loss as LossConfig);
    if (sampleWeights === null && classWeights === null) {
      const { loss: got, parameters } = model.gradients(x, y);
      expect(Math.abs(got - value) / unit(value)).toBeLessThan(bound);
      expect(worst(parameters[0]?.gradient ?? [], gradient.flat(), unit)).toBeLessThan(bound);
    } else {
      // One step of gradient descent at rate 1 takes the gradient off; the difference is as exact as z is.
      const { epochs } = await model.fit(x, y, {
        batchSize: "full",
        ...(sampleWeights === null ? {} : { sampleWeight: sampleWeights }),
        ...(classWeights === null ? {} : { classWeight: classWeights }),
      });
      expect(Math.abs((epochs[0]?.loss ?? Number.NaN) - value) / unit(value)).toBeLessThan(bound);
      const after = model.parameters()[0]?.data ?? [];
      const before = z.flat();
      const taken = before.map((number, i) => number - (after[i] as number));
      const size = (want: number, i: number) => Math.max(unit(want), Math.abs(before[i] as number));
      expect(worst(taken, gradient.flat(), size)).toBeLessThan(bound);
    }
    model.dispose();
  });
});
