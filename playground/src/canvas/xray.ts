/**
 * A network looked through: a column for each layer, from the input to the output, with the gradient that reaches it, how
 * its activations are spread, and which share of it is dead or saturated.
 */

import { type Histograms, squash, squashedTicks } from "./histograms.js";
import { type Scale, short, ticks } from "./scale.js";
import { type Box, font, mix, type Palette, type Surface } from "./surface.js";

/** What is shown of a layer. */
export interface LayerView {
  /** as in the report: `layers.3` */
  readonly name: string;
  /** the number that the bars show, above 0; 0 and Infinity have marks of their own */
  readonly bar: number;
  /** share, 0 … 1 */
  readonly dead: number;
  /** share, 0 … 1 */
  readonly saturated: number;
}

/** The words on it, in the reader's language. */
export interface XrayWords {
  readonly bars: string;
  readonly activations: string;
  readonly dead: string;
  readonly saturated: string;
  readonly layer: string;
  /** of the way that the gradient takes, from right to left */
  readonly back: string;
  readonly band: string;
}

export interface Xray {
  readonly layers: readonly LayerView[];
  readonly histograms: Histograms | undefined;
  /** ends of the squashed axis of the histograms, shared by all that are compared */
  readonly spread: Pick<Histograms, "low" | "high">;
  /** the scale of the bars; shared by two that are compared */
  readonly range: Pick<Scale, "low" | "high">;
  /** numbers within it are healthy; those outside get the colour of alarm */
  readonly band: readonly [low: number, high: number] | undefined;
  /** a layer pointed at */
  readonly selected: number | undefined;
  readonly words: XrayWords;
}

const left = 46;
const right = 6;
const stripHeight = 15;

/** The panels of a surface of this size. */
export function xrayPanels(width: number, height: number): { bars: Box; spread: Box; strips: readonly Box[] } {
  const inner = { x: left, width: width - left - right };
  const footer = 2 * (stripHeight + 3) + 22;
  const free = height - footer - 2 * 20 - 8;
  const bars = { ...inner, y: 22, height: 0.56 * free };
  const spread = { ...inner, y: bars.y + bars.height + 28, height: 0.44 * free };
  const first = spread.y + spread.height + 8;
  const strips = [first, first + stripHeight + 3].map((y) => ({ ...inner, y, height: stripHeight }));
  return { bars, spread, strips };
}

/** Which of `count` layers is at a place; `undefined` beside them. */
export function layerAt(x: number, width: number, count: number): number | undefined {
  const at = Math.floor(((x - left) / (width - left - right)) * count);
  return at >= 0 && at < count ? at : undefined;
}

export function drawXray(surface: Surface, view: Xray, palette: Palette): void {
  const panels = xrayPanels(surface.width, surface.height);
  drawSelected(surface, view, panels.bars, panels.strips[1] as Box, palette);
  drawBars(surface, view, panels.bars, palette);
  drawSpread(surface, view, panels.spread, palette);
  drawStrip(surface, view, "dead", panels.strips[0] as Box, palette);
  drawStrip(surface, view, "saturated", panels.strips[1] as Box, palette);
  drawNumbers(surface, view, panels.strips[1] as Box, palette);
}

function drawSelected({ context }: Surface, { layers, selected }: Xray, from: Box, to: Box, palette: Palette): void {
  if (selected === undefined) return;
  const column = from.width / layers.length;
  context.fillStyle = palette.grid;
  context.fillRect(from.x + selected * column, from.y, column, to.y + to.height - from.y);
}

/** @returns its width */
function heading({ context }: Surface, text: string, box: Box, palette: Palette): number {
  context.font = font(12, 600);
  context.fillStyle = palette.ink;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(text, box.x, box.y - 8, box.width);
  return context.measureText(text).width;
}

function drawBars(surface: Surface, { layers, range, band, words }: Xray, box: Box, palette: Palette): void {
  const { context } = surface;
  const taken = heading(surface, words.bars, box, palette);
  const [low, high] = [Math.log10(range.low), Math.log10(range.high)];
  const place = (value: number) => box.y + box.height * (1 - (Math.log10(value) - low) / (high - low));
  const within = (value: number) => Math.min(box.y + box.height, Math.max(box.y, place(value)));
  if (band !== undefined) {
    const [top, bottom] = [within(band[1]), within(band[0])];
    context.fillStyle = mix(palette.paper, palette.series[0] as string, 0.1);
    context.fillRect(box.x, top, box.width, bottom - top);
  }
  drawGrid(surface, box, palette, ticks({ kind: "log", ...range, place }, box.height / 22), place);
  const column = box.width / layers.length;
  const width = Math.max(2, Math.min(26, column * 0.7));
  layers.forEach(({ bar }, i) => {
    const middle = box.x + (i + 0.5) * column;
    const healthy = band === undefined || (bar >= band[0] && bar <= band[1]);
    context.fillStyle = healthy ? (palette.series[0] as string) : palette.alarm;
    if (bar > 0 && Number.isFinite(bar)) {
      // A sliver, too, is something: nothing looks like nothing only if it is 0.
      const top = Math.min(within(bar), box.y + box.height - 2);
      context.fillRect(middle - width / 2, top, width, box.y + box.height - top);
      return;
    }
    context.font = font(11, 600);
    context.textAlign = "center";
    context.fillText(bar === 0 ? "0" : "∞", middle, bar === 0 ? box.y + box.height - 4 : box.y + 12);
  });
  if (band !== undefined) drawBandName(surface, words.band, within(band[1]), within(band[0]), box, palette);
  drawArrow(surface, words.back, taken, box, palette);
}

