// Two copies of the package in one process: as a program has them whose dependencies take it both ways.
import { createRequire } from "node:module";
import * as esm from "downhill";

const cjs = createRequire(import.meta.url)("downhill");
const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0, 1, 1, 0];

/** A configuration made by one copy, trained by the other. */
const train = async (maker, trainer) => {
  const { adam, dense, earlyStopping } = maker;
  const layers = [dense(8, { activation: "tanh" }), dense(1)];
  const config = { inputs: 2, layers, loss: "meanSquaredError", optimizer: adam({ learningRate: 0.05 }), seed: 7 };
  const model = await trainer.Model.create(config);
  await model.fit(x, y, { epochs: 60, callbacks: [earlyStopping({ monitor: "loss", patience: 60 })] });
  return model;
};
const models = await Promise.all([train(esm, esm), train(cjs, cjs), train(esm, cjs), train(cjs, esm)]);
const same = new Set(models.map((model) => String(model.save()))).size === 1;
const loaded = await cjs.Model.load(models[0].save());
const crossed = String(loaded.save()) === String(models[0].save());

const error = await models[1].fit(x, [1]).catch((error) => error);
const data = esm.Dataset.fromArrays(x, y);
const foreign = await models[1].fit(data).catch((error) => error);
console.log(
  JSON.stringify({
    same,
    crossed,
    separate: esm.Model !== cjs.Model,
    code: error.code,
    own: error instanceof cjs.DownhillError,
    others: error instanceof esm.DownhillError,
    foreign: `${foreign.code}: ${foreign.message}`,
    live: [esm.runtimeInfo().liveModels, cjs.runtimeInfo().liveModels],
  }),
);
