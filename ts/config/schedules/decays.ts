/** Schedules that stay or fall, by the update index alone. */

import type { Complete, Typed } from "../../check.js";
import { boolean, field, integer, list, number, readFactory, required } from "../../check.js";
import { ConfigError } from "../../errors.js";
import { alongCosine, end, initial, type Kinds, rate, steps } from "./kind.js";

/** Options of {@link polynomialDecay}. */
export interface PolynomialDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** rate from update `steps` on; default 0 */
  end?: number;
  /** updates until `end`, >= 1 */
  steps: number;
  /** γ > 0; default 1, a straight line */
  power?: number;
}

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** factor for every `steps` updates, > 0 */
  rate: number;
  /** updates for one factor `rate`, >= 1 */
  steps: number;
  /** falls only every `steps` updates; default false */
  staircase?: boolean;
}

/** Options of {@link inverseTimeDecay}. */
export interface InverseTimeDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** decay for every `steps` updates, >= 0 */
  rate: number;
  /** updates for one `rate`, >= 1 */
  steps: number;
  /** falls only every `steps` updates; default false */
  staircase?: boolean;
}

/** Options of {@link inverseSquareRoot}. */
export interface InverseSquareRootOptions {
  /** rate at update 0 */
  initial: number;
  /** the rate has fallen to 1/√2 after so many updates, to a half after three times as many, >= 1 */
  steps: number;
}

/** Options of {@link stepDecay}. */
export interface StepDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** factor at every step, > 0; default 0.1 (torch's `gamma`) */
  factor?: number;
  /** updates from one step to the next, >= 1 (torch's `step_size`) */
  steps: number;
}

/** Options of {@link piecewiseConstant}. */
export interface PiecewiseConstantOptions {
  /** updates at which the next value starts: whole numbers >= 1, rising */
  boundaries: readonly number[];
  /** the rates, one more than boundaries */
  values: readonly number[];
}

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions {
  /** rate at update 0 */
  initial: number;
  /** rate from update `steps` on; default 0 */
  end?: number;
  /** updates until `end`, >= 1 */
  steps: number;
}

export type ConstantRateConfig = Typed<"constantRate"> & { readonly rate: number };
export type PolynomialDecayConfig = Complete<"polynomialDecay", PolynomialDecayOptions>;
export type ExponentialDecayConfig = Complete<"exponentialDecay", ExponentialDecayOptions>;
export type InverseTimeDecayConfig = Complete<"inverseTimeDecay", InverseTimeDecayOptions>;
export type InverseSquareRootConfig = Complete<"inverseSquareRoot", InverseSquareRootOptions>;
export type StepDecayConfig = Complete<"stepDecay", StepDecayOptions>;
export type PiecewiseConstantConfig = Complete<"piecewiseConstant", PiecewiseConstantOptions>;
export type CosineDecayConfig = Complete<"cosineDecay", CosineDecayOptions>;

/** The whole config of a schedule of this file. */
export type DecayConfig =
  | ConstantRateConfig
  | PolynomialDecayConfig
  | ExponentialDecayConfig
  | InverseTimeDecayConfig
  | InverseSquareRootConfig
  | StepDecayConfig
  | PiecewiseConstantConfig
  | CosineDecayConfig;

const staircase = field<boolean>(boolean, false);

export const decays: Kinds<DecayConfig> = {
  constantRate: {
    fields: { rate: required(rate) },
    rate: (config) => config.rate,
  },
  polynomialDecay: {
    fields: { initial, end, steps, power: field(number({ above: 0 }), 1) },
    rate: ({ initial, end, steps, power }, step, math) => {
      const left = 1 - Math.min(step, steps) / steps;
      return end + (initial - end) * (power === 1 ? left : math.pow(left, power));
    },
  },
  exponentialDecay: {
    fields: { initial, rate: required(number({ above: 0 })), steps, staircase },
    rate: (config, step, math) => config.initial * math.pow(config.rate, periods(config, step)),
  },
  inverseTimeDecay: {
    fields: { initial, rate: required(number({ min: 0 })), steps, staircase },
    rate: (config, step) => config.initial / (1 + config.rate * periods(config, step)),
  },
  inverseSquareRoot: {
    fields: { initial, steps },
    rate: ({ initial, steps }, step, math) => initial * math.pow(1 + step / steps, -0.5),
  },
  stepDecay: {
    fields: { initial, factor: field(number({ above: 0 }), 0.1), steps },
    rate: ({ initial, factor, steps }, step, math) => initial * math.pow(factor, Math.floor(step / steps)),
  },
  piecewiseConstant: {
    fields: {
      boundaries: required(list(integer({ min: 1 }))),
      values: required(list(rate, { minLength: 1 })),
    },
    finish: (config, path) => {
      checkBoundaries(config.boundaries, config.values.length, "value", path);
      return config;
    },
    rate: ({ boundaries, values }, step) => values[passed(boundaries, step)] ?? 0,
  },
  cosineDecay: {
    fields: { initial, end, steps },
    rate: ({ initial, end, steps }, step, math) =>
      step >= steps ? end : alongCosine(initial, end, step / steps, math),
  },
};

