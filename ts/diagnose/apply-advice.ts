/** Advice applied to a configuration. */

import { isRecord, show } from "../check.js";
import type { ModelConfig } from "../config/model.js";
import { type Advice, ConfigError } from "../errors.js";

/**
 * The configuration with what the advice changes, ready for `Model.create`; the one given stays as it is. Several pieces
 * are applied in order, a later one over an earlier one.
 *
 * @param advice from a `GradientReport` or a `DivergenceError`
 * @throws ConfigError `CONFIG` for what is no advice or no configuration
 * @example
 * ```ts
 * const [first] = model.diagnose(x, y).advice;
 * const better = first && (await Model.create(applyAdvice(config, first)));
 * ```
 */
export function applyAdvice(config: ModelConfig, advice: Advice | readonly Advice[]): ModelConfig {
  const given: unknown = config;
  if (!isRecord(given) || !Array.isArray(given.layers))
    throw new ConfigError("config", `expected what Model.create took, got ${show(given)}`);
  const all: readonly unknown[] = Array.isArray(advice) ? advice : [advice];
  const changes = all.map((each, i) => {
    if (isRecord(each) && isRecord(each.change)) return each.change;
    const path = Array.isArray(advice) ? `advice[${i}]` : "advice";
    const hint = each === undefined ? "; a healthy report has none" : "";
    throw new ConfigError(path, `expected one of report.advice, with a change, got ${show(each)}${hint}`);
  });
  return Object.assign({ ...config }, ...changes);
}
