/** Model files whose CRC is right and whose contents are hostile: each is refused by name, and nothing else happens. */

import { beforeAll, describe, expect, test } from "vitest";
import * as downhill from "../../ts/index.js";
import { batchNormalization, dense, dropout, FormatError, init, Model, residual, runtimeInfo } from "../../ts/index.js";
import { config, labels, x } from "./contract-helpers.js";
import { changed, hostileFiles, mutant, tryFile } from "./hostile/model-file.mjs";

let bytes: Uint8Array;
let bystander: Model<"accuracy">;

beforeAll(async () => {
  const model = await Model.create({
    inputs: 1,
    layers: [dense(1), batchNormalization()],
    loss: "meanSquaredError",
    optimizer: "adam",
  });
  model.trainOnBatch([1, 2, 3, 5], [1, 0, 1, 0]);
  bytes = model.save();
  model.dispose();
  bystander = await Model.create(config);
});

describe("a file with the right sum", () => {
  test("loads when nothing was changed", async () => {
    expect(
      await tryFile(
        downhill,
        changed(bytes, () => {}),
      ),
    ).toBeUndefined();
    expect(changed(bytes, () => {})).toEqual(bytes);
  });

  test("is refused with place and reason whatever is wrong behind it", async () => {
    const before = bystander.save();
    await init();
    const { liveModels, memoryBytes } = runtimeInfo();
    for (const [name, file, message] of hostileFiles(bytes) as [string, Uint8Array, RegExp][]) {
      const error = await tryFile(downhill, file);
      expect(error, `${name}: loaded`).toBeInstanceOf(FormatError);
      expect(error?.message, name).toMatch(message);
      expect(error?.message.length, name).toBeLessThan(700);
      expect(error?.message, name).toMatch(/^model file: /);
      const { position } = error as FormatError;
      if (position !== undefined) expect((position as { byte: number }).byte, name).toBeLessThan(file.length);
      expect((Object.prototype as { polluted?: unknown }).polluted, name).toBeUndefined();
    }
    expect(runtimeInfo()).toMatchObject({ liveModels, memoryBytes });
    expect(bystander.save()).toEqual(before);
  });

  test("changed at random is refused by name, or is a model that works", async () => {
    const model = await Model.create({
      ...config,
      layers: [dense(4, { activation: "prelu" }), residual([dense(4), dropout(0.5)]), dense(3)],
      gradient: ["centralizeGradient"],
    });
    model.trainOnBatch(x, labels);
    const larger = model.save();
    let refused = 0;
    for (let seed = 0; seed < 600; seed++) {
      const error = await tryFile(downhill, mutant(seed % 2 === 0 ? bytes : larger, seed)).catch((reason: unknown) => {
        throw new Error(`seed ${seed}: ${String(reason)}`, { cause: reason });
      });
      refused += Number(error !== undefined);
    }
    // Both must happen, else the changes are too small or too coarse to tell anything.
    expect(refused).toBeGreaterThan(300);
    expect(refused).toBeLessThan(580);
  });
});
