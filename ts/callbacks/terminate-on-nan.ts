/** Stops at a loss that is not finite. */

import type { Callback, Logs, Verdict } from "./callback.js";

/**
 * Ends the training after the first batch or epoch whose loss is NaN or infinite, as a stop, without an error. `fit`
 * guards against divergence by itself, more strictly: it puts the last finite weights back and rejects.
 *
 * @example
 * ```ts
 * await model.fit(x, y, { epochs: 10, callbacks: [terminateOnNaN()] });
 * ```
 */
export function terminateOnNaN(): Callback {
  const judge = (_index: number, logs: Logs): Verdict =>
    logs.loss !== undefined && !Number.isFinite(logs.loss) ? "stop" : undefined;
  return Object.freeze({ name: "terminateOnNaN", onBatchEnd: judge, onEpochEnd: judge });
}
