/** Writes the numbers of every epoch as CSV. */

import { options, text } from "../check.js";
import { RecordParser } from "../data/csv-records.js";
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
 * A `fit` from epoch 0 starts the file anew; with `initialEpoch` above 0 it goes on, in another process from what the sink
 * reads, if it can.
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
  let rows: Row[] = [];
  return Object.freeze({
    name: "csvLogger",
    async onTrainBegin({ params: { initialEpoch = 0 } }: CallbackContext) {
      if (initialEpoch > 0 && rows.length === 0) rows = await rowsOf(await target.read?.(name));
      rows = rows.filter(({ epoch }) => Number(epoch) < initialEpoch);
    },
    async onEpochEnd(epoch: number, logs: Logs) {
      rows.push({ ...logs, epoch });
      await target.write(name, new TextEncoder().encode(toCSV(rows)));
    },
  });
}

/** An epoch, as it was logged or as it stands in a file. */
type Row = { readonly [name: string]: number | string | undefined };

/** What an earlier process wrote. */
async function rowsOf(bytes: Uint8Array | undefined): Promise<Row[]> {
  const records: string[][] = [];
  const parser = new RecordParser(",", (fields) => void records.push(fields.map((field) => field.text)));
  await parser.readAll(new TextDecoder().decode(bytes));
  const [columns = [], ...lines] = records;
  return lines.map((fields) => Object.fromEntries(columns.map((column, i) => [column, fields[i]])));
}

function toCSV(rows: readonly Row[]): string {
  const columns = [...new Set(["epoch", ...rows.flatMap((row) => Object.keys(row))])];
  const lines = [columns.map(quoted), ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  return lines.map((fields) => `${fields.join(",")}\n`).join("");
}

/** Custom metrics may be named as they like. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
