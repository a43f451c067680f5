// Everything from source to dist/ and dist-playground/, only what is out of date: `npm run build`.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildWasm } from "./build-wasm.mjs";
import { generated, root } from "./lib/paths.mjs";
import { run, stage } from "./lib/run.mjs";
import { fingerprint, unlessBuilt } from "./lib/sources.mjs";
import { fail, prepare } from "./toolchain.mjs";

/** ts/workers/replica.ts → build/replica/program.js: what the workers of `fit` run, as one string. */
async function buildReplicaProgram() {
  // Outside of what esbuild rewrites: Node's threads have `require`, those of browsers have not.
  const js = `const threads=typeof require=="function"?require("node:worker_threads"):void 0;`;
  // What the glue calls, under the short names that wasm-opt gave to the exports.
  const glue = await readFile(join(generated, "core.js"), "utf8");
  const find = (pattern) => {
    const [, name] = pattern.exec(glue) ?? fail(new Error(`build/core.js has changed its form: no ${pattern}`));
    return name;
  };
  const method = (name) => find(new RegExp(`\\n +${name}\\(model, index\\) \\{[^}]*?\\bwasm\\.(\\w+)\\(this`));
  const names = {
    memory: find(/\bmemory: wasm\.(\w+)/),
    part: method("part"),
    reduce: method("reduce"),
    finish: method("finish"),
  };
  const define = { names: JSON.stringify(names) };
  await buildProgram("replica", ["ts", "workers", "replica.ts"], { banner: { js }, define });
}

/** ts/worker/main.ts and all it needs → build/worker/program.js: one string, which `WorkerModel` starts workers from. */
export async function buildWorkerProgram() {
  await buildReplicaProgram();
  await buildProgram("worker", ["ts", "worker", "main.ts"], { plugins: [withoutCore] });
}

async function buildProgram(name, entry, more) {
  const sources = ["ts", "scripts/build.mjs", "package-lock.json", "build/core.js"].map((source) => join(root, source));
  const folder = join(generated, name);
  const outputs = ["program.js", "program.d.ts"].map((file) => join(folder, file));
  await unlessBuilt(join(generated, `${name}.stamp`), fingerprint(sources), outputs, async () => {
    const options = { bundle: true, minify: true, format: "iife", target: "es2022", write: false, logLevel: "silent" };
    const { outputFiles } = await build({ ...options, entryPoints: [join(root, ...entry)], ...more });
    await mkdir(folder, { recursive: true });
    await writeFile(outputs[0], `export const program =\n  ${JSON.stringify(outputFiles[0].text)};\n`);
    await writeFile(outputs[1], "export declare const program: string;\n");
  });
}

/** The worker gets its core from whoever starts it. */
const withoutCore = {
  name: "without-core",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/source\/simd128\.js$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, "source", "simd128.sent.ts"),
    }));
  },
};

/** ts/ + build/ → dist/; every warning of rollup is a failure. */
export async function buildLibrary() {
  await buildWorkerProgram();
  const sources = [
    "ts",
    "rollup.config.mjs",
    "tsconfig.json",
    "package.json",
    "package-lock.json",
    "scripts/build.mjs",
  ];
  const print = fingerprint([...sources.map((source) => join(root, source)), generatedSources()].flat());
  const dist = join(root, "dist");
  const outputs = ["index.js", "index.cjs", "index.d.ts", "index.d.cts", "core.wasm"].map((name) => join(dist, name));
  await unlessBuilt(join(generated, "dist.stamp"), print, outputs, async () => {
    await rm(dist, { recursive: true, force: true });
    const rollup = join(root, "node_modules", "rollup", "dist", "bin", "rollup");
    await run(process.execPath, [rollup, "-c", "--failAfterWarnings"], { cwd: root });
  });
}

/** playground/ + dist/ → dist-playground/: the static site. */
export async function buildPlayground() {
  const sources = ["playground", "dist", "package-lock.json", "scripts/build.mjs"];
  const print = fingerprint(sources.map((source) => join(root, source)));
  const outputs = ["index.html", "service-worker.js"].map((name) => join(root, "dist-playground", name));
  await unlessBuilt(join(generated, "playground.stamp"), print, outputs, async () => {
    const vite = join(root, "node_modules", "vite", "bin", "vite.js");
    await run(process.execPath, [vite, "build", "--config", join(root, "playground", "vite.config.ts")], { cwd: root });
  });
}

const generatedSources = () =>
  ["core.js", "core.d.ts", "simd128", "relaxed-simd", "replica", "worker"].map((name) => join(generated, name));

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    await buildWasm(await prepare());
    await stage("library", buildLibrary);
    await stage("playground", buildPlayground);
  } catch (error) {
    fail(error);
  }
}
