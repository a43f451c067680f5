/** The worker of a model that is forgotten without dispose ends; one that works goes on. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { dense } from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";
import { program } from "../../ts/worker/program.js";

const config = { inputs: 1, layers: [dense(1)], loss: "meanSquaredError" } as const;

async function collectUntil(done: () => boolean): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 200 && !done(); turn++) {
    collect();
    await new Promise((next) => setTimeout(next, 5));
  }
}

test("a forgotten WorkerModel ends its worker, but not before its fit is done", async () => {
  let [ended, fitted] = [false, false];
  const forget = async () => {
    const worker = new Worker(program, { eval: true });
    worker.on("exit", () => {
      ended = true;
    });
    const model = await WorkerModel.create(config, { worker: () => worker });
    void model.fit([1, 2, 3], [3, 5, 7], { epochs: 60_000 }).then(() => {
      fitted = !ended;
    });
  };
  await forget();
  await collectUntil(() => fitted);
  expect(fitted).toBe(true);
  await collectUntil(() => ended);
  expect(ended).toBe(true);
});
