/** Starts workers: Web Workers in browsers, threads in Node, both behind one small face. Nothing runs at import. */

import { UnsupportedError } from "../errors.js";

/** A worker and the line to it. */
export interface Channel {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** `onMessage` gets each message; `onEnd` is called when the worker crashed or ended, at least once */
  listen(onMessage: (message: unknown) => void, onEnd: (why: string, cause?: unknown) => void): void;
  /**
   * A lock that the worker is to hold as long as it lives, for hosts that do not tell when a worker ends: pages with Web
   * Locks. Once it does, `watch` notices its end.
   */
  readonly lifeline: string | undefined;
  watch(): void;
  /** whether the worker keeps the process alive; of no meaning in browsers */
  keepAlive(alive: boolean): void;
  /** ends the worker at once */
  terminate(): Promise<void>;
}

/** As much of a message or error event as is used. */
export interface WorkerEvent {
  readonly data?: unknown;
  readonly message?: string;
  preventDefault(): void;
}

/** As much of a Web Worker as is used. */
export interface WebWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

/** As much of a thread of Node as is used. */
export interface NodeWorker {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
  on(event: string, listener: (value: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

interface Threads {
  readonly Worker: new (program: string, options: object) => NodeWorker;
}

interface Host {
  readonly document?: object;
  readonly Worker?: new (url: string, options: object) => WebWorker;
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/**
 * Starts a worker that runs `program`, a classic script. The text itself is given to the engine (`eval` in Node, a Blob in
 * browsers), so that no bundler must know of a second file.
 *
 * @throws UnsupportedError `UNSUPPORTED` where there are no workers
 */
export function spawn(program: string): Channel {
  const { document, Worker, process } = globalThis as Host;
  // Node's own modules cannot be imported in a file that browsers load too; a page in Electron has both kinds of worker.
  const isPage = document !== undefined && Worker !== undefined;
  const threads = isPage ? undefined : (process?.getBuiltinModule?.("node:worker_threads") as Threads | undefined);
  // Flags of this process such as --input-type are not meant for the program.
  if (threads) return channelOf(new threads.Worker(program, { eval: true, execArgv: [], name: "downhill" }));
  if (Worker === undefined)
    throw new UnsupportedError("this host has no workers that downhill can start; Node has them from 20.16 on");
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "downhill" });
  const channel = channelOf(worker);
  worker.addEventListener("message", () => URL.revokeObjectURL(url));
  return channel;
}

/** The line to a worker of either kind. */
export function channelOf(worker: WebWorker | NodeWorker): Channel {
  return "on" in worker ? nodeChannel(worker) : webChannel(worker);
}

function nodeChannel(worker: NodeWorker): Channel {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen(onMessage, onEnd) {
      worker.on("message", onMessage);
      worker.on("error", (error) => onEnd(`it threw ${error}`, error));
      worker.on("exit", (code) => onEnd(`its exit code was ${code}`));
    },
    lifeline: undefined,
    watch() {},
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    async terminate() {
      await worker.terminate();
    },
  };
}

function webChannel(worker: WebWorker): Channel {
  const { locks } = (globalThis.navigator ?? {}) as { readonly locks?: Pick<LockManager, "request"> };
  const lifeline = locks && `downhill-${crypto.randomUUID()}`;
  let onEnd: (why: string) => void = () => {};
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen(onMessage, whenEnded) {
      onEnd = whenEnded;
      worker.addEventListener("message", ({ data }) => onMessage(data));
      worker.addEventListener("error", (event) => {
        // Whoever waits for the worker hears of it.
        event.preventDefault();
        onEnd(event.message ?? "it could not be loaded");
      });
    },
    lifeline,
    watch: () => void (lifeline && locks?.request(lifeline, () => onEnd("it was terminated"))),
    keepAlive() {},
    async terminate() {
      worker.terminate();
    },
  };
}
