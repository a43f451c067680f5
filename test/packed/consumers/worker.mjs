import * as downhill from "downhill";
import * as worker from "downhill/worker";
import { trainInWorker } from "./worker-train.mjs";

trainInWorker(downhill, worker).then((result) => console.log(JSON.stringify(result)));
