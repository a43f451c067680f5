const downhill = require("downhill");
const { version } = require("downhill/package.json");

if (downhill.runtimeInfo().version !== version) throw new Error("the core has another version than the package");
import("./train.mjs").then(async ({ train }) => console.log(await train(downhill)));
