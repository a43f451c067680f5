// What the package is made of, and what is known against it.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cache, root } from "../lib/paths.mjs";
import { CommandError, run, stage } from "../lib/run.mjs";
import { file, thirdParty } from "../third-party.mjs";

export const place = 7.1;
export const title = "Supply chain";
export const unit = "pass";
export const counts = { short: 1, full: 1 };

const denyVersion = "0.20.2";

/** cargo-deny in a folder of its own, installed where it is not there. */
async function cargoDeny() {
  const home = join(cache, `cargo-deny-${denyVersion}`);
  const program = join(home, "bin", process.platform === "win32" ? "cargo-deny.exe" : "cargo-deny");
  if (!existsSync(program)) {
    const parameters = ["install", "cargo-deny", "--version", denyVersion, "--locked", "--debug", "--root", home];
    const env = { ...process.env, CARGO_PROFILE_DEV_DEBUG: "0" };
    await stage(`cargo-deny ${denyVersion} (cargo install)`, () => run("cargo", parameters, { cwd: tmpdir(), env }));
  }
  return program;
}

/** "passed", or what the program said; `unreachable` tells that a database could not be had. */
async function outcome(program, parameters, unreachable) {
  try {
    await run(program, parameters, { cwd: root });
    return { result: "passed" };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (unreachable?.test(error.output)) return { result: "its database could not be reached from this machine" };
    return { result: "failed", problem: error.message };
  }
}

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure() {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const kinds = ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"];
  const dependencies = kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  const deny = await cargoDeny();
  const offline = /405|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|audit endpoint returned an error/;
  const unfetched = /failed to fetch advisory database|failed to (?:load|clone|fetch)|unable to fetch/i;
  const checks = {
    "`npm audit --omit=dev`": await outcome("npm", ["audit", "--omit=dev"], offline),
    "`npm audit`, tools for development included": await outcome("npm", ["audit"], offline),
    "`cargo deny check bans licenses sources`": await outcome(deny, ["check", "bans", "licenses", "sources"]),
    "`cargo deny check advisories`": await outcome(deny, ["check", "advisories"], unfetched),
  };
  const listed = (await readFile(file, "utf8")) === (await thirdParty());
  const failures = Object.entries(checks).flatMap(([name, { problem }]) =>
    problem === undefined ? [] : [`${name}: ${problem}`],
  );
  if (dependencies.length > 0) failures.push(`there are dependencies at run time: ${dependencies.join(", ")}`);
  if (!listed) failures.push("THIRD-PARTY.md is not what `node scripts/third-party.mjs` writes");
  return {
    failures,
    tables: [
      {
        head: ["check", "result"],
        words: 2,
        rows: [
          ["dependencies at run time", dependencies.length === 0 ? "none" : dependencies.join(", ")],
          ["THIRD-PARTY.md lists what dist/ holds of others", listed ? "passed" : "failed"],
          ...Object.entries(checks).map(([name, { result }]) => [name, result]),
        ],
      },
    ],
    notes: [
      "Where a database could not be reached, nothing is known about advisories from this run: run the part again on a machine that reaches it.",
    ],
  };
}

export { measure as run };
