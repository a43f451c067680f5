/** The drawn digit: ink on a field, and what the network is given of it. */

import { computed, signal } from "@preact/signals";
import { likeMnist, side } from "../../data/drawing.js";

/** Pixels across the field. */
export const field = 112;
/** Half the width of the pen. */
const pen = 5.5;

const ink = signal(new Float32Array(field * field));

/** A digit of the test set instead of a drawing. */
const given = signal<Float32Array | undefined>(undefined);

/** As MNIST would have it, 28 × 28; undefined for an empty field. */
export const image = computed(() => given.value ?? likeMnist({ ink: ink.value, width: field, height: field }));

/** The field as it is to be drawn, and how many pixels it is across. */
export const shown = computed(() =>
  given.value === undefined ? { ink: ink.value, size: field } : { ink: given.value, size: side },
);

/** Draws a line between two points, in pixels of the field. */
export function stroke(x0: number, y0: number, x1: number, y1: number): void {
  const next = given.peek() === undefined ? ink.peek().slice() : new Float32Array(field * field);
  given.value = undefined;
  const [left, right] = [Math.floor(Math.min(x0, x1) - pen), Math.ceil(Math.max(x0, x1) + pen)];
  const [top, bottom] = [Math.floor(Math.min(y0, y1) - pen), Math.ceil(Math.max(y0, y1) + pen)];
  const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  for (let y = Math.max(0, top); y <= Math.min(field - 1, bottom); y++) {
    for (let x = Math.max(0, left); x <= Math.min(field - 1, right); x++) {
      const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length));
      const away = Math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0));
      // A soft edge, a pixel wide.
      const full = Math.max(0, Math.min(1, pen - away + 0.5));
      const at = y * field + x;
      next[at] = Math.max(next[at] as number, full);
    }
  }
  ink.value = next;
}

export function clear(): void {
  given.value = undefined;
  ink.value = new Float32Array(field * field);
}

/** Shows an image of the test set. */
export function show(digit: Float32Array): void {
  given.value = digit;
}
