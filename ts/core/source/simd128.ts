import { frequent, text } from "../../../build/simd128/inline.js";
import { decodeBytes } from "../bytes.js";

/**
 * The `simd128` core, from inside this JavaScript, so that it runs everywhere without configuration. The build for the
 * `workerd` condition takes simd128.workerd.ts instead of this file.
 */
export function simd128Source(): BufferSource | WebAssembly.Module {
  return decodeBytes(text, frequent);
}
