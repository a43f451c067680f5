/** The caller's side of the line: calls that wait for their answer, callbacks' turns, and what happens when it breaks. */

import type { AsyncCallbackModel, Callback, CallbackContext } from "../callbacks/callback.js";
import type { Channel } from "../core/spawn.js";
import { type DownhillError, NotSerializableError, UnsupportedError, WorkerError } from "../errors.js";
import { putTogether, type Report, type Request } from "./wire.js";

type AnyCallback = Callback<AsyncCallbackModel>;

/** What a call brings along beside its arguments. */
export interface CallOptions {
  /** buffers that the caller gives up */
  readonly transfer?: readonly ArrayBuffer[];
  readonly callbacks?: readonly AnyCallback[];
  readonly signal?: AbortSignal | undefined;
}

/** A call under way. */
interface Waiting {
  readonly method: string;
  /** also keeps the model from being reclaimed while it works */
  readonly model: AsyncCallbackModel | undefined;
  readonly callbacks: readonly AnyCallback[];
  /** what a callback threw, in a box */
  thrown?: { readonly error: unknown };
  done(value: unknown): void;
  fail(error: unknown): void;
}

/** The line to one worker. */
export class Link {
  readonly #channel: Channel;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  /** whether the worker ever answered */
  #started = false;
  #ended: DownhillError | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.keepAlive(false);
    channel.listen(
      (message) => this.#receive(message as Report),
      (why, cause) => this.#break(why, cause),
    );
  }

  /** Makes the model in the worker, with a core for it. */
  async start(method: "create" | "load", what: unknown, wasm: unknown): Promise<{ readonly inputs: number }> {
    const { lifeline } = this.#channel;
    const made = await this.call(undefined, method, [what, wasm, lifeline]);
    this.#channel.watch();
    return made as { inputs: number };
  }

  /** Calls a method of the model in the worker. */
  async call(
    model: AsyncCallbackModel | undefined,
    method: string,
    given: readonly unknown[],
    { transfer = [], callbacks = [], signal }: CallOptions = {},
  ): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended;
    this.#calls += 1;
    const call = this.#calls;
    const abort = () => this.#post({ abort: call });
    try {
      return await new Promise<unknown>((done, fail) => {
        this.#post({ call, method, given }, transfer);
        if (this.#waiting.size === 0) this.#channel.keepAlive(true);
        this.#waiting.set(call, { method, model, callbacks, done, fail });
        signal?.addEventListener("abort", abort);
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#waiting.delete(call);
      if (this.#waiting.size === 0) this.#channel.keepAlive(false);
    }
  }

  /** The callbacks of the calls of `method` under way, the first call's first. */
  callbacksOf(method: string): readonly AnyCallback[] {
    return [...this.#waiting.values()].flatMap((waiting) => (waiting.method === method ? waiting.callbacks : []));
  }

  /** Ends the worker; calls under way, and later ones, get `reason`. */
  async end(reason: DownhillError): Promise<void> {
    this.#fail(reason);
    await this.#channel.terminate();
  }

  #post(request: Request, transfer: readonly ArrayBuffer[] = []): void {
    try {
      this.#channel.post(request, transfer);
    } catch (error) {
      const what = "call" in request ? request.method : "callback";
      throw new NotSerializableError(what, `what was given cannot go to a worker: ${(error as Error).message}`);
    }
  }

  #receive(report: Report): void {
    this.#started = true;
    const waiting = this.#waiting.get(report.call);
    if (waiting === undefined) return;
    if ("ask" in report) void this.#giveTurn(waiting, report);
    else if ("error" in report)
      waiting.fail(waiting.thrown === undefined ? putTogether(report.error) : waiting.thrown.error);
    else waiting.done(report.value);
  }

  async #giveTurn(waiting: Waiting, report: Extract<Report, { ask: number }>): Promise<void> {
    const { ask, callback, hook, given, context } = report;
    let value: unknown;
    try {
      const target = waiting.callbacks[callback] as unknown as Record<
        string,
        (...given: readonly unknown[]) => unknown
      >;
      const full = { ...context, model: waiting.model } as CallbackContext<AsyncCallbackModel>;
      value = await target[hook]?.(...given, full);
    } catch (error) {
      waiting.thrown ??= { error };
    }
    if (this.#ended !== undefined) return;
    // Of what a callback returns, only this means something.
    this.#post({ answer: ask, value: value === "stop" ? value : undefined, failed: waiting.thrown !== undefined });
  }

  #break(why: string, cause: unknown): void {
    const methods = [...this.#waiting.values()].map(({ method }) => method).join(", ");
    const during = methods === "" ? "" : ` during ${methods}`;
    this.#fail(
      this.#started
        ? new WorkerError(`the worker ended${during}: ${why}; what it held is lost, make the model again`, { cause })
        : new UnsupportedError(`the worker did not start: ${why}. ${howToStart}`, { cause }),
    );
  }

  #fail(reason: DownhillError): void {
    this.#ended ??= reason;
    for (const { fail } of this.#waiting.values()) fail(this.#ended);
  }
}

const howToStart =
  "Where a page's content policy forbids workers from blob:, give { worker: () => new Worker(…) } whose file calls serve of downhill/worker-thread";
