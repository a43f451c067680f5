/** L-BFGS in models: what makes it the same training as any other, and as in PyTorch. */

import { expect, test } from "vitest";
import {
  activation,
  adam,
  batchNormalization,
  clipByNorm,
  compareOptimizers,
  dense,
  dropout,
  lbfgs,
  Model,
  type ModelConfig,
  maxNorm,
  minimize,
  recordGradients,
} from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";
import { mistake, numbers } from "./contract-helpers.js";

const x = numbers(160, 1);
const y = numbers(40, 2).map((noise, i) => Math.sin(2 * (x[4 * i] as number)) + 0.1 * noise);
const base = { inputs: 4, loss: "meanSquaredError", seed: 7 } as const;
const layers = [dense(6, { activation: "tanh" }), dense(1)];
const create = (optimizer: ModelConfig["optimizer"], more: Partial<ModelConfig> = {}) =>
  Model.create({ ...base, layers, optimizer, ...more } as ModelConfig);
const values = (model: Pick<Model, "parameters">) => model.parameters().flatMap(({ data }) => [...data]);
const full = { batchSize: "full" } as const;

test("a fit is the minimisation of the loss, in as many updates", async () => {
  const model = await create(lbfgs({ maxIterations: 6 }));
  const twin = await model.clone();
  const start = twin.parameters();
  const unpack = (theta: Float64Array) => {
    let end = 0;
    return start.map(({ name, data }) => {
      end += data.length;
      return { name, data: theta.slice(end - data.length, end) };
    });
  };
  const { path } = await minimize(
    (theta) => {
      twin.setParameters(unpack(theta));
      const { loss, parameters } = twin.gradients(x, y);
      return { value: loss, gradient: parameters.flatMap(({ gradient }) => [...gradient]) };
    },
    start.flatMap(({ data }) => [...data]),
    { optimizer: lbfgs({ maxIterations: 6 }), maxIterations: 3, tolerance: 0 },
  );
  for (let i = 1; i <= 3; i++) {
    await model.fit(x, y, full);
    values(model).forEach((value, j) => {
      expect(Math.abs(value - (path[i]?.[j] as number))).toBeLessThan(2e-4);
    });
  }
});

test("it gets further than adam with as many evaluations", async () => {
  const [quick, slow] = [await create(lbfgs()), await create(adam({ learningRate: 0.05 }))];
  const history = await quick.fit(x, y, { ...full, epochs: 10 });
  await slow.fit(x, y, { ...full, epochs: 250 });
  expect(history.steps).toBe(10);
  expect(history.epochs.map(({ learningRate }) => learningRate)).toEqual(Array(10).fill(1));
  const [found, other] = [quick.evaluate(x, y).loss, slow.evaluate(x, y).loss];
  expect(found).toBeLessThan(0.5 * other);
  const losses = history.epochs.map(({ loss }) => loss);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
});

test("trainOnBatch makes the update of a full fit, and tells the loss before it", async () => {
  const [a, b] = [await create(lbfgs()), await create(lbfgs())];
  const before = a.evaluate(x, y).loss;
  const history = await a.fit(x, y, full);
  const logs = b.trainOnBatch(x, y);
  expect(values(b)).toEqual(values(a));
  expect(logs.loss).toBeCloseTo(before, 6);
  expect([logs.loss, logs.gradientNorm]).toEqual([history.epochs[0]?.loss, history.epochs[0]?.gradientNorm]);
});

test("metrics are those before the update, and each update has dropout of its own", async () => {
  const metrics = ["meanAbsoluteError"] as const;
  const model = await create(lbfgs(), { metrics });
  const before = model.evaluate(x, y) as { readonly meanAbsoluteError?: number };
  const { epochs } = await model.fit(x, y, full);
  const logged = (epochs[0] as { readonly meanAbsoluteError?: number }).meanAbsoluteError;
  expect(logged).toBeGreaterThan(0.01);
  expect(logged).toBeCloseTo(before.meanAbsoluteError as number, 6);
  const dropped = { layers: [dense(6, { activation: "tanh" }), dropout(0.3), dense(1)] };
  const [fitted, batched] = [await create(lbfgs(), dropped), await create(lbfgs(), dropped)];
  await fitted.fit(x, y, { ...full, epochs: 3 });
  for (let i = 0; i < 3; i++) batched.trainOnBatch(x, y);
  expect(values(batched)).toEqual(values(fitted));
});

