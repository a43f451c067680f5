// The playground: builds the library and the site, and serves it on this machine.
//
//   npm run playground                 the built site, as any static host serves it
//   npm run playground:pictures        pictures of every room into out/playground/, light and dark, wide and narrow
//   npm run playground:pictures -- --readme     only the two of the README, docs/playground-*.png
//   npm run playground -- --dev        Vite's own server: pages change while their sources are edited
import { join } from "node:path";
import { createServer, preview } from "vite";
import { buildLibrary, buildPlayground } from "./build.mjs";
import { buildWasm } from "./build-wasm.mjs";
import { root } from "./lib/paths.mjs";
import { stage } from "./lib/run.mjs";
import { takePictures } from "./playground/pictures.mjs";
import { fail, prepare } from "./toolchain.mjs";

const asked = process.argv.slice(2);
const configFile = join(root, "playground", "vite.config.ts");

/** Vite itself says nothing at the level at which the build is quiet. */
const tell = ({ resolvedUrls }) => console.log(`  the playground is at ${resolvedUrls.local[0]}`);

try {
  const pictures = asked.includes("--pictures");
  const toolchain = await prepare({ browser: pictures });
  await buildWasm(toolchain);
  await stage("library", buildLibrary);
  if (asked.includes("--dev")) {
    const server = await createServer({ configFile });
    await server.listen();
    tell(server);
  } else {
    await stage("playground", buildPlayground);
    if (pictures) await takePictures(toolchain.chromium, { onlyShown: asked.includes("--readme") });
    else tell(await preview({ configFile }));
  }
} catch (error) {
  fail(error);
}
