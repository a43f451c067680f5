/** A folder as the place where callbacks write: whole files or none, the newest of a kind kept. */

import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Sink } from "../callbacks/callback.js";
import { integer, options, text } from "../check.js";
import { ConfigError } from "../errors.js";
import { FileError } from "./file-error.js";

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /** how many files of a name with `{epoch}` in it stay, the newest; `Infinity` for all; default 2 */
  readonly keep?: number;
}

/** A sink that writes into a folder. */
export interface FileSink extends Sink {
  /** the folder's whole path */
  readonly folder: string;
  write(name: string, bytes: Uint8Array): Promise<void>;
  read(name: string): Promise<Uint8Array | undefined>;
  prune(name: string): Promise<void>;
}

/**
 * Writes what `modelCheckpoint` and `csvLogger` give as files in `folder`, which is made when it is missing.
 *
 * A file is there whole or not at all, whenever the process or the machine stops: it is written under a temporary name in
 * the same folder, flushed to the disk, then renamed, and the folder is flushed. Where that fails, the files before stay as
 * they are. Of `epoch-{epoch}.safetensors` the newest two are kept; of names without `{epoch}`, such as `best.safetensors`,
 * there is one anyway.
 *
 * One process writes to a folder at a time.
 *
 * @throws ConfigError `CONFIG` for the arguments and for a file name that leads out of the folder. When it writes: FileError
 * `FILE`
 * @example
 * ```ts
 * const callbacks = [modelCheckpoint(fileSink("runs/1", { keep: 3 }))];
 * ```
 */
export function fileSink(folder: string, given: FileSinkOptions = {}): FileSink {
  const place = resolve(text(folder, "fileSink.folder"));
  const chosen = options(given, "fileSink", ["keep"]).keep ?? 2;
  const keep = chosen === Number.POSITIVE_INFINITY ? chosen : integer({ min: 1 })(chosen, "fileSink.keep");
  let last = Promise.resolve();
  let isReady = false;

  /** One after the other: a callback of another fit may write at the same time. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  async function write(name: string, bytes: Uint8Array): Promise<void> {
    if (!isReady) await makeReady(place);
    isReady = true;
    const path = join(place, name);
    const temporary = join(place, `.${name}.${process.pid}${suffix}`);
    try {
      const newest = Math.max(0, ...(await filesOf(place)).map((file) => file.writtenMs));
      const file = await open(temporary, "w");
      try {
        await file.writeFile(bytes);
        // The order of writing is the order of these times, also where the clock was set back or is too coarse.
        const seconds = Math.max(Date.now(), newest + 2) / 1000;
        await file.utimes(seconds, seconds);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await flushFolder(place);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      isReady = false; // somebody may have removed the folder
      throw new FileError("write", path, error, "; files written before are as they were");
    }
  }

  async function prune(name: string): Promise<void> {
    const kind = name.split("{epoch}").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    const pattern = new RegExp(`^${kind.join("\\d+")}$`);
    // A folder that cannot be read yet holds nothing to remove; writing says what is wrong with it.
    const files = await filesOf(place).catch(() => []);
    const old = newestFirst(files.filter((file) => pattern.test(file.name))).slice(keep);
    for (const file of old) {
      const path = join(place, file.name);
      await rm(path, { force: true }).catch((error: unknown) => {
        throw new FileError("remove", path, error);
      });
    }
  }

  return Object.freeze({
    folder: place,
    async write(name: string, bytes: Uint8Array) {
      checkName(name);
      await inTurn(() => write(name, bytes));
    },
    async read(name: string) {
      const path = join(place, checkName(name));
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        if ((error as { code?: unknown }).code === "ENOENT") return undefined;
        throw new FileError("read", path, error);
      }
    },
    prune: (name: string) => inTurn(() => prune(name)),
  });
}

function checkName(name: string): string {
  if (name !== "" && name === basename(name) && !name.startsWith(".")) return name;
  throw new ConfigError("fileSink", `expected the name of a file in the folder, got ${JSON.stringify(name)}`);
}

/** A file of a folder. */
export interface FileEntry {
  readonly name: string;
  readonly writtenMs: number;
}

/** The files of a folder, without hidden ones; one that goes away meanwhile is none. */
export async function filesOf(folder: string): Promise<readonly FileEntry[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const entries = names.map(async (name) => {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    return facts?.isFile() === true ? [{ name, writtenMs: facts.mtimeMs }] : [];
  });
  return (await Promise.all(entries)).flat();
}

/** The one written last stands first. */
export function newestFirst(files: readonly FileEntry[]): readonly FileEntry[] {
  // File systems whose clock is coarse leave the numbers.
  const later = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });
  return [...files].sort((a, b) => b.writtenMs - a.writtenMs || later(b.name, a.name));
}

/** How temporary names end. */
const suffix = ".part";

/** Makes the folder, and removes what processes that were killed left half written in it. */
async function makeReady(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const pid = new RegExp(`^\\..*\\.(\\d+)\\${suffix}$`).exec(name)?.[1];
      if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    throw new FileError("use the folder", folder, error);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}

/** Without this a rename may be lost when the machine stops. Windows cannot, and needs not. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
