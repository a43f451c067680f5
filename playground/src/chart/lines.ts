/** Lines over axes, on a canvas. */

import { linearScale, logScale, type Scale, short, ticks } from "../canvas/scale.js";
import { drawDot, font, type Palette, type Surface } from "../canvas/surface.js";

/** One line, with a band around it if it stands for several. */
export interface Line {
  readonly name: string;
  /** which of the series' colours */
  readonly colour: number;
  /** rising */
  readonly x: ArrayLike<number>;
  /** gaps where it is not finite */
  readonly y: ArrayLike<number>;
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  readonly dash?: readonly number[];
  /** drawn thin and pale, and not read */
  readonly faint?: boolean;
  /** drawn thick */
  readonly bold?: boolean;
  /** stands in a circle at its end */
  readonly tag?: string;
}

/** A vertical line with a name. */
export interface Mark {
  readonly x: number;
  readonly text: string;
  readonly colour?: number;
}

/** What is drawn. */
export interface Chart {
  readonly lines: readonly Line[];
  readonly xKind: "linear" | "log";
  readonly yKind: "linear" | "log";
  readonly xName: string;
  readonly yName?: string;
  readonly marks?: readonly Mark[];
  /** between the axis and its numbers, where something lies over the axis; in pixels */
  readonly gap?: number;
  /** only what lies up to here is seen; axes are for all */
  readonly until?: number;
  /** held fixed, where the lines should not decide */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
}

/** Places of a chart on its canvas. */
export interface Axes {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
  /** the number at a place across */
  readonly fromX: (px: number) => number;
  /** the number at a place up */
  readonly fromY: (py: number) => number;
}

const margin = { left: 54, right: 16, top: 14, bottom: 40 };
/** Where the axis up has a name. */
const topWithName = 28;
/** Height of a mark's name: they stand above the lines, the farthest to the right on top, so that none stands on another's line. */
const markRow = 16;

function* within(lines: readonly Line[]): Generator<number> {
  for (const { y, low, high } of lines) {
    for (const values of [y, low, high]) if (values !== undefined) yield* Array.from(values);
  }
}

function* across(lines: readonly Line[]): Generator<number> {
  for (const { x } of lines) {
    if (x.length > 0) yield x[0] as number;
    if (x.length > 0) yield x[x.length - 1] as number;
  }
}

export function axesOf(chart: Chart, width: number, height: number): Axes {
  const { left } = margin;
  const top = (chart.yName === undefined ? margin.top : topWithName) + markRow * (chart.marks?.length ?? 0);
  const [right, bottom] = [width - margin.right, height - margin.bottom - (chart.gap ?? 0)];
  const xs = chart.xRange ?? [...across(chart.lines)];
  const ys = chart.yRange ?? [...within(chart.lines)];
  const x = chart.xKind === "log" ? tightLog(xs, left, right) : linearScale(xs, left, right);
  const y =
    chart.yKind === "log" ? tightLog(ys, bottom, top) : linearScale(chart.yRange ? ys : [0, ...ys], bottom, top);
  const back = (scale: Scale, from: number, to: number) => (place: number) => {
    const share = (place - from) / (to - from);
    if (scale.kind === "log") return scale.low * (scale.high / scale.low) ** share;
    return scale.low + share * (scale.high - scale.low);
  };
  return { left, right, top, bottom, x, y, fromX: back(x, left, right), fromY: back(y, bottom, top) };
}

/** A logarithmic scale that wastes no room: it ends where the values do. */
function tightLog(values: Iterable<number>, from: number, to: number): Scale {
  const above = [...values].filter((value) => value > 0 && Number.isFinite(value));
  if (above.length === 0) return logScale([], from, to);
  let low = above.reduce((a, b) => Math.min(a, b));
  let high = above.reduce((a, b) => Math.max(a, b));
  if (high < low * 2) [low, high] = [low / Math.SQRT2, high * Math.SQRT2];
  const place = (value: number) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
  return { kind: "log", low, high, place };
}

