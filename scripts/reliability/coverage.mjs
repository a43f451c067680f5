// Lines and branches that the tests run: `npm run coverage` is this part alone.
import { ranges, rustCoverage, share, total, typescriptCoverage } from "../coverage/measure.mjs";
import { reasonFor } from "../coverage/reasons.mjs";

export const place = 8;
export const title = "Coverage";
export const unit = "run of the tests of each language";
export const counts = { short: 1, full: 1 };

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure() {
  // Rust first: both at once would let tests with a clock run late.
  const rust = await rustCoverage();
  const typescript = await typescriptCoverage();
  const row = (name, files) => {
    const { lines, branches } = total(files);
    return [name, share(lines), share(branches), lines.count - lines.covered, branches.count - branches.covered];
  };
  const areas = [...group(rust, 2), ...group(typescript, 2)].filter(([name]) => !name.endsWith(".ts"));
  const top = typescript.filter(({ file }) => file.split("/").length === 2);
  const missing = [...rust, ...typescript].filter(({ missed }) => missed.length > 0);
  const unexplained = missing.filter((one) => reasonFor(one) === undefined);
  return {
    failures: unexplained.map(
      ({ file, missed }) => `${file}: no test runs all of lines ${ranges(missed)}, and nothing says why`,
    ),
    tables: [
      {
        head: ["", "lines", "branches (Rust: regions)", "lines missed", "branches missed"],
        rows: [
          row("**Rust**", rust),
          row("**TypeScript**", typescript),
          ...areas.map(([name, files]) => row(name, files)),
          row("ts/*.ts", top),
        ],
      },
      {
        head: ["file", "lines with parts that no counted test runs", "why"],
        words: 3,
        rows: missing.map((one) => [one.file, ranges(one.missed), reasonFor(one) ?? ""]),
      },
    ],
    notes: [
      "Rust is counted by `cargo llvm-cov` over the native tests of the kernels and the network; the boundary, `crates/wasm`, only exists as WebAssembly and is run by every test of the facade. The networks of `same_bits` are left out there: instrumented they take minutes. Branches of Rust need a nightly compiler, so its regions are counted, which are finer than lines. TypeScript is counted by V8 over the tests that run in Node; those in pages, of the packed package and of the playground run more of it but are not counted.",
    ],
  };
}

export { measure as run };

/** Files by the first `depth` parts of their path. */
function group(files, depth) {
  const groups = new Map();
  for (const one of files) {
    const name = one.file.split("/").slice(0, depth).join("/");
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}
