// Which lines and branches the quick tests run: those of Rust by cargo-llvm-cov, those of TypeScript by vitest in Node.
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { cache, generated, root } from "../lib/paths.mjs";
import { run, stage } from "../lib/run.mjs";

const version = "0.9.1";

/**
 * @typedef {object} FileCoverage
 * @property {string} file from the root of the repository
 * @property {{ count: number, covered: number }} lines
 * @property {{ count: number, covered: number }} branches of TypeScript; of Rust regions, since only nightly counts branches
 * @property {number[]} missed lines of which no test runs all
 */

/** cargo-llvm-cov in a folder of its own, installed where it is not there. */
async function cargoLlvmCov() {
  const home = join(cache, `cargo-llvm-cov-${version}`);
  const folder = join(home, "bin");
  if (!existsSync(folder)) {
    const parameters = ["install", "cargo-llvm-cov", "--version", version, "--locked", "--debug", "--root", home];
    const env = { ...process.env, CARGO_PROFILE_DEV_DEBUG: "0" };
    await stage(`cargo-llvm-cov ${version} (cargo install)`, () => run("cargo", parameters, { cwd: tmpdir(), env }));
  }
  return join(folder, process.platform === "win32" ? "cargo-llvm-cov.exe" : "cargo-llvm-cov");
}

/**
 * Rust, by its own tests. Tests themselves and tools beside the library do not count.
 *
 * @returns {Promise<FileCoverage[]>}
 */
export async function rustCoverage() {
  const program = await cargoLlvmCov();
  const out = join(generated, "coverage-rust.json");
  await mkdir(generated, { recursive: true });
  const packages = ["-p", "downhill-kernels", "-p", "downhill-nn"];
  const parameters = [
    "llvm-cov",
    ...packages,
    "--locked",
    "--json",
    "--output-path",
    out,
    "--",
    "--skip",
    "native_training",
  ];
  await stage("Rust", () => run(program, parameters, { cwd: root }));
  const { data } = JSON.parse(await readFile(out, "utf8"));
  return data[0].files
    .map(({ filename, summary, segments }) => ({
      file: relative(root, filename),
      lines: summary.lines,
      branches: summary.regions,
      missed: [
        ...new Set(
          segments.filter(([, , count, counted, entry]) => counted && entry && count === 0).map(([line]) => line),
        ),
      ],
    }))
    .filter(({ file }) => /^crates\/\w+\/src\//.test(file) && !/tests?\.rs$|golden\.rs$/.test(file));
}

/**
 * TypeScript, by the tests that run in Node; those in pages and of the package add to it what stands in reasons.mjs.
 *
 * @returns {Promise<FileCoverage[]>}
 */
export async function typescriptCoverage() {
  const folder = join(generated, "coverage-typescript");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const options = [
    "--coverage.enabled",
    "--coverage.provider=v8",
    "--coverage.reportOnFailure",
    "--coverage.include=ts/**/*.ts",
    "--coverage.reporter=json",
  ];
  const parameters = [vitest, "run", "--project", "node", ...options, `--coverage.reportsDirectory=${folder}`];
  await stage("TypeScript", () => run(process.execPath, parameters, { cwd: root }));
  const files = JSON.parse(await readFile(join(folder, "coverage-final.json"), "utf8"));
  const counted = Object.values(files).filter(({ path }) => relative(root, path).startsWith("ts"));
  return counted.map(({ path, statementMap, s, b }) => {
    const hits = new Map();
    for (const [id, { start }] of Object.entries(statementMap))
      hits.set(start.line, Math.max(hits.get(start.line) ?? 0, s[id]));
    const branches = Object.values(b).flat();
    return {
      file: relative(root, path),
      lines: { count: hits.size, covered: [...hits.values()].filter((count) => count > 0).length },
      branches: { count: branches.length, covered: branches.filter((count) => count > 0).length },
      missed: [...hits].filter(([, count]) => count === 0).map(([line]) => line),
    };
  });
}

/** The sums over files. */
export function total(files) {
  const sum = (kind, what) => files.reduce((all, file) => all + file[kind][what], 0);
  const of = (kind) => ({ count: sum(kind, "count"), covered: sum(kind, "covered") });
  return { lines: of("lines"), branches: of("branches") };
}

/** 93.4 %, or 100 % where nothing is missing. */
export const share = ({ count, covered }) =>
  count === covered ? "100 %" : `${Math.min(99.9, (100 * covered) / count).toFixed(1)} %`;

/** Runs of lines: 3–5, 9. */
export function ranges(lines) {
  const runs = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    if (runs.at(-1)?.[1] === line - 1) runs.at(-1)[1] = line;
    else runs.push([line, line]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}
