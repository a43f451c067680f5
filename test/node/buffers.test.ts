/** Node's `Buffer` is a `Uint8Array` whose `slice` shares memory: what is promised to be copied must be. */

import { expect, test } from "vitest";
import { Dataset, dense, Model, matrix, sgd, trainTestSplit } from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";

const config = {
  inputs: 1,
  layers: [dense(2, { activation: "softmax" as const })],
  loss: "sparseCategoricalCrossEntropy" as const,
  optimizer: sgd({ learningRate: 0.1 }),
};
const x = matrix([0, 1, 2, 3], [4, 1]);
const labels = () => Buffer.from([9, 9, 0, 1, 0, 1]).subarray(2);

test("a worker is sent a copy of labels in a Buffer, and the caller keeps his", async () => {
  const model = await WorkerModel.create(config);
  const y = labels();
  await model.fit(x, y, { epochs: 2 });
  expect([...y]).toEqual([0, 1, 0, 1]);
  const own = await Model.create(config);
  await own.fit(x, [0, 1, 0, 1], { epochs: 2 });
  expect((await model.parameters())[0]?.data).toEqual(own.parameters()[0]?.data);
  own.dispose();
  await model.dispose();
});

test("a data set keeps the labels as they were", async () => {
  const y = labels();
  const data = await Dataset.fromArrays(x, y);
  y.fill(0);
  const [one, two] = [await Model.create(config), await Model.create(config)];
  await one.fit(data, { epochs: 2 });
  await two.fit(x, [0, 1, 0, 1], { epochs: 2 });
  expect(one.parameters()[0]?.data).toEqual(two.parameters()[0]?.data);
  for (const each of [data, one, two]) each.dispose();
});

test("a split gives plain bytes of its own", () => {
  const y = labels();
  const { yTrain, yTest } = trainTestSplit(x, y, { testSize: 1 });
  expect([...yTrain, ...yTest].sort()).toEqual([0, 0, 1, 1]);
  expect(Object.getPrototypeOf(yTrain)).toBe(Uint8Array.prototype);
  expect(yTrain.buffer).not.toBe(y.buffer);
});
