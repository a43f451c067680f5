/** Reads files that claim to be much larger than they are; prints by how many KiB the peak of this process's memory grew. */

import { batchNormalization, Dataset, dense, Model } from "../../ts/index.js";
import { changed, hostileFiles } from "../shared/hostile/model-file.mjs";

const model = await Model.create({
  inputs: 1,
  layers: [dense(1), batchNormalization()],
  loss: "meanSquaredError",
  optimizer: "adam",
});
model.trainOnBatch([1, 2, 3, 5], [1, 0, 1, 0]);
const bytes = model.save();
const layers = [
  { type: "dense", units: 8000 },
  { type: "dense", units: 8000 },
  { type: "dense", units: 1 },
];
const large = changed(bytes, (parts: { config: object }) => Object.assign(parts.config, { layers }));
const claims = hostileFiles(bytes).filter(([name]) => /header of|units|inputs|product/.test(String(name)));
const files = [large, ...claims.map(([, file]) => file as Uint8Array)];
const quote = `a,b\n1,"${"x".repeat(4e6)}`;

const before = process.resourceUsage().maxRSS;
let refused = 0;
for (const file of files) await Model.load(file).catch(() => refused++);
await Dataset.fromCSV(quote, { target: "b" }).catch(() => refused++);
process.stdout.write(
  JSON.stringify({ refused, files: files.length + 1, grown: process.resourceUsage().maxRSS - before }),
);
