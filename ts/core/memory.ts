/** Copies in and out of the core's memory. Views never leave this file: a growth of the memory would detach them. */

import { cross, outOfMemory, sizeText } from "./cross.js";
import type { Instance } from "./runtime.js";

/** A view of `length` numbers at `pointer`, good until the next call that may allocate. */
function view(instance: Instance, pointer: number, length: number): Float32Array<ArrayBuffer> {
  return new Float32Array(instance.core.memory.buffer as ArrayBuffer, pointer, length);
}

/** Copies numbers into the core. */
export function write(instance: Instance, pointer: number, numbers: ArrayLike<number>): void {
  view(instance, pointer, numbers.length).set(numbers);
}

/** Copies labels into the core. */
export function writeLabels(instance: Instance, pointer: number, labels: ArrayLike<number>): void {
  new Uint32Array(instance.core.memory.buffer as ArrayBuffer, pointer, labels.length).set(labels);
}

/** A copy of `length` numbers at `pointer`. */
export function read(instance: Instance, pointer: number, length: number): Float32Array<ArrayBuffer> {
  return view(instance, pointer, length).slice();
}

/** Copies numbers at `pointer` into `out` from `offset` on. */
export function readInto(instance: Instance, pointer: number, length: number, out: Float32Array, offset: number): void {
  out.set(view(instance, pointer, length), offset);
}

/** A copy of `length` labels at `pointer`. */
export function readLabels(instance: Instance, pointer: number, length: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(instance.core.memory.buffer as ArrayBuffer, pointer, length).slice();
}

/** What calls may need beside, arguments, the rates of a slice, and the first small passes of a model. In numbers. */
const spare = 2 ** 17;

/**
 * Asks for the memory of so many numbers in one piece and gives it back: where it cannot be had, that is an error here,
 * while an allocation that fails within the core would stop the instance and every model in it.
 *
 * @param what needs it
 * @param more numbers that must be left
 * @throws MemoryError `MEMORY`
 */
export function requireRoom(instance: Instance, numbers: number, what: string, more = spare): void {
  // The allocator looks for blocks in classes of sizes: the last piece of a block may need up to a sixteenth more.
  const bytes = 4 * (Math.ceil(numbers * 1.125) + more);
  if (bytes < 2 ** 32 && cross(instance, () => instance.core.has_room(bytes))) return;
  throw outOfMemory(instance, `up to ${sizeText(bytes)} for ${what}`);
}
