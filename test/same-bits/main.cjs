// The same from CommonJS.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const downhill = require("downhill");
const worker = require("downhill/worker");

const tasks = JSON.parse(readFileSync(join(__dirname, "expected.json"), "utf8"));
import("./train.mjs")
  .then(({ trainAll }) => trainAll(downhill, worker, tasks))
  .then((results) => console.log(JSON.stringify(results)));
