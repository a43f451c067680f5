/** Playing, pausing and stepping through what has been computed: a share of the whole, moved on by the screen's frames. */

import { signal } from "@preact/signals";
import { lessMotion } from "../shell/theme.js";

/** How long the whole takes at speed 1. */
const wholeMs = 8000;

export const speeds = [0.25, 0.5, 1, 2, 4] as const;

/** 0 … 1: how much of it is seen. */
export const share = signal(lessMotion.value ? 1 : 0);
export const playing = signal(!lessMotion.value);
export const speed = signal<number>(1);

let before: number | undefined;
let frame = 0;

function tick(now: number): void {
  frame = 0;
  // Paused since this frame was asked for: it stands where it was.
  if (!playing.value) {
    before = undefined;
    return;
  }
  // A page that was hidden goes on where it was.
  const passed = Math.min(100, now - (before ?? now));
  before = now;
  share.value = Math.min(1, share.value + (passed * speed.value) / wholeMs);
  if (share.value === 1) playing.value = false;
  run();
}

function run(): void {
  if (playing.value && frame === 0) frame = requestAnimationFrame(tick);
  if (!playing.value) before = undefined;
}

export function play(): void {
  if (share.value === 1) share.value = 0;
  playing.value = true;
  run();
}

export function pause(): void {
  playing.value = false;
}

/** Which of `count` equal steps it stands at; what is half a bit below a step is at it. */
export const stepOf = (count: number): number => Math.floor(share.value * count + 1e-6);

/** From the start again; whoever wants less motion sees the end. */
export function replay(): void {
  if (lessMotion.value) {
    seek(1);
    return;
  }
  share.value = 0;
  playing.value = true;
  run();
}

/** Holds at this share. */
export function seek(to: number): void {
  playing.value = false;
  share.value = Math.max(0, Math.min(1, to));
}
