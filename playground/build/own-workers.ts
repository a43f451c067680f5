import type { Plugin } from "vite";

/**
 * Leaves the program out that `downhill/worker` starts from a `blob:` address: the policy of these pages forbids that, they
 * bring a worker of their own, and the program is a sixth of what the room Train loads.
 */
export function ownWorkers(): Plugin {
  return {
    name: "own-workers",
    apply: "build",
    enforce: "pre",
    transform: (code, id) => {
      if (!/[\\/]dist[\\/]worker\.js$/.test(id)) return undefined;
      const lean = code.replace(/^const program = '.*';$/m, 'const program = "";');
      if (lean === code) throw new Error("own-workers: the worker's program is no longer where it was");
      return { code: lean, map: null };
    },
  };
}
