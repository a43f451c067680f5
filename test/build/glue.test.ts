import { expect, test } from "vitest";
import { factory, factoryDeclarations } from "../../scripts/lib/glue.mjs";

/** The shape of what wasm-bindgen writes, as small as it gets. */
const glue = `export class Box {
    get() { return wasm.box_get(); }
}
export function version() {
    return wasm.version();
}
function __wbg_get_imports() {
    return {};
}
let wasmModule, wasmInstance, wasm;
function __wbg_finalize_init(instance, module) {
    wasm = instance.exports;
}

async function __wbg_load(module, imports) {
    return fetch(module);
}
export { __wbg_load as default };
`;

const shortNames = new Map([
  ["memory", "a"],
  ["box_get", "b"],
  ["version", "c"],
]);

const declarations = `export class Box {
    get(): number;
}
export function version(): string;

export type InitInput = RequestInfo;
`;

test("the factory exports one function, which gives back classes, functions and the memory", () => {
  const code = factory(glue, shortNames);
  expect(code.match(/^export .*/gm)).toEqual(["export function instantiate(module) {"]);
  expect(code).toContain("return { Box, version, memory: wasm.a };");
  expect(code).not.toContain("fetch");
});

test("the factory calls exports by their short names, and refuses those it does not know", () => {
  const code = factory(glue, shortNames);
  expect(code).toContain("return wasm.b();");
  expect(code).toContain("return wasm.c();");
  expect(code).not.toMatch(/wasm\.\w\w/);
  expect(() => factory(glue, new Map([...shortNames].slice(0, 2)))).toThrow('"version"');
});

test("the declarations name every member once and each class as a type", () => {
  const text = factoryDeclarations(declarations);
  expect(text).toContain("readonly Box: typeof Box;");
  expect(text).toContain("readonly version: typeof version;");
  expect(text).toContain("export type { Box };");
  expect(text).not.toContain("InitInput");
});

test.each([
  ["the loader", "async function __wbg_load("],
  ["the instance variables", "let wasmModule, wasmInstance, wasm;"],
  ["the imports", "function __wbg_get_imports("],
  ["the finish", "function __wbg_finalize_init(instance, module)"],
])("glue without %s is refused", (_, marker) => {
  expect(() => factory(glue.replace(marker, "function other("), shortNames)).toThrow("has changed its form");
});

test("glue with an import, a further export or an address of its own is refused", () => {
  for (const line of ['import "x";', "export default 1;", "const here = import.meta.url;"]) {
    expect(() => factory(`${line}\n${glue}`, shortNames)).toThrow("has changed its form");
  }
  expect(() => factoryDeclarations("export function version(): string;")).toThrow("has changed its form");
});