function periods(config: ExponentialDecayConfig | InverseTimeDecayConfig, step: number): number {
  const count = step / config.steps;
  return config.staircase ? Math.floor(count) : count;
}

/** How many of the boundaries lie at or before an update. */
export function passed(boundaries: readonly number[], step: number): number {
  return boundaries.filter((boundary) => boundary <= step).length;
}

/** @throws ConfigError `CONFIG` unless the boundaries rise and there is one more of what they part */
export function checkBoundaries(boundaries: readonly number[], parts: number, what: string, path: string): void {
  if (parts !== boundaries.length + 1) {
    throw new ConfigError(
      path,
      `expected one ${what} more than boundaries, got ${parts} ${what}s and ${boundaries.length} boundaries`,
    );
  }
  boundaries.forEach((boundary, i) => {
    const before = boundaries[i - 1];
    if (before !== undefined && before >= boundary) {
      throw new ConfigError(
        `${path}.boundaries[${i}]`,
        `expected more than ${before}, the one before, got ${boundary}`,
      );
    }
  });
}

/**
 * The same rate for ever.
 *
 * @param value the rate, >= 0
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: constantRate(0.01) });
 * ```
 */
export function constantRate(value: number): ConstantRateConfig {
  return readFactory(decays, "constantRate", undefined, { rate: value });
}

/**
 * end + (initial − end)·(1 − min(t, steps)/steps)^power. (Some tutorials call this exponential decay.)
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: polynomialDecay({ initial: 0.1, steps: 1000, power: 2 }) });
 * ```
 */
export function polynomialDecay(options: PolynomialDecayOptions): PolynomialDecayConfig {
  return readFactory(decays, "polynomialDecay", options);
}

/**
 * initial · rate^(t / steps); with `staircase` the exponent is rounded down.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: exponentialDecay({ initial: 0.1, rate: 0.96, steps: 1000 }) });
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): ExponentialDecayConfig {
  return readFactory(decays, "exponentialDecay", options);
}

/**
 * initial / (1 + rate · t / steps); with `staircase` t / steps is rounded down.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: inverseTimeDecay({ initial: 0.1, rate: 0.5, steps: 1000 }) });
 * ```
 */
export function inverseTimeDecay(options: InverseTimeDecayOptions): InverseTimeDecayConfig {
  return readFactory(decays, "inverseTimeDecay", options);
}

/**
 * initial / √(1 + t / steps). Behind a linear warm-up of as many updates it is the schedule of the Transformer (Vaswani
 * 2017): a straight line to the peak at update `steps`, from there peak · √(steps / t).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: warmup(inverseSquareRoot({ initial: 1e-3, steps: 4000 }), { steps: 4000 }) });
 * ```
 */
export function inverseSquareRoot(options: InverseSquareRootOptions): InverseSquareRootConfig {
  return readFactory(decays, "inverseSquareRoot", options);
}

/**
 * initial · factor^⌊t / steps⌋ (torch's `StepLR`).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: stepDecay({ initial: 0.1, factor: 0.5, steps: 500 }) });
 * ```
 */
export function stepDecay(options: StepDecayOptions): StepDecayConfig {
  return readFactory(decays, "stepDecay", options);
}

/**
 * values[0] until boundaries[0], values[1] from there, and so on. A new value starts *at* its boundary (Keras: after it).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: piecewiseConstant({ boundaries: [100, 200], values: [0.1, 0.01, 0.001] }) });
 * ```
 */
export function piecewiseConstant(options: PiecewiseConstantOptions): PiecewiseConstantConfig {
  return readFactory(decays, "piecewiseConstant", options);
}

/**
 * end + (initial − end)·(1 + cos(π t / steps))/2, and `end` from update `steps` on (Loshchilov 2016, without restarts).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: cosineDecay({ initial: 3e-3, steps: 2345 }) });
 * ```
 */
export function cosineDecay(options: CosineDecayOptions): CosineDecayConfig {
  return readFactory(decays, "cosineDecay", options);
}
