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

/** What workers run, each one string: `replica` those of `fit`, `worker` those of `WorkerModel`. */
const programs = {
  replica: async () => {
    // Outside of what esbuild rewrites: Node's threads have `require`, those of browsers have not.
    const js = `const threads=typeof require=="function"?require("node:worker_threads"):void 0;`;
    const define = { names: JSON.stringify(exportsOf(await readFile(join(generated, "core.js"), "utf8"))) };
    return { entryPoints: [join(root, "ts", "workers", "replica.ts")], banner: { js }, define };
  },
  worker: async () => ({ entryPoints: [join(root, "ts", "worker", "main.ts")], plugins: [withoutCore] }),
};

/** What the glue calls, under the short names that wasm-opt gave to the exports. */
function exportsOf(glue) {
  const find = (pattern) => {
    const [, name] = pattern.exec(glue) ?? fail(new Error(`build/core.js has changed its form: no ${pattern}`));
    return name;
  };
  const method = (name) => find(new RegExp(`\\n +${name}\\(model, index\\) \\{[^}]*?\\bwasm\\.(\\w+)\\(this`));
  return {
    memory: find(/\bmemory: wasm\.(\w+)/),
    part: method("part"),
    reduce: method("reduce"),
    finish: method("finish"),
  };
}

/**
 * What a worker runs: the text, and whatever else `more` asks for.
 *
 * @param {"replica" | "worker"} name
 * @param {import("esbuild").BuildOptions} [more]
 */
export async function bundleProgram(name, more = { minify: true }) {
  const options = { bundle: true, format: "iife", target: "es2022", write: false, logLevel: "silent" };
  const { outputFiles } = await build({ ...options, ...(await programs[name]()), ...more });
  return outputFiles;
}

/** build/replica/program.js and build/worker/program.js: from these strings `fit` and `WorkerModel` start workers. */
export async function buildWorkerPrograms() {
  const sources = ["ts", "scripts/build.mjs", "package-lock.json", "build/core.js"].map((source) => join(root, source));
  for (const name of ["replica", "worker"]) {
    const folder = join(generated, name);
    const outputs = ["program.js", "program.d.ts"].map((file) => join(folder, file));
    await unlessBuilt(join(generated, `${name}.stamp`), fingerprint(sources), outputs, async () => {
      await mkdir(folder, { recursive: true });
      const [{ text }] = await bundleProgram(name);
      await writeFile(outputs[0], `export const program =\n  ${JSON.stringify(text)};\n`);
      await writeFile(outputs[1], "export declare const program: string;\n");
    });
  }
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
  await buildWorkerPrograms();
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
