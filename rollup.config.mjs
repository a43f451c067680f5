// ts/ + build/ → dist/: the same entries as ESM, as CommonJS, for hosts with the `workerd` condition, and as declarations.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { transform } from "esbuild";
import { dts } from "rollup-plugin-dts";
import { generated, root } from "./scripts/lib/paths.mjs";

/** Every public entry and its source; those of parts that are not written yet are left out. */
const entries = Object.fromEntries(
  [
    ["index", "ts/index.ts"],
    ["relaxed-simd", "ts/relaxed-simd.ts"],
    ["plot", "ts/plot/index.ts"],
    ["node", "ts/node/index.ts"],
    ["worker", "ts/worker/index.ts"],
  ].filter(([, source]) => existsSync(join(root, source))),
);

/** What a worker file of the user's own takes. */
const thread = { "worker-thread": "ts/worker/thread.ts" };

/** The plots declare for themselves the few shapes they share with `downhill`: all are structural. */
const { plot, ...others } = entries;

/** Node's own modules, only reached from the entries for Node. */
const external = /^node:/;

/** TypeScript becomes JavaScript, comments go, and `./x.js` means `./x.ts` where that exists. */
const typescript = {
  name: "typescript",
  resolveId(specifier, importer) {
    if (importer === undefined || !specifier.startsWith(".")) return null;
    const path = join(importer, "..", specifier);
    const source = path.replace(/\.js$/, ".ts");
    return existsSync(source) ? source : path;
  },
  async transform(code, path) {
    if (!/\.[jt]s$/.test(path)) return null;
    // The long line needs no way back to its source, and would double the map.
    if (path.startsWith(generated) && path.endsWith("inline.js")) return { code, map: { mappings: "" } };
    const loader = path.endsWith(".ts") ? "ts" : "js";
    const result = await transform(code, { loader, target: "es2022", sourcemap: true, sourcefile: path });
    return { code: result.code, map: result.map };
  },
};

/** A worker gets its core from whoever starts it. */
const withoutCore = {
  name: "without-core",
  resolveId: (specifier, importer) =>
    specifier === "./source/simd128.js" ? join(importer, "..", "source", "simd128.sent.ts") : null,
};

/** Hosts that forbid compiling from bytes import the wasm file, which lies beside the entries. */
const workerd = {
  name: "workerd",
  resolveId(specifier, importer) {
    if (specifier.endsWith(".wasm")) return { id: `../${wasmName(join(importer, "..", specifier))}`, external: true };
    const twin = importer && join(importer, "..", specifier.replace(/\.js$/, ".workerd.ts"));
    return twin?.endsWith(".workerd.ts") && existsSync(twin) ? twin : null;
  },
};

/** What the plots take from d3 travels inside them, with its licence; the package itself depends on nothing. */
const vendored = {
  name: "vendored",
  resolveId(specifier, importer) {
    return /^(d3-|internmap)/.test(specifier) ? createRequire(importer).resolve(specifier) : null;
  },
  renderChunk(code, { modules }) {
    const folders = new Set(Object.keys(modules).flatMap((path) => /^.*node_modules[\\/][^\\/]+/.exec(path) ?? []));
    const notices = [...folders].sort().map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return `${name} ${version}\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}`;
    });
    if (notices.length === 0) return null;
    return { code: `${code}\n/*! Holds parts of:\n\n${notices.join("\n\n")}\n*/\n`, map: null };
  },
};

/** Under which name each variant's wasm lies in dist/. */
const wasmFiles = { simd128: "core.wasm", "relaxed-simd": "relaxed-simd.wasm" };

const wasmName = (path) => wasmFiles[Object.keys(wasmFiles).find((variant) => path === variantPath(variant))];
const variantPath = (variant) => join(generated, variant, "core.wasm");

const copyWasm = {
  name: "copy-wasm",
  writeBundle({ dir }) {
    mkdirSync(dir, { recursive: true });
    for (const [variant, name] of Object.entries(wasmFiles)) copyFileSync(variantPath(variant), join(dir, name));
  },
};

const output = (extension, format, dir = "dist") => ({
  dir,
  format,
  sourcemap: !extension.startsWith("d."),
  entryFileNames: `[name].${extension}`,
  chunkFileNames: `${dir === "dist" ? "chunks/" : ""}[name].${extension}`,
  ...(format === "cjs" ? { exports: "named" } : {}),
  ...(extension.startsWith("d.") ? { banner: disposable } : {}),
});

/** `Symbol.dispose` is in no standard library that projects have by default. */
const disposable = ({ modules }) =>
  Object.values(modules).some(({ code }) => code?.includes("Symbol.dispose"))
    ? '/// <reference lib="esnext.disposable" />'
    : "";

export default [
  {
    input: entries,
    external,
    plugins: [vendored, typescript, copyWasm],
    output: [output("js", "es"), output("cjs", "cjs")],
  },
  { input: entries, external, plugins: [workerd, vendored, typescript], output: output("js", "es", "dist/workerd") },
  {
    input: thread,
    plugins: [withoutCore, typescript],
    output: [output("js", "es"), output("cjs", "cjs"), output("js", "es", "dist/workerd")],
  },
  {
    input: { ...others, ...thread },
    external,
    plugins: [dts({ compilerOptions: { stripInternal: true } })],
    output: output("d.ts", "es"),
  },
  {
    input: { ...others, ...thread },
    external,
    plugins: [dts({ compilerOptions: { stripInternal: true } })],
    output: output("d.cts", "es"),
  },
  { input: { plot }, plugins: [dts({ compilerOptions: { stripInternal: true } })], output: output("d.ts", "es") },
  { input: { plot }, plugins: [dts({ compilerOptions: { stripInternal: true } })], output: output("d.cts", "es") },
];
