/** The race over a surface: every optimizer from the same start, on the library's bare `Optimizer`. */

import { NonFiniteError, Optimizer } from "downhill";
import { random } from "../../data/random.js";
import type { Config } from "../../training/jobs.js";
import type { SurfaceInput, Track } from "./jobs.js";
import { type SurfaceShape, surfaceOf } from "./surfaces.js";

/** Beyond this nothing can be drawn any more. */
const horizon = 1e9;

/** One lane to its end; it takes some milliseconds. */
export async function track(config: Config, input: Omit<SurfaceInput, "lanes">): Promise<Track> {
  const { start, steps, seed } = input;
  const surface: SurfaceShape = surfaceOf(input.surface);
  // Muon is for matrices: to it the two parameters are a row.
  const optimizer = await Optimizer.create(config as never, [config.type === "muon" ? [1, 2] : 2]);
  // The same noise for all, step by step.
  const stream = random(seed);
  const theta = Float32Array.from(start);
  const path = new Float32Array(2 * (steps + 1));
  const values = new Float64Array(steps + 1);
  const note = (step: number): boolean => {
    const [x, y] = theta as unknown as [number, number];
    path.set(theta, 2 * step);
    values[step] = surface.value(x, y);
    return Math.abs(x) < horizon && Math.abs(y) < horizon && Number.isFinite(values[step]);
  };
  try {
    note(0);
    for (let step = 1; step <= steps; step++) {
      const [x, y] = theta as unknown as [number, number];
      const gradient = Float32Array.from(surface.gradient(x, y));
      if (surface.noise !== undefined) {
        for (let i = 0; i < 2; i++) gradient[i] = (gradient[i] as number) + surface.noise * stream.normal();
      }
      if (!advance(optimizer, theta, gradient) || !note(step)) {
        return { path: path.slice(0, 2 * step), values: values.slice(0, step), diverged: step };
      }
      // Schedules that watch the loss are told it.
      optimizer.observeLoss(values[step] as number);
    }
    return { path, values };
  } finally {
    optimizer.dispose();
  }
}

/** Whether the step stayed among numbers. */
function advance(optimizer: Optimizer, theta: Float32Array, gradient: Float32Array): boolean {
  try {
    optimizer.step([theta], [gradient]);
    return true;
  } catch (error) {
    if (error instanceof NonFiniteError) return false;
    throw error;
  }
}
