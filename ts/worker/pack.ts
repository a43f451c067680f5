/** Makes what users give fit for the journey to the worker. */

import { boolean, copyOf, isNumericArray, isRecord, type NumericArray } from "../check.js";
import { isMatrix, type Matrix, type MatrixLike, make, toMatrix } from "../data/matrix.js";
import type { Targets } from "../data/samples.js";
import { NotSerializableError } from "../errors.js";

/**
 * Refuses functions within a configuration.
 *
 * @param path of the value, for the message; "" at the top
 * @throws NotSerializableError `NOT_SERIALIZABLE`, naming the place
 */
export function refuseFunctions(value: unknown, path: string): void {
  if (typeof value === "function")
    throw new NotSerializableError(
      path,
      "a function cannot go to a worker; give data (a name, a config), or use Model",
    );
  if (Array.isArray(value)) for (const [i, part] of value.entries()) refuseFunctions(part, `${path}[${i}]`);
  else if (isRecord(value))
    for (const [key, part] of Object.entries(value)) refuseFunctions(part, path === "" ? key : `${path}.${key}`);
}

/** Packs the arguments of one call: copied, or given up by the caller. */
export class Packer {
  readonly #inputs: number;
  readonly #gives: boolean;
  readonly #buffers = new Set<ArrayBuffer>();

  /** @param inputs columns of x */
  constructor(inputs: number, options: { readonly transfer?: unknown }, method: string) {
    this.#inputs = inputs;
    this.#gives = boolean(options?.transfer ?? false, `${method}.transfer`);
  }

  /** The buffers that move. */
  get transfer(): readonly ArrayBuffer[] {
    return [...this.#buffers];
  }

  /** Samples. */
  x(x: MatrixLike, name = "x"): unknown {
    return this.#matrix(x, name, this.#inputs);
  }

  /** Targets, which the model reads as its loss wants them. */
  y(y: Targets, name = "y"): unknown {
    if (isNumericArray(y)) return this.#move(y);
    const isRows = Array.isArray(y) && typeof y[0] === "object";
    if (!isRows && !isMatrix(y) && typeof y !== "function") return y;
    return this.#matrix(y, name);
  }

  /** `[x, y]`; whatever else it is, the model says so. */
  pair(pair: unknown, name: string): unknown {
    if (!Array.isArray(pair) || pair.length !== 2) return pair;
    return [this.x(pair[0], `${name}[0]`), this.y(pair[1], `${name}[1]`)];
  }

  /** The other options, without those that are for the journey. */
  options(options: unknown): unknown {
    if (!isRecord(options)) return options;
    const { transfer: _, ...rest } = options;
    return Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, isNumericArray(value) ? this.#move(value) : value]),
    );
  }

  #matrix(given: unknown, name: string, columns?: number): Matrix {
    const { data, shape } = toMatrix(given, name, columns);
    const isOurs = data !== given && !isMatrix(given);
    return make(this.#move(data, isOurs || this.#gives) as Float32Array, ...shape);
  }

  /** The numbers with a buffer of just their own that moves: the caller's, if that is given up, else that of a copy. */
  #move(numbers: NumericArray, gives = this.#gives): NumericArray {
    const { buffer, byteLength } = numbers;
    const whole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
    const moved = gives && whole ? numbers : copyOf(numbers);
    this.#buffers.add(moved.buffer as ArrayBuffer);
    return moved;
  }
}
