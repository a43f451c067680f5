/**
 * Optimizers as plain data. Notation: g gradient, θ parameters, η learning rate, λ weight decay, t = 1, 2, … updates.
 * Equations and what differs elsewhere stand with each factory; the rules themselves in `crates/nn/src/optim/`.
 *
 * A new optimizer is its options, one row in `family` and a factory.
 */

import type { Check, Complete, Family, TypeOf } from "../check.js";
import { boolean, field, list, namesOf, number, oneOf, readConfig, readFactory, text } from "../check.js";
import { ConfigError } from "../errors.js";
import type { ScheduleConfig } from "./schedules.js";
import { normalizeSchedule, rate } from "./schedules.js";

/** What every optimizer takes. */
export interface SharedOptions {
  /** η: a number >= 0 or a schedule */
  learningRate?: number | ScheduleConfig;
  /** λ >= 0 */
  weightDecay?: number;
  /** name patterns of parameters without decay, such as `"bias"` or `"layers.*.kernel"`; default none */
  excludeFromDecay?: string | readonly string[];
}

/** Options of {@link sgd}. */
export interface SgdOptions extends SharedOptions {
  /** μ, 0 … 1; default 0 */
  momentum?: number;
  /** d, 0 … 1, of the form torch; default 0 */
  dampening?: number;
  /** looks ahead; needs momentum > 0, dampening 0 and the form torch or keras; default false */
  nesterov?: boolean;
  /** which momentum; default `"torch"` */
  form?: SgdForm;
}
export type SgdForm = "torch" | "keras" | "ema";

/** Options of {@link adagrad}. */
export interface AdagradOptions extends SharedOptions {
  /** ε >= 0; default 1e-10 */
  epsilon?: number;
  /** s before the first update, >= 0; default 0 */
  initialAccumulator?: number;
  /** η is divided by 1 + (t − 1)·learningRateDecay, >= 0; default 0 */
  learningRateDecay?: number;
  /** √(s + ε) instead of √s + ε; default false */
  epsilonInside?: boolean;
}

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends SharedOptions {
  /** ρ, 0 <= ρ < 1 (torch's `alpha`); default 0.99 */
  rho?: number;
  /** ε >= 0; default 1e-8 */
  epsilon?: number;
  /** μ, 0 … 1; default 0 */
  momentum?: number;
  /** divides by the deviation about the mean gradient; default false */
  centered?: boolean;
  /** √(v + ε) instead of √v + ε; default false */
  epsilonInside?: boolean;
}

/** Options of {@link adam} and {@link adamw}. */
export interface AdamOptions extends SharedOptions {
  /** β₁, 0 <= β₁ < 1; default 0.9 */
  beta1?: number;
  /** β₂, 0 <= β₂ < 1; default 0.999 */
  beta2?: number;
  /** ε >= 0; default 1e-8 */
  epsilon?: number;
  /** divides by the largest v so far (Reddi 2018); default false */
  amsgrad?: boolean;
  /** false is the uncorrected textbook form; default true */
  biasCorrection?: boolean;
  /** ε where Keras has it: added to √v before the correction; default false */
  epsilonHat?: boolean;
}

type OptimizerOf<Type extends string, O extends SharedOptions> = Complete<Type, Omit<O, "excludeFromDecay">> & {
  readonly excludeFromDecay: readonly string[];
};
export type SgdConfig = OptimizerOf<"sgd", SgdOptions>;
export type AdagradConfig = OptimizerOf<"adagrad", AdagradOptions>;
export type RmspropConfig = OptimizerOf<"rmsprop", RmspropOptions>;
export type AdamConfig = OptimizerOf<"adam", AdamOptions>;
export type AdamwConfig = OptimizerOf<"adamw", AdamOptions>;

/** The whole config of an optimizer. */
export type OptimizerConfig = SgdConfig | AdagradConfig | RmspropConfig | AdamConfig | AdamwConfig;

/** The name of an optimizer. */
export type OptimizerName = TypeOf<OptimizerConfig>;

/** What a model takes as optimizer: a name, or a config such as `adam({ learningRate: 0.01 })`. */
export type OptimizerLike = OptimizerName | OptimizerConfig;

const learningRateOption: Check<number | ScheduleConfig> = (value, path) => {
  if (typeof value === "function") {
    throw new ConfigError(path, "expected a number or a schedule, got a function; give that to fit({ schedule })");
  }
  return typeof value === "object" && value !== null ? normalizeSchedule(value, path) : rate(value, path);
};

const patterns: Check<readonly string[]> = (value, path) =>
  typeof value === "string" ? Object.freeze([text(value, path)]) : list(text)(value, path);

const amount = number({ min: 0 });
const decay = number({ min: 0, below: 1 });
const fraction = number({ min: 0, max: 1 });
const off = field<boolean>(boolean, false);

function shared(learningRate: number, weightDecay = 0) {
  return {
    learningRate: field(learningRateOption, learningRate),
    weightDecay: field(amount, weightDecay),
    excludeFromDecay: field<readonly string[]>(patterns, Object.freeze([])),
  };
}

const adamFields = {
  beta1: field(decay, 0.9),
  beta2: field(decay, 0.999),
  epsilon: field(amount, 1e-8),
  amsgrad: off,
  biasCorrection: field<boolean>(boolean, true),
  epsilonHat: off,
};

