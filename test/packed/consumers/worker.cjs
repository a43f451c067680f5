const downhill = require("downhill");
const worker = require("downhill/worker");

import("./worker-train.mjs")
  .then(({ trainInWorker }) => trainInWorker(downhill, worker))
  .then((result) => console.log(JSON.stringify(result)));
