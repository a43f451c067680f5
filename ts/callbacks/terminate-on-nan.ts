/** Stops at a loss that is not finite. */

import type { Callback, Logs, Verdict } from "./callback.js";

/**
 * Ends the training after the first epoch whose loss, or validation loss, is NaN or infinite, as a stop, without an error.
 * `fit` guards against divergence by itself, more strictly: it puts the last finite weights back and rejects.
 *
 * @example
 * ```ts
 * await model.fit(x, y, { epochs: 10, validationSplit: 0.1, callbacks: [terminateOnNaN()] });
 * ```
 */
export function terminateOnNaN(): Callback {
  const isBad = (loss: number | undefined) => loss !== undefined && !Number.isFinite(loss);
  const onEpochEnd = (_epoch: number, logs: Logs): Verdict =>
    isBad(logs.loss) || isBad(logs.val_loss) ? "stop" : undefined;
  return Object.freeze({ name: "terminateOnNaN", onEpochEnd });
}
