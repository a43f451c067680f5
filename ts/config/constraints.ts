/** Constraints: what a kernel or bias is brought back to after each update (Keras' constraints). */

import type { Complete, Family, Typed, TypeOf } from "../check.js";
import { field, number, readConfig, readFactory, required } from "../check.js";
import { ConfigError } from "../errors.js";

/** Options of {@link maxNorm}. */
export interface MaxNormOptions {
  /** the largest norm of a unit's weights, > 0; default 2, as in Keras */
  maxValue?: number;
}
/** Options of {@link valueRange}. */
export interface ValueRangeOptions {
  /** the lowest value */
  min: number;
  /** the highest value, >= min */
  max: number;
}

export type MaxNormConfig = Complete<"maxNorm", MaxNormOptions>;
export type UnitNormConfig = Typed<"unitNorm">;
export type NonNegativeConfig = Typed<"nonNegative">;
export type ValueRangeConfig = Complete<"valueRange", ValueRangeOptions>;

/** The whole config of a constraint. */
export type ConstraintConfig = MaxNormConfig | UnitNormConfig | NonNegativeConfig | ValueRangeConfig;

/** The name of a constraint. */
export type ConstraintName = TypeOf<ConstraintConfig>;

/** What a layer takes as constraint: a config, or a name, which means the factory's defaults. */
export type Constraint = ConstraintConfig | Exclude<ConstraintName, "valueRange">;

// Weights are 32-bit floats: the end of a range must be one, too.
const largest = 3.4028234663852886e38;
const end = required(number({ min: -largest, max: largest }));
const family: Family<ConstraintConfig> = {
  maxNorm: { fields: { maxValue: field(number({ above: 0 }), 2) } },
  unitNorm: { fields: {} },
  nonNegative: { fields: {} },
  valueRange: {
    fields: { min: end, max: end },
    finish: (config, path) => {
      if (config.min > config.max)
        throw new ConfigError(path, `expected min <= max, got ${config.min} and ${config.max}`);
      return config;
    },
  },
};

/**
 * The whole frozen config of a constraint given by name or config.
 *
 * @throws ConfigError `CONFIG`, starting with `path`
 * @example
 * ```ts
 * normalizeConstraint("maxNorm", "layers[0].kernelConstraint"); // { type: "maxNorm", maxValue: 2 }
 * ```
 */
export function normalizeConstraint(value: unknown, path: string): ConstraintConfig {
  return readConfig(family, value, path);
}

/**
 * w·min(1, maxValue/‖w‖) for the weights w of each unit: of a column of a kernel, of a bias as a whole (Srebro 2005;
 * Srivastava 2014).
 *
 * @param options the largest norm; a number stands for `maxValue`
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(64, { activation: "relu", kernelConstraint: maxNorm(3) });
 * ```
 */
export function maxNorm(options: number | MaxNormOptions = {}): MaxNormConfig {
  return readFactory(family, "maxNorm", typeof options === "number" ? { maxValue: options } : options);
}

/**
 * w/‖w‖ for the weights w of each unit; one of zeros stays.
 *
 * @example
 * ```ts
 * dense(8, { kernelConstraint: unitNorm() });
 * ```
 */
export function unitNorm(): UnitNormConfig {
  return readFactory(family, "unitNorm", undefined);
}

/**
 * 0 for each weight below 0.
 *
 * @example
 * ```ts
 * dense(1, { kernelConstraint: nonNegative() });
 * ```
 */
export function nonNegative(): NonNegativeConfig {
  return readFactory(family, "nonNegative", undefined);
}

/**
 * Weight clipping: each weight held within min … max (Arjovsky 2017).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * dense(1, { kernelConstraint: valueRange({ min: -0.01, max: 0.01 }) });
 * ```
 */
export function valueRange(options: ValueRangeOptions): ValueRangeConfig {
  return readFactory(family, "valueRange", options);
}
