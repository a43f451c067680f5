/** Models in the middle of their training, and what comes next. */

import {
  adagrad,
  adam,
  adamw,
  batchNormalization,
  cosineDecay,
  dense,
  dropout,
  ema,
  lookahead,
  Model,
  type OptimizerConfig,
  perParameter,
  residual,
  restartOnLoss,
  rmsprop,
  sgd,
  switchAt,
} from "../../ts/index.js";
import { generator } from "../shared/golden.js";

const rows = 32;
const next = generator(1);
const x = Array.from({ length: rows }, () => Array.from({ length: 4 }, () => next(1)));
const labels = x.map(([first = 0]) => Math.floor((first + 1) * 1.5));

const begin = (optimizer: OptimizerConfig) => async () => {
  const model = await Model.create({
    inputs: 4,
    layers: [
      dense(8, { activation: "gelu" }),
      batchNormalization(),
      dropout(0.3),
      residual([dense(8, { activation: "tanh" })]),
      dense(3),
    ],
    loss: "sparseCategoricalCrossEntropy",
    optimizer,
    gradient: [{ type: "clipByGlobalNorm", maxNorm: 1 }],
    metrics: ["accuracy"],
    seed: 3,
  });
  await model.fit(x, labels, { epochs: 3, batchSize: 7 });
  return model;
};

/** By name: trains a little and gives the model. */
export const start = {
  sgd: begin(sgd()),
  "sgd with momentum": begin(sgd({ momentum: 0.9, nesterov: true })),
  adagrad: begin(adagrad()),
  rmsprop: begin(rmsprop({ centered: true, momentum: 0.9 })),
  adam: begin(adam({ learningRate: cosineDecay({ initial: 0.02, steps: 40 }) })),
  amsgrad: begin(adam({ amsgrad: true })),
  adamw: begin(adamw({ excludeFromDecay: ["bias"] })),
  "optimizers inside optimizers": begin(
    ema(
      switchAt(
        9,
        adam({ learningRate: 0.01 }),
        perParameter([
          ["bias", sgd({ learningRate: restartOnLoss({ threshold: 1.1, initial: 0.02, decay: 0.9 }) })],
          ["**", lookahead(adamw())],
        ]),
      ),
    ),
  ),
  restartOnLoss: begin(adam({ learningRate: restartOnLoss({ threshold: 1.1, initial: 0.02, decay: 0.9 }) })),
};

/** Ten steps, shuffled; gives their number. */
export async function more(model: Pick<Model<string>, "fit">): Promise<number> {
  const { steps } = await model.fit(x, labels, { epochs: 2, batchSize: 7 });
  return steps;
}
