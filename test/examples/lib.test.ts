import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { IdxError, parseIdx, readImages } from "../../examples/lib/idx.mjs";
import { normal, uniform } from "../../examples/lib/random.mjs";
import { table } from "../../examples/lib/text.mjs";

/** An idx file of unsigned bytes. */
function idx(shape: number[], data: number[], type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((length, i) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * i, length);
  });
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

describe("reading idx", () => {
  test("gives shape and numbers, also from the middle of a buffer", () => {
    const file = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    const padded = new Uint8Array(file.length + 5);
    padded.set(file, 5);
    for (const bytes of [file, padded.subarray(5)]) {
      expect(parseIdx(bytes)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    }
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /labels: expected a header of 4 bytes, the file has 0/],
    ["another file", Uint8Array.of(1, 2, 8, 1, 0, 0, 0, 0), /labels: not an idx file/],
    ["a compressed file", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /labels: not an idx file.*gunzip/],
    ["floats", idx([1], [0], 0x0d), /labels: expected unsigned bytes \(type 0x08\), got type 0x0d/],
    ["too many dimensions", idx([1, 1, 1], [0]), /labels: expected 1 dimension, got 3/],
    ["a header cut short", idx([4], []).subarray(0, 6), /labels: expected 1 dimensions in a header of 8 bytes, got 6/],
    ["an empty dimension", idx([0], []), /labels: a dimension is 0: \[0\]/],
    ["too few bytes", idx([4], [1, 2, 3]), /labels: shape \[4\] needs 4 bytes after the header, got 3/],
    ["too many bytes", idx([4], [1, 2, 3, 4, 5]), /labels: shape \[4\] needs 4 bytes after the header, got 5/],
    ["a shape beyond all memory", idx([2 ** 32 - 1], []), /labels: shape \[4294967295\] needs 4294967295 bytes/],
  ])("refuses %s, saying what is wrong", (_, bytes, message) => {
    const read = () => parseIdx(bytes, { name: "labels", dimensions: 1 });
    expect(read).toThrow(IdxError);
    expect(read).toThrow(message);
  });

  const folder = mkdtempSync(join(tmpdir(), "idx-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  test("scales pixels to 0 … 1", async () => {
    const images = file("images", idx([2, 1, 2], [0, 255, 51, 102]));
    const { x, labels, count, pixels } = await readImages(images, file("labels", idx([2], [7, 3])));
    expect([count, pixels]).toEqual([2, 2]);
    expect(x).toEqual(Float32Array.of(0, 1, 51 / 255, 102 / 255));
    expect(Array.from(labels)).toEqual([7, 3]);
  });

  test("refuses labels of another number, and a file that is not there", async () => {
    const images = file("images", idx([2, 1, 1], [0, 1]));
    await expect(readImages(images, file("three", idx([3], [0, 1, 2])))).rejects.toThrow(/expected 2 labels.*got 3/);
    await expect(readImages(images, join(folder, "none"))).rejects.toThrow(/none: cannot be read \(ENOENT\)/);
  });
});

describe("random numbers", () => {
  test("are the same for the same seed, and others for another", () => {
    const take = (seed: number) => Array.from({ length: 5 }, uniform(seed));
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
  });

  test("have the moments of their distributions", () => {
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const count = 20_000;
    const even = Array.from({ length: count }, uniform(3));
    const bell = Array.from({ length: count }, normal(3));
    // Four standard errors: 0.29/√n, 1/√n, and √(2/n) for the variance.
    expect(Math.abs(mean(even) - 0.5)).toBeLessThan(0.0082);
    expect(even.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(mean(bell))).toBeLessThan(0.028);
    expect(Math.abs(mean(bell.map((value) => value ** 2)) - 1)).toBeLessThan(0.04);
  });
});

test("a table sets its first column to the left and the others to the right", () => {
  expect(
    table(
      ["name", "n"],
      [
        ["a", 1],
        ["bcdef", 100],
      ],
    ),
  ).toBe("  name     n\n  ─────  ───\n  a        1\n  bcdef  100");
});
