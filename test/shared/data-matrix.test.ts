import { describe, expect, it } from "vitest";
import { oneHot, toLabels } from "../../ts/data/labels.js";
import { checkFinite, make, matrix, takeRows, toMatrix } from "../../ts/data/matrix.js";
import { DataError, NonFiniteError, ShapeError } from "../../ts/errors.js";

function loosely(f: (...given: never[]) => unknown, ...given: unknown[]): () => unknown {
  return () => (f as (...given: unknown[]) => unknown)(...given);
}

const wanted = { data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [3, 2] };

describe("matrix", () => {
  it("reads flat numbers and rows of every kind row after row", () => {
    expect(matrix([1, 2, 3, 4, 5, 6], [3, 2])).toEqual(wanted);
    expect(matrix(new Float64Array([1, 2, 3, 4, 5, 6]), [3, 2])).toEqual(wanted);
    expect(matrix(new Uint8Array([1, 2, 3, 4, 5, 6]), [3, 2])).toEqual(wanted);
    expect(matrix([[1, 2], [3, 4], new Float32Array([5, 6])], [3, 2])).toEqual(wanted);
    expect(matrix([], [0, 2]).shape).toEqual([0, 2]);
  });

  it("keeps a Float32Array as it is and is frozen", () => {
    const data = new Float32Array(6);
    const made = matrix(data, [3, 2]);
    expect(made.data).toBe(data);
    expect(Object.isFrozen(made) && Object.isFrozen(made.shape)).toBe(true);
  });

  it("refuses lengths that do not fit, and shapes that are none", () => {
    expect(() => matrix([1, 2, 3], [2, 2])).toThrow("data: expected 4 numbers for shape [2, 2], got 3");
    expect(() => matrix([[1, 2]], [2, 2])).toThrow("data: expected shape [2, 2], got [1, 2]");
    for (const shape of [[2], [2, 0], [-1, 2], [1.5, 2], "2x2", undefined]) {
      expect(loosely(matrix, [1, 2], shape)).toThrow(ShapeError);
      expect(loosely(matrix, [1, 2], shape)).toThrow("shape: expected [rows, columns]");
    }
    expect(loosely(matrix, "12", [1, 2])).toThrow(DataError);
  });
});

describe("toMatrix", () => {
  it("reads every form", () => {
    expect(
      toMatrix(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        "x",
      ),
    ).toEqual(wanted);
    expect(toMatrix([new Float64Array([1, 2]), [3, 4], new Int8Array([5, 6])], "x", 2, 3)).toEqual(wanted);
    expect(toMatrix([1, 2, 3, 4, 5, 6], "x", 2)).toEqual(wanted);
    expect(toMatrix(new Float32Array([1, 2, 3, 4, 5, 6]), "x", 2, 3)).toEqual(wanted);
    expect(toMatrix(matrix([1, 2, 3, 4, 5, 6], [3, 2]), "x", 2)).toEqual(wanted);
    expect(toMatrix({ data: new Float32Array(2), shape: [2, 1] }, "x")).toEqual({
      data: new Float32Array(2),
      shape: [2, 1],
    });
  });

  it("refuses flat numbers where nothing says how many columns they have", () => {
    expect(() => toMatrix([1, 2, 3], "x")).toThrow(ShapeError);
    expect(() => toMatrix(new Float32Array(4), "x")).toThrow(
      "x: 4 flat numbers do not say how many columns they have; use matrix(x, [rows, columns]) or an array of rows",
    );
  });

  it("names the first row of another length", () => {
    expect(() => toMatrix([[1, 2], [3, 4], [5]], "x")).toThrow(ShapeError);
    expect(() => toMatrix([[1, 2], [3, 4], [5]], "x")).toThrow(
      "x: rows must be equally long: row 0 has 2 columns, row 2 has 1",
    );
    expect(() => toMatrix([[1], [2, 3]], "x")).toThrow("row 0 has 1 columns, row 1 has 2");
  });

  it("shows the shape that was expected and the one that came", () => {
    expect(() => toMatrix([[1, 2, 3]], "x", 4)).toThrow("x: expected shape [1, 4], got [1, 3]");
    expect(() => toMatrix(matrix([1, 2], [1, 2]), "y", 2, 3)).toThrow("y: expected shape [3, 2], got [1, 2]");
    expect(() => toMatrix([1, 2, 3], "x", 2)).toThrow(
      "x: expected a flat array whose length is a multiple of 2, got 3 numbers",
    );
    expect(() => toMatrix([1, 2, 3, 4], "y", 2, 3)).toThrow(
      "y: expected a flat array whose length is 6 (shape [3, 2]), got 4 numbers",
    );
  });

  it("refuses what has no rows or no columns", () => {
    for (const empty of [[], new Float32Array(0), matrix([], [0, 2]), [[]]]) {
      expect(() => toMatrix(empty, "x", 2)).toThrow(ShapeError);
      expect(() => toMatrix(empty, "x", 2)).toThrow("expected at least one");
    }
  });

  it("names the place of what is not a number", () => {
    expect(() =>
      toMatrix(
        [
          [1, 2],
          [3, "4"],
        ],
        "x",
      ),
    ).toThrow(DataError);
    expect(() =>
      toMatrix(
        [
          [1, 2],
          [3, "4"],
        ],
        "x",
      ),
    ).toThrow('x: expected a number at row 1, column 1, got "4"');
    expect(() => toMatrix([1, 2, 3, null], "x", 2)).toThrow("x: expected a number at row 1, column 1, got null");
    expect(() => toMatrix([[1], 2], "x")).toThrow("x: expected an array of numbers as row 1, got 2");
    expect(() => toMatrix([null], "x")).toThrow("x: expected an array of numbers as row 0, got null");
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    expect(() => toMatrix([[1, , 3]], "x")).toThrow("x: expected a number at row 0, column 1, got undefined");
  });

  it.each(["abc", 3, null, undefined, new Map(), { data: [1], shape: [1, 1] }, { rows: 1 }, new BigInt64Array(2)])(
    "refuses %s",
    (value) => expect(() => toMatrix(value, "x", 1)).toThrow(DataError),
  );

  it("refuses a hand-made matrix whose shape does not fit", () => {
    expect(() => toMatrix({ data: new Float32Array(3), shape: [2, 2] }, "x")).toThrow(
      "x: its shape [2, 2] does not fit its 3 numbers",
    );
    expect(() => toMatrix({ data: new Float32Array(3), shape: [3] }, "x")).toThrow("x.shape: expected [rows, columns]");
  });
});

