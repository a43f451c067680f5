/** Writes the numbers of every epoch as CSV. */

import { options, text } from "../check.js";
import type { Callback, CallbackContext, Logs, Sink } from "./callback.js";
import { checkSink } from "./callback.js";

/** Options of {@link csvLogger}. */
export interface CSVLoggerOptions {
  /** name of the file; default `"history.csv"` */
  name?: string;
}

/**
 * After every epoch the sink gets the whole file anew: a header and one row for each epoch so far (RFC 4180 with LF), so
 * that it is complete at any time. Columns are `epoch`, then what the first epoch logs, then what later ones add.
 *
 * A `fit` from epoch 0 starts the file anew; with `initialEpoch` above 0 it goes on.
 *
 * @param sink receives UTF-8 bytes
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * const files = new Map<string, Uint8Array>();
 * await model.fit(x, y, { callbacks: [csvLogger({ write: (name, bytes) => void files.set(name, bytes) })] });
 * ```
 */
export function csvLogger(sink: Sink, given: CSVLoggerOptions = {}): Callback {
  const target = checkSink(sink, "csvLogger.sink");
  const name = text(options(given, "csvLogger", ["name"]).name ?? "history.csv", "csvLogger.name");
  let rows: Logs[] = [];
  return Object.freeze({
    name: "csvLogger",
    onTrainBegin(context: CallbackContext) {
      if ((context.params.initialEpoch ?? 0) === 0) rows = [];
    },
    async onEpochEnd(epoch: number, logs: Logs) {
      rows.push({ ...logs, epoch });
      await target.write(name, new TextEncoder().encode(toCSV(rows)));
    },
  });
}

function toCSV(rows: readonly Logs[]): string {
  const columns = [...new Set(["epoch", ...rows.flatMap((row) => Object.keys(row))])];
  const lines = [columns.map(quoted), ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  return lines.map((fields) => `${fields.join(",")}\n`).join("");
}

/** Custom metrics may be named as they like. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
