import { describe, expect, test } from "vitest";
import { histograms, squash, squashedTicks } from "../../playground/src/canvas/histograms.js";
import { fitting, layOut, unitAt } from "../../playground/src/canvas/network.js";
import { gridOf, mapPixels, reach, unitPixels } from "../../playground/src/canvas/plane.js";
import { linearScale, logScale, short, ticks } from "../../playground/src/canvas/scale.js";
import { mix, type Palette } from "../../playground/src/canvas/surface.js";
import { layerAt, xrayPanels } from "../../playground/src/canvas/xray.js";
import { axesOf, tagsOf } from "../../playground/src/chart/lines.js";

const palette: Palette = {
  paper: "#ffffff",
  ink: "#000000",
  quiet: "#777777",
  grid: "#dddddd",
  series: ["#0000ff", "#ff0000", "#00ff00"],
  alarm: "#aa0000",
};

describe("scales", () => {
  test("a logarithmic one holds its values between whole powers of ten, and leaves out what it cannot show", () => {
    const scale = logScale([3e-9, 0.02, 0, Number.NaN, Number.POSITIVE_INFINITY], 100, 0);
    expect([scale.low, scale.high]).toEqual([1e-9, 0.1]);
    expect(scale.place(1e-9)).toBeCloseTo(100);
    expect(scale.place(0.1)).toBeCloseTo(0);
    expect(scale.place(1e-5)).toBeCloseTo(50);
  });

  test("it shows two decades at least, also of nothing", () => {
    expect(logScale([1, 1.5], 0, 1)).toMatchObject({ low: 0.1, high: 10 });
    expect(logScale([], 0, 1)).toMatchObject({ low: 0.01, high: 1 });
  });

  test("marks are powers of ten, or round numbers", () => {
    expect(ticks(logScale([1e-6, 1], 0, 1), 4)).toEqual([1e-6, 1e-4, 1e-2, 1]);
    const marks = ticks(linearScale([-0.3, 1.9], 0, 1), 5);
    expect(marks.map((mark) => Number(mark.toFixed(9)))).toEqual([0, 0.5, 1, 1.5]);
    expect(linearScale([2, 2], 0, 10).place(2)).toBe(5);
  });

  test("numbers read as people write them", () => {
    expect(
      [0, 0.0241, -1234.5, 2.1e-9, 1e12, -1e5, -3e-7, Number.POSITIVE_INFINITY].map((value) => short(value)),
    ).toEqual(["0", "0.0241", "−1230", "2.1·10⁻⁹", "10¹²", "−10⁵", "−3·10⁻⁷", "∞"]);
  });
});

describe("histograms", () => {
  test("each layer is counted on the same scale, by its fullest bin", () => {
    const { low, high, shares } = histograms([Float32Array.of(0, 0, 0, 1), Float32Array.of(-10, 10, Number.NaN)], 20);
    expect([low, high]).toEqual([squash(-10), squash(10)]);
    const binOf = (value: number) => Math.floor(((squash(value) - low) / (high - low)) * 20);
    expect(shares[0]?.[binOf(0)]).toBe(1);
    expect(shares[0]?.[binOf(1)]).toBeCloseTo(1 / 3);
    expect([shares[1]?.[0], shares[1]?.[19]]).toEqual([1, 1]);
    expect(shares[1]?.reduce((a, b) => a + b)).toBe(2);
  });

  test("numbers that are all alike stay one line, and none at all are no mistake", () => {
    const alike = histograms([new Float32Array(50).fill(1e-5)]);
    expect(alike.shares[0]?.filter((share) => share > 0).length).toBe(1);
    expect(histograms([Float32Array.of(Number.NaN)]).shares[0]?.every((share) => share === 0)).toBe(true);
  });

  test("the squashed axis is marked at round numbers that lie on it", () => {
    expect(squashedTicks({ low: squash(-1.2), high: squash(0.6) }, 6)).toEqual([-1, -0.5, 0, 0.5]);
    const wide = squashedTicks({ low: squash(-5), high: squash(2e6) }, 6);
    expect(wide).toContain(0);
    expect(wide).toContain(1e6);
    expect(wide.length).toBeLessThanOrEqual(7);
    expect([...wide].sort((a, b) => a - b)).toEqual(wide);
  });
});

