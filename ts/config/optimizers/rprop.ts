import { field, list, readFactory, show } from "../../check.js";
import { ConfigError } from "../../errors.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, shared } from "./shared.js";

/** Options of {@link rprop}. */
export interface RpropOptions extends SharedOptions {
  /** η⁻ and η⁺, 0 < η⁻ < 1 < η⁺: what a step size is multiplied by; default [0.5, 1.2] */
  etas?: readonly [shrink: number, grow: number];
  /** the smallest and the largest step size, 0 <= smallest <= largest; default [1e-6, 50] */
  stepSizes?: readonly [smallest: number, largest: number];
}
export type RpropConfig = OptimizerOf<"rprop", RpropOptions>;

function pair(value: unknown, path: string): readonly [number, number] {
  const [first, second, ...more] = list(amount)(value, path);
  if (first === undefined || second === undefined || more.length > 0)
    throw new ConfigError(path, `expected two numbers, got ${show(value)}`);
  return Object.freeze([first, second] as const);
}

export const rpropRow: OptimizerRow<RpropConfig> = {
  fields: {
    ...shared(0.01),
    etas: field<RpropConfig["etas"]>(pair, Object.freeze([0.5, 1.2] as const)),
    stepSizes: field<RpropConfig["stepSizes"]>(pair, Object.freeze([1e-6, 50] as const)),
  },
  finish: checkRprop,
  fullBatch: true,
};

function checkRprop(config: RpropConfig, path: string): RpropConfig {
  const [shrink, grow] = config.etas;
  const [smallest, largest] = config.stepSizes;
  if (!(shrink > 0 && shrink < 1 && grow > 1))
    throw new ConfigError(`${path}.etas`, `expected [0 < shrink < 1, grow > 1], got ${show(config.etas)}`);
  if (smallest > largest)
    throw new ConfigError(`${path}.stepSizes`, `expected [smallest, largest], got ${show(config.stepSizes)}`);
  return config;
}

/**
 * Resilient backpropagation (Riedmiller & Braun 1993), for full batches only: a step size for every number, and only the
 * signs of gradients count. s = sign(g·previous): the size becomes η⁺·size if s > 0, η⁻·size if s < 0, within
 * `stepSizes`; if s < 0 then g = 0, and this 0 is stored as the previous gradient; θ −= sign(g)·size.
 *
 * The gradients of two batches differ in sign by chance, and sizes shrink for nothing: `fit` refuses batches smaller than
 * the data. `trainOnBatch`, a bare `Optimizer` and `minimize` take what they are given. `learningRate` is the size of the
 * first step; later rates say nothing. No ε. Decay is coupled (g + λθ). The first step is η·sign(g). Two state buffers.
 * Optax keeps the last *step* in place of the last gradient, and takes no step back either. Keras and TensorFlow.js have none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * rprop({ learningRate: 0.1, stepSizes: [1e-6, 1] });
 * ```
 */
export function rprop(options: RpropOptions = {}): RpropConfig {
  return readFactory({ rprop: rpropRow }, "rprop", options);
}
