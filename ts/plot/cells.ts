/** Cells and surfaces in the steps of a ramp, and the bar that says what the steps mean. */

import { contours } from "d3-contour";
import type { Box } from "./frame.js";
import { element, group, pathThrough, px, textElement } from "./svg.js";
import { textWidth } from "./text.js";
import { rampSteps } from "./theme.js";

/**
 * A grid of cells. Neighbours of the same step in a row become one rectangle, all of a step one path.
 *
 * @param stepOf the step of a cell, or `undefined` for one that stays empty
 * @param gap pixels of paper between cells
 */
export function drawCells(
  rows: number,
  columns: number,
  box: Box,
  stepOf: (row: number, column: number) => number | undefined,
  gap = 0,
): string {
  const paths = new Map<number, string>();
  const [width, height] = [box.width / columns, box.height / rows];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; ) {
      const step = stepOf(row, column);
      const from = column;
      do column += 1;
      while (gap === 0 && column < columns && stepOf(row, column) === step);
      if (step === undefined) continue;
      // Whole pixels: between cells that end at fractions the paper would shine through.
      const [left, right] = [Math.round(box.x + from * width), Math.round(box.x + column * width) - gap];
      const [top, bottom] = [Math.round(box.y + row * height), Math.round(box.y + (row + 1) * height) - gap];
      paths.set(step, `${paths.get(step) ?? ""}M${left} ${top}H${right}V${bottom}H${left}z`);
    }
  }
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([step, d]) => element("path", { class: `h${step}`, d, "shape-rendering": "crispEdges" }))
    .join("");
}

/** What the steps mean: `name  low ▮▮▮▮▮▮ high`, in one row of 16 pixels that ends at `right`. */
export function rampBar(kind: "g" | "h", name: string, low: string, high: string, right: number, y: number): string {
  const step = 9;
  const start = right - textWidth(high) - 6 - rampSteps * step;
  const steps = Array.from({ length: rampSteps }, (_, i) =>
    element("rect", { class: `${kind}${i}`, x: start + i * step, y, width: step, height: 11 }),
  );
  return group(
    "quiet",
    textElement(right - textWidth(high), y + 10, high),
    ...steps,
    element("path", {
      class: "axis",
      d: `M${px(start)} ${px(y)}h${px(rampSteps * step)}v11h${px(-rampSteps * step)}z`,
    }),
    group("e", textElement(start - 6, y + 10, name === "" ? low : `${name}  ${low}`)),
  );
}

/** The width of a {@link rampBar}. */
export const rampBarWidth = (name: string, low: string, high: string): number =>
  textWidth(`${name}  ${low}`) + textWidth(high) + 12 + rampSteps * 9;

/** Numbers on a grid: `values[row * columns + column]`, row 0 at the bottom. */
export interface Field {
  readonly columns: number;
  readonly rows: number;
  readonly values: readonly number[];
}

/** The outlines of where a field reaches each threshold, as paths in pixels of the box. */
export function outlines({ columns, rows, values }: Field, thresholds: readonly number[], box: Box): string[] {
  const placed = ([a = 0, b = 0]: readonly number[]): readonly [number, number] => [
    box.x + ((a - 0.5) / (columns - 1)) * box.width,
    box.y + box.height - ((b - 0.5) / (rows - 1)) * box.height,
  ];
  const ring = (points: readonly (readonly number[])[]): string => `${pathThrough(points.map(placed))}Z`;
  return contours()
    .size([columns, rows])
    .thresholds([...thresholds])(values as number[])
    .map(({ coordinates }) => coordinates.flat().map(ring).join(""));
}
