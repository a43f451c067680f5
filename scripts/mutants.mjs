// The mutant pass: does a mistake in an optimizer fail its golden test? `npm run mutants [-- rules…]`
//
// Applies each mutant of scripts/mutants/list.mjs to a copy of the sources. One in Rust meets the native replay of
// test/golden/optimizers.json, which has a test for each rule; mutants of different rules share a build, so that the pass takes
// as many builds as the rule with the most mutants has. One in TypeScript meets, alone, the tests of what it is made in; they
// run on the core that `npm run build` made. Exit code 1 if a mutant survives.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { generated, root } from "./lib/paths.mjs";
import { CommandError, run, seconds } from "./lib/run.mjs";
import { mutants } from "./mutants/list.mjs";

const rulesFolder = join("crates", "nn", "src", "optim");

/** What the tests need: sources, and the numbers to compare with. */
const copied = [
  "Cargo.toml",
  "Cargo.lock",
  "crates",
  "fuzz",
  "package.json",
  "vitest.config.ts",
  "scripts/lib",
  "ts",
  "test",
];

/** And what no mutant changes. */
const linked = ["node_modules", "build"];

/** The tests in Rust beside the replay, by the rule that they are of. */
const stepTests = new Map([["sam", "a_step_of_sam_takes_the_gradient_from_uphill_with_the_same_mask"]]);

/** The tests in TypeScript. */
const nesting = ["golden-optimizers", "optimizer-nesting"];
const filesOf = {
  lookahead: nesting,
  ema: nesting,
  switch_at: nesting,
  per_parameter: nesting,
  sam: ["sam-minimize", "optimizer-sam"],
  lbfgs: ["lbfgs-update", "lbfgs-minimize", "lbfgs-model"],
};

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

/** Where a mutant's file lies: those of the rules are called by their name alone. */
const pathOf = (file) => (file.includes("/") ? file : join(rulesFolder, file));

/**
 * Reads a mutant's file in the repository.
 *
 * @param {string} file
 */
export const sourceOf = (file) => readFileSync(join(root, pathOf(file)), "utf8");

/** Runs the tests of rules in the copy; gives the rules whose test failed. */
function failures(scratch, file, rules) {
  return extname(file) === ".ts" ? failuresInTypeScript(scratch, rules) : failuresInRust(scratch, rules);
}

async function failuresInTypeScript(scratch, rules) {
  const failed = new Set();
  for (const rule of rules) {
    const tests = filesOf[rule].map((name) => `test/shared/${name}.test.ts`);
    const vitest = join("node_modules", "vitest", "vitest.mjs");
    const parameters = [vitest, "run", "--project", "node", "--pool", "threads", "--bail", "1", ...tests];
    try {
      await run(process.execPath, parameters, { cwd: scratch, env: { ...process.env, NO_COLOR: "1" } });
    } catch (error) {
      if (!(error instanceof CommandError) || !/^ +Tests +\d+ failed/m.test(error.output)) throw error; // it did not even start
      failed.add(rule);
    }
  }
  return failed;
}

async function failuresInRust(scratch, rules) {
  const others = rules.flatMap((rule) => stepTests.get(rule) ?? []);
  const targets = others.length === 0 ? ["--lib"] : ["--lib", "--test", "network"];
  const filters = ["optim::golden::", ...others];
  const parameters = [
    "test",
    "--quiet",
    "-p",
    "downhill-nn",
    ...targets,
    "--no-fail-fast",
    "--locked",
    "--",
    ...filters,
  ];
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
  const failed = [...output.matchAll(/^---- (?:optim::golden::)?(\w+) stdout ----$/gm)].map(([, test]) => test);
  const ruleOf = new Map([...stepTests].map(([rule, test]) => [test, rule]));
  return new Set(failed.map((test) => ruleOf.get(test) ?? test));
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
  for (const path of linked) {
    rmSync(join(scratch, path), { recursive: true, force: true });
    symlinkSync(join(root, path), join(scratch, path), "junction");
  }
  const originals = new Map(chosen.map(({ file }) => [file, sourceOf(file)]));
  for (const mutant of chosen) mutate(originals.get(mutant.file), mutant); // before anything is built
  const write = (file, text) => writeFileSync(join(scratch, pathOf(file)), text);

  for (const language of [".rs", ".ts"]) {
    const own = chosen.filter(({ file }) => extname(file) === language);
    if (own.length === 0) continue;
    const before = await failures(scratch, own[0].file, [...new Set(own.flatMap(({ rules }) => rules))]);
    if (before.size > 0) throw new Error(`fails without any mutant: ${[...before].join(", ")}`);
  }

  const results = [];
  const passes = rounds(chosen);
  for (const [index, round] of passes.entries()) {
    for (const mutant of round) write(mutant.file, mutate(originals.get(mutant.file), mutant));
    const rules = [...new Set(round.flatMap((mutant) => mutant.rules))];
    const failed = await failures(scratch, round[0].file, rules);
    for (const { file } of round) write(file, originals.get(file));
    for (const { rules, name } of round)
      for (const rule of rules)
        if (only.length === 0 || only.includes(rule)) results.push({ rule, name, killed: failed.has(rule) });
    console.log(`  round ${index + 1} of ${passes.length}: ${round.length} mutants, ${failed.size} rules fail`);
  }

  for (const path of linked) rmSync(join(scratch, path), { recursive: true }); // or who walks through build/ would not end
  const survivors = results.filter(({ killed }) => !killed);
  console.log(`\n${table(results)}\n`);
  for (const { rule, name } of survivors) console.log(`  survives: ${rule}: ${name}`);
  console.log(
    `  ${results.length - survivors.length} of ${results.length} killed, ${seconds(performance.now() - start)}`,
  );
  if (survivors.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv.slice(2));
