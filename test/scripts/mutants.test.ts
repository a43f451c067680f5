import { describe, expect, test } from "vitest";
import { mutants } from "../../scripts/mutants/list.mjs";
import { mutate, rounds, sourceOf } from "../../scripts/mutants.mjs";
import { optimizerNames, wrappers } from "../../ts/config/optimizers/index.js";

interface Mutant {
  readonly file: string;
  readonly rules: readonly string[];
  readonly name: string;
  readonly changes: readonly (readonly [string, string, number?])[];
  readonly alone?: boolean;
}
const list = mutants as unknown as readonly Mutant[];

/** Rust's name of a test. */
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const of = (rule: string) => list.filter(({ rules }) => rules.includes(snake(rule))).map(({ name }) => name);

describe("the mutants", () => {
  test.each(list.map((mutant) => [`${mutant.file}: ${mutant.name}`, mutant] as const))(
    "%s: its text stands in the source, and the mutant differs",
    (_, mutant) => {
      const source = sourceOf(mutant.file);
      expect(mutate(source, mutant)).not.toBe(source);
    },
  );

  test("every rule and every wrapper has some, and no other name is there", () => {
    const names = [...optimizerNames, ...Object.keys(wrappers), "lbfgs"].map(snake);
    expect(new Set(list.flatMap(({ rules }) => rules))).toEqual(new Set(names));
    for (const rule of [...optimizerNames, "sam", "lbfgs"]) expect(of(rule).length, rule).toBeGreaterThanOrEqual(8);
  });

  test("every rule has the mistakes that can happen to it", () => {
    // sgd has no accumulator of squares, lion and sgd no ε, lars divides by norms, rprop and asgd by nothing.
    const mistakes: readonly (readonly [RegExp, readonly string[]])[] = [
      [
        /^betas swapped$/,
        [
          "adam",
          "adamw",
          "adamax",
          "nadam",
          "radam",
          "lion",
          "lamb",
          "adabelief",
          "yogi",
          "adan",
          "scheduleFreeAdamW",
          "prodigy",
        ],
      ],
      [/^epsilon (inside|outside)/, optimizerNames.filter((rule) => !["sgd", "lion", "rprop", "asgd"].includes(rule))],
      [/^decay (de)?coupled|^coupled and decoupled|^decay outside/, optimizerNames],
      [
        /step counted|one update early/,
        [
          "sgd",
          "adagrad",
          "adam",
          "adamw",
          "adamax",
          "nadam",
          "radam",
          "asgd",
          "lamb",
          "adabelief",
          "yogi",
          "adan",
          "scheduleFreeAdamW",
        ],
      ],
      [/stale|before the step/, optimizerNames],
      [/^no decay$/, optimizerNames],
      [/^decay of what is excluded$/, optimizerNames],
    ];
    for (const [mistake, rules] of mistakes)
      for (const rule of rules)
        expect(
          of(rule).some((name) => mistake.test(name)),
          `${rule} ${mistake}`,
        ).toBe(true);
  });

  test("those of one build touch different files, and what is shared is mutated alone", () => {
    const builds: readonly (readonly Mutant[])[] = rounds(list);
    expect(builds.flat()).toHaveLength(list.length);
    for (const build of builds) {
      expect(new Set(build.map(({ file }) => file)).size).toBe(build.length);
      if (build.some(({ alone, file }) => alone || file === "mod.rs")) expect(build).toHaveLength(1);
    }
  });

  test("a text that the source no longer has is an error that says which mutant", () => {
    const mutant = { file: "sgd.rs", rules: ["sgd"], name: "lost", changes: [["not there", ""]] };
    expect(() => mutate("let x = 1;", mutant)).toThrow(/sgd\.rs: the mutant "lost" expects 1 of this, the file has 0/);
    expect(() => mutate("a a", { ...mutant, changes: [["a", "b"]] })).toThrow(/expects 1 of this, the file has 2/);
    expect(mutate("a a", { ...mutant, changes: [["a", "$&", 2]] })).toBe("$& $&");
  });
});
