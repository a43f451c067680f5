/** Every call into the core goes through {@link cross}: it turns the core's errors into named ones. */

import { ConfigError, CoreError, type DownhillError, MemoryError, ShapeError } from "../errors.js";
import type { Instance } from "./runtime.js";

/** The numbers that the core throws: `Error` in crates/nn/src/config.rs. */
const thrown = new Map<unknown, (instance: Instance) => DownhillError>([
  [1, () => new ConfigError("core", "the encoded configuration was refused; please report this as a bug")],
  [3, () => new ShapeError("core", "a length does not fit; please report this as a bug")],
  [4, () => new ShapeError("y", "a class label is not below the number of units of the last layer")],
  [5, (instance) => outOfMemory(instance, "this")],
]);

/** @param what is asked for, with its size */
export function outOfMemory({ core }: Instance, what: string): MemoryError {
  const held = core.memory.buffer.byteLength;
  return new MemoryError(
    `${what} cannot be had: the core's memory holds ${sizeText(held)}, some of which may be free, and can grow by ${sizeText(2 ** 32 - held)} to the limit of 4 GiB where the system has them; use fewer rows or smaller layers, or dispose of what is not needed`,
  );
}

/** `512 KiB`, `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(3, Math.max(1, Math.floor(Math.log2(bytes) / 10)));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${["", "KiB", "MiB", "GiB"][power]}`;
}

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
    // Until it is known to be harmless: at the end of the stack the next call of a function may be one too many.
    const wasDead = instance.dead;
    instance.dead = true;
    const isTrap = error instanceof WebAssembly.RuntimeError || isStackOverflow(error);
    instance.dead = wasDead || isTrap;
    if (!isTrap) throw thrown.get(error)?.(instance) ?? error;
    throw new CoreError(
      "core: an error inside the core stopped this instance (a bug, or memory or stack that could not be had); `await init()` starts a new one",
      { cause: error },
    );
  }
}

/** The stack ended on the way into the core, or within: what it was doing is half done. Engines say it in their own words. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof Error && /call stack|recursion/.test(error.message);
}
