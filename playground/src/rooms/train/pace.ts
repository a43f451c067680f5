/** How fast it is trained: epochs are let through by the screen's frames, one by one, or as fast as they come. */

import { signal } from "@preact/signals";
import { lessMotion } from "../../shell/theme.js";

/** Epochs in a frame of the screen. */
export const speeds = { slow: 0.1, normal: 1, fast: 8, full: Number.POSITIVE_INFINITY } as const;
export type Speed = keyof typeof speeds;
export const speedNames = Object.keys(speeds) as readonly Speed[];

export const playing = signal(true);
/** Whoever wants less motion sees the end as soon as there is one. */
export const speed = signal<Speed>(lessMotion.value ? "full" : "normal");

/** Epochs that may go on. */
let budget = 0;
/** Whether a frame has passed since somebody looked. */
let due = true;
let waiting: (() => void) | undefined;

function wake(): void {
  waiting?.();
  waiting = undefined;
}

/** Resolves when the next epoch may start. */
export async function turn(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (budget >= 1) {
      budget -= 1;
      return;
    }
    await new Promise<void>((go) => {
      waiting = go;
      signal.addEventListener("abort", () => go(), { once: true });
    });
  }
}

/** Whether it is time to look; asked once a frame it says yes. */
export function isDue(): boolean {
  const now = due || !playing.value;
  due = false;
  return now;
}

/** Hidden tabs have no frames: training rests, and goes on where it was. */
function tick(): void {
  due = true;
  if (playing.value) {
    // What was not used is not saved up: a slow network must not run later on.
    budget = Math.min(budget, 1) + speeds[speed.value];
    wake();
  }
  requestAnimationFrame(tick);
}

export const startPace = (): number => requestAnimationFrame(tick);

export function pause(): void {
  playing.value = false;
  budget = 0;
}

export function play(): void {
  playing.value = true;
}

/** One epoch, and then it rests. */
export function step(): void {
  pause();
  budget = 1;
  wake();
}
