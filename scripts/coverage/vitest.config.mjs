// vitest.config.ts for measuring: in Node the core has counters, and what workers run has a name and is not minified.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import base from "../../vitest.config.ts";
import { generated, root } from "../lib/paths.mjs";
import { measuredCore } from "./core.mjs";
import { measured } from "./programs.mjs";

/** By whom what is imported, and what stands in its place. */
const replaced = [
  { from: join(root, "ts", "core", "load.ts"), file: join(generated, "core.js"), by: measuredCore.glue },
  {
    from: join(root, "ts", "core", "source", "simd128.ts"),
    file: join(generated, "simd128", "inline.js"),
    by: measuredCore.inline,
  },
];

const plugin = {
  name: "measured",
  enforce: "pre",
  resolveId: (specifier, importer) =>
    replaced.find(({ from, file }) => from === importer && join(importer, "..", specifier) === file)?.by,
  async load(id) {
    const found = measured.find(({ replaces }) => id === replaces);
    return found && `export const program = ${JSON.stringify(await readFile(found.file, "utf8"))};`;
  },
};

const setup = join(root, "scripts", "coverage", "setup.mjs");
const projects = base.test.projects.map((project) =>
  project.test.name === "node"
    ? { ...project, plugins: [plugin], test: { ...project.test, setupFiles: [setup] } }
    : project,
);

export default { ...base, root, test: { ...base.test, projects } };
