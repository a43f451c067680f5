// wasm-opt, and what engines with SIMD also have; it refuses instructions that are not named.
import { join } from "node:path";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";

const program = join(root, "node_modules", "binaryen", "bin", "wasm-opt");

/** The features of WebAssembly that the core uses. */
export const features = [
  "--enable-simd",
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-reference-types",
  "--enable-multivalue",
];

/** How the core that ships is optimised. */
export const optimized = ["-O3", "--converge", "--strip-producers", "--strip-target-features", ...features];

/**
 * Runs it, and gives exports short names.
 *
 * @param {readonly string[]} flags
 * @param {string} from a wasm file
 * @param {string} to where the new one goes
 * @returns {Promise<ReadonlyMap<string, string>>} what each export is called now
 */
export async function wasmOpt(flags, from, to) {
  const parameters = [program, ...flags, "--minify-imports-and-exports", from, "-o", to];
  const { stdout } = await run(process.execPath, parameters);
  return new Map(Array.from(stdout.matchAll(/\["(.+)", "(.+)"\]/g), ([, long, short]) => [long, short]));
}
