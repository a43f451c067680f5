/** Several workers for one fit: they are started, led from step to step, and stopped. */

import { program } from "../../build/replica/program.js";
import { looksUphill } from "../config/optimizers/nesting.js";
import { breather } from "../core/breathe.js";
import { cross } from "../core/cross.js";
import type { CoreFit } from "../core/load.js";
import { read, requireRoom, write } from "../core/memory.js";
import { type Channel, spawn } from "../core/spawn.js";
import { WorkerError } from "../errors.js";
import { type Inside, normalizesBatches } from "../inside.js";
import { type Cut, diverged, done, epochEnded, going, type Maker } from "../updates.js";
import type { Order } from "./replica.js";
import { type Layout, makeTable, Seat } from "./seat.js";

/** What decides whether several workers pay. */
interface Work extends Cut {
  readonly workers: number;
  readonly recordEvery: number;
}

/** How long the fit's thread sleeps before the event loop has its turn, in which it hears of workers that ended. */
const sleepMs = 10;

/** Leads the replicas of a fit: its model is the first of them, the others live in workers. */
export class Team implements Maker {
  size: number;
  notice: string | undefined;
  readonly single = false;
  made = 0;
  readonly #inside: Inside;
  readonly #fit: CoreFit;
  #workers: Channel[] = [];
  #seat: Seat | undefined;
  #layout: Layout | undefined;
  /** `Inside.edits` when the replicas were made */
  #edits = 0;
  /** the first step of these workers is made */
  #proven = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(inside: Inside, fit: CoreFit, size: number) {
    this.#inside = inside;
    this.#fit = fit;
    this.size = size;
  }

  async run(rates: Float64Array, pause: boolean): Promise<number> {
    const { instance, core, parts } = this.#inside;
    this.made = 0;
    const width = 2 * parts.length;
    while (this.made * width < rates.length) {
      if (this.size > 1 && (this.#seat === undefined || this.#edits !== this.#inside.edits)) await this.#start();
      const row = rates.subarray(this.made * width, (this.made + 1) * width);
      let stop = this.size > 1 ? await this.#step(row) : undefined;
      // Alone, because no worker came: the rest of the rates at once.
      if (stop === undefined) {
        stop = cross(instance, () => this.#fit.run(core, rates.subarray(this.made * width), pause));
        this.made += this.#fit.steps();
        return stop;
      }
      if (stop === diverged) return stop;
      this.made += 1;
      if (stop === done || (stop === epochEnded && pause)) return stop;
    }
    return going;
  }

  /** Ends the workers. */
  async stop(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    this.#seat = undefined;
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Starts workers with copies of the instance as it is now. */
  async #start(): Promise<void> {
    await this.stop();
    const { instance, core, edits, tensors } = this.#inside;
    const { size: replicas } = this;
    requireRoom(instance, countWeights(tensors), "the sums of the workers");
    const layout = Array.from(cross(instance, () => this.#fit.share(core, replicas))) as unknown as Layout;
    this.#layout = layout;
    this.#edits = edits;
    this.#proven = false;
    this.#failure = undefined;
    const { module } = instance;
    const { memory } = instance.core;
    try {
      const table = makeTable(replicas, layout);
      const copied = new SharedArrayBuffer(memory.buffer.byteLength);
      new Uint8Array(copied).set(new Uint8Array(memory.buffer));
      this.#seat = new Seat(table, layout, replicas, 0, memory);
      const addresses = { fit: address(this.#fit), model: address(core) };
      const order = { module, memory: copied, table, layout, replicas, ...addresses };
      for (let index = 1; index < replicas; index++) {
        const worker = spawn(program);
        this.#workers.push(worker);
        worker.listen(
          () => {},
          (why, cause) => {
            this.#failure ??= { cause: cause ?? new Error(why) };
          },
        );
        // A program that waits for nothing else may end.
        worker.keepAlive(false);
        worker.post({ ...order, index } satisfies Order);
      }
    } catch (error) {
      await this.#goAlone(error);
    }
  }

  /** No workers from here on. */
  async #goAlone(cause: unknown): Promise<void> {
    await this.stop();
    this.size = 1;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.notice = `no worker could be started (${reason}): one computed`;
  }

  /** One update by all; undefined if the workers could not start, and it is to be made alone. */
  async #step(row: Float64Array): Promise<number | undefined> {
    const { instance, core } = this.#inside;
    const seat = this.#seat as Seat;
    cross(instance, () => this.#fit.part(core, 0));
    seat.putRow(row);
    seat.putPart();
    if (!this.#meet(seat)) {
      // Meanwhile somebody may ask the model for a gradient, which lies where ours is.
      const [length, , , , , at] = this.#layout as Layout;
      const kept = read(instance, at, length);
      if (!(await this.#wait(seat))) return undefined;
      write(instance, at, kept);
    }
    this.#proven = true;
    seat.takeParts();
    cross(instance, () => this.#fit.reduce(core, 0));
    seat.putSum();
    const met = this.#meet(seat);
    if (!met) await this.#wait(seat);
    seat.takeSums(!met);
    return cross(instance, () => this.#fit.finish(core, 0));
  }

  /** Comes to the barrier; true if all are there without the event loop having had its turn. */
  #meet(seat: Seat): boolean {
    seat.arrive();
    return seat.look() || (maySleep() && seat.sleep(sleepMs));
  }

  /** Waits on with the event loop running; false if workers ended before they had begun. */
  async #wait(seat: Seat): Promise<boolean> {
    const { breathe, close } = breather();
    try {
      do {
        await breathe();
        // Who came before it ended has done its part.
        if (maySleep() ? seat.sleep(sleepMs) : seat.look()) return true;
      } while (this.#failure === undefined);
      const { cause } = this.#failure;
      if (!this.#proven) {
        await this.#goAlone(cause);
        return false;
      }
      throw new WorkerError("fit.workers: a worker ended; the model stands at its last update", { cause });
    } finally {
      close();
    }
  }
}

/** Where wasm-bindgen's glue keeps the address of what a handle stands for. */
function address(handle: object): number {
  return (handle as { readonly __wbg_ptr: number }).__wbg_ptr;
}

let sleeps: boolean | undefined;

/** May this thread sleep? A page's own may not. */
function maySleep(): boolean {
  if (sleeps === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
      sleeps = true;
    } catch {
      sleeps = false;
    }
  }
  return sleeps;
}

const countWeights = (tensors: Inside["tensors"]) => tensors.reduce((sum, { size }) => sum + size, 0);

/**
 * Why one worker does it all. Decided from sizes alone, so that the same call computes the same numbers on every machine.
 * The times are those of one core and its memory: 50 floating-point operations, a nanosecond for each number exchanged, and
 * 0.2 ms for two barriers (docs/workers.md).
 */
export function whyAlone(
  { config, tensors }: Inside,
  { workers, rows, batch, accumulate, recordEvery }: Work,
): string | undefined {
  if (normalizesBatches(config.layers))
    return "batchNormalization needs the statistics of the whole batch: one computed";
  if (config.optimizer.type === "lbfgs") return "lbfgs takes the gradient of each step several times: one computed";
  if (looksUphill(config.optimizer)) return "sam takes the gradient of each step twice: one computed";
  if (recordEvery > 0) return "layers are recorded (recordEvery): one computed";
  const weights = countWeights(tensors);
  const alone = (6 * weights * Math.min(rows, batch * accumulate)) / 50;
  const shared = alone / workers + weights + 200_000;
  if (shared > 0.9 * alone) return "the steps are too small for several workers to be faster: one computed";
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false)
    return "this page is not cross-origin isolated, so that workers cannot share memory: one computed";
  return undefined;
}
