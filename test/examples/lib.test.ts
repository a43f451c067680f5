import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lineChart } from "../../examples/lib/chart.mjs";
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

describe("a chart", () => {
  const labels = { title: "a < b & c", xLabel: "step", yLabel: "loss" };
  const pathsOf = (svg: string) => [...svg.matchAll(/<path d="([^"]+)" fill="none" stroke="(#\w+)"/g)];

  test("draws each line from end to end of the frame, in a colour of its own", () => {
    const points = (value: number) =>
      [
        [0, 0],
        [5, value],
        [10, value],
      ] as const;
    const svg = lineChart({
      ...labels,
      series: [
        { name: "one", points: points(10) },
        { name: "two", points: points(5) },
      ],
    });
    const paths = pathsOf(svg);
    expect(paths.map(([, path]) => path)).toEqual(["M72 428L391 56L710 56", "M72 428L391 242L710 242"]);
    expect(new Set(paths.map(([, , colour]) => colour)).size).toBe(2);
    expect(svg).toContain("a &#60; b &#38; c");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("leaves out what a logarithmic axis has no place for, and names powers of ten", () => {
    const svg = lineChart({
      ...labels,
      logY: true,
      series: [
        {
          name: "one",
          points: [
            [0, 100],
            [1, 0],
            [2, 1],
          ],
        },
      ],
    });
    expect(pathsOf(svg)[0]?.[1]).toBe("M72 56L710 428");
    expect(svg).toContain(">100</text>");
    expect(() => lineChart({ ...labels, logY: true, series: [{ name: "one", points: [[0, 0]] }] })).toThrow(/no point/);
  });

  test("thins long lines but keeps their ends and peaks", () => {
    const points = Array.from({ length: 10_001 }, (_, i) => [i, i === 5003 ? 10 : 0] as [number, number]);
    const path = pathsOf(lineChart({ ...labels, series: [{ name: "one", points }] }))[0]?.[1] ?? "";
    expect(path.split("L").length).toBeLessThan(1300);
    expect(path).toMatch(/^M72 428L.* 56L.*L710 428$/);
  });

  test.each([
    ["at the top", 1],
    ["at the bottom", 0],
  ])("keeps the names of lines that end together %s apart, and inside the frame", (_, end) => {
    const points: [number, number][] = [
      [0, 1 - end],
      [1, end],
    ];
    const svg = lineChart({ ...labels, series: ["a", "b", "c"].map((name) => ({ name, points })) });
    const heights = [...svg.matchAll(/<text x="718" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(3);
    expect(Math.min(...heights.slice(1).map((y, i) => y - (heights[i] as number)))).toBeGreaterThanOrEqual(14);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(56);
    expect(Math.max(...heights)).toBeLessThanOrEqual(432);
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
