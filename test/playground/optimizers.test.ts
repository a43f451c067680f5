import { expect, test } from "vitest";
import { aroundKey, aroundNames, aroundSettings } from "../../playground/src/optimizers/around.js";
import {
  configOf,
  optimizerKinds,
  optimizerNames,
  plain,
  rowOf,
  ruleNames,
  titleOf,
} from "../../playground/src/optimizers/table.js";
import { kind } from "../../playground/src/url/codec.js";
import { fullBatchRule, normalizeOptimizer, optimizerNames as ofLibrary } from "../../ts/config/optimizers/index.js";

test("the playground offers every optimizer of the library", () => {
  expect([...ruleNames].sort()).toEqual([...ofLibrary].sort());
  expect([...optimizerNames].sort()).toEqual([...ofLibrary, "lbfgs"].sort());
});

test.each(optimizerNames)("%s has all settings of the library, with its defaults", (name) => {
  // Muon's rule for biases stays at its own defaults; how often L-BFGS may evaluate follows from its iterations.
  const {
    learningRate: _,
    excludeFromDecay: __,
    adamw: ____,
    maxEvaluations: _____,
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

test.each(ruleNames)("what stands around %s is taken by the library, held by a link, and said in the title", (name) => {
  const { read, write } = kind(optimizerKinds);
  for (const around of aroundNames) {
    expect(read(write(plain(name, { around })))).toEqual(plain(name, { around }));
    for (const [key, setting] of Object.entries(aroundSettings(around))) {
      for (const end of "min" in setting ? [setting.min, setting.max] : []) {
        const lane = plain(name, { around, [aroundKey(key)]: end });
        expect(read(write(lane))).toEqual(lane);
        const config = normalizeOptimizer(configOf(lane, "network", 0.5), name);
        expect(config).toMatchObject({ type: around, [key]: end, optimizer: { type: name, learningRate: 0.5 } });
        expect(titleOf(lane, "network")).toContain(` · ${around} ${key} ${end}`);
      }
    }
  }
});

test("the settings of what stands around are the library's, with its defaults but for the shorter average", () => {
  for (const around of aroundNames.filter((each) => each !== "none")) {
    const { optimizer: _, ...ofLibrary } = normalizeOptimizer(
      { type: around, optimizer: "sgd" },
      around,
    ) as never as Record<string, unknown>;
    const { optimizer: __, ...ours } = configOf(plain("sgd", { around }), "network") as never as Record<
      string,
      unknown
    >;
    expect(ours).toEqual(around === "ema" ? { ...ofLibrary, decay: 0.99 } : ofLibrary);
  }
});
