/** A table of the reader's own: what its columns seem to be, and samples to learn from, scaled. */

import {
  Dataset,
  type LayerConfig,
  type Matrix,
  normalization,
  standardScaler,
  type TabularDataset,
  trainTestSplit,
} from "downhill";
import type { Samples } from "../../data/toys.js";
import { testShare } from "./task.js";

/** A column, as far as the first rows tell. */
export interface Column {
  readonly name: string;
  /** most of its values are numbers */
  readonly isNumber: boolean;
  /** different values among the rows looked at */
  readonly distinct: number;
}

/** A table before anything was chosen. */
export interface Sketch {
  readonly delimiter: string;
  readonly columns: readonly Column[];
}

/** What the reader chose. */
export interface Choice {
  readonly target: string;
  readonly features: readonly string[];
  /** the target is a class even if its values are numbers */
  readonly isClass: boolean;
  readonly missing: "error" | "drop" | "mean";
}

/** Rows looked at for what the columns seem to be. */
const sample = 400;
/** Of so many values that are numbers the others are mistakes. */
const mostly = 0.8;
/** More words than this tell rows apart, and teach nothing. */
const fewWords = 30;

/** To learn from three quarters, and test with the rest. */
const leastRows = 8;

const isNumber = (text: string) => /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(text);
const isMissing = (text: string) => ["", "NA", "N/A", "NaN", "nan", "null", "?"].includes(text.trim());

/** Reads the names and the first rows; how broken the rest is, only reading it tells. */
export function sketch(text: string): Sketch {
  const start = text.replace(/^\uFEFF/, "");
  const line = start.slice(0, start.search(/[\r\n]|$/));
  const count = (delimiter: string) => records(line, delimiter, 1)[0]?.length ?? 0;
  const delimiter = [",", ";", "\t", "|"].reduce((best, each) => (count(each) > count(best) ? each : best));
  const [names = [], ...rows] = records(start, delimiter, sample + 1);
  const columns = names.map((name, i): Column => {
    const values = rows.map((row) => row[i] ?? "").filter((value) => !isMissing(value));
    const numbers = values.filter(isNumber).length;
    return {
      name,
      isNumber: values.length > 0 && numbers >= mostly * values.length,
      distinct: new Set(values).size,
    };
  });
  return { delimiter, columns };
}

/** Fields of the first records; quotes keep delimiters and line ends inside a field. */
function records(text: string, delimiter: string, most: number): string[][] {
  const found: string[][] = [];
  let [row, field, quoted]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i <= text.length && found.length < most; i++) {
    const sign = text[i];
    if (quoted && sign !== undefined) {
      if (sign !== '"') field += sign;
      else if (text[i + 1] === '"') {
        field += '"';
        i += 1;
      } else quoted = false;
    } else if (sign === '"' && field === "") quoted = true;
    else if (sign === delimiter) {
      row.push(field);
      field = "";
    } else if (sign === "\n" || sign === undefined) {
      row.push(field.replace(/\r$/, ""));
      if (row.length > 1 || row[0] !== "") found.push(row);
      [row, field] = [[], ""];
    } else field += sign;
  }
  return found;
}

/** The last column is predicted from those of numbers and of few words. */
export function usualChoice({ columns }: Sketch): Choice {
  const target = columns.at(-1);
  const useful = columns.filter((column) => column !== target && (column.isNumber || column.distinct <= fewWords));
  return {
    target: target?.name ?? "",
    features: useful.map(({ name }) => name),
    isClass: target !== undefined && !target.isNumber,
    missing: "error",
  };
}

/** Wrong in a way that the library would say in terms of its options. */
export class TableError extends Error {
  override name = "TableError";
  readonly why: "fewColumns" | "noFeatures" | "fewRows" | "oneClass";
  readonly about: Readonly<Record<string, string | number>>;

  constructor(why: TableError["why"], about: TableError["about"] = {}) {
    super(why);
    this.why = why;
    this.about = about;
  }
}

/** Samples of the reader's, ready to be learned from. */
export interface Own {
  readonly table: TabularDataset;
  readonly parts: readonly [train: Samples, test: Samples];
  /** scales the features as they were in the rows to learn from */
  readonly front: readonly LayerConfig[];
  /** takes the outputs back to the units of the target; none for classes */
  readonly back: readonly LayerConfig[];
  /** all rows in the order of the file */
  readonly x: Matrix;
}

/**
 * Reads all of the table with what was chosen.
 *
 * @throws FormatError, with the line, for what is not as it should be; TableError for too little of it
 */
export async function readTable(
  text: string,
  { delimiter, columns }: Sketch,
  choice: Choice,
  seed: number,
): Promise<Own> {
  if (columns.length < 2) throw new TableError("fewColumns");
  if (choice.features.length === 0) throw new TableError("noFeatures");
  const words = columns.filter(({ name, isNumber: numeric }) => !numeric && choice.features.includes(name));
  const table = await Dataset.fromCSV(text, {
    target: choice.target,
    features: choice.features,
    categorical: [...words.map(({ name }) => name), ...(choice.isClass ? [choice.target] : [])],
    delimiter,
    missing: choice.missing,
  });
  const { x, y } = table;
  const classes = table.classes?.length ?? 0;
  const [rows] = x.shape;
  if (rows < leastRows) throw new TableError("fewRows", { rows, least: leastRows });
  if (classes === 1) throw new TableError("oneClass", { target: choice.target, name: table.classes?.[0] ?? "" });
  const { xTrain, xTest, yTrain, yTest } = trainTestSplit(x, Float32Array.from(y), { testSize: testShare, seed });
  const scaler = standardScaler().fit(xTrain);
  const { mean, deviation } = classes > 0 ? { mean: 0, deviation: 1 } : spread(yTrain);
  const samples = ({ data, shape: [rows, inputs] }: Matrix, targets: Float32Array): Samples => ({
    x: data,
    y: targets.map((value) => (value - mean) / deviation),
    rows,
    inputs,
    classes,
  });
  return {
    table,
    parts: [samples(xTrain, yTrain), samples(xTest, yTest)],
    front: [scaler.toLayer()],
    // (z − m)/s is z·deviation + mean.
    back: classes > 0 ? [] : [normalization({ mean: [-mean / deviation], standardDeviation: [1 / deviation] })],
    x,
  };
}

function spread(values: Float32Array): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: square > 0 ? Math.sqrt(square) : 1 };
}