/** Over the bars, with a rim, so that it can be read wherever they are. */
function drawBandName(
  { context }: Surface,
  text: string,
  top: number,
  bottom: number,
  box: Box,
  palette: Palette,
): void {
  if (bottom - top < 18) return;
  context.font = font(10.5);
  context.textAlign = "left";
  context.textBaseline = "top";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = palette.paper;
  context.strokeText(text, box.x + 4, top + 4);
  context.fillStyle = palette.quiet;
  context.fillText(text, box.x + 4, top + 4);
}

/** The gradient comes from the output, at the right; said where there is room beside the heading. */
function drawArrow({ context }: Surface, text: string, taken: number, box: Box, palette: Palette): void {
  context.font = font(11);
  if (context.measureText(text).width > box.width - taken - 16) return;
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  const end = box.x + box.width;
  context.fillStyle = palette.quiet;
  context.fillText(text, end, box.y - 8);
}

function drawGrid(
  { context }: Surface,
  box: Box,
  palette: Palette,
  marks: readonly number[],
  place: (value: number) => number,
): void {
  context.font = font(10.5);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  for (const mark of marks) {
    const y = Math.round(place(mark)) + 0.5;
    context.strokeStyle = palette.grid;
    context.beginPath();
    context.moveTo(box.x, y);
    context.lineTo(box.x + box.width, y);
    context.stroke();
    context.fillStyle = palette.quiet;
    context.fillText(short(mark), box.x - 5, y, left - 8);
  }
}

function drawSpread(surface: Surface, { layers, histograms, spread, words }: Xray, box: Box, palette: Palette): void {
  heading(surface, words.activations, box, palette);
  drawViolins(surface, { histograms, spread, columns: layers.length }, box, palette);
}

/** Histograms side by side, each around the middle of its column. */
export function drawViolins(
  surface: Surface,
  { histograms, spread, columns }: Pick<Xray, "histograms" | "spread"> & { readonly columns: number },
  box: Box,
  palette: Palette,
): void {
  const { context } = surface;
  const up = (squashed: number) => box.y + box.height * (1 - (squashed - spread.low) / (spread.high - spread.low));
  drawGrid(surface, box, palette, squashedTicks(spread, box.height / 20), (value) => up(squash(value)));
  if (histograms === undefined) return;
  const { low, high, shares } = histograms;
  const column = box.width / columns;
  const widest = Math.max(2, Math.min(40, column * 0.9));
  context.fillStyle = palette.series[1] as string;
  shares.forEach((bins, i) => {
    const middle = box.x + (i + 0.5) * column;
    const step = (high - low) / bins.length;
    bins.forEach((share, bin) => {
      if (share === 0) return;
      const width = Math.max(1, widest * share);
      const top = up(low + (bin + 1) * step);
      context.fillRect(middle - width / 2, top, width, Math.max(1.5, up(low + bin * step) - top + 0.4));
    });
  });
}

function drawStrip(
  { context }: Surface,
  { layers, words }: Xray,
  what: "dead" | "saturated",
  box: Box,
  palette: Palette,
): void {
  context.font = font(10.5);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = palette.quiet;
  context.fillText(words[what], box.x - 5, box.y + box.height / 2, left - 6);
  const column = box.width / layers.length;
  layers.forEach((layer, i) => {
    const share = layer[what];
    // A trained classifier may be sure of itself: only in front of the output is it a sign of illness.
    const full = i === layers.length - 1 ? palette.quiet : palette.alarm;
    context.fillStyle = mix(palette.grid, full, Math.max(0, Math.min(1, share)));
    context.fillRect(box.x + i * column + 0.5, box.y, Math.max(1, column - 1), box.height);
    if (column < 22 || share < 0.005) return;
    context.fillStyle = share > 0.5 ? palette.paper : palette.ink;
    context.textAlign = "center";
    context.fillText(`${Math.round(100 * share)}`, box.x + (i + 0.5) * column, box.y + box.height / 2 + 0.5);
  });
}

function drawNumbers({ context }: Surface, { layers, words }: Xray, above: Box, palette: Palette): void {
  const column = above.width / layers.length;
  const every = Math.ceil(20 / column);
  const y = above.y + above.height + 13;
  context.font = font(10.5);
  context.fillStyle = palette.quiet;
  context.textBaseline = "alphabetic";
  context.textAlign = "right";
  context.fillText(words.layer, above.x - 5, y, left - 6);
  context.textAlign = "center";
  layers.forEach((_, i) => {
    if (i % every === 0 || (i === layers.length - 1 && i % every > every / 2))
      context.fillText(String(i + 1), above.x + (i + 0.5) * column, y);
  });
}
