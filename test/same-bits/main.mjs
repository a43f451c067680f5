// Trains from the ES modules of the built package and prints what comes out.
import { readFileSync } from "node:fs";
import * as downhill from "downhill";
import * as worker from "downhill/worker";
import { trainAll } from "./train.mjs";

const tasks = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8"));
trainAll(downhill, worker, tasks).then((results) => console.log(JSON.stringify(results)));