describe("the plane", () => {
  test("the grid goes row by row from the upper left, at the middles of pixels", () => {
    const grid = gridOf(2);
    expect([...grid].map((value) => value / reach)).toEqual([-0.5, 0.5, 0.5, 0.5, -0.5, -0.5, 0.5, -0.5]);
  });

  test("a certain answer has its class's colour, an undecided one hardly any", () => {
    const [sure0, sure1, unsure] = [0, 1, 0.5].map((p) => [...mapPixels(Float32Array.of(p), 1, palette)]);
    expect(sure0?.[2]).toBeGreaterThan((sure0?.[0] ?? 0) + 100);
    expect(sure1?.[0]).toBeGreaterThan((sure1?.[2] ?? 0) + 100);
    expect(Math.min(...(unsure ?? []))).toBeGreaterThan(225);
    const third = [...mapPixels(Float32Array.of(0, 0, 1), 1, palette)];
    expect(third[1]).toBeGreaterThan((third[0] ?? 0) + 100);
  });

  test("a unit's picture has one colour below 0 and another above, full at its largest", () => {
    // Two units side by side: the second one is looked at.
    const pixels = unitPixels(Float32Array.of(9, -2, 9, 1, 9, 0, 9, 2), 2, 1, 2, palette);
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => [...pixels.subarray(4 * i, 4 * i + 3)]);
    expect(a?.[2]).toBe(255);
    expect(a?.[0]).toBeLessThan(60);
    expect(c).toEqual([255, 255, 255]);
    expect(d?.[0]).toBe(255);
    expect(d?.[2]).toBeLessThan(60);
    expect(b?.[2]).toBeGreaterThan(d?.[2] ?? 255);
  });
});

describe("the network", () => {
  const columns = [2, 40, 3].map((units, i) => ({ title: `${i}`, units }));

  test("units lie inside, do not overlap, and are found where they are", () => {
    const nodes = layOut(600, 300, columns);
    expect(nodes.map(({ length }) => length)).toEqual([2, 10, 3]);
    for (const { column, unit, box } of nodes.flat()) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.y).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(600);
      expect(box.y + box.height).toBeLessThanOrEqual(300);
      expect(unitAt(nodes, box.x + box.width / 2, box.y + box.height / 2)).toEqual({ column, unit });
    }
    const tall = nodes[1] ?? [];
    tall.slice(1).forEach(({ box }, i) => {
      expect(box.y).toBeGreaterThanOrEqual((tall[i]?.box.y ?? 0) + (tall[i]?.box.height ?? 0));
    });
    expect(unitAt(nodes, 1, 1)).toBeUndefined();
  });

  test("on a phone there are fewer units, not smaller ones than can be seen", () => {
    const nodes = layOut(320, 140, columns);
    expect(nodes[1]?.length).toBeLessThan(10);
    for (const { box } of nodes.flat()) expect(box.width).toBeGreaterThanOrEqual(8);
  });
});

test("a name that is too long is cut, not squeezed, and of a column's word the word is left", () => {
  const fits = (text: string) => text.length <= 7;
  expect(["area", "district=harbour", "district=old town", "interest"].map((name) => fitting(name, fits))).toEqual([
    "area",
    "harbour",
    "old to…",
    "intere…",
  ]);
  expect(fitting("width", () => false)).toBe("w…");
});

