import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A cold compilation of the crate on two busy cores. */
const compileMs = 300_000;

test(
  "a front end that bundles the crate with the rollup plugin builds without a warning and runs",
  async () => {
    const rollup = join(root, "node_modules", "rollup", "dist", "bin", "rollup");
    const config = join(root, "examples", "bundle-the-crate", "rollup.config.mjs");
    await promisify(execFile)(process.execPath, [rollup, "-c", config, "--failAfterWarnings"], { cwd: root });
    const built = pathToFileURL(join(root, "build", "bundle-the-crate", "main.js")).href;
    const { start } = await import(/* @vite-ignore */ built);
    expect(start().version()).toBe(manifest.version);
  },
  compileMs,
);
