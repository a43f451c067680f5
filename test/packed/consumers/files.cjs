const downhill = require("downhill");
const files = require("downhill/node");

import("./files-resume.mjs")
  .then(({ goOn }) => goOn(downhill, files))
  .then((result) => console.log(JSON.stringify(result)));
