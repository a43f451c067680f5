// wasm-bindgen's glue keeps one instance in module variables. A trap kills an instance and several variants live side by
// side, so we make it a factory: the same code inside one function, called once for each instance.

/**
 * The factory's source.
 *
 * @param {string} glue the module that `wasm-bindgen --target web` wrote
 * @param {ReadonlyMap<string, string>} shortNames what wasm-opt calls each export
 * @returns {string} an ES module that exports `instantiate(module: WebAssembly.Module)`
 */
export function factory(glue, shortNames) {
  // From here on it fetches, compiles and exports; we instantiate ourselves.
  const loader = "async function __wbg_load(";
  const parts = glue.split(loader);
  if (parts.length !== 2) throw unexpected(`"${loader}" once, found ${parts.length - 1} times`);
  const kept = parts[0];
  const needed = [
    "let wasmModule, wasmInstance, wasm;",
    "function __wbg_get_imports(",
    "function __wbg_finalize_init(instance, module)",
  ];
  for (const marker of needed) if (!kept.includes(marker)) throw unexpected(`"${marker}"`);

  const names = [];
  const body = kept.replace(/^export (function|class|const) (\w+)/gm, (_, kind, name) => {
    names.push(name);
    return `${kind} ${name}`;
  });
  for (const forbidden of ["import.meta", "fetch(", "import("]) {
    if (body.includes(forbidden)) throw unexpected(`no "${forbidden}"`);
  }
  if (/^(export|import)\b/m.test(body)) throw unexpected("no other import or export");
  if (names.length === 0) throw unexpected("at least one export");

  const short = (name) => {
    if (!shortNames.has(name)) throw unexpected(`an export "${name}"`);
    return shortNames.get(name);
  };
  return [
    "export function instantiate(module) {",
    body
      .replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${short(name)}`)
      .trimEnd()
      .replace(/^(?=.)/gm, "    "),
    "",
    "    __wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);",
    `    return { ${[...names, `memory: wasm.${short("memory")}`].join(", ")} };`,
    "}",
    "",
  ].join("\n");
}

/**
 * The factory's declarations: `Core` with all that one instance has, and the type of each class.
 *
 * @param {string} declarations the .d.ts that wasm-bindgen wrote
 */
export function factoryDeclarations(declarations) {
  const loader = "export type InitInput =";
  const parts = declarations.split(loader);
  if (parts.length !== 2) throw unexpected(`"${loader}" once in the declarations, found ${parts.length - 1} times`);
  const members = [];
  const classes = [];
  const body = parts[0].replace(/^export (function|class|enum|const) (\w+)/gm, (_, kind, name) => {
    members.push(name);
    if (kind === "class" || kind === "enum") classes.push(name);
    return `declare ${kind} ${name}`;
  });
  return [
    body.trimEnd(),
    "",
    "/** Everything that one instance of the core has. */",
    "export interface Core {",
    "    /** The instance's memory; growing it detaches every view made before. */",
    "    readonly memory: WebAssembly.Memory;",
    ...members.map((name) => `    readonly ${name}: typeof ${name};`),
    "}",
    "",
    "/** Makes a fresh instance of the core. */",
    "export function instantiate(module: WebAssembly.Module): Core;",
    "",
    `export type { ${classes.join(", ")} };`,
    "",
  ].join("\n");
}

const unexpected = (wanted) => new Error(`wasm-bindgen's glue has changed its form: expected ${wanted}`);