/** Marks of an axis; within less than two powers of ten also 2 and 5 times one. */
function marksOf(scale: Scale, most: number): readonly number[] {
  if (scale.kind === "linear") return ticks(scale, most);
  const [from, to] = [Math.ceil(Math.log10(scale.low) - 1e-9), Math.floor(Math.log10(scale.high) + 1e-9)];
  const decades = Math.log10(scale.high / scale.low);
  const factors = decades < 1.2 ? [1, 2, 3, 4, 5, 6, 8] : decades < 3 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((to - from) / most));
  const marks: number[] = [];
  for (let power = from - 1; power <= to; power++) {
    if (factors.length === 1 && (power - to) % every !== 0) continue;
    for (const factor of factors) {
      const mark = Number(`${factor}e${power}`);
      if (mark >= scale.low * 0.999 && mark <= scale.high * 1.001) marks.push(mark);
    }
  }
  return marks;
}

export function drawLines({ context, width, height }: Surface, chart: Chart, palette: Palette): Axes {
  const axes = axesOf(chart, width, height);
  const { left, right, top, bottom } = axes;
  drawAxes(context, chart, axes, palette);
  context.save();
  context.beginPath();
  context.rect(left - 2, top - 2, right - left + 4, bottom - top + 4);
  context.clip();
  for (const line of chart.lines) drawBand(context, line, chart.until, axes, palette);
  for (const line of chart.lines) drawLine(context, line, chart.until, axes, palette);
  context.restore();
  for (const tag of tagsOf(chart, axes))
    drawDot(context, tag.x, tag.y, palette.series[tag.colour] as string, palette, tag.text);
  const marks = (chart.marks ?? []).toSorted((a, b) => a.x - b.x);
  marks.forEach((mark, i) => {
    drawMark(context, mark, axes.top - markRow * (i + 1), axes, palette);
  });
  return axes;
}

function drawAxes(context: CanvasRenderingContext2D, chart: Chart, axes: Axes, palette: Palette): void {
  const { left, right, top, bottom, x, y } = axes;
  context.lineWidth = 1;
  context.font = font(11.5);
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.quiet;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const mark of marksOf(y, Math.max(2, Math.floor((bottom - top) / 42)))) {
    const at = Math.round(y.place(mark)) + 0.5;
    line(context, left, at, right, at);
    context.fillText(short(mark), left - 8, at);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const mark of marksOf(x, Math.max(2, Math.floor((right - left) / 76)))) {
    const at = Math.round(x.place(mark)) + 0.5;
    line(context, at, top, at, bottom);
    context.fillText(short(mark), at, bottom + 6 + (chart.gap ?? 0));
  }
  context.textAlign = "right";
  context.fillText(chart.xName, right, bottom + 22 + (chart.gap ?? 0));
  if (chart.yName !== undefined) {
    context.textAlign = "left";
    context.fillText(chart.yName, 8, 6);
  }
  context.strokeStyle = palette.quiet;
  line(context, left, bottom + 0.5, right, bottom + 0.5);
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function drawBand(
  context: CanvasRenderingContext2D,
  { x, low, high, colour }: Line,
  until: number | undefined,
  axes: Axes,
  palette: Palette,
): void {
  if (low === undefined || high === undefined) return;
  context.beginPath();
  const count = countUntil(x, until);
  for (let i = 0; i < count; i++) context.lineTo(axes.x.place(x[i] as number), placeY(axes, high[i] as number));
  for (let i = count - 1; i >= 0; i--) context.lineTo(axes.x.place(x[i] as number), placeY(axes, low[i] as number));
  context.closePath();
  context.globalAlpha = 0.16;
  context.fillStyle = palette.series[colour] as string;
  context.fill();
  context.globalAlpha = 1;
}

