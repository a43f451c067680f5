/** `plotLines`: series of one's own, drawn like all the others. */

import { list, oneOf, text } from "../check.js";
import { ConfigError, DataError } from "../errors.js";
import type { ScaleChoice } from "./axis.js";
import { drawPanel, type Line, type Panel, type Point } from "./chart.js";
import { type Look, type PlotOptions, picture, readLook } from "./frame.js";
import { formatNumber, plural } from "./text.js";

/** A line for {@link plotLines}. */
export interface Series {
  readonly name: string;
  /** x and y; a y that is not finite leaves a gap */
  readonly points: readonly Point[];
  readonly dashed?: boolean;
}

/** Options of {@link plotLines}. */
export interface LinesOptions extends PlotOptions {
  /** what x is, with its unit; default `"x"` */
  readonly xLabel?: string;
  /** what y is, with its unit; default `"y"` */
  readonly yLabel?: string;
  /** default `"linear"` */
  readonly xScale?: ScaleChoice;
  /** `"auto"` (default) is logarithmic where all values are above 0 and the largest is 20 times the smallest */
  readonly yScale?: ScaleChoice;
}

/** Reads a scale. */
export const scaleChoice = oneOf<ScaleChoice>(["auto", "linear", "log"]);

/**
 * Lines over a common x axis, each with its name at its end.
 *
 * @param series a name and points each
 * @returns an SVG document
 * @throws ConfigError `CONFIG` for options, DataError `DATA` for points that are no pairs of numbers
 * @example
 * ```ts
 * plotLines([{ name: "x²", points: [[0, 0], [1, 1], [2, 4]] }], { xLabel: "x", yLabel: "y" });
 * ```
 */
export function plotLines(series: readonly Series[], options?: LinesOptions): string {
  const { look, given } = readLook(options, "plotLines", ["xLabel", "yLabel", "xScale", "yScale"]);
  const word = (key: "xLabel" | "yLabel", fallback: string): string =>
    given[key] === undefined ? fallback : text(given[key], `plotLines.${key}`);
  const scale = (key: "xScale" | "yScale", fallback: ScaleChoice): ScaleChoice =>
    given[key] === undefined ? fallback : scaleChoice(given[key], `plotLines.${key}`);
  const panel: Panel = {
    x: { label: word("xLabel", "x"), scale: scale("xScale", "linear") },
    y: { label: word("yLabel", "y"), scale: scale("yScale", "auto") },
    lines: list(readSeries)(series, "series"),
    empty: "no point to show",
  };
  return drawOne(look, panel, { title: panel.y.label, description: describeLines(panel) });
}

function readSeries(value: unknown, path: string): Line {
  const { name, points, dashed = false } = (value ?? {}) as Partial<Series>;
  if (!Array.isArray(points)) throw new ConfigError(`${path}.points`, "expected an array of [x, y]");
  points.forEach((point: unknown, i) => {
    const isPair = Array.isArray(point) && typeof point[0] === "number" && typeof point[1] === "number";
    if (!isPair) throw new DataError(`${path}.points`, `expected [x, y] at point ${i}`);
  });
  return { name: text(name, `${path}.name`), points, dashed: dashed === true };
}

/** One panel as a picture of its own. */
export function drawOne(
  look: Look,
  panel: Panel,
  heading: { readonly title: string; readonly subtitle?: string | undefined; readonly description: string },
): string {
  const plotHeight = Math.max(220, look.width * 0.5);
  return picture(
    look,
    heading,
    (top) => top + plotHeight + 12,
    (box) => drawPanel(panel, box),
  );
}

/** What a panel shows, in words: each line's first and last value. */
export function describeLines({ x, y, lines }: Panel): string {
  const shown = lines.slice(0, 12).map(({ name, points }) => {
    const there = points.filter(([, value]) => Number.isFinite(value));
    const [first, last] = [there[0], there.at(-1)];
    if (first === undefined || last === undefined) return `${name}: no value.`;
    return `${name}: from ${formatNumber(first[1])} to ${formatNumber(last[1])}.`;
  });
  const rest = lines.length > 12 ? ` And ${plural(lines.length - 12, "more line")}.` : "";
  return `${y.label} over ${x.label}. ${shown.join(" ")}${rest}`;
}