describe("the look through the layers", () => {
  test("its panels lie below one another within the surface", () => {
    for (const [width, height] of [
      [900, 420],
      [330, 360],
    ] as const) {
      const { bars, spread, strips } = xrayPanels(width, height);
      const boxes = [bars, spread, ...strips];
      boxes.slice(1).forEach((box, i) => {
        expect(box.y).toBeGreaterThan((boxes[i]?.y ?? 0) + (boxes[i]?.height ?? 0));
      });
      expect((strips[1]?.y ?? 0) + (strips[1]?.height ?? 0)).toBeLessThan(height - 12);
      expect(bars.x + bars.width).toBeLessThan(width);
    }
  });

  test("the layer under the pointer is the one whose column is there", () => {
    const { bars } = xrayPanels(500, 300);
    for (let i = 0; i < 7; i++) expect(layerAt(bars.x + ((i + 0.5) * bars.width) / 7, 500, 7)).toBe(i);
    expect(layerAt(3, 500, 7)).toBeUndefined();
    expect(layerAt(499.9, 500, 7)).toBeUndefined();
  });
});

test("mixed colours lie between", () => {
  expect(mix("#000000", "#ff8000", 0.5)).toBe("rgb(128 64 0)");
});

describe("names at the ends of lines", () => {
  const chart = (ends: readonly number[], short: readonly number[] = []) => ({
    lines: ends.map((y, i) => {
      const x = short.includes(i) ? [0, 1] : [0, 1, 2];
      return { name: "", colour: i, tag: String(i + 1), x, y: x.map((_, at) => (at === x.length - 1 ? y : 10)) };
    }),
    xKind: "linear" as const,
    yKind: "linear" as const,
    xName: "",
    yRange: [0, 10] as const,
  });
  const tags = (ends: readonly number[], short?: readonly number[]) => {
    const drawn = chart(ends, short);
    const axes = axesOf(drawn, 400, 300);
    return { axes, tags: tagsOf(drawn, axes).toSorted((a, b) => a.colour - b.colour) };
  };

  test("stand where the lines end when there is room", () => {
    const { axes, tags: found } = tags([2, 8]);
    expect(found.map(({ y }) => y)).toEqual([axes.y.place(2), axes.y.place(8)]);
  });

  test("do not cover one another, keep their order, and stay within the axes", () => {
    for (const ends of [
      [5, 5, 5.1],
      [0, 0.01, 0.02, 0.03],
      [10, 10, 10],
    ]) {
      const { axes, tags: found } = tags(ends);
      const places = found.map(({ y }) => y);
      const sorted = places.toSorted((a, b) => a - b);
      for (let i = 1; i < sorted.length; i++)
        expect((sorted[i] as number) - (sorted[i - 1] as number)).toBeGreaterThanOrEqual(16.99);
      expect(Math.min(...places)).toBeGreaterThanOrEqual(axes.top - 1e-9);
      // Nor over the numbers of the axis.
      expect(Math.max(...places)).toBeLessThanOrEqual(axes.bottom - 8);
      // A lower loss stands lower.
      const lowest = places.indexOf(Math.max(...places));
      expect(ends[lowest]).toBe(Math.min(...ends));
    }
  });

  test("of lines that end elsewhere are left where they are, and one that has no number at its end has none", () => {
    const { axes, tags: found } = tags([5, 5, Number.NaN], [1]);
    expect(found.map(({ text, y }) => [text, y])).toEqual([
      ["1", axes.y.place(5)],
      ["2", axes.y.place(5)],
    ]);
  });
});

test("names of marks have rows of their own above the lines, numbers below what lies over the axis a place of theirs", () => {
  const bare = { lines: [], xKind: "linear", yKind: "linear", xName: "", xRange: [0, 1], yRange: [0, 1] } as const;
  const plain = axesOf(bare, 400, 300);
  const marked = axesOf({ ...bare, marks: [0.1, 0.2, 0.3].map((x) => ({ x, text: "" })), gap: 12 }, 400, 300);
  expect(marked.top - plain.top).toBe(48);
  expect(plain.bottom - marked.bottom).toBe(12);
  expect([marked.y.place(0), marked.y.place(1)]).toEqual([marked.bottom, marked.top]);
});
