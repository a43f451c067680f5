// What workers run, as it is measured: readable, under a name, with the way back to its sources.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleProgram } from "../build.mjs";
import { generated } from "../lib/paths.mjs";
import { folder } from "./files.mjs";

/** Both programs: under which name V8 counts them, their text and its map, and the file in whose place they stand. */
export const measured = ["worker", "replica"].map((name) => ({
  name,
  url: `downhill-measured-${name}`,
  file: join(folder, `${name}.js`),
  map: join(folder, `${name}.js.map`),
  replaces: join(generated, name, "program.js"),
}));

/** Writes both. */
export async function writePrograms() {
  await mkdir(folder, { recursive: true });
  for (const { name, url, file, map } of measured) {
    const outputs = await bundleProgram(name, { sourcemap: "external", outfile: file });
    const [text, way] = [".js", ".map"].map((end) => outputs.find(({ path }) => path.endsWith(end)).text);
    await writeFile(file, `${text}//# sourceURL=${url}\n`);
    await writeFile(map, way);
  }
}
