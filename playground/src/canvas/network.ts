/** A network as a drawing: a column of units for each layer, and its weights as lines between them. */

import { drawPixels } from "./plane.js";
import { type Box, font, type Palette, type Surface } from "./surface.js";

/** A picture of a unit: what it answers over the plane, or the weights that it looks at an image with. */
export interface Picture {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly size: number;
}

/** A layer: of the inputs, or of units. */
export interface Column {
  readonly title: string;
  readonly units: number;
  /** name of a unit, where it has one */
  readonly names?: readonly string[];
  readonly picture?: (unit: number) => Picture | undefined;
}

export interface NetworkView {
  readonly columns: readonly Column[];
  /** weights from one column to the next, `[units, units of the next]`, row-major; undefined where they are too many */
  readonly kernels: readonly (Float32Array | undefined)[];
  /** a unit pointed at */
  readonly selected?: Place | undefined;
  /** "and 12 more" */
  readonly more: (count: number) => string;
}

/** A unit by its column and its number there. */
export interface Place {
  readonly column: number;
  readonly unit: number;
}

/** Where a unit is drawn. */
export interface Node extends Place {
  readonly box: Box;
}

const top = 26;
const bottom = 20;

/** Where the units go: of each column as many as fit, at most `most`. */
export function layOut(width: number, height: number, columns: readonly Column[], most = 10): readonly Node[][] {
  const room = height - top - bottom;
  const shown = columns.map(({ units }) => Math.min(units, most, Math.max(1, Math.floor(room / 20))));
  const tallest = Math.max(...shown);
  const spacing = Math.min(62, room / tallest);
  const step = width / columns.length;
  const size = Math.max(8, Math.min(48, spacing - 6, step * 0.5));
  return columns.map((_, column) => {
    const count = shown[column] as number;
    const middle = (column + 0.5) * step;
    return Array.from({ length: count }, (_, unit) => {
      const y = top + room / 2 + (unit - (count - 1) / 2) * spacing;
      return { column, unit, box: { x: middle - size / 2, y: y - size / 2, width: size, height: size } };
    });
  });
}

/** The unit at a place, or near it. */
export function unitAt(nodes: readonly (readonly Node[])[], x: number, y: number): Place | undefined {
  for (const { column, unit, box } of nodes.flat()) {
    const near = 3;
    if (x >= box.x - near && x <= box.x + box.width + near && y >= box.y - near && y <= box.y + box.height + near)
      return { column, unit };
  }
  return undefined;
}

export function drawNetwork(surface: Surface, view: NetworkView, palette: Palette): void {
  const nodes = layOut(surface.width, surface.height, view.columns);
  view.kernels.forEach((kernel, i) => {
    drawWeights(surface, kernel, nodes[i] ?? [], nodes[i + 1] ?? [], view, palette);
  });
  view.columns.forEach((column, i) => {
    drawColumn(surface, column, nodes[i] ?? [], view, palette);
  });
}

function drawWeights(
  { context }: Surface,
  kernel: Float32Array | undefined,
  from: readonly Node[],
  to: readonly Node[],
  { columns, selected }: NetworkView,
  palette: Palette,
): void {
  const units = columns[to[0]?.column ?? 0]?.units ?? 0;
  const weight = (a: Node, b: Node) => kernel?.[a.unit * units + b.unit] ?? 0;
  let largest = 1e-12;
  for (const a of from) for (const b of to) largest = Math.max(largest, Math.abs(weight(a, b)));
  for (const a of from) {
    for (const b of to) {
      const value = weight(a, b) / largest;
      const touches = (node: Node) => node.column === selected?.column && node.unit === selected.unit;
      const bright = selected === undefined || touches(a) || touches(b);
      context.globalAlpha = (bright ? 1 : 0.15) * (kernel === undefined ? 0.35 : 0.25 + 0.75 * Math.abs(value));
      context.strokeStyle = kernel === undefined ? palette.quiet : (palette.series[value < 0 ? 0 : 1] as string);
      context.lineWidth = kernel === undefined ? 1 : 0.4 + 4.6 * Math.abs(value);
      const [x1, y1] = [a.box.x + a.box.width, a.box.y + a.box.height / 2];
      const [x2, y2] = [b.box.x, b.box.y + b.box.height / 2];
      const bend = (x2 - x1) / 2;
      context.beginPath();
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

function drawColumn(
  surface: Surface,
  column: Column,
  nodes: readonly Node[],
  { selected, more, columns }: NetworkView,
  palette: Palette,
): void {
  const { context } = surface;
  const first = nodes[0];
  const last = nodes.at(-1);
  if (first === undefined || last === undefined) return;
  const middle = first.box.x + first.box.width / 2;
  const widest = surface.width / columns.length - 4;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.font = font(11.5, 600);
  context.fillStyle = palette.ink;
  context.fillText(column.title, middle, 12, widest);
  for (const { unit, box } of nodes) {
    const picture = column.picture?.(unit);
    context.fillStyle = palette.paper;
    context.fillRect(box.x, box.y, box.width, box.height);
    if (picture !== undefined) drawPixels(surface, picture.pixels, picture.size, box);
    const isSelected = selected?.column === first.column && selected.unit === unit;
    context.strokeStyle = isSelected ? palette.ink : palette.quiet;
    context.lineWidth = isSelected ? 2.5 : 1;
    context.strokeRect(box.x, box.y, box.width, box.height);
    const name = column.names?.[unit];
    if (name === undefined) continue;
    context.font = font(11);
    context.fillStyle = palette.ink;
    context.textBaseline = "middle";
    const middleY = box.y + box.height / 2 + 0.5;
    const isInside = picture === undefined && context.measureText(name).width < box.width - 4;
    // Beside the box, on the side where no lines leave it.
    const isFirst = first.column === 0;
    context.textAlign = isInside ? "center" : isFirst ? "right" : "left";
    const x = isInside ? middle : isFirst ? box.x - 5 : box.x + box.width + 5;
    const room = isFirst && !isInside ? x - 2 : widest / 2;
    context.fillText(
      isInside ? name : fitting(name, (text) => context.measureText(text).width <= room),
      x,
      middleY,
      room,
    );
  }
  if (column.units <= nodes.length) return;
  context.font = font(10.5);
  context.fillStyle = palette.quiet;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(more(column.units - nodes.length), middle, last.box.y + last.box.height + 14, widest);
}

/** As much of a name as fits: of `column=word` the word tells more. */
export function fitting(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name;
  const told = name.slice(name.indexOf("=") + 1);
  if (fits(told)) return told;
  for (let length = told.length - 1; length > 1; length--) {
    const start = `${told.slice(0, length)}…`;
    if (fits(start)) return start;
  }
  return `${told.slice(0, 1)}…`;
}
