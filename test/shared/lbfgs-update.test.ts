/** One update of lbfgs and its search along the line, answered by hand: what no smooth function asks of them. */

import { describe, expect, test } from "vitest";
import { lbfgs } from "../../ts/index.js";
import { Lbfgs, type Outcome, type Search, type Seen } from "../../ts/lbfgs.js";

const one = (value: number, slope: number): Seen => ({ value, gradient: Float64Array.of(slope) });
const parabola = (x: number) => one((x * x) / 2, x);

/** Answers the points that a search asks for, in turn; the search must ask for that many. */
function answer(search: Search, answers: readonly Seen[]) {
  const asked: number[] = [];
  let turn = search.next();
  for (const seen of answers) {
    if (turn.done === true) break;
    asked.push(turn.value[0] as number);
    turn = search.next(seen);
  }
  expect(asked).toHaveLength(answers.length);
  const next = turn.done === true ? undefined : (turn.value[0] as number);
  return { asked, next, outcome: turn.done === true ? (turn.value as Outcome) : undefined };
}

/** From 0, where the function is 0 and its slope −1, so that the first trial is at 1. */
function search(options: Parameters<typeof lbfgs>[0] = {}) {
  return new Lbfgs(lbfgs({ maxIterations: 1, ...options }), false).update(Float64Array.of(0), one(0, -1), 1);
}

describe("the search along the line", () => {
  test("does not compare the second trial with the first, as torch does not", () => {
    const { asked, outcome } = answer(search(), [one(-1, -0.95), one(-0.9, -0.5)]);
    expect(outcome?.point[0]).toBe(asked[1]);
    expect(outcome?.point[0]).toBeGreaterThan(1);
  });

  test("ends its way outwards at a later trial that is no lower, and looks between the last two", () => {
    const { asked, next } = answer(search(), [one(-1, -0.95), one(-2, -0.95), one(-1.9, -0.95)]);
    expect(next).toBeGreaterThan(asked[1] as number);
    expect(next).toBeLessThan(asked[2] as number);
  });

  test.each([
    ["value", one(Number.NaN, -0.5)],
    ["gradient", one(-1, Number.NaN)],
    ["gradient", one(-1, Number.NEGATIVE_INFINITY)],
  ])("goes back to a tenth of the way where the %s is not finite", (_, seen) => {
    const { asked, next } = answer(search(), [seen]);
    expect(asked).toEqual([1]);
    expect(next).toBeCloseTo(0.1, 12);
  });
});

describe("an update", () => {
  test("is settled where the line is flat from the start", () => {
    const update = new Lbfgs(lbfgs(), false).update(Float64Array.of(1e-5), parabola(1e-5), 1);
    expect(answer(update, []).outcome).toMatchObject({ settled: true, point: Float64Array.of(1e-5) });
  });

  test("is not settled where the line becomes flat after a step: it moved", () => {
    const update = new Lbfgs(lbfgs(), false).update(Float64Array.of(1), parabola(1), 1 - 1e-5);
    const { asked, outcome } = answer(update, [parabola(1e-5)]);
    expect(asked[0]).toBeCloseTo(1e-5, 12);
    expect(outcome?.settled).toBe(false);
    expect(outcome?.point[0]).toBeCloseTo(1e-5, 12);
  });

  test("without a search does not evaluate where it ends", () => {
    const options = lbfgs({ lineSearch: "none", maxIterations: 3, maxEvaluations: 10 });
    const update = new Lbfgs(options, false).update(Float64Array.of(1), parabola(1), 0.1);
    const { outcome } = answer(update, [parabola(0.9), parabola(0.8)]);
    expect(outcome).toMatchObject({ seen: undefined, settled: false });
  });

  test("without a search ends where the function is not finite, and remembers nothing of it", () => {
    const optimizer = new Lbfgs(lbfgs({ lineSearch: "none" }), true);
    const infinite = one(Number.POSITIVE_INFINITY, 0);
    const { outcome } = answer(optimizer.update(Float64Array.of(1), parabola(1), 0.1), [infinite]);
    expect(outcome?.seen).toBe(infinite);
    expect(optimizer.save()).toEqual({ slots: [], numbers: [] });
  });

  test("takes only what an update saved", () => {
    const optimizer = new Lbfgs(lbfgs({ historySize: 1 }), true);
    const slots = (count: number) => Array.from({ length: count }, () => Float32Array.of(1));
    expect(() => optimizer.load({ slots: slots(4), numbers: [1, 1, 1] })).not.toThrow();
    for (const [count, numbers] of [
      [3, [1, 1, 1]],
      [6, [1, 1, 1]],
      [4, [1, 1]],
      [0, [1]],
    ] as const)
      expect(() => optimizer.load({ slots: slots(count), numbers })).toThrow(/no state of lbfgs/);
  });
});
