// Draws the pictures of the documents: docs/race.svg of the README and docs/plots/ of docs/plots.md. It needs `npm run build`.
//
//   node scripts/docs-picture.mjs
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adagrad, adam, dense, Model, minimize, rmsprop, sgd } from "downhill";
import { lossLandscape, plotGradientFlow, plotHistory, plotLandscape } from "downhill/plot";
import { root } from "./lib/paths.mjs";
import { kibibytes } from "./lib/units.mjs";

// ---- Five optimizers on one narrow valley ----------------------------------------------------------------------------------

/** Along and across the valley, which lies at an angle: else each coordinate would be a problem of its own. */
const angle = -0.3;
const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
/** f = (along² + 10·across²)/2: ten times as steep across as along, so that no one rate suits both directions. */
const steepness = 10;
const valley = ([x, y]) => {
  const [along, across] = [x * cos + y * sin, y * cos - x * sin];
  const gradient = [along * cos - steepness * across * sin, along * sin + steepness * across * cos];
  return { value: (along * along + steepness * across * across) / 2, gradient };
};
const start = [-8, 0.6];
const updates = 40;

const racers = {
  "sgd 0.18": sgd({ learningRate: 0.18 }),
  "momentum 0.9, 0.02": sgd({ learningRate: 0.02, momentum: 0.9 }),
  "rmsprop 0.5": rmsprop({ learningRate: 0.5, rho: 0.9 }),
  "adagrad 1.5": adagrad({ learningRate: 1.5 }),
  "adam 0.4": adam({ learningRate: 0.4 }),
};
const paths = {};
for (const [name, optimizer] of Object.entries(racers)) {
  paths[name] = await minimize(valley, start, { optimizer, maxIterations: updates, tolerance: 0 });
}
const race = plotLandscape(valley, {
  x: [-9.5, 3.5],
  y: [-2.6, 3.6],
  paths,
  steps: 41,
  height: 400,
  title: `${updates} updates of five optimizers, from the same place`,
  subtitle: `down a valley ${steepness} times as steep across as along`,
  valueLabel: "height",
});

// ---- A small network ---------------------------------------------------------------------------------------------------------

/** The points of a square; those in the circle are class 1. */
const x = Array.from({ length: 400 }, (_, i) => [(i % 20) / 9.5 - 1, Math.floor(i / 20) / 9.5 - 1]);
const y = x.map(([a, b]) => Number(a * a + b * b < 0.5));
const create = (layers) =>
  Model.create({
    inputs: 2,
    layers,
    loss: "binaryCrossEntropy",
    optimizer: adam({ learningRate: 0.03 }),
    metrics: ["accuracy"],
  });

const model = await create([dense(16, { activation: "tanh" }), dense(1)]);
const snapshots = [model.parameters()];
const keep = { onEpochEnd: () => void snapshots.push(model.parameters()) };
const history = await model.fit(x, y, { epochs: 40, callbacks: [keep] });
const walked = await lossLandscape(model, x, y, { paths: { adam: snapshots } });

const reports = {};
for (const [name, activation, kernelInitializer] of [
  ["sigmoid", "sigmoid", "glorotUniform"],
  ["ReLU", "relu", "glorotUniform"],
  ["ReLU, He", "relu", "heNormal"],
]) {
  const hidden = Array.from({ length: 19 }, () => dense(16, { activation, kernelInitializer }));
  const deep = await create([...hidden, dense(1)]);
  reports[name] = deep.diagnose(x, y);
}

const pictures = {
  "race.svg": race,
  "plots/history.svg": plotHistory(history),
  "plots/gradient-flow.svg": plotGradientFlow(reports, { title: "20 layers before training" }),
  "plots/landscape.svg": plotLandscape(walked, { title: "40 epochs of adam" }),
};
await mkdir(join(root, "docs", "plots"), { recursive: true });
for (const [name, svg] of Object.entries(pictures)) {
  await writeFile(join(root, "docs", name), svg);
  console.log(`docs/${name}: ${kibibytes(svg.length)} KiB`);
}