test("saved, loaded or cloned it goes on to the same bits; dropout is the same for all points of an update", async () => {
  const dropped = [dense(6, { activation: "tanh" }), dropout(0.3), dense(1)];
  for (const options of [{}, { layers: dropped }]) {
    const whole = await create(lbfgs({ maxIterations: 3, historySize: 4 }), options);
    const parted = await create(lbfgs({ maxIterations: 3, historySize: 4 }), options);
    await whole.fit(x, y, { ...full, epochs: 6 });
    await parted.fit(x, y, { ...full, epochs: 3 });
    const loaded = await Model.load(parted.save());
    expect(loaded.save()).toEqual(parted.save());
    const copy = parted.clone();
    for (const model of [loaded, copy, parted]) {
      await model.fit(x, y, { ...full, epochs: 3, initialEpoch: 3 });
      expect(values(model)).toEqual(values(whole));
    }
    // What it remembered counts.
    whole.reset();
    await whole.fit(x, y, { ...full, epochs: 3 });
    const anew = await create(adam(), options);
    anew.setParameters(whole.parameters());
    anew.compile({ optimizer: lbfgs({ maxIterations: 3, historySize: 4 }) });
    await anew.fit(x, y, { ...full, epochs: 3 });
    expect(values(anew)).not.toEqual(values(parted));
  }
});

test("what it knew before the weights were set is not saved", async () => {
  const model = await create(lbfgs({ maxIterations: 2 }));
  await model.fit(x, y, { ...full, epochs: 3 });
  model.setParameters(model.parameters());
  const copy = await Model.load(model.save());
  for (const each of [model, copy]) await each.fit(x, y, { ...full, epochs: 2 });
  expect(values(copy)).toEqual(values(model));
});

test("frozen and pruned weights stay, and reset begins anew", async () => {
  const model = await create(lbfgs());
  const first = values(model);
  await model.fit(x, y, { ...full, epochs: 2 });
  const second = values(model);
  model.reset();
  expect(values(model)).toEqual(first);
  await model.fit(x, y, { ...full, epochs: 2 });
  expect(values(model)).toEqual(second);
  model.freeze("layers.0.bias");
  model.prune(0.5);
  const zeros = values(model).map((value) => value === 0);
  const bias = model.parameters()[1]?.data;
  const { loss } = model.evaluate(x, y);
  await model.fit(x, y, { ...full, epochs: 3 });
  expect(model.parameters()[1]?.data).toEqual(bias);
  expect(values(model).map((value) => value === 0)).toEqual(zeros);
  expect(model.evaluate(x, y).loss).toBeLessThan(loss);
});

test("classes' weights and accumulated batches count; workers are not used", async () => {
  const [whole, parts] = [await create(lbfgs({ maxIterations: 4 })), await create(lbfgs({ maxIterations: 4 }))];
  await whole.fit(x, y, { ...full, epochs: 2 });
  const { notice } = await parts.fit(x, y, { batchSize: 20, accumulate: 2, shuffle: false, epochs: 2, workers: 2 });
  expect(notice).toBe("lbfgs takes the gradient of each step several times: one computed");
  values(parts).forEach((value, i) => {
    expect(value).toBeCloseTo(values(whole)[i] as number, 3);
  });
});

test("a layer put in lets it begin anew", async () => {
  const model = await create(lbfgs());
  await model.fit(x, y, full);
  model.growDense(0, 9);
  const { loss } = model.evaluate(x, y);
  await model.fit(x, y, { ...full, epochs: 3 });
  expect(model.evaluate(x, y).loss).toBeLessThan(loss);
});

