import { describe, expect, it } from "vitest";
import type { CSVOptions, CSVSource, TabularDataset } from "../../ts/data/csv.js";
import { fromCSV } from "../../ts/data/csv.js";
import { ConfigError, DataError, FormatError } from "../../ts/errors.js";

const iris = "length,width,kind\n5.1,3.5,virginica\n6.3,3.25,setosa\n4,-1e1,virginica\n";

function rowsOf({ x }: TabularDataset): number[][] {
  const [rows, columns] = x.shape;
  return Array.from({ length: rows }, (_, i) => [...x.data.subarray(i * columns, (i + 1) * columns)]);
}

async function caught(source: unknown, options: unknown): Promise<Error> {
  try {
    await fromCSV(source as CSVSource, options as CSVOptions);
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error, nothing was thrown");
}

async function* pieces<T extends string | Uint8Array>(...chunks: T[]): AsyncGenerator<T> {
  yield* chunks;
}

function streamOf<T>(...chunks: T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

describe("fromCSV", () => {
  it("reads features as numbers and a target of words as labels in alphabetical order", async () => {
    const table = await fromCSV(iris, { target: "kind" });
    expect(rowsOf(table)).toEqual(
      [
        [5.1, 3.5],
        [6.3, 3.25],
        [4, -10],
      ].map((row) => row.map(Math.fround)),
    );
    expect(table.y).toEqual(new Int32Array([1, 0, 1]));
    expect(table.classes).toEqual(["setosa", "virginica"]);
    expect(table.featureNames).toEqual(["length", "width"]);
    expect(table.targetName).toBe("kind");
    expect(table.categories).toEqual({});
    expect(table.droppedRows).toBe(0);
  });

  it("reads a target of numbers as numbers, and as labels when it is named categorical", async () => {
    const numbers = await fromCSV("a,y\n1,10\n2,9.5\n", { target: "y" });
    expect(numbers.y).toEqual(new Float32Array([10, 9.5]));
    expect("classes" in numbers).toBe(false);
    const labels = await fromCSV("a,y\n1,10\n2,9\n3,10\n", { target: "y", categorical: ["y"] });
    expect(labels.y).toEqual(new Int32Array([0, 1, 0]));
    expect(labels.classes).toEqual(["10", "9"]);
  });

  it("finds columns by name, by place and from the end, in the order asked for", async () => {
    expect((await fromCSV(iris, { target: -1 })).targetName).toBe("kind");
    expect((await fromCSV(iris, { target: 2 })).targetName).toBe("kind");
    const chosen = await fromCSV(iris, { target: "length", features: ["width"] });
    expect(rowsOf(chosen)).toEqual([[3.5], [3.25], [-10]]);
    const swapped = await fromCSV(iris, { target: "kind", features: ["width", 0] });
    expect(swapped.featureNames).toEqual(["width", "length"]);
    expect(rowsOf(swapped)[1]).toEqual([3.25, Math.fround(6.3)]);
  });

  it("does not look at columns that are not used", async () => {
    const table = await fromCSV("a,junk,y\n1,,2\n3,word,4\n", { target: "y", features: ["a"] });
    expect(rowsOf(table)).toEqual([[1], [3]]);
  });

  it("gives every word of a categorical feature a column, in alphabetical order", async () => {
    const text = "colour,size,y\nred,1,0\nblue,2,1\nred,3,0\ngreen,4,1\n";
    const table = await fromCSV(text, { target: "y", categorical: ["colour"] });
    expect(table.featureNames).toEqual(["colour=blue", "colour=green", "colour=red", "size"]);
    expect(rowsOf(table)).toEqual([
      [0, 0, 1, 1],
      [1, 0, 0, 2],
      [0, 0, 1, 3],
      [0, 1, 0, 4],
    ]);
    expect(table.categories).toEqual({ colour: ["blue", "green", "red"] });
  });

  it("names the columns by place when there is no header", async () => {
    const table = await fromCSV("1,2\n3,4", { target: -1, header: false });
    expect([table.featureNames, table.targetName, [...table.y]]).toEqual([["column0"], "column1", [2, 4]]);
    expect((await fromCSV("1,2\n", { target: "column0", header: false })).y[0]).toBe(1);
  });

  it("takes other delimiters, CRLF, a byte order mark, blanks around numbers and empty lines at the end", async () => {
    const plain = await fromCSV("a,y\n1,2\n3,4\n", { target: "y" });
    for (const [text, delimiter] of [
      ["a,y\r\n1,2\r\n3,4\r\n", ","],
      ["a;y\n1;2\n3;4", ";"],
      ["a\ty\n1\t2\n3\t4\n\n\n", "\t"],
      ["\uFEFFa,y\n1,2\n3,4\r\n\r\n", ","],
      ["a,y\n 1, 2\n3\t,4 \n", ","],
    ] as const) {
      expect(await fromCSV(text, { target: "y", delimiter })).toEqual(plain);
    }
  });

  it("reads quoted fields: delimiters, line ends and doubled quotes inside them", async () => {
    const text = '"a, b","say ""y"""\n"1.5","line one\r\nline two"\n2,"x""y"\n';
    const table = await fromCSV(text, { target: 'say "y"' });
    expect(table.featureNames).toEqual(["a, b"]);
    expect(rowsOf(table)).toEqual([[1.5], [2]]);
    expect(table.classes).toEqual(["line one\r\nline two", 'x"y']);
  });

  it("keeps blanks that belong to words", async () => {
    expect((await fromCSV("a,y\n1, b\n2,b\n", { target: "y" })).classes).toEqual([" b", "b"]);
  });

  it("keeps columns that are named like things of Object.prototype", async () => {
    const table = await fromCSV("__proto__,y\nconstructor,1\n", { target: "y", categorical: ["__proto__"] });
    expect(Object.entries(table.categories)).toEqual([["__proto__", ["constructor"]]]);
  });
});

describe("missing values", () => {
  const holes = "a,b,y\n1,10,0\n,20,1\n3,NA,0\n5,30,1\n";

  it("are an error that names the place, by default", async () => {
    const error = await caught(holes, { target: "y" });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      'CSV: line 3, column 1: no value for "a"; see the option missing: "drop", "mean" or a number',
    );
    expect((error as FormatError).position).toEqual({ line: 3, column: 1 });
  });

  it("drop their rows, count them, or become the mean or a number", async () => {
    const dropped = await fromCSV(holes, { target: "y", missing: "drop" });
    expect([rowsOf(dropped), [...dropped.y], dropped.droppedRows]).toEqual([
      [
        [1, 10],
        [5, 30],
      ],
      [0, 1],
      2,
    ]);
    const means = await fromCSV(holes, { target: "y", missing: "mean" });
    expect(rowsOf(means)).toEqual([
      [1, 10],
      [3, 20],
      [3, 20],
      [5, 30],
    ]);
    const filled = await fromCSV(holes, { target: "y", missing: -1 });
    expect(rowsOf(filled)).toEqual([
      [1, 10],
      [-1, 20],
      [3, -1],
      [5, 30],
    ]);
  });

  it("of a category are 0 in all its columns when filled", async () => {
    const table = await fromCSV("n,c,y\n7,red,0\n8,?,1\n", { target: "y", categorical: ["c"], missing: "mean" });
    expect(rowsOf(table)).toEqual([
      [7, 1],
      [8, 0],
    ]);
    expect(table.categories).toEqual({ c: ["red"] });
  });

  it("of the target are never filled", async () => {
    const error = await caught("a,y\n1,2\n3,\n", { target: "y", missing: "mean" });
    expect(error.message).toBe('CSV: line 3, column 3: no value for "y"; see the option missing: "drop"');
    expect((await fromCSV("a,y\n1,2\n3,\n", { target: "y", missing: "drop" })).y.length).toBe(1);
  });

  it("are what the option says they are", async () => {
    const options: CSVOptions = { target: "y", missing: 0, missingValues: ["-"] };
    expect(rowsOf(await fromCSV("a,y\n-,1\n2,1\n", options))).toEqual([[0], [2]]);
    expect((await caught("a,y\nNA,1\n", options)).message).toMatch('expected a number for "a", got "NA"');
  });

  it("cannot be the mean of nothing, nor all that there is", async () => {
    expect((await caught("a,y\n?,1\n?,2\n", { target: "y", missing: "mean" })).message).toBe(
      'CSV: the column "a" has no values to take the mean of',
    );
    expect((await caught("a,y\n?,1\n?,2\n", { target: "y", missing: "drop" })).message).toBe(
      "CSV: no rows of data but the 2 dropped for missing values",
    );
  });
});

describe("broken CSV is refused with line and column", () => {
  it.each<[string, string, number, number, string]>([
    ["a short row", "a,y\n1,2\n3\n", 3, 1, "expected 2 fields, got 1"],
    ["a long row", "a,y\n1,2,33\n", 2, 5, "expected 2 fields, got 3"],
    ["a word among numbers", "a,y\n1,2\nx,3\n", 3, 1, 'expected a number for "a", got "x"; is the column categorical?'],
    [
      "a word in a target of numbers",
      "a,y\n1,2\n2,x\n",
      3,
      3,
      'expected a number for "y", got "x"; is the column categorical?',
    ],
    ["hexadecimal", "a,y\n0x10,2\n", 2, 1, 'expected a number for "a", got "0x10"; is the column categorical?'],
    ["infinity", "a,y\nInfinity,2\n", 2, 1, 'expected a number for "a", got "Infinity"; is the column categorical?'],
    ["a number too large", "a,y\n1e39,2\n", 2, 1, "1e39 is too large for a 32-bit float"],
    ["a quote within a field", 'a,y\n1"2,3\n', 2, 2, "a quote inside a field that does not start with one"],
    ["text after a quote", 'a,y\n"1"2,3\n', 2, 4, 'expected "," or the end of the line after a closing quote'],
    ["an open quote", 'a,y\n1,"2\n3,4\n', 2, 3, "the quote that opens here is never closed"],
    ["a lone carriage return", "a,y\r1,2\r", 1, 5, "a carriage return without a line feed"],
    ["a carriage return at the end", "a,y\n1,2\r", 2, 5, "a carriage return without a line feed"],
    ["an empty line", "a,y\n1,2\n\n3,4\n", 3, 1, "an empty line; they are ignored at the end only"],
    ["a name twice", "a,a,y\n1,2,3\n", 1, 3, 'a second column named "a"'],
    [
      "a place behind a line end in quotes",
      'a,y\n"1\n",2\nx',
      2,
      1,
      'expected a number for "a", got "1\\n"; is the column categorical?',
    ],
  ])("%s", async (_, text, line, column, message) => {
    const error = await caught(text, { target: "y" });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(`CSV: line ${line}, column ${column}: ${message}`);
    expect((error as FormatError).position).toEqual({ line, column });
  });

  it.each(["", "a,y", "a,y\n", "\n\n"])("no rows: %j", async (text) => {
    expect((await caught(text, { target: "y" })).message).toBe("CSV: no rows of data");
  });
});

describe("streams", () => {
  const text = 'näme,y\r\n"1\r\n",ä\r\n2.5,"b""c"\r\n';
  const options: CSVOptions = { target: "y", features: ["näme"], categorical: ["näme"] };

  it("may be cut anywhere, as text or as bytes", async () => {
    const whole = await fromCSV(text, options);
    expect(whole.classes).toEqual(['b"c', "ä"]);
    const bytes = new TextEncoder().encode(`\uFEFF${text}`);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await fromCSV(pieces(bytes.subarray(0, cut), bytes.subarray(cut)), options)).toEqual(whole);
      expect(await fromCSV(streamOf(bytes.subarray(0, cut), bytes.subarray(cut)), options)).toEqual(whole);
    }
    for (let cut = 0; cut <= text.length; cut++) {
      expect(await fromCSV(pieces("\uFEFF", text.slice(0, cut), text.slice(cut)), options)).toEqual(whole);
    }
  });

  it("with bytes that are no UTF-8 are refused", async () => {
    const error = await caught(pieces(new TextEncoder().encode("a,y\n"), new Uint8Array([0xff, 0x2c])), {
      target: "y",
    });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe("CSV: line 2, column 1: the bytes after this place are not valid UTF-8");
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(await caught(pieces(new Uint8Array([0x61, 0xc3])), { target: "y" })).toBeInstanceOf(FormatError);
  });

  it("are let go of when the text is broken", async () => {
    let reason: unknown = "not cancelled";
    const stream = new ReadableStream<string>({
      pull: (controller) => controller.enqueue('a"b'),
      cancel: (given) => {
        reason = given;
      },
    });
    expect(await caught(stream, { target: "y" })).toBeInstanceOf(FormatError);
    expect(reason).toBeUndefined();
    expect(stream.locked).toBe(false);
  });

  it("pass the errors of their source on", async () => {
    async function* failing(): AsyncGenerator<string> {
      yield "a,y\n";
      throw new RangeError("the line is dead");
    }
    expect(await caught(failing(), { target: "y" })).toBeInstanceOf(RangeError);
  });

  it("of something else are refused, and so is what is no stream", async () => {
    const numbers = (async function* () {
      yield 1;
    })();
    expect((await caught(numbers, { target: "y" })).message).toBe(
      "source: expected chunks of text or bytes (Uint8Array), got 1",
    );
    for (const source of [undefined, null, 3, ["a,y"], {}]) {
      expect(await caught(source, { target: "y" })).toBeInstanceOf(DataError);
    }
  });
});

