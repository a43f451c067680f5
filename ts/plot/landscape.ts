/** `plotLandscape`: the height of a function over two directions, and the paths of optimizers down it. */

import { integer, isNumericArray, isRecord, show, text } from "../check.js";
import { ConfigError, DataError, ShapeError } from "../errors.js";
import { isPlottable } from "./axis.js";
import { type Field, outlines, rampBar, rampBarWidth } from "./cells.js";
import type { Point } from "./chart.js";
import { type Box, type PlotOptions, picture, readLook, requireRecord } from "./frame.js";
import { legend } from "./labels.js";
import { drawPlane, fieldOf, type Plane, type Range, rangeAround, readRange, spread } from "./plane.js";
import { element, group, pathThrough } from "./svg.js";
import { formatNumber, plural } from "./text.js";
import { dashOf, rampSteps, seriesClass } from "./theme.js";

/** A function of a point: as `minimize` takes it, or of two numbers. Its gradient is not looked at. */
export type LandscapeFunction =
  | ((point: Float64Array) => number | { readonly value: number })
  | ((x: number, y: number) => number);

/** Where an optimizer went: what `minimize` returned, its `path`, or points. */
export type PathLike = { readonly path: readonly ArrayLike<number>[] } | readonly ArrayLike<number>[];

/** A height over a grid. */
export interface Landscape {
  /** where the columns stand, rising */
  readonly x: ArrayLike<number>;
  /** where the rows stand, rising */
  readonly y: ArrayLike<number>;
  /** `values[row * columns + column]` */
  readonly values: ArrayLike<number>;
  /** paths over it, by name */
  readonly paths?: Readonly<Record<string, PathLike>>;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** Options of {@link plotLandscape}. */
export interface LandscapeOptions extends PlotOptions {
  /** of a function: the range of its first number; around the paths when left out */
  readonly x?: Range;
  /** of a function: the range of its second number; around the paths when left out */
  readonly y?: Range;
  /** the way of each optimizer, by name */
  readonly paths?: Readonly<Record<string, PathLike>>;
  /** of a function: points of the grid along each axis, 3 to 400; default 61 */
  readonly steps?: number;
  /** default `"x"` */
  readonly xLabel?: string;
  /** default `"y"` */
  readonly yLabel?: string;
  /** what the height is; default `"loss"` */
  readonly valueLabel?: string;
}

const own = ["x", "y", "paths", "steps", "xLabel", "yLabel", "valueLabel"] as const;

/**
 * A map of heights, each shade the same share of the ground above the valleys, with paths over it. A ring marks where a
 * path starts, a dot where it ends.
 *
 * @param landscape a function, or its values on a grid: what `lossLandscape` returned for a model
 * @returns an SVG document
 * @throws ConfigError `CONFIG`, ShapeError `SHAPE` for values that do not fit the grid, DataError `DATA` for paths that do
 * not lie in a plane
 * @example
 * ```ts
 * const valley = ([x, y]) => x ** 2 + 10 * y ** 2;
 * const paths = { adam: await minimize(valley, [-8, 1], { optimizer: adam({ learningRate: 0.4 }) }) };
 * plotLandscape(valley, { x: [-9, 3], y: [-2, 2], paths });
 * ```
 */
export function plotLandscape(landscape: LandscapeFunction | Landscape, options?: LandscapeOptions): string {
  const { look, given } = readLook(options, "plotLandscape", own);
  const steps = given.steps === undefined ? 61 : integer({ min: 3, max: 400 })(given.steps, "plotLandscape.steps");
  const grid = typeof landscape === "function" ? undefined : readGrid(landscape);
  const paths = readPaths(given.paths ?? grid?.paths ?? {});
  const range = (key: "x" | "y", at: 0 | 1): Range =>
    given[key] === undefined
      ? rangeAround([...paths.values()].flatMap((points) => points.map((point) => point[at])))
      : readRange(given[key], `plotLandscape.${key}`);
  const ranges = grid?.ranges ?? ([range("x", 0), range("y", 1)] as const);
  const f = landscape as LandscapeFunction;
  const field = grid?.field ?? fieldOf(spread(ranges[0], steps), spread(ranges[1], steps), (a, b) => heightAt(f, a, b));
  const word = (key: "xLabel" | "yLabel" | "valueLabel", fallback: string): string =>
    given[key] === undefined ? fallback : text(given[key], `plotLandscape.${key}`);
  const labels = [word("xLabel", grid?.xLabel ?? "x"), word("yLabel", grid?.yLabel ?? "y")] as const;
  const valueLabel = word("valueLabel", "loss");
  const heights = field.values.filter(isPlottable).sort((a, b) => a - b);
  const [low = 0, high = 0] = [heights[0], heights.at(-1)];
  const bar = [valueLabel, formatNumber(low, 2), formatNumber(high, 2)] as const;
  const entries = [...paths.keys()].map((name, series) => ({ name, series, dash: dashOf(series) }));
  const draw = (box: Box): string => {
    const barWidth = rampBarWidth(...bar);
    const isBeside = barWidth + 200 <= box.width;
    const names = legend(entries, box.x, box.y, isBeside ? box.width - barWidth - 24 : box.width, 6);
    const barY = isBeside ? box.y : box.y + names.height;
    const top = isBeside ? Math.max(names.height, 16) : names.height + 24;
    const content = (plane: Plane): string => drawGround(field, heights, plane.plot) + drawPaths(paths, plane);
    return [
      names.markup,
      rampBar("g", ...bar, box.x + box.width - (isBeside ? 14 : Math.max(0, box.width - barWidth - 2)), barY + 2),
      drawPlane(box, top, ranges, labels, content),
    ].join("");
  };
  const ways = [...paths].map(([name, points]) => {
    const [start, end] = [points[0], points.at(-1)];
    return start === undefined || end === undefined
      ? ""
      : ` ${name}: ${plural(points.length - 1, "update")} from ${place(start)} to ${place(end)}.`;
  });
  const heading = {
    title: paths.size > 0 ? "Paths over the landscape" : "Landscape",
    description: `${valueLabel} over ${labels[0]} and ${labels[1]}, from ${bar[1]} to ${bar[2]}.${ways.join("")}`,
  };
  return picture(look, heading, (top) => top + 12 + Math.max(300, look.width * 0.62), draw);
}

const place = ([x, y]: Point): string => `(${formatNumber(x, 3)}, ${formatNumber(y, 3)})`;

function heightAt(f: LandscapeFunction, x: number, y: number): number {
  const given: unknown =
    f.length >= 2
      ? (f as (x: number, y: number) => number)(x, y)
      : (f as (point: Float64Array) => unknown)(Float64Array.of(x, y));
  const value = isRecord(given) ? given.value : given;
  if (typeof value !== "number")
    throw new ConfigError("landscape", `expected a number or { value } of the function, got ${show(given)}`);
  return value;
}

function readGrid(landscape: unknown) {
  const expected = "a function, or a landscape { x, y, values }";
  requireRecord(landscape, "landscape", expected, ["x", "y", "values"]);
  const { x, y, values, paths, xLabel, yLabel } = landscape as Landscape;
  for (const [key, array] of Object.entries({ x, y, values })) {
    if (!Array.isArray(array) && !isNumericArray(array)) {
      throw new ConfigError(`landscape.${key}`, `expected an array of numbers, got ${show(array)}`);
    }
  }
  if (x.length < 2 || y.length < 2 || values.length !== x.length * y.length) {
    throw ShapeError.mismatch("landscape.values", [Math.max(2, y.length), Math.max(2, x.length)], [values.length]);
  }
  const ends = (array: ArrayLike<number>, path: string): Range => readRange([array[0], array[array.length - 1]], path);
  const ranges = [ends(x, "landscape.x"), ends(y, "landscape.y")] as const;
  return { field: { columns: x.length, rows: y.length, values: Array.from(values) }, ranges, paths, xLabel, yLabel };
}

function readPaths(given: unknown): Map<string, Point[]> {
  if (!isRecord(given)) throw new ConfigError("paths", `expected { name: result of minimize }, got ${show(given)}`);
  return new Map(
    Object.entries(given).map(([name, value]) => {
      const points: unknown = isRecord(value) ? value.path : value;
      if (!Array.isArray(points))
        throw new ConfigError(`paths.${name}`, `expected a result of minimize or its path, got ${show(value)}`);
      return [
        name,
        points.map((point: unknown, i): Point => {
          const isPlain = Array.isArray(point) || isNumericArray(point);
          if (!isPlain || point.length !== 2)
            throw new DataError(`paths.${name}`, `expected [x, y] at point ${i}, got ${show(point)}`);
          return [Number(point[0]), Number(point[1])];
        }),
      ];
    }),
  );
}

/** Shades whose thresholds are quantiles: a steep edge then leaves the valley its shades. Narrower steps lie lower. */
function drawGround(field: Field, heights: readonly number[], plot: Box): string {
  const highest = heights.at(-1) ?? 0;
  const values = field.values.map((value) => (isPlottable(value) ? value : highest));
  const quantile = (share: number): number => heights[Math.floor(share * (heights.length - 1))] ?? 0;
  const thresholds = Array.from({ length: rampSteps - 1 }, (_, i) => quantile(((i + 1) / rampSteps) ** 1.6));
  const rising = thresholds.filter(
    (threshold, i) => threshold > (i === 0 ? (heights[0] ?? 0) : (thresholds[i - 1] ?? 0)),
  );
  const shades = outlines({ ...field, values }, rising, plot);
  const { x, y, width, height } = plot;
  return [
    element("rect", { class: "g0", x, y, width, height }),
    ...shades.map((d, i) => element("path", { class: `g${1 + thresholds.indexOf(rising[i] as number)} iso`, d })),
  ].join("");
}

/** Paths of so few points show each update as a dot. */
const fewUpdates = 80;

function drawPaths(paths: ReadonlyMap<string, readonly Point[]>, { xAxis, yAxis }: Plane): string {
  const drawn = [...paths.values()].map((points, series) => {
    const placed = points.map(([x, y]) => [xAxis.place(x), yAxis.place(y)] as const);
    const there = placed.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    return { there, series, d: pathThrough(distinct(placed)) };
  });
  const halos = drawn.map(({ d }) => element("path", { class: "halo", d }));
  const lines = drawn.map(({ there, series, d }) => {
    const dots =
      there.length <= fewUpdates
        ? there.slice(1, -1).map(([cx, cy]) => element("circle", { class: "fill", cx, cy, r: 2.2 }))
        : [];
    const [start, end] = [there[0], there.at(-1)];
    return group(
      seriesClass(series),
      element("path", { class: "line", d, "stroke-dasharray": dashOf(series) }),
      ...dots,
      start === undefined ? "" : element("circle", { class: "line", cx: start[0], cy: start[1], r: 5 }),
      end === undefined ? "" : element("circle", { class: "fill rim", cx: end[0], cy: end[1], r: 4.5 }),
    );
  });
  return [...halos, ...lines].join("");
}

/** Without the points that the eye cannot tell from the one before. */
function distinct(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const [i, point] of points.entries()) {
    const last = kept.at(-1);
    const isNear = last !== undefined && Math.abs(point[0] - last[0]) + Math.abs(point[1] - last[1]) < 0.4;
    if (!isNear || i === points.length - 1) kept.push(point);
  }
  return kept;
}
