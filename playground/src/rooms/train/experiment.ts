/** What a link to this room holds. */

import { normalizationNames } from "../../network/normalizations.js";
import { optimizerKinds, plain } from "../../optimizers/table.js";
import { choice, codec, kind, list, real, whole } from "../../url/codec.js";
import { experiment } from "../../url/experiment.js";
import { activationNames, type DataName, dataNames, initializerNames, type Settings, scheduleNames } from "./task.js";

/** Hidden layers, and units in each. */
export const mostLayers = 8;
export const mostUnits = 512;

const codecOfTrain = codec<Settings>({
  data: choice(dataNames, "spirals"),
  noise: real({ initial: 0.2, min: 0, max: 1 }),
  rows: whole({ initial: 400, min: 40, max: 4000 }),
  hidden: list(whole({ initial: 8, min: 1, max: mostUnits }), { initial: [8, 8, 8], max: mostLayers }),
  activation: choice(activationNames, "silu"),
  initializer: choice(initializerNames, "heNormal"),
  normalization: choice(normalizationNames, "none"),
  dropout: real({ initial: 0, min: 0, max: 0.9 }),
  optimizer: { initial: plain("adam"), ...kind(optimizerKinds) },
  schedule: choice(scheduleNames, "constant"),
  clip: real({ initial: 0, min: 0, max: 1000 }),
  batch: whole({ initial: 32, min: 1, max: 4000 }),
  epochs: whole({ initial: 300, min: 1, max: 5000 }),
  seed: whole({ initial: 0, min: 0, max: 2 ** 32 - 1 }),
});

export const train = experiment(codecOfTrain);

const { initial } = codecOfTrain;

/** Other data, with a network and a training that suit them. */
export function choose(data: DataName): void {
  const { hidden, activation, batch, epochs, initializer, optimizer } = initial;
  const usual = { data, hidden, activation, batch, epochs, initializer, optimizer };
  if (data === "digits") {
    const rate = plain("adam", { learningRate: 0.003 });
    train.change({
      ...usual,
      hidden: [32],
      activation: "relu",
      initializer: "heNormal",
      batch: 64,
      epochs: 20,
      optimizer: rate,
    });
  } else if (data === "own") train.change({ ...usual, hidden: [16, 16], epochs: 100 });
  else train.change(usual);
}
