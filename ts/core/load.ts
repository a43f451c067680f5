// From bytes to an instance of the core. Synchronous throughout, and nothing runs when this file is imported.
import { type Core, instantiate as makeInstance } from "../../build/core.js";
import { UnsupportedError } from "../errors.js";
import { simd128Source } from "./source/simd128.js";

export type * from "../../build/core.js";

let compiledDefault: WebAssembly.Module | undefined;

/**
 * The `simd128` core that travels inside the library, compiled on the first call and kept.
 *
 * @throws {UnsupportedError} where the engine lacks WebAssembly or its SIMD
 */
export function defaultModule(): WebAssembly.Module {
  compiledDefault ??= compile(simd128Source());
  return compiledDefault;
}

/**
 * Compiles a core at once; a browser's main thread takes up to 8 MB, the core has a hundredth of that. What the host
 * compiled already is given back as it is.
 *
 * @throws {UnsupportedError} where the engine lacks WebAssembly or its SIMD
 * @throws {WebAssembly.CompileError} where the bytes are no WebAssembly
 */
export function compile(source: BufferSource | WebAssembly.Module): WebAssembly.Module {
  requireSimd();
  return source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
}

/** A fresh instance with a memory of its own; one that trapped is replaced by another call. */
export function instantiate(module: WebAssembly.Module): Core {
  return makeInstance(module);
}

/** The smallest module with a SIMD instruction: `i32.const 0, i8x16.splat, drop`. */
const simdProbe = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];

function requireSimd(): void {
  if (typeof WebAssembly !== "object") {
    throw new UnsupportedError("this engine has no WebAssembly: downhill needs one from 2023 or later");
  }
  if (!WebAssembly.validate(Uint8Array.from(simdProbe))) {
    throw new UnsupportedError("this engine has no WebAssembly SIMD: downhill needs one from 2023 or later");
  }
}
