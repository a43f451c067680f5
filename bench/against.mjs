// Another build of downhill to measure against: a commit checked out beside the work tree, built, and kept for the next time.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { cache, root } from "../scripts/lib/paths.mjs";
import { ask, run, stage } from "../scripts/lib/run.mjs";

/**
 * @param {string} reference a commit, branch or tag
 * @returns {Promise<{ name: string, dist: string }>} its short hash, and the folder of its build
 */
export async function buildOf(reference) {
  const hash = ask("git", ["-C", root, "rev-parse", "--verify", "--short=10", `${reference}^{commit}`])?.trim();
  if (hash === undefined) throw new Error(`--against: git knows no commit "${reference}"`);
  const folder = join(cache, "builds", hash);
  const dist = join(folder, "dist");
  if (existsSync(join(dist, "index.js"))) return { name: hash, dist };
  await stage(`building ${hash}`, async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(cache, "builds"), { recursive: true });
    await run("git", ["clone", "--quiet", "--no-checkout", root, folder]);
    await run("git", ["-C", folder, "checkout", "--quiet", hash]);
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
    await run("npm", ["run", "build"], { cwd: folder });
  });
  return { name: hash, dist };
}
