// Cloudflare Workers forbid compiling from bytes; their bundler compiles what is imported.
import module from "../../../build/simd128/core.wasm";

/** The `simd128` core, compiled by the host. */
export function simd128Source(): BufferSource | WebAssembly.Module {
  return module;
}
