/** Run by save-process.test.ts in a process of its own: loads the model, trains on, and writes it back. */

import { readFile, writeFile } from "node:fs/promises";
import { Model } from "../../ts/index.js";
import { more } from "./resume.js";

const file = process.argv[2] as string;
const model = await Model.load(await readFile(file));
await more(model);
await writeFile(file, model.save());
