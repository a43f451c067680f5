import { CoreError } from "../../errors.js";

/** In the program of a worker, which carries no core: whoever starts the worker sends one, and `init` takes it. */
export function simd128Source(): never {
  throw new CoreError("a worker was asked for a model before it had its core");
}
