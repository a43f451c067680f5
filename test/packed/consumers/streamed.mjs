import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as downhill from "downhill";
import { train } from "./train.mjs";

// A host that keeps the wasm as a file of its own hands it over.
await downhill.init({ wasm: readFileSync(fileURLToPath(import.meta.resolve("downhill/core.wasm"))) });
console.log(await train(downhill));
