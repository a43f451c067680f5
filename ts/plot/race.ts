/** `plotRace`: optimizers side by side, each with a band over its seeds. */

import { list, oneOf, show, text } from "../check.js";
import { ConfigError } from "../errors.js";
import type { ScaleChoice } from "./axis.js";
import type { Line, Panel } from "./chart.js";
import { type PlotOptions, readLook, requireRecord } from "./frame.js";
import type { HistoryLike } from "./history.js";
import { describeLines, drawOne, scaleChoice } from "./lines.js";
import { plural } from "./text.js";

/** What a plot reads of the result of `compareOptimizers`: one of these for each optimizer. */
export interface Racer {
  readonly name: string;
  /** one for each seed; a run that diverged may be shorter, or missing */
  readonly histories: readonly HistoryLike[];
  /** the quantity that was compared */
  readonly monitor?: string;
}

/** Options of {@link plotRace}. */
export interface RaceOptions extends PlotOptions {
  /** which quantity of the epochs: `"loss"`, `"val_loss"`, a metric; default the one that `compareOptimizers` compared */
  readonly quantity?: string;
  /** `"auto"` (default) is logarithmic where all values are above 0 and the largest is 20 times the smallest */
  readonly scale?: ScaleChoice;
  /** what the band shows: one standard deviation around the mean (default), or from the lowest to the highest seed */
  readonly band?: "deviation" | "range" | "none";
}

/**
 * The mean over the seeds of each optimizer, epoch by epoch, in a band. An epoch that a seed did not reach, because it
 * diverged or stopped, is a mean over the others.
 *
 * @param results what `compareOptimizers` returned
 * @returns an SVG document
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * plotRace(await compareOptimizers(config, { sgd: sgd({ learningRate: 0.1 }), adam: adam() }, x, y, { epochs: 20 }));
 * ```
 */
export function plotRace(results: readonly Racer[], options?: RaceOptions): string {
  const { look, given } = readLook(options, "plotRace", ["quantity", "scale", "band"]);
  const scale = given.scale === undefined ? "auto" : scaleChoice(given.scale, "plotRace.scale");
  const kind =
    given.band === undefined ? "deviation" : oneOf(["deviation", "range", "none"])(given.band, "plotRace.band");
  const racers = list(readRacer)(results, "results");
  const quantity = text(given.quantity ?? racers[0]?.monitor ?? "loss", "plotRace.quantity");
  const seeds = Math.max(0, ...racers.map(({ histories }) => histories.length));
  const panel: Panel = {
    x: { label: "epoch", scale: "linear", whole: true },
    y: { label: quantity, scale },
    lines: racers.map((racer) => lineOf(racer, quantity, kind)),
    empty: `no ${quantity} to show`,
  };
  const band = { deviation: "band: one standard deviation", range: "band: lowest to highest", none: "" }[kind];
  return drawOne(look, panel, {
    title: `Optimizers compared: ${quantity}`,
    subtitle:
      seeds > 1 ? [`mean of ${plural(seeds, "seed")}`, band].filter((part) => part !== "").join(" · ") : undefined,
    description: describeLines(panel),
  });
}

function readRacer(value: unknown, path: string): Racer {
  requireRecord(value, path, "a result of compareOptimizers: { name, histories }", ["name", "histories"]);
  const { name, histories, monitor } = value as Racer;
  return {
    name: text(name, `${path}.name`),
    ...(monitor === undefined ? {} : { monitor: text(monitor, `${path}.monitor`) }),
    histories: list((history, place): HistoryLike => {
      requireRecord(history, place, "a history", ["epochs"]);
      const { epochs } = history as HistoryLike;
      if (!Array.isArray(epochs)) throw new ConfigError(`${place}.epochs`, `expected an array, got ${show(epochs)}`);
      return { epochs };
    })(histories, `${path}.histories`),
  };
}

function lineOf({ name, histories }: Racer, quantity: string, kind: "deviation" | "range" | "none"): Line {
  const columns = new Map<number, number[]>();
  for (const { epochs } of histories) {
    epochs.forEach((epoch, i) => {
      const value = epoch[quantity];
      if (value === undefined || !Number.isFinite(value)) return;
      const at = (epoch.epoch ?? i) + 1;
      columns.set(at, [...(columns.get(at) ?? []), value]);
    });
  }
  const summary = [...columns]
    .sort(([a], [b]) => a - b)
    .map(([at, values]) => {
      const mean = values.reduce((sum, value) => sum + value / values.length, 0);
      const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const deviation = values.length > 1 ? Math.sqrt(square / (values.length - 1)) : 0;
      const [low, high] =
        kind === "range" ? [Math.min(...values), Math.max(...values)] : [mean - deviation, mean + deviation];
      return { at, mean, low, high };
    });
  const points = summary.map(({ at, mean }) => [at, mean] as const);
  const hasBand = kind !== "none" && histories.length > 1;
  return { name, points, ...(hasBand ? { band: summary.map(({ at, low, high }) => [at, low, high] as const) } : {}) };
}
