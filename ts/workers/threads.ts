/** Threads of Node and of browsers under one roof. Their script travels as text: no bundler has to find a file. */

import { script } from "../../build/replica.js";
import type { Order } from "./replica.js";

/** A worker under way. */
export interface Thread {
  stop(): unknown;
}

/** What is used of Node's module. */
interface NodeThreads {
  readonly Worker: new (
    source: string,
    options: { readonly eval: true; readonly workerData: unknown; readonly execArgv: readonly string[] },
  ) => {
    on(event: "error" | "exit", listener: (value: unknown) => void): unknown;
    unref(): void;
    terminate(): Promise<unknown>;
  };
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): unknown;
}

/** Why there cannot be several workers here, if there cannot. */
export function whyNoThreads(): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated === false)
    return "this page is not cross-origin isolated, so that workers cannot share memory: one computed";
  if (typeof SharedArrayBuffer === "undefined") return "there is no shared memory here: one computed";
  if (nodeProcess() === undefined && typeof Worker === "undefined") return "there are no workers here: one computed";
  return undefined;
}

/**
 * Starts a worker.
 *
 * @param ended is called when it ends or fails
 */
export async function startWorker(order: Order, ended: (cause: unknown) => void): Promise<Thread> {
  const node = nodeProcess();
  if (node !== undefined) {
    const { Worker } = await nodeThreads(node);
    const worker = new Worker(script, { eval: true, workerData: order, execArgv: [] });
    // A program that waits for nothing else may end.
    worker.unref();
    worker.on("error", ended);
    worker.on("exit", (code) => ended(new Error(`the worker exited with code ${code}`)));
    return { stop: () => worker.terminate() };
  }
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onerror = (event) => {
    event.preventDefault();
    ended(new Error(event.message || "the worker's script was refused"));
  };
  worker.postMessage(order);
  return {
    stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

function nodeProcess(): NodeProcess | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.versions?.node === undefined ? undefined : process;
}

/** `node:worker_threads`, without an import that bundlers for browsers would stumble over. */
async function nodeThreads(process: NodeProcess): Promise<NodeThreads> {
  const name = "node:worker_threads";
  // Node before 20.16 and 22.3 lacks this.
  const found = process.getBuiltinModule?.(name) ?? (await new Function("name", "return import(name)")(name));
  return found as NodeThreads;
}
