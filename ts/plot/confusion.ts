/** `plotConfusion`: which class was taken for which. */

import { list, text } from "../check.js";
import { type Labels, toLabels } from "../data/labels.js";
import { ConfigError } from "../errors.js";
import { drawCells, rampBar } from "./cells.js";
import { type Box, type PlotOptions, picture, readLook } from "./frame.js";
import { element, escapeText, group, px, textElement } from "./svg.js";
import { formatNumber, plural, shorten, textWidth } from "./text.js";
import { rampStep, rampSteps } from "./theme.js";

/** Options of {@link plotConfusion}. */
export interface ConfusionOptions extends PlotOptions {
  /** a name for each class; else their numbers */
  readonly classNames?: readonly string[];
}

/** With more classes than this the cells are too small for their counts. */
const mostCounted = 20;

/** With more classes than this a picture is no help. */
const mostClasses = 200;

/**
 * A confusion matrix: a row for each true class, a column for each predicted one, coloured by its share of the row.
 *
 * @param labels the true classes, whole numbers from 0
 * @param predictions the predicted ones, as `predictClasses` gives them
 * @param given names of the classes, or options
 * @returns an SVG document
 * @throws ShapeError `SHAPE` for lists of different length, DataError `DATA` for what is no label, ConfigError `CONFIG`
 * @example
 * ```ts
 * plotConfusion(yTest, model.predictClasses(xTest), { classNames: ["setosa", "versicolor", "virginica"] });
 * ```
 */
export function plotConfusion(
  labels: Labels,
  predictions: Labels,
  given?: readonly string[] | ConfusionOptions,
): string {
  const options = (Array.isArray(given) ? { classNames: given } : given) as ConfusionOptions | undefined;
  const { look, given: own } = readLook(options, "plotConfusion", ["classNames"]);
  const truth = toLabels(labels, "labels");
  const guesses = toLabels(predictions, "predictions", undefined, truth.length);
  const named = own.classNames === undefined ? undefined : list(text)(own.classNames, "plotConfusion.classNames");
  const largest = Math.max(truth.reduce(most, 0), guesses.reduce(most, 0));
  if (named !== undefined && named.length <= largest) {
    throw new ConfigError(
      "plotConfusion.classNames",
      `expected a name for each of ${largest + 1} classes, got ${named.length}`,
    );
  }
  const names = named ?? Array.from({ length: largest + 1 }, (_, i) => String(i));
  const classes = names.length;
  if (classes > mostClasses) throw new ConfigError("labels", `expected at most ${mostClasses} classes, got ${classes}`);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  truth.forEach((label, i) => {
    const row = counts[label] as number[];
    const guess = guesses[i] as number;
    row[guess] = (row[guess] as number) + 1;
  });
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const right = counts.reduce((sum, row, i) => sum + (row[i] as number), 0);
  const layout = layoutOf(names, look.width - 32);
  const draw = (box: Box): string => drawMatrix(box, names, counts, totals, layout, look.height === undefined);
  const accuracy = `accuracy ${percent(right / truth.length)} of ${plural(truth.length, "sample")}`;
  return picture(
    look,
    { title: "Confusion matrix", subtitle: accuracy, description: describe(names, counts, totals, accuracy) },
    (top) => top + 12 + 40 + layout.below + layout.cellHeight * classes,
    draw,
  );
}

const most = (a: number, b: number): number => Math.max(a, b);
const percent = (share: number): string => `${formatNumber(100 * share, 3)} %`;

function layoutOf(names: readonly string[], width: number) {
  const longest = Math.max(...names.map((name) => textWidth(name)));
  const side = Math.min(longest, 0.26 * width);
  const isCounted = names.length <= mostCounted;
  const recallWidth = isCounted && width > 400 ? 64 : 0;
  const cellWidth = Math.min((width - side - 10 - recallWidth) / names.length, 96);
  const cellHeight = Math.min(Math.max(cellWidth * 0.7, 14), 56);
  const isTilted = longest + 6 > cellWidth;
  // A name that leans at 45° takes as much height as width.
  const tilted = Math.min(longest, 110) * Math.SQRT1_2 + 14;
  return { side, cellWidth, cellHeight, isTilted, recallWidth, isCounted, below: 22 + (isTilted ? tilted : 20) };
}

