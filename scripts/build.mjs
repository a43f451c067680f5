// Everything from source to dist/, only what is out of date: `npm run build`.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildWasm } from "./build-wasm.mjs";
import { generated, root } from "./lib/paths.mjs";
import { run, stage } from "./lib/run.mjs";
import { fingerprint, unlessBuilt } from "./lib/sources.mjs";
import { fail, prepare } from "./toolchain.mjs";

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
  await unlessBuilt(join(generated, "dist.stamp"), print, outputs, async () => {
    await rm(dist, { recursive: true, force: true });
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
