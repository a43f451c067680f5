/**
 * Tables from CSV text: its columns read as numbers, categories and a target.
 *
 * Strict: nothing is guessed. A row of another length, a word among numbers or a missing value is a `FormatError` that
 * names line and column, unless the options say what to do about it.
 */

import type { Check } from "../check.js";
import { boolean, integer, list, nearest, number, oneOf, options, show, text } from "../check.js";
import { ConfigError, FormatError } from "../errors.js";
import type { CSVSource, Field } from "./csv-records.js";
import { RecordParser } from "./csv-records.js";
import type { Matrix } from "./matrix.js";
import { make } from "./matrix.js";

export type { CSVSource };

/** A column by its name in the header, or by its place from 0; −1 is the last. */
export type ColumnReference = string | number;

/** Options of {@link fromCSV}. */
export interface CSVOptions {
  /** what to predict: numbers become numbers, words become class labels */
  target: ColumnReference;
  /** the columns of x, in this order; default all but the target */
  features?: readonly ColumnReference[];
  /**
   * columns of words: a feature gets a column of 0 and 1 for each word, the target becomes class labels even if its words
   * are numbers; default none
   */
  categorical?: readonly ColumnReference[];
  /** is the first row one of names? default true; otherwise the names are `column0`, `column1`, … */
  header?: boolean;
  /** one character; default `","` */
  delimiter?: string;
  /**
   * what to do about a missing value: `"error"` (default), `"drop"` the row, take the `"mean"` of the column, or a number
   * to take; with the last two a missing category is 0 in all its columns, and a missing target is an error all the same
   */
  missing?: "error" | "drop" | "mean" | number;
  /** what counts as missing; default `["", "NA", "N/A", "NaN", "nan", "null", "?"]` */
  missingValues?: readonly string[];
}

/** A table read from CSV. */
export interface TabularDataset {
  /** `[rows, features]` */
  readonly x: Matrix;
  /** class labels (`Int32Array`) if there are `classes`, else numbers (`Float32Array`); one for each row */
  readonly y: Int32Array | Float32Array;
  /** name of each column of x; `color=red` for a category */
  readonly featureNames: readonly string[];
  readonly targetName: string;
  /** the word of each label, sorted by UTF-16 units; only if the target holds words or was named in `categorical` */
  readonly classes?: readonly string[];
  /** the words of each categorical feature, sorted by UTF-16 units */
  readonly categories: Readonly<Record<string, readonly string[]>>;
  /** rows left out by `missing: "drop"` */
  readonly droppedRows: number;
}

/**
 * Reads a table.
 *
 * @param source text or a stream; a byte order mark is skipped, line ends are LF or CRLF, empty lines at the end are
 *   ignored
 * @returns a promise; all errors reject it
 * @throws FormatError `FORMAT` with line and column for broken CSV, words among numbers and missing values
 * @throws ConfigError `CONFIG` for the options, or a column that is not there
 * @throws DataError `DATA` for a source that is neither text nor a stream
 * @example
 * ```ts
 * const iris = await fromCSV("length,width,kind\n5.1,3.5,setosa\n6.3,3.3,virginica\n", { target: "kind" });
 * iris.x.shape; // [2, 2]
 * iris.y; // Int32Array [0, 1]
 * iris.classes; // ["setosa", "virginica"]
 * ```
 */
export async function fromCSV(source: CSVSource, given: CSVOptions): Promise<TabularDataset> {
  const settings = readSettings(given);
  const table = new TableReader(settings);
  const parser = new RecordParser(settings.delimiter, (record) => table.add(record));
  await parser.readAll(source);
  return table.finish();
}

type Policy = "error" | "drop" | "mean";

interface Settings {
  readonly target: ColumnReference;
  readonly features: readonly ColumnReference[] | undefined;
  readonly categorical: readonly ColumnReference[];
  readonly header: boolean;
  readonly delimiter: string;
  readonly missing: Policy | number;
  readonly missingValues: ReadonlySet<string>;
}

function readSettings(given: unknown): Settings {
  const known = ["target", "features", "categorical", "header", "delimiter", "missing", "missingValues"];
  const chosen = options(given, "fromCSV", known);
  if (chosen.target === undefined) throw new ConfigError("fromCSV.target", "must be given: a column's name or place");
  const delimiter = text(chosen.delimiter ?? ",", "fromCSV.delimiter");
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new ConfigError("fromCSV.delimiter", `expected one character, no quote or line end, got ${show(delimiter)}`);
  }
  const missing = chosen.missing ?? "error";
  return {
    target: columnReference(chosen.target, "fromCSV.target"),
    features:
      chosen.features === undefined
        ? undefined
        : list(columnReference, { minLength: 1 })(chosen.features, "fromCSV.features"),
    categorical: list(columnReference)(chosen.categorical ?? [], "fromCSV.categorical"),
    header: boolean(chosen.header ?? true, "fromCSV.header"),
    delimiter,
    missing: (typeof missing === "number" ? number() : policy)(missing, "fromCSV.missing"),
    missingValues: new Set(list(anyText)(chosen.missingValues ?? missingByDefault, "fromCSV.missingValues")),
  };
}

