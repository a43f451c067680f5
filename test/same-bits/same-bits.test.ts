/**
 * The file that all engines and the native test are compared with. It says of each network its configuration, the numbers
 * as which that crosses to the core, and the SHA-256 of what 200 updates give.
 *
 * Written anew on purpose only, when a case is added or the numbers change for a reason that the commit names:
 * `npx vitest run --project node test/same-bits -u`.
 */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { layerNames } from "../../ts/config/layers.js";
import { normalizeModel, outputWidth } from "../../ts/config/model.js";
import { encodeParts, optimizerNames, wrappers } from "../../ts/config/optimizers/index.js";
import { partsOf } from "../../ts/config/optimizers/nesting.js";
import { transformNames } from "../../ts/config/transforms.js";
import { encodeModel } from "../../ts/core/encode.js";
import { instance } from "../../ts/core/runtime.js";
import * as downhill from "../../ts/index.js";
import { PartRates } from "../../ts/rates.js";
import { type Case, cases, networkCases, steps } from "./cases.js";
import { trainAll } from "./train.mjs";

/** JSON has no infinity and no NaN. */
const plain = (numbers: Iterable<number>) => Array.from(numbers, (x) => (Number.isFinite(x) ? x : String(x)));

/** What the native test needs in place of the configuration. */
async function encoded(given: Case) {
  const config = normalizeModel(given.config);
  const model = await downhill.Model.create(config);
  const weights = model.parameters().filter(({ trainable }) => trainable);
  model.dispose();
  const parts = partsOf(config.optimizer, weights);
  const { numbers, members } = encodeParts(parts);
  const rates = new PartRates(parts, instance().core).take(0, steps);
  const width = 2 * parts.length;
  const row = rates.slice(0, width);
  const isConstant = rates.every((rate, i) => Object.is(rate, row[i % width]));
  return {
    model: plain(encodeModel(config)),
    optimizer: plain(numbers),
    members: Array.from(members),
    rates: plain(isConstant ? row : rates),
  };
}

test("training gives the bits of expected.json, however it is interrupted", async () => {
  const rows = [];
  for (const given of cases) {
    const { inputs, layers, optimizer } = normalizeModel(given.config);
    const task = { ...given, config: { ...given.config, optimizer }, inputs, columns: outputWidth(layers, inputs) };
    const { [given.name]: ways = {} } = await trainAll(downhill, undefined, [task]);
    const [first, ...others] = Object.values(ways);
    expect(first?.steps, given.name).toBe(steps);
    for (const other of others) expect(other, given.name).toEqual(first);
    rows.push({ ...task, encoded: await encoded(given), ...first });
  }
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`);
  await expect(`[\n${lines.join(",\n")}\n]\n`).toMatchFileSnapshot(
    fileURLToPath(new URL("expected.json", import.meta.url)),
  );
});

test("the five networks hold every kind of layer, wrapper and transform, and each rule has a network of its own", () => {
  const text = JSON.stringify(networkCases);
  const kinds = [...layerNames, ...Object.keys(wrappers)];
  expect(kinds.filter((name) => !text.includes(`"type":"${name}"`))).toEqual([]);
  expect(networkCases).toHaveLength(5);
  expect(transformNames.filter((name) => !text.includes(`"${name}"`))).toEqual(["clipByValue", "clipByNorm"]);
  expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining([...optimizerNames]));
});
