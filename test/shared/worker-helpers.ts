/** Workers that misbehave, in Node and in browsers. */

import type { NodeWorker, WebWorker } from "../../ts/worker/index.js";
import { program } from "../../ts/worker/program.js";

type AnyWorker = NodeWorker | WebWorker;

function start(code: string): AnyWorker {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const threads = process?.getBuiltinModule?.("node:worker_threads") as
    | { Worker: new (code: string, options: object) => NodeWorker }
    | undefined;
  if (threads) return new threads.Worker(code, { eval: true });
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}

/** Throws in the worker, outside of any call, when told so. */
const trap = `
const scope = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort ?? globalThis;
scope.addEventListener("message", ({ data }) => {
  if (data.crash) setTimeout(() => { throw new Error("on purpose"); });
});`;

/** A worker that serves a model until it is told to crash, or is terminated by somebody else. */
export function breaks(): { worker: () => AnyWorker; crash(): void; terminate(): void } {
  const worker = start(`${program}\n${trap}`);
  return {
    worker: () => worker,
    crash: () => worker.postMessage({ crash: true, answer: 0 }, []),
    terminate: () => void worker.terminate(),
  };
}

/** A worker whose program is broken. */
export const stubborn = (): AnyWorker => start("throw new Error('broken');");
