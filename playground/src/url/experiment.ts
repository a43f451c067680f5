/** The experiment of a room: a signal that the address follows, and that follows the address. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Codec, Problem } from "./codec.js";

/** The experiment that the page shows. */
export interface Experiment<E> {
  readonly now: ReadonlySignal<E>;
  /** what of the address could not be used */
  readonly problems: Signal<readonly Problem[]>;
  /** Changes some of it. */
  change(part: Partial<E>): void;
  /** Back to the defaults. */
  reset(): void;
}

/** Dragging changes it many times a second; browsers forbid addresses to change as often. */
const settleMs = 200;

export function experiment<E extends object>({ initial, read, write }: Codec<E>): Experiment<E> {
  const first = read(location.hash);
  const now = signal(first.experiment);
  const problems = signal(first.problems);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = () => {
    const address = new URL(location.href);
    address.hash = write(now.value);
    history.replaceState(history.state, "", address);
  };
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(show, settleMs);
  };
  addEventListener("hashchange", () => {
    clearTimeout(timer);
    const { experiment, problems: found } = read(location.hash);
    now.value = experiment;
    problems.value = found;
  });
  // A link that is copied or followed at once must be the one that is seen.
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    show();
  });
  return {
    now,
    problems,
    change: (part) => {
      now.value = { ...now.value, ...part };
      problems.value = [];
      settle();
    },
    reset: () => {
      now.value = initial;
      problems.value = [];
      settle();
    },
  };
}
