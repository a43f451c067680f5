/** Rules inside one another: their configs, and the list of parts that they become for the core. */

import type { Check, Family, Typed } from "../../check.js";
import { field, integer, list, number, required, show, text } from "../../check.js";
import { matchNames } from "../../core/names.js";
import { ConfigError } from "../../errors.js";
import { adam } from "./adam.js";
import type { OptimizerConfig, RuleConfig } from "./index.js";
import type { LbfgsConfig } from "./lbfgs.js";
import { decay, patterns } from "./shared.js";

export interface LookaheadConfig extends Typed<"lookahead"> {
  readonly optimizer: OptimizerConfig;
  readonly k: number;
  readonly alpha: number;
}
export interface EmaConfig extends Typed<"ema"> {
  readonly optimizer: OptimizerConfig;
  readonly decay: number;
}
export interface SamConfig extends Typed<"sam"> {
  readonly optimizer: OptimizerConfig;
  readonly rho: number;
}
export interface SwitchAtConfig extends Typed<"switchAt"> {
  readonly step: number;
  readonly first: OptimizerConfig;
  readonly second: OptimizerConfig;
}
export interface PerParameterConfig extends Typed<"perParameter"> {
  readonly rules: readonly (readonly [pattern: string | readonly string[], optimizer: OptimizerConfig])[];
}

/** The config of what trains by other optimizers. */
export type WrapperConfig = LookaheadConfig | EmaConfig | SamConfig | SwitchAtConfig | PerParameterConfig;

/** The rows of the wrappers. `read` reads what stands inside. */
export function wrapperRows(read: Check<OptimizerConfig>): Family<WrapperConfig> {
  const inner: Check<OptimizerConfig> = (value, path) => {
    const config = read(value, path);
    if (config.type !== "lbfgs") return config;
    throw new ConfigError(path, "lbfgs moves all parameters along one line and stands alone; change to it by compile");
  };
  const wholeNumber = integer({ min: 1, max: 2 ** 32 - 1 });
  const rule: Check<PerParameterConfig["rules"][number]> = (value, path) => {
    if (!Array.isArray(value) || value.length !== 2)
      throw new ConfigError(path, `expected [pattern, optimizer], got ${show(value)}`);
    const [pattern, optimizer] = value;
    const check = typeof pattern === "string" ? text : patterns;
    return Object.freeze([check(pattern, `${path}[0]`), inner(optimizer, `${path}[1]`)] as const);
  };
  return {
    lookahead: {
      fields: {
        optimizer: required(inner),
        k: field(wholeNumber, 5),
        alpha: field(number({ above: 0, max: 1 }), 0.5),
      },
      finish: (config, path) => {
        refuse(config, path, "lookahead", "two would pull the weights to different places; keep one");
        refuse(config, path, "ema", "it would not see where lookahead sets the weights; write ema(lookahead(…))");
        return config;
      },
    },
    ema: {
      fields: { optimizer: field(inner, adam()), decay: field(decay, 0.999) },
      finish: (config, path) => {
        refuse(config, path, "ema", "only one average can be evaluated; keep one");
        return config;
      },
    },
    sam: {
      fields: { optimizer: required(inner), rho: field(number({ above: 0 }), 0.05) },
      finish: (config, path) => {
        refuse(config, path, "sam", "the gradient is taken at one other point; keep one");
        return config;
      },
    },
    switchAt: {
      fields: { step: required(wholeNumber), first: required(inner), second: required(inner) },
      finish: (config, path) => {
        refuseLate(config.first, 0, config.step, `${path}.first`);
        return config;
      },
    },
    perParameter: {
      fields: { rules: required(list(rule, { minLength: 1 })) },
      finish: (config, path) => {
        config.rules.forEach(([, optimizer], i) => {
          refuse(
            { ...config, optimizer },
            `${path}.rules[${i}][1]`,
            "sam",
            "it moves all parameters; write sam(perParameter(…))",
          );
        });
        return config;
      },
    },
  };
}

/** The same with `change` of each optimizer directly inside; a rule, which has none, as it is. */
export function withInside(
  config: OptimizerConfig,
  change: (inner: OptimizerConfig) => OptimizerConfig,
): OptimizerConfig {
  switch (config.type) {
    case "lookahead":
    case "ema":
    case "sam":
      return { ...config, optimizer: change(config.optimizer) };
    case "switchAt":
      return { ...config, first: change(config.first), second: change(config.second) };
    case "perParameter":
      return { ...config, rules: config.rules.map(([pattern, inner]) => [pattern, change(inner)] as const) };
    default:
      return config;
  }
}

/** The optimizers directly inside. */
export function inside(config: OptimizerConfig): readonly OptimizerConfig[] {
  const found: OptimizerConfig[] = [];
  withInside(config, (inner) => {
    found.push(inner);
    return inner;
  });
  return found;
}

/** Calls `look` with an optimizer and all within it. */
function find(config: OptimizerConfig, look: (within: OptimizerConfig) => void): void {
  look(config);
  for (const each of inside(config)) find(each, look);
}

type Around = { readonly type: string; readonly optimizer: OptimizerConfig };

