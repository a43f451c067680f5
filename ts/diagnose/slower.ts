/** An optimizer at a lower rate. */

import type { OptimizerConfig } from "../config/optimizers/index.js";
import { withInside } from "../config/optimizers/nesting.js";

/**
 * The same optimizer, every rule inside it at `factor` times its rate. A schedule becomes the constant `now · factor`: what
 * is too high must fall at once, and how a schedule of one's own goes on from there is not for us to say.
 */
export function slower(optimizer: OptimizerConfig, factor: number, now: number): OptimizerConfig {
  const inside = (inner: OptimizerConfig) => slower(inner, factor, now);
  if (!("learningRate" in optimizer)) return withInside(optimizer, inside);
  const { learningRate } = optimizer;
  // 12 digits: 0.1 · 0.3 is 0.03, not 0.030000000000000002.
  const rate = Number(((typeof learningRate === "number" ? learningRate : now) * factor).toPrecision(12));
  const changed = { ...optimizer, learningRate: rate };
  return changed.type === "muon" ? { ...changed, adamw: inside(changed.adamw) as typeof changed.adamw } : changed;
}
