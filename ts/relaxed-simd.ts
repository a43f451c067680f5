/**
 * The entry `downhill/relaxed-simd`: a build of the core with fused multiply-add. It is faster on some processors, slower
 * on others, and without the promise of equal bits everywhere.
 */
import { relaxedSimdSource } from "./core/source/relaxed-simd.js";

/** The relaxed-SIMD build of the core, for `init({ wasm: relaxedSimd })`. */
export interface RelaxedSimd {
  readonly variant: "relaxed-simd";
  /** whether this engine runs it: Chromium since 114, Node since 22, not every browser */
  readonly supported: boolean;
  /** the WebAssembly itself; compiled already where the host does that (the `workerd` condition) */
  readonly bytes: BufferSource | WebAssembly.Module;
}

/** The smallest module with a relaxed instruction: `i8x16.relaxed_swizzle` of two splats, dropped. */
const relaxedProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 0, 65, 0, 253, 15, 65, 0, 253, 15, 253,
  128, 2, 26, 11,
];

/**
 * The relaxed-SIMD build of the core.
 *
 * @example
 * ```ts
 * import { init } from "downhill";
 * import { relaxedSimd } from "downhill/relaxed-simd";
 *
 * if (relaxedSimd.supported) await init({ wasm: relaxedSimd });
 * ```
 */
export const relaxedSimd: RelaxedSimd = {
  variant: "relaxed-simd",
  get supported() {
    return typeof WebAssembly === "object" && WebAssembly.validate(Uint8Array.from(relaxedProbe));
  },
  get bytes() {
    return relaxedSimdSource();
  },
};
