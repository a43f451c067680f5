import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { digitsFile } from "../../playground/scripts/digits.mjs";
import { counts, readDigits } from "../../playground/src/data/digits.js";
import { type Drawing, likeMnist, side } from "../../playground/src/data/drawing.js";
import { cosTurns, random, sinTurns } from "../../playground/src/data/random.js";
import { curveNames, planeNames, split, type ToyName, toy } from "../../playground/src/data/toys.js";

const names: readonly ToyName[] = [...planeNames, ...curveNames];

const at = (values: ArrayLike<number>, i: number): number => values[i] as number;

describe("random numbers", () => {
  test("a seed gives the same stream each time, and another seed another", () => {
    const [a, b, c] = [random(7), random(7), random(8)].map(({ uniform }) => Array.from({ length: 50 }, uniform));
    expect(a).toEqual(b);
    expect(a?.some((value, i) => value === c?.[i])).toBe(false);
  });

  test("uniform ones fill 0 … 1 evenly, normal ones have mean 0 and deviation 1", () => {
    const { uniform, normal } = random(3);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const tenth = Math.floor(10 * uniform());
      tenths[tenth] = at(tenths, tenth) + 1;
    }
    // 2,000 expected in each; the deviation of such a count is 42.
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(6 * 42);
    const values = Array.from({ length: 20_000 }, normal);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(20_000));
    expect(Math.abs(square - 1)).toBeLessThan(0.06);
  });

  test("sine and cosine agree with the engine's to the last bits, all around", () => {
    for (let i = -500; i <= 500; i++) {
      const turns = i / 160;
      expect(Math.abs(sinTurns(turns) - Math.sin(2 * Math.PI * turns))).toBeLessThan(3e-15);
      expect(Math.abs(cosTurns(turns) - Math.cos(2 * Math.PI * turns))).toBeLessThan(3e-15);
    }
  });
});

describe("toy data", () => {
  test.each(names)("%s: the same seed gives the same bits, another seed other points of the same kind", (name) => {
    const [a, b, c] = [toy(name, { seed: 1 }), toy(name, { seed: 1 }), toy(name, { seed: 2 })];
    expect(a).toEqual(b);
    expect(c.x).not.toEqual(a.x);
    expect([c.rows, c.inputs, c.classes]).toEqual([300, a.inputs, a.classes]);
    expect(a.x.length).toBe(300 * a.inputs);
    expect(a.x.every((value) => Math.abs(value) < 1.6)).toBe(true);
  });

  test.each(planeNames)("%s has about equally many points of each class", (name) => {
    const { y, rows, classes } = toy(name, { seed: 5 });
    const found = Array.from({ length: classes }, (_, c) => y.filter((label) => label === c).length);
    // Halves are drawn by chance: four deviations of 8.7.
    for (const count of found) expect(Math.abs(count - rows / classes)).toBeLessThan(35);
    expect(found.reduce((a, b) => a + b)).toBe(rows);
  });

  test("without noise classes do not overlap: the nearest other point is of the same class", () => {
    for (const name of planeNames.filter((each) => each !== "blobs")) {
      const { x, y, rows } = toy(name, { seed: 4, noise: 0, rows: 400 });
      let wrong = 0;
      for (let i = 0; i < rows; i++) {
        let [nearest, distance] = [-1, Number.POSITIVE_INFINITY];
        for (let j = 0; j < rows; j++) {
          const d = (at(x, 2 * i) - at(x, 2 * j)) ** 2 + (at(x, 2 * i + 1) - at(x, 2 * j + 1)) ** 2;
          if (j !== i && d < distance) [nearest, distance] = [j, d];
        }
        if (y[nearest] !== y[i]) wrong += 1;
      }
      expect(wrong / rows, name).toBeLessThan(0.02);
    }
  });

  test("noise moves points by its strength", () => {
    const spread = (noise: number) => {
      const { x, y } = toy("circles", { seed: 9, noise, rows: 2000 });
      const off = Array.from(y, (label, i) => Math.hypot(at(x, 2 * i), at(x, 2 * i + 1)) - (label === 0 ? 0.9 : 0.4));
      return Math.sqrt(off.reduce((sum, value) => sum + value * value, 0) / off.length);
    };
    expect(spread(0)).toBeLessThan(1e-6);
    expect(spread(0.4)).toBeCloseTo(0.1, 2);
    expect(spread(0.8)).toBeGreaterThan(1.8 * spread(0.4));
  });

  test("a split keeps every row once, with its label", () => {
    const all = toy("sine", { seed: 0, noise: 0, rows: 100 });
    const [train, held] = split(all, 30, 1);
    expect([train.rows, held.rows]).toEqual([70, 30]);
    expect([...train.x, ...held.x].sort()).toEqual([...all.x].sort());
    train.x.forEach((place, i) => {
      expect(train.y[i]).toBe(all.y[all.x.indexOf(place)]);
    });
  });
});

