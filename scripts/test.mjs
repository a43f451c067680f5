// All checks and tests: `npm test`. Rust runs beside the npm side; failures are shown at the end, and the last line counts
// every test case, each check as one.
//
//   node scripts/test.mjs [--only check]      only what needs no test run: formats, lints, types
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildLibrary, buildPlayground } from "./build.mjs";
import { buildWasm } from "./build-wasm.mjs";
import { findEngines, prepareEngines } from "./engines/find.mjs";
import { generated, root } from "./lib/paths.mjs";
import { ask, CommandError, run, seconds, stage } from "./lib/run.mjs";
import { fail, prepare } from "./toolchain.mjs";

const onlyChecks = process.argv.slice(2).join(" ") === "--only check";
const reports = join(generated, "reports");
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What failed, for the end: the stage and all that it printed. */
const failures = [];

/** Runs a stage that counts as one test case; gives back whether it passed. */
const check = (name, work) => suite(name, work, () => ({ passed: 1, failed: 0, skipped: 0 }));

/**
 * Runs a stage and adds up its test cases.
 *
 * @param {string} name
 * @param {() => Promise<{ output: string } | undefined>} work
 * @param {(output: string) => { passed: number, failed: number, skipped: number }} count reads what the runner reported
 * @returns {Promise<boolean>} whether everything passed
 */
async function suite(name, work, count) {
  let problem;
  let output = "";
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    output = (await stage(name, work))?.output ?? "";
  } catch (error) {
    problem = error;
    output = error instanceof CommandError ? error.output : "";
  }
  // A check that failed has nothing to count; a runner may still tell how many of its cases passed.
  try {
    if (problem === undefined || count.length > 0) counts = count(output);
  } catch (error) {
    problem ??= error;
  }
  // Something may be wrong without a failed case: a crash, an error outside of tests, a report that is missing.
  if (problem !== undefined && counts.failed === 0) counts.failed = 1;
  if (problem === undefined && counts.failed > 0) problem = new Error(output);
  if (problem !== undefined) {
    const text =
      problem instanceof CommandError ? `${problem.commandLine}\n${output.trimEnd()}` : (problem.stack ?? problem);
    failures.push(`${name}\n${text}`);
  }
  for (const key of Object.keys(totals)) totals[key] += counts[key];
  return problem === undefined;
}

const node = (script, ...parameters) =>
  run(process.execPath, [join(root, "node_modules", script), ...parameters], { cwd: root });
const cargo = (...parameters) => run("cargo", parameters, { cwd: root });

// ---- Rust ------------------------------------------------------------------------------------------------------------

async function rust() {
  await check("cargo fmt", () => cargo("fmt", "--all", "--check"));
  await check("clippy", () => cargo("clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"));
  if (onlyChecks) return;
  const hasNextest = ask("cargo", ["nextest", "--version"]) !== undefined;
  if (hasNextest) {
    await suite(
      "cargo nextest",
      () => cargo("nextest", "run", "--workspace", "--locked", "--no-fail-fast"),
      nextestCounts,
    );
    await suite(
      "cargo test --doc",
      () => cargo("test", "--workspace", "--locked", "--doc", "--no-fail-fast"),
      libtestCounts,
    );
  } else {
    await suite("cargo test", () => cargo("test", "--workspace", "--locked", "--no-fail-fast"), libtestCounts);
  }
}

/** Reads `Summary [   0.1s] 12 tests run: 11 passed (1 slow), 1 failed, 2 skipped`. */
function nextestCounts(output) {
  const summary = /^\s*Summary \[.*\]\s+\d+(?:\/\d+)? tests? run: (.*)$/m.exec(output)?.[1];
  if (summary === undefined) throw new Error(`cargo nextest printed no summary:\n${output}`);
  const number = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  return { passed: number("passed"), failed: number("failed") + number("timed out"), skipped: number("skipped") };
}

/** Adds up the lines `test result: ok. 3 passed; 0 failed; 1 ignored; …`. */
function libtestCounts(output) {
  const lines = [...output.matchAll(/^test result: .* (\d+) passed; (\d+) failed; (\d+) ignored;/gm)];
  if (lines.length === 0) throw new Error(`cargo test printed no result:\n${output}`);
  const sum = (group) => lines.reduce((total, line) => total + Number(line[group]), 0);
  return { passed: sum(1), failed: sum(2), skipped: sum(3) };
}

// ---- TypeScript ------------------------------------------------------------------------------------------------------

async function typescript(toolchain, engines) {
  await check("biome", () => node("@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."));
  if (!(await check("wasm", () => buildWasm(toolchain)))) return;
  const types = check("types (tsc)", () => node("typescript/bin/tsc"));
  if (onlyChecks) return types;
  const [built] = await Promise.all([check("library", buildLibrary), types]);
  if (built)
    await check("size of a bundle", () => run(process.execPath, [join(root, "scripts", "size.mjs")], { cwd: root }));
  const browser = { DOWNHILL_CHROMIUM: toolchain.chromium };
  await vitest("node", "vitest in Node");
  await vitest("chromium", "vitest in Chromium", browser);
  await check("engines", () => engines);
  for (const { name, reason } of findEngines().missing) console.log(`  ${name} was not found: ${reason}`);
  if (!built) return;
  await vitest("artefacts", "artefacts and the packed package", browser);
  if (await check("playground", buildPlayground)) await vitest("playground", "the playground in Chromium", browser);
}

function vitest(project, name, variables = {}) {
  const report = join(reports, `${project}.json`);
  const work = () => {
    rmSync(report, { force: true });
    const parameters = [
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ];
    const script = join(root, "node_modules", "vitest", "vitest.mjs");
    return run(process.execPath, [script, ...parameters], { cwd: root, env: { ...process.env, ...variables } });
  };
  return suite(name, work, (_) => {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  });
}

// ---- Everything ------------------------------------------------------------------------------------------------------

try {
  const start = performance.now();
  const toolchain = await prepare({ browser: !onlyChecks });
  mkdirSync(reports, { recursive: true });
  await check("Cargo.lock fits", () => cargo("metadata", "--locked", "--format-version", "1", "--quiet"));
  // Beside everything until they are needed; a failure is told there.
  const engines = onlyChecks ? undefined : prepareEngines();
  engines?.catch(() => {});
  await Promise.all([rust(), typescript(toolchain, engines)]);
  for (const failure of failures) console.log(`\n✗ ${failure}`);
  const { passed, failed, skipped } = totals;
  console.log(`\ntook ${seconds(performance.now() - start)}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  if (failed > 0) process.exitCode = 1;
} catch (error) {
  fail(error);
}
