/** Every call into the core goes through {@link cross}: it turns the core's errors into named ones. */

import { ConfigError, CoreError, DownhillError, MemoryError, ShapeError } from "../errors.js";
import type { Instance } from "./runtime.js";

/** The numbers that the core throws: `Error` in crates/nn/src/config.rs. */
const thrown = new Map<unknown, () => DownhillError>([
  [1, () => new ConfigError("core", "the encoded configuration was refused; please report this as a bug")],
  [3, () => new ShapeError("core", "a length does not fit; please report this as a bug")],
  [4, () => new ShapeError("y", "a class label is not below the number of units of the last layer")],
  [5, () => new MemoryError("the core's memory (at most 4 GiB) cannot hold this; use fewer rows or smaller layers")],
]);

/** Refuses an instance that trapped: `init` starts a new one, for new models. */
export function requireLive({ dead }: Pick<Instance, "dead">): void {
  if (dead)
    throw new CoreError("core: this instance was stopped by an error inside it; `await init()` starts a new one");
}

/**
 * Runs `call` in a live instance. A named error passes; a trap marks the instance dead: what it held is lost, other
 * instances are untouched.
 */
export function cross<T>(instance: Instance, call: () => T): T {
  requireLive(instance);
  try {
    return call();
  } catch (error) {
    if (error instanceof DownhillError) throw error;
    const named = thrown.get(error)?.();
    if (named !== undefined) throw named;
    if (error instanceof WebAssembly.RuntimeError) {
      instance.dead = true;
      throw new CoreError(
        "core: an error inside the core stopped this instance (a bug, or memory that could not be had); `await init()` starts a new one",
        { cause: error },
      );
    }
    throw error;
  }
}
