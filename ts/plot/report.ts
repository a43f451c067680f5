/** `report`: everything about a training on one page. */

import { options as checkOptions, isNumericArray, isRecord, list, oneOf, show, text } from "../check.js";
import { isMatrix, type Matrix, type MatrixLike, make, toMatrix } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import { ConfigError } from "../errors.js";
import { type Classifier, plotBoundary } from "./boundary.js";
import { plotConfusion } from "./confusion.js";
import { requireRecord } from "./frame.js";
import { type FlowQuantity, type FlowRecord, type FlowReport, plotGradientFlow } from "./gradient-flow.js";
import { type HistoryLike, plotHistory } from "./history.js";
import { type Landscape, plotLandscape } from "./landscape.js";
import { type LearningRateTestLike, plotLearningRate, plotSchedule, type ScheduleLike } from "./learning-rate.js";
import { bullets, details, figure, keyFigures, page, paragraph, preformatted, section, table } from "./page.js";
import { plotRace, type Racer } from "./race.js";
import { escapeText } from "./svg.js";
import { formatNumber } from "./text.js";
import type { Theme } from "./theme.js";

/** A model, as far as a report uses it. */
export interface ReportModel extends Classifier {
  predict(x: MatrixLike): Matrix;
  predictClasses(x: MatrixLike): Int32Array;
  evaluate(x: MatrixLike, y: Targets): { readonly [name: string]: number };
  diagnose?(x: MatrixLike, y: Targets): Diagnosis;
  summary(): string;
  toJSON(): unknown;
}

/** A gradient report with what `diagnose` says beyond numbers. */
export interface Diagnosis extends FlowReport {
  readonly findings?: readonly {
    readonly verdict: string;
    readonly severity: number;
    readonly layers: readonly string[];
  }[];
  readonly advice?: readonly {
    readonly remedy: string;
    readonly why: string;
    readonly paper: string;
    readonly change?: unknown;
  }[];
}

/** What goes into a {@link report} beside the history; each part makes a section of its own. */
export interface ReportOptions {
  /** default `"Training report"` */
  readonly title?: string;
  /** a paragraph under the title */
  readonly description?: string;
  /** default `"auto"` */
  readonly theme?: Theme;
  /**
   * data to judge the model by, which it best has not seen: loss and metrics, a diagnosis of the first 1000 rows, for classes
   * a confusion matrix, and for two features a decision boundary
   */
  readonly data?: readonly [x: MatrixLike, y: Targets];
  /** a name for each class */
  readonly classNames?: readonly string[];
  /** names of two features, for the axes of the boundary */
  readonly featureNames?: readonly string[];
  /** what `model.diagnose` returned; else it is asked about `data` */
  readonly diagnosis?: Diagnosis;
  /** the records of `recordGradients` */
  readonly gradients?: readonly FlowRecord[];
  /** what `findLearningRate` returned */
  readonly learningRate?: LearningRateTestLike;
  /** the schedule that was used, and over how many updates */
  readonly schedule?: readonly [schedule: ScheduleLike | Readonly<Record<string, ScheduleLike>>, steps: number];
  /** what `compareOptimizers` returned */
  readonly race?: readonly Racer[];
  /** what `lossLandscape` returned */
  readonly landscape?: Landscape;
}

const known = [
  "title",
  "description",
  "theme",
  "data",
  "classNames",
  "featureNames",
  "diagnosis",
  "gradients",
  "learningRate",
  "schedule",
  "race",
  "landscape",
];

/** A diagnosis looks at one batch; more rows than this would only take longer. */
const diagnosedRows = 1000;

/**
 * One HTML page with everything that is given: it fetches nothing and runs nothing, works from a file, is readable in light
 * and dark, on a desk and on a phone, and escapes every name.
 *
 * @param model its summary and configuration are shown, and it judges `data`; nothing of it changes
 * @param history what `fit` returned, or the `history` of a `DivergenceError`
 * @returns an HTML document
 * @throws ConfigError `CONFIG` for options; otherwise what the model and the plots of the parts throw
 * @example
 * ```ts
 * await writeFile("report.html", report(model, history, { data: [xTest, yTest] }));
 * ```
 */
