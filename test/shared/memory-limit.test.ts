/** A memory that is full: an error with a name beforehand, and everything that lives in it goes on. */

import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  batchNormalization,
  Dataset,
  DownhillError,
  dense,
  dropout,
  ema,
  init,
  lookahead,
  MemoryError,
  Model,
  Optimizer,
  residual,
  runtimeInfo,
} from "../../ts/index.js";
import { generator } from "./golden.js";
import { coreWithAtMost } from "./memory-helpers.js";

const MiB = 2 ** 20;

/** New models live in a memory of at most so many MiB. */
const limit = (mebibytes: number) => init({ wasm: coreWithAtMost(16 * mebibytes) });

// Later tests get a core without a limit.
afterEach(async () => {
  const { simd128Source } = await import("../../ts/core/source/simd128.js");
  await init({ wasm: simd128Source() as BufferSource });
});

const rows = (count: number, columns: number) =>
  Array.from({ length: count }, (_, i) => Array.from({ length: columns }, (_, j) => ((i * 7 + j * 3) % 11) / 11));

const small = { inputs: 8, layers: [dense(16, { activation: "gelu" }), dense(2)], loss: "meanSquaredError" } as const;
const x = rows(20, 8);
const y = rows(20, 2);

describe("a memory of 24 MiB", () => {
  test("refuses the model that does not fit, saying what was asked and what there is, and the others go on", async () => {
    await limit(24);
    const model = await Model.create(small);
    const reference = model.clone();
    const error = await Model.create({ ...small, layers: [dense(200_000), dense(2)] }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MemoryError);
    expect((error as Error).message).toMatch(
      /^up to [\d.]+ MiB for the model cannot be had: the core's memory holds [\d.]+ MiB, .* can grow by 4 GiB to the limit of 4 GiB/,
    );
    await Promise.all([model.fit(x, y, { epochs: 3 }), reference.fit(x, y, { epochs: 3 })]);
    expect(model.save()).toEqual(reference.save());
    expect(runtimeInfo().memoryBytes).toBeLessThanOrEqual(24 * MiB);
  });

  test("is filled with models until one does not fit; one disposed of makes room for one", async () => {
    await limit(24);
    const models: Model[] = [];
    const create = () => Model.create({ inputs: 64, layers: [dense(1024), dense(2)], loss: "meanSquaredError" });
    const fill = async () => {
      for (;;) {
        const model = await create().catch((error: unknown) => error);
        if (!(model instanceof Model)) return model;
        try {
          expect(model.predict(rows(3, 64)).shape).toEqual([3, 2]);
        } catch (error) {
          model.dispose();
          return error;
        }
        models.push(model);
      }
    };
    expect(await fill()).toBeInstanceOf(MemoryError);
    const count = models.length;
    expect(count).toBeGreaterThan(8);
    for (const model of models) expect(model.predict(rows(3, 64)).shape).toEqual([3, 2]);
    models.pop()?.dispose();
    expect(await fill()).toBeInstanceOf(MemoryError);
    expect(models.length).toBe(count);
    for (const model of models) model.dispose();
    models.length = 0;
    expect(await fill()).toBeInstanceOf(MemoryError);
    expect(models.length).toBeGreaterThanOrEqual(count);
  });

  test("refuses data, passes, epochs and optimizers that do not fit, and nothing has changed", async () => {
    await limit(24);
    const model = await Model.create({
      ...small,
      layers: [dense(512, { activation: "gelu" }), batchNormalization(), dropout(0.1), dense(2)],
      metrics: ["r2"],
      optimizer: ema(adam()),
    });
    model.trainOnBatch(x, y);
    const before = model.save();
    const many = rows(9000, 8);
    const targets = rows(9000, 2);
    const huge = new Float32Array(8 * MiB);
    const refused: [string, () => unknown, RegExp][] = [
      ["x", () => model.predict(huge), /^32 MiB for x cannot be had/],
      ["a data set", () => Dataset.fromArrays({ data: huge, shape: [MiB, 8] }, new Float32Array(MiB)), /^32 MiB for x/],
      ["forward", () => model.forward(many), /MiB for a pass over 9000 rows at once cannot be had/],
      ["predict at once", () => model.predict(many, { batchSize: 9000 }), /a pass over 9000 rows/],
      ["evaluate at once", () => model.evaluate(many, targets, { batchSize: 9000 }), /a pass over 9000 rows/],
      ["a large batch", () => model.trainOnBatch(many, targets), /a pass over 9000 rows/],
      ["a full batch", () => model.fit(many, targets, { batchSize: "full" }), /a pass over 9000 rows/],
      ["gradients", () => model.gradients(many, targets), /a pass over 9000 rows/],
      ["the doctor", () => model.diagnose(many, targets), /a pass over 9000 rows/],
      ["checked gradients", () => model.checkGradients(rows(500, 8), rows(500, 2)), /a pass over 500 rows/],
      ["an optimizer", () => Optimizer.create("adam", [2 * MiB]), /for the optimizer cannot be had/],
    ];
    for (const [name, call, message] of refused) {
      const error = await Promise.resolve()
        .then(call)
        .catch((e: unknown) => e);
      expect(error, name).toBeInstanceOf(MemoryError);
      expect((error as Error).message, name).toMatch(message);
    }
    expect(model.save()).toEqual(before);
    // What was refused at once goes in parts.
    expect(model.predict(many, { batchSize: 256 }).shape).toEqual([9000, 2]);
    expect((await model.fit(many, targets, { batchSize: 64 })).stoppedBy).toBe("epochs");
  });

  test("refuses the copy of a pruned model whose mask does not fit, and leaves nothing of it", async () => {
    const messages: string[] = [];
    // More blocks than a model asks for when it is made.
    const optimizer = ema(lookahead(adam({ amsgrad: true })));
    for (let pages = 200; pages < 400; pages += 10) {
      await init({ wasm: coreWithAtMost(pages) });
      const model = await Model.create({ ...small, layers: [dense(20_000), dense(2)], optimizer }).catch(
        () => undefined,
      );
      if (model === undefined) continue;
      const models = [model];
      try {
        model.prune(0.5);
        for (;;) models.push(model.clone());
      } catch (error) {
        expect(error, String(error)).toBeInstanceOf(MemoryError);
        messages.push((error as Error).message);
      }
      expect(runtimeInfo().liveModels).toBe(models.length);
      for (const each of models) each.dispose();
    }
    expect(messages.filter((message) => message.includes("for the mask"))).not.toEqual([]);
  });
});

