// Panics of the core as bare traps. A panic in WebAssembly ends in `unreachable` whatever it was going to say: nobody
// listens to the texts that it formats. What formats them, and what each place hands to it, need not travel.
import binaryen from "binaryen";

/**
 * Functions that never return, since they format what happened and trap (not those that throw a JavaScript error), and all
 * formatting: the core's own errors are numbers, so nothing else formats. A `format!` in the core would trap.
 */
const panicking =
  /^(core|alloc|std)\[\w+\]::(panicking::|cell::panic_already|option::(expect|unwrap)_failed|result::unwrap_failed|slice::index::slice_\w*fail|slice::copy_from_slice_impl::len_mismatch_fail|raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error)|core(\[\w+\])?::fmt::/;

/** Each of them is in every build of the core: should one be missing, compiler or naming has changed. */
const expected = ["panicking::panic_fmt", "panicking::panic_bounds_check", "raw_vec::handle_error"];

/**
 * The core with `unreachable` as the whole body of each function that only panics need; wasm-opt then drops what led to it.
 *
 * @param {Uint8Array} bytes with a section of names
 * @returns {Uint8Array} with names, too
 * @throws {Error} when the functions are not found
 */
export function withoutPanicTexts(bytes) {
  const module = binaryen.readBinary(bytes);
  try {
    const found = [];
    for (let i = 0; i < module.getNumFunctions(); i++) {
      const reference = module.getFunctionByIndex(i);
      const escaped = binaryen.getFunctionInfo(reference).name;
      const name = escaped.replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
      if (!panicking.test(name)) continue;
      binaryen.Function.setBody(reference, module.unreachable());
      found.push(name);
    }
    const missing = expected.filter((part) => !found.some((name) => name.includes(part)));
    if (missing.length > 0) throw new Error(`the core has no function named ${missing.join(", ")}: fix lib/traps.mjs`);
    binaryen.setDebugInfo(true);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
