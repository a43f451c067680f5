import { frequent, text } from "../../../build/relaxed-simd/inline.js";
import { decodeBytes } from "../bytes.js";

/**
 * The `relaxed-simd` core, from inside this JavaScript. The build for the `workerd` condition takes
 * relaxed-simd.workerd.ts instead of this file.
 */
export function relaxedSimdSource(): BufferSource | WebAssembly.Module {
  return decodeBytes(text, frequent);
}
