// The core without the texts of its panics (scripts/lib/traps.mjs).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import binaryen from "binaryen";
import { expect, test } from "vitest";
import { root } from "../../scripts/lib/paths.mjs";
import { withoutPanicTexts } from "../../scripts/lib/traps.mjs";

/** A module as rustc would name it; each function stores a 1 at its address and, where it is exported, goes on. */
function named(functions: Record<string, string>): Uint8Array {
  const bodies = Object.entries(functions).map(
    ([name, exported], i) => `(func $"${name}" (export "${exported}") (i32.store8 (i32.const ${i}) (i32.const 1)))`,
  );
  const module = binaryen.parseText(`(module (memory (export "memory") 1) ${bodies.join("\n")})`);
  binaryen.setDebugInfo(true);
  return module.emitBinary();
}

const panics = {
  "core[c5930c85a12de822]::panicking::panic_fmt": "panic_fmt",
  "core[c5930c85a12de822]::panicking::panic_bounds_check": "bounds",
  "alloc[3ca501edff3f0c7c]::raw_vec::handle_error": "handle_error",
  "core[c5930c85a12de822]::option::expect_failed": "expect_failed",
  "core[c5930c85a12de822]::slice::index::slice_index_fail": "slice_index_fail",
  "core::array::<impl core::fmt::Debug for [T; N]>::fmt::h8164ae2efe8ef059": "debug",
  "<core[c5930c85a12de822]::fmt::Formatter>::pad": "pad",
};
const others = {
  "nn::step::apply::h7dac1d0ed3f3f411": "step",
  "wasm_bindgen::__rt::borrow_fail::hd32aa6760950cb6e": "borrow_fail",
  "<core::iter::adapters::map::Map<I,F> as core::iter::traits::iterator::Iterator>::try_fold::h30c43349286031eb":
    "fold",
};

test("what only panics traps at once, all else does what it did", async () => {
  const bytes = withoutPanicTexts(named({ ...panics, ...others }));
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(bytes));
  const { memory, ...functions } = instance.exports as Record<string, () => void> & { memory: WebAssembly.Memory };
  for (const name of Object.values(panics)) expect(functions[name], name).toThrow(WebAssembly.RuntimeError);
  for (const name of Object.values(others)) functions[name]?.();
  const count = Object.keys(panics).length;
  expect([...new Uint8Array(memory.buffer, 0, count)]).toEqual(new Array(count).fill(0));
  expect([...new Uint8Array(memory.buffer, count, 3)]).toEqual([1, 1, 1]);
});

test("a core whose panics have other names is refused, not shipped", () => {
  expect(() => withoutPanicTexts(named(others))).toThrow("panicking::panic_fmt, panicking::panic_bounds_check");
});

test("the core that ships names none of its source files", async () => {
  const core = await readFile(join(root, "dist", "core.wasm"), "latin1");
  expect(core.includes("crates/")).toBe(false);
});
