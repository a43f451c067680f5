/** Axes: from values to pixels, and where the ticks stand. */

import { nice, ticks as roundTicks, tickStep } from "d3-array";
import { formatNumber, formatTick, textWidth } from "./text.js";

/** How values are spread along an axis. */
export type Scale = "linear" | "log";

/** What a plot may be told: a scale, or to choose the one that shows more. */
export type ScaleChoice = Scale | "auto";

/** An axis, ready to draw. */
export interface Axis {
  readonly scale: Scale;
  readonly low: number;
  readonly high: number;
  /** the pixel of a value; NaN for one that has no place (NaN, or 0 and below on a logarithmic axis) */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Beyond this, differences of two values would overflow. */
const largest = 1e300;

/** Is it a number that an axis can show? */
export const isPlottable = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) <= largest;

/** How many times the smallest value the largest must be before a logarithmic axis shows more than a linear one. */
const manyTimes = 20;

/** A logarithmic scale where all values are above 0 and the largest is 20 times the smallest or more. */
export function chooseScale(choice: ScaleChoice, values: Iterable<number>): Scale {
  if (choice !== "auto") return choice;
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (!isPlottable(value)) continue;
    if (value <= 0) return "linear";
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high >= manyTimes * low ? "log" : "linear";
}

/** What an axis needs to know. */
export interface AxisOptions {
  readonly scale: Scale;
  /** all values that must find a place; those that are not plottable are left out */
  readonly values: Iterable<number>;
  /** pixels of the low and of the high end */
  readonly from: number;
  readonly to: number;
  /** ticks only at whole numbers */
  readonly whole?: boolean;
  /** ends at the outermost values, not at round numbers */
  readonly tight?: boolean;
}

/** An axis over the given values; over 0 … 1 (1 … 10 on a logarithmic scale) if there are none. */
export function makeAxis(options: AxisOptions): Axis {
  const { scale, from, to } = options;
  const isLog = scale === "log";
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of options.values) {
    if (!isPlottable(value) || (isLog && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = isLog ? [1, 10] : [0, 1];
  [low, high] = isLog ? logEnds(low, high, options.tight) : linearEnds(low, high, options);
  const at = isLog ? Math.log10 : (value: number) => value;
  const [start, end] = [at(low), at(high)];
  const place = (value: number): number =>
    isPlottable(value) && (!isLog || value > 0)
      ? from + ((at(value) - start) / (end - start)) * (to - from)
      : Number.NaN;
  const room = Math.abs(to - from);
  const isUpright = from > to;
  const ticks = isLog ? logTicks(low, high, room, isUpright) : linearTicks(low, high, room, isUpright, options.whole);
  return { scale, low, high, place, ticks };
}

function linearEnds(low: number, high: number, { whole, tight }: AxisOptions): [number, number] {
  if (low === high) {
    const margin = whole ? 1 : Math.abs(low) * 0.1 || 1;
    return [low - margin, high + margin];
  }
  if (tight) return [low, high];
  return nice(low, high, 5);
}

/** Outwards to 1, 2 or 5 times a power of ten. */
function logEnds(low: number, high: number, tight?: boolean): [number, number] {
  if (low === high) return [low / 2, high * 2];
  if (tight) return [low, high];
  const round = (value: number, up: boolean): number => {
    const power = 10 ** Math.floor(Math.log10(value) + 1e-12);
    const factors = [1, 2, 5, 10].map((factor) => factor * power);
    const near = value * (up ? 1 - 1e-9 : 1 + 1e-9);
    return (up ? factors.find((end) => end >= near) : factors.findLast((end) => end <= near)) ?? value;
  };
  return [round(low, false), round(high, true)];
}

/** As many round ticks as there is room for. */
function linearTicks(low: number, high: number, room: number, isUpright: boolean, whole = false) {
  for (let count = Math.max(2, Math.floor(room / (isUpright ? 44 : 56))); ; count--) {
    const step = Math.max(tickStep(low, high, count), whole ? 1 : 0);
    const values = roundTicks(low, high, count).filter((value) => !whole || Number.isInteger(value));
    const ticks = values.map((value) => ({ value, label: formatTick(value, step) }));
    if (isUpright || count === 1 || fits(ticks, (room * step) / (high - low))) return ticks;
  }
}

const fits = (ticks: readonly { readonly label: string }[], spacing: number): boolean =>
  ticks.every(({ label }) => textWidth(label) + 14 <= spacing);

/** Powers of ten, between few of them also their double and fivefold, of many every second, third, … */
function logTicks(low: number, high: number, room: number, isUpright: boolean) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const decades = Math.log10(high) - Math.log10(low);
  const perTick = isUpright ? 30 : 56;
  if (last - first < 1) {
    // Less than two powers of ten in sight: round numbers on a curved ruler, thinned where they crowd.
    return spaced(roundTicks(low, high, Math.max(2, Math.floor(room / perTick))), low, high, room, isUpright);
  }
  const factors = decades * 3 * perTick < room ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil((decades * perTick) / room));
  const from = Math.ceil(first / stride) * stride;
  const ticks: { value: number; label: string }[] = [];
  for (let exponent = stride === 1 ? first - 1 : from; exponent <= last; exponent += stride) {
    for (const factor of stride === 1 ? factors : [1]) {
      const value = factor * Number(`1e${exponent}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push({ value, label: formatNumber(value, 3) });
    }
  }
  return ticks;
}

function spaced(values: readonly number[], low: number, high: number, room: number, isUpright: boolean) {
  const step = values.length > 1 ? (values[1] as number) - (values[0] as number) : low;
  const ticks: { value: number; label: string }[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    const label = formatTick(value, step);
    const at = (room * Math.log(value / low)) / Math.log(high / low);
    const half = isUpright ? 12 : textWidth(label) / 2 + 7;
    if (value <= 0 || at - half < free) continue;
    ticks.push({ value, label });
    free = at + half;
  }
  return ticks;
}
