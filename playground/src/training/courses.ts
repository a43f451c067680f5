/** The losses of lanes that train side by side, as far as they have got: training starts again when its input changes. */

import { effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { Line } from "../chart/lines.js";
import type { Foreman, Job } from "../worker/foreman.js";
import type { Laps, RaceInput, RaceJob } from "./jobs.js";

/** The losses of a lane's runs, epoch by epoch from 0 (before training). */
export interface Course {
  /** updates at the end of each epoch */
  readonly steps: readonly number[];
  /** of each run, as far as it has got; NaN where it diverged */
  readonly losses: readonly (readonly number[])[];
  readonly ms: readonly (readonly number[])[];
  /** why the library does not take these settings */
  readonly refused?: string;
}

type Growing = { steps: number[]; losses: number[][]; ms: number[][]; refused?: string };

/** What trains, and what it has brought. */
export interface Trainer {
  readonly courses: ReadonlySignal<readonly Course[]>;
  /** whether it is still under way */
  readonly busy: ReadonlySignal<boolean>;
}

/** While a slider moves, nothing starts. */
const settleMs = 150;

/**
 * Trains now, and whenever the input has changed.
 *
 * @param input as JSON: what is equal as text starts nothing
 * @param trouble told what went wrong in the worker, which nothing but a mistake of ours does
 */
export function trainer(
  workers: Foreman<{ readonly network: RaceJob }>,
  input: ReadonlySignal<string>,
  trouble: Signal<string>,
): Trainer {
  const courses = signal<readonly Course[]>([]);
  const busy = signal(true);
  let job: Job<undefined> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const begin = (given: RaceInput) => {
    const fresh = given.lanes.map(
      (): Growing => ({ steps: [], losses: given.seeds.map(() => []), ms: given.seeds.map(() => []) }),
    );
    const mine = workers.start("network", given, (laps) => {
      if (job !== mine) return;
      for (const [lane, why] of laps.refused ?? []) Object.assign(fresh[lane] as Growing, { refused: why });
      add(fresh, laps);
      courses.value = fresh.slice();
    });
    job = mine;
    mine.done
      .catch((error) => {
        trouble.value = error instanceof Error ? error.message : String(error);
      })
      .finally(() => {
        if (job === mine) busy.value = false;
      });
  };
  effect(() => {
    const given = JSON.parse(input.value) as RaceInput;
    const wait = job === undefined ? 0 : settleMs;
    job?.stop();
    clearTimeout(timer);
    busy.value = true;
    timer = setTimeout(() => untracked(() => begin(given)), wait);
  });
  return { courses, busy };
}

function add(courses: readonly Growing[], { laps }: Laps): void {
  for (const { lane, run, epoch, step, loss, ms } of laps) {
    const course = courses[lane] as Growing;
    course.steps[epoch] = step;
    (course.losses[run] as number[])[epoch] = loss;
    (course.ms[run] as number[])[epoch] = ms;
  }
}

/** How many epochs all runs of a lane that have not diverged have finished. */
function finished({ losses }: Course): number {
  const running = losses.filter((run) => !run.some(Number.isNaN));
  return Math.min(...(running.length > 0 ? running : losses).map(({ length }) => length));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean over the runs at an epoch; undefined where one is not there yet, or has diverged. */
export function meanOf({ losses }: Course, epoch: number): number | undefined {
  const there = losses.map((run) => run[epoch]).filter((loss): loss is number => Number.isFinite(loss));
  return there.length === losses.length ? mean(there) : undefined;
}

/** Mean and extremes over the runs that have not diverged, epoch by epoch. */
export function lineOf(course: Course, colour: number, name: string, against: "steps" | "time" = "steps"): Line {
  const count = finished(course);
  const [x, y, low, high]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let epoch = 0; epoch < count; epoch++) {
    const values = course.losses.map((run) => run[epoch]).filter((loss): loss is number => Number.isFinite(loss));
    if (values.length === 0) break;
    x.push(against === "steps" ? (course.steps[epoch] as number) : mean(course.ms.map((run) => run[epoch] ?? 0)));
    y.push(mean(values));
    low.push(Math.min(...values));
    high.push(Math.max(...values));
  }
  return { name, colour, x, y, low, high, tag: String(colour + 1) };
}

/** How a lane ended. */
export interface End {
  /** mean over the runs; undefined if one diverged, or none has begun */
  readonly loss?: number;
  /** runs that diverged */
  readonly diverged: number;
  readonly runs: number;
}

export function endOf({ losses }: Course): End {
  const last = losses.map((run) => run.at(-1)).filter((loss): loss is number => loss !== undefined);
  const diverged = last.filter(Number.isNaN).length;
  const isWhole = diverged === 0 && last.length === losses.length;
  return { diverged, runs: losses.length, ...(isWhole ? { loss: mean(last) } : {}) };
}
