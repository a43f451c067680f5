// Which lines and branches of Rust the tests run: its own as native code, and those of the facade as WebAssembly.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { executable } from "../lib/browsers.mjs";
import { cache, root } from "../lib/paths.mjs";
import { ask, ByHand, run, stage } from "../lib/run.mjs";
import { measuredModule, writeProfile } from "./core.mjs";
import { folder, groupBy } from "./files.mjs";

const version = "0.9.1";

/** Branches are counted by an option that the compiler keeps for its nightly builds, unless told otherwise. */
const bootstrap = { RUSTC_BOOTSTRAP: "1" };

/** cargo-llvm-cov in a folder of its own, installed where it is not there. */
async function cargoLlvmCov() {
  const home = join(cache, `cargo-llvm-cov-${version}`);
  const path = join(home, "bin", `cargo-llvm-cov${executable}`);
  if (!existsSync(path)) {
    const parameters = ["install", "cargo-llvm-cov", "--version", version, "--locked", "--debug", "--root", home];
    const env = { ...process.env, CARGO_PROFILE_DEV_DEBUG: "0" };
    await stage(`cargo-llvm-cov ${version} (cargo install)`, () => run("cargo", parameters, { cwd: tmpdir(), env }));
  }
  return path;
}

/**
 * The tools of LLVM that fit the compiler, installed by rustup where they are not there.
 *
 * @param {NodeJS.ProcessEnv} env of the compiler
 * @returns {Promise<(name: string) => string>} the path of one
 */
export async function llvmTools(env) {
  const host = /^host: (.+)$/m.exec(ask("rustc", ["-vV"], env) ?? "")?.[1] ?? "";
  const tools = join(ask("rustc", ["--print", "sysroot"], env) ?? "", "lib", "rustlib", host, "bin");
  const path = (name) => join(tools, `${name}${executable}`);
  if (!existsSync(path("llvm-cov")))
    await run("rustup", ["component", "add", "llvm-tools"], { env }).catch(() => {
      throw new ByHand("Add LLVM's tools to your Rust compiler by hand: `rustup component add llvm-tools`.");
    });
  return path;
}

/**
 * By the tests of the kernels and of the network.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export async function nativeCoverage(env) {
  const program = await cargoLlvmCov();
  const out = join(folder, "native.lcov");
  await mkdir(folder, { recursive: true });
  const packages = ["-p", "downhill-kernels", "-p", "downhill-nn"];
  const parameters = ["llvm-cov", ...packages, "--locked", "--branch", "--lcov", "--output-path", out];
  // Optimised, since counting slows down long loops most; one test at a time, since threads that count in the same place
  // wait for each other.
  const quick = { CARGO_PROFILE_DEV_OPT_LEVEL: "3", RUST_TEST_THREADS: "1" };
  await stage("Rust as native code", () =>
    run(program, parameters, { cwd: root, env: { ...env, ...bootstrap, ...quick } }),
  );
  return readLcov(await readFile(out, "utf8"));
}

/** By the tests of the facade in Node, which `typescriptCoverage` ran with the core that has counters. */
export async function boundaryCoverage(llvm) {
  const [raw, profile] = ["core.profraw", "core.profdata"].map((name) => join(folder, name));
  await writeProfile(raw);
  await run(llvm("llvm-profdata"), ["merge", "-sparse", raw, "-o", profile]);
  const parameters = ["export", "--format=lcov", `--instr-profile=${profile}`, measuredModule];
  return readLcov((await run(llvm("llvm-cov"), parameters)).stdout);
}

/**
 * Both together. Tests that stand in a file of the library do not count.
 *
 * @returns {import("./files.mjs").FileCoverage[]}
 */
export function rustFiles(...reports) {
  const names = [...new Set(reports.flatMap((report) => [...report.keys()]))].sort();
  return names.map((file) => {
    const seen = reports.flatMap((report) => report.get(file) ?? []);
    const text = readFileSync(join(root, file), "utf8").split("\n");
    const tests = text.findIndex((line, i) => line === "#[cfg(test)]" && text[i + 1].startsWith("mod "));
    const isOurs = ([line]) => tests < 0 || line <= tests;
    return {
      file,
      lines: sum(seen.map(({ lines }) => lines)).filter(isOurs),
      branches: sum(seen.map(({ branches }) => branches)).filter(isOurs),
    };
  });
}

/** Lists of `[line, count]` added up: those of one line in their order, where every list has as many of that line. */
function sum(lists) {
  const [all, ...others] = lists.map((list) => groupBy(list, ([line]) => line));
  for (const other of others)
    for (const [line, counts] of other) {
      const known = all.get(line);
      if (known?.length === counts.length) for (const [i, [, count]] of counts.entries()) known[i][1] += count;
      else if (known === undefined || known.length < counts.length) all.set(line, counts);
    }
  return [...all.values()].flat();
}

/** Reads what LLVM writes for lcov: counts by file, of those of the library. */
function readLcov(text) {
  const files = new Map();
  for (const record of text.split("end_of_record")) {
    const file = relative(root, /^SF:(.+)$/m.exec(record)?.[1] ?? "").replaceAll("\\", "/");
    if (!/^crates\/\w+\/src\//.test(file) || /\/(tests|golden)\.rs$/.test(file)) continue;
    const read = (pattern) => Array.from(record.matchAll(pattern), ([, line, count]) => [+line, +count || 0]);
    files.set(file, { lines: read(/^DA:(\d+),(\d+)/gm), branches: read(/^BRDA:(\d+),\d+,\d+,(\d+|-)$/gm) });
  }
  return files;
}
