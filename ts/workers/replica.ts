/**
 * What a worker runs: the build makes it one script without imports, as text in build/replica/program.js.
 *
 * A replica is a copy of the instance in which the model lives, with all of its memory: the model, the optimizer's state,
 * the data, the fit. So it needs no glue, and calls what the glue calls with the same addresses.
 */

import { type Layout, Seat } from "./seat.js";

/** What a worker is started with. */
export interface Order {
  readonly module: WebAssembly.Module;
  /** the memory of the instance, as it was */
  readonly memory: SharedArrayBuffer;
  readonly table: SharedArrayBuffer;
  readonly layout: Layout;
  readonly replicas: number;
  readonly index: number;
  /** addresses of the fit and of the model */
  readonly fit: number;
  readonly model: number;
}

/** What the core exports, as far as it is needed here. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  part(fit: number, model: number, index: number): number;
  reduce(fit: number, model: number, index: number): void;
  finish(fit: number, model: number, index: number): number;
}

/** Under which names it does; the build reads them in the glue. */
declare const names: { readonly [K in keyof Exports]: string };

/** Takes part in step after step, until all epochs are done or the thread is stopped. */
function work({ module, memory, table, layout, replicas, index, fit, model }: Order): void {
  const core = copy(module, memory);
  const seat = new Seat(table, layout, replicas, index, core.memory);
  const barrier = () => {
    seat.arrive();
    if (!seat.look()) seat.sleep();
  };
  while (core.part(fit, model, index) !== 0) {
    seat.putPart();
    barrier();
    seat.takeParts();
    core.reduce(fit, model, index);
    seat.putSum();
    barrier();
    seat.takeSums();
    core.finish(fit, model, index);
  }
}

/** An instance with the memory of another; what it imports is only for errors. */
function copy(module: WebAssembly.Module, memory: SharedArrayBuffer): Exports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const group = imports[from] ?? {};
    imports[from] = group;
    group[name] = () => {
      throw new Error(`the core called ${name}`);
    };
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  const find = <K extends keyof Exports>(what: K) => exports[names[what]] as unknown as Exports[K];
  const own = find("memory");
  own.grow((memory.byteLength - own.buffer.byteLength) / 65_536);
  new Uint8Array(own.buffer).set(new Uint8Array(memory));
  return { memory: own, part: find("part"), reduce: find("reduce"), finish: find("finish") };
}

/** Node's `worker_threads`; the build puts the line that finds it before this script. */
declare const threads:
  | { readonly parentPort: MessagePort & { once(event: "message", then: (order: Order) => void): void } }
  | undefined;

const begin = (port: { postMessage(message: null): void }) => (order: Order) => {
  // Who started this thread may forget its text now.
  port.postMessage(null);
  work(order);
};
if (threads !== undefined) threads.parentPort.once("message", begin(threads.parentPort));
else globalThis.onmessage = ({ data }: MessageEvent<Order>) => begin(globalThis as never)(data);
