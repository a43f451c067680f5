// Remembers from which sources something was built, so that it is built again only when one of them changed.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./paths.mjs";

/**
 * One hash over the names and contents of files.
 *
 * @param {string[]} paths files, or folders with all they hold; what does not exist counts as absent
 * @param {string[]} [facts] whatever else the result depends on
 */
export function fingerprint(paths, facts = []) {
  const hash = createHash("sha256");
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const file of paths.flatMap(filesIn))
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex");
}

/** Every file under a path, in a fixed order. */
export function filesIn(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/**
 * Runs `build` unless its outputs are there and were made from the same sources.
 *
 * @param {string} stamp file that keeps the fingerprint
 * @param {string} print fingerprint of the sources now
 * @param {string[]} outputs files that must exist
 * @param {() => Promise<void>} build
 * @returns {Promise<boolean>} whether it had to be built
 */
export async function unlessBuilt(stamp, print, outputs, build) {
  if (outputs.every(existsSync) && existsSync(stamp) && readFileSync(stamp, "utf8") === print) return false;
  await build();
  const missing = outputs.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`the build did not write ${missing.join(", ")}`);
  writeFileSync(stamp, print);
  return true;
}
