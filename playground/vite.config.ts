// The playground as a static site: dist-playground/, which works from any folder of any host.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { digits } from "./build/digits.js";
import { offline } from "./build/offline.js";
import { ownWorkers } from "./build/own-workers.js";
import { policy } from "./build/policy.js";
import { template } from "./build/template.js";
import { rooms } from "./src/shell/rooms.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const pages = ["index", ...rooms];

export default defineConfig({
  root: here,
  base: "./",
  clearScreen: false,
  logLevel: "warn",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  plugins: [template(here), policy(), digits(), ownWorkers(), offline()],
  worker: { format: "es" },
  build: {
    outDir: fileURLToPath(new URL("../dist-playground", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // The policy allows no data: in style sheets and scripts; nothing is small enough to be worth a difference.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: Object.fromEntries(pages.map((page) => [page, `${here}${page}.html`])) },
  },
});
