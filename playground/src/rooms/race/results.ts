/** What the races have brought so far: they start again whenever what they depend on changes. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { aroundOf, isAverage } from "../../optimizers/around.js";
import { configOf, rowOf } from "../../optimizers/table.js";
import { trainer } from "../../training/courses.js";
import { seedsOf, taskOf } from "../../training/fields.js";
import type { RaceInput } from "../../training/jobs.js";
import { replay } from "../../transport/film.js";
import { foreman, type Job } from "../../worker/foreman.js";
import { race, startOf } from "./experiment.js";
import type { RaceJobs, SurfaceInput, Track } from "./jobs.js";

/** One worker for the surface, which is always quick, and one for the networks, which may be busy. */
const open = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const quick = foreman<RaceJobs>(open);

/** How each lane went over the surface, for the lanes as they were then. */
export const tracks = signal<readonly Track[]>([]);

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
  const { lanes, epochs } = race.now.value;
  const input: RaceInput = {
    ...taskOf(race.now.value),
    epochs,
    seeds: seedsOf(race.now.value),
    lanes: lanes.map((lane) => ({
      config: configOf(lane, "network"),
      fullBatch: rowOf(lane.type).fullBatch ?? false,
      isAverage: isAverage(aroundOf(lane.values)),
    })),
  };
  return JSON.stringify(input);
});

/** The losses of the lanes, and whether their networks are still trained. */
export const { courses, busy } = trainer(foreman<RaceJobs>(open), networkInput, trouble);

effect(() => {
  const job: Job<readonly Track[]> = quick.start("surface", JSON.parse(surfaceInput.value));
  let isLast = true;
  job.done.then(
    (found) => {
      if (isLast) tracks.value = found;
    },
    (error) => {
      trouble.value = error instanceof Error ? error.message : String(error);
    },
  );
  return () => {
    isLast = false;
  };
});

effect(() => {
  void surfaceInput.value;
  void networkInput.value;
  untracked(replay);
});
