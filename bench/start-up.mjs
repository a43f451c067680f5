// W9: from the start of the process to the end of the first training step, of the network of W3; and what a bundle weighs.
import { spawn, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { table } from "../examples/lib/text.mjs";
import { kibibytes } from "../scripts/lib/units.mjs";
import { measure as measureSize } from "../scripts/size.mjs";
import { sides } from "./sides/index.mjs";
import { median } from "./turns.mjs";

const program = join(dirname(fileURLToPath(import.meta.url)), "first-step.mjs");

/** Milliseconds that `node first-step.mjs who` takes. */
function start(who) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, [program, who], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`${who}: ${said.trim().split("\n").at(-1)}`)),
    );
  });
}

/**
 * @param {readonly string[]} names of sides; an empty program is always measured beside them
 * @param {number} rounds
 * @returns {Promise<Record<string, { min: number, median: number } | { error: string }>>} milliseconds, interleaved
 */
export async function measureStartUp(names, rounds = 15) {
  const times = Object.fromEntries(["empty", ...names].map((name) => [name, []]));
  const errors = {};
  for (let round = -1; round < rounds; round++) {
    for (const name of Object.keys(times)) {
      if (errors[name] !== undefined) continue;
      try {
        const ms = await start(name);
        // The first time reads files that later ones find in the cache.
        if (round >= 0) times[name].push(ms);
      } catch (error) {
        errors[name] = error.message;
      }
    }
  }
  const summary = (name) =>
    errors[name] === undefined
      ? { min: Math.min(...times[name]), median: median(times[name]) }
      : { error: errors[name] };
  return Object.fromEntries(Object.keys(times).map((name) => [name, summary(name)]));
}

/** @returns {{ load: number, compile: number, create: number, step: number }} medians in milliseconds of downhill's stages */
export function measureStages(rounds = 9) {
  const runs = Array.from({ length: rounds }, () => {
    const { stdout } = spawnSync(process.execPath, [program, "stages"], { encoding: "utf8" });
    return JSON.parse(stdout);
  });
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(runs.map((run) => run[name]))]));
}

async function main() {
  const { values } = parseArgs({ options: { sides: { type: "string" }, rounds: { type: "string" } } });
  const measured = await measureStartUp((values.sides ?? "downhill,plain").split(","), Number(values.rounds ?? 15));
  const line = ([name, { min, median: middle, error }]) =>
    error === undefined
      ? [
          sides[name]?.title ?? "empty Node",
          `${min.toFixed(1)} ms`,
          `${middle.toFixed(1)} ms`,
          (min - measured.empty.min).toFixed(1),
        ]
      : [sides[name]?.title ?? name, error.slice(0, 40), "", ""];
  console.log(`\n  W9  from the start of the process to the end of the first step of 4-16-16-3\n`);
  console.log(table(["", "min", "median", "above empty Node, ms"], Object.entries(measured).map(line)));
  const { load, compile, create, step } = measureStages();
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(
    `\n  downhill: loading ${ms(load)}, compiling ${ms(compile)}, the model ${ms(create)}, the first step ${ms(step)}`,
  );
  const { minified, gzipped } = await measureSize();
  console.log(
    `\n  a bundle that trains a network: ${kibibytes(minified)} KiB minified, ${kibibytes(gzipped)} KiB gzipped`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
