import { describe, expect, it } from "vitest";
import { normalizeLayer } from "../../ts/config/layers.js";
import { matrix } from "../../ts/data/matrix.js";
import type { Scaler } from "../../ts/data/scale.js";
import { minMaxScaler, scalerFromJSON, standardScaler } from "../../ts/data/scale.js";
import { ConfigError, NonFiniteError, ShapeError } from "../../ts/errors.js";

const rows = [
  [1, 10, 7],
  [2, 30, 7],
  [3, 20, 7],
  [6, 60, 7],
];

function column(data: Float32Array, j: number): number[] {
  return Array.from(data).filter((_, i) => i % 3 === j);
}

describe("standardScaler", () => {
  it("brings every column to mean 0 and standard deviation 1, divided by n", () => {
    const scaler = standardScaler();
    const scaled = scaler.fitTransform(rows);
    expect(scaled.shape).toEqual([4, 3]);
    // mean 3, squares 4 + 1 + 0 + 9 = 14
    expect(scaler.toJSON()).toEqual({
      type: "standardScaler",
      offset: [3, 30, 7],
      scale: [Math.sqrt(3.5), Math.sqrt(350), 1],
    });
    expect(column(scaled.data, 0)).toEqual([-2, -1, 0, 3].map((d) => Math.fround(d / Math.sqrt(3.5))));
  });

  it("centres a constant column and divides it by 1, also where its mean is rounded", () => {
    expect(column(standardScaler().fitTransform(rows).data, 2)).toEqual([0, 0, 0, 0]);
    const tenth = standardScaler().fit([[0.1], [0.1], [0.1]]);
    expect(tenth.toJSON()).toEqual({ type: "standardScaler", offset: [Math.fround(0.1)], scale: [1] });
    expect([...tenth.transform([[0.1], [1.1]]).data]).toEqual([0, Math.fround(Math.fround(1.1) - Math.fround(0.1))]);
  });

  it("measures large offsets without cancelling", () => {
    const scaler = standardScaler().fit([[1e6], [1e6 + 1], [1e6 + 2]]);
    expect(scaler.toJSON().offset).toEqual([1e6 + 1]);
    expect(scaler.toJSON().scale?.[0]).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });
});

describe("minMaxScaler", () => {
  it("brings every column to 0 … 1 and a constant one to 0", () => {
    const scaler = minMaxScaler();
    const scaled = scaler.fitTransform(rows);
    expect(column(scaled.data, 0)).toEqual([0, 0.2, 0.4, 1].map(Math.fround));
    expect(column(scaled.data, 2)).toEqual([0, 0, 0, 0]);
    expect(scaler.toJSON()).toEqual({ type: "minMaxScaler", offset: [1, 10, 7], scale: [5, 50, 1] });
  });
});

describe.each<[string, () => Scaler]>([
  ["standardScaler", standardScaler],
  ["minMaxScaler", minMaxScaler],
])("%s", (type, make) => {
  it("undoes itself", () => {
    const scaler = make().fit(rows);
    const back = scaler.inverseTransform(scaler.transform(rows));
    // two roundings to f32, relative to values up to 60
    rows.flat().forEach((value, i) => {
      expect(Math.abs((back.data[i] ?? Number.NaN) - value)).toBeLessThan(60 * 2 ** -22);
    });
  });

  it("takes what it learnt to other data, and forgets it at the next fit", () => {
    const scaler = make().fit(rows);
    const first = scaler.toJSON();
    scaler.transform([[100, 100, 100]]);
    expect(scaler.toJSON()).toEqual(first);
    expect(scaler.fit([[1], [2]]).toJSON().offset?.length).toBe(1);
  });

  it("comes back from JSON with the same results", () => {
    const scaler = make().fit(rows);
    const copy = scalerFromJSON(JSON.parse(JSON.stringify(scaler)));
    expect(copy.transform(rows)).toEqual(scaler.transform(rows));
    expect(copy.toJSON()).toEqual(scaler.toJSON());
    expect(scalerFromJSON(JSON.parse(JSON.stringify(make()))).toJSON()).toEqual({ type });
  });

  it("becomes a layer that does the same", () => {
    const scaler = make().fit(rows);
    const layer = scaler.toLayer();
    const { offset, scale } = scaler.toJSON();
    expect(layer).toEqual({ type: "normalization", mean: offset, standardDeviation: scale });
    expect(normalizeLayer(layer, "layers[0]")).toEqual(layer);
  });

  it("reads a matrix, does not change it and gives a new one", () => {
    const x = matrix(rows, [4, 3]);
    const before = [...x.data];
    expect(make().fitTransform(x)).toEqual(make().fitTransform(rows));
    expect([...x.data]).toEqual(before);
  });

  it("says what is missing before fit", () => {
    for (const method of ["transform", "inverseTransform"] as const) {
      expect(() => make()[method](rows)).toThrow(ConfigError);
      expect(() => make()[method](rows)).toThrow(
        `${type}: ${method} needs the scales of the columns: call fit(x) first`,
      );
    }
    expect(() => make().toLayer()).toThrow("call fit(x) first");
  });

  it("refuses flat numbers before and after fit, other columns, and what is not finite", () => {
    expect(() => make().fit([1, 2, 3])).toThrow("x: 3 flat numbers do not say");
    const scaler = make().fit(rows);
    expect(() => scaler.transform([1, 2, 3])).toThrow("x: 3 flat numbers do not say");
    expect(() => scaler.transform(new Float32Array(3))).toThrow(ShapeError);
    expect(() => scaler.transform([[1, 2]])).toThrow("x: expected shape [1, 3], got [1, 2]");
    expect(() => make().fit([[1], [Number.NaN]])).toThrow(NonFiniteError);
    expect(() => scaler.transform([[1, 2, Number.NaN]])).toThrow("x: NaN at row 0, column 2");
    expect(() => make().fit([])).toThrow(ShapeError);
  });

  it("keeps what it knew when a fit fails", () => {
    const scaler = make().fit(rows);
    const before = scaler.toJSON();
    expect(() => scaler.fit([[Number.NaN]])).toThrow(NonFiniteError);
    expect(scaler.toJSON()).toEqual(before);
  });

  it("reports a result that is too large for 32 bits", () => {
    const scaler = make().fit([[0], [1e-30]]);
    expect(() => scaler.transform([[1e30]])).toThrow(`${type}.transform(x): Infinity at row 0, column 0`);
  });
});

describe("scalerFromJSON", () => {
  it.each([
    null,
    "standardScaler",
    { type: "robustScaler" },
    { type: "standardScaler", offset: [1] },
    { type: "standardScaler", offset: [1], scale: [0] },
    { type: "standardScaler", offset: [1, 2], scale: [1] },
    { type: "standardScaler", offset: [], scale: [] },
    { type: "standardScaler", offset: [Number.NaN], scale: [1] },
    { type: "standardScaler", mean: [1] },
  ])("refuses %j", (json) => expect(() => scalerFromJSON(json)).toThrow(ConfigError));
});
