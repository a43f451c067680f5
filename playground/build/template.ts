import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Plugin } from "vite";

/** Makes every page from one: they differ by the room that they open. */
export function template(folder: string): Plugin {
  return {
    name: "template",
    transformIndexHtml: {
      order: "pre",
      handler: (_, { filename }) => {
        const name = basename(filename, ".html");
        return readFileSync(`${folder}page.html`, "utf8").replaceAll("{room}", name === "index" ? "home" : name);
      },
    },
  };
}
