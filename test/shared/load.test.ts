import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { compile, defaultModule, instantiate } from "../../ts/core/load.js";
import { UnsupportedError } from "../../ts/errors.js";
import { relaxedSimd } from "../../ts/relaxed-simd.js";

test("the core inside the library runs and has the version of the package", () => {
  expect(instantiate(defaultModule()).version()).toBe(manifest.version);
});

test("two instances have memories of their own", () => {
  const [first, second] = [instantiate(defaultModule()), instantiate(defaultModule())];
  expect(first.memory).not.toBe(second.memory);
  first.memory.grow(1);
  expect(second.memory.buffer.byteLength).toBe(first.memory.buffer.byteLength - 65_536);
  expect(first.version()).toBe(second.version());
});

test("the default module is compiled once", () => {
  expect(defaultModule()).toBe(defaultModule());
});

test("a module that the host compiled is taken as it is", () => {
  expect(compile(defaultModule())).toBe(defaultModule());
});

test("relaxed SIMD runs exactly where the engine says that it is supported", () => {
  const { bytes, supported } = relaxedSimd;
  if (bytes instanceof WebAssembly.Module) throw new TypeError("only a workerd build has a module");
  expect(WebAssembly.validate(bytes)).toBe(supported);
  if (supported) expect(instantiate(compile(bytes)).version()).toBe(manifest.version);
});

test("an engine without WebAssembly SIMD gets a named error", () => {
  const validate = WebAssembly.validate;
  WebAssembly.validate = () => false;
  try {
    expect(() => compile(new Uint8Array())).toThrow(UnsupportedError);
  } finally {
    WebAssembly.validate = validate;
  }
  expect(() => compile(new Uint8Array())).toThrow(WebAssembly.CompileError);
});
