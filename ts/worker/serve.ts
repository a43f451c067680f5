/** The worker's side: one model, the calls to it as they arrive, and the callbacks' turns during a fit. */

import type { Callback, CallbackContext } from "../callbacks/callback.js";
import { isRecord } from "../check.js";
import { type InitOptions, init } from "../core/runtime.js";
import { DisposedError } from "../errors.js";
import type { FitOptions } from "../fit-options.js";
import { Model } from "../model.js";
import { buffersIn, type CallbackSketch, type Hook, type Report, type Request, takeApart } from "./wire.js";

/** The line to the caller: the global scope of a Web Worker, `parentPort` of a thread of Node. */
export interface Port {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  onmessage: ((event: { data: unknown }) => void) | null;
}

/** Thrown in place of what a callback threw; the caller has that. */
const failed = { other: "a callback failed" };

/**
 * Answers the calls of a `WorkerModel` in this worker.
 *
 * @param port default: to whoever started the worker
 */
export function serve(port: Port = parent()): void {
  const aborts = new Map<number, AbortController>();
  const asked = new Map<number, { done(value: unknown): void; fail(error: unknown): void }>();
  let asks = 0;
  let model: Model<string> | undefined;
  /** of the callbacks of the fit under way, as they came with the last `save` */
  let states: readonly unknown[] = [];

  const send = (report: Report, transfer: Iterable<ArrayBuffer> = []) => port.postMessage(report, [...transfer]);

  /** Gives a callback its turn on the caller's side. */
  function ask(call: number, callback: number, hook: Hook, given: readonly unknown[], context: object) {
    return new Promise<unknown>((done, fail) => {
      asks += 1;
      asked.set(asks, { done, fail });
      send({ call, ask: asks, callback, hook, given, context });
    });
  }

  /** A callback whose methods run on the caller's side. */
  function standIn({ name, recordEvery, hooks, keepsState }: CallbackSketch, call: number, callback: number): Callback {
    let progress: Promise<unknown> | undefined;
    const turn = (hook: Hook) => {
      return async (...all: unknown[]): Promise<unknown> => {
        const { params, stoppedBy } = all.at(-1) as CallbackContext;
        const context = { params, stoppedBy };
        // Showing progress need not be waited for: a busy page would hold up the training. One at a time.
        if (hook === "onProgress" && progress !== undefined) return undefined;
        const before = progress;
        const answer = (async () => {
          await before;
          return ask(call, callback, hook, all.slice(0, -1), context);
        })();
        if (hook !== "onProgress") return answer;
        progress = answer.then(() => {
          progress = undefined;
        });
        // Its failure is met at the next turn that is waited for.
        progress.catch(() => {});
        return undefined;
      };
    };
    const turns = Object.fromEntries(hooks.map((hook) => [hook, turn(hook)]));
    const kept = keepsState && {
      state: () => states[callback],
      loadState: async (state: unknown) => void (await ask(call, callback, "loadState", [state], {})),
    };
    const last = {
      onTrainEnd: async (context: CallbackContext) => (turns.onTrainEnd ? turns.onTrainEnd(context) : progress),
    };
    return Object.fromEntries(
      Object.entries({ name, recordEvery, ...turns, ...kept, ...last }).filter(([, value]) => value !== undefined),
    ) as Callback;
  }

  async function fit(call: number, given: readonly unknown[]): Promise<unknown> {
    const [x, y, options, sketches, aborted] = given as [never, never, FitOptions, readonly CallbackSketch[], boolean];
    const controller = new AbortController();
    if (aborted) controller.abort();
    aborts.set(call, controller);
    const callbacks = sketches.map((sketch, i) => standIn(sketch, call, i));
    try {
      const { signal } = controller;
      return await open().fit(x, y, isRecord(options) ? { ...options, callbacks, signal } : options);
    } finally {
      aborts.delete(call);
    }
  }

  function open(): Model<string> {
    if (model === undefined) throw new DisposedError("WorkerModel");
    return model;
  }

  async function start(method: "create" | "load", given: readonly unknown[]): Promise<unknown> {
    const [what, wasm, lifeline] = given as [unknown, InitOptions["wasm"], string | undefined];
    if (lifeline !== undefined) await holdForLife(lifeline);
    await init({ wasm } as InitOptions);
    model = await Model[method](what as never);
    return { inputs: model.toJSON().inputs };
  }

  function run(call: number, method: string, given: readonly unknown[]): unknown {
    if (method === "create" || method === "load") return start(method, given);
    if (method === "fit") return fit(call, given);
    if (method === "epochsDone") return open().epochsDone;
    if (method === "save") states = given[0] as readonly unknown[];
    const methods = open() as unknown as Record<string, (...given: readonly unknown[]) => unknown>;
    return methods[method]?.(...given);
  }

  async function answer(call: number, method: string, given: readonly unknown[]): Promise<void> {
    try {
      const result = run(call, method, given);
      // Where nothing is waited for, nothing may come between: calls are answered in their order.
      const value = result instanceof Promise ? await result : result;
      // Everything with numbers in it is a copy, but for the configuration.
      send({ call, value }, method === "toJSON" || method === "fit" ? [] : buffersIn(value));
    } catch (error) {
      send({ call, error: error === failed ? failed : takeApart(error) });
    }
  }

  port.onmessage = ({ data }) => {
    const request = data as Request;
    if ("call" in request) void answer(request.call, request.method, request.given);
    else if ("abort" in request) aborts.get(request.abort)?.abort();
    else {
      const waiting = asked.get(request.answer);
      asked.delete(request.answer);
      if (request.failed) waiting?.fail(failed);
      else waiting?.done(request.value);
    }
  };
}

/** Takes a lock that only the end of this worker frees. */
function holdForLife(name: string): Promise<void> {
  return new Promise((held) => {
    void navigator.locks.request(name, () => {
      held();
      return new Promise(() => {});
    });
  });
}

function parent(): Port {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const threads = process?.getBuiltinModule?.("node:worker_threads") as { parentPort: Port | null } | undefined;
  return threads?.parentPort ?? (globalThis as unknown as Port);
}
