/** One run of an experiment: a model of its own is made, trained and disposed. */

import { monitorDirection } from "../callbacks/callback.js";
import { seed as checkSeed, integer, isNumericArray, list } from "../check.js";
import type { ModelConfig } from "../config/model.js";
import type { MatrixLike } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import { ConfigError, DivergenceError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";
import type { History } from "../history.js";
import { Model } from "../model.js";
import { withCallback } from "./watch.js";

/** What a run came to. */
export interface Run {
  /** up to where it diverged, if it did */
  readonly history: History<string>;
  readonly error: DivergenceError | undefined;
  /** updates in an epoch */
  readonly stepsPerEpoch: number;
}

/** Trains a fresh model. A divergence is an outcome; any other error is thrown on. */
export async function train(config: ModelConfig, x: MatrixLike, y: Targets, options: FitOptions): Promise<Run> {
  const model = await Model.create<ModelConfig>(config);
  let stepsPerEpoch = 0;
  const watched = withCallback(options, {
    onTrainBegin: ({ params }) => {
      stepsPerEpoch = params.steps;
    },
  });
  try {
    return { history: await model.fit(x, y, watched), error: undefined, stepsPerEpoch };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    return { history: error.history as History<string>, error, stepsPerEpoch };
  } finally {
    model.dispose();
  }
}

/** Was it cut short by the experiment's signal? Then it does not count. */
export function isCut({ history }: Run): boolean {
  return history.stoppedBy === "signal";
}

/** Which number of the epochs' logs scores a run, and of which epoch. */
export interface Scoring {
  readonly monitor: string;
  readonly pick: "last" | "best";
}

/**
 * The score of a run. What diverged, or ended at a number that is not finite, has the worst there is: Infinity where low is
 * good, −Infinity where high is good.
 *
 * @throws ConfigError `CONFIG` if the logs have no such number
 */
export function scoreOf({ history, error }: Run, { monitor, pick }: Scoring, path: string): number {
  const highIsGood = monitorDirection(monitor, "auto") === "max";
  const worst = highIsGood ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (error !== undefined) return worst;
  const values = curveOf(history, monitor, path);
  const finite = values.filter(Number.isFinite);
  if (pick === "best") return finite.reduce((a, b) => (highIsGood ? Math.max(a, b) : Math.min(a, b)), worst);
  const last = values.at(-1) ?? Number.NaN;
  return Number.isFinite(last) ? last : worst;
}

/** The monitored number of each epoch. */
export function curveOf({ epochs }: History<string>, monitor: string, path: string): number[] {
  return epochs.map((logs) => {
    const value = (logs as Readonly<Record<string, number | undefined>>)[monitor];
    if (value !== undefined) return value;
    const isMissing = monitor.startsWith("val_") && logs.val_loss === undefined;
    const hint = isMissing ? "; give validationData or validationSplit" : "";
    throw new ConfigError(
      `${path}.monitor`,
      `no "${monitor}" is logged${hint}. Logged: ${Object.keys(logs).join(", ")}`,
    );
  });
}

/** Seeds as users give them: a list, or how many from the config's own on. */
export function readSeeds(value: unknown, first: number, path: string): readonly number[] {
  if (Array.isArray(value) || isNumericArray(value)) return list(checkSeed, { minLength: 1 })(value, path);
  const count = integer({ min: 1, max: 2 ** 16 })(value, path);
  return Array.from({ length: count }, (_, i) => (first + i) % 2 ** 32);
}
