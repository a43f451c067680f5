import { describe, expect, it } from "vitest";
import type { ScheduleConfig, ScheduleState } from "../../ts/config/schedules.js";
import {
  constantRate,
  cosineDecay,
  exponentialDecay,
  initialState,
  inverseTimeDecay,
  momentumAt,
  observe,
  oneCycle,
  piecewiseConstant,
  polynomialDecay,
  rateAt,
  restartOnLoss,
  sequence,
  stepDecay,
  warmup,
} from "../../ts/config/schedules.js";

const math = { pow: Math.pow, cos: Math.cos };

function rates(schedule: ScheduleConfig, steps: readonly number[]): number[] {
  return steps.map((step) => rateAt(schedule, step, math));
}

function expectRates(schedule: ScheduleConfig, wanted: Readonly<Record<number, number>>): void {
  for (const [step, rate] of Object.entries(wanted)) {
    // f64 throughout: a few roundings of 1.1e-16 each
    expect(Math.abs(rateAt(schedule, Number(step), math) - rate)).toBeLessThan(1e-15);
  }
}

describe("rateAt", () => {
  it("keeps a constant rate", () => expect(rates(constantRate(0.3), [0, 1, 1e9])).toEqual([0.3, 0.3, 0.3]));

  it("follows end + (initial − end)(1 − t/T)^γ and stays at end", () => {
    expectRates(polynomialDecay({ initial: 1, end: 0.2, steps: 4, power: 2 }), {
      0: 1,
      1: 0.2 + 0.8 * 0.5625,
      2: 0.2 + 0.8 * 0.25,
      4: 0.2,
      99: 0.2,
    });
    expectRates(polynomialDecay({ initial: 1, steps: 4 }), { 0: 1, 1: 0.75, 3: 0.25, 4: 0, 5: 0 });
  });

  it("follows initial · rate^(t/T), in steps when asked", () => {
    expectRates(exponentialDecay({ initial: 2, rate: 0.25, steps: 2 }), { 0: 2, 1: 1, 2: 0.5, 3: 0.25 });
    expectRates(exponentialDecay({ initial: 2, rate: 0.25, steps: 2, staircase: true }), {
      0: 2,
      1: 2,
      2: 0.5,
      3: 0.5,
    });
  });

  it("follows initial / (1 + rate · t/T), in steps when asked", () => {
    expectRates(inverseTimeDecay({ initial: 1, rate: 1, steps: 2 }), { 0: 1, 1: 1 / 1.5, 2: 0.5, 4: 1 / 3 });
    expectRates(inverseTimeDecay({ initial: 1, rate: 1, steps: 2, staircase: true }), { 1: 1, 2: 0.5, 3: 0.5 });
  });

  it("falls by the factor every so many steps", () => {
    expectRates(stepDecay({ initial: 1, factor: 0.5, steps: 3 }), { 0: 1, 2: 1, 3: 0.5, 5: 0.5, 6: 0.25 });
  });

  it("starts a new piece at its boundary", () => {
    expect(rates(piecewiseConstant({ boundaries: [2, 5], values: [3, 2, 1] }), [0, 1, 2, 4, 5, 99])).toEqual([
      3, 3, 2, 2, 1, 1,
    ]);
    expect(rates(piecewiseConstant({ boundaries: [], values: [3] }), [0, 7])).toEqual([3, 3]);
  });

  it("follows half a cosine and stays exactly at end", () => {
    const schedule = cosineDecay({ initial: 1, end: 0.5, steps: 4 });
    expectRates(schedule, { 0: 1, 1: 0.75 + 0.25 * Math.SQRT1_2, 2: 0.75 });
    expect(rates(schedule, [4, 5, 1000])).toEqual([0.5, 0.5, 0.5]);
  });

  it("rises to its peak one update before 0.3 · steps, falls until steps − 1 and stays there", () => {
    const schedule = oneCycle({ max: 1, steps: 10 });
    expectRates(schedule, { 0: 0.04, 1: 0.52, 2: 1, 9: 0.04 / 1e4, 10: 0.04 / 1e4, 99: 0.04 / 1e4 });
    expectRates(oneCycle({ max: 1, steps: 9, rise: 0.5, initial: 0.5, end: 0.2 }), { 0: 0.5, 8: 0.2, 9: 0.2 });
    // Where the peak lies at or before update 0 the rate only falls.
    expectRates(oneCycle({ max: 1, steps: 2, rise: 0.5 }), { 0: 1, 1: 0.04 / 1e4 });
    expectRates(oneCycle({ max: 1, steps: 1 }), { 0: 0.04 / 1e4 });
  });

  it("warms up in a straight line, then starts the schedule at its own step 0", () => {
    const schedule = warmup(polynomialDecay({ initial: 1, steps: 4 }), { steps: 2 });
    expectRates(schedule, { 0: 0, 1: 0.5, 2: 1, 3: 0.75, 6: 0 });
    expectRates(warmup(constantRate(1), { steps: 4, from: 0.2 }), { 0: 0.2, 1: 0.4, 4: 1 });
  });

  it("warms up along half a wave", () => {
    expectRates(warmup(constantRate(1), { steps: 4, shape: "cosine" }), {
      0: 0,
      1: (1 - Math.SQRT1_2) / 2,
      2: 0.5,
      4: 1,
    });
  });

  it("warms up by the same factor at every step", () => {
    expectRates(warmup(constantRate(1), { steps: 2, from: 0.01, shape: "exponential" }), { 0: 0.01, 1: 0.1, 2: 1 });
    const schedule = warmup(cosineDecay({ initial: 2, steps: 9 }), { steps: 3, shape: "exponential" });
    expect(schedule.from).toBe(0.002);
    expectRates(schedule, { 0: 0.002, 1: 0.02, 2: 0.2, 3: 2 });
  });

  it("takes powers and cosines from the caller alone", () => {
    const two = { pow: () => 2, cos: () => -1 };
    expect(rateAt(exponentialDecay({ initial: 1, rate: 0.5, steps: 1 }), 3, two)).toBe(2);
    expect(rateAt(polynomialDecay({ initial: 1, steps: 4, power: 3 }), 1, two)).toBe(2);
    expect(rateAt(stepDecay({ initial: 1, steps: 4 }), 5, two)).toBe(2);
    expect(rateAt(cosineDecay({ initial: 1, steps: 4 }), 1, two)).toBe(0);
    expect(rateAt(warmup(constantRate(1), { steps: 4, shape: "cosine" }), 1, two)).toBe(1);
    expect(rateAt(restartOnLoss({ threshold: 0, initial: 1, decay: 0.5 }), 9, two)).toBe(2);
  });
});

