/** What the facade never asks of the core, the core refuses by itself: its memory must not depend on the facade's checks. */

import { describe, expect, test } from "vitest";
import { normalizeModel } from "../../ts/config/model.js";
import { cross } from "../../ts/core/cross.js";
import { encodeModel } from "../../ts/core/encode.js";
import { type Instance, instance } from "../../ts/core/runtime.js";
import { ConfigError, dense, type ModelConfig, ShapeError } from "../../ts/index.js";

const config = { inputs: 3, layers: [dense(2)], loss: "meanSquaredError" } as const;
const sparse = { ...config, loss: "sparseCategoricalCrossEntropy" } as const;
const at: Instance = instance();
const { core } = at;
const encoded = (given: ModelConfig) => encodeModel(normalizeModel(given));

/** A model, and `rows` samples of three columns with targets of `columns`; 0 are classes. */
function staged(given: ModelConfig, rows: number, columns: number, inputs = 3) {
  const model = new core.CoreModel(encoded(given));
  const data = new core.CoreDataset();
  data.resize(rows, inputs, false);
  expect(data.size_labels(columns)).toBe(true);
  return { model, data };
}

/** What a call is refused with. */
function refusal(call: () => unknown): unknown {
  try {
    cross(at, call);
  } catch (error) {
    return error;
  }
  return "accepted";
}

describe("the core", () => {
  test("refuses numbers that are no model, or more than one", () => {
    const numbers = encoded(config);
    new core.CoreModel(numbers).free();
    for (const wrong of [[], [0], numbers.slice(0, -1), [...numbers, 0], numbers.map(() => Number.NaN)]) {
      const error = refusal(() => new core.CoreModel(Float64Array.from(wrong)));
      expect(error).toBeInstanceOf(ConfigError);
      expect(String(error)).toContain("please report this as a bug");
    }
    expect(at.dead).toBe(false);
  });

  test("refuses rows that are not there", () => {
    const { model, data } = staged(config, 4, 2);
    for (const [from, to] of [
      [3, 2],
      [0, 5],
      [5, 5],
    ] as const)
      expect(refusal(() => model.predict(data, from, to))).toBeInstanceOf(ShapeError);
    for (const [from, to] of [
      [2, 2],
      [3, 2],
      [0, 5],
    ] as const) {
      expect(refusal(() => model.evaluate(data, from, to))).toBeInstanceOf(ShapeError);
      expect(refusal(() => model.gradient(data, from, to))).toBeInstanceOf(ShapeError);
    }
    expect(refusal(() => model.predict(data, 0, 4))).toBe("accepted");
    expect(refusal(() => model.evaluate(data, 0, 4))).toBe("accepted");
  });

  test("refuses samples of another width, targets of another size and classes that are too high", () => {
    const none = new core.CoreDataset();
    expect(refusal(() => staged(config, 4, 2).model.train(none, Float64Array.of(0.1)))).toBeInstanceOf(ShapeError);
    const [narrow, wide, few] = [staged(config, 4, 2, 2), staged(config, 4, 3), staged(sparse, 4, 0)];
    expect(refusal(() => narrow.model.predict(narrow.data, 0, 4))).toBeInstanceOf(ShapeError);
    for (const { model, data } of [narrow, wide]) {
      expect(refusal(() => model.evaluate(data, 0, 4))).toBeInstanceOf(ShapeError);
      expect(refusal(() => new core.CoreFit(model, data, 4, 2, 1, false, 1))).toBeInstanceOf(ShapeError);
    }
    expect(refusal(() => few.model.evaluate(few.data, 0, 4))).toBe("accepted");
    // No class is anything but a whole number.
    expect(few.data.first_bad_label()).toBe(-1);
    new Uint32Array(core.memory.buffer, few.data.labels(), 4).set([0, 1, 2, 0]);
    const error = refusal(() => few.model.evaluate(few.data, 0, 4));
    expect(error).toBeInstanceOf(ShapeError);
    expect(String(error)).toContain("y: a class label is not below the number of units of the last layer");
    // Targets that were sized for fewer rows.
    const { model, data } = staged(sparse, 4, 0);
    data.resize(6, 3, false);
    expect(refusal(() => model.evaluate(data, 0, 4))).toBeInstanceOf(ShapeError);
  });

  test("refuses a weight for more or fewer classes than there are", () => {
    const { model, data } = staged(sparse, 4, 0);
    const weighted = (weights: number[]) =>
      refusal(() => new core.CoreFit(model, data, 4, 2, 1, false, 1, Float32Array.from(weights)));
    expect(weighted([1])).toBeInstanceOf(ShapeError);
    expect(weighted([1, 1, 1])).toBeInstanceOf(ShapeError);
    expect(weighted([1, 1])).toBe("accepted");
  });

  test("keeps the targets that a fit still reads", () => {
    const { model, data } = staged(config, 4, 2);
    const fit = new core.CoreFit(model, data, 4, 2, 1, false, 1);
    expect(data.size_labels(3)).toBe(false);
    expect(refusal(() => data.resize(8, 3, false))).toBeInstanceOf(ShapeError);
    fit.free();
    expect(data.size_labels(3)).toBe(true);
  });

  test("says nothing of a divergence where there is none, and refuses tensors without a number", () => {
    expect(staged(config, 4, 2).model.divergence()).toHaveLength(0);
    const optimizer = (...shape: number[]) => {
      // One part for all updates: sgd without momentum, weight decay and more.
      const sgd = Float64Array.of(1, 0, Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0, 0);
      return refusal(() => new core.CoreOptimizer(sgd, Uint8Array.of(2), Uint32Array.of(shape.length, ...shape)));
    };
    expect(optimizer(2, 3)).toBe("accepted");
    expect(optimizer(2, 0)).toBeInstanceOf(ShapeError);
  });
});
