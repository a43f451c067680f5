/** The race over a surface: every optimizer from the same start, rules on the bare `Optimizer`, `lbfgs` in `minimize`. */

import { minimize, NonFiniteError, Optimizer } from "downhill";
import { type Random, random } from "../../data/random.js";
import type { Config } from "../../training/jobs.js";
import type { SurfaceInput, Track } from "./jobs.js";
import { type Place, type SurfaceShape, surfaceOf } from "./surfaces.js";

/** Beyond this nothing can be drawn any more. */
const horizon = 1e9;

/** The configs of the library that are not a rule. */
interface Nested extends Config {
  readonly rho?: number;
  readonly optimizer?: Nested;
}

/** One lane to its end; it takes some milliseconds. */
export async function track(config: Config, input: Omit<SurfaceInput, "lanes">): Promise<Track> {
  const recorder = new Recorder(input);
  if (config.type === "lbfgs") await search(config, input, recorder);
  else await step(config, input, recorder);
  return recorder.track();
}

/** Keeps where a lane has been. */
class Recorder {
  readonly #surface: SurfaceShape;
  readonly #stream: Random;
  readonly #path: Float32Array;
  readonly #values: Float64Array;
  #count = 0;
  #isLost = false;
  #gradients = 0;

  constructor({ surface, steps, seed }: Omit<SurfaceInput, "lanes">) {
    this.#surface = surfaceOf(surface);
    // The same noise for all, step by step.
    this.#stream = random(seed);
    this.#path = new Float32Array(2 * (steps + 1));
    this.#values = new Float64Array(steps + 1);
  }

  /** Noise for both parts of the gradient. */
  draw(): Place {
    const { noise } = this.#surface;
    return noise === undefined ? [0, 0] : [noise * this.#stream.normal(), noise * this.#stream.normal()];
  }

  value(x: number, y: number): number {
    return this.#surface.value(x, y);
  }

  gradient(x: number, y: number, [noiseX, noiseY]: Place): Float32Array {
    this.#gradients += 1;
    const gradient = Float32Array.from(this.#surface.gradient(x, y));
    if (this.#surface.noise === undefined) return gradient;
    gradient[0] = (gradient[0] as number) + noiseX;
    gradient[1] = (gradient[1] as number) + noiseY;
    return gradient;
  }

  /** Stands there after another step; whether that is still on the map. */
  note(x: number, y: number): boolean {
    const value = this.value(x, y);
    const isThere = Math.abs(x) < horizon && Math.abs(y) < horizon && Number.isFinite(value);
    if (!isThere && this.#count > 0) {
      this.#isLost = true;
      return false;
    }
    this.#path.set([x, y], 2 * this.#count);
    this.#values[this.#count] = value;
    this.#count += 1;
    return true;
  }

  /** The next step left all numbers behind. */
  lose(): void {
    this.#isLost = true;
  }

  track(): Track {
    const count = this.#count;
    const gradients = this.#gradients;
    if (this.#isLost) {
      return { path: this.#path.slice(0, 2 * count), values: this.#values.slice(0, count), diverged: count, gradients };
    }
    // Who has arrived stands still.
    for (let i = count; i < this.#values.length; i++) {
      this.#path.copyWithin(2 * i, 2 * i - 2, 2 * i);
      this.#values[i] = this.#values[i - 1] as number;
    }
    return { path: this.#path, values: this.#values, gradients };
  }
}

/** Steps of a rule, with what stands around it. */
async function step(config: Nested, { start, steps }: Omit<SurfaceInput, "lanes">, recorder: Recorder): Promise<void> {
  // The bare optimizer is given its gradients: those from uphill are taken here.
  const { rho = 0, optimizer: inside } = config.type === "sam" ? config : {};
  const rule = inside ?? config;
  const isAverage = rule.optimizer !== undefined;
  // Muon is for matrices: to it the two parameters are a row.
  const isMuon = [rule.type, rule.optimizer?.type].includes("muon");
  const optimizer = await Optimizer.create(rule as never, [isMuon ? [1, 2] : 2]);
  const theta = Float32Array.from(start);
  try {
    recorder.note(...start);
    for (let at = 1; at <= steps; at++) {
      const [x, y] = theta as unknown as Place;
      const noise = recorder.draw();
      let gradient = recorder.gradient(x, y, noise);
      if (rho > 0) {
        const [across, up] = gradient as unknown as Place;
        const far = rho / (Math.sqrt(across * across + up * up) + 1e-12);
        gradient = recorder.gradient(x + far * across, y + far * up, noise);
      }
      if (!advance(optimizer, theta, gradient)) {
        recorder.lose();
        return;
      }
      const seen = isAverage ? (optimizer.evaluationParameters([theta])[0] ?? theta) : theta;
      if (!recorder.note(...(seen as unknown as Place))) return;
      // Schedules that watch the loss are told it.
      optimizer.observeLoss(recorder.value(...(theta as unknown as Place)));
    }
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

/** Searches along lines, an iteration a step. */
async function search(
  config: Config,
  { start, steps }: Omit<SurfaceInput, "lanes">,
  recorder: Recorder,
): Promise<void> {
  const evaluate = ([x = 0, y = 0]: Float64Array) => ({
    value: recorder.value(x, y),
    gradient: recorder.gradient(x, y, recorder.draw()),
  });
  // An update of one iteration; its search may take as many gradients as any other.
  const optimizer = { ...config, maxIterations: 1, maxEvaluations: 25 } as never;
  const onIteration = ({ x: [x = 0, y = 0] }: { readonly x: Float64Array }) =>
    recorder.note(x, y) ? undefined : "stop";
  try {
    await minimize(evaluate, start, { optimizer, maxIterations: steps, tolerance: 0, onIteration });
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    recorder.lose();
  }
}