describe("options", () => {
  it.each<[object | undefined, string]>([
    [undefined, "fromCSV.target: must be given: a column's name or place"],
    [{ target: "knid" }, 'fromCSV.target: no column "knid"; did you mean "kind"? Columns: length, width, kind'],
    [{ target: 3 }, "fromCSV.target: no column 3. Columns: length, width, kind"],
    [{ target: -4 }, "fromCSV.target: no column -4. Columns: length, width, kind"],
    [{ target: 0.5 }, "fromCSV.target: expected a whole number, got 0.5"],
    [{ target: true }, "fromCSV.target: expected a string, got true"],
    [{ target: "kind", features: [] }, "fromCSV.features: expected at least 1 element, got none"],
    [{ target: "kind", features: ["kind"] }, 'fromCSV.features[0]: "kind" is the target'],
    [{ target: "kind", features: [0, "length"] }, 'fromCSV.features[1]: "length" is named twice'],
    [
      { target: "kind", features: [0], categorical: ["width"] },
      'fromCSV.categorical: "width" is neither a feature nor the target',
    ],
    [{ target: "kind", delimiter: ", " }, 'fromCSV.delimiter: expected one character, no quote or line end, got ", "'],
    [{ target: "kind", delimiter: '"' }, 'fromCSV.delimiter: expected one character, no quote or line end, got "\\""'],
    [
      { target: "kind", missing: "median" },
      'fromCSV.missing: unknown value "median"; did you mean "mean"? One of: error, drop, mean',
    ],
    [{ target: "kind", missing: Number.NaN }, "fromCSV.missing: expected a finite number, got NaN"],
    [{ target: "kind", header: 1 }, "fromCSV.header: expected true or false, got 1"],
  ])("%j are refused", async (options, message) => {
    const error = await caught(iris, options);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(message);
  });

  it("refuses an unknown option, and a table with a target alone", async () => {
    expect((await caught(iris, { target: "kind", delimeter: ";" })).message).toMatch('did you mean "delimiter"?');
    expect((await caught("y\n1\n", { target: "y" })).message).toBe(
      "fromCSV.target: there is no other column to learn from",
    );
  });
});
