/** `plotHistory`: loss and metrics over the epochs, training beside validation. */

import { list, text } from "../check.js";
import { ConfigError } from "../errors.js";
import type { ScaleChoice } from "./axis.js";
import { drawPanel, type Panel, type Point } from "./chart.js";
import { type Box, type PlotOptions, picture, readLook, requireRecord } from "./frame.js";
import { describeLines, scaleChoice } from "./lines.js";
import { formatNumber, plural } from "./text.js";

/** What a plot reads of a history: `History` of `fit`, or of a `DivergenceError`. */
export interface HistoryLike {
  readonly epochs: readonly { readonly [name: string]: number | undefined }[];
}

/** Options of {@link plotHistory}. */
export interface HistoryOptions extends PlotOptions {
  /**
   * which quantities, a plot each: `loss`, metrics by their names, `learningRate`, `gradientNorm`, `durationMs`; default
   * the loss and all metrics
   */
  readonly quantities?: readonly string[];
  /** of the loss, the rate and the norm; `"auto"` (default) is logarithmic where all values are above 0 and the largest is 20 times the smallest */
  readonly scale?: ScaleChoice;
}

const bookkeeping = new Set(["epoch", "loss", "learningRate", "gradientNorm", "durationMs"]);
const units: Readonly<Record<string, string>> = {
  learningRate: "learning rate",
  gradientNorm: "gradient norm",
  durationMs: "duration (ms)",
};

/**
 * Loss and metrics over the epochs, the validation's dashed. Epochs count from 1 here: a value stands where its epoch ends.
 *
 * @returns an SVG document; one that says so where the history has no epoch
 * @throws ConfigError `CONFIG` for options, or for what is no history
 * @example
 * ```ts
 * const history = await model.fit(x, y, { epochs: 50, validationSplit: 0.2 });
 * await writeFile("history.svg", plotHistory(history));
 * ```
 */
export function plotHistory(history: HistoryLike, options?: HistoryOptions): string {
  const { look, given } = readLook(options, "plotHistory", ["quantities", "scale"]);
  requireRecord(history, "history", "a history as fit returns it", ["epochs"]);
  const epochs = list(readEpoch)(history.epochs, "history.epochs");
  const names =
    given.quantities === undefined ? quantitiesOf(epochs) : list(text)(given.quantities, "plotHistory.quantities");
  for (const name of given.quantities === undefined || epochs.length === 0 ? [] : names) {
    if (!epochs.some((epoch) => name in epoch)) {
      const known = [...new Set(epochs.flatMap(Object.keys))].filter(
        (key) => key !== "epoch" && !key.startsWith("val_"),
      );
      throw new ConfigError(
        "plotHistory.quantities",
        `the history has no ${JSON.stringify(name)}; it has ${known.join(", ")}`,
      );
    }
  }
  const scale = given.scale === undefined ? "auto" : scaleChoice(given.scale, "plotHistory.scale");
  const panels = names.map((name) => panelOf(name, epochs, scale));
  const columns = panels.length > 1 && look.width >= 600 ? 2 : 1;
  const rows = Math.ceil(panels.length / columns);
  const gap = 24;
  const draw = (box: Box): string => {
    const width = (box.width - gap * (columns - 1)) / columns;
    const height = (box.height - gap * (rows - 1)) / rows;
    return panels
      .map((panel, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        return drawPanel(panel, { x: box.x + column * (width + gap), y: box.y + row * (height + gap), width, height });
      })
      .join("");
  };
  const heading = {
    title: "Training history",
    subtitle: summaryOf(epochs),
    description: panels.map(describeLines).join(" ") || "The history has no epoch.",
  };
  const rowHeight = panels.length === 1 ? Math.max(220, look.width * 0.45) : 230;
  return picture(look, heading, (top) => top + rows * (rowHeight + gap), draw);
}

function readEpoch(value: unknown, path: string): { readonly [name: string]: number | undefined } {
  requireRecord(value, path, "an epoch of a history", ["epoch"]);
  return value as { readonly [name: string]: number | undefined };
}

function quantitiesOf(epochs: readonly object[]): readonly string[] {
  const metrics = new Set(epochs.flatMap(Object.keys).map((name) => name.replace(/^val_/, "")));
  return ["loss", ...[...metrics].filter((name) => !bookkeeping.has(name))];
}

function panelOf(
  name: string,
  epochs: readonly { readonly [name: string]: number | undefined }[],
  scale: ScaleChoice,
): Panel {
  const pointsOf = (key: string): Point[] =>
    epochs.map((epoch, i) => [(epoch.epoch ?? i) + 1, epoch[key] ?? Number.NaN] as const);
  const label = units[name] ?? name;
  const lines = [
    { name: "training", points: pointsOf(name) },
    { name: "validation", points: pointsOf(`val_${name}`), dashed: true },
  ].filter(({ points }, i) => i === 0 || points.some(([, value]) => !Number.isNaN(value)));
  return {
    x: { label: "epoch", scale: "linear", whole: true },
    y: { label, scale: bookkeeping.has(name) ? scale : "linear" },
    lines,
    empty: epochs.length === 0 ? "no epoch yet" : "no finite value",
  };
}

function summaryOf(epochs: readonly { readonly [name: string]: number | undefined }[]): string | undefined {
  const last = epochs.at(-1);
  if (last === undefined) return undefined;
  const parts = [plural(epochs.length, "epoch")];
  if (last.loss !== undefined) parts.push(`loss ${formatNumber(last.loss)}`);
  if (last.val_loss !== undefined) parts.push(`validation loss ${formatNumber(last.val_loss)}`);
  return parts.join(" · ");
}
