import { expect, test } from "vitest";
import { random } from "../../playground/src/data/random.js";
import { optimizerKinds, optimizerNames, plain } from "../../playground/src/optimizers/table.js";
import { choice, codec, flag, type Kind, kind, list, real, whole } from "../../playground/src/url/codec.js";

interface Sample {
  readonly rate: number;
  readonly count: number;
  readonly word: "one" | "two";
  readonly on: boolean;
  readonly lanes: readonly Kind[];
}

const { read, write, initial } = codec<Sample>({
  rate: real({ initial: 0.1, min: -1e300, max: 1e300 }),
  count: whole({ initial: 3, min: 0, max: 2 ** 32 - 1 }),
  word: choice(["one", "two"], "one"),
  on: flag(true),
  lanes: list(kind(optimizerKinds), { initial: [], max: 8 }),
});

test("an experiment that nobody changed has no address", () => {
  expect(write(initial)).toBe("");
  expect(read("")).toEqual({ experiment: initial, problems: [] });
});

test("what is written is read back to the same bits", () => {
  const { uniform } = random(7);
  for (let i = 0; i < 2000; i++) {
    const sample: Sample = {
      rate: (uniform() - 0.5) * 10 ** Math.floor(uniform() * 600 - 300),
      count: Math.floor(uniform() * 2 ** 32),
      word: uniform() < 0.5 ? "one" : "two",
      on: uniform() < 0.5,
      lanes: Array.from({ length: Math.floor(uniform() * 9) }, () =>
        plain(optimizerNames[Math.floor(uniform() * optimizerNames.length)] ?? "adam", { learningRate: uniform() }),
      ),
    };
    expect(read(`#${write(sample)}`)).toEqual({ experiment: sample, problems: [] });
  }
});

test.each([
  ["rate=abc", "rate"],
  ["rate=Infinity", "rate"],
  ["rate=0x10", "rate"],
  ["count=1.5", "count"],
  ["count=-1", "count"],
  ["word=three", "word"],
  ["on=yes", "on"],
  ["lanes=adam,nothing:1", "lanes"],
  ["lanes=adam,learningRate:1e9", "lanes"],
  ["lanes=constructor", "lanes"],
  ["lanes=adam,constructor:1", "lanes"],
  ["lanes=adam;adam;adam;adam;adam;adam;adam;adam;adam", "lanes"],
  ["lanes=adam,around:swap", "lanes"],
  ["lanes=adam,around:constructor", "lanes"],
  ["lanes=adam,around:sam,around.rho:0", "lanes"],
  ["lanes=adam,around:sam,around.rho:1e9", "lanes"],
  ["lanes=adam,around:lookahead,around.k:2.5", "lanes"],
  ["lanes=adam,around:ema,around.decay:1", "lanes"],
  ["lanes=adam,around.nothing:1", "lanes"],
  ["lanes=lbfgs,around:sam", "lanes"],
  ["rate=%E0%A4%A", "rate"],
  ["__proto__=1", "__proto__"],
])("%s is told and changes nothing", (hash, key) => {
  const { experiment, problems } = read(`#${hash}&count=5`);
  expect(experiment).toEqual({ ...initial, count: 5 });
  expect(problems.map((problem) => problem.key)).toEqual([key]);
});

test("whatever an address holds, it is read without an error", () => {
  const { uniform } = random(3);
  const letters = "ratecounlsdm=&,;:.%0123456789-+eE#_";
  for (let i = 0; i < 5000; i++) {
    const text = Array.from(
      { length: Math.floor(uniform() * 60) },
      () => letters[Math.floor(uniform() * letters.length)],
    );
    expect(() => read(text.join(""))).not.toThrow();
  }
  expect(read("x".repeat(30_000)).problems).toHaveLength(1);
});

test("where defaults have changed, links of before keep theirs, and new ones say that they are new", () => {
  const fields = { count: whole({ initial: 3, min: 0, max: 9 }), word: choice(["one", "two"], "one") };
  const { read, write } = codec<{ count: number; word: "one" | "two" }>(fields, { count: 7 });
  expect(read("")).toEqual({ experiment: { count: 3, word: "one" }, problems: [] });
  expect(read("#word=two").experiment).toEqual({ count: 7, word: "two" });
  expect(read("#v=2&word=two").experiment).toEqual({ count: 3, word: "two" });
  expect(write({ count: 3, word: "one" })).toBe("");
  for (const count of [3, 7, 8]) {
    for (const word of ["one", "two"] as const) {
      expect(read(write({ count, word }))).toEqual({ experiment: { count, word }, problems: [] });
    }
  }
  expect(read("v=3&word=two").problems.map(({ key }) => key)).toEqual(["v"]);
  expect(read("word=two&v=2").problems.map(({ key }) => key)).toEqual(["v"]);
});
