/**
 * The table of optimizers, as plain data. Notation: g gradient, θ parameters, η learning rate, λ weight decay,
 * t = 1, 2, … updates. Equations and what differs elsewhere stand with each factory, in a file of its own; the rules
 * themselves in `crates/nn/src/optim/`. What knows a single optimizer imports its file; what must read any imports this.
 */

import type { Typed, TypeOf } from "../../check.js";
import { namesOf, readConfig } from "../../check.js";
import { type AdagradConfig, adagradRow } from "./adagrad.js";
import { type AdamConfig, type AdamwConfig, adamRow, adamwRow } from "./adam.js";
import { type RmspropConfig, rmspropRow } from "./rmsprop.js";
import { type SgdConfig, sgdRow } from "./sgd.js";
import { type OptimizerRow, settingsOf } from "./shared.js";

export * from "./factories.js";

/** The whole config of an optimizer. */
export type OptimizerConfig = SgdConfig | AdagradConfig | RmspropConfig | AdamConfig | AdamwConfig;

/** The name of an optimizer. */
export type OptimizerName = TypeOf<OptimizerConfig>;

/** What a model takes as optimizer: a name, or a config such as `adam({ learningRate: 0.01 })`. */
export type OptimizerLike = OptimizerName | OptimizerConfig;

/** In the order of the core's table (`crates/nn/src/optim/mod.rs`). */
const family: { readonly [T in OptimizerName]: OptimizerRow<Extract<OptimizerConfig, Typed<T>>> } = {
  sgd: sgdRow,
  adagrad: adagradRow,
  rmsprop: rmspropRow,
  adam: adamRow,
  adamw: adamwRow,
};

/** Every optimizer. */
export const optimizerNames: readonly OptimizerName[] = namesOf<OptimizerConfig>(family);

/** The rule's place in the table and its settings. */
export function encodeOptimizer(config: OptimizerConfig): number[] {
  const row = family[config.type] as OptimizerRow<OptimizerConfig>;
  return [optimizerNames.indexOf(config.type), ...settingsOf(row, config)];
}

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
  return readConfig<OptimizerConfig>(family, value, path);
}
