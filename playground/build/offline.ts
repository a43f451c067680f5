import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Plugin } from "vite";

/** What is kept for going offline as soon as the first page is open; other files (the digits) when they are first used. */
const isPrecached = (file: string) => /\.(html|js|css|svg|webmanifest)$/.test(file) && file !== "service-worker.js";

/** Puts the list of all files and one hash over them into the built service worker. */
export function offline(): Plugin {
  let folder = "";
  return {
    name: "offline",
    apply: "build",
    configResolved: ({ build }) => {
      folder = build.outDir;
    },
    closeBundle: () => {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
        .filter(isPrecached)
        .sort();
      const hash = createHash("sha256");
      for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
      const place = join(folder, "service-worker.js");
      const program = readFileSync(place, "utf8")
        .replace("__VERSION__", hash.digest("hex").slice(0, 12))
        .replace('["__FILES__"]', JSON.stringify(files));
      writeFileSync(place, program);
    },
  };
}