const missingByDefault = ["", "NA", "N/A", "NaN", "nan", "null", "?"];
const policy: Check<Policy> = oneOf(["error", "drop", "mean"]);
const columnReference: Check<ColumnReference> = (value, path) =>
  typeof value === "number" ? integer()(value, path) : anyText(value, path);
const anyText: Check<string> = (value, path) => {
  if (typeof value !== "string") throw new ConfigError(path, `expected a string, got ${show(value)}`);
  return value;
};

/** A column of numbers; NaN stands for a value to be filled in. */
interface NumberColumn {
  readonly kind: "number";
  readonly values: number[];
}
/** A column of words; −1 stands for a missing one. */
interface WordColumn {
  readonly kind: "words";
  readonly words: Map<string, number>;
  readonly values: number[];
}
interface Column {
  readonly place: number;
  readonly name: string;
  readonly content: NumberColumn | WordColumn;
}

/** Takes record after record, and at the end makes the table. */
class TableReader {
  readonly #settings: Settings;
  #names: readonly string[] | undefined;
  #features: readonly Column[] = [];
  #target: Column | undefined;
  #targetPlace = 0;
  #targetIsWords = false;
  #blank: Field | undefined;
  #rows = 0;
  #dropped = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  add(record: readonly Field[]): void {
    const [first] = record;
    if (
      record.length === 1 &&
      first !== undefined &&
      first.text === "" &&
      !first.isQuoted &&
      this.#names?.length !== 1
    ) {
      this.#blank ??= first;
      return;
    }
    if (this.#blank !== undefined) throw wrong(this.#blank, "an empty line; they are ignored at the end only");
    if (this.#names === undefined) {
      this.#start(record);
      if (this.#settings.header) return;
    }
    this.#addRow(record, this.#names ?? []);
  }

  /** Reads the names, and finds the columns that the options name. */
  #start(record: readonly Field[]): void {
    const names = record.map((field, i) => (this.#settings.header ? field.text : `column${i}`));
    const seen = new Set<string>();
    const double = record.find(({ text }) => seen.size === seen.add(text).size);
    if (double !== undefined && this.#settings.header) {
      throw wrong(double, `a second column named ${JSON.stringify(double.text)}`);
    }
    const { target, features, categorical } = this.#settings;
    const words = new Set(categorical.map((column, i) => findColumn(column, names, `fromCSV.categorical[${i}]`)));
    this.#targetPlace = findColumn(target, names, "fromCSV.target");
    this.#targetIsWords = words.has(this.#targetPlace);
    const others = names.map((_, place) => place).filter((place) => place !== this.#targetPlace);
    const places = features?.map((column, i) => findColumn(column, names, `fromCSV.features[${i}]`)) ?? others;
    const taken = new Set<number>();
    places.forEach((place, i) => {
      const path = `fromCSV.features[${i}]`;
      if (place === this.#targetPlace) throw new ConfigError(path, `${show(names[place])} is the target`);
      if (taken.size === taken.add(place).size) throw new ConfigError(path, `${show(names[place])} is named twice`);
    });
    if (places.length === 0) throw new ConfigError("fromCSV.target", "there is no other column to learn from");
    for (const place of words) {
      if (place !== this.#targetPlace && !taken.has(place)) {
        throw new ConfigError("fromCSV.categorical", `${show(names[place])} is neither a feature nor the target`);
      }
    }
    this.#names = names;
    this.#features = places.map((place) => newColumn(place, names[place] as string, words.has(place)));
  }

  #addRow(record: readonly Field[], names: readonly string[]): void {
    if (record.length !== names.length) {
      const place = record[Math.min(names.length, record.length - 1)] as Field;
      throw wrong(place, `expected ${names.length} fields, got ${record.length}`);
    }
    const used = [...this.#features.map((column) => column.place), this.#targetPlace];
    const hole = used.find((place) => this.#isMissing(record[place] as Field));
    if (hole !== undefined && this.#settings.missing === "drop") {
      this.#dropped += 1;
      return;
    }
    if (hole !== undefined && (this.#settings.missing === "error" || hole === this.#targetPlace)) {
      const hint = hole === this.#targetPlace ? "" : ', "mean" or a number';
      throw wrong(record[hole] as Field, `no value for ${show(names[hole])}; see the option missing: "drop"${hint}`);
    }
    const target = record[this.#targetPlace] as Field;
    this.#target ??= newColumn(
      this.#targetPlace,
      names[this.#targetPlace] as string,
      this.#targetIsWords || !isNumber(target.text),
    );
    for (const column of this.#features) this.#store(record[column.place] as Field, column);
    this.#store(target, this.#target);
    this.#rows += 1;
  }

  #isMissing(field: Field): boolean {
    return this.#settings.missingValues.has(field.text.trim());
  }

  #store(field: Field, column: Column): void {
    const { content } = column;
    const isMissing = this.#isMissing(field);
    if (content.kind === "words") {
      const known = isMissing ? -1 : (content.words.get(field.text) ?? content.words.size);
      if (!isMissing) content.words.set(field.text, known);
      content.values.push(known);
    } else if (isMissing) {
      content.values.push(typeof this.#settings.missing === "number" ? this.#settings.missing : Number.NaN);
    } else {
      content.values.push(readNumber(field, column.name));
    }
  }

  finish(): TabularDataset {
    if (this.#target === undefined) {
      const dropped = this.#dropped > 0 ? ` but the ${this.#dropped} dropped for missing values` : "";
      throw new FormatError("CSV", `no rows of data${dropped}`);
    }
    const parts = this.#features.map((column) => finishFeature(column));
    const featureNames = parts.flatMap((part) => part.names);
    const width = featureNames.length;
    if (this.#rows * width > mostNumbers) {
      const widest = parts.reduce((a, b) => (b.names.length > a.names.length ? b : a));
      const hint = `; the column ${show(widest.categories[0]?.[0])} alone has ${widest.names.length} different words`;
      throw new FormatError(
        "CSV",
        `${this.#rows} rows of ${width} columns are too many numbers${widest.names.length > 1 ? hint : ""}`,
      );
    }
    const data = new Float32Array(this.#rows * width);
    let offset = 0;
    for (const part of parts) {
      part.write(data, offset, width);
      offset += part.names.length;
    }
    const { content, name } = this.#target;
    const sorted = content.kind === "words" ? sortWords(content) : undefined;
    return Object.freeze({
      x: make(data, this.#rows, width),
      y: sorted === undefined ? Float32Array.from(content.values) : Int32Array.from(sorted.values),
      featureNames: Object.freeze(featureNames),
      targetName: name,
      ...(sorted === undefined ? {} : { classes: sorted.words }),
      categories: Object.freeze(Object.fromEntries(parts.flatMap((part) => part.categories))),
      droppedRows: this.#dropped,
    });
  }
}

/** In x (1 GiB). Columns of 0 and 1 for words can be many more numbers than the text has bytes. */
const mostNumbers = 2 ** 28;

function newColumn(place: number, name: string, isWords: boolean): Column {
  return {
    place,
    name,
    content: isWords ? { kind: "words", words: new Map(), values: [] } : { kind: "number", values: [] },
  };
}

function findColumn(column: ColumnReference, names: readonly string[], path: string): number {
  const place = typeof column === "string" ? names.indexOf(column) : column < 0 ? column + names.length : column;
  if (names[place] !== undefined) return place;
  const suggestion = typeof column === "string" ? nearest(column, names) : undefined;
  const meant = suggestion === undefined ? "." : `; did you mean ${JSON.stringify(suggestion)}?`;
  const details = suggestion === undefined ? { allowed: names } : { allowed: names, suggestion };
  throw new ConfigError(path, `no column ${show(column)}${meant} Columns: ${names.join(", ")}`, details);
}

/** What a feature column gives to x: one column of numbers, or one of 0 and 1 for each word. */
interface Part {
  readonly names: readonly string[];
  readonly categories: readonly (readonly [string, readonly string[]])[];
  write(data: Float32Array, offset: number, width: number): void;
}

function finishFeature({ name, content }: Column): Part {
  if (content.kind === "words") {
    const { words, values } = sortWords(content);
    return {
      names: words.map((word) => `${name}=${word}`),
      categories: [[name, words]],
      write: (data, offset, width) =>
        values.forEach((word, row) => {
          if (word >= 0) data[row * width + offset + word] = 1;
        }),
    };
  }
  const present = content.values.filter((value) => !Number.isNaN(value));
  if (present.length === 0) throw new FormatError("CSV", `the column ${show(name)} has no values to take the mean of`);
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  return {
    names: [name],
    categories: [],
    write: (data, offset, width) =>
      content.values.forEach((value, row) => {
        data[row * width + offset] = Number.isNaN(value) ? mean : value;
      }),
  };
}

/** The words in order, and the values numbered accordingly. */
function sortWords(content: WordColumn): { readonly words: readonly string[]; readonly values: readonly number[] } {
  const words = [...content.words.keys()].sort();
  const placeOf = new Map(words.map((word, place) => [content.words.get(word), place]));
  return { words: Object.freeze(words), values: content.values.map((value) => placeOf.get(value) ?? -1) };
}

const decimal = /^[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t]*$/;

function isNumber(value: string): boolean {
  return decimal.test(value);
}

function readNumber(field: Field, name: string): number {
  if (!isNumber(field.text)) {
    throw wrong(field, `expected a number for ${show(name)}, got ${show(field.text)}; is the column categorical?`);
  }
  const value = Number(field.text);
  if (!Number.isFinite(Math.fround(value)))
    throw wrong(field, `${field.text.trim().slice(0, 60)} is too large for a 32-bit float`);
  return value;
}

function wrong(field: Field, message: string): FormatError {
  return new FormatError("CSV", message, { line: field.line, column: field.column });
}
