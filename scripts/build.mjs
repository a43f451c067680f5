// Everything from source to dist/, only what is out of date: `npm run build`.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildWasm } from "./build-wasm.mjs";
import { generated, root } from "./lib/paths.mjs";
import { run, stage } from "./lib/run.mjs";
import { fingerprint, unlessBuilt } from "./lib/sources.mjs";
import { fail, prepare } from "./toolchain.mjs";

/** ts/workers/replica.ts → build/replica.js: the script of workers as text, so that no bundler has to find a file. */
async function buildReplica() {
  const entryPoints = [join(root, "ts", "workers", "replica.ts")];
  // Outside of what esbuild rewrites: Node's threads have `require`, those of browsers have not.
  const js = `const threads=typeof require=="function"?require("node:worker_threads"):void 0;`;
  const options = { bundle: true, minify: true, format: "iife", target: "es2022", write: false };
  const { outputFiles } = await build({ entryPoints, banner: { js }, ...options });
  await mkdir(generated, { recursive: true });
  await writeFile(
    join(generated, "replica.js"),
    `export const script = ${JSON.stringify(outputFiles[0].text.trim())};
`,
  );
  const types = "/** What a worker of `fit` runs. */\nexport const script: string;\n";
  await writeFile(join(generated, "replica.d.ts"), types);
}

/** ts/ + build/ → dist/; every warning of rollup is a failure. */
export async function buildLibrary() {
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
  outputs.push(join(generated, "replica.js"));
  await unlessBuilt(join(generated, "dist.stamp"), print, outputs, async () => {
    await rm(dist, { recursive: true, force: true });
    await buildReplica();
    const rollup = join(root, "node_modules", "rollup", "dist", "bin", "rollup");
    await run(process.execPath, [rollup, "-c", "--failAfterWarnings"], { cwd: root });
  });
}

const generatedSources = () => ["core.js", "core.d.ts", "simd128", "relaxed-simd"].map((name) => join(generated, name));

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    await buildWasm(await prepare());
    await stage("library", buildLibrary);
  } catch (error) {
    fail(error);
  }
}
