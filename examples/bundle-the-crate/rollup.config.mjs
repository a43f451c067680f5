import { join } from "node:path";
import rust from "@wasm-tool/rollup-plugin-rust";
import { generated, root } from "../../scripts/lib/paths.mjs";
import { optimized } from "../../scripts/lib/wasm-opt.mjs";
import { prepare } from "../../scripts/toolchain.mjs";

// The plugin reads its tools from the environment; without these it would download them.
const { env, wasmBindgen } = await prepare();
Object.assign(process.env, env, {
  WASM_BINDGEN_BIN: wasmBindgen,
  WASM_OPT_BIN: join(root, "node_modules", ".bin", "wasm-opt"),
});

export default {
  input: join(root, "examples", "bundle-the-crate", "main.js"),
  output: { dir: join(generated, "bundle-the-crate"), format: "es" },
  plugins: [rust({ inlineWasm: true, extraArgs: { wasmOpt: optimized } })],
};
