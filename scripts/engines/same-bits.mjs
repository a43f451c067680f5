// Trains the networks of test/same-bits in every engine of this machine and compares what comes out. It needs dist/.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../lib/paths.mjs";
import { findEngines } from "./find.mjs";
import { runPage, runScript } from "./run.mjs";

const folder = join(root, "test", "same-bits");
const read = async () => JSON.parse(await readFile(join(folder, "expected.json"), "utf8"));

/**
 * How far any epoch's loss of the relaxed core may be from that of the default one, relative to it. A fused multiplication
 * and addition rounds once where the default rounds twice, and training makes much of that little where Adam divides by
 * gradients that are nothing but rounding, as those of a bias in front of a batch normalisation.
 */
export const relaxedBound = 0.05;

/** Every form in which an engine takes the library. */
function formsOf({ kind }) {
  return ["node", "deno", "bun"].includes(kind) ? ["ESM", "CommonJS"] : ["script"];
}

/** One engine with each form it takes. */
export const engineForms = () =>
  findEngines().engines.flatMap((engine) => formsOf(engine).map((form) => ({ engine, form })));

/** What an engine tells: `tellAll` of train.mjs. */
async function ask(engine, form) {
  if (form !== "script") return runScript(engine, join(folder, form === "ESM" ? "main.mjs" : "main.cjs"));
  return tellFrom(engine, "page.mjs");
}

/** What a module of test/same-bits tells in a page. */
async function tellFrom(engine, name, define = {}) {
  const options = { bundle: true, format: "iife", write: false, logLevel: "silent", define };
  const { outputFiles } = await build({ ...options, entryPoints: [join(folder, name)], absWorkingDir: root });
  return (await runPage(engine, outputFiles[0].text)).value;
}

/**
 * Trains in one page for 50 s.
 *
 * @param {"workers" | "page"} where in three workers at a time, each training in a new one, or in the page itself
 * @returns {Promise<{ done: number, different: object[] }>}
 */
export const trainAgainIn = (engine, where) => tellFrom(engine, "again-page.mjs", { WHERE: JSON.stringify(where) });

/**
 * Trains in one engine.
 *
 * @returns {Promise<{ trainings: number, different: string[], relaxed: Record<string, number> }>} `different` names each
 * training that gave other bits than expected.json
 */
export async function trainIn({ engine, form }) {
  const { results, relaxed } = await ask(engine, form);
  const different = [];
  let trainings = 0;
  for (const { name, steps, sums } of await read()) {
    for (const [way, got] of Object.entries(results[name] ?? { "was not trained": undefined })) {
      trainings += 1;
      const wrong = Object.keys(sums).filter((what) => got?.sums[what] !== sums[what]);
      if (wrong.length > 0 || got?.steps !== steps) different.push(`${name}, ${way}: ${wrong.join(", ")}`);
    }
  }
  return { trainings, different, relaxed };
}
