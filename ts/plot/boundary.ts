/** `plotBoundary`: which class a model gives to each point of a plane, and the samples in it. */

import { integer, isNumericArray, list, show, text } from "../check.js";
import { type Labels, toLabels } from "../data/labels.js";
import { isMatrix, type Matrix, type MatrixLike, toMatrix } from "../data/matrix.js";
import { ConfigError, ShapeError } from "../errors.js";
import { outlines } from "./cells.js";
import { type Box, type PlotOptions, picture, readLook } from "./frame.js";
import { legend } from "./labels.js";
import { drawPlane, type Plane, rangeAround, spread } from "./plane.js";
import { element, group, px } from "./svg.js";
import { formatNumber, plural } from "./text.js";
import { seriesClass } from "./theme.js";

/** A model, as far as the plot uses it. */
export interface Classifier {
  predict(x: readonly number[][]): Matrix;
  predictClasses(x: readonly number[][]): Int32Array;
}

/** Gives a class, or a probability of class 1, or a probability of each class, for each row of two numbers. */
export type PredictFunction = (x: readonly number[][]) => Matrix | ArrayLike<number> | readonly ArrayLike<number>[];

/** Options of {@link plotBoundary}. */
export interface BoundaryOptions extends PlotOptions {
  /** a name for each class; else their numbers */
  readonly classNames?: readonly string[];
  /** default `"feature 0"` */
  readonly xLabel?: string;
  /** default `"feature 1"` */
  readonly yLabel?: string;
  /** points of the grid along each axis, 3 to 400; default 101 */
  readonly steps?: number;
}

const mostClasses = 8;

/**
 * The plane in the colours of the classes that a model gives its points, with the samples, each in the colour and the
 * shape of its true class; those on the wrong side are ringed.
 *
 * @param model with two inputs, or a function that predicts rows of two numbers
 * @param x samples `[rows, 2]`
 * @param labels their true classes, whole numbers from 0 to 7
 * @returns an SVG document
 * @throws ShapeError `SHAPE` for data of other than two columns, DataError `DATA`, ConfigError `CONFIG`
 * @example
 * ```ts
 * plotBoundary(model, x, y, { classNames: ["inside", "outside"] });
 * ```
 */
export function plotBoundary(
  model: Classifier | PredictFunction,
  x: MatrixLike,
  labels: Labels,
  options?: BoundaryOptions,
): string {
  const { look, given } = readLook(options, "plotBoundary", ["classNames", "xLabel", "yLabel", "steps"]);
  const { data, shape } = toMatrix(
    x,
    "x",
    isMatrix(x) || (Array.isArray(x) && typeof x[0] !== "number") ? undefined : 2,
  );
  const [rows, columns] = shape;
  if (columns !== 2) throw ShapeError.mismatch("x", ["?", 2], shape, "a plane shows two features");
  const truth = toLabels(labels, "labels", undefined, rows);
  const points = Array.from({ length: rows }, (_, i) => [data[2 * i] as number, data[2 * i + 1] as number] as const);
  const steps = given.steps === undefined ? 101 : integer({ min: 3, max: 400 })(given.steps, "plotBoundary.steps");
  const ranges = [rangeAround(points.map(([a]) => a)), rangeAround(points.map(([, b]) => b))] as const;
  const [across, up] = [spread(ranges[0], steps), spread(ranges[1], steps)];
  const ground = scoresOf(
    model,
    up.flatMap((b) => across.map((a) => [a, b])),
  );
  const guesses = scoresOf(
    model,
    points.map(([a, b]) => [a, b]),
  ).classes;
  const named = given.classNames === undefined ? undefined : list(text)(given.classNames, "plotBoundary.classNames");
  const classes = Math.max(
    named?.length ?? 2,
    ground.scores.length,
    1 + truth.reduce((most, label) => Math.max(most, label), 0),
  );
  if (classes > mostClasses) throw new ConfigError("labels", `expected at most ${mostClasses} classes, got ${classes}`);
  if (named !== undefined && named.length < classes) {
    throw new ConfigError(
      "plotBoundary.classNames",
      `expected a name for each of ${classes} classes, got ${named.length}`,
    );
  }
  const names = named ?? Array.from({ length: classes }, (_, i) => `class ${i}`);
  const word = (key: "xLabel" | "yLabel", fallback: string): string =>
    given[key] === undefined ? fallback : text(given[key], `plotBoundary.${key}`);
  const wrong = truth.reduce((count, label, i) => count + Number(label !== guesses[i]), 0);
  const entries = names.map((name, series) => ({ name, series, mark: mark(series, 0, 0, 4.5, "fill") }));
  const draw = (box: Box): string => {
    const above = legend(entries, box.x, box.y, box.width, 4);
    const labels = [word("xLabel", "feature 0"), word("yLabel", "feature 1")] as const;
    const content = ({ plot, xAxis, yAxis }: Plane): string => {
      const regions = ground.scores.map((values, series) => {
        const d = outlines({ columns: steps, rows: steps, values }, [0], plot)[0] ?? "";
        return d === ""
          ? ""
          : group(seriesClass(series), element("path", { class: "band", d }), element("path", { class: "thin", d }));
      });
      const samples = points.map(([a, b], i) => {
        const [cx, cy] = [xAxis.place(a), yAxis.place(b)];
        const isWrong = truth[i] !== guesses[i];
        return { series: truth[i] as number, markup: sample(truth[i] as number, cx, cy, isWrong) };
      });
      const groups = names.map((_, series) =>
        group(seriesClass(series), ...samples.filter((one) => one.series === series).map(({ markup }) => markup)),
      );
      return [...regions, ...groups].join("");
    };
    return above.markup + drawPlane(box, above.height, ranges, labels, content);
  };
  const summary = `${plural(rows, "sample")}, ${formatNumber((100 * (rows - wrong)) / rows, 3)} % on the right side`;
  const heading = {
    title: "Decision boundary",
    subtitle: wrong === 0 ? summary : `${summary}; the others are ringed`,
    description: `${summary}. Classes: ${names.join(", ")}.`,
  };
  return picture(look, heading, (top) => top + 12 + Math.max(320, look.width * 0.66), draw);
}

