import { afterEach, describe, expect, test } from "vitest";
import { adam, dense, earlyStopping, Model, sgd } from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";

/** Two moons of 40 points, without a random number. */
const x = Array.from({ length: 40 }, (_, i) => {
  const angle = (Math.floor(i / 2) / 20) * 3;
  return i % 2 === 0 ? [angle - 1.5, 1 - (angle - 1.5) ** 2] : [angle - 0.5, (angle - 1.5) ** 2 - 0.5];
});
const y = Array.from({ length: 40 }, (_, i) => i % 2);

const config = {
  inputs: 2,
  layers: [dense(8, { activation: "tanh" }), dense(2)],
  loss: "sparseCategoricalCrossEntropy",
  optimizer: adam({ learningRate: 0.05 }),
  metrics: ["accuracy"],
  seed: 3,
} as const;

const open: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const model of open.splice(0)) await model.dispose();
});

async function pair() {
  const here = await Model.create(config);
  const there = await WorkerModel.create(config);
  open.push(here, there);
  return { here, there };
}

describe("WorkerModel", () => {
  test("trains to the same bits as Model, and predicts the same", async () => {
    const { here, there } = await pair();
    const options = { epochs: 12, batchSize: 8, validationSplit: 0.2 };
    const [expected, got] = [await here.fit(x, y, options), await there.fit(x, y, options)];
    const timeless = (history: typeof expected) => history.epochs.map((epoch) => ({ ...epoch, durationMs: 0 }));
    expect(timeless(got)).toEqual(timeless(expected));
    expect(await there.parameters()).toEqual(here.parameters());
    expect(await there.predict(x)).toEqual(here.predict(x));
    expect(got.epochs[0]?.accuracy).toBeGreaterThan(0);
  });
});
void sgd;
void earlyStopping;
