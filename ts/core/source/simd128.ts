import { order, text } from "../../../build/simd128/inline.js";
import { decodeText } from "../decode.js";

/**
 * The `simd128` core, from inside this JavaScript, so that it runs everywhere without configuration. The build for the
 * `workerd` condition takes simd128.workerd.ts instead of this file.
 */
export function simd128Source(): BufferSource | WebAssembly.Module {
  return decodeText(text, order);
}
