/** Handwritten digits of MNIST, loaded when somebody asks for them. */

import { side } from "./drawing.js";
import type { Samples } from "./toys.js";

/** What the file holds: `scripts/digits.mjs` writes it. */
export const counts = { train: 6000, test: 1000 } as const;

/** Images to learn from and images to test with; pixels from 0 to 1, labels from 0 to 9. */
export interface Digits {
  readonly train: Samples;
  readonly test: Samples;
}

/**
 * Reads the file: gzip of all pixels, a byte each, and then all labels.
 *
 * @throws Error if it is cut short
 */
export async function readDigits(file: Blob): Promise<Digits> {
  const stream = file.stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const pixels = side * side;
  const all = counts.train + counts.test;
  if (bytes.length !== all * (pixels + 1)) throw new Error(`digits: expected ${all} images, got ${bytes.length} bytes`);
  const part = (from: number, rows: number): Samples => ({
    x: shares(bytes.subarray(from * pixels, (from + rows) * pixels)),
    y: Float32Array.from(bytes.subarray(all * pixels + from, all * pixels + from + rows)),
    rows,
    inputs: pixels,
    classes: 10,
  });
  return { train: part(0, counts.train), test: part(counts.train, counts.test) };
}

/** A loop: `Float32Array.from` with a function takes ten times as long. */
function shares(greys: Uint8Array): Float32Array {
  const x = new Float32Array(greys.length);
  for (let i = 0; i < greys.length; i++) x[i] = (greys[i] as number) / 255;
  return x;
}
