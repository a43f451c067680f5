/** What the optimizers' configs share: their common options, and how a config becomes the numbers that the core reads. */

import type { Check, Complete, Row, Typed } from "../../check.js";
import { boolean, field, list, number, oneOf, optional, text } from "../../check.js";
import { ConfigError, ShapeError } from "../../errors.js";
import type { ScheduleConfig } from "../schedules.js";
import { normalizeSchedule, rate } from "../schedules.js";

/** Another library, whose form and defaults a rule takes where they differ. */
export type Preset = "keras" | "optax";

/** The presets; the place of one, from 1, is its code in the core (`Form` in `crates/nn/src/optim/mod.rs`). */
export const presetNames: readonly Preset[] = ["keras", "optax"];

/** What every optimizer takes. */
export interface SharedOptions {
  /**
   * the form and the defaults of Keras 3 or Optax instead of PyTorch's; options that are given win. The table in
   * `docs/optimizers.md` says what differs, and which rules have which
   */
  preset?: Preset;
  /** η: a number >= 0 or a schedule */
  learningRate?: number | ScheduleConfig;
  /** λ >= 0 */
  weightDecay?: number;
  /** name patterns of parameters without decay, such as `"bias"` or `"layers.*.kernel"`; default none */
  excludeFromDecay?: string | readonly string[];
}

/** Options of the optimizers with Adam's two moments and no others. */
export interface MomentOptions extends SharedOptions {
  /** β₁, 0 <= β₁ < 1; default 0.9 */
  beta1?: number;
  /** β₂, 0 <= β₂ < 1; default 0.999 */
  beta2?: number;
  /** ε >= 0; default 1e-8 (`lamb` 1e-6) */
  epsilon?: number;
}

/** The config that a factory makes of options `O`. */
export type OptimizerOf<Type extends string, O extends SharedOptions> = Complete<
  Type,
  Omit<O, "excludeFromDecay" | "preset">
> & {
  readonly excludeFromDecay: readonly string[];
  readonly preset?: Preset;
};

/**
 * One rule: its options, in the order in which its file in `crates/nn/src/optim/` reads them (after those of
 * {@link shared}, of which λ comes first).
 */
export interface OptimizerRow<C extends Typed> extends Row<C> {
  /** the words that an option can be: a word crosses as its place here */
  readonly words?: readonly string[];
  /** it needs the gradient of all data at each update: `fit` refuses smaller batches */
  readonly fullBatch?: true;
  /** what each library sets otherwise, of those that have the rule */
  readonly presets?: { readonly [P in Preset]?: Partial<Omit<C, "type">> };
}

/** The rule's settings as numbers: λ, then its own options; a flag is 0 or 1, a word its place, a list its elements. */
export function settingsOf<C extends Typed>({ fields, words = [] }: OptimizerRow<C>, config: C): number[] {
  const encode = (value: unknown): number[] => {
    if (Array.isArray(value)) return value.flatMap(encode);
    return [typeof value === "string" ? words.indexOf(value) : Number(value)];
  };
  const own = Object.keys(fields).filter((key) => !notSettings.has(key));
  return own.flatMap((key) => encode(config[key as keyof C]));
}

const notSettings = new Set(["preset", "learningRate", "excludeFromDecay", "adamw"]);

const learningRateOption: Check<number | ScheduleConfig> = (value, path) => {
  if (typeof value === "function") {
    throw new ConfigError(path, "expected a number or a schedule, got a function; give that to fit({ schedule })");
  }
  return typeof value === "object" && value !== null ? normalizeSchedule(value, path) : rate(value, path);
};

/** One name pattern, or several; an array comes back. */
export const patterns: Check<readonly string[]> = (value, path) =>
  typeof value === "string" ? Object.freeze([text(value, path)]) : list(text)(value, path);

/** a number >= 0 */
export const amount = number({ min: 0 });
/** the weight of an old mean, 0 <= β < 1 */
export const decay = number({ min: 0, below: 1 });
/** 0 … 1 */
export const fraction = number({ min: 0, max: 1 });
/** a flag, false when omitted */
export const off = field<boolean>(boolean, false);

/** The fields of {@link SharedOptions}. */
export function shared(learningRate: number, weightDecay = 0) {
  return {
    learningRate: field(learningRateOption, learningRate),
    weightDecay: field(amount, weightDecay),
    excludeFromDecay: field<readonly string[]>(patterns, Object.freeze([])),
    preset: optional<Preset>(oneOf(presetNames)),
  };
}

/** The fields of {@link MomentOptions} beyond those of {@link SharedOptions}. */
export const moments = { beta1: field(decay, 0.9), beta2: field(decay, 0.999), epsilon: field(amount, 1e-8) };

/**
 * The numbers that an optimizer keeps beside its buffers, from a state.
 *
 * @throws ConfigError `CONFIG` for what is no list of numbers, ShapeError `SHAPE` for another length
 */
export function readNumbers(value: unknown, count: number, path: string): Float64Array {
  const numbers = list(number())(value ?? [], path);
  if (numbers.length !== count) throw ShapeError.mismatch(path, [count], [numbers.length]);
  return Float64Array.from(numbers);
}