/** A drawing with the pixels where `isInk` says. */
function drawn(width: number, height: number, isInk: (x: number, y: number) => number): Drawing {
  const ink = Float32Array.from({ length: width * height }, (_, i) => isInk(i % width, Math.floor(i / width)));
  return { ink, width, height };
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

describe("a drawn digit", () => {
  test("an empty one is nothing", () => {
    expect(likeMnist(drawn(50, 50, () => 0))).toBeUndefined();
  });

  test("wherever and however large it is drawn, it becomes the same image", () => {
    // An L of bars, scaled by whole numbers, so that means are exact.
    const shape = (scale: number, left: number, top: number) => (x: number, y: number) => {
      const [column, row] = [Math.floor((x - left) / scale), Math.floor((y - top) / scale)];
      const inside = column >= 0 && row >= 0 && column < 10 && row < 20 && x >= left && y >= top;
      return inside && (column < 3 || row >= 17) ? 1 : 0;
    };
    const a = likeMnist(drawn(200, 200, shape(1, 20, 30)));
    const b = likeMnist(drawn(200, 200, shape(4, 50, 100)));
    expect(b).toEqual(a);
    expect(sum(a as Float32Array)).toBe(3 * 17 + 3 * 10);
  });

  test("its larger side fills 20 pixels, its proportions stay, its centre of mass is the middle", () => {
    const image = likeMnist(
      drawn(300, 120, (x, y) => (x >= 40 && x < 240 && y >= 30 && y < 90 ? 1 : 0)),
    ) as Float32Array;
    const columns = new Set<number>();
    const rows = new Set<number>();
    let [x, y] = [0, 0];
    image.forEach((value, i) => {
      if (value === 0) return;
      columns.add(i % side);
      rows.add(Math.floor(i / side));
      x += value * (i % side);
      y += value * Math.floor(i / side);
    });
    expect([columns.size, rows.size]).toEqual([20, 6]);
    expect(Math.abs(x / sum(image) - 14)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(y / sum(image) - 14)).toBeLessThanOrEqual(0.5);
  });

  test("ink is kept: a pixel is the mean of what it covers", () => {
    const image = likeMnist(drawn(64, 64, (x, y) => ((x + y) % 2 === 0 ? 1 : 0))) as Float32Array;
    expect(sum(image)).toBeCloseTo(200, 3);
  });
});

test("the file of digits holds the first images of MNIST, and a file cut short is refused", async () => {
  const bytes = await digitsFile();
  // It is loaded on demand; the page says how much that is.
  expect(bytes.length).toBeLessThan(1.2 * 2 ** 20);
  const { train, test: held } = await readDigits(new Blob([new Uint8Array(bytes)]));
  expect([train.rows, held.rows, train.x.length]).toEqual([counts.train, counts.test, counts.train * 784]);
  expect([...train.y.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
  expect([...held.y.subarray(0, 8)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9]);
  // They were made as a drawing is: made ready again they stay as they are.
  let [apart, ink] = [0, 0];
  for (let i = 0; i < 100; i++) {
    const image = train.x.subarray(i * 784, (i + 1) * 784);
    const again = likeMnist({ ink: image, width: side, height: side }) as Float32Array;
    image.forEach((value, pixel) => {
      apart += Math.abs(value - (again[pixel] as number));
      ink += value;
    });
  }
  expect(apart / ink).toBeLessThan(0.02);
  await expect(readDigits(new Blob([new Uint8Array(gzipSync(new Uint8Array(1000)))]))).rejects.toThrow(
    "expected 7000 images",
  );
});
