import * as downhill from "downhill";
import * as worker from "downhill/worker";
import { trainInWorker } from "./worker-train.mjs";

trainInWorker(downhill, worker).then(
  (result) => document.body.setAttribute("data-result", JSON.stringify(result)),
  (error) => document.body.setAttribute("data-result", String(error)),
);
