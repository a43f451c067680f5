// `fit` of WorkerModel against that of Model: W3 and W5 of the bench.
import { Model, matrix } from "downhill";
import { WorkerModel } from "downhill/worker";
import { dataOf, workloads } from "../workloads.mjs";
import { race } from "./race.mjs";

/** Passes over the data in one turn: a tenth of a second of work or more, beside which the journey of a call is nothing. */
const passes = { W3: 3000, W5: 6 };

/** @returns rows `[workload, milliseconds of Model, of WorkerModel, share of Model's speed]`, best and median turns, and processor time in Node */
export async function run({ rounds }) {
  const results = [];
  for (const [id, epochs] of Object.entries(passes)) {
    const workload = workloads.find((candidate) => candidate.id === id);
    const { inputs, layers, loss, optimizer, batch } = workload;
    const { x, y, rows } = dataOf(workload);
    const samples = matrix(x, [rows, inputs]);
    const config = { inputs, layers, loss, optimizer };
    const [model, worker] = [await Model.create(config), await WorkerModel.create(config)];
    const options = { epochs, batchSize: batch, shuffle: false };
    const times = await race(
      { Model: () => model.fit(samples, y, options), WorkerModel: () => worker.fit(samples, y, options) },
      rounds,
    );
    model.dispose();
    await worker.dispose();
    for (const kind of ["best", "median", "cpu"]) {
      const [here, there] = [times.Model[kind], times.WorkerModel[kind]];
      if (here === undefined) continue;
      results.push([`${id} ${kind}`, here.toFixed(1), there.toFixed(1), `${((100 * here) / there).toFixed(1)} %`]);
    }
  }
  return { head: ["", "Model ms", "WorkerModel ms", "speed"], rows: results };
}
