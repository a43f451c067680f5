// What ../resume.mjs kills: a training as a user would write it, who starts the same program again after a crash.
//
//   node scripts/reliability/programs/resume.mjs FOLDER PROBLEM [EPOCHS]
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  adam,
  adamw,
  batchNormalization,
  clipByGlobalNorm,
  cosineDecay,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  ema,
  gaussianNoise,
  Model,
  modelCheckpoint,
  reduceOnPlateau,
  residual,
  restartOnLoss,
  rmsprop,
  sgd,
} from "downhill";
import { fileSink, loadNewest } from "downhill/node";
import { uniform } from "../../../examples/lib/random.mjs";

const next = uniform(17);
const x = Array.from({ length: 400 }, () => [2 * next() - 1, 2 * next() - 1, next()]);
const y = x.map(([a, b, c]) => [Math.sin(3 * a) * b + 0.5 * c + 0.05 * next()]);
const classes = y.map(([value]) => Math.min(2, Math.max(0, Math.floor(2 * value + 1))));

const regression = { inputs: 3, loss: "meanSquaredError", metrics: ["meanAbsoluteError"], seed: 4 };

/** Between them: everything that decides how a training goes on. */
export const problems = [
  {
    name: "plateau, dropout, batch normalisation, accumulated gradients, early stopping with the best restored",
    config: {
      ...regression,
      layers: [dense(24, { activation: "tanh" }), batchNormalization(), dropout(0.1), dense(1)],
      optimizer: adam({ learningRate: reduceOnPlateau({ initial: 0.02, patience: 2, factor: 0.5 }) }),
    },
    epochs: 60,
    options: { batchSize: 16, accumulate: 3, validationSplit: 0.2 },
    stopping: { patience: 12, restoreBest: true },
  },
  {
    name: "restarts on the loss, an average of the weights, clipping, noise, a residual block",
    config: {
      ...regression,
      layers: [gaussianNoise(0.02), dense(16), residual([dense(16, { activation: "gelu" })]), dense(1)],
      optimizer: ema(
        sgd({ learningRate: restartOnLoss({ threshold: 0.05, initial: 0.05, decay: 0.999 }), momentum: 0.9 }),
      ),
      gradient: [clipByGlobalNorm(1)],
    },
    epochs: 40,
    options: { batchSize: 32, validationSplit: 0.25 },
    stopping: { patience: 40, restoreBest: true, monitor: "meanAbsoluteError" },
  },
  {
    name: "classes with weights, a schedule of the fit's own, RMSprop with momentum",
    config: {
      inputs: 3,
      layers: [dense(24, { activation: "relu" }), dropout(0.2), dense(3)],
      loss: "sparseCategoricalCrossEntropy",
      optimizer: rmsprop({ centered: true, momentum: 0.9 }),
      metrics: ["accuracy", "f1"],
      seed: 8,
    },
    y: classes,
    epochs: 40,
    options: {
      batchSize: 20,
      validationSplit: 0.2,
      schedule: cosineDecay({ initial: 0.003, steps: 640 }),
      classWeight: [1, 1.5, 1],
    },
    stopping: { patience: 8, monitor: "val_accuracy" },
  },
  {
    name: "AdamW with a plateau given to fit",
    config: { ...regression, layers: [dense(32, { activation: "silu" }), dense(1)], optimizer: adamw() },
    epochs: 40,
    options: {
      batchSize: 25,
      validationSplit: 0.1,
      schedule: reduceOnPlateau({ initial: 0.03, patience: 1, minRate: 1e-3, monitor: "val_meanAbsoluteError" }),
    },
    stopping: { patience: 20 },
  },
];

/** Trains to the end from wherever the folder says; writes the finished model beside the checkpoints. */
async function train(folder, { config, epochs, options, stopping, y: targets = y }) {
  const sink = fileSink(folder);
  const model = (await loadNewest(sink)) ?? (await Model.create(config));
  const { epochsDone } = model;
  const monitor = stopping.monitor ?? "val_loss";
  const callbacks = [
    modelCheckpoint(sink),
    modelCheckpoint(sink, { monitor }),
    earlyStopping({ ...stopping, monitor }),
    csvLogger(sink),
  ];
  console.log("training");
  const { stoppedBy } = await model.fit(x, targets, {
    ...options,
    epochs: epochs - epochsDone,
    initialEpoch: epochsDone,
    callbacks,
  });
  await writeFile(join(folder, "finished.bin"), model.save());
  console.log(`finished ${model.epochsDone} ${stoppedBy}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [folder, problem, epochs] = process.argv.slice(2);
  const chosen = problems[Number(problem)];
  await train(folder, { ...chosen, epochs: Number(epochs ?? chosen.epochs) });
}
