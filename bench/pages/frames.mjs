// How a page fares while W5 trains in it: on its main thread, and in a worker.
import { Model, matrix } from "downhill";
import { WorkerModel } from "downhill/worker";
import { dataOf, workloads } from "../workloads.mjs";
import { watch } from "./watch.mjs";

/** @returns rows `[what, frames in a second, longest task ms, 99th percentile ms, tasks of more than 50 ms]` */
export async function run({ rounds }) {
  const workload = workloads.find(({ id }) => id === "W5");
  const { inputs, layers, loss, optimizer, batch } = workload;
  const { x, y, rows } = dataOf(workload);
  const samples = matrix(x, [rows, inputs]);
  const config = { inputs, layers, loss, optimizer };
  const [model, worker] = [await Model.create(config), await WorkerModel.create(config)];
  const options = { epochs: 30 * rounds, batchSize: batch };
  const cases = {
    "nothing trains": () => new Promise((done) => setTimeout(done, 1000)),
    "the first fit, on the main thread": () => model.fit(samples, y, options),
    "fit on the main thread": () => model.fit(samples, y, options),
    "fit of WorkerModel": () => worker.fit(samples, y, options),
  };
  const results = [];
  for (const [name, work] of Object.entries(cases)) {
    const { framesPerSecond, tasks, longTasks } = await watch(work);
    const at = (share) => tasks[Math.min(tasks.length - 1, Math.floor(share * tasks.length))].toFixed(1);
    results.push([name, framesPerSecond.toFixed(1), at(1), at(0.99), String(longTasks)]);
  }
  model.dispose();
  await worker.dispose();
  return { head: ["", "frames/s", "longest task ms", "99 % below ms", "long tasks"], rows: results };
}
