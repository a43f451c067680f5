/** Panels of lines over a common x axis: what histories, schedules, races and gradient flows are drawn with. */

import { type Axis, chooseScale, isPlottable, makeAxis, type ScaleChoice } from "./axis.js";
import { type Box, nothing } from "./frame.js";
import { dashFor, endLabels, endRoom, legend } from "./labels.js";
import { element, group, pathThrough, px, textElement } from "./svg.js";
import { shorten, textWidth } from "./text.js";
import { seriesClass } from "./theme.js";

/** x and y of a point; a y that is not finite leaves a gap in the line. */
export type Point = readonly [x: number, y: number];

/** A line and its name. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  readonly dashed?: boolean;
  /** which colour; its place among the lines when left out */
  readonly series?: number;
  /** thin, without dots, behind the others */
  readonly isFaint?: boolean;
  /** x, low and high of a band around the line */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
}

/** An axis as a plot asks for it. */
export interface AxisSpec {
  readonly label: string;
  readonly scale: ScaleChoice;
  readonly whole?: boolean;
  readonly tight?: boolean;
  /** values the axis must show, whether or not a line does */
  readonly include?: readonly number[];
  /** names of the whole numbers from 1 on, shown where all of them find room */
  readonly names?: readonly string[];
  /** says in its label that the scale is logarithmic, as it does where the scale was not asked for */
  readonly marked?: boolean;
  /** values outside are cut off */
  readonly clip?: readonly [low: number, high: number];
}

/** A vertical line with a name. */
export interface Marker {
  readonly x: number;
  readonly label: string;
}

/** One plot of lines. */
export interface Panel {
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly lines: readonly Line[];
  readonly markers?: readonly Marker[];
  /** said in place of lines when there is no point to show */
  readonly empty: string;
}

/** The chosen scale of a panel's y axis. */
export function scaleOfPanel({ y, lines }: Panel): "linear" | "log" {
  return chooseScale(
    y.scale,
    lines.flatMap((line) => line.points.map(([, value]) => value)),
  );
}

/** Draws a panel into a box. */
export function drawPanel(panel: Panel, box: Box): string {
  const { lines, x, y } = panel;
  const scale = scaleOfPanel(panel);
  const isThere = lines.some((line) =>
    line.points.some(([at, value]) => isPlottable(at) && isPlottable(value) && (scale === "linear" || value > 0)),
  );
  if (!isThere) {
    const name = textElement(box.x, box.y + 12, shorten(y.label, box.width), { class: "head" });
    return name + nothing(box, panel.empty);
  }
  const bottom = box.y + box.height - 38;
  const names = lines.length > 1 ? lines.map((line) => line.name) : [];
  const beside = endRoom(names, box, bottom - box.y - 24);
  const rows = Math.max(1, Math.floor(box.height / 90));
  const entries = lines.map((line, i) => {
    const series = line.series ?? i;
    return { name: line.name, series, dash: dashFor(series, line.dashed) };
  });
  const above = names.length > 0 && beside === 0;
  const { markup: rowsOfNames, height: legendHeight } = legend(above ? entries : [], box.x, box.y, box.width, rows);
  const yTitle = scale === "log" && (y.scale === "auto" || y.marked) ? `${y.label} (log scale)` : y.label;
  const top = box.y + legendHeight + 24 + ((panel.markers?.length ?? 0) > 0 ? 14 : 0);
  const yAxis = makeAxis({ ...y, scale, values: valuesOf(panel, scale), from: bottom, to: top });
  const labelWidth = Math.max(...yAxis.ticks.map(({ label }) => textWidth(label)), 12);
  const left = box.x + labelWidth + 8;
  const right = box.x + box.width - Math.max(beside, 14, textWidth(x.names?.at(-1) ?? "") / 2);
  const xValues = [...lines.flatMap((line) => line.points.map(([at]) => at)), ...(x.include ?? [])];
  const xScale = chooseScale(x.scale, xValues);
  const xAxis = named(
    makeAxis({ ...x, tight: x.tight ?? true, scale: xScale, values: xValues, from: left, to: right }),
    x.names,
  );
  const plot = { x: left, y: top, width: right - left, height: bottom - top };
  return [
    rowsOfNames,
    textElement(box.x, top - (panel.markers?.length ? 26 : 12), shorten(yTitle, box.width, 13), { class: "head" }),
    frameOf(xAxis, yAxis, plot),
    textElement((left + right) / 2, box.y + box.height - 2, shorten(x.label, plot.width), { class: "quiet m" }),
    drawMarkers(panel.markers ?? [], xAxis, plot),
    clipped(plot, y.clip !== undefined, drawLines(lines, xAxis, yAxis)),
    above ? "" : endLabels(ends(lines, names, xAxis, yAxis, plot), right, top, bottom),
  ].join("");
}

/** The axis with names in place of numbers, where all of them find room. */
function named(axis: Axis, names: readonly string[] | undefined): Axis {
  if (names === undefined || names.length === 0) return axis;
  const room = axis.place(2) - axis.place(1);
  if (names.some((name) => textWidth(name) + 10 > room)) return axis;
  return { ...axis, ticks: names.map((label, i) => ({ value: i + 1, label })) };
}

function valuesOf({ y, lines }: Panel, scale: "linear" | "log"): number[] {
  const all = lines.flatMap((line) => [
    ...line.points.map(([, value]) => value),
    // A band that reaches 0 on a logarithmic axis must not stretch it without end.
    ...(line.band ?? []).flatMap(([, low, high]) => (scale === "log" ? [high] : [low, high])),
  ]);
  const { clip } = y;
  const kept = clip === undefined ? all : all.filter((value) => value >= clip[0] && value <= clip[1]);
  return [...kept, ...(y.include ?? [])];
}

