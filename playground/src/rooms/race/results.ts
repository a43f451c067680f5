/** What the races have brought so far: they start again whenever what they depend on changes. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { configOf } from "../../optimizers/table.js";
import { foreman, type Job } from "../../worker/foreman.js";
import { race, startOf } from "./experiment.js";
import type { Lap, NetworkInput, RaceJobs, SurfaceInput, Track } from "./jobs.js";
import { replay } from "./transport.js";

/** One worker for the surface, which is always quick, and one for the networks, which may be busy. */
const open = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const quick = foreman<RaceJobs>(open);
const busy = foreman<RaceJobs>(open);

/** How each lane went over the surface, for the lanes as they were then. */
export const tracks = signal<readonly Track[]>([]);

/** The losses of a lane's runs, epoch by epoch from 0 (before training). */
export interface Course {
  /** updates at the end of each epoch */
  readonly steps: readonly number[];
  /** of each run, as far as it has got; NaN where it diverged */
  readonly losses: readonly (readonly number[])[];
  readonly ms: readonly (readonly number[])[];
}

export const courses = signal<readonly Course[]>([]);

/** Whether the networks are still trained. */
export const training = signal(false);

/** What went wrong in a worker, which nothing but a mistake of ours does. */
export const trouble = signal("");

/** Compared as text: what is equal starts nothing. */
const surfaceInput = computed(() => {
  const { lanes, surface, steps, seed } = race.now.value;
  const input: SurfaceInput = {
    surface,
    start: startOf(race.now.value),
    steps,
    seed,
    lanes: lanes.map((lane) => configOf(lane, "surface")),
  };
  return JSON.stringify(input);
});

const networkInput = computed(() => {
  const { lanes, data, hidden, batch, epochs, seeds, seed } = race.now.value;
  const input: NetworkInput = {
    data,
    hidden,
    batch,
    epochs,
    seeds: Array.from({ length: seeds }, (_, i) => (seed + i) % 2 ** 32),
    lanes: lanes.map((lane) => configOf(lane, "network")),
  };
  return JSON.stringify(input);
});

/** Updates come many times a frame; the page is told once. */
const settleMs = 120;

/** Starts both races, now and whenever the experiment changes. */
export function startRaces(): void {
  let surfaceJob: Job<readonly Track[]> | undefined;
  effect(() => {
    const input = JSON.parse(surfaceInput.value) as SurfaceInput;
    const job = quick.start("surface", input);
    surfaceJob = job;
    job.done.then((found) => {
      if (job === surfaceJob) tracks.value = found;
    }, told);
  });

  let networkJob: Job<undefined> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const input = JSON.parse(networkInput.value) as NetworkInput;
    networkJob?.stop();
    clearTimeout(timer);
    const first = networkJob === undefined;
    timer = setTimeout(
      () => {
        networkJob = untracked(() => startNetwork(input));
      },
      first ? 0 : settleMs,
    );
  });
  effect(() => {
    void surfaceInput.value;
    void networkInput.value;
    untracked(replay);
  });
}

function startNetwork(input: NetworkInput): Job<undefined> {
  const fresh = input.lanes.map(() => ({
    steps: [] as number[],
    losses: input.seeds.map(() => [] as number[]),
    ms: input.seeds.map(() => [] as number[]),
  }));
  let current = true;
  const add = (laps: readonly Lap[]) => {
    if (!current) return;
    for (const { lane, run, epoch, step, loss, ms } of laps) {
      const course = fresh[lane];
      if (course === undefined) continue;
      course.steps[epoch] = step;
      (course.losses[run] as number[])[epoch] = loss;
      (course.ms[run] as number[])[epoch] = ms;
    }
    courses.value = [...fresh];
  };
  const job = busy.start("network", input, add);
  training.value = true;
  job.done.then(
    () => {
      if (current) training.value = false;
    },
    (error) => {
      training.value = false;
      told(error);
    },
  );
  return {
    ...job,
    stop: () => {
      current = false;
      job.stop();
    },
  };
}

function told(error: unknown): void {
  trouble.value = error instanceof Error ? error.message : String(error);
}
