// The same from CommonJS.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const downhill = require("downhill");
const relaxed = require("downhill/relaxed-simd");
const worker = require("downhill/worker");

const tasks = JSON.parse(readFileSync(join(__dirname, "expected.json"), "utf8"));
import("./train.mjs")
  .then(({ tellAll }) => tellAll(downhill, worker, relaxed, tasks))
  .then((told) => console.log(JSON.stringify(told)));
