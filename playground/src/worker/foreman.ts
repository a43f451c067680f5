/** The page's side: starts jobs in the worker of the room. */

import type { Failure, Jobs, Order, Report } from "./wire.js";

/** A job that went wrong in the worker. */
export class JobError extends Error {
  override name = "JobError";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** A job under way. */
export interface Job<Result> {
  /** rejects with a JobError; of a job that was stopped it holds what there was until then */
  readonly done: Promise<Result>;
  stop(): void;
  pause(): void;
  resume(): void;
}

/** Starts jobs. */
export interface Foreman<J extends Jobs> {
  start<K extends keyof J & string>(
    job: K,
    input: J[K]["input"],
    onUpdate?: (update: J[K]["update"]) => void,
    transfer?: readonly Transferable[],
  ): Job<J[K]["result"]>;
}

interface Waiting {
  readonly done: (result: never) => void;
  readonly fail: (error: Error) => void;
  readonly onUpdate: ((update: never) => void) | undefined;
}

/** @param open starts the worker: `() => new Worker(new URL("./worker.js", import.meta.url), { type: "module" })` */
export function foreman<J extends Jobs>(open: () => Worker): Foreman<J> {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let count = 0;

  const opened = () => {
    if (worker !== undefined) return worker;
    worker = open();
    worker.onmessage = ({ data }: MessageEvent<Report>) => {
      const job = waiting.get(data.of);
      if (job === undefined) return;
      if ("update" in data) return job.onUpdate?.(data.update as never);
      waiting.delete(data.of);
      if ("failure" in data) job.fail(new JobError(data.failure));
      else job.done(data.result as never);
    };
    worker.onerror = ({ message }) => {
      const failure = { name: "WorkerError", message: message ?? "the worker could not be started" };
      for (const { fail } of waiting.values()) fail(new JobError(failure));
      waiting.clear();
      worker = undefined;
    };
    return worker;
  };
  return {
    start: (job, input, onUpdate, transfer = []) => {
      count += 1;
      const id = count;
      const send = (order: Order, gives: readonly Transferable[] = []) => opened().postMessage(order, [...gives]);
      const done = new Promise<never>((resolve, reject) => {
        waiting.set(id, { done: resolve, fail: reject, onUpdate: onUpdate as Waiting["onUpdate"] });
      });
      send({ start: id, job, input }, transfer);
      return {
        done,
        stop: () => send({ stop: id }),
        pause: () => send({ pause: id }),
        resume: () => send({ resume: id }),
      };
    },
  };
}
