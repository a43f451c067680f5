/** `plotGradientFlow`: what reaches which layer, now or over the training. */

import { list, oneOf } from "../check.js";
import { ConfigError } from "../errors.js";
import { chooseScale, isPlottable, makeAxis, type ScaleChoice } from "./axis.js";
import { drawCells, rampBar } from "./cells.js";
import type { Line, Panel } from "./chart.js";
import { type Box, type Look, nothing, type PlotOptions, picture, readLook, requireRecord } from "./frame.js";
import { describeLines, drawOne, scaleChoice } from "./lines.js";
import { element, group, px, textElement } from "./svg.js";
import { formatNumber, plural, shorten, textWidth } from "./text.js";
import { rampStep } from "./theme.js";

/** What a layer of a gradient report says: its name, and what it is where the name does not say it. */
const quantities = {
  gradientNorm: ["gradient norm", "RMS of ∂loss/∂output"],
  parameterGradientNorm: ["kernel gradient norm", "‖∂loss/∂kernel‖"],
  updateRatio: ["update ratio", "‖Δθ‖/‖θ‖"],
  activationMean: ["mean of the activations", ""],
  activationStd: ["standard deviation of the activations", ""],
  saturatedFraction: ["saturated share", "of outputs, 0 … 1"],
  deadFraction: ["dead share", "of units, 0 … 1"],
  weightNorm: ["weight norm", "‖kernel‖"],
} as const;

/** A number of each layer. */
export type FlowQuantity = keyof typeof quantities;

/** What a plot reads of a layer in a report. */
export type FlowLayer = { readonly name: string } & { readonly [Q in FlowQuantity]?: number | undefined };

/** What a plot reads of a `GradientReport`. */
export interface FlowReport {
  readonly layers: readonly FlowLayer[];
  readonly verdict?: string;
  readonly decayPerLayer?: number;
}

/** A report of one update, as `recordGradients` keeps them. */
export interface FlowRecord extends FlowReport {
  /** 0-based update */
  readonly step: number;
}

/** Options of {@link plotGradientFlow}. */
export interface GradientFlowOptions extends PlotOptions {
  /** default `"gradientNorm"` */
  readonly quantity?: FlowQuantity;
  /** `"auto"` (default) is logarithmic where the largest value is 20 times the smallest above 0 */
  readonly scale?: ScaleChoice;
}

/**
 * How much gradient reaches each layer: over the layers for one report, or for several by name (before and after a cure);
 * over layers and time, as a map, for the records of a training.
 *
 * @param source what `model.diagnose` returned, `{ name: report, … }`, or `recordGradients` and its records
 * @returns an SVG document
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * plotGradientFlow(model.diagnose(x, y));
 * plotGradientFlow({ sigmoid: before, "relu, He": after });
 * ```
 */
export function plotGradientFlow(
  source:
    | FlowReport
    | { readonly [name: string]: FlowReport }
    | readonly FlowRecord[]
    | { readonly records: readonly FlowRecord[] },
  options?: GradientFlowOptions,
): string {
  const { look, given } = readLook(options, "plotGradientFlow", ["quantity", "scale"]);
  const names = Object.keys(quantities) as FlowQuantity[];
  const quantity =
    given.quantity === undefined ? "gradientNorm" : oneOf(names)(given.quantity, "plotGradientFlow.quantity");
  const scale = given.scale === undefined ? "auto" : scaleChoice(given.scale, "plotGradientFlow.scale");
  requireRecord(source, "source", "a report, reports by name, or records", []);
  const records = "records" in source ? source.records : source;
  if (Array.isArray(records)) return overTime(look, list(readRecord)(records, "records"), quantity, scale);
  const reports = "layers" in source ? { "": source as FlowReport } : (source as Record<string, FlowReport>);
  const read = Object.entries(reports).map(([name, report]) => [name, readReport(report, name || "report")] as const);
  return overLayers(look, read, quantity, scale);
}

const expected = "a gradient report: { layers: [{ name, gradientNorm, … }] }";