function refuse(config: Around, path: string, type: OptimizerConfig["type"], why: string): void {
  find(config.optimizer, (within) => {
    if (within.type === type) throw new ConfigError(path, `expected no ${type} inside ${config.type}: ${why}`);
  });
}

/** Refuses a switch, counted from update `from`, that does not come before `until`. */
function refuseLate(config: OptimizerConfig, from: number, until: number, path: string): void {
  if (config.type === "switchAt" && from + config.step >= until)
    throw new ConfigError(path, `a switch after ${from + config.step} updates never comes: it makes only ${until}`);
  for (const each of inside(config)) {
    const later = config.type === "switchAt" && each === config.second ? config.step : 0;
    refuseLate(each, from + later, until, path);
  }
}

/** ρ of the `sam` that is in charge of update `step`, counted from 0; 0 without one. */
export function radiusAt(config: OptimizerConfig, step: number): number {
  if (config.type === "sam") return config.rho;
  if (config.type === "switchAt")
    return step < config.step ? radiusAt(config.first, step) : radiusAt(config.second, step - config.step);
  return Math.max(0, ...inside(config).map((each) => radiusAt(each, step)));
}

/** Is there a `sam` in it? */
export function looksUphill(config: OptimizerConfig): boolean {
  return config.type === "sam" || inside(config).some(looksUphill);
}

/** A rule, or what works on those of other parts: an average of what they train, or the look uphill; with the updates and the tensors it works on. */
export interface Part {
  readonly config: RuleConfig | LbfgsConfig | LookaheadConfig | EmaConfig | SamConfig;
  /** the first update it makes, counted from 0 */
  readonly from: number;
  /** the first it no longer makes */
  readonly until: number;
  /** for each tensor: 0 it is none of its own, 1 it has no weight decay, 2 it has */
  readonly members: readonly number[];
}

/**
 * The parts of an optimizer, what is inside before what is around it.
 *
 * @param tensors that it trains
 * @throws ConfigError `CONFIG` for a pattern that picks nothing, or a tensor that no pattern of `perParameter` picks
 */
export function partsOf(
  optimizer: OptimizerConfig,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  at = "optimizer",
): readonly Part[] {
  const names = tensors.map(({ name }) => name);
  const parts: Part[] = [];
  const pick = (wanted: string | readonly string[], mine: readonly boolean[], path: string): boolean[] => {
    const picked = matchNames(
      wanted,
      names.filter((_, i) => mine[i]),
      path,
    );
    let next = 0;
    return mine.map((is) => is && picked[next++] === true);
  };
  const add = (config: OptimizerConfig, path: string, from: number, until: number, mine: readonly boolean[]): void => {
    switch (config.type) {
      case "lookahead":
      case "ema":
      case "sam":
        add(config.optimizer, `${path}.optimizer`, from, until, mine);
        parts.push({ config, from, until, members: mine.map((is) => (is ? 2 : 0)) });
        return;
      case "switchAt":
        add(config.first, `${path}.first`, from, from + config.step, mine);
        add(config.second, `${path}.second`, from + config.step, until, mine);
        return;
      case "perParameter": {
        const left = [...mine];
        config.rules.forEach(([pattern, each], i) => {
          const own = pick(pattern, mine, `${path}.rules[${i}][0]`).map((is, tensor) => is && left[tensor] === true);
          if (!own.includes(true))
            throw new ConfigError(
              `${path}.rules[${i}][0]`,
              `all that ${show(pattern)} picks is taken by rules before it`,
            );
          own.forEach((is, tensor) => {
            if (is) left[tensor] = false;
          });
          add(each, `${path}.rules[${i}][1]`, from, until, own);
        });
        const forgotten = names.filter((_, i) => left[i]);
        if (forgotten.length > 0)
          throw new ConfigError(
            `${path}.rules`,
            `no pattern picks ${forgotten.slice(0, 8).join(", ")}; add a last rule ["**", …] for the rest`,
          );
        return;
      }
      case "lbfgs":
        parts.push({ config, from, until, members: mine.map((is) => (is ? 1 : 0)) });
        return;
      default: {
        const excluded = pick(config.excludeFromDecay, mine, `${path}.excludeFromDecay`);
        const push = (config: RuleConfig, of: readonly boolean[], without: readonly boolean[]) => {
          const members = of.map((is, i) => (is ? (without[i] ? 1 : 2) : 0));
          if (of.includes(true)) parts.push({ config, from, until, members });
        };
        if (config.type !== "muon") {
          push(config, mine, excluded);
          return;
        }
        const kernels = mine.map((is, i) => is && tensors[i]?.shape.length === 2);
        const others = mine.map((is, i) => is && !kernels[i]);
        const own = pick(config.adamw.excludeFromDecay, others, `${path}.adamw.excludeFromDecay`);
        push(config, kernels, excluded);
        push(
          config.adamw,
          others,
          excluded.map((is, i) => is || own[i] === true),
        );
      }
    }
  };
  add(
    optimizer,
    at,
    0,
    Number.POSITIVE_INFINITY,
    names.map(() => true),
  );
  return parts;
}
