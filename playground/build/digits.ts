import type { Plugin } from "vite";
import { digitsFile } from "../scripts/digits.mjs";

/** Where the pages find the digits. */
const name = "digits.bin";

/** Puts the file of digits beside the pages; made when it is asked for, or for the built site. */
export function digits(): Plugin {
  return {
    name: "digits",
    configureServer: ({ middlewares }) => {
      middlewares.use(`/${name}`, async (_, response) => {
        response.end(await digitsFile());
      });
    },
    async generateBundle() {
      this.emitFile({ type: "asset", fileName: name, source: await digitsFile() });
    },
  };
}
