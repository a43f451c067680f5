// The same in a page, which `tell` of scripts/engines/run.mjs hears from.
import * as downhill from "downhill";
import * as relaxed from "downhill/relaxed-simd";
import * as worker from "downhill/worker";
import tasks from "./expected.json" with { type: "json" };
import { tellAll } from "./train.mjs";

tellAll(downhill, worker, relaxed, tasks).then(globalThis.tell);
