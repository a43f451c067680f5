/** The drawn digit: ink on a field, and what the network is given of it. */

import { computed, signal } from "@preact/signals";
import { likeMnist, side } from "../../data/drawing.js";

/** Pixels across the field. */
export const field = 112;
/** Half the width of the pen. */
export const pen = 5.5;

const ink = signal(new Float32Array(field * field));

/** A digit of the test set instead of a drawing. */
const given = signal<Float32Array | undefined>(undefined);

/** As MNIST would have it, 28 × 28; undefined for an empty field. */
export const image = computed(() => given.value ?? likeMnist({ ink: ink.value, width: field, height: field }));

/** The field as it is to be drawn, and how many pixels it is across. */
export const shown = computed(() =>
  given.value === undefined ? { ink: ink.value, size: field } : { ink: given.value, size: side },
);

/** Where arrow keys have brought the pen, in pixels of the field, and whether it draws there; undefined before the first. */
export const tip = signal<{ readonly x: number; readonly y: number; readonly isDown: boolean } | undefined>(undefined);

/** Pixels of the field that an arrow key moves it by. */
const reach = 4;
const ways: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-reach, 0],
  ArrowRight: [reach, 0],
  ArrowUp: [0, -reach],
  ArrowDown: [0, reach],
};

/** Moves the pen by an arrow, puts it down or lifts it by the space bar or Enter; false for other keys. */
export function steer(key: string): boolean {
  const { x, y, isDown } = tip.value ?? { x: field / 2, y: field / 2, isDown: false };
  const way = ways[key];
  if (way === undefined && key !== " " && key !== "Enter") return false;
  const inside = (place: number) => Math.max(0, Math.min(field, place));
  const [right, down] = way ?? [0, 0];
  const next = { x: inside(x + right), y: inside(y + down), isDown: way === undefined ? !isDown : isDown };
  if (next.isDown) stroke(x, y, next.x, next.y);
  tip.value = next;
  return true;
}

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
