// Two clean builds from the tracked files, each in a folder of its own with its own npm ci, compared byte by byte.
import { createHash } from "node:crypto";
import { cpSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { root } from "../lib/paths.mjs";
import { run, stage } from "../lib/run.mjs";
import { filesIn } from "../lib/sources.mjs";

export const place = 7;
export const title = "The build can be repeated";
export const unit = "clean builds";
export const counts = { short: 2, full: 2 };

/** Folders of different depth and length, so that a path that slips into the output shows. */
const folderNames = ["a", join("another", "place with spaces", "b"), join("c", "d", "e", "f")];

/** Copies what is tracked, builds it from nothing, and gives back the SHA-256 of each file of dist/. */
async function cleanBuild(folder) {
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: root });
  for (const file of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
  // The crates' own folders of targets are new as well; nothing of an earlier build is found again.
  await run(process.execPath, [join(folder, "scripts", "build.mjs")], { cwd: folder });
  const dist = join(folder, "dist");
  const sums = filesIn(dist).map(async (file) => [
    relative(dist, file),
    createHash("sha256")
      .update(await readFile(file))
      .digest("hex"),
  ]);
  return new Map(await Promise.all(sums));
}

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count }) {
  const base = await mkdtemp(join(tmpdir(), "downhill-reproducible-"));
  try {
    const builds = [];
    for (const name of folderNames.slice(0, count)) {
      builds.push(await stage(`clean build in …/${name}`, () => cleanBuild(join(base, name))));
    }
    return compare(builds);
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

export { measure as run };

/**
 * What differs between builds, and the sums of the wasm files.
 *
 * @param {ReadonlyMap<string, string>[]} builds for each the SHA-256 of its files
 * @returns {import("./lib/document.mjs").Outcome}
 */
export function compare(builds) {
  const names = [...new Set(builds.flatMap((build) => [...build.keys()]))].sort();
  const different = names.filter((name) => new Set(builds.map((build) => build.get(name))).size > 1);
  const wasm = names.filter((name) => name.endsWith(".wasm"));
  return {
    failures: different.map(
      (name) => `${name} differs: ${builds.map((build) => build.get(name) ?? "missing").join(", ")}`,
    ),
    tables: [
      {
        head: ["file", "SHA-256 in every build", "files compared"],
        words: 2,
        rows: [
          ...wasm.map((name) => [`dist/${name}`, `\`${builds[0].get(name)}\``, 1]),
          ["dist/, all files", different.length === 0 ? "equal" : "different", names.length],
        ],
      },
    ],
    notes: [
      "Each build starts from the tracked files alone in a folder of its own, at another depth and with spaces in its path, with its own `npm ci` and without anything compiled before. The compiler is part of what makes the bytes: another version of it may give another hash, and the same engine still computes the same numbers.",
    ],
  };
}