describe("momentumAt", () => {
  const momenta = (schedule: ScheduleConfig, steps: readonly number[]) =>
    steps.map((step) => momentumAt(schedule, step, math));

  it("runs against the rate of oneCycle, also behind a warm-up", () => {
    const schedule = oneCycle({ max: 1, steps: 10 });
    expect(momenta(schedule, [0, 2, 9, 99])).toEqual([0.95, 0.85, 0.95, 0.95]);
    expect(momentumAt(schedule, 1, math)).toBeCloseTo(0.9, 15);
    expect(momenta(warmup(schedule, { steps: 3 }), [0, 2, 3, 5, 12])).toEqual([0.95, 0.95, 0.95, 0.85, 0.95]);
    const bounded = oneCycle({ max: 1, steps: 10, maxMomentum: 0.9, minMomentum: 0.5 });
    expect(momenta(bounded, [0, 2, 9])).toEqual([0.9, 0.5, 0.9]);
  });

  it("is undefined where nothing drives the momentum", () => {
    expect(momenta(oneCycle({ max: 1, steps: 10, cycleMomentum: false }), [0, 2])).toEqual([undefined, undefined]);
    expect(momenta(warmup(cosineDecay({ initial: 1, steps: 9 }), { steps: 2 }), [0, 5])).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("restartOnLoss", () => {
  const schedule = restartOnLoss({ threshold: 0.5, initial: 1, decay: 0.5 });

  /** The rate of each update when the loss of update t is `losses[t]`. */
  function run(config: ScheduleConfig, losses: readonly number[], state = initialState(config)): number[] {
    let current: ScheduleState | undefined = state;
    return losses.map((loss, step) => {
      const rate = rateAt(config, step, math, current);
      current = observe(config, current, loss, step + 1);
      return rate;
    });
  }

  it("decays from the start while the loss stays above the threshold", () => {
    expect(run(schedule, [2, 2, 2, 2])).toEqual([1, 0.5, 0.25, 0.125]);
    expect(rates(schedule, [0, 1, 3])).toEqual([1, 0.5, 0.125]);
  });

  it("starts again once when the loss falls below, and again after it rose", () => {
    expect(run(schedule, [2, 2, 0.4, 0.3, 0.4, 0.6, 0.4, 9])).toEqual([1, 0.5, 0.25, 1, 0.5, 0.25, 0.125, 1]);
  });

  it("does not count a loss at the threshold as below it", () => {
    expect(run(schedule, [2, 0.5, 0.5])).toEqual([1, 0.5, 0.25]);
  });

  it("ignores a loss that is NaN", () => {
    expect(run(schedule, [2, Number.NaN, 2])).toEqual([1, 0.5, 0.25]);
  });

  it("lowers its threshold at each restart when asked, and stops at end", () => {
    const lowering = restartOnLoss({ threshold: 0.5, initial: 1, decay: 0.5, end: 0.2, thresholdFactor: 0.5 });
    expect(run(lowering, [0.4, 0.4, 0.4, 0.4, 0.2, 9])).toEqual([1, 1, 0.5, 0.25, 0.2, 1]);
    expect(run(lowering, [0.4, 0.2, 9])).toEqual([1, 1, 1]);
    const deep = observe(lowering, initialState(lowering), 0.1, 1);
    expect(deep).toEqual({ start: 1, threshold: 0.25, below: true });
  });

  it("needs several steps for one decay when asked", () => {
    expect(run(restartOnLoss({ threshold: 0.5, initial: 1, decay: 0.25, steps: 2 }), [2, 2, 2])).toEqual([
      1, 0.5, 0.25,
    ]);
  });

  it("goes on from a state that went through JSON as if nothing had happened", () => {
    const losses = [2, 0.4, 0.3, 0.7, 0.2, 0.9, 0.1];
    const whole = run(schedule, losses);
    let state = initialState(schedule);
    losses.slice(0, 4).forEach((loss, step) => {
      state = observe(schedule, state, loss, step + 1);
    });
    state = JSON.parse(JSON.stringify(state)) as ScheduleState;
    const rest = losses.slice(4).map((loss, i) => {
      const rate = rateAt(schedule, 4 + i, math, state);
      state = observe(schedule, state, loss, 5 + i);
      return rate;
    });
    expect(rest).toEqual(whole.slice(4));
  });

  it("works behind a warm-up, counting its own steps", () => {
    const warm = warmup(schedule, { steps: 2 });
    expect(run(warm, [2, 2, 2, 2, 0.4, 2, 2])).toEqual([0, 0.5, 1, 0.5, 0.25, 1, 0.5]);
    expect(run(warm, [0.4, 0.4, 0.4, 0.4])).toEqual([0, 0.5, 1, 0.5]);
  });

  it("works as a part of a sequence, counting its own steps", () => {
    const two = sequence([constantRate(9), restartOnLoss({ threshold: 0.5, initial: 1, decay: 0.5 })], {
      boundaries: [2],
    });
    expect(run(two, [2, 2, 2, 2, 0.4, 2, 2])).toEqual([9, 9, 1, 0.5, 0.25, 1, 0.5]);
    expect(initialState(two)).toEqual([null, { start: 0, threshold: 0.5, below: false }]);
  });

  it("freezes its states and has none for schedules of the step alone", () => {
    expect(Object.isFrozen(initialState(schedule))).toBe(true);
    expect(Object.isFrozen(observe(schedule, initialState(schedule), 0.1, 1))).toBe(true);
    expect(initialState(constantRate(1))).toBeUndefined();
    expect(initialState(warmup(constantRate(1), { steps: 2 }))).toBeUndefined();
    expect(observe(constantRate(1), undefined, 0.1, 1)).toBeUndefined();
  });
});