function readReport(value: unknown, path: string): FlowReport {
  requireRecord(value, path, expected, ["layers"]);
  const report = value as FlowReport;
  list((layer, place) => {
    requireRecord(layer, place, "a layer of a gradient report", ["name"]);
    return layer;
  })(report.layers, `${path}.layers`);
  return report;
}

function readRecord(value: unknown, path: string): FlowRecord {
  const report = readReport(value, path) as FlowRecord;
  if (typeof report.step !== "number") throw new ConfigError(`${path}.step`, "expected the number of the update");
  return report;
}

const valuesOf = (report: FlowReport, quantity: FlowQuantity): number[] =>
  report.layers.map((layer) => layer[quantity] ?? Number.NaN);

/** Zeros, which a logarithm cannot show, do not speak against it here: nothing vanishes more. */
const flowScale = (choice: ScaleChoice, values: readonly number[]) =>
  chooseScale(choice, values.some((value) => value < 0) ? values : values.filter((value) => value > 0));

// ---- Over the layers -----------------------------------------------------------------------------------------------------

function overLayers(
  look: Look,
  reports: readonly (readonly [string, FlowReport])[],
  quantity: FlowQuantity,
  choice: ScaleChoice,
): string {
  const longest = reports.reduce(
    (most, [, { layers }]) => (layers.length > most.length ? layers : most),
    [] as readonly FlowLayer[],
  );
  // Networks of different lengths, such as one with normalisation layers in between, are compared from end to end.
  const isRagged = reports.some(([, { layers }]) => layers.length !== longest.length);
  const lines = reports.map(([name, report]): Line => {
    const numbers = valuesOf(report, quantity);
    const last = Math.max(1, numbers.length - 1);
    return { name, points: numbers.map((value, i) => [isRagged ? (100 * i) / last : i + 1, value] as const) };
  });
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const scale = flowScale(choice, values);
  const panel: Panel = {
    x: isRagged
      ? { label: "depth (%), from the first layer to the last", scale: "linear" }
      : {
          label: "layer, from the input to the output",
          scale: "linear",
          whole: true,
          names: longest.map(({ name }) => name),
        },
    y: { label: quantities[quantity][0], scale, ...(scale === "log" ? { marked: true } : {}) },
    lines,
    empty: "no layer to show",
  };
  const zeros = scale === "log" ? values.filter((value) => value === 0).length : 0;
  const notes = [
    ...definitionOf(quantity),
    ...(reports.length === 1 ? verdictOf(reports[0]?.[1]) : []),
    ...(zeros > 0 ? [`${plural(zeros, "value")} of exactly 0 not shown`] : []),
  ];
  return drawOne(look, panel, {
    title: `${titleOf(quantity)} over the layers`,
    subtitle: notes.join(" · ") || undefined,
    description: `${describeLines(panel)} ${notes.join(". ")}`.trim(),
  });
}

const definitionOf = (quantity: FlowQuantity): string[] =>
  quantities[quantity].filter((part, i) => i > 0 && part !== "");

/** The gradient norm over the layers is what "gradient flow" means. */
function titleOf(quantity: FlowQuantity): string {
  const [name] = quantities[quantity];
  return quantity === "gradientNorm" ? "Gradient flow" : name.charAt(0).toUpperCase() + name.slice(1);
}

function verdictOf(report: FlowReport | undefined): string[] {
  const decay = report?.decayPerLayer;
  return [
    ...(report?.verdict === undefined ? [] : [String(report.verdict)]),
    ...(typeof decay === "number" && isPlottable(decay)
      ? [`× ${formatNumber(decay, 3)} per layer towards the input`]
      : []),
  ];
}

// ---- Over layers and time ------------------------------------------------------------------------------------------------

/** More columns or rows than this are joined: pixels could not tell them apart. */
const [mostColumns, mostRows] = [160, 100];

