import type { Complete, Row } from "../../check.js";
import { field, integer, oneOf, optional, readFactory } from "../../check.js";
import type { ScheduleConfig } from "../schedules.js";
import { amount, shared } from "./shared.js";

/** Options of {@link lbfgs}. */
export interface LbfgsOptions {
  /** η: the first step length that a search tries, a number >= 0 or a schedule; default 1 */
  learningRate?: number | ScheduleConfig;
  /** iterations of one update, each with a direction and a search along it, >= 1; default 20 */
  maxIterations?: number;
  /**
   * evaluations after which an update begins no other iteration, and its search ends, >= 1; default ⌊1.25 · maxIterations⌋,
   * and 25 for updates of one iteration
   */
  maxEvaluations?: number;
  /** an update ends where no number of the gradient is larger; default 1e-7 */
  toleranceGradient?: number;
  /** an update ends where neither a parameter nor the loss changed by more; default 1e-9 */
  toleranceChange?: number;
  /** pairs of steps and changes of the gradient that are remembered, >= 1; default 100 */
  historySize?: number;
  /** how far to go along a direction: to where the strong Wolfe conditions hold, or always η (`"none"`); default `"strongWolfe"` */
  lineSearch?: "strongWolfe" | "none";
}
export type LbfgsConfig = Complete<"lbfgs", LbfgsOptions>;

const { learningRate } = shared(1);
const count = integer({ min: 1, max: 2 ** 31 - 1 });

/** For an update of one iteration. torch's ⌊1.25 · 1⌋ leaves its search none but the first trial, and it may stand still. */
const oneSearch = 25;

export const lbfgsRow: Row<LbfgsConfig> = {
  fields: {
    learningRate,
    maxIterations: field(count, 20),
    maxEvaluations: optional(count),
    toleranceGradient: field(amount, 1e-7),
    toleranceChange: field(amount, 1e-9),
    historySize: field(integer({ min: 1, max: 10_000 }), 100),
    lineSearch: field<LbfgsConfig["lineSearch"]>(
      oneOf<LbfgsConfig["lineSearch"]>(["strongWolfe", "none"]),
      "strongWolfe",
    ),
  },
  finish: (config) => ({
    ...config,
    maxEvaluations:
      config.maxEvaluations ?? (config.maxIterations === 1 ? oneSearch : Math.floor((config.maxIterations * 5) / 4)),
  }),
};

/**
 * Limited-memory BFGS (Nocedal 1980; Liu & Nocedal 1989) as `torch.optim.LBFGS` with `line_search_fn="strong_wolfe"`, for
 * functions without noise: `minimize`, and models on all their data at once (`fit` refuses smaller batches).
 *
 * From the last `historySize` steps s and changes y of the gradient it forms d ≈ −H·g, H the inverse of the curvature, and
 * searches along d from η on, by cubic interpolation, until the value fell by 1e-4·t·gᵀd and the slope to 0.9 of gᵀd (Moré &
 * Thuente's conditions, minFunc's search). The first direction is −g, its first length min(1, 1/Σ|g|)·η.
 *
 * One update is up to `maxIterations` iterations and evaluates the gradient about `maxEvaluations` times, with the same masks
 * of dropout; the loss told is that before the update. A trial point where the loss is not finite counts as infinitely high.
 * torch's default is no search: `lineSearch: "none"`. No weight decay (write an l2 regularizer, which is part of the loss), no gradient
 * transforms, no constraints, nothing around it, no bare `Optimizer`, which has nobody to ask. In `minimize` all numbers are
 * f64; in a model f32, dot products f64. What it remembers is saved, and forgotten when parameters are set, frozen or pruned, or layers change.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * await model.fit(x, y, { epochs: 10, batchSize: "full" }); // of a model with optimizer: lbfgs()
 * ```
 */
export function lbfgs(options: LbfgsOptions = {}): LbfgsConfig {
  return readFactory({ lbfgs: lbfgsRow }, "lbfgs", options);
}
