// Trains from the ES modules of the built package and prints what comes out.
import { readFileSync } from "node:fs";
import * as downhill from "downhill";
import * as relaxed from "downhill/relaxed-simd";
import * as worker from "downhill/worker";
import { tellAll } from "./train.mjs";

const tasks = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8"));
tellAll(downhill, worker, relaxed, tasks).then((told) => console.log(JSON.stringify(told)));
