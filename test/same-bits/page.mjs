// The same in a page, which `tell` of scripts/engines/run.mjs hears from.
import * as downhill from "downhill";
import * as worker from "downhill/worker";
import tasks from "./expected.json" with { type: "json" };
import { trainAll } from "./train.mjs";

trainAll(downhill, worker, tasks).then(globalThis.tell);
