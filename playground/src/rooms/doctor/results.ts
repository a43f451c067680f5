/** What the examination and the trainings have brought so far: they start again whenever what they depend on changes. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { replay, share } from "../../transport/film.js";
import { foreman, type Job } from "../../worker/foreman.js";
import { doctor } from "./experiment.js";
import type { Case, DoctorJobs, Examination, Moment, Outcome } from "./jobs.js";
import type { Settings } from "./patient.js";

/** One worker for examinations, which must be quick, and one for trainings. */
const open = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const quick = foreman<DoctorJobs>(open);
const busy = foreman<DoctorJobs>(open);

/** A training, moment by moment, as far as it has got. */
export interface Film {
  readonly moments: readonly Moment[];
  readonly outcome: Outcome | undefined;
}

/** The latest examination; of another patient while that of the present one is under way. */
export const examination = signal<Examination | undefined>(undefined);

/** The training of the patient, and of the patient with the advice that is tried. */
export const untreated = signal<Film>({ moments: [], outcome: undefined });
export const trial = signal<Film>({ moments: [], outcome: undefined });

/** What went wrong in a worker, which nothing but a mistake of ours does. */
export const trouble = signal("");

function settingsOf(): Settings {
  const { taken: _taken, tried: _tried, bars: _bars, ...settings } = doctor.now.value;
  return settings;
}

/** Compared as text: what is equal starts nothing. */
const patientCase = computed(() => JSON.stringify({ settings: settingsOf(), taken: doctor.now.value.taken }));
const trialCase = computed(() => {
  const { taken, tried } = doctor.now.value;
  return tried.length === 0 ? "" : JSON.stringify({ settings: settingsOf(), taken: [...taken, ...tried] });
});

/** Whether the examination is that of the present patient. */
export const isExamined = computed(() => JSON.stringify(examination.value?.of) === patientCase.value);

/** Whether a training is still under way. */
export const isTraining = computed(
  () =>
    untreated.value.outcome === undefined || (doctor.now.value.tried.length > 0 && trial.value.outcome === undefined),
);

/** The updates that the transport stands at. */
export const present = computed(() => Math.round(share.value * doctor.now.value.updates));

/** The moment of a film at, or just before, an update. */
export function momentAt({ moments }: Film, update: number): Moment | undefined {
  return moments.findLast((moment) => moment.update <= update) ?? moments[0];
}

/** A slider that is dragged changes many times a frame. */
const settleMs = 40;

/** Starts examination and trainings, now and whenever the experiment changes. */
export function startDoctor(): void {
  let latest: Job<Examination> | undefined;
  after(patientCase, (text) => {
    const job = quick.start("examine", JSON.parse(text) as Case);
    latest = job;
    job.done.then((found) => {
      if (job === latest) examination.value = found;
    }, told);
    return undefined;
  });
  after(patientCase, (text) => film(text, untreated));
  after(trialCase, (text) => film(text, trial));
  effect(() => {
    void patientCase.value;
    void trialCase.value;
    untracked(replay);
  });
}

/** Calls `start` a little after each change, at first at once, and before that what the last call returned. */
function after(text: { readonly value: string }, start: (text: string) => (() => void) | undefined): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  let isFirst = true;
  effect(() => {
    const now = text.value;
    clearTimeout(timer);
    stop?.();
    stop = undefined;
    const begin = () => {
      stop = untracked(() => start(now));
    };
    if (isFirst) begin();
    else timer = setTimeout(begin, settleMs);
    isFirst = false;
  });
}

/** Trains, and shows what comes; the film before stays until the first moment of the new one is there. */
function film(text: string, shown: typeof untreated): (() => void) | undefined {
  if (text === "") {
    shown.value = { moments: [], outcome: undefined };
    return undefined;
  }
  let moments: readonly Moment[] = [];
  let isCurrent = true;
  const job = busy.start("train", JSON.parse(text) as Case, (more) => {
    if (!isCurrent) return;
    moments = [...moments, ...more];
    shown.value = { moments, outcome: undefined };
  });
  job.done.then((outcome) => {
    if (isCurrent) shown.value = { moments, outcome };
  }, told);
  return () => {
    isCurrent = false;
    job.stop();
  };
}

function told(error: unknown): void {
  trouble.value = error instanceof Error ? error.message : String(error);
}
