import type { Plugin } from "vite";

/** The line of the built library that holds the program of its own workers as text. */
const line = /^const program = (["']).*\1;$/m;

/**
 * Leaves out the program that `downhill/worker` carries along as text: the policy of the pages forbids workers that are
 * started from text, so every room gives a worker file of its own.
 */
export function ownWorker(): Plugin {
  return {
    name: "own-worker",
    apply: "build",
    transform(code, id) {
      if (!/[\\/]dist[\\/]worker\.js$/.test(id)) return null;
      if (!line.test(code)) this.error("dist/worker.js has changed its form: no line with the workers' program");
      return { code: code.replace(line, 'const program = "";'), map: null };
    },
  };
}
