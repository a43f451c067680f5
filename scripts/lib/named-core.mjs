// The core that ships, function for function, with the functions' names, which wasm-opt drops there.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { prepare } from "../toolchain.mjs";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";
import { withoutPanicTexts } from "./traps.mjs";
import { optimized, wasmOpt } from "./wasm-opt.mjs";

/**
 * Builds it into `folder`; the library must have been built.
 *
 * @param {string} folder
 * @returns {Promise<string>} the file
 */
export async function namedCore(folder) {
  const { env, wasmBindgen } = await prepare();
  const compiled = join(root, "target", "wasm-simd128", "wasm32-unknown-unknown", "release", "downhill_core.wasm");
  await run(wasmBindgen, [compiled, "--target", "web", "--out-dir", folder, "--out-name", "core"], { env });
  const bound = join(folder, "core_bg.wasm");
  await writeFile(bound, withoutPanicTexts(await readFile(bound)));
  const core = join(folder, "core.wasm");
  await wasmOpt([...optimized, "-g"], bound, core);
  return core;
}
