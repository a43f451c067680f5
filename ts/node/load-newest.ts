/** The newest checkpoint of a folder that is whole. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { callable, options as checkOptions, text } from "../check.js";
import { FormatError } from "../errors.js";
import { Model } from "../model.js";
import { FileError } from "./file-error.js";
import { type FileSink, filesOf, newestFirst } from "./file-sink.js";

/** A file that holds no model, or not a whole one. */
export interface Skipped {
  /** its whole path */
  readonly path: string;
  /** what is wrong with it, and where */
  readonly error: FormatError;
}

/** Options of {@link loadNewest}. */
export interface LoadNewestOptions<T> {
  /** what makes a model of a file's bytes; default `Model.load`, `WorkerModel.load` is another */
  readonly load?: (bytes: Uint8Array) => Promise<T>;
  /** is told of each damaged file that was passed over; default a warning of the process (`process.emitWarning`) */
  readonly onSkip?: (skipped: Skipped) => void;
}

/**
 * The model of the newest `*.safetensors` file in a folder, `undefined` where there is none. A damaged file is skipped for
 * the one before it, and said.
 *
 * @param from the folder, or the sink that writes to it
 * @throws FormatError `FORMAT` if every file is damaged, for the newest of them; FileError `FILE` for a folder or file that
 * cannot be read
 * @example
 * ```ts
 * const model = (await loadNewest("runs/1")) ?? (await Model.create(config));
 * const { epochsDone } = model;
 * await model.fit(x, y, { epochs: 100 - epochsDone, initialEpoch: epochsDone, callbacks });
 * ```
 */
export async function loadNewest<T = Model<string>>(
  from: string | Pick<FileSink, "folder">,
  given: LoadNewestOptions<T> = {},
): Promise<T | undefined> {
  const folder = text(typeof from === "string" ? from : from?.folder, "loadNewest.folder");
  const chosen = checkOptions(given, "loadNewest", ["load", "onSkip"]);
  const load = callable<(bytes: Uint8Array) => Promise<T>>("a function (bytes) => Promise")(
    chosen.load ?? ((bytes: Uint8Array) => Model.load(bytes)),
    "loadNewest.load",
  );
  const onSkip = callable<(skipped: Skipped) => void>("a function (skipped) => void")(
    chosen.onSkip ?? warn,
    "loadNewest.onSkip",
  );
  let first: FormatError | undefined;
  for (const path of await candidates(folder)) {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new FileError("read", path, error);
    });
    try {
      return await load(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      onSkip({ path, error });
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
  return undefined;
}

/** Paths, the newest first. */
async function candidates(folder: string): Promise<readonly string[]> {
  try {
    const files = (await filesOf(folder)).filter(({ name }) => name.endsWith(".safetensors"));
    return newestFirst(files).map(({ name }) => join(folder, name));
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return [];
    throw new FileError("read the folder", folder, error);
  }
}

function warn({ path, error }: Skipped): void {
  process.emitWarning(`${path} was skipped: ${error.message}`, { type: "DownhillWarning", code: "DOWNHILL_SKIPPED" });
}
