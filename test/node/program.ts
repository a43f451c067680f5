/** Programs of the tests for a process of their own. */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles `test/node/NAME.ts` into one file that Node runs. */
export async function bundleProgram(name: string, outfile: string): Promise<void> {
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: "esm", platform: "node", logLevel: "silent" });
}
