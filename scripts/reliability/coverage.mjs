// Lines and branches that the tests run: `npm run coverage` is this part alone.
import { buildMeasuredCore } from "../coverage/core.mjs";
import { explained } from "../coverage/explained.mjs";
import { explain, groupBy, ranges, share, total } from "../coverage/files.mjs";
import { writePrograms } from "../coverage/programs.mjs";
import { boundaryCoverage, llvmTools, nativeCoverage, rustFiles } from "../coverage/rust.mjs";
import { typescriptCoverage } from "../coverage/typescript.mjs";
import { prepare } from "../toolchain.mjs";

export const place = 8;
export const title = "Coverage";
export const unit = "run of the tests of each language";
export const counts = { short: 1, full: 1 };

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure() {
  const toolchain = await prepare({ browser: true });
  const llvm = await llvmTools(toolchain.env);
  await writePrograms();
  await buildMeasuredCore(toolchain, llvm);
  // One after the other: at once they would let tests with a clock run late.
  const native = await nativeCoverage(toolchain.env);
  const typescript = await typescriptCoverage(toolchain.chromium);
  const rust = rustFiles(native, await boundaryCoverage(llvm));
  const { gaps, failures } = await explain([...rust, ...typescript], explained);
  const row = (name, files) => {
    const [lines, branches] = ["lines", "branches"].map((kind) => total(files, kind));
    return [name, share(lines), share(branches), lines.count - lines.covered, branches.count - branches.covered];
  };
  const sums = [row("**Rust**", rust), row("**TypeScript**", typescript)];
  const head = (first) => [first, "lines", "branches", "lines missed", "branches missed"];
  return {
    failures,
    tables: [
      { head: head(""), rows: [...sums, ...groups([...rust, ...typescript]).map(([name, files]) => row(name, files))] },
      { head: head("file"), rows: [...rust, ...typescript].map((one) => row(one.file, [one])) },
      {
        head: ["file", "lines that no test runs", "lines with a way that no test takes", "why"],
        words: 4,
        rows: gaps.map(({ file, lines, branches, why }) => [file, ranges(lines), ranges(branches), why.join("; ")]),
      },
    ],
    notes: [
      "Rust is counted twice and added up: the tests of the kernels and of the network as native code, and, as WebAssembly, a core with counters that every test of the facade in Node ran. TypeScript is counted by V8 over the tests in Node, in Node's worker threads and in Chromium's pages; what the packed package, the playground, Firefox and WebKit run is not counted. Files of types have no lines.",
    ],
  };
}

export { measure as run };

/** Files by their folder. */
const groups = (files) => [...groupBy(files, ({ file }) => `${file.split("/").slice(0, -1).join("/")}/`)];
