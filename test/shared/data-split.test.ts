import { describe, expect, expectTypeOf, it } from "vitest";
import type { Matrix } from "../../ts/data/matrix.js";
import { matrix } from "../../ts/data/matrix.js";
import { randomBelow, shuffled, xoshiro128 } from "../../ts/data/random.js";
import { kFold, trainTestSplit } from "../../ts/data/split.js";
import { ConfigError, DataError, ShapeError } from "../../ts/errors.js";

function loosely(f: (...given: never[]) => unknown, ...given: unknown[]): () => unknown {
  return () => (f as (...given: unknown[]) => unknown)(...given);
}

function sorted(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

describe("random numbers", () => {
  it("are those of the authors' xoshiro128**", () => {
    // State 1, 2, 3, 4: the vector in rand_xoshiro/src/xoshiro128starstar.rs (rust-random/rngs), from the reference C v1.1.
    const next = xoshiro128([1, 2, 3, 4]);
    const wanted = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(Array.from(wanted, next)).toEqual(wanted);
  });

  it("are the same for the same seed, for ever (a second implementation, in Python, gave these)", () => {
    expect([...shuffled(10, 0)]).toEqual([3, 6, 1, 5, 0, 4, 2, 9, 7, 8]);
    expect([...shuffled(10, 2 ** 32 - 1)]).toEqual([5, 4, 0, 7, 3, 6, 9, 1, 2, 8]);
  });

  it("shuffle without loss, and differently for different seeds", () => {
    const orders = range(50).map((seed) => shuffled(20, seed));
    for (const order of orders) expect(sorted(order)).toEqual(range(20));
    expect(new Set(orders.map((order) => order.join())).size).toBe(50);
    expect([...shuffled(0, 1)]).toEqual([]);
    expect([...shuffled(1, 1)]).toEqual([0]);
  });

  it("are evenly spread", () => {
    const below = randomBelow(7);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) {
      const value = below(6);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // Standard deviation √(60000 · 1/6 · 5/6) = 91; six of them. The seed is fixed, so this cannot flicker.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(6 * 91);
  });

  it("draw again instead of favouring small numbers", () => {
    // Of 3·2³⁰ values, a plain remainder would give the first third twice as often as each other.
    const below = randomBelow(1);
    const low = range(3000).filter(() => below(3 * 2 ** 30) < 2 ** 30).length;
    // Expected 1000, standard deviation 26; the biased form expects 1500.
    expect(Math.abs(low - 1000)).toBeLessThan(6 * 26);
  });
});

describe("trainTestSplit", () => {
  const rows = range(10).map((i) => [i, 10 * i]);
  const labels = range(10).map((i) => i % 2);

  it("keeps each row with its y, loses none and takes a quarter, rounded up, by default", () => {
    const { xTrain, xTest, yTrain, yTest } = trainTestSplit(rows, range(10));
    expect([xTrain.shape, xTest.shape]).toEqual([
      [7, 2],
      [3, 2],
    ]);
    expect(sorted([...yTrain, ...yTest])).toEqual(range(10));
    for (const [x, y] of [
      [xTrain, yTrain],
      [xTest, yTest],
    ] as const) {
      y.forEach((value, i) => {
        expect([...x.data.subarray(2 * i, 2 * i + 2)]).toEqual([value, 10 * value]);
      });
    }
  });

  it("shuffles by the seed, 0 by default", () => {
    expect(trainTestSplit(rows, labels)).toEqual(trainTestSplit(rows, labels, { seed: 0 }));
    const tests = range(20).map((seed) => trainTestSplit(rows, range(10), { seed }).yTest.join());
    expect(new Set(tests).size).toBeGreaterThan(10);
  });

  it("takes a share or a number of samples", () => {
    expect(trainTestSplit(rows, labels, { testSize: 0.5 }).yTest.length).toBe(5);
    expect(trainTestSplit(rows, labels, { testSize: 4 }).yTest.length).toBe(4);
    expect(trainTestSplit(rows, labels, { testSize: 0.01 }).yTest.length).toBe(1);
  });

  it("returns y in the kind it came", () => {
    const ys = [range(10), Int32Array.from(labels), Uint8Array.from(labels), Float32Array.from(labels), rows];
    for (const y of ys) {
      const { yTrain, yTest } = trainTestSplit(rows, y);
      expect(yTrain.constructor).toBe(y.constructor);
      expect([yTrain.length, yTest.length]).toEqual([7, 3]);
    }
    const whole = trainTestSplit(rows, matrix(range(30), [10, 3]));
    expect([whole.yTrain.shape, whole.yTest.shape]).toEqual([
      [7, 3],
      [3, 3],
    ]);
    expectTypeOf(whole.yTrain).toEqualTypeOf<Matrix>();
    expectTypeOf(trainTestSplit(rows, new Int32Array(10)).yTest).toEqualTypeOf<Int32Array<ArrayBuffer>>();
  });

  it("keeps the shares of the classes when stratified", () => {
    const uneven = range(100).map((i) => (i < 10 ? 0 : i < 40 ? 1 : 2));
    const x = uneven.map((label) => [label]);
    const { yTrain, yTest, xTest } = trainTestSplit(x, uneven, { testSize: 0.2, stratify: true, seed: 3 });
    const count = (y: readonly number[]) => [0, 1, 2].map((label) => y.filter((value) => value === label).length);
    expect(count(yTest)).toEqual([2, 6, 12]);
    expect(count(yTrain)).toEqual([8, 24, 48]);
    expect([...xTest.data]).toEqual(yTest);
    expect(trainTestSplit(x, uneven, { testSize: 0.2, seed: 3 }).yTest).not.toEqual(yTest);
  });

  it("stratifies one-hot rows and matrices by whole rows", () => {
    const hot = range(12).map((i) => (i % 3 === 0 ? [1, 0] : [0, 1]));
    const x = range(12).map((i) => [i]);
    const byRows = trainTestSplit(x, hot, { stratify: true });
    expect(byRows.yTest.filter(([first]) => first === 1).length).toBe(1);
    expect(byRows.yTest.length).toBe(3);
    const byMatrix = trainTestSplit(x, matrix(hot, [12, 2]), { stratify: true });
    expect(byMatrix.xTest).toEqual(byRows.xTest);
  });

  it("gives rounding to the largest remainders, so that the number of test samples is exact", () => {
    const y = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
    const { yTest } = trainTestSplit(rows, y, { testSize: 3, stratify: true });
    // 7 · 0.3 = 2.1 and 3 · 0.3 = 0.9: 2 and 1
    expect(sorted(yTest)).toEqual([0, 0, 1]);
  });

  it("refuses what cannot be split", () => {
    expect(() => trainTestSplit([1, 2, 3], [1, 2, 3])).toThrow(ShapeError);
    expect(() => trainTestSplit([1, 2, 3], [1, 2, 3])).toThrow("x: 3 flat numbers do not say");
    expect(() => trainTestSplit(rows, [1, 2])).toThrow("y: expected 10 entries, one for each row of x, got 2");
    expect(() => trainTestSplit(rows, new Int32Array(2))).toThrow(ShapeError);
    expect(() => trainTestSplit(rows, matrix([1, 2], [2, 1]))).toThrow("y: expected shape [10, 1], got [2, 1]");
    expect(() => trainTestSplit([[1]], [1])).toThrow("x: 1 rows leave nothing to train on");
    expect(() => trainTestSplit(rows, labels, { testSize: 10 })).toThrow(ShapeError);
    expect(() => trainTestSplit(rows, range(10), { stratify: true })).toThrow(DataError);
    expect(() => trainTestSplit(rows, range(10), { stratify: true })).toThrow(
      "y: the class of row 0 has one sample only",
    );
    expect(loosely(trainTestSplit, rows, "0101010101")).toThrow(DataError);
  });

  it("refuses options that make no sense", () => {
    for (const testSize of [0, -1, 1.5, Number.NaN, "0.2"]) {
      expect(loosely(trainTestSplit, rows, labels, { testSize })).toThrow("trainTestSplit.testSize: expected a share");
    }
    expect(() => trainTestSplit(rows, labels, { seed: -1 })).toThrow(ConfigError);
    expect(loosely(trainTestSplit, rows, labels, { test_size: 0.2 })).toThrow('did you mean "testSize"?');
    expect(loosely(trainTestSplit, rows, labels, { stratify: labels })).toThrow(
      "trainTestSplit.stratify: expected true or false",
    );
  });
});

describe("kFold", () => {
  it("makes every sample a test sample once, in folds that differ by one at most", () => {
    const folds = kFold(13, { folds: 4, seed: 5 });
    expect(folds.map(({ test }) => test.length)).toEqual([4, 3, 3, 3]);
    expect(sorted(folds.flatMap(({ test }) => [...test]))).toEqual(range(13));
    for (const { train, test } of folds) {
      expect(sorted([...train, ...test])).toEqual(range(13));
      expect([...train]).toEqual(sorted(train));
      expect([...test]).toEqual(sorted(test));
    }
  });

  it("has five folds, shuffled by seed 0, by default", () => {
    expect(kFold(20)).toEqual(kFold(20, { folds: 5, seed: 0, shuffle: true }));
    expect(kFold(20)).not.toEqual(kFold(20, { seed: 1 }));
    expect(kFold(20)).not.toEqual(kFold(20, { shuffle: false }));
  });

  it("takes runs of neighbours when not shuffled", () => {
    expect(kFold(5, { folds: 2, shuffle: false }).map(({ test }) => [...test])).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it("spreads every class over the folds when stratified", () => {
    const labels = range(50).map((i) => (i < 7 ? 0 : i < 20 ? 1 : 2));
    for (const stratify of [labels, Int32Array.from(labels), labels.map((label) => `class ${label}`)]) {
      const folds = kFold(50, { folds: 4, stratify });
      expect(sorted(folds.flatMap(({ test }) => [...test]))).toEqual(range(50));
      for (const { test } of folds) {
        expect(Math.abs(test.length - 12.5)).toBeLessThan(1);
        [7, 13, 30].forEach((size, label) => {
          const count = [...test].filter((row) => labels[row] === label).length;
          expect([Math.floor(size / 4), Math.ceil(size / 4)]).toContain(count);
        });
      }
    }
  });

  it("refuses what cannot be folded", () => {
    expect(() => kFold(1)).toThrow("kFold.n: expected a whole number >= 2");
    expect(() => kFold(4)).toThrow("kFold.folds: expected a whole number >= 2 and <= 4, got 5");
    expect(() => kFold(10, { folds: 1 })).toThrow(ConfigError);
    expect(() => kFold(10, { stratify: [1, 2] })).toThrow("kFold.stratify: expected shape [10], got [2]");
    expect(loosely(kFold, 10, { stratify: true })).toThrow("kFold.stratify: expected an array of labels, got true");
    expect(loosely(kFold, 10, { fold: 2 })).toThrow('did you mean "folds"?');
  });
});
