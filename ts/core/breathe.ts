/** Lets the event loop run between slices of work, without the 4 ms that browsers put on `setTimeout`. */

/** A way to wait for one turn of the event loop, and to close what it keeps open. */
export interface Breather {
  breathe(): Promise<void>;
  close(): void;
}

/** `setImmediate` where there is one (Node), else a message channel. */
export function breather(): Breather {
  const immediate = (globalThis as { setImmediate?: (done: () => void) => unknown }).setImmediate;
  if (typeof immediate === "function") {
    return { breathe: () => new Promise((done) => immediate(done)), close() {} };
  }
  const { port1, port2 } = new MessageChannel();
  return {
    breathe: () =>
      new Promise((done) => {
        port1.onmessage = () => done();
        port2.postMessage(undefined);
      }),
    close() {
      port1.close();
    },
  };
}

/** Milliseconds from some start. */
export function now(): number {
  return performance.now();
}
