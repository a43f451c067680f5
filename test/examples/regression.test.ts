import { adam, dense, Model, minimize, sgd } from "downhill";
import { describe, expect, test } from "vitest";
import {
  compareRules,
  fitLine,
  leastSquares,
  noisyLine,
  rules,
  stepsToArrive,
  sweep,
} from "../../examples/regression.mjs";

const points = noisyLine();
const best = leastSquares(points);

/** The mean squared error of the line through `slope` and `intercept`, in f64. */
function lossOf(slope: number, intercept: number): number {
  const squares = points.x.map((x, i) => (slope * x + intercept - (points.y[i] as number)) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

test("the closed form is the bottom: its loss is that of its line, and grows in every direction", () => {
  expect(lossOf(best.slope, best.intercept)).toBeCloseTo(best.loss, 12);
  for (const [a, b] of [
    [0.01, 0],
    [-0.01, 0],
    [0, 0.01],
    [0, -0.01],
  ] as const) {
    expect(lossOf(best.slope + a, best.intercept + b)).toBeGreaterThan(best.loss);
  }
});

test("the noisy line is near the one it was made from", () => {
  // 100 points of deviation 0.5 over 0 … 2: standard errors 0.09 (slope) and 0.1 (intercept), three of each.
  expect(Math.abs(best.slope - 3)).toBeLessThan(0.27);
  expect(Math.abs(best.intercept - 2)).toBeLessThan(0.3);
});

test("gradient descent over all points reaches the least-squares loss within 1e-4", async () => {
  const { loss, slope, intercept } = await fitLine(points, { optimizer: sgd({ learningRate: 0.2 }) });
  expect(Math.abs(loss - best.loss)).toBeLessThan(1e-4);
  // 1e-4 above the bottom the line is off by at most √(1e-4 / 0.15), 0.15 the least curvature over x in 0 … 2.
  expect(Math.abs(slope - best.slope)).toBeLessThan(0.026);
  expect(Math.abs(intercept - best.intercept)).toBeLessThan(0.026);
});

describe("minimize on the same", () => {
  const value = ([slope, intercept]: Float64Array) => lossOf(slope as number, intercept as number);
  test.each([
    ["sgd", sgd({ learningRate: 0.2 })],
    ["adam", adam({ learningRate: 0.5 })],
  ])("%s reaches the least-squares loss within 1e-4", async (_, optimizer) => {
    const result = await minimize(value, [0, 0], { optimizer });
    expect(Math.abs(result.value - best.loss)).toBeLessThan(1e-4);
    expect(result.value).toBeCloseTo(value(result.x), 12);
  });
});

test("every optimizer at the rate of its sweep ends within 1e-4 of least squares", async () => {
  const { results } = await compareRules(points);
  expect(results.map(({ name }) => name)).toEqual(Object.keys(rules));
  for (const { name, plain, swept } of results) {
    expect(swept?.run.loss, name).toBeLessThan(best.loss + 1e-4);
    expect(swept?.run.curve, name).toHaveLength(1001);
    expect(swept?.run.loss, name).toBeLessThanOrEqual(plain.loss + 1e-4);
  }
});

test("a sweep passes over rates that diverge", async () => {
  const found = await sweep(points, rules["gradient descent"], best.loss, { iterations: 200 });
  expect(found?.rate).toBeLessThan(1); // above about 0.5 gradient descent on these points explodes
});

test("without an intercept both the training and the closed form keep an error that no rate mends", async () => {
  const through = leastSquares(points, { intercept: false });
  expect(through.loss).toBeGreaterThan(3 * best.loss);
  const run = await fitLine(points, { optimizer: sgd({ learningRate: 0.2 }), intercept: false });
  expect(Math.abs(run.loss - through.loss)).toBeLessThan(1e-4);
});

test("a curve that leaves the neighbourhood again has not arrived", () => {
  expect(stepsToArrive({ curve: [9, 1, 1, 1] }, 1)).toBe(1);
  expect(stepsToArrive({ curve: [9, 1, 2, 1] }, 1)).toBe(3);
  expect(stepsToArrive({ curve: [9, 1, 1, 2] }, 1)).toBe(Number.POSITIVE_INFINITY);
  expect(stepsToArrive({ curve: [9, Number.NaN] }, 1)).toBe(Number.POSITIVE_INFINITY);
});

test("a flat x of a model with one input is read as a column", async () => {
  const model = await Model.create({ inputs: 1, layers: [dense(1)], loss: "meanSquaredError" });
  expect(model.predict(points.x).shape).toEqual([100, 1]);
  model.dispose();
});
