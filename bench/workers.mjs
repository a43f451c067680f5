// What a second worker gains: W3, W5 and W6 with `workers: 1` and `workers: 2` in turns, `node bench/workers.mjs` after
// `npm run build`. A turn is one fit of a fresh model; its figure is the median time of an epoch, in which starting the
// workers has no part. The best turn of each counts. With other numbers: `node bench/workers.mjs 2 4`.
import { availableParallelism } from "node:os";
import { Model, matrix } from "downhill";
import { isBusy, median, waitForQuiet } from "./turns.mjs";
import { dataOf, weightsOf, workloads } from "./workloads.mjs";

/** What a turn's length is about, in milliseconds, and how many turns each number of workers has. */
const [turnMs, turns] = [1500, 7];
/** How many times faster two workers must be on two cores (issue 6); below 1: how much slower they may be. */
const wanted = { W3: 1 / 1.05, W5: 1.6, W6: 1.7 };

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2];

/** One fit; milliseconds of a step, and what the history says of the workers. */
async function turn(workload, data, workers, epochs) {
  const { inputs, layers, loss, optimizer, batch } = workload;
  const model = await Model.create({ inputs, layers, loss, optimizer });
  model.setParameters(weightsOf(workload));
  // Epochs are timed one by one where somebody waits for their ends.
  const callbacks = [{ onEpochEnd() {} }];
  const before = process.cpuUsage();
  const start = performance.now();
  const history = await model.fit(data.x, data.y, { batchSize: batch, epochs, workers, callbacks });
  const us = 1e3 * (performance.now() - start);
  const { user, system } = process.cpuUsage(before);
  model.dispose();
  const [first, ...others] = history.epochs.map(({ durationMs }) => durationMs);
  const epoch = median(others);
  const ms = epoch / (history.steps / epochs);
  const { loss: last } = history.epochs.at(-1);
  return {
    ms,
    start: first - epoch,
    us,
    cpuUs: user + system,
    last,
    computed: history.workers,
    notice: history.notice,
  };
}

const print = (text) => process.stdout.write(`${text}\n`);
print(`${availableParallelism()} cores, Node ${process.version}`);
if (!(await waitForQuiet(5000))) print("the machine is busy with something else: the ratios below are too low");
for (const [id, goal] of Object.entries(wanted)) {
  const workload = workloads.find((candidate) => candidate.id === id);
  const { x, y, rows } = dataOf(workload);
  const columns = workload.layers.at(-1).units;
  const targets = workload.loss === "meanSquaredError" ? matrix(y, [rows, columns]) : y;
  const data = { x: matrix(x, [rows, workload.inputs]), y: targets };
  const probe = await turn(workload, data, 1, 5);
  const epochs = Math.max(5, Math.round(turnMs / (probe.ms * Math.ceil(rows / workload.batch))));
  const results = new Map([1, ...counts].map((workers) => [workers, []]));
  for (let i = 0; i < turns; i++) {
    const order = i % 2 === 0 ? [...results] : [...results].reverse();
    for (const [workers, list] of order) list.push(await turn(workload, data, workers, epochs));
  }
  const best = (workers, what = "ms") => Math.min(...results.get(workers).map(({ [what]: time }) => time));
  // One worker alone must have had a core for itself; of several each must.
  const share = (workers) => median(results.get(workers).map(({ us, cpuUs, computed }) => cpuUs / us / computed));
  print(`${id} ${workload.name}`);
  for (const workers of results.keys()) {
    const [{ last, notice }] = results.get(workers);
    const gain = best(1) / best(workers);
    const verdict =
      workers === 2 ? (gain >= goal ? `, wanted ${goal.toFixed(2)}: met` : `, wanted ${goal.toFixed(2)}: not met`) : "";
    const busy = isBusy({ sides: { fit: { cpuShare: share(workers) } } }) ? ", cores were shared with others" : "";
    const line = `${best(workers).toFixed(3).padStart(9)} ms a step ${gain.toFixed(2).padStart(6)} ×, start ${best(workers, "start").toFixed(0)} ms, loss ${last.toPrecision(6)}`;
    print(`  ${workers} workers${line}${verdict}${busy}${notice === undefined ? "" : ` (${notice})`}`);
  }
}
