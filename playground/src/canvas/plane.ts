/** What a network answers all over the plane, and the samples on it. */

import { type Box, channels, type Palette, type Surface } from "./surface.js";

/** Samples in the plane. */
export interface Points {
  /** `[x, y]` after `[x, y]` */
  readonly at: Float32Array;
  /** the class of each */
  readonly labels: ArrayLike<number>;
}

/** The square that is shown, in the units of the data: −`reach` … `reach` both ways. */
export const reach = 1.25;

/** The points where the network is asked: `size` × `size`, from the upper left, row by row. */
export function gridOf(size: number): Float32Array {
  const points = new Float32Array(2 * size * size);
  for (let i = 0; i < size * size; i++) {
    points[2 * i] = reach * ((2 * ((i % size) + 0.5)) / size - 1);
    points[2 * i + 1] = -reach * ((2 * (Math.floor(i / size) + 0.5)) / size - 1);
  }
  return points;
}

/**
 * The pixels of a map of probabilities: in each the colours of the classes by their probabilities, paler the less certain.
 *
 * @param answers of each point the probability of class 1, or those of all classes
 */
export function mapPixels(answers: Float32Array, size: number, palette: Palette): Uint8ClampedArray<ArrayBuffer> {
  const outputs = answers.length / (size * size);
  const classes = Math.max(2, outputs);
  const colours = palette.series.slice(0, classes).map(channels);
  const paper = channels(palette.paper);
  const pixels = new Uint8ClampedArray(4 * size * size);
  const shares = new Float64Array(classes);
  for (let i = 0; i < size * size; i++) {
    if (outputs === 1) {
      shares[1] = answers[i] as number;
      shares[0] = 1 - (answers[i] as number);
    } else for (let c = 0; c < classes; c++) shares[c] = answers[i * outputs + c] as number;
    let largest = 0;
    for (const share of shares) largest = Math.max(largest, share);
    const strength = 0.1 + 0.62 * ((largest - 1 / classes) / (1 - 1 / classes));
    for (let channel = 0; channel < 3; channel++) {
      let mixed = 0;
      for (let c = 0; c < classes; c++) mixed += (shares[c] as number) * (colours[c]?.[channel] as number);
      pixels[4 * i + channel] = (paper[channel] as number) + strength * (mixed - (paper[channel] as number));
    }
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

/** The largest magnitude of one unit's output; above 0, to divide by. */
export function largestOf(outputs: Float32Array, unit: number, units: number): number {
  let largest = 1e-12;
  for (let i = unit; i < outputs.length; i += units) largest = Math.max(largest, Math.abs(outputs[i] as number));
  return largest;
}

/** The pixels of one unit's output: the first colour below 0, the second above, relative to the largest. */
export function unitPixels(
  answers: Float32Array,
  size: number,
  unit: number,
  units: number,
  palette: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const [below, above] = [channels(palette.series[0] as string), channels(palette.series[1] as string)];
  const paper = channels(palette.paper);
  const largest = largestOf(answers, unit, units);
  const pixels = new Uint8ClampedArray(4 * size * size);
  for (let i = 0; i < size * size; i++) {
    const value = (answers[i * units + unit] as number) / largest;
    const colour = value < 0 ? below : above;
    for (let channel = 0; channel < 3; channel++) {
      const from = paper[channel] as number;
      pixels[4 * i + channel] = from + 0.85 * Math.abs(value) * ((colour[channel] as number) - from);
    }
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

/** Draws `size` × `size` pixels into a box, smoothly. */
export function drawPixels({ context }: Surface, pixels: Uint8ClampedArray<ArrayBuffer>, size: number, box: Box): void {
  const small = scratch(size);
  small.putImageData(new ImageData(pixels, size, size), 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small.canvas, 0, 0, size, size, box.x, box.y, box.width, box.height);
}

let kept: OffscreenCanvasRenderingContext2D | undefined;

/** One small canvas for all, as large as the largest asked for. */
function scratch(size: number): OffscreenCanvasRenderingContext2D {
  if (kept === undefined || kept.canvas.width < size) {
    kept = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true }) ?? undefined;
    if (kept === undefined) throw new Error("this browser has no canvas to draw on");
  }
  return kept;
}

/** Draws samples: each class has a shape of its own beside its colour. */
export function drawPoints({ context }: Surface, { at, labels }: Points, box: Box, palette: Palette, size = 3.2): void {
  context.lineWidth = 1;
  context.strokeStyle = palette.paper;
  for (let i = 0; i < labels.length; i++) {
    const x = box.x + (((at[2 * i] as number) / reach + 1) / 2) * box.width;
    const y = box.y + ((1 - (at[2 * i + 1] as number) / reach) / 2) * box.height;
    if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) continue;
    const label = labels[i] as number;
    context.fillStyle = palette.series[label % palette.series.length] as string;
    context.beginPath();
    if (label % 3 === 0) context.arc(x, y, size, 0, 2 * Math.PI);
    else if (label % 3 === 1) context.rect(x - size * 0.88, y - size * 0.88, 1.76 * size, 1.76 * size);
    else {
      context.moveTo(x, y - 1.3 * size);
      context.lineTo(x + 1.15 * size, y + 0.8 * size);
      context.lineTo(x - 1.15 * size, y + 0.8 * size);
      context.closePath();
    }
    context.fill();
    context.stroke();
  }
}