/** For each row the class, and for each class how far its probability is above that of the next best. */
function scoresOf(model: Classifier | PredictFunction, rows: readonly number[][]) {
  const { given, classes } = ask(model, rows);
  if (given.shape[0] !== rows.length) throw ShapeError.mismatch("predictions", [rows.length, "?"], given.shape);
  const [count, columns] = given.shape;
  const at = (row: number, column: number): number => given.data[row * columns + column] ?? Number.NaN;
  if (columns === 1 && classes === undefined) {
    const whole = given.data.every((value) => Number.isInteger(value) && value >= 0);
    if (!whole)
      return binary(
        given.data,
        Array.from(given.data, (p) => Number(p > 0.5)),
        0.5,
      );
    const most = given.data.reduce((a, b) => Math.max(a, b), 1);
    const scores = Array.from({ length: most + 1 }, (_, c) =>
      Array.from(given.data, (label) => (label === c ? 0.5 : -0.5)),
    );
    return { classes: Array.from(given.data), scores };
  }
  if (columns === 1) {
    // A model with `hinge` splits at 0, any other at 0.5; its classes say which.
    const isHalf = classes?.every((label, i) => label === Number(at(i, 0) > 0.5)) === true;
    return binary(given.data, Array.from(classes ?? []), isHalf ? 0.5 : 0);
  }
  const best = (row: number, without: number): number => {
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < columns; c++) if (c !== without) most = Math.max(most, at(row, c));
    return most;
  };
  const scores = Array.from({ length: columns }, (_, c) =>
    Array.from({ length: count }, (_, row) => at(row, c) - best(row, c)),
  );
  const chosen = Array.from({ length: count }, (_, row) => scores.findIndex((score) => (score[row] as number) >= 0));
  return { classes: chosen, scores };
}

function binary(p: ArrayLike<number>, classes: readonly number[], threshold: number) {
  const ones = Array.from(p, (value) => value - threshold);
  return { classes, scores: [ones.map((score) => -score), ones] };
}

function ask(
  model: Classifier | PredictFunction,
  rows: readonly number[][],
): { given: Matrix; classes?: ArrayLike<number> & { every: Int32Array["every"] } } {
  if (typeof model === "function") {
    const given = model(rows);
    const isFlat = isNumericArray(given) || (Array.isArray(given) && typeof given[0] === "number");
    return { given: toMatrix(given, "predictions", isFlat ? 1 : undefined) };
  }
  if (typeof model?.predict !== "function" || typeof model.predictClasses !== "function") {
    throw new ConfigError("model", `expected a model or a function that predicts, got ${show(model)}`);
  }
  return { given: model.predict(rows), classes: model.predictClasses(rows) };
}

// ---- Samples -------------------------------------------------------------------------------------------------------------

/** A shape for each class, all of about the same area: the colour is not needed to tell them apart. */
const shapes: readonly ((r: number) => string)[] = [
  (r) => `m${px(-r)} 0a${px(r)} ${px(r)} 0 1 0 ${px(2 * r)} 0a${px(r)} ${px(r)} 0 1 0 ${px(-2 * r)} 0z`,
  (r) => `m${px(-0.9 * r)} ${px(-0.9 * r)}h${px(1.8 * r)}v${px(1.8 * r)}h${px(-1.8 * r)}z`,
  (r) => `m0 ${px(-1.25 * r)}l${px(1.2 * r)} ${px(2.1 * r)}h${px(-2.4 * r)}z`,
  (r) =>
    `m0 ${px(-1.3 * r)}l${px(1.3 * r)} ${px(1.3 * r)}l${px(-1.3 * r)} ${px(1.3 * r)}l${px(-1.3 * r)} ${px(-1.3 * r)}z`,
  (r) => `m0 ${px(1.25 * r)}l${px(1.2 * r)} ${px(-2.1 * r)}h${px(-2.4 * r)}z`,
  (r) =>
    `m${px(-0.45 * r)} ${px(-1.3 * r)}h${px(0.9 * r)}v${px(0.85 * r)}h${px(0.85 * r)}v${px(0.9 * r)}h${px(-0.85 * r)}v${px(0.85 * r)}h${px(-0.9 * r)}v${px(-0.85 * r)}h${px(-0.85 * r)}v${px(-0.9 * r)}h${px(0.85 * r)}z`,
  (r) => `m${px(-1.3 * r)} ${px(-0.6 * r)}h${px(2.6 * r)}v${px(1.2 * r)}h${px(-2.6 * r)}z`,
  (r) => `m${px(-0.6 * r)} ${px(-1.3 * r)}h${px(1.2 * r)}v${px(2.6 * r)}h${px(-1.2 * r)}z`,
];

function mark(series: number, x: number, y: number, r: number, className: string): string {
  const shape = shapes[series % shapes.length] as (r: number) => string;
  return element("path", { class: className, d: `M${px(x)} ${px(y)}${shape(r)}` });
}

function sample(series: number, x: number, y: number, isWrong: boolean): string {
  const ring = isWrong ? element("circle", { class: "ring", cx: x, cy: y, r: 6.5 }) : "";
  return ring + mark(series, x, y, 3.2, "fill rim");
}
