// The trainings again and again: in workers, each in a new one, whose compilers begin anew, and three at a time, so that they
// are in each other's way; or one after the other in the page. It tells which gave other bits, and from which of the logged
// numbers on. WHERE, "workers" or "page", is put in place by whoever bundles this.
import { Model } from "downhill";
import { WorkerModel } from "downhill/worker";
import tasks from "./expected.json" with { type: "json" };
import { dataOf, told, trainThrough } from "./train.mjs";

const end = performance.now() + 50_000;
const rightLogs = new Map();
const different = [];
let begun = 0;

async function trainOne(task) {
  const data = dataOf(task);
  const model = await (WHERE === "page" ? Model : WorkerModel).create(task.config);
  try {
    const logs = await trainThrough(model, task, data, [[0, task.epochs]]);
    const { sums } = await told(model, data, logs);
    const wrong = Object.keys(task.sums).filter((what) => sums[what] !== task.sums[what]);
    if (wrong.length === 0) rightLogs.set(task.name, logs);
    else different.push({ name: task.name, wrong, logs });
  } finally {
    await model.dispose();
  }
}

async function trainOn() {
  while (performance.now() < end) {
    const task = tasks[begun++ % tasks.length];
    await trainOne(task).catch((error) => different.push({ name: task.name, error: `${error}; ${error?.cause}` }));
  }
}

/** The epoch that logged the first other number, from 0, and the numbers that are different. */
function place({ name, logs, ...rest }) {
  const right = rightLogs.get(name);
  if (logs === undefined || right === undefined) return { name, ...rest };
  const at = logs.flatMap((value, i) => (Object.is(value, right[i]) ? [] : [i]));
  const { epochs } = tasks.find((task) => task.name === name);
  const epoch = at.length === 0 ? undefined : Math.floor((at[0] * epochs) / logs.length);
  return { name, ...rest, epoch, epochs, numbersDifferent: at.length };
}

Promise.all(Array.from({ length: WHERE === "page" ? 1 : 3 }, trainOn)).then(() =>
  globalThis.tell({ done: begun, different: different.map(place) }),
);