test("whatever is done in a memory that is full, nothing stops the core", async () => {
  const next = generator(11);
  const whole = (below: number) => Math.floor(((next(1) + 1) / 2) * below);
  let refused = 0;
  let done = 0;
  for (let round = 0; round < 12; round++) {
    await limit(4 + whole(12));
    const models: Model<string>[] = [];
    const make = async () => {
      const units = 2 ** whole(12);
      const inside = dense(units, { activation: "tanh" });
      const block = round % 2 === 0 ? batchNormalization() : residual([inside, dropout(0.2)]);
      const layers = [dense(units, { activation: "gelu", weightNormalization: round % 3 === 0 }), block, dense(2)];
      models.push(
        await Model.create({
          inputs: 8,
          layers,
          loss: "meanSquaredError",
          optimizer: round % 4 === 0 ? ema("adam") : "sgd",
          gradient: ["centralizeGradient"] as never,
          metrics: ["r2"],
        } as never),
      );
    };
    const one = () => models[whole(models.length)] as Model<string>;
    const some = () => {
      const count = 2 + 2 ** whole(13);
      return [rows(count, 8), rows(count, 2)] as const;
    };
    const moves: (() => unknown)[] = [
      make,
      make,
      () => one().predict(some()[0], { batchSize: 2 ** whole(13) }),
      () => one().evaluate(...some()),
      () => one().trainOnBatch(...some()),
      () => one().fit(...some(), { batchSize: 2 + 2 ** whole(10), validationSplit: 0.3 }),
      () => one().gradients(...some()),
      () => one().diagnose(...some()),
      () => one().forward(some()[0]),
      () => models.push(one().clone()),
      () => one().prune(0.2),
      () => one().compile({ optimizer: "adam", loss: "huber" }),
      () => one().parameters({ averaged: true }),
      () => Optimizer.create("adam", [2 ** whole(20)]).then((optimizer) => optimizer.dispose()),
      () => models.splice(whole(models.length), 1)[0]?.dispose(),
    ];
    for (let move = 0; move < 60; move++) {
      const chosen = models.length === 0 ? make : (moves[whole(moves.length)] as () => unknown);
      try {
        await chosen();
        done += 1;
      } catch (error) {
        // A last batch of one row, or a rate that is too high, have their names, too.
        if (!(error instanceof DownhillError) || error.code === "CORE")
          throw new Error(`round ${round}, move ${move}: ${error}`, { cause: error });
        refused += Number(error.code === "MEMORY");
      }
    }
    for (const model of models) model.dispose();
    expect(runtimeInfo().liveModels).toBe(0);
  }
  // Both must happen, else the memory was too large or too small to tell anything.
  expect(done).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(50);
});
