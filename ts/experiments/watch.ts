/** How experiments are watched and stopped. */

import type { Callback } from "../callbacks/callback.js";
import { callable, show } from "../check.js";
import { ConfigError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";

/** What `onProgress` is told. */
export interface Progress {
  /** how much is done, with the share of the run under way; it never falls, and ends at `total` unless stopped */
  readonly done: number;
  readonly total: number;
  /** what is under way, for a line of text */
  readonly name: string;
}

/** Options by which every experiment can be watched and stopped. */
export interface Watch<P extends Progress = Progress> {
  /** called while it runs, about every 8 ms; what it throws ends the experiment */
  readonly onProgress?: (progress: P) => unknown;
  /** stops the experiment: it resolves with what is finished by then, and says `stoppedBy: "signal"` */
  readonly signal?: AbortSignal;
}

/** Refuses a wrong `onProgress` or `signal` before anything begins. */
export function checkWatch({ onProgress, signal }: Readonly<Record<string, unknown>>, path: string): void {
  if (onProgress !== undefined) callable("a function")(onProgress, `${path}.onProgress`);
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.aborted !== "boolean") {
    throw new ConfigError(`${path}.signal`, `expected an AbortSignal, got ${show(signal)}`);
  }
}

/** The options with one callback more, called after the user's. */
export function withCallback(options: FitOptions, callback: Callback): FitOptions {
  const { callbacks = [] } = options;
  // What is no list, `fit` refuses.
  return Array.isArray(callbacks) ? { ...options, callbacks: [...callbacks, callback] } : options;
}

/** Counts the runs of an experiment, and tells how far it is. */
export class Tracker {
  readonly #total: number;
  readonly #onProgress: Watch["onProgress"];
  #done = 0;

  constructor(total: number, onProgress: Watch["onProgress"]) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  /** The options of `fit` for the run `name`, with a callback that tells its progress. */
  watch(options: FitOptions, name: string): FitOptions {
    if (this.#onProgress === undefined) return options;
    return withCallback(options, {
      onProgress: (batch, { epoch = 0 }, { params }) => {
        const { epochs, steps, initialEpoch = 0 } = params;
        const share = (epoch - initialEpoch + (batch + 1) / steps) / (epochs - initialEpoch);
        if (share < 1) this.#tell(this.#done + share, name);
      },
    });
  }

  /** A run is finished, whether it trained all its epochs or not. */
  finish(name: string): void {
    this.#done += 1;
    this.#tell(this.#done, name);
  }

  #tell(done: number, name: string): void {
    this.#onProgress?.({ done, total: this.#total, name });
  }
}
