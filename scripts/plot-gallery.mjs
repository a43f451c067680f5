// Every picture that downhill/plot draws, from real trainings, into out/plots/: for looking at them. It needs `npm run build`.
//
//   node scripts/plot-gallery.mjs
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  adagrad,
  adam,
  batchNormalization,
  compareOptimizers,
  cosineDecay,
  dense,
  exponentialDecay,
  findLearningRate,
  Model,
  minimize,
  recordGradients,
  restartOnLoss,
  rmsprop,
  sgd,
  warmup,
} from "downhill";
import {
  lossLandscape,
  plotBoundary,
  plotConfusion,
  plotGradientFlow,
  plotHistory,
  plotLandscape,
  plotLearningRate,
  plotLines,
  plotRace,
  plotSchedule,
  report,
} from "downhill/plot";
import { root } from "./lib/paths.mjs";

const folder = join(root, "out", "plots");
const pictures = {};

// ---- Training ----------------------------------------------------------------------------------------------------------

/** Two half moons that reach into each other; a golden-ratio sequence stands in for chance. */
const moons = (count) => {
  const noise = (i, k) => ((i * 0.6180339887 + k * 0.7548776662) % 1) - 0.5;
  const x = Array.from({ length: count }, (_, i) => {
    const angle = (Math.PI * Math.floor(i / 2)) / (count / 2);
    const [a, b] = i % 2 === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return [a + 0.5 * noise(i, 1), b + 0.5 * noise(i, 2)];
  });
  return { x, y: x.map((_, i) => i % 2) };
};

const { x, y } = moons(300);
const model = await Model.create({
  inputs: 2,
  layers: [dense(16, { activation: "tanh" }), dense(16, { activation: "tanh" }), dense(1)],
  loss: "binaryCrossEntropy",
  optimizer: adam({ learningRate: 0.02 }),
  metrics: ["accuracy"],
  seed: 3,
});
const history = await model.fit(x, y, { epochs: 60, validationSplit: 0.2 });

pictures.history = plotHistory(history);
pictures["history-loss"] = plotHistory(history, { quantities: ["loss"] });
pictures["history-all"] = plotHistory(history, { quantities: ["loss", "accuracy", "gradientNorm", "learningRate"] });
pictures["history-narrow"] = plotHistory(history, { width: 360 });
pictures["history-empty"] = plotHistory({ epochs: [] });
pictures["history-one"] = plotHistory({ epochs: [{ epoch: 0, loss: 0.7, val_loss: 0.72 }] });

// ---- Learning rates ------------------------------------------------------------------------------------------------------

const test = await findLearningRate({ ...model.toJSON(), optimizer: sgd({ momentum: 0.9 }) }, x, y);
pictures["learning-rate"] = plotLearningRate(test);
pictures["learning-rate-narrow"] = plotLearningRate(test, { width: 360 });
const wild = await findLearningRate(
  {
    ...model.toJSON(),
    layers: [dense(64, { activation: "relu" }), dense(64, { activation: "relu" }), dense(1)],
    optimizer: sgd(),
  },
  x,
  y,
);
pictures["learning-rate-diverging"] = plotLearningRate(wild);
pictures.schedule = plotSchedule(warmup(cosineDecay({ initial: 0.01, steps: 900 }), { steps: 100 }), 1000);
pictures.schedules = plotSchedule(
  {
    "cosine after warm-up": warmup(cosineDecay({ initial: 0.01, steps: 9000 }), { steps: 1000 }),
    exponential: exponentialDecay({ initial: 0.01, rate: 0.1, steps: 5000 }),
    "restart on loss": restartOnLoss({ threshold: 0.5, initial: 0.01, decay: 0.9995 }),
  },
  10000,
  { losses: Array.from({ length: 10000 }, (_, i) => (i === 5000 ? 0.4 : 0.8)), scale: "log" },
);

// ---- Classes ---------------------------------------------------------------------------------------------------------------

pictures.boundary = plotBoundary(model, x, y, {
  classNames: ["upper moon", "lower moon"],
  xLabel: "x₁ (cm)",
  yLabel: "x₂ (cm)",
});
pictures["boundary-narrow"] = plotBoundary(model, x, y, { width: 360 });
const third = ([a, b]) => (b > 0.6 ? 2 : Number(a > 0.5));
pictures["boundary-function"] = plotBoundary(
  (rows) => rows.map(third),
  x,
  x.map(([a, b], i) => (i % 17 === 0 ? i % 3 : third([a, b]))),
);
pictures.confusion = plotConfusion(y, model.predictClasses(x), ["upper moon", "lower moon"]);
const digits = Array.from({ length: 2000 }, (_, i) => i % 10);
const guess = digits.map((digit, i) => (i % 23 === 0 ? (digit * 7 + 3) % 10 : digit));
pictures["confusion-ten"] = plotConfusion(digits, guess);
pictures["confusion-narrow"] = plotConfusion(digits, guess, { width: 360 });
const flowers = ["setosa", "versicolor, of the eastern provinces", "virginica"];
pictures["confusion-names"] = plotConfusion(
  digits.map((d) => d % 3),
  guess.map((d) => d % 3),
  flowers,
);
pictures["confusion-fifty"] = plotConfusion(
  digits.map((d, i) => (d * 5 + i) % 50),
  guess.map((d, i) => (d * 5 + i) % 50),
);

