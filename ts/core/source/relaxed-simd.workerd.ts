// Cloudflare Workers forbid compiling from bytes; their bundler compiles what is imported.
import module from "../../../build/relaxed-simd/core.wasm";

/** The `relaxed-simd` core, compiled by the host. */
export function relaxedSimdSource(): BufferSource | WebAssembly.Module {
  return module;
}