function drawMatrix(
  box: Box,
  names: readonly string[],
  counts: readonly (readonly number[])[],
  totals: readonly number[],
  layout: ReturnType<typeof layoutOf>,
  isFree: boolean,
): string {
  const { side, cellWidth, isTilted, isCounted, recallWidth, below } = layout;
  const classes = names.length;
  const cellHeight = isFree ? layout.cellHeight : Math.max(4, (box.height - 40 - below) / classes);
  const plot = { x: box.x + side + 10, y: box.y + 40, width: cellWidth * classes, height: cellHeight * classes };
  const bottom = plot.y + plot.height;
  const share = (row: number, column: number): number => (counts[row]?.[column] ?? 0) / Math.max(1, totals[row] ?? 0);
  const every = Math.max(1, Math.ceil(14 / cellHeight));
  const everyColumn = Math.max(1, Math.ceil(14 / cellWidth));
  const cells = counts.flatMap((row, i) =>
    row.map((count, j) => {
      const x = plot.x + (j + 0.5) * cellWidth;
      const y = plot.y + (i + 0.5) * cellHeight;
      const shown = formatNumber(count);
      if (!isCounted || cellHeight < 13 || textWidth(shown) > cellWidth - 2) return "";
      const isOver = rampStep(share(i, j)) >= rampSteps * 0.55;
      const isEmpty = count === 0;
      return textElement(x, y + 4, shown, { class: isOver ? "over" : isEmpty ? "quiet" : undefined });
    }),
  );
  return [
    textElement(box.x, box.y + 30, "true class", { class: "quiet" }),
    rampBar(
      "h",
      "share of the row",
      "0",
      "100 %",
      Math.max(plot.x + plot.width, box.x + Math.min(box.width, 330)),
      box.y,
    ),
    drawCells(classes, classes, plot, (row, column) => rampStep(share(row, column)), isCounted ? 2 : 0),
    group("m", ...cells),
    group(
      "e",
      ...names.map((name, i) =>
        i % every === 0 ? named(plot.x - 8, plot.y + (i + 0.5) * cellHeight + 4, name, side) : "",
      ),
    ),
    ...(isTilted
      ? names.map((name, j) => {
          const [x, y] = [plot.x + (j + 0.5) * cellWidth + 4, bottom + 12];
          if (j % everyColumn !== 0) return "";
          return element(
            "g",
            { class: "e", transform: `translate(${px(x)} ${px(y)}) rotate(-45)` },
            named(0, 0, name, 110),
          );
        })
      : [group("m", ...names.map((name, j) => textElement(plot.x + (j + 0.5) * cellWidth, bottom + 16, name)))]),
    recallWidth === 0 ? "" : textElement(plot.x + plot.width + 8, box.y + 30, "recall", { class: "quiet" }),
    recallWidth === 0
      ? ""
      : group(
          "quiet",
          ...names.map((_, i) =>
            (totals[i] ?? 0) === 0
              ? ""
              : textElement(plot.x + plot.width + 8, plot.y + (i + 0.5) * cellHeight + 4, percent(share(i, i))),
          ),
        ),
    textElement(plot.x + plot.width / 2, bottom + below - 4, "predicted class", { class: "quiet m" }),
  ].join("");
}

/** A name, cut to `width`; the whole of it then shows where the pointer rests. */
function named(x: number, y: number, name: string, width: number): string {
  const shown = shorten(name, width);
  return element("text", { x, y }, shown === name ? "" : element("title", {}, escapeText(name)), escapeText(shown));
}

function describe(
  names: readonly string[],
  counts: readonly (readonly number[])[],
  totals: readonly number[],
  accuracy: string,
): string {
  const mistakes = counts
    .flatMap((row, i) => row.map((count, j) => ({ count, i, j })))
    .filter(({ count, i, j }) => i !== j && count > 0)
    .sort((a, b) => b.count - a.count || a.i - b.i || a.j - b.j)
    .slice(0, 5)
    .map(({ count, i, j }) => `${names[i]} taken for ${names[j]} ${count} of ${totals[i]} times`);
  return `${accuracy}, ${plural(names.length, "class", "classes")}. ${mistakes.length === 0 ? "No mistake." : `Most frequent mistakes: ${mistakes.join("; ")}.`}`;
}