const family: Family<OptimizerConfig> = {
  sgd: {
    fields: {
      ...shared(0.01),
      momentum: field(fraction, 0),
      dampening: field(fraction, 0),
      nesterov: off,
      form: field<SgdForm>(oneOf(["torch", "keras", "ema"]), "torch"),
    },
    finish: checkSgd,
  },
  adagrad: {
    fields: {
      ...shared(0.01),
      epsilon: field(amount, 1e-10),
      initialAccumulator: field(amount, 0),
      learningRateDecay: field(amount, 0),
      epsilonInside: off,
    },
  },
  rmsprop: {
    fields: {
      ...shared(0.01),
      rho: field(decay, 0.99),
      epsilon: field(amount, 1e-8),
      momentum: field(fraction, 0),
      centered: off,
      epsilonInside: off,
    },
  },
  adam: { fields: { ...shared(1e-3), ...adamFields } },
  adamw: { fields: { ...shared(1e-3, 0.01), ...adamFields } },
};

function checkSgd(config: SgdConfig, path: string): SgdConfig {
  const { form, momentum, dampening, nesterov } = config;
  if (nesterov && momentum === 0) throw new ConfigError(path, "nesterov needs a momentum > 0");
  if (nesterov && dampening !== 0) throw new ConfigError(path, `nesterov needs dampening 0, got ${dampening}`);
  if (nesterov && form === "ema") throw new ConfigError(path, 'nesterov needs the form "torch" or "keras", got "ema"');
  if (dampening !== 0 && form !== "torch") {
    throw new ConfigError(path, `dampening belongs to the form "torch", got the form "${form}"; leave it out`);
  }
  return config;
}

/** Every optimizer. */
export const optimizerNames: readonly OptimizerName[] = namesOf(family);

/**
 * The whole frozen config of an optimizer given by name, by a factory or as hand-written JSON with options left out.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeOptimizer({ type: "adam", learningRate: 0.01 }, "optimizer"); // equals adam({ learningRate: 0.01 })
 * ```
 */
export function normalizeOptimizer(value: unknown, path: string): OptimizerConfig {
  return readConfig(family, value, path);
}

/**
 * Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (Sutskever 2013) if wanted.
 *
 * - `"torch"`: b₁ = g, b = μb + (1 − d)g; θ −= ηb, with nesterov θ −= η(g + μb)
 * - `"keras"`: v = μv − ηg; θ += v, with nesterov θ += μv − ηg; also Polyak's heavy ball
 * - `"ema"`: v₀ = 0, v = μv + (1 − μ)g; θ −= ηv
 *
 * torch and keras agree while η is constant and d = 0. Decay is coupled (g + λθ). One state buffer, none without momentum.
 * Optax and TensorFlow.js have torch's form. learningRate 0.01 as Keras (torch 1e-3).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true });
 * ```
 */
export function sgd(options: SgdOptions = {}): SgdConfig {
  return readFactory(family, "sgd", options);
}

/**
 * Adagrad (Duchi 2011): s += g²; θ −= η/(1 + (t − 1)·learningRateDecay) · g/(√s + ε); with `epsilonInside` g/√(s + ε).
 *
 * No bias correction. Decay is coupled (g + λθ). The first step is η·sign(g) with the defaults. One state buffer. Keras,
 * Optax and TensorFlow.js start s at 0.1, with ε 1e-7 inside the root.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adagrad({ learningRate: 0.1 });
 * ```
 */
export function adagrad(options: AdagradOptions = {}): AdagradConfig {
  return readFactory(family, "adagrad", options);
}

/**
 * RMSprop (Hinton 2012): v = ρv + (1 − ρ)g²; centred: ḡ = ρḡ + (1 − ρ)g and v − ḡ², not below 0; d = √v + ε, with
 * `epsilonInside` √(v + ε); b = μb + g/d; θ −= ηb.
 *
 * No bias correction. Decay is coupled (g + λθ). The first step is η·sign(g)/√(1 − ρ). One state buffer, one more each for
 * momentum and `centered`. Keras has ρ 0.9 and ε 1e-7 inside; torch does not clamp v − ḡ².
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * rmsprop({ learningRate: 1e-3, rho: 0.9 });
 * ```
 */
export function rmsprop(options: RmspropOptions = {}): RmspropConfig {
  return readFactory(family, "rmsprop", options);
}

/**
 * Adam (Kingma 2014): m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; θ −= η·m̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 *
 * `amsgrad` takes the largest *uncorrected* v, then corrects it (torch; Optax the other way round). `epsilonHat` is Keras'
 * place for ε: θ −= η√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). Decay is coupled (g + λθ): see {@link adamw} for the other.
 * The first step is η·sign(g). Two state buffers, three with `amsgrad`. Keras and TensorFlow.js have ε 1e-7.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adam({ learningRate: cosineDecay({ initial: 3e-3, steps: 2345 }) });
 * ```
 */
export function adam(options: AdamOptions = {}): AdamConfig {
  return readFactory(family, "adam", options);
}

/**
 * Adam with decoupled decay (Loshchilov 2017): θ −= (ηλ)·θ, then Adam's update. λ is 0.01 by default (Keras 0.004).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * adamw({ learningRate: 1e-3, weightDecay: 0.05, excludeFromDecay: "bias" });
 * ```
 */
export function adamw(options: AdamOptions = {}): AdamwConfig {
  return readFactory(family, "adamw", options);
}
