/** The worker's side: does the jobs that the page starts. */

import type { Failure, Jobs, Order, Report } from "./wire.js";

/** What a job has beside its input. */
export interface Desk<Update> {
  /** aborted when the page stops the job */
  readonly signal: AbortSignal;
  /** Tells the page how it goes on. */
  tell(update: Update, transfer?: readonly Transferable[]): void;
  /** Lets messages in; resolves when the page does not hold the job, or has stopped it. */
  turn(): Promise<void>;
}

/** A job for each name. */
export type Workshop<J extends Jobs> = {
  readonly [K in keyof J]: (input: J[K]["input"], desk: Desk<J[K]["update"]>) => Promise<J[K]["result"]>;
};

interface Running {
  readonly controller: AbortController;
  held: boolean;
  /** goes on */
  wake: () => void;
}

const scope = globalThis as unknown as {
  postMessage(message: unknown, transfer: readonly Transferable[]): void;
  onmessage: ((event: { readonly data: Order }) => void) | null;
};

/** Answers the page. */
export function serve<J extends Jobs>(workshop: Workshop<J>): void {
  const running = new Map<number, Running>();
  const send = (report: Report, transfer: readonly Transferable[] = []) => scope.postMessage(report, transfer);

  async function work(id: number, name: string, input: unknown): Promise<void> {
    const job: Running = { controller: new AbortController(), held: false, wake: () => {} };
    running.set(id, job);
    const desk: Desk<unknown> = {
      signal: job.controller.signal,
      tell: (update, transfer) => send({ of: id, update }, transfer),
      turn: async () => {
        await breathe();
        while (job.held && !job.controller.signal.aborted)
          await new Promise<void>((wake) => Object.assign(job, { wake }));
      },
    };
    try {
      const result = await (workshop as Workshop<Jobs>)[name]?.(input, desk);
      send({ of: id, result });
    } catch (error) {
      send({ of: id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  }

  scope.onmessage = ({ data }) => {
    if ("start" in data) void work(data.start, data.job, data.input);
    else if ("stop" in data) {
      const job = running.get(data.stop);
      job?.controller.abort();
      job?.wake();
    } else {
      const job = running.get("pause" in data ? data.pause : data.resume);
      if (job === undefined) return;
      job.held = "pause" in data;
      if (!job.held) job.wake();
    }
  };
}

/** A turn of the event loop without the 4 ms that timers are held back. */
function breathe(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(undefined);
  });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  const { code, step } = error as { code?: unknown; step?: unknown };
  return {
    name,
    message,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof step === "number" ? { step } : {}),
  };
}
