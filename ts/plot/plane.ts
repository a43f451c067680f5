/** What landscape and boundary share: a plane with two axes, a grid of points in it, its ranges. */

import { ConfigError } from "../errors.js";
import { type Axis, makeAxis } from "./axis.js";
import type { Field } from "./cells.js";
import { clipped } from "./chart.js";
import type { Box } from "./frame.js";
import { element, group, px, textElement } from "./svg.js";
import { shorten, textWidth } from "./text.js";

/** The two ends of an axis, the lower first. */
export type Range = readonly [low: number, high: number];

/**
 * Checks a range.
 *
 * @throws ConfigError `CONFIG`
 */
export function readRange(value: unknown, path: string): Range {
  const isRange =
    Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end)) && value[0] < value[1];
  if (!isRange) throw new ConfigError(path, "expected [low, high], two finite numbers, the lower first");
  return value as unknown as Range;
}

/** The range of values with a margin of its own width around, a twelfth on both sides. */
export function rangeAround(values: Iterable<number>): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [-1, 1];
  const margin = low === high ? Math.max(1, Math.abs(low) * 0.1) : (high - low) / 12;
  return [low - margin, high + margin];
}

/** `count` numbers from one end of a range to the other. */
export function spread([low, high]: Range, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

/** A field of a function of x and y. */
export function fieldOf(x: readonly number[], y: readonly number[], f: (x: number, y: number) => number): Field {
  return { columns: x.length, rows: y.length, values: y.flatMap((b) => x.map((a) => f(a, b))) };
}

/** A plane as it is drawn. */
export interface Plane {
  readonly plot: Box;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
}

/**
 * A plane with its ticks and names in a box; `content` draws what lies in it, cut off at its edges.
 *
 * @param top pixels kept free above, for a legend
 */
export function drawPlane(
  box: Box,
  top: number,
  [xRange, yRange]: readonly [Range, Range],
  [xLabel, yLabel]: readonly [string, string],
  content: (plane: Plane) => string,
): string {
  const [upper, bottom] = [box.y + top + 20, box.y + box.height - 38];
  const yAxis = makeAxis({ scale: "linear", values: yRange, tight: true, from: bottom, to: upper });
  const left = box.x + Math.max(12, ...yAxis.ticks.map(({ label }) => textWidth(label))) + 12;
  const right = box.x + box.width - 14;
  const xAxis = makeAxis({ scale: "linear", values: xRange, tight: true, from: left, to: right });
  const plot = { x: left, y: upper, width: right - left, height: bottom - upper };
  const feet = [
    ...xAxis.ticks.map(({ value }) => `M${px(xAxis.place(value))} ${px(bottom)}v4`),
    ...yAxis.ticks.map(({ value }) => `M${px(left)} ${px(yAxis.place(value))}h-4`),
  ].join("");
  return [
    textElement(box.x, upper - 10, shorten(yLabel, box.width, 13), { class: "head" }),
    clipped(plot, true, content({ plot, xAxis, yAxis })),
    element("path", { class: "axis", d: `M${px(left)} ${px(upper)}H${px(right)}V${px(bottom)}H${px(left)}Z${feet}` }),
    group("quiet e", ...yAxis.ticks.map(({ value, label }) => textElement(left - 8, yAxis.place(value) + 4, label))),
    group("quiet m", ...xAxis.ticks.map(({ value, label }) => textElement(xAxis.place(value), bottom + 18, label))),
    textElement((left + right) / 2, box.y + box.height - 2, shorten(xLabel, plot.width), { class: "quiet m" }),
  ].join("");
}
