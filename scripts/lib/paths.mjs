// Where things lie. Node built-ins only.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Everything that is generated from sources and imported by them; not tracked. */
export const generated = join(root, "build");

/** The per-user cache of this project, by the convention of the system; it outlives a clone. */
export const cache = join(cacheHome(), "downhill");

function cacheHome() {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  if (process.platform === "win32") return process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return join(homedir(), ".cache");
}
