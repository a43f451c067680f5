/** The worker's whole program as text, so that no bundler must know of a second file; made from `main.ts` by the build. */
export { program } from "../../build/worker/program.js";
