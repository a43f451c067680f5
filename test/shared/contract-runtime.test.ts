/** Where the core comes from, what runs, and several cores at once. */

import { expect, test } from "vitest";
import { defaultModule } from "../../ts/core/load.js";
import { simd128Source } from "../../ts/core/source/simd128.js";
import { Dataset, dense, init, Model, Optimizer, runtimeInfo } from "../../ts/index.js";
import { relaxedSimd } from "../../ts/relaxed-simd.js";
import { config, labels, mistake, x } from "./contract-helpers.js";

const bytes = () => simd128Source() as BufferSource;

async function weights(): Promise<Uint8Array> {
  const model = await Model.create(config);
  await model.fit(x, labels, { epochs: 3, batchSize: 8 });
  const file = model.save();
  model.dispose();
  return file;
}

test("the default core starts by itself, once, and reports itself", async () => {
  expect(runtimeInfo()).toMatchObject({ variant: "simd128", liveModels: 0 });
  const before = runtimeInfo();
  expect(before.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(before.memoryBytes % 65536).toBe(0);
  const model = await Model.create(config);
  expect(await init()).toEqual(runtimeInfo());
  expect(runtimeInfo().liveModels).toBe(1);
  const copy = model.clone();
  expect(runtimeInfo().liveModels).toBe(2);
  copy.dispose();
  copy.dispose();
  model.dispose();
  expect(runtimeInfo().liveModels).toBe(0);
});

test("a model that could not be made or loaded does not live", async () => {
  const before = runtimeInfo().liveModels;
  await mistake(
    () => Model.create({ ...config, optimizer: { ...config.optimizer, excludeFromDecay: ["scale"] } }),
    true,
  );
  await mistake(() => Model.load(new Uint8Array(20)), true);
  expect(runtimeInfo().liveModels).toBe(before);
});

test("bytes, a module and a response give the same bits as the default", async () => {
  const want = await weights();
  const response = () => new Response(bytes() as BodyInit, { headers: { "content-type": "application/wasm" } });
  for (const wasm of [bytes(), defaultModule(), response()]) {
    expect(await init({ wasm })).toMatchObject({ variant: "custom", liveModels: 0 });
    expect(await weights()).toEqual(want);
  }
});

test("a failed init leaves the running core alone", async () => {
  const model = await Model.create(config);
  const before = runtimeInfo();
  await mistake(() => init({ wasm: new Uint8Array(8) }), true);
  expect(runtimeInfo()).toEqual(before);
  model.dispose();
});

test("models stay in the core that they were made in; a data set does not move", async () => {
  const first = await Model.create(config);
  const data = Dataset.fromArrays(x, labels);
  await init({ wasm: bytes() });
  const second = await Model.create(config);
  expect(runtimeInfo().liveModels).toBe(1);
  await first.fit(data);
  await second.fit(x, labels);
  expect(second.save()).toEqual(first.save());
  expect((await mistake(() => second.fit(data), true)).message).toMatch(
    /^dataset: was made before another core was started/,
  );
  first.dispose();
  expect(runtimeInfo().liveModels).toBe(1);
  second.dispose();
  data.dispose();
});

test("what the memory cannot hold is refused before it stops the core", async () => {
  const model = await Model.create(config);
  const huge = (inputs: number, units: number) =>
    Model.create({ inputs, layers: [dense(units)], loss: "meanSquaredError" });
  for (const make of [() => huge(1e6, 1e6), () => huge(2 ** 14, 2 ** 14), () => Optimizer.create("adam", [2 ** 28])]) {
    const error = await mistake(make, true);
    expect([error.code, error.message]).toEqual(["MEMORY", expect.stringMatching(/4 GiB/)]);
  }
  expect(model.trainOnBatch(x, labels).loss).toBeGreaterThan(0);
  model.dispose();
});

test("memory is used again after dispose", async () => {
  const once = async () => {
    const [model, optimizer, data] = [
      await Model.create(config),
      await Optimizer.create("adam", [1000]),
      Dataset.fromArrays(x, labels),
    ];
    await model.fit(data);
    await model.fit(x, labels, { validationSplit: 0.5 });
    await model.fit([], labels).catch(() => {});
    for (const each of [model, optimizer, data]) each.dispose();
  };
  for (let i = 0; i < 20; i++) await once();
  const { memoryBytes } = runtimeInfo();
  for (let i = 0; i < 300; i++) await once();
  expect(runtimeInfo().memoryBytes).toBe(memoryBytes);
});

test("relaxed SIMD runs where the engine has it, else a named error says that it does not", async () => {
  if (!relaxedSimd.supported) {
    const error = await mistake(() => init({ wasm: relaxedSimd }), true);
    expect([error.code, error.message]).toEqual([
      "UNSUPPORTED",
      "relaxedSimd: this engine has no relaxed SIMD; leave `wasm` out for the plain build",
    ]);
    return;
  }
  expect(await init({ wasm: relaxedSimd })).toMatchObject({ variant: "relaxed-simd" });
  const model = await Model.create(config);
  const { epochs } = await model.fit(x, labels, { epochs: 30, batchSize: 8 });
  expect(epochs.at(-1)?.loss).toBeLessThan(epochs[0]?.loss ?? 0);
});
