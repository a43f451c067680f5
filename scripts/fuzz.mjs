// libFuzzer searches for numbers at which the core panics: `npm run fuzz -- [--seconds 60] [--only config|calls]`.
//
// Needs rustup with a nightly toolchain; cargo-fuzz is installed if it is missing. What it finds lies in
// fuzz/libfuzzer/artifacts; an input that crashed goes to fuzz/regressions/TARGET, where the tests run it for ever. Without a
// nightly toolchain the same targets run on random bytes (fuzz/tests/campaign.rs).
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { cache, root } from "./lib/paths.mjs";
import { ask, run, stage } from "./lib/run.mjs";
import { fail } from "./toolchain.mjs";

export const targets = ["config", "calls"];
const version = "0.13.2";

/** Can libFuzzer run here? Installs cargo-fuzz if only that is missing. */
async function hasLibFuzzer() {
  if (ask("cargo", ["+nightly", "--version"]) === undefined) return false;
  if (ask("cargo", ["fuzz", "--version"]) !== undefined) return true;
  const install = () => run("cargo", ["install", "cargo-fuzz", "--version", version, "--locked", "--quiet"]);
  return stage(`cargo-fuzz ${version}`, install).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a target for so many seconds.
 *
 * @returns {Promise<{ by: string, executions: number, edges: number | undefined }>}
 * @throws {import("./lib/run.mjs").CommandError} with the input, if it panics
 */
export async function fuzz(target, seconds) {
  if (!(await hasLibFuzzer())) {
    const env = { ...process.env, DOWNHILL_FUZZ_SECONDS: String(seconds), RUST_BACKTRACE: "0" };
    const parameters = ["test", "--quiet", "-p", "downhill-fuzz", "--test", "campaign", "--", "--nocapture", "nothing"];
    const { output } = await run("cargo", parameters, { cwd: root, env });
    const executions = Number(new RegExp(`${target}: (\\d+) executions`).exec(output)?.[1]);
    return { by: "random bytes", executions, edges: undefined };
  }
  // What was learnt in earlier runs is kept for the next.
  const corpus = join(cache, "fuzz", target);
  mkdirSync(corpus, { recursive: true });
  const folder = join("fuzz", "libfuzzer");
  const parameters = [
    "+nightly",
    "fuzz",
    "run",
    "--fuzz-dir",
    folder,
    "--target-dir",
    join("target", "fuzz"),
    target,
    corpus,
  ];
  const limits = [`-max_total_time=${seconds}`, "-max_len=400", "-timeout=20", "-rss_limit_mb=4096"];
  // The targets' own allocator refuses large pieces; sanitizers would put theirs in its place.
  const { output } = await run(
    "cargo",
    [...parameters, join("fuzz", "regressions", target), "--sanitizer", "none", "--", ...limits],
    { cwd: root, env: { ...process.env, RUST_BACKTRACE: "0" } },
  );
  const executions = Number(/Done (\d+) runs/.exec(output)?.[1]);
  const edges = Number(Array.from(output.matchAll(/cov: (\d+)/g)).at(-1)?.[1]);
  return { by: "libFuzzer", executions, edges };
}

async function main() {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, only: { type: "string" } } });
  for (const target of values.only?.split(",") ?? targets) {
    const { by, executions, edges } = await stage(target, () => fuzz(target, Number(values.seconds)));
    console.log(`${target}: ${executions} executions by ${by}${edges ? `, ${edges} edges seen` : ""}, no panic`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main().catch(fail);