test("what a search cannot have is refused, by name", async () => {
  const refusal = async (call: () => unknown) => (await mistake(call as never, true)).message;
  const model = await create(lbfgs());
  expect(await refusal(() => model.fit(x, y))).toMatch(/^fit\.batchSize: lbfgs needs the gradient of all 40 rows/);
  expect(await refusal(() => create(lbfgs(), { gradient: [clipByNorm(1)] }))).toMatch(/^gradient: lbfgs needs/);
  const held = [dense(6, { kernelConstraint: maxNorm(1) }), dense(1)];
  expect(await refusal(() => create(lbfgs(), { layers: held }))).toMatch(/^optimizer: lbfgs cannot hold constraints/);
  expect(await refusal(() => model.fit(x, y, { ...full, callbacks: [recordGradients()] }))).toMatch(
    /^fit\.callbacks: /,
  );
  expect(await refusal(async () => model.diagnose(x, y))).toMatch(/^diagnose: lbfgs makes no update from one gradient/);
});

test("an update that would diverge leaves the model as it was", async () => {
  const model = await create(lbfgs({ lineSearch: "none", learningRate: 1e30 }));
  const before = values(model);
  expect((await mistake(() => model.fit(x, y, { ...full, epochs: 9 }), true)).code).toBe("DIVERGENCE");
  expect(values(model).every(Number.isFinite)).toBe(true);
  const again = await create(lbfgs({ lineSearch: "none", learningRate: 1e38 }));
  expect((await mistake(() => void again.trainOnBatch(x, y))).code).toBe("NON_FINITE");
  expect(values(again)).toEqual(before);
});

test("batch normalisation: statistics of the batch at every point, and as many of them for the moving ones", async () => {
  const normalized = [dense(6), batchNormalization(), activation("tanh"), dense(1)];
  const model = await create(lbfgs({ maxIterations: 5 }), { layers: normalized });
  const twin = await model.clone();
  const { epochs } = await model.fit(x, y, { ...full, epochs: 6 });
  expect(epochs[5]?.loss).toBeLessThan(0.3 * (epochs[0]?.loss as number));
  const seen = model.parameters().filter(({ name }) => /moving/.test(name));
  expect(seen).toHaveLength(2);
  for (const { data } of seen) expect(data.every(Number.isFinite)).toBe(true);
  // What the search minimises is the loss of training; evaluation lags behind, as the moving statistics do.
  expect(model.evaluate(x, y).loss).toBeLessThan(twin.evaluate(x, y).loss);
  // Broken off and taken up it is the same training.
  await twin.fit(x, y, { ...full, epochs: 2 });
  const loaded = await Model.load(twin.save());
  await loaded.fit(x, y, { ...full, epochs: 4, initialEpoch: 2 });
  expect(values(loaded)).toEqual(values(model));
});

test("a WorkerModel makes the same updates", async () => {
  const config = { ...base, layers, optimizer: lbfgs({ maxIterations: 4 }) };
  const [here, there] = [await Model.create(config), await WorkerModel.create(config)];
  const histories = [await here.fit(x, y, { ...full, epochs: 3 }), await there.fit(x, y, { ...full, epochs: 3 })];
  const [mine, theirs] = histories.map((history) =>
    history.epochs.map(({ loss, gradientNorm }) => [loss, gradientNorm]),
  );
  expect(theirs).toEqual(mine);
  expect(await there.save()).toEqual(here.save());
  await there.dispose();
});

test("compareOptimizers lets it race on full batches, and says so otherwise", async () => {
  const config = { ...base, layers, optimizer: adam() };
  const rivals = { lbfgs: lbfgs({ maxIterations: 4 }), adam: adam({ learningRate: 0.02 }) };
  const race = await compareOptimizers(config, rivals, x, y, { ...full, epochs: 5, seeds: 2 });
  expect(race.map(({ name, failures }) => [name, failures.length])).toEqual([
    ["lbfgs", 0],
    ["adam", 0],
  ]);
  const [quick, slow] = race.map(({ mean }) => mean.at(-1) as number) as [number, number];
  expect(quick).toBeLessThan(0.5 * slow);
  const small = compareOptimizers(config, rivals, x, y, { batchSize: 10, epochs: 2 });
  await expect(small).rejects.toThrow(/lbfgs needs the gradient of all 40 rows .* batchSize: "full"/);
});
