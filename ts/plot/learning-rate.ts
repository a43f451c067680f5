/** `plotLearningRate`: the range test; `plotSchedule`: the rates to come. */

import { callable, integer, isNumericArray, isRecord, number, show } from "../check.js";
import { initialState, normalizeSchedule, observe, rateAt, type ScheduleConfig } from "../config/schedules.js";
import { ConfigError } from "../errors.js";
import { isPlottable, type ScaleChoice } from "./axis.js";
import type { Line, Marker, Panel } from "./chart.js";
import { type PlotOptions, readLook, requireRecord } from "./frame.js";
import { describeLines, drawOne, scaleChoice } from "./lines.js";
import { formatNumber, plural } from "./text.js";

/** What a plot reads of the result of `findLearningRate`. */
export interface LearningRateTestLike {
  readonly learningRates: ArrayLike<number>;
  /** of each rate */
  readonly losses: ArrayLike<number>;
  /** the loss of each batch before smoothing, drawn behind the losses */
  readonly batchLosses?: ArrayLike<number> | undefined;
  /** the rate to take, if there is one */
  readonly suggestion?: number | undefined;
}

/**
 * The loss over the learning rate of a range test, with the suggested rate. Where the loss runs away the picture ends.
 *
 * @param test what `findLearningRate` returned
 * @returns an SVG document
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * plotLearningRate(await findLearningRate(config, x, y));
 * ```
 */
export function plotLearningRate(test: LearningRateTestLike, options?: PlotOptions): string {
  const { look } = readLook(options, "plotLearningRate");
  requireRecord(test, "test", "a result of findLearningRate", ["learningRates", "losses"]);
  const rates = numbers(test.learningRates, "test.learningRates");
  const losses = numbers(test.losses, "test.losses");
  if (rates.length !== losses.length) {
    throw new ConfigError(
      "test.losses",
      `expected one for each of ${rates.length} learning rates, got ${losses.length}`,
    );
  }
  const batches = test.batchLosses === undefined ? undefined : numbers(test.batchLosses, "test.batchLosses");
  const { suggestion } = test;
  const hasSuggestion = typeof suggestion === "number" && isPlottable(suggestion) && suggestion > 0;
  const markers: Marker[] = hasSuggestion
    ? [{ x: suggestion, label: `suggestion ${formatNumber(suggestion, 3)}` }]
    : [];
  const clip = calmRange(losses);
  const panel: Panel = {
    x: { label: "learning rate (log scale)", scale: "log", include: hasSuggestion ? [suggestion] : [] },
    y: { label: "loss", scale: clip[0] > 0 && clip[1] > 100 * clip[0] ? "log" : "linear", clip },
    lines: [
      {
        name: batches === undefined ? "loss" : "smoothed",
        points: rates.map((rate, i) => [rate, losses[i] as number] as const),
      },
      ...(batches === undefined
        ? []
        : [
            {
              name: "batches",
              series: faint,
              isFaint: true,
              points: rates.map((rate, i) => [rate, batches[i] ?? Number.NaN] as const),
            },
          ]),
    ],
    markers,
    empty: "no finite loss",
  };
  return drawOne(look, panel, {
    title: "Learning-rate range test",
    subtitle: hasSuggestion ? undefined : "no suggestion: the loss never fell",
    description: `${describeLines(panel)} ${hasSuggestion ? `Suggested rate: ${formatNumber(suggestion, 3)}.` : "No rate suggested."}`,
  });
}

/** The grey one. */
const faint = 4;

/** From the lowest loss to as far above the first as it fell below it: beyond, it only runs away. */
function calmRange(losses: readonly number[]): readonly [number, number] {
  const there = losses.filter(isPlottable);
  const low = there.reduce((least, loss) => Math.min(least, loss), Number.POSITIVE_INFINITY);
  const high = there.reduce((most, loss) => Math.max(most, loss), Number.NEGATIVE_INFINITY);
  const first = there[0] ?? 0;
  const fall = first - low;
  return [low, fall > 0 ? Math.min(high, first + 0.5 * fall) : high];
}