export function report(model: ReportModel, history: HistoryLike, options?: ReportOptions): string {
  const given = checkOptions(options, "report", known) as ReportOptions;
  if (typeof model?.predict !== "function" || typeof model.summary !== "function") {
    throw new ConfigError("model", `expected a model, got ${show(model)}`);
  }
  const title = given.title === undefined ? "Training report" : text(given.title, "report.title");
  const theme = given.theme === undefined ? "auto" : themeWord(given.theme, "report.theme");
  const judged = given.data === undefined ? undefined : judge(model, given.data, given.diagnosis === undefined);
  const { gradients, learningRate, schedule, race, landscape, diagnosis = judged?.diagnosis } = given;
  const names = given.classNames === undefined ? undefined : list(text)(given.classNames, "report.classNames");
  const classNames = names === undefined ? {} : { classNames: names };
  const [xLabel, yLabel] =
    given.featureNames === undefined ? [] : list(text)(given.featureNames, "report.featureNames");
  const axes = xLabel === undefined || yLabel === undefined ? {} : { xLabel, yLabel };
  /** A section with a picture, where there is something to draw. */
  const drawn = <T>(heading: string, what: T | undefined, draw: (what: T, look: Look) => string): string =>
    what === undefined
      ? ""
      : section(
          heading,
          figure((width) => draw(what, { width, theme })),
        );
  const { labels, predictions, plane } = judged ?? {};
  return page(title, theme, [
    header(title, given.description),
    keyFigures([
      ...historyFigures(history),
      ...Object.entries(judged?.evaluation ?? {}).map(
        ([name, value]): Figure => [`${name}, test data`, formatNumber(value)],
      ),
    ]),
    drawn("History", history, plotHistory),
    diagnosis === undefined ? "" : diagnosisSection(diagnosis, theme),
    drawn("Gradients during the training", gradients, plotGradientFlow),
    drawn("Steps during the training", gradients, (records, look) =>
      plotGradientFlow(records, { ...look, quantity: "updateRatio" }),
    ),
    drawn("Learning rate", learningRate, plotLearningRate),
    drawn("Schedule", schedule, (pair, look) => plotSchedule(...readSchedule(pair), look)),
    drawn("Optimizers", race, plotRace),
    drawn("Loss landscape", landscape, plotLandscape),
    drawn("Classes", labels, (truth, look) => plotConfusion(truth, predictions ?? [], { ...look, ...classNames })),
    drawn("Boundary", plane, (x, look) => plotBoundary(model, x, labels ?? [], { ...look, ...classNames, ...axes })),
    section("Model", preformatted(model.summary()), configurationOf(model)),
    "<footer>Written by downhill.</footer>",
  ]);
}

interface Look {
  readonly width: number;
  readonly theme: Theme;
}

type Figure = readonly [name: string, value: string];

const themeWord = oneOf<Theme>(["auto", "light", "dark"]);

function header(title: string, description: unknown): string {
  const more = description === undefined ? "" : paragraph(text(description, "report.description"));
  return `<header><h1>${escapeText(title)}</h1>${more}</header>`;
}

function historyFigures(history: HistoryLike): Figure[] {
  requireRecord(history, "history", "a history as fit returns it", ["epochs"]);
  const { epochs, steps, samplesPerSecond, stoppedBy } = history as HistoryLike & Record<string, unknown>;
  const last = epochs.at(-1);
  const figures: [string, unknown][] = [
    ["epochs", epochs.length],
    ["updates", steps],
    ["stopped by", stoppedBy],
    ["samples per second", typeof samplesPerSecond === "number" ? Math.round(samplesPerSecond) : undefined],
    ["loss", last?.loss],
    ["validation loss", last?.val_loss],
  ];
  return figures
    .filter(([, value]) => typeof value === "number" || typeof value === "string")
    .map(([name, value]) => [name, typeof value === "number" ? formatNumber(value) : String(value)]);
}

function readSchedule(pair: unknown): [ScheduleLike, number] {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new ConfigError("report.schedule", `expected [schedule, steps], got ${show(pair)}`);
  }
  return pair as [ScheduleLike, number];
}

function configurationOf(model: ReportModel): string {
  try {
    return details("Configuration", preformatted(JSON.stringify(model.toJSON(), undefined, 2)));
  } catch {
    return paragraph("The configuration holds functions and cannot be written.");
  }
}

// ---- Data ------------------------------------------------------------------------------------------------------------------

/** What the model makes of data: loss and metrics, a diagnosis, classes where it has classes. */
function judge(model: ReportModel, data: unknown, isDiagnosed: boolean) {
  if (!Array.isArray(data) || data.length !== 2)
    throw new ConfigError("report.data", `expected [x, y], got ${show(data)}`);
  const [x, y] = data as [MatrixLike, Targets];
  const evaluation = model.evaluate(x, y);
  const output = model.predict(x);
  const [rows, columns] = output.shape;
  const labels = classesOf(y, rows, columns);
  const predictions = labels === undefined ? undefined : model.predictClasses(x);
  const inputs = isNumericArray(x) || (Array.isArray(x) && typeof x[0] === "number") ? x.length / rows : undefined;
  const samples = toMatrix(x, "report.data[0]", inputs);
  const diagnosis = isDiagnosed ? model.diagnose?.(head(samples), head(y, rows)) : undefined;
  return {
    evaluation,
    diagnosis,
    labels,
    predictions,
    plane: labels !== undefined && samples.shape[1] === 2 ? samples : undefined,
  };
}

