/** All numbers behind the pictures of this room, as a file. */

import type { Course } from "../../training/courses.js";
import { csv, download } from "../../ui/download.js";
import { rate } from "./experiment.js";
import { picked, preview, scheduled, test } from "./results.js";
import { nameOf } from "./schedule-names.js";

type Cells = (string | number | undefined)[];

export function downloadNumbers(): void {
  const { rates, schedules, seed } = rate.now.value;
  const rows: Cells[] = [["part", "name", "seed", "epoch", "update", "rate", "loss"]];
  const found = test.value;
  if (found !== undefined && "losses" in found) {
    found.learningRates.forEach((each, i) => {
      rows.push(["test", "smoothed", seed, undefined, i, each, found.losses[i]]);
    });
  }
  const add = (part: string, name: string, course: Course | undefined, learningRate?: number) => {
    course?.losses.forEach((run, at) => {
      run.forEach((loss, epoch) => {
        rows.push([part, name, seed + at, epoch, course.steps[epoch], learningRate, loss]);
      });
    });
  };
  rates.forEach((each, i) => {
    add("picked", String(each), picked.courses.value[i], each);
  });
  schedules.forEach((_, i) => {
    const name = nameOf(schedules, i);
    const curve = preview.value[i];
    if (typeof curve === "object") {
      curve.forEach((each, update) => {
        rows.push(["schedule", name, undefined, undefined, update, each, undefined]);
      });
    }
    add("scheduled", name, scheduled.courses.value[i]);
  });
  download("learning-rate.csv", csv(rows), "text/csv");
}
