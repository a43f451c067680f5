/** All numbers behind the pictures of this room, as a file. */

import { titleOf } from "../../optimizers/table.js";
import { csv, download } from "../../ui/download.js";
import { race } from "./experiment.js";
import { courses, tracks } from "./results.js";

/** One row a point: of the surface step by step, of the network epoch by epoch and run by run. */
export function downloadNumbers(): void {
  const { lanes, seed } = race.now.value;
  const rows: (string | number | undefined)[][] = [
    ["race", "lane", "optimizer", "seed", "epoch", "step", "x", "y", "loss"],
  ];
  lanes.forEach((lane, i) => {
    const track = tracks.value[i];
    track?.values.forEach((value, step) => {
      const [x, y] = [track.path[2 * step], track.path[2 * step + 1]];
      rows.push(["surface", i + 1, titleOf(lane, "surface"), undefined, undefined, step, x, y, value]);
    });
    const course = courses.value[i];
    course?.losses.forEach((run, at) => {
      run.forEach((loss, epoch) => {
        const step = course.steps[epoch];
        rows.push(["network", i + 1, titleOf(lane, "network"), seed + at, epoch, step, undefined, undefined, loss]);
      });
    });
  });
  download("race.csv", csv(rows), "text/csv");
}