/** Grid lines, axis line, ticks and their labels. */
export function frameOf(xAxis: Axis, yAxis: Axis, plot: Box): string {
  const [left, right, bottom] = [plot.x, plot.x + plot.width, plot.y + plot.height];
  const across = yAxis.ticks.map(({ value }) => `M${px(left)} ${px(yAxis.place(value))}H${px(right)}`).join("");
  const feet = xAxis.ticks.map(({ value }) => `M${px(xAxis.place(value))} ${px(bottom)}v4`).join("");
  return [
    element("path", { class: "grid", d: across }),
    element("path", { class: "axis", d: `M${px(left)} ${px(bottom)}H${px(right)}${feet}` }),
    group("quiet e", ...yAxis.ticks.map(({ value, label }) => textElement(left - 8, yAxis.place(value) + 4, label))),
    group("quiet m", ...xAxis.ticks.map(({ value, label }) => textElement(xAxis.place(value), bottom + 18, label))),
  ].join("");
}

function drawMarkers(markers: readonly Marker[], xAxis: Axis, plot: Box): string {
  return markers
    .filter(({ x }) => Number.isFinite(xAxis.place(x)))
    .map(({ x, label }) => {
      const at = xAxis.place(x);
      const half = textWidth(label) / 2;
      const middle = Math.max(plot.x + half, Math.min(plot.x + plot.width - half, at));
      return group(
        "ink",
        element("path", {
          class: "thin",
          "stroke-dasharray": "3 3",
          d: `M${px(at)} ${px(plot.y - 4)}V${px(plot.y + plot.height)}`,
        }),
        textElement(middle, plot.y - 8, label, { class: "m" }),
      );
    })
    .join("");
}

/** Drawn inside a box of its own where lines leave the plot; a nested svg needs no name that could be there twice. */
export function clipped(plot: Box, isNeeded: boolean, content: string): string {
  if (!isNeeded) return content;
  const { x, y, width, height } = plot;
  const viewBox = [x, y, width, height].map(px).join(" ");
  return element("svg", { x, y, width, height, viewBox, overflow: "hidden", "aria-hidden": "true" }, content);
}

/** Lines of so few points show each as a dot. */
const fewPoints = 24;

function drawLines(lines: readonly Line[], xAxis: Axis, yAxis: Axis): string {
  const bands = lines.map(({ band, series }, i) => {
    if (band === undefined) return "";
    const floor = yAxis.low;
    const low = thin(band.map(([x, value]) => [xAxis.place(x), yAxis.place(Math.max(value, floor))] as const));
    const high = thin(band.map(([x, , value]) => [xAxis.place(x), yAxis.place(value)] as const));
    const outline = [...high, ...low.toReversed()].filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    return group(seriesClass(series ?? i), element("path", { class: "band", d: `${pathThrough(outline)}Z` }));
  });
  const strokes = lines.map(({ points, series, dashed, isFaint }, i) => {
    const index = series ?? i;
    const placed = points.map(([x, y]) => [xAxis.place(x), yAxis.place(y)] as const);
    const stroke = {
      class: isFaint ? "thin faint" : "line",
      d: pathThrough(thin(placed)),
      "stroke-dasharray": dashFor(index, dashed),
    };
    return group(seriesClass(index), element("path", stroke), ...(isFaint ? [] : dots(placed)));
  });
  const front = strokes.filter((_, i) => !lines[i]?.isFaint);
  const back = strokes.filter((_, i) => lines[i]?.isFaint);
  return [...bands, ...back, ...front].join("");
}

function dots(placed: readonly (readonly [number, number])[]): string[] {
  const isThere = ([x, y]: readonly [number, number]) => Number.isFinite(x) && Number.isFinite(y);
  const isAlone = (i: number) => ![placed[i - 1], placed[i + 1]].some((next) => next !== undefined && isThere(next));
  return placed
    .filter((point, i) => isThere(point) && (placed.length <= fewPoints || isAlone(i)))
    .map(([cx, cy]) => element("circle", { class: "fill", cx, cy, r: 3 }));
}

/** No more points than pixels show: of each column the first, lowest, highest and last; gaps stay. */
export function thin(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  if (points.length <= 2000) return [...points];
  const kept = new Set<number>();
  let column = Number.NaN;
  let [first, low, high, last] = [0, 0, 0, 0];
  const close = () => {
    for (const i of [first, low, high, last]) kept.add(i);
  };
  points.forEach(([x, y], i) => {
    if (Number.isNaN(x) || Number.isNaN(y)) {
      kept.add(i);
      return;
    }
    if (Math.floor(x) !== column) {
      close();
      column = Math.floor(x);
      [first, low, high] = [i, i, i];
    }
    if (y < (points[low]?.[1] ?? y)) low = i;
    if (y > (points[high]?.[1] ?? y)) high = i;
    last = i;
  });
  close();
  return [...kept].sort((a, b) => a - b).map((i) => points[i] as readonly [number, number]);
}

function ends(lines: readonly Line[], names: readonly string[], xAxis: Axis, yAxis: Axis, plot: Box) {
  return names.flatMap((name, i) => {
    const line = lines[i] as Line;
    const last = line.points.findLast(([x, y]) => Number.isFinite(xAxis.place(x)) && Number.isFinite(yAxis.place(y)));
    if (last === undefined) return [];
    const y = Math.max(plot.y, Math.min(plot.y + plot.height, yAxis.place(last[1])));
    return [{ name, series: line.series ?? i, x: xAxis.place(last[0]), y }];
  });
}
