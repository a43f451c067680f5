/** A curve that a network has learned, over the samples that it learned from. */

import { largestOf } from "./plane.js";
import { type Box, channels, font, type Palette, type Surface } from "./surface.js";

/** What is shown: −`reach` … `reach` across, and up and down as far as samples and curve go. */
export interface Fit {
  /** of the samples */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** what the network answers from the left end to the right */
  readonly answers: Float32Array;
  /** the truth at the same places, without noise */
  readonly truth: Float32Array;
}

/** Half the width that is shown, in units of the data. */
export const curveReach = 1.2;

/** `count` places from the left end to the right. */
export const curvePlaces = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => curveReach * ((2 * i) / (count - 1) - 1));

export function drawFit({ context }: Surface, { x, y, answers, truth }: Fit, box: Box, palette: Palette): void {
  const tall = 1.35;
  const across = (value: number) => box.x + ((value / curveReach + 1) / 2) * box.width;
  const up = (value: number) => box.y + ((1 - value / tall) / 2) * box.height;
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.lineWidth = 1;
  context.strokeStyle = palette.grid;
  context.font = font(10.5);
  context.fillStyle = palette.quiet;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  for (const mark of [-1, -0.5, 0, 0.5, 1]) {
    context.beginPath();
    context.moveTo(across(mark), box.y);
    context.lineTo(across(mark), box.y + box.height);
    context.moveTo(box.x, up(mark));
    context.lineTo(box.x + box.width, up(mark));
    context.stroke();
    context.fillText(String(mark).replace("-", "−"), box.x + 3, up(mark) - 1);
  }
  context.fillStyle = palette.quiet;
  for (let i = 0; i < x.length; i++) {
    context.beginPath();
    context.arc(across(x[i] as number), up(y[i] as number), 2.2, 0, 2 * Math.PI);
    context.fill();
  }
  const trace = (values: Float32Array) => {
    context.beginPath();
    values.forEach((value, i) => {
      const at = box.x + (i / (values.length - 1)) * box.width;
      // Far outside is outside; beyond 10⁶ pixels some engines draw nothing at all.
      context.lineTo(at, Math.min(1e5, Math.max(-1e5, up(value))));
    });
    context.stroke();
  };
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.strokeStyle = palette.series[0] as string;
  trace(truth);
  context.setLineDash([]);
  context.lineWidth = 3;
  context.strokeStyle = palette.series[1] as string;
  trace(answers);
  context.restore();
}

/** The pixels of one unit's output along the curve: from the middle up above 0, down below, relative to the largest. */
export function unitCurvePixels(
  outputs: Float32Array,
  size: number,
  unit: number,
  units: number,
  palette: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const [below, above] = [channels(palette.series[0] as string), channels(palette.series[1] as string)];
  const paper = channels(palette.paper);
  const largest = largestOf(outputs, unit, units);
  const pixels = new Uint8ClampedArray(4 * size * size);
  for (let i = 0; i < size * size; i++) {
    const [column, row] = [i % size, Math.floor(i / size)];
    const value = (outputs[column * units + unit] as number) / largest;
    // 1 at the upper edge, −1 at the lower one.
    const height = 1 - (2 * (row + 0.5)) / size;
    const isInside = value > 0 ? height > 0 && height <= value : height < 0 && height >= value;
    const colour = isInside ? (value < 0 ? below : above) : paper;
    pixels.set([...colour, 255], 4 * i);
  }
  return pixels;
}