function overTime(look: Look, records: readonly FlowRecord[], quantity: FlowQuantity, choice: ScaleChoice): string {
  const names = (records[0]?.layers ?? []).map(({ name }) => name);
  const values = records.flatMap((record) => valuesOf(record, quantity));
  const scale = flowScale(choice, values);
  const shown = values.filter((value) => isPlottable(value) && (scale === "linear" || value > 0));
  const at = scale === "log" ? Math.log10 : (value: number) => value;
  const low = shown.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = shown.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const span = at(high) - at(low);
  const columns = Math.min(mostColumns, records.length);
  const rows = Math.min(mostRows, names.length);
  const stepOf = (row: number, column: number): number | undefined => {
    const [fromRecord, toRecord] = part(column, columns, records.length);
    const [fromLayer, toLayer] = part(row, rows, names.length);
    let [sum, count, isZero] = [0, 0, false];
    for (let i = fromRecord; i < toRecord; i++) {
      for (let j = fromLayer; j < toLayer; j++) {
        const value = records[i]?.layers[j]?.[quantity] ?? Number.NaN;
        if (scale === "log" && value === 0) isZero = true;
        if (!isPlottable(value) || (scale === "log" && value <= 0)) continue;
        sum += at(value);
        count += 1;
      }
    }
    if (count === 0) return isZero ? 0 : undefined;
    return span === 0 ? rampStep(0.5) : rampStep((sum / count - at(low)) / span);
  };
  const steps = records.map(({ step }) => step);
  const [name] = quantities[quantity];
  const label = [`${name}${scale === "log" ? " (log scale)" : ""}`, ...definitionOf(quantity)].join(", ");
  const draw = (box: Box): string => {
    if (shown.length === 0) return nothing(box, "no record to show");
    const nameWidth = Math.min(0.25 * box.width, Math.max(...names.map((name) => textWidth(name))));
    const plot = {
      x: box.x + nameWidth + 10,
      y: box.y + 26,
      width: box.width - nameWidth - 24,
      height: box.height - 26 - 38,
    };
    const [first = 0, last = 0] = [steps[0], steps.at(-1)];
    const axis = makeAxis({
      scale: "linear",
      values: [first, last],
      from: plot.x,
      to: plot.x + plot.width,
      whole: true,
      tight: true,
    });
    const bottom = plot.y + plot.height;
    const every = Math.ceil((names.length * 15) / plot.height);
    const height = plot.height / names.length;
    const [lowText, highText] = [formatNumber(low, 2), formatNumber(high, 2)];
    return [
      textElement(box.x, box.y + 11, "layer", { class: "quiet" }),
      rampBar("h", "", lowText, highText, box.x + box.width, box.y),
      drawCells(rows, columns, plot, stepOf),
      group(
        "quiet e",
        ...names.map((name, i) =>
          i % every === 0 ? textElement(plot.x - 8, plot.y + (i + 0.5) * height + 4, shorten(name, nameWidth)) : "",
        ),
      ),
      element("path", {
        class: "axis",
        d: axis.ticks.map(({ value }) => `M${px(axis.place(value))} ${px(bottom)}v4`).join(""),
      }),
      group("quiet m", ...axis.ticks.map(({ value, label }) => textElement(axis.place(value), bottom + 18, label))),
      textElement(plot.x + plot.width / 2, box.y + box.height - 2, "update", { class: "quiet m" }),
    ].join("");
  };
  const about = `${plural(names.length, "layer")} over ${plural(records.length, "record")}`;
  const range = shown.length === 0 ? "" : ` From ${formatNumber(low, 3)} to ${formatNumber(high, 3)}.`;
  const heading = {
    title: `${titleOf(quantity)} over layers and time`,
    subtitle: label,
    description: `${label}: ${about}.${range}`,
  };
  return picture(look, heading, (top) => top + 12 + 80 + Math.max(140, Math.min(420, names.length * 20)), draw);
}

/** Which of `all` belong to part `i` of `parts`. */
const part = (i: number, parts: number, all: number): [number, number] => [
  Math.floor((i * all) / parts),
  Math.floor(((i + 1) * all) / parts),
];
