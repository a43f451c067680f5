/** What this room has computed: each part anew when what it depends on has changed. */

import { computed, effect, signal } from "@preact/signals";
import { aroundOf, isAverage } from "../../optimizers/around.js";
import { configOf as optimizerOf, rowOf } from "../../optimizers/table.js";
import { configOf as scheduleOf } from "../../schedules/table.js";
import { trainer } from "../../training/courses.js";
import { seedsOf, taskOf } from "../../training/fields.js";
import type { Lane, RaceInput } from "../../training/jobs.js";
import { foreman, type Job } from "../../worker/foreman.js";
import { rate } from "./experiment.js";
import type { Preview, PreviewInput, RateJobs, TestInput, TestResult } from "./jobs.js";

/** Two workers: one answers while a curve is dragged, however busy the other is. */
const open = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const quick = foreman<RateJobs>(open);
const busyOne = foreman<RateJobs>(open);

/** What went wrong in a worker, which nothing but a mistake of ours does. */
export const trouble = signal("");

const isFullBatch = () => rowOf(rate.now.value.optimizer.type).fullBatch ?? false;

const testInput = computed(() => {
  const { seed, optimizer, min, max, testSteps } = rate.now.value;
  const input: TestInput = {
    ...taskOf(rate.now.value),
    ...{ seed, min, max },
    steps: testSteps,
    optimizer: optimizerOf(optimizer, "network"),
    fullBatch: isFullBatch(),
  };
  return JSON.stringify(input);
});

/** The range test; undefined while it runs. */
export const test = signal<TestResult | undefined>(undefined);

/** Runs a job whenever its input has changed, and keeps the answer to the newest. */
function follow<Result>(start: () => Job<Result>, keep: (result: Result) => void): void {
  effect(() => {
    const job = start();
    let isLast = true;
    job.done.then(
      (result) => {
        if (isLast) keep(result);
      },
      (error) => {
        trouble.value = error instanceof Error ? error.message : String(error);
      },
    );
    return () => {
      isLast = false;
      job.stop();
    };
  });
}

follow(
  () => quick.start("test", JSON.parse(testInput.value)),
  (result) => {
    test.value = result;
  },
);

/** What both trainings share. */
const raceInput = (lanes: readonly Lane[]): string => {
  const { epochs } = rate.now.value;
  const input: RaceInput = { ...taskOf(rate.now.value), epochs, seeds: seedsOf(rate.now.value), lanes };
  return JSON.stringify(input);
};
const laneAt = (learningRate: number | object): Lane => ({
  config: optimizerOf(rate.now.value.optimizer, "network", learningRate),
  fullBatch: isFullBatch(),
  isAverage: isAverage(aroundOf(rate.now.value.optimizer.values)),
});

/** The same network at each of the rates that were picked. */
export const picked = trainer(
  busyOne,
  computed(() => raceInput(rate.now.value.rates.map(laneAt))),
  trouble,
);

/** The same network under each of the schedules. */
export const scheduled = trainer(
  busyOne,
  computed(() => raceInput(rate.now.value.schedules.map((schedule) => laneAt(scheduleOf(schedule))))),
  trouble,
);

/** Updates of the whole training; until it has begun, as many as are likely. */
export const updates = computed(() => {
  const { epochs } = rate.now.value;
  const course = [...scheduled.courses.value, ...picked.courses.value].find(({ steps }) => steps[1] !== undefined);
  return epochs * (course?.steps[1] ?? 13);
});

const previewInput = computed(() => {
  const input: PreviewInput = { schedules: rate.now.value.schedules.map(scheduleOf), steps: updates.value + 1 };
  return JSON.stringify(input);
});

/** The rates of each schedule. */
export const preview = signal<Preview>([]);

follow(
  () => quick.start("preview", JSON.parse(previewInput.value)),
  (result) => {
    preview.value = result;
  },
);
