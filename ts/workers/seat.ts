/**
 * The table at which the replicas of a fit sit: one block of shared memory, and what each puts there and takes away. The
 * fit's thread and the workers run this same code; it must not import anything that a worker does not need.
 *
 * A step has two barriers. Before the first each puts down its message and, for each other replica, the gradient in the
 * slice that this one sums; before the second its summed slice. So nobody writes where another may still read.
 */

/** What `CoreFit.share` gives: lengths of blocks, and where they lie in the memory of each instance. */
export type Layout = readonly [
  gradient: number,
  message: number,
  row: number,
  slice: number,
  outputs: number,
  gradientAt: number,
  messagesAt: number,
  rowAt: number,
  othersAt: number,
  outputsAt: number,
];

/** In a message: the first output of the replica's rows, and the end of them. */
const outputsFrom = 1;
const outputsTo = 2;

/** Looks at the counter before a thread goes to sleep: about 20 µs. Endless looking would take the core from the others. */
const looks = 2000;

/** One counter in a cache line of its own. */
const head = 64;

/** The shared memory for so many replicas. */
export function makeTable(replicas: number, [, message, row, slice, outputs]: Layout): SharedArrayBuffer {
  const numbers = row + replicas * message;
  const floats = replicas * replicas * slice + replicas * slice + outputs;
  return new SharedArrayBuffer(head + 8 * numbers + 4 * floats);
}

/** One replica's seat at the table. */
export class Seat {
  readonly #replicas: number;
  readonly #index: number;
  readonly #memory: WebAssembly.Memory;
  readonly #layout: Layout;
  readonly #arrivals: Int32Array<SharedArrayBuffer>;
  readonly #row: Float64Array;
  readonly #messages: Float64Array;
  /** `[receiver, sender, slice]` */
  readonly #gradients: Float32Array;
  readonly #sums: Float32Array;
  readonly #outputs: Float32Array;
  /** what the counter shows when all have come to the next barrier */
  #due = 0;

  constructor(table: SharedArrayBuffer, layout: Layout, replicas: number, index: number, memory: WebAssembly.Memory) {
    const [, message, row, slice, outputs] = layout;
    let at = head;
    const doubles = (length: number) => {
      at += 8 * length;
      return new Float64Array(table, at - 8 * length, length);
    };
    const floats = (length: number) => {
      at += 4 * length;
      return new Float32Array(table, at - 4 * length, length);
    };
    this.#replicas = replicas;
    this.#index = index;
    this.#memory = memory;
    this.#layout = layout;
    this.#arrivals = new Int32Array(table, 0, 1);
    this.#row = doubles(row);
    this.#messages = doubles(replicas * message);
    this.#gradients = floats(replicas * replicas * slice);
    this.#sums = floats(replicas * slice);
    this.#outputs = floats(outputs);
  }

  /** For all: the rates of this step. */
  putRow(row: Float64Array): void {
    this.#row.set(row);
  }

  /** The message of the own part, the others' slices of its gradient, and its outputs. */
  putPart(): void {
    const [, message, , slice, outputs, , messagesAt, , , outputsAt] = this.#layout;
    const own = this.#index;
    const mine = this.#doubles(messagesAt + 8 * own * message, message);
    this.#messages.set(mine, own * message);
    for (let to = 0; to < this.#replicas; to++) {
      if (to !== own) this.#gradients.set(this.#slice(to), (to * this.#replicas + own) * slice);
    }
    if (outputs > 0 && own > 0) {
      const [from = 0, end = 0] = mine.subarray(outputsFrom, outputsTo + 1);
      this.#outputs.set(this.#floats(outputsAt + 4 * from, end - from), from);
    }
  }

  /** Messages and rates of all, the others' gradients in the own slice, and all outputs where they are measured. */
  takeParts(): void {
    const [, , , slice, outputs, , messagesAt, rowAt, othersAt, outputsAt] = this.#layout;
    const own = this.#index;
    this.#doubles(messagesAt, this.#messages.length).set(this.#messages);
    this.#doubles(rowAt, this.#row.length).set(this.#row);
    for (let from = 0; from < this.#replicas; from++) {
      if (from === own) continue;
      const at = (own * this.#replicas + from) * slice;
      this.#floats(othersAt + 4 * from * slice, slice).set(this.#gradients.subarray(at, at + slice));
    }
    if (outputs > 0 && own === 0) {
      // The own outputs, the first ones, lie in the core already.
      const end = this.#messages[outputsTo] as number;
      this.#floats(outputsAt + 4 * end, outputs - end).set(this.#outputs.subarray(end));
    }
  }

  /** The own summed slice. */
  putSum(): void {
    this.#sums.set(this.#slice(this.#index), this.#index * this.#layout[3]);
  }

  /** The others' summed slices, and with `all` the own one again. */
  takeSums(all = false): void {
    for (let of = 0; of < this.#replicas; of++) {
      if (of === this.#index && !all) continue;
      const slice = this.#slice(of);
      const at = of * this.#layout[3];
      slice.set(this.#sums.subarray(at, at + slice.length));
    }
  }

  /** Says that this replica has come to the barrier. */
  arrive(): void {
    this.#due = (this.#due + this.#replicas) | 0;
    if (((Atomics.add(this.#arrivals, 0, 1) + 1) | 0) === this.#due) Atomics.notify(this.#arrivals, 0);
  }

  /** Have all come? Looks for a while. */
  look(): boolean {
    for (let i = 0; i < looks; i++) if (this.#missing() >= 0) return true;
    return false;
  }

  /** Sleeps until all have come, at most so many milliseconds. Forbidden in a page's own thread. */
  sleep(ms = Number.POSITIVE_INFINITY): boolean {
    const until = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.#arrivals, 0);
      if (((seen - this.#due) | 0) >= 0) return true;
      const left = until - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#arrivals, 0, seen, left);
    }
  }

  #missing(): number {
    return (Atomics.load(this.#arrivals, 0) - this.#due) | 0;
  }

  /** The numbers of the gradient that a replica sums; the last slices may be shorter. */
  #slice(of: number): Float32Array {
    const [gradient, , , slice, , gradientAt] = this.#layout;
    const from = Math.min(gradient, of * slice);
    return this.#floats(gradientAt + 4 * from, Math.min(gradient, from + slice) - from);
  }

  // Views are made anew each time: the memory may have grown.
  #floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }

  #doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, length);
  }
}
