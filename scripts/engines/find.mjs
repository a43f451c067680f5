// The JavaScript engines in which training must give the same bits: Nodes, Deno and Bun as npm ships them, and browsers.
// Node built-ins only.
//
//   node scripts/engines/find.mjs      installs what is missing and says what is there
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { aptInstall, aptUpdate, rootOnDebian } from "../lib/apt.mjs";
import { findChromium, findFirefox, findWebKit } from "../lib/browsers.mjs";
import { cache } from "../lib/paths.mjs";
import { ask, run, stage } from "../lib/run.mjs";

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {"node" | "deno" | "bun" | "chromium" | "firefox" | "webkit"} kind
 * @property {string} path of the program
 */

const here = join(dirname(fileURLToPath(import.meta.url)), "packages");
const lists = ["package.json", "package-lock.json"];

/** The runtimes' folder: another one for other versions, and it outlives a clone. */
function home() {
  const print = createHash("sha256");
  for (const name of lists) print.update(readFileSync(join(here, name)));
  return join(cache, `engines-${print.digest("hex").slice(0, 12)}`);
}

/** Names, kinds and places of the runtimes in {@link home}. */
const runtimes = [
  ["Node 20", "node", "node20/bin/node"],
  ["Node 22", "node", "node22/bin/node"],
  ["Node 24", "node", "node24/bin/node"],
  ["Deno", "deno", "@deno/linux-x64-glibc/deno"],
  ["Bun", "bun", "@oven/bun-linux-x64-baseline/bin/bun"],
];

const browsers = [
  ["Chromium", "chromium", findChromium],
  ["Firefox", "firefox", findFirefox],
  ["WebKit", "webkit", findWebKit],
];

/**
 * The engines of this machine, and why others are not there.
 *
 * @returns {{ engines: Engine[], missing: { name: string, reason: string }[] }}
 */
export function findEngines() {
  const all = [
    ...runtimes.map(([name, kind, path]) => ({ name, kind, path: join(home(), "node_modules", path) })),
    ...browsers.map(([name, kind, find]) => ({ name, kind, path: find() ?? "" })),
  ];
  const reasons = {
    chromium: "install Chromium or Chrome",
    firefox: "install Firefox, or name one in DOWNHILL_FIREFOX",
    webkit: "install WebKitGTK's MiniBrowser and Xvfb, or name one in DOWNHILL_WEBKIT",
  };
  const runtime = "npm has it for Linux on x64 alone: `node scripts/engines/find.mjs` installs it there";
  return {
    engines: all.filter(({ path }) => existsSync(path)),
    missing: all
      .filter(({ path }) => !existsSync(path))
      .map(({ name, kind }) => ({ name, reason: reasons[kind] ?? runtime })),
  };
}

/** What an engine calls itself. */
export function versionOf({ kind, path }) {
  // MiniBrowser does not start without a display, not even to tell its version.
  if (kind === "webkit")
    return `WebKitGTK ${ask("dpkg-query", ["-W", "-f", `\${Version}`, "libwebkit2gtk-4.1-0"]) ?? ""}`;
  const said = ask(path, ["--version"])?.split("\n")[0] ?? "";
  return `${kind === "node" || kind === "bun" ? `${kind === "bun" ? "Bun" : "Node"} ` : ""}${said}`.trim();
}

/** Installs what this machine can have of the engines that are missing; what it cannot have, {@link findEngines} tells. */
export async function prepareEngines() {
  const { missing } = findEngines();
  const isMissing = (names) => missing.some(({ name }) => names.includes(name));
  const onNpm = process.platform === "linux" && process.arch === "x64";
  const packages = [
    ...(isMissing(["Chromium"]) ? ["chromium"] : []),
    ...(isMissing(["Firefox"]) ? ["firefox-esr"] : []),
    ...(isMissing(["WebKit"]) ? ["libwebkit2gtk-4.1-0"] : []),
    ...(existsSync("/usr/bin/Xvfb") ? [] : ["xvfb"]),
  ];
  await Promise.all([
    onNpm && isMissing(runtimes.map(([name]) => name))
      ? stage("Node 20, 22, 24, Deno, Bun (npm)", installRuntimes)
      : undefined,
    rootOnDebian() && packages.length > 0
      ? stage(`${packages.join(", ")} (apt)`, async () => {
          await aptUpdate();
          await aptInstall(packages);
        })
      : undefined,
  ]);
}

/** All or nothing: another run of this script finds the folder complete, or not at all. */
async function installRuntimes() {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "engines-"));
  try {
    for (const name of [...lists, ".npmrc"]) await copyFile(join(here, name), join(folder, name));
    await run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder });
    await rm(home(), { recursive: true, force: true });
    await rename(folder, home());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await prepareEngines();
  const { engines, missing } = findEngines();
  for (const engine of engines) console.log(`${engine.name.padEnd(10)} ${versionOf(engine)}`);
  for (const { name, reason } of missing) console.log(`${name.padEnd(10)} not found: ${reason}`);
}
