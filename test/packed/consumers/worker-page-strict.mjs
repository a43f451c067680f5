import * as downhill from "downhill";
import * as worker from "downhill/worker";
import { trainInWorker } from "./worker-train.mjs";

async function run() {
  const refused = await trainInWorker(downhill, worker).catch((error) => error.code);
  const result = await trainInWorker(downhill, worker, { worker: () => new Worker("thread.js") });
  return JSON.stringify({ ...result, refused });
}

run().then(
  (result) => document.body.setAttribute("data-result", result),
  (error) => document.body.setAttribute("data-result", String(error)),
);