function numbers(value: unknown, path: string): number[] {
  if (!Array.isArray(value) && !isNumericArray(value))
    throw new ConfigError(path, `expected an array of numbers, got ${show(value)}`);
  return Array.from(value as ArrayLike<unknown>, (element, i) => {
    if (typeof element !== "number") throw new ConfigError(`${path}[${i}]`, `expected a number, got ${show(element)}`);
    return element;
  });
}

/** What gives a learning rate to each update: a schedule, a function of the 0-based update, or the rates themselves. */
export type ScheduleLike = ScheduleConfig | ((step: number) => number) | ArrayLike<number>;

/** Options of {@link plotSchedule}. */
export interface ScheduleOptions extends PlotOptions {
  /** `"linear"` (default), `"log"`, or `"auto"` */
  readonly scale?: ScaleChoice;
  /** the loss of each update, for a schedule that watches it */
  readonly losses?: ArrayLike<number>;
}

/** More would take longer than anyone waits for a picture. */
const mostSteps = 10_000_000;

/**
 * The learning rate of each update.
 *
 * @param schedule one, or several by name to compare
 * @param steps how many updates; may be left out where the rates are given
 * @returns an SVG document
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * plotSchedule(warmup(cosineDecay({ initial: 0.1, steps: 900 }), { steps: 100 }), 1000);
 * plotSchedule({ cosine: cosineDecay({ initial: 0.1, steps: 1000 }), constant: constantRate(0.02) }, 1000);
 * ```
 */
export function plotSchedule(
  schedule: ScheduleLike | { readonly [name: string]: ScheduleLike },
  steps?: number,
  options?: ScheduleOptions,
): string {
  const { look, given } = readLook(options, "plotSchedule", ["scale", "losses"]);
  const count = steps === undefined ? undefined : integer({ min: 0, max: mostSteps })(steps, "steps");
  const losses = given.losses === undefined ? [] : numbers(given.losses, "plotSchedule.losses");
  const isOne = !isRecord(schedule) || typeof schedule.type === "string";
  const named = isOne ? { "learning rate": schedule as ScheduleLike } : (schedule as Record<string, ScheduleLike>);
  const lines = Object.entries(named).map(([name, one]): Line => {
    const rates = ratesOf(one, isOne ? "schedule" : `schedule.${name}`, count, losses);
    return { name, points: rates.map((rate, step) => [step, rate] as const) };
  });
  const length = Math.max(0, ...lines.map(({ points }) => points.length));
  const panel: Panel = {
    x: { label: "update", scale: "linear", whole: true, include: [length] },
    y: {
      label: "learning rate",
      scale: given.scale === undefined ? "linear" : scaleChoice(given.scale, "plotSchedule.scale"),
      ...(given.scale === undefined || given.scale === "linear" ? { include: [0] } : {}),
    },
    lines,
    empty: "no update to show",
  };
  return drawOne(look, panel, {
    title: isOne && isRecord(schedule) ? `Learning-rate schedule: ${String(schedule.type)}` : "Learning-rate schedule",
    subtitle: plural(length, "update"),
    description: describeLines(panel),
  });
}

function ratesOf(source: unknown, path: string, count: number | undefined, losses: readonly number[]): number[] {
  if (Array.isArray(source) || isNumericArray(source)) return numbers(source, path).slice(0, count);
  if (count === undefined) throw new ConfigError("steps", "must be given: how many updates to show");
  if (typeof source === "function") {
    const rate = callable<(step: number) => unknown>("a function")(source, path);
    return Array.from({ length: count }, (_, step) => number()(rate(step), `${path}(${step})`));
  }
  const config = normalizeSchedule(source, path);
  let state = initialState(config);
  return Array.from({ length: count }, (_, step) => {
    // A picture needs no more than the engine's own powers and cosines.
    const rate = rateAt(config, step, Math, state);
    const loss = losses[step];
    if (loss !== undefined) state = observe(config, state, loss, step + 1);
    return rate;
  });
}
