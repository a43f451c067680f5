/** Shows how far the training is: one line that is redrawn in a terminal, a line for each epoch elsewhere. */

import { callable, oneOf, options, show } from "../check.js";
import { ConfigError } from "../errors.js";
import type { Callback, CallbackContext, Logs } from "./callback.js";

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** takes the text; default standard output in Node, else the console, line by line */
  write?: (text: string) => void;
  /** a line redrawn as the epoch goes on, or a line for each epoch; default `"bar"` in a terminal of Node, else `"lines"` */
  style?: "bar" | "lines";
}

const barWidth = 24;
/** Redrawing more often than this is not seen, and costs time. */
const redrawMs = 80;

/**
 * Prints loss, metrics and time of every epoch; in a terminal also a bar within the epoch.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * await model.fit(x, y, { epochs: 5, callbacks: [progressBar()] });
 * // epoch 1/5 ████████████████████████ 469/469 · 1.2 s · loss 0.2871 · accuracy 0.9163
 * ```
 */
export function progressBar(given: ProgressBarOptions = {}): Callback {
  const chosen = options(given, "progressBar", ["write", "style"]);
  const output = terminal();
  const style = oneOf<"bar" | "lines">(["bar", "lines"])(
    chosen.style ?? (chosen.write === undefined && output.isTerminal ? "bar" : "lines"),
    "progressBar.style",
  );
  const write =
    chosen.write === undefined
      ? output.write
      : callable<(text: string) => void>("a function (text) => void")(chosen.write, "progressBar.write");
  let current = 0;
  let startMs = 0;
  let drawnMs = 0;
  let drawnLength = 0;

  /** Draws over the line before it; what stuck out of a longer one is blanked. */
  function redraw(line: string): void {
    write(`\r${line.padEnd(drawnLength)}`);
    drawnLength = line.length;
  }

  const onEpochBegin = (epoch: number) => {
    current = epoch;
    startMs = nowMs();
    drawnMs = 0;
    drawnLength = 0;
  };
  const onProgress = (batch: number, logs: Logs, { params }: CallbackContext) => {
    const now = nowMs();
    if (now - drawnMs < redrawMs) return;
    drawnMs = now;
    redraw(lineText(current, batch + 1, logs, params, now - startMs));
  };
  const onEpochEnd = (epoch: number, logs: Logs, { params }: CallbackContext) => {
    const line = lineText(epoch, params.steps, logs, params, logs.durationMs ?? nowMs() - startMs);
    if (style === "bar") redraw(line);
    write(style === "bar" ? "\n" : `${line}\n`);
    drawnLength = 0;
  };
  const onTrainEnd = () => {
    if (drawnLength > 0) write("\n"); // the training ended within an epoch
    drawnLength = 0;
  };
  const always = { name: "progressBar", onEpochBegin, onEpochEnd };
  return Object.freeze(style === "bar" ? { ...always, onProgress, onTrainEnd } : always);

  function lineText(epoch: number, done: number, logs: Logs, params: CallbackContext["params"], ms: number): string {
    const parts = [`epoch ${epoch + 1}/${params.epochs}`];
    if (style === "bar") {
      const full = Math.round((barWidth * Math.min(done, params.steps)) / params.steps);
      parts[0] += ` ${"█".repeat(full)}${"░".repeat(barWidth - full)} ${done}/${Number.isFinite(params.steps) ? params.steps : "?"}`;
    }
    return [...parts, durationText(ms), ...numbersOf(logs)].join(" · ");
  }
}

/**
 * The callback that `fit`'s option `verbose` stands for, none for 0.
 *
 * @throws ConfigError `CONFIG`
 */
export function verboseCallback(verbose: unknown): Callback | undefined {
  switch (verbose) {
    case 0:
    case false:
      return undefined;
    case 1:
    case true:
      return progressBar();
    case 2:
      return progressBar({ style: "lines" });
    default:
      throw new ConfigError("fit.verbose", `expected 0, 1, 2, true or false, got ${show(verbose)}`);
  }
}

const notShown = new Set(["epoch", "batch", "size", "step", "durationMs", "learningRate", "gradientNorm"]);

function numbersOf(logs: Logs): string[] {
  return Object.entries(logs).flatMap(([name, value]) =>
    value === undefined || notShown.has(name) ? [] : [`${name} ${shortNumber(value)}`],
  );
}

/** Four digits: `0.2871`, `12.35`, `1.2e-7`. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1);
  return size < 1 ? value.toFixed(4) : value.toPrecision(Math.max(4, Math.floor(Math.log10(size)) + 1));
}

function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function nowMs(): number {
  return performance.now();
}

interface Output {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** Standard output where there is one, found without importing anything of Node; else the console. */
function terminal(): Output {
  const { process } = globalThis as {
    process?: { stdout?: { isTTY?: boolean; write?: (text: string) => unknown } };
  };
  const stdout = process?.stdout;
  if (typeof stdout?.write !== "function") {
    return { isTerminal: false, write: (text) => console.log(text.replace(/\n$/, "")) };
  }
  return {
    isTerminal: stdout.isTTY === true,
    write: (text) => {
      stdout.write?.(text);
    },
  };
}
