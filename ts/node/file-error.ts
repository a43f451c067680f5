/** What went wrong with a file or folder. */

import { DownhillError } from "../errors.js";

/**
 * The system refused to read or write: the disk is full, the folder may not be written, … Code `"FILE"`; the error of Node
 * is the `cause`.
 *
 * @example
 * ```ts
 * if (error instanceof FileError && error.system === "ENOSPC") console.log(`make room for ${error.path}`);
 * ```
 */
export class FileError extends DownhillError {
  /** the file or folder */
  readonly path: string;
  /** the system's name for what is wrong, such as `"ENOSPC"` or `"EACCES"`, if it has one */
  readonly system: string | undefined;

  constructor(doing: string, path: string, cause: unknown, more = "") {
    const { code, message } = cause as { code?: unknown; message?: unknown };
    super("FILE", `cannot ${doing} ${path}: ${explanation(code) ?? String(message ?? cause)}${more}`, { cause });
    this.path = path;
    this.system = typeof code === "string" ? code : undefined;
  }

  override get name(): string {
    return "FileError";
  }
}

const explanations: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be larger than this process may write",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system can only be read",
  ENOTDIR: "a part of the path is no folder",
  EEXIST: "there is something else of this name",
  EISDIR: "there is a folder of this name",
  EMFILE: "too many files are open",
};

function explanation(code: unknown): string | undefined {
  const text = explanations[String(code)];
  return text && `${text} (${code})`;
}
