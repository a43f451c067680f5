/** An optimizer at a lower rate. */

import type { OptimizerConfig } from "../config/optimizers/index.js";

/**
 * The same optimizer, every rule inside it at `factor` times its rate. A schedule becomes the constant `now · factor`: what
 * is too high must fall at once, and how a schedule of one's own goes on from there is not for us to say.
 */
export function slower(optimizer: OptimizerConfig, factor: number, now: number): OptimizerConfig {
  const inside = (inner: OptimizerConfig) => slower(inner, factor, now);
  switch (optimizer.type) {
    case "lookahead":
    case "ema":
    case "sam":
      return { ...optimizer, optimizer: inside(optimizer.optimizer) };
    case "switchAt":
      return { ...optimizer, first: inside(optimizer.first), second: inside(optimizer.second) };
    case "perParameter":
      return { ...optimizer, rules: optimizer.rules.map(([pattern, inner]) => [pattern, inside(inner)] as const) };
    default: {
      const { learningRate } = optimizer;
      // 12 digits: 0.1 · 0.3 is 0.03, not 0.030000000000000002.
      const rate = Number(((typeof learningRate === "number" ? learningRate : now) * factor).toPrecision(12));
      const changed = { ...optimizer, learningRate: rate };
      return changed.type === "muon" ? { ...changed, adamw: inside(changed.adamw) as typeof changed.adamw } : changed;
    }
  }
}
