// What a user's bundle of "train an MLP" ships, minified and gzipped, against the goal and the ceiling: `npm run size`;
// with `-- --profile` also what its bytes are for.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { table } from "../examples/lib/text.mjs";
import { root } from "./lib/paths.mjs";
import { kibibytes } from "./lib/units.mjs";
import { profile } from "./size-profile.mjs";

/** The budget that the project set itself, in gzipped bytes of JavaScript and WebAssembly together. Not reached yet. */
export const budget = 60 * 1024;

/** What no change may exceed until the budget is reached; to be lowered with every saving (docs/decisions.md). */
export const ceiling = 133 * 1024;

/** The program. */
export const program = `
import { adam, dense, Model } from "downhill";
const model = await Model.create({ inputs: 4, layers: [dense(16, { activation: "relu" }), dense(3)], loss: "sparseCategoricalCrossEntropy", optimizer: adam() });
await model.fit(globalThis.x, globalThis.y, { epochs: 10 });
globalThis.classes = model.predictClasses(globalThis.x);
`;

/**
 * Bundles the program from dist/ and measures it.
 *
 * @returns {Promise<{ minified: number, gzipped: number, inlinedWasm: number, wasm: number }>} bytes; `inlinedWasm` is the
 *   gzipped share of the wasm as it travels, `wasm` the file by itself, gzipped
 */
export async function measure() {
  const stdin = { contents: program, resolveDir: root };
  // Not what tsconfig.json says: there "downhill" means the sources.
  const tsconfigRaw = {};
  const options = { bundle: true, minify: true, format: "esm", write: false, logLevel: "silent", tsconfigRaw };
  const result = await build({ ...options, stdin });
  const gzip = (data) => gzipSync(data, { level: 9 }).length;
  const code = result.outputFiles[0].contents;
  return {
    minified: code.length,
    gzipped: gzip(code),
    inlinedWasm: gzip(await readFile(join(root, "build", "simd128", "inline.js"))),
    wasm: gzip(await readFile(join(root, "dist", "core.wasm"))),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const cell = (bytes) => `${kibibytes(bytes)} KiB`.padStart(10);
  const { minified, gzipped, inlinedWasm, wasm } = await measure();
  console.log(`"train an MLP", bundled and minified  ${cell(minified)}`);
  console.log(`  gzipped                             ${cell(gzipped)}   budget ${kibibytes(budget)} KiB`);
  console.log(
    `  of that the wasm as it travels      ${cell(inlinedWasm)}   (the file by itself ${kibibytes(wasm)} KiB)`,
  );
  if (process.argv.includes("--profile")) {
    const { wasm, javascript } = await profile(program);
    for (const [title, rows] of Object.entries({ "WebAssembly, KiB": wasm, "JavaScript, KiB": javascript })) {
      const lines = rows.map(({ group, bytes, gzipped }) => [group, kibibytes(bytes), kibibytes(gzipped)]);
      console.log(`\n${table([title, "as it is", "gzipped"], lines)}`);
    }
  }
  if (gzipped > budget) console.log(`over the budget by ${kibibytes(gzipped - budget)} KiB`);
  if (gzipped > ceiling) {
    console.error(`over the ceiling of ${kibibytes(ceiling)} KiB by ${kibibytes(gzipped - ceiling)} KiB`);
    process.exitCode = 1;
  }
}