function drawLine(
  context: CanvasRenderingContext2D,
  { x, y, colour, dash = [], faint = false, bold = false }: Line,
  until: number | undefined,
  axes: Axes,
  palette: Palette,
): void {
  context.beginPath();
  let isGap = true;
  const count = countUntil(x, until);
  for (let i = 0; i < count; i++) {
    const value = y[i] as number;
    const drawable = axes.y.kind === "log" ? value > 0 && value < Number.POSITIVE_INFINITY : Number.isFinite(value);
    if (drawable) {
      const [px, py] = [axes.x.place(x[i] as number), placeY(axes, value)];
      if (isGap) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
    isGap = !drawable;
  }
  context.setLineDash([...dash]);
  context.lineJoin = "round";
  context.lineWidth = faint ? 1 : bold ? 3.2 : 2;
  context.globalAlpha = faint ? 0.45 : 1;
  context.strokeStyle = palette.series[colour] as string;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** The name of a line in a circle. */
export interface Tag {
  readonly text: string;
  readonly colour: number;
  readonly x: number;
  readonly y: number;
}

/** How far apart the circles are that would cover one another, and how large they are. */
const apart = 17;
const radius = 9;

/** The names of the lines at the last of their points that are seen, moved up or down where they would cover one another. */
export function tagsOf({ lines, until }: Pick<Chart, "lines" | "until">, axes: Axes): readonly Tag[] {
  const tags = lines.flatMap(({ x, y, colour, tag }): Tag[] => {
    const last = countUntil(x, until) - 1;
    const value = y[last];
    if (tag === undefined || value === undefined || !Number.isFinite(value)) return [];
    if (axes.y.kind === "log" && value <= 0) return [];
    return [{ text: tag, colour, x: axes.x.place(x[last] as number), y: placeY(axes, value) }];
  });
  const groups: Tag[][] = [];
  for (const tag of tags.toSorted((a, b) => a.x - b.x || a.y - b.y)) {
    const near = groups.find(([first]) => Math.abs((first as Tag).x - tag.x) < apart);
    if (near === undefined) groups.push([tag]);
    else near.push(tag);
  }
  return groups.flatMap((group) => spread(group, axes));
}

/** Tags above one another, each where its line ends as far as the others let it, and all within the axes. */
function spread(group: readonly Tag[], { top, bottom }: Axes): readonly Tag[] {
  const sorted = group.toSorted((a, b) => a.y - b.y);
  const places = sorted.map(({ y }) => y);
  for (let i = 1; i < places.length; i++) places[i] = Math.max(places[i] as number, (places[i - 1] as number) + apart);
  // No circle hangs over the numbers of the axis.
  let limit = Math.max(bottom - radius, top + apart * (places.length - 1));
  for (let i = places.length - 1; i >= 0; i--) {
    places[i] = Math.min(places[i] as number, limit);
    limit = (places[i] as number) - apart;
  }
  return sorted.map((tag, i) => ({ ...tag, y: places[i] as number }));
}

/** Where a mark stands; undefined outside. */
function placeMark({ x }: Mark, axes: Axes): number | undefined {
  const at = Math.round(axes.x.place(x)) + 0.5;
  return at >= axes.left && at <= axes.right ? at : undefined;
}

const markColour = ({ colour }: Mark, palette: Palette) =>
  colour === undefined ? palette.ink : (palette.series[colour] as string);

/** @param row the upper edge of its name */
function drawMark(context: CanvasRenderingContext2D, mark: Mark, row: number, axes: Axes, palette: Palette): void {
  const at = placeMark(mark, axes);
  if (at === undefined) return;
  context.strokeStyle = markColour(mark, palette);
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  line(context, at, row, at, axes.bottom);
  context.setLineDash([]);
  context.font = font(11.5, 600);
  const isLeft = at - axes.left > context.measureText(mark.text).width + 5;
  context.textAlign = isLeft ? "right" : "left";
  context.textBaseline = "top";
  context.fillStyle = markColour(mark, palette);
  context.fillText(mark.text, at + (isLeft ? -5 : 5), row);
}

/** Far outside is outside; beyond 10⁶ pixels some engines draw nothing at all. */
function placeY({ y }: Axes, value: number): number {
  const at = y.place(y.kind === "log" ? Math.max(value, 1e-300) : value);
  return Math.min(1e5, Math.max(-1e5, at));
}

function countUntil(x: ArrayLike<number>, until: number | undefined): number {
  if (until === undefined) return x.length;
  let count = 0;
  while (count < x.length && (x[count] as number) <= until) count++;
  return count;
}

/** The index of the point nearest to `at`; −1 where there is none. */
export function nearest({ x }: Pick<Line, "x">, at: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const here = Math.abs((x[i] as number) - at);
    if (here < distance) {
      distance = here;
      best = i;
    }
  }
  return best;
}