function head(x: Matrix): Matrix;
function head(y: Targets, rows: number): Targets;
function head(data: Matrix | Targets, rows?: number): Matrix | Targets {
  if (isMatrix(data)) {
    const [all, columns] = data.shape;
    const count = Math.min(all, diagnosedRows);
    return make(data.data.subarray(0, count * columns), count, columns);
  }
  // A flat array may hold several numbers for each row.
  const flat = data as readonly number[];
  return flat.slice(0, (flat.length / (rows ?? flat.length)) * diagnosedRows);
}

/** The classes behind targets: labels, 0 and 1, −1 and 1, or rows with a single 1; `undefined` for other numbers. */
function classesOf(y: Targets, rows: number, columns: number): Int32Array | undefined {
  const isFlat = isNumericArray(y) || (Array.isArray(y) && typeof y[0] === "number");
  if (isFlat && columns > 1 && (y as ArrayLike<number>).length === rows) {
    const labels = Array.from(y as ArrayLike<number>);
    return labels.every((label) => Number.isInteger(label) && label >= 0 && label < columns)
      ? Int32Array.from(labels)
      : undefined;
  }
  const { data } = toMatrix(y, "report.data[1]", isFlat ? columns : undefined);
  if (data.length !== rows * columns) return undefined;
  if (columns === 1) {
    const isClass =
      data.every((value) => value === 0 || value === 1) || data.every((value) => value === -1 || value === 1);
    return isClass ? Int32Array.from(data, (value) => Number(value > 0)) : undefined;
  }
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const one = data.subarray(row * columns, (row + 1) * columns);
    labels[row] = one.indexOf(1);
    if ((labels[row] as number) < 0 || one.some((value, c) => value !== Number(c === labels[row]))) return undefined;
  }
  return labels;
}

// ---- Diagnosis -------------------------------------------------------------------------------------------------------------

const columns: readonly (readonly [FlowQuantity, string])[] = [
  ["activationMean", "mean"],
  ["activationStd", "deviation"],
  ["saturatedFraction", "saturated"],
  ["deadFraction", "dead"],
  ["gradientNorm", "gradient"],
  ["parameterGradientNorm", "kernel gradient"],
  ["weightNorm", "weights"],
  ["updateRatio", "update ratio"],
];

function diagnosisSection(diagnosis: Diagnosis, theme: Theme): string {
  requireRecord(diagnosis, "report.diagnosis", "what model.diagnose returned", ["layers"]);
  const { verdict, findings = [], advice = [], layers } = diagnosis;
  const found = findings.map(
    (finding) =>
      `${finding.verdict}, severity ${formatNumber(finding.severity, 2)} of 1: ${shownLayers(finding.layers)}`,
  );
  const remedies = advice.map(
    ({ remedy, why, paper, change }) =>
      `<li><h3>${escapeText(remedy)}</h3>${paragraph(`${why} (${paper})`)}${isRecord(change) ? details("What changes in the configuration", preformatted(describeChange(change))) : ""}</li>`,
  );
  const numbers = layers.map((layer) => [
    layer.name,
    ...columns.map(([key]) => formatNumber(layer[key] ?? Number.NaN, 3)),
  ]);
  return section(
    "Diagnosis",
    verdict === undefined ? "" : paragraph(`Verdict: ${verdict}.`),
    bullets(found),
    figure((width) => plotGradientFlow(diagnosis, { width, theme })),
    remedies.length === 0 ? "" : `<h3>What may help, best first</h3>\n<ol class="advice">${remedies.join("")}</ol>`,
    details("Every layer in numbers", table(["layer", ...columns.map(([, name]) => name)], numbers)),
  );
}

/** A line for each part of a list, equal neighbours in one: nineteen layers are the same as often as not. */
function describeChange(change: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(change).flatMap(([key, value]) => {
    if (!Array.isArray(value)) return `${key}: ${JSON.stringify(value)}`;
    const parts = value.map((part) => JSON.stringify(part));
    const runs: [text: string, count: number][] = [];
    for (const part of parts) {
      const last = runs.at(-1);
      if (last?.[0] === part) last[1] += 1;
      else runs.push([part, 1]);
    }
    return [`${key}:`, ...runs.map(([part, count]) => `  ${count > 1 ? `${count} × ` : ""}${part}`)];
  });
  return lines.join("\n");
}

const shownLayers = (layers: readonly string[]): string =>
  layers.length <= 3 ? layers.join(", ") : `${layers[0]} … ${layers.at(-1)} (${layers.length})`;