// ---- Gradients -------------------------------------------------------------------------------------------------------------

/** Twenty layers that learn two moons, or try to. */
const deep = (activation, kernelInitializer, between = []) => ({
  inputs: 2,
  layers: [
    ...Array.from({ length: 19 }, () => [dense(16, { activation, kernelInitializer }), ...between]).flat(),
    dense(1),
  ],
  loss: "binaryCrossEntropy",
  optimizer: adam({ learningRate: 1e-3 }),
});
const cures = {
  sigmoid: deep("sigmoid", "glorotUniform"),
  ReLU: deep("relu", "glorotUniform"),
  "ReLU, He": deep("relu", "heNormal"),
  "ReLU, He, batch normalisation": deep("relu", "heNormal", [batchNormalization()]),
};
const reports = {};
const recorder = recordGradients({ every: 2 });
for (const [name, config] of Object.entries(cures)) {
  const one = await Model.create(config);
  reports[name] = one.diagnose(x, y);
  if (name === "ReLU") await one.fit(x, y, { epochs: 24, callbacks: [recorder] });
  one.dispose();
}
pictures["gradient-flow"] = plotGradientFlow(reports.sigmoid);
pictures["gradient-flow-few"] = plotGradientFlow(model.diagnose(x, y));
pictures["gradient-flows"] = plotGradientFlow(reports);
pictures["gradient-time"] = plotGradientFlow(recorder);
pictures["gradient-time-narrow"] = plotGradientFlow(recorder.records, { width: 360 });

// ---- Optimizers --------------------------------------------------------------------------------------------------------------

const rules = {
  sgd: sgd({ learningRate: 0.1 }),
  momentum: sgd({ learningRate: 0.05, momentum: 0.9 }),
  rmsprop: rmsprop({ learningRate: 0.01 }),
  adagrad: adagrad({ learningRate: 0.1 }),
  adam: adam({ learningRate: 0.02 }),
};
const race = await compareOptimizers(model.toJSON(), rules, x, y, { epochs: 40 });
pictures.race = plotRace(race);
pictures["race-narrow"] = plotRace(race, { width: 360, quantity: "accuracy", band: "range" });

const banana = ([a, b]) => (1 - a) ** 2 + 100 * (b - a * a) ** 2;
const start = [-1.5, 2];
const paths = {};
for (const [name, optimizer] of Object.entries({
  "momentum 0.9, 0.0003": sgd({ learningRate: 3e-4, momentum: 0.9 }),
  "rmsprop 0.02": rmsprop({ learningRate: 0.02 }),
  "adam 0.05": adam({ learningRate: 0.05 }),
})) {
  paths[name] = await minimize(banana, start, { optimizer, maxIterations: 300 });
}
pictures.landscape = plotLandscape(banana, {
  x: [-2, 2],
  y: [-1, 3],
  paths,
  title: "Rosenbrock's banana, 300 updates",
  valueLabel: "value",
});
pictures["landscape-narrow"] = plotLandscape(banana, { x: [-2, 2], y: [-1, 3], paths, width: 360 });
pictures["landscape-bare"] = plotLandscape((a, b) => Math.sin(3 * a) * Math.cos(2 * b), { x: [-2, 2], y: [-2, 2] });

const walker = await Model.create({ ...model.toJSON(), seed: 5 });
const snapshots = [walker.parameters()];
const keep = { onEpochEnd: () => void snapshots.push(walker.parameters()) };
await walker.fit(x, y, { epochs: 60, callbacks: [keep] });
const around = await lossLandscape(walker, x, y);
pictures["loss-landscape"] = plotLandscape(around, { title: "Two random directions" });
const trained = await lossLandscape(walker, x, y, { paths: { "60 epochs of adam": snapshots } });
pictures["loss-landscape-path"] = plotLandscape(trained);

// ---- Lines of one's own --------------------------------------------------------------------------------------------------

pictures.lines = plotLines(
  Array.from({ length: 12 }, (_, k) => ({
    name: `series ${k} with a name`,
    points: Array.from({ length: 50 }, (_, i) => [i, Math.sin(i / (4 + k)) + k]),
  })),
  { title: "Twelve lines", xLabel: "time (s)", yLabel: "height (m)" },
);

// ---- The report ----------------------------------------------------------------------------------------------------------

const page = report(model, history, {
  title: "Two moons, 2-16-16-1",
  description:
    "300 points of two half moons; a fifth of them is kept for validation. The last part is not shuffled, so that the validation sees one end of the moons only.",
  data: [x, y],
  classNames: ["upper moon", "lower moon"],
  featureNames: ["x₁ (cm)", "x₂ (cm)"],
  diagnosis: reports.sigmoid,
  gradients: recorder.records,
  learningRate: test,
  schedule: [cosineDecay({ initial: 0.01, steps: 900 }), 1000],
  race,
  landscape: trained,
});

await mkdir(folder, { recursive: true });
for (const [name, svg] of Object.entries(pictures)) await writeFile(join(folder, `${name}.svg`), svg);
await writeFile(join(folder, "report.html"), page);
const kib = Object.values(pictures).reduce((sum, svg) => sum + svg.length, 0) / 1024;
console.log(`out/plots: ${Object.keys(pictures).length} pictures, ${kib.toFixed(0)} KiB`);
