// Where the bytes of "train an MLP" go: `npm run size -- --profile`. Functions of the core in groups by their names, modules
// of the facade by their folders. gzip compresses the file as a whole: a group's share of it is its share of the bytes.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { namedCore } from "./lib/named-core.mjs";
import { root } from "./lib/paths.mjs";

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
  let at = 8;
  const number = () => {
    let [value, shift] = [0, 0];
    for (let byte = 128; byte >= 128; shift += 7) {
      byte = bytes[at++];
      value |= (byte & 127) << shift;
    }
    return value >>> 0;
  };
  const string = () => {
    const length = number();
    at += length;
    return bytes.toString("utf8", at - length, at);
  };
  const sizes = [];
  const names = new Map();
  let [imported, data] = [0, 0];
  while (at < bytes.length) {
    const id = bytes[at++];
    const length = number();
    const end = at + length;
    if (id === 2) {
      const count = number();
      for (let i = 0; i < count; i++) {
        string();
        string();
        // Functions stand first; tables, memories and globals are not counted among them.
        if (bytes[at++] !== 0) break;
        number();
        imported++;
      }
    }
    if (id === 10) {
      const count = number();
      for (let i = 0; i < count; i++) {
        const size = number();
        sizes.push(size);
        at += size;
      }
    }
    if (id === 11) data = length;
    if (id === 0 && string() === "name") {
      while (at < end) {
        const part = bytes[at++];
        const stop = number() + at;
        if (part === 1) {
          const count = number();
          for (let i = 0; i < count; i++) names.set(number(), string());
        }
        at = stop;
      }
    }
    at = end;
  }
  return { functions: sizes.map((size, i) => [names.get(i + imported) ?? "", size]), data };
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