describe("checkFinite", () => {
  it("names the first value that is not finite", () => {
    const bad = matrix([1, 2, 3, 4, 5, 6, 7, Number.NaN, Number.POSITIVE_INFINITY], [3, 3]);
    expect(() => checkFinite(bad, "x")).toThrow(NonFiniteError);
    expect(() => checkFinite(bad, "x")).toThrow("x: NaN at row 2, column 1");
    expect(() => checkFinite(matrix([0, Number.NEGATIVE_INFINITY], [2, 1]), "y")).toThrow(
      "y: -Infinity at row 1, column 0",
    );
    expect(() => checkFinite(matrix([1e39], [1, 1]), "x")).toThrow("x: Infinity at row 0, column 0");
    expect(() => checkFinite(matrix([3.4e38, -3.4e38, 1e-45, -0], [2, 2]), "x")).not.toThrow();
  });
});

describe("takeRows and make", () => {
  it("copy the rows that are named, in that order", () => {
    const x = matrix([1, 2, 3, 4, 5, 6], [3, 2]);
    const taken = takeRows(x, [2, 0, 2]);
    expect(taken).toEqual({ data: new Float32Array([5, 6, 1, 2, 5, 6]), shape: [3, 2] });
    taken.data[0] = 9;
    expect(x.data[4]).toBe(5);
    expect(make(new Float32Array(2), 1, 2)).toEqual({ data: new Float32Array(2), shape: [1, 2] });
  });
});

describe("toLabels", () => {
  it("copies every kind of labels into whole numbers", () => {
    const labels = new Int32Array([0, 2, 1]);
    expect(toLabels([0, 2, 1], "y", 3, 3)).toEqual(labels);
    expect(toLabels(new Float32Array([0, 2, 1]), "y")).toEqual(labels);
    expect(toLabels(new Uint8Array([0, 2, 1]), "y")).toEqual(labels);
    expect(toLabels(matrix([0, 2, 1], [3, 1]), "y")).toEqual(labels);
    expect(toLabels([[0], [2], [1]], "y")).toEqual(labels);
    expect(toLabels(labels, "y")).not.toBe(labels);
  });

  it("names the row of a label that is none", () => {
    expect(() => toLabels([0, 3], "y", 3)).toThrow(DataError);
    expect(() => toLabels([0, 3], "y", 3)).toThrow("y: expected a whole number from 0 to 2 at row 1, got 3");
    expect(() => toLabels([0, -1], "y")).toThrow("y: expected a whole number >= 0 at row 1, got -1");
    for (const label of [0.5, Number.NaN, "1", null, 2 ** 31]) {
      expect(() => toLabels([0, label], "y")).toThrow(/^y: expected a whole number >= 0 at row 1, got /);
    }
  });

  it("refuses no labels, another number of labels and several columns", () => {
    expect(() => toLabels([], "y")).toThrow(ShapeError);
    expect(() => toLabels([0, 1], "y", 2, 3)).toThrow("y: expected shape [3], got [2]");
    expect(() => toLabels([[0, 1]], "y")).toThrow("y: expected shape [1], got [1, 2]; labels are one whole number");
    expect(() => toLabels("01", "y")).toThrow(DataError);
  });
});

describe("oneHot", () => {
  it("puts a 1 in the column of each label", () => {
    expect(oneHot([0, 2], 3)).toEqual({ data: new Float32Array([1, 0, 0, 0, 0, 1]), shape: [2, 3] });
  });

  it("refuses labels and numbers of classes that make no sense", () => {
    expect(() => oneHot([0, 3], 3)).toThrow("labels: expected a whole number from 0 to 2 at row 1, got 3");
    expect(() => oneHot([0], 0)).toThrow("classes: expected a whole number >= 1");
    expect(() => oneHot([], 3)).toThrow(ShapeError);
  });
});
