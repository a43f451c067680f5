import { expect, test } from "vitest";
import { configOf, optimizerKinds, optimizerNames, plain, rowOf } from "../../playground/src/optimizers/table.js";
import { kind } from "../../playground/src/url/codec.js";
import { fullBatchRule, normalizeOptimizer, optimizerNames as ofLibrary } from "../../ts/config/optimizers/index.js";

test("the playground offers every optimizer of the library", () => {
  expect([...optimizerNames].sort()).toEqual([...ofLibrary].sort());
});

test.each(optimizerNames)("%s has all settings of the library, with its defaults", (name) => {
  // Muon's rule for biases stays at its own defaults.
  const {
    learningRate: _,
    excludeFromDecay: __,
    adamw: ____,
    ...whole
  } = normalizeOptimizer({ type: name }, name) as never as Record<string, unknown>;
  const { learningRate: ___, ...ours } = configOf(plain(name), "network") as Record<string, unknown>;
  expect(ours).toEqual(whole);
});

test.each(optimizerNames)("%s is told to need all data at once where the library says so", (name) => {
  expect(rowOf(name).fullBatch ?? false).toBe(fullBatchRule(normalizeOptimizer(name, name)) !== undefined);
});

test.each(optimizerNames)("every end of every setting of %s is one that the library takes and a link holds", (name) => {
  const { read, write } = kind(optimizerKinds);
  for (const [key, setting] of Object.entries(rowOf(name).settings)) {
    const ends =
      "min" in setting ? [setting.min, setting.max] : setting.kind === "flag" ? [true, false] : setting.words;
    for (const end of ends) {
      // Nesterov's form needs a momentum.
      const lane = plain(name, { ...(key === "nesterov" ? { momentum: 0.9 } : {}), [key]: end });
      expect(read(write(lane))).toEqual(lane);
      expect(() => normalizeOptimizer(configOf(lane, "surface"), name)).not.toThrow();
    }
  }
});
