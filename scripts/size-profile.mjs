// Where the bytes of "train an MLP" go: `npm run size -- --profile`. Functions of the core in groups by their names, modules
// of the facade by their folders. gzip compresses the file as a whole: a group's share of it is its share of the bytes.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { namedCore } from "./lib/named-core.mjs";
import { root } from "./lib/paths.mjs";
import { sectionKinds, WasmReader } from "./lib/wasm-file.mjs";

/** What a function of the core is for, by its name; the first that fits counts. */
const functions = [
  ["the f64 definition behind checkGradients", /^nn::definition|coremodel_check_gradients|^libm/],
  ["products", /^kernels::matmul/],
  ["other kernels", /^kernels/],
  ["optimizers, averages, wrappers", /nn::optim|coreoptimizer/],
  ["layers and their initialisation", /nn::layer|nn::params|nn::random|nn::trig/],
  ["losses, metrics, activations", /nn::loss|nn::metric|nn::activation/],
  ["diagnosis", /nn::diagnose|coremodel_(diagnose|rehearse|divergence)/],
  ["steps, epochs, configuration, boundary", /^<?nn::|^core(model|fit|dataset)|shim$/],
  ["standard library, allocator", /./],
];

/** What a module of the facade is for, by its path; the first that fits counts. */
const modules = [
  ["the wasm as text", /inline\.js$/],
  ["glue that wasm-bindgen writes", /build\/core\.js$/],
  ["diagnosis, advice, explained divergence", /ts\/(diagnose\/|divergence)/],
  ["changes of structure", /ts\/structure\//],
  ["lbfgs", /ts\/(lbfgs|search)\.ts/],
  ["several workers", /ts\/workers\/|replica\/program|spawn/],
  ["files of models", /ts\/(save|training|core\/bytes)\.ts/],
  ["configuration and its checks", /ts\/(config\/|check|errors|rates)/],
  ["the training loop and its callbacks", /ts\/(fit|updates|callbacks)/],
  ["Model, data, the core's start", /./],
];

const groupOf = (groups, name) => groups.find(([, pattern]) => pattern.test(name))?.[0] ?? name;

/**
 * The sizes of a wasm file's functions with their names, and of its other sections that count.
 *
 * @param {Buffer} bytes with a section of names
 * @returns {{ functions: [name: string, bytes: number][], data: number }}
 */
function sizesIn(bytes) {
  const file = new WasmReader(bytes);
  const sizes = [];
  const names = new Map();
  let [imported, data] = [0, 0];
  for (const { kind, length, end } of file.sections()) {
    if (kind === sectionKinds.data) data = length;
    if (kind === sectionKinds.imports) imported = importedFunctions(file);
    if (kind === sectionKinds.code)
      for (let left = file.number(); left > 0; left--) sizes.push(file.bytes(file.number()).length);
    if (kind === sectionKinds.custom && file.string() === "name") readFunctionNames(file, end, names);
  }
  return { functions: sizes.map((size, i) => [names.get(i + imported) ?? "", size]), data };
}

/** How many functions are imported: they stand first, before tables, memories and globals. */
function importedFunctions(file) {
  const count = file.number();
  for (let i = 0; i < count; i++) {
    file.string();
    file.string();
    if (file.byte() !== 0) return i;
    file.number();
  }
  return count;
}

/** The first of the subsections of names is that of the module, the second, 1, that of functions. */
function readFunctionNames(file, end, names) {
  while (file.at < end) {
    const part = file.byte();
    const stop = file.number() + file.at;
    if (part === 1) for (let left = file.number(); left > 0; left--) names.set(file.number(), file.string());
    file.at = stop;
  }
}

/** Bytes by group, and the gzipped share of each, the largest first. */
function shares(groups, sizes, gzipped) {
  const sums = new Map();
  for (const [name, size] of sizes) {
    const group = groupOf(groups, name);
    sums.set(group, (sums.get(group) ?? 0) + size);
  }
  const all = [...sums.values()].reduce((a, b) => a + b, 0);
  return [...sums]
    .map(([group, bytes]) => ({ group, bytes, gzipped: (gzipped * bytes) / all }))
    .sort((a, b) => b.bytes - a.bytes);
}

/**
 * @param {string} program what is bundled, from the sources
 * @returns {Promise<{ wasm: Share[], javascript: Share[] }>} where `Share` is `{ group, bytes, gzipped }`, both in bytes
 */
export async function profile(program) {
  const folder = await mkdtemp(join(tmpdir(), "downhill-size-"));
  try {
    const { functions: named, data } = sizesIn(await readFile(await namedCore(folder)));
    const shipped = gzipSync(await readFile(join(root, "dist", "core.wasm")), { level: 9 }).length;
    const wasm = shares([["constants and texts", /^data$/], ...functions], [["data", data], ...named], shipped);

    const stdin = { contents: program, resolveDir: root };
    const options = { bundle: true, minify: true, format: "esm", write: false, metafile: true, external: ["node:*"] };
    const { metafile, outputFiles } = await build({ ...options, stdin, logLevel: "silent" });
    const [{ inputs }] = Object.values(metafile.outputs);
    const sizes = Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]);
    const text = gzipSync(await readFile(join(root, "build", "simd128", "inline.js")), { level: 9 }).length;
    const rest = gzipSync(outputFiles[0].contents, { level: 9 }).length - text;
    const inline = sizes.filter(([path]) => path.endsWith("inline.js"));
    const others = sizes.filter(([path]) => !path.endsWith("inline.js"));
    return { wasm, javascript: [...shares(modules, inline, text), ...shares(modules, others, rest)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
