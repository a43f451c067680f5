// The mutant pass: does a mistake in an optimizer fail its golden test? `npm run mutants [-- rules…]`
//
// Applies each mutant of scripts/mutants/list.mjs to a copy of the crates and runs the native replay of
// test/golden/optimizers.json on it, which has a test for each rule. Mutants of different rules share a build, so that the pass takes
// as many builds as the rule with the most mutants has. Exit code 1 if a mutant survives.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { generated, root } from "./lib/paths.mjs";
import { CommandError, run, seconds } from "./lib/run.mjs";
import { mutants } from "./mutants/list.mjs";

const rulesFolder = join("crates", "nn", "src", "optim");

/** What the replay needs: the crates, and the numbers it compares with. */
const copied = ["Cargo.toml", "Cargo.lock", "crates", "fuzz", "test/golden", "test/shared/optimizer-rules.json"];

/**
 * The text with all changes of a mutant.
 *
 * @param {string} text
 * @param {any} mutant one of the list
 * @returns {string}
 * @throws {Error} where a text does not stand in the file as often as the mutant says
 */
export function mutate(text, { name, file, changes }) {
  return changes.reduce((source, [from, to, times = 1]) => {
    const found = source.split(from).length - 1;
    if (found !== times)
      throw new Error(
        `${file}: the mutant "${name}" expects ${times} of this, the file has ${found}; write it anew: ${from}`,
      );
    return source.replaceAll(from, () => to);
  }, text);
}

/**
 * Puts mutants of different files together, but for those that must stand alone.
 *
 * @param {readonly any[]} list
 * @returns {any[][]}
 */
export function rounds(list) {
  const found = [];
  for (const mutant of list) {
    const isFree = (round) => !mutant.alone && round.every(({ file, alone }) => !alone && file !== mutant.file);
    const round = found.find(isFree);
    if (round === undefined) found.push([mutant]);
    else round.push(mutant);
  }
  return found;
}

/**
 * Reads a rule's source in the repository.
 *
 * @param {string} file
 */
export const sourceOf = (file) => readFileSync(join(root, rulesFolder, file), "utf8");

/** Replays in the copy; gives the rules whose test failed. */
async function failures(scratch) {
  const parameters = ["test", "--quiet", "-p", "downhill-nn", "--lib", "--locked", "--", "optim::golden::"];
  const env = { ...process.env, CARGO_TARGET_DIR: join(scratch, "target"), RUSTFLAGS: "-Awarnings" };
  let output;
  try {
    ({ output } = await run("cargo", parameters, { cwd: scratch, env }));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    output = error.output;
    if (!/^test result: FAILED/m.test(output)) throw error; // it did not even compile
  }
  const total = Number(/^running (\d+) tests?$/m.exec(output)?.[1] ?? 0);
  if (total === 0) throw new Error(`no replay was run:\n${output}`);
  const failed = [...output.matchAll(/^---- optim::golden::(\w+) stdout ----$/gm)].map((match) => match[1]);
  return new Set(failed);
}

function table(results) {
  const rules = [...new Set(results.map(({ rule }) => rule))];
  const rows = rules.map((rule) => {
    const own = results.filter((result) => result.rule === rule);
    return [rule, own.length, own.filter(({ killed }) => killed).length];
  });
  const lines = [["rule", "mutants", "killed"], ...rows].map(
    ([rule, all, killed]) => `  ${String(rule).padEnd(12)}${String(all).padStart(8)}${String(killed).padStart(8)}`,
  );
  return lines.join("\n");
}

async function main(only) {
  const start = performance.now();
  const chosen = mutants.filter(({ rules }) => only.length === 0 || rules.some((rule) => only.includes(rule)));
  if (chosen.length === 0) throw new Error(`no mutant of ${only.join(", ")}`);
  const scratch = join(generated, "mutants");
  mkdirSync(scratch, { recursive: true });
  for (const path of copied) {
    rmSync(join(scratch, path), { recursive: true, force: true });
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    cpSync(join(root, path), join(scratch, path), { recursive: true });
  }
  const files = [...new Set(chosen.map(({ file }) => file))];
  const originals = new Map(files.map((file) => [file, sourceOf(file)]));
  for (const mutant of chosen) mutate(originals.get(mutant.file), mutant); // before anything is built
  const write = (file, text) => writeFileSync(join(scratch, rulesFolder, file), text);

  const before = await failures(scratch);
  if (before.size > 0) throw new Error(`fails without any mutant: ${[...before].join(", ")}`);

  const results = [];
  const passes = rounds(chosen);
  for (const [index, round] of passes.entries()) {
    for (const mutant of round) write(mutant.file, mutate(originals.get(mutant.file), mutant));
    const failed = await failures(scratch);
    for (const { file } of round) write(file, originals.get(file));
    for (const { rules, name } of round)
      for (const rule of rules)
        if (only.length === 0 || only.includes(rule)) results.push({ rule, name, killed: failed.has(rule) });
    console.log(`  build ${index + 1} of ${passes.length}: ${round.length} mutants, ${failed.size} tests fail`);
  }

  const survivors = results.filter(({ killed }) => !killed);
  console.log(`\n${table(results)}\n`);
  for (const { rule, name } of survivors) console.log(`  survives: ${rule}: ${name}`);
  console.log(
    `  ${results.length - survivors.length} of ${results.length} killed, ${seconds(performance.now() - start)}`,
  );
  if (survivors.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv.slice(2));
