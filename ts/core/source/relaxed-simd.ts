import { base64 } from "../../../build/relaxed-simd/inline.js";
import { decodeBase64 } from "../base64.js";

/**
 * The `relaxed-simd` core, from inside this JavaScript. The build for the `workerd` condition takes
 * relaxed-simd.workerd.ts instead of this file.
 */
export function relaxedSimdSource(): BufferSource | WebAssembly.Module {
  return decodeBase64(base64);
}
