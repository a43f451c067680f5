/**
 * The table of optimizers, as plain data. Notation: g gradient, θ parameters, η learning rate, λ weight decay,
 * t = 1, 2, … updates. Equations and what differs elsewhere stand with each factory, in a file of its own; the rules
 * themselves in `crates/nn/src/optim/`. What knows a single optimizer imports its file; what must read any imports this.
 */

import type { Family, Typed, TypeOf } from "../../check.js";
import { namesOf, nesting, readConfig } from "../../check.js";
import { type AdabeliefConfig, adabeliefRow } from "./adabelief.js";
import { type AdadeltaConfig, adadeltaRow } from "./adadelta.js";
import { type AdafactorConfig, adafactorRow } from "./adafactor.js";
import { type AdagradConfig, adagradRow } from "./adagrad.js";
import { type AdamConfig, type AdamwConfig, adamRow, adamwRow } from "./adam.js";
import { type AdamaxConfig, adamaxRow } from "./adamax.js";
import { type AdanConfig, adanRow } from "./adan.js";
import { type AsgdConfig, asgdRow } from "./asgd.js";
import { type LambConfig, lambRow } from "./lamb.js";
import { type LarsConfig, larsRow } from "./lars.js";
import { type LbfgsConfig, lbfgsRow } from "./lbfgs.js";
import { type LionConfig, lionRow } from "./lion.js";
import { type MuonConfig, muonRow } from "./muon.js";
import { type NadamConfig, nadamRow } from "./nadam.js";
import { inside, type Part, type WrapperConfig, wrapperRows } from "./nesting.js";
import { type ProdigyConfig, prodigyRow } from "./prodigy.js";
import { type RadamConfig, radamRow } from "./radam.js";
import { type RmspropConfig, rmspropRow } from "./rmsprop.js";
import { type RpropConfig, rpropRow } from "./rprop.js";
import { type ScheduleFreeAdamWConfig, scheduleFreeAdamWRow } from "./schedule-free.js";
import { type SgdConfig, sgd, sgdRow } from "./sgd.js";

import { type OptimizerRow, presetNames, settingsOf } from "./shared.js";

import { type YogiConfig, yogiRow } from "./yogi.js";

/** The whole config of a rule. */
export type RuleConfig =
  | SgdConfig
  | AdagradConfig
  | RmspropConfig
  | AdamConfig
  | AdamwConfig
  | AdadeltaConfig
  | AdamaxConfig
  | NadamConfig
  | RadamConfig
  | LionConfig
  | LarsConfig
  | LambConfig
  | RpropConfig
  | AsgdConfig
  | AdabeliefConfig
  | YogiConfig
  | AdanConfig
  | ScheduleFreeAdamWConfig
  | ProdigyConfig
  | AdafactorConfig
  | MuonConfig;

/** The whole config of an optimizer: a rule, rules inside one another, or `lbfgs`, which takes several gradients an update. */
export type OptimizerConfig = RuleConfig | WrapperConfig | LbfgsConfig;

/** The name of an optimizer. */
export type OptimizerName = TypeOf<OptimizerConfig>;

/** What a model takes as optimizer: a name, or a config such as `adam({ learningRate: 0.01 })`. */
export type OptimizerLike = OptimizerName | OptimizerConfig;

/** In the order of the core's table (`crates/nn/src/optim/mod.rs`). */
const family: { readonly [T in TypeOf<RuleConfig>]: OptimizerRow<Extract<RuleConfig, Typed<T>>> } = {
  sgd: sgdRow,
  adagrad: adagradRow,
  rmsprop: rmspropRow,
  adam: adamRow,
  adamw: adamwRow,
  adadelta: adadeltaRow,
  adamax: adamaxRow,
  nadam: nadamRow,
  radam: radamRow,
  lion: lionRow,
  lars: larsRow,
  lamb: lambRow,
  rprop: rpropRow,
  asgd: asgdRow,
  adabelief: adabeliefRow,
  yogi: yogiRow,
  adan: adanRow,
  scheduleFreeAdamW: scheduleFreeAdamWRow,
  prodigy: prodigyRow,
  adafactor: adafactorRow,
  muon: muonRow,
};

/** Every rule. */
export const optimizerNames: readonly TypeOf<RuleConfig>[] = namesOf<RuleConfig>(family);

/** What trains by other optimizers. */
export const wrappers: Family<WrapperConfig> = wrapperRows(normalizeOptimizer);

/** `[count, (from, until, form, rule, λ, settings…)…]`, and for each part and tensor how it is treated. */
export function encodeParts(parts: readonly Part[]): { numbers: Float64Array; members: Uint8Array } {
  const numbers = [parts.length, ...parts.flatMap(({ config, from, until }) => [from, until, ...encodeRule(config)])];
  return { numbers: Float64Array.from(numbers), members: Uint8Array.from(parts.flatMap(({ members }) => members)) };
}

/** Whose form, the rule's place in the table, λ and the other settings. An average: how often, how far, and whether it sets θ; `sam`: how far. */
function encodeRule(config: Part["config"]): number[] {
  switch (config.type) {
    case "lookahead":
      return [0, average, 0, config.k, config.alpha, 1];
    case "ema":
      return [0, average, 0, 1, 1 - config.decay, 0];
    case "sam":
      return [0, uphill, 0, config.rho];
    case "lbfgs":
      // The core never makes its step: ts/lbfgs.ts does. It is told of a rule without state.
      return encodeRule(sgdConfig);
    default: {
      const row = family[config.type] as OptimizerRow<RuleConfig>;
      const form = config.preset === undefined ? 0 : 1 + presetNames.indexOf(config.preset);
      return [form, optimizerNames.indexOf(config.type), ...settingsOf(row, config)];
    }
  }
}

const sgdConfig = sgd();

/** `AVERAGE` and `SHARPNESS` of the core's table. */
const average = 100;
const uphill = 101;

/** The rule within it, if there is one, that needs the gradient of all data at each update. */
export function fullBatchRule(config: OptimizerConfig): string | undefined {
  const within = inside(config);
  if (within.length > 0) return within.map(fullBatchRule).find((name) => name !== undefined);
  if (config.type === "lbfgs") return config.type;
  return family[config.type as TypeOf<RuleConfig>].fullBatch && config.type;
}

const nest = nesting("optimizers");

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
  return nest(path, () => readConfig<OptimizerConfig>({ ...family, lbfgs: lbfgsRow, ...wrappers }, value, path));
}
