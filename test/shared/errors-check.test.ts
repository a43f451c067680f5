import { describe, expect, it } from "vitest";
import {
  boolean,
  callable,
  integer,
  isNumericArray,
  isRecord,
  list,
  nearest,
  number,
  oneOf,
  options,
  seed,
  show,
  text,
} from "../../ts/check.js";
import { ConfigError } from "../../ts/errors.js";

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("expected a ConfigError, nothing was thrown");
}

describe("number", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, "1", null, undefined, 1n, [1], true])("refuses %s", (value) => {
    expect(messageOf(() => number()(value, "adam.epsilon"))).toMatch(/^adam\.epsilon: expected a finite number, got /);
  });

  it("takes the closed ends of its range and refuses the open ones", () => {
    expect(number({ min: 0, max: 1 })(0, "p")).toBe(0);
    expect(number({ min: 0, max: 1 })(1, "p")).toBe(1);
    expect(messageOf(() => number({ min: 0, max: 1 })(1.5, "p"))).toBe(
      "p: expected a finite number >= 0 and <= 1, got 1.5",
    );
    expect(messageOf(() => number({ min: 0 })(-1, "p"))).toBe("p: expected a finite number >= 0, got -1");
    expect(messageOf(() => number({ above: 0, below: 1 })(0, "p"))).toBe(
      "p: expected a finite number > 0 and < 1, got 0",
    );
    expect(messageOf(() => number({ above: 0, below: 1 })(1, "p"))).toMatch(/got 1$/);
    expect(number({ above: 0, below: 1 })(0.5, "p")).toBe(0.5);
  });
});

describe("integer, seed, boolean, text, callable", () => {
  it("take what they are for", () => {
    expect(integer({ min: 1 })(7, "p")).toBe(7);
    expect(seed(2 ** 32 - 1, "p")).toBe(2 ** 32 - 1);
    expect(boolean(false, "p")).toBe(false);
    expect(text("a", "p")).toBe("a");
    const f = () => 1;
    expect(callable("a function")(f, "p")).toBe(f);
  });

  it("refuse what is merely similar", () => {
    expect(messageOf(() => integer({ min: 1 })(1.5, "dense.units"))).toBe(
      "dense.units: expected a whole number >= 1, got 1.5",
    );
    expect(messageOf(() => integer()(2 ** 53, "p"))).toMatch(/whole number/);
    expect(messageOf(() => seed(2 ** 32, "seed"))).toBe(
      "seed: expected a whole number >= 0 and <= 4294967295, got 4294967296",
    );
    expect(messageOf(() => boolean(1, "p"))).toBe("p: expected true or false, got 1");
    expect(messageOf(() => text("", "p"))).toBe('p: expected a string that is not empty, got ""');
    expect(messageOf(() => callable("a function (x) => number")({}, "p"))).toBe(
      "p: expected a function (x) => number, got an object with no options",
    );
  });
});

describe("oneOf", () => {
  it("answers a misspelt word with the nearest and all others", () => {
    expect(oneOf(["torch", "keras"])("keras", "sgd.form")).toBe("keras");
    expect(messageOf(() => oneOf(["torch", "keras"])("kears", "sgd.form"))).toBe(
      'sgd.form: unknown value "kears"; did you mean "keras"? One of: torch, keras',
    );
    expect(messageOf(() => oneOf(["torch", "keras"])("numpy", "sgd.form"))).toBe(
      'sgd.form: unknown value "numpy". One of: torch, keras',
    );
    expect(messageOf(() => oneOf(["torch", "keras"])(3, "sgd.form"))).toBe(
      "sgd.form: expected one of torch, keras, got 3",
    );
  });
});

describe("list", () => {
  it("names the element that is wrong, and freezes a copy", () => {
    const given = [1, 2];
    const checked = list(number())(given, "mean");
    expect(checked).toEqual([1, 2]);
    expect(checked).not.toBe(given);
    expect(Object.isFrozen(checked)).toBe(true);
    expect(Object.isFrozen(given)).toBe(false);
    expect(list(number())(new Float32Array([0.5]), "mean")).toEqual([0.5]);
    expect(messageOf(() => list(number())([1, "a"], "mean"))).toBe('mean[1]: expected a finite number, got "a"');
    expect(messageOf(() => list(number())("12", "mean"))).toBe('mean: expected an array, got "12"');
    expect(messageOf(() => list(number())({ type: "clipByNorm" }, "gradient"))).toBe(
      "gradient: expected an array, got an object with type; for one write [clipByNorm(…)]",
    );
    expect(messageOf(() => list(number(), { minLength: 1 })([], "mean"))).toBe(
      "mean: expected at least 1 element, got none",
    );
  });

  it("does not skip the holes of a sparse array", () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    expect(messageOf(() => list(number())([1, , 3], "mean"))).toBe("mean[1]: expected a finite number, got undefined");
  });
});

describe("options", () => {
  it("names an unknown option, the nearest and all known ones", () => {
    const error = (() => {
      try {
        options({ learningrate: 1 }, "adam", ["learningRate", "beta1"]);
      } catch (caught) {
        return caught as ConfigError;
      }
      return undefined;
    })();
    expect(error?.message).toBe(
      'adam: unknown option "learningrate"; did you mean "learningRate"? Options: learningRate, beta1',
    );
    expect(error?.suggestion).toBe("learningRate");
    expect(error?.allowed).toEqual(["learningRate", "beta1"]);
  });

  it("takes undefined for no options and refuses everything that is no object", () => {
    expect(options(undefined, "adam", [])).toEqual({});
    for (const value of [null, 3, "a", [1], () => 1, new Map(), new Float32Array(1)]) {
      expect(messageOf(() => options(value, "adam", ["a"]))).toMatch(/^adam: expected an object with options, got /);
    }
    expect(messageOf(() => options({ a: 1 }, "auc", []))).toBe('auc: unknown option "a"; there are no options');
  });

  it("sees __proto__ from JSON as an unknown option", () => {
    expect(messageOf(() => options(JSON.parse('{"__proto__": 1}'), "adam", ["a"]))).toMatch(
      /unknown option "__proto__"/,
    );
  });
});

describe("nearest", () => {
  const names = ["learningRate", "beta1", "beta2", "epsilon", "meanSquaredError", "relu", "elu", "selu", "gelu"];
  it.each([
    ["learning_rate", "learningRate"],
    ["lr", "learningRate"],
    ["eps", "epsilon"],
    ["mse", "meanSquaredError"],
    ["ReLU", "relu"],
    ["beta_1", "beta1"],
    ["reluu", "relu"],
    ["rleu", "relu"],
  ])("takes %s for %s", (word, expected) => expect(nearest(word, names)).toBe(expected));

  it("keeps silent when nothing is near", () => expect(nearest("temperature", names)).toBeUndefined());
});

describe("show, isRecord, isNumericArray", () => {
  it("show values briefly", () => {
    expect(show([1, "a", [2]])).toBe('[1, "a", [2]]');
    expect(show(new Float32Array(3))).toBe("a Float32Array");
    expect(show({ a: 1, b: 2 })).toBe("an object with a, b");
    expect(show(new Map())).toBe("a Map");
    expect(show(function loss() {})).toBe("the function loss");
    expect(show(12n)).toBe("12n");
    expect(show(Number.NaN)).toBe("NaN");
    expect(show("x".repeat(100)).length).toBeLessThanOrEqual(60);
    expect(show(Array.from({ length: 1000 }, () => 1)).length).toBeLessThanOrEqual(60);
  });

  it("tell objects with options from other objects", () => {
    expect([{}, Object.create(null)].every(isRecord)).toBe(true);
    expect([[], null, new Date(), new Uint8Array(1), () => 1].some(isRecord)).toBe(false);
  });

  it("know the typed arrays of numbers", () => {
    expect([new Float32Array(1), new Uint8ClampedArray(1), new Int16Array(1)].every(isNumericArray)).toBe(true);
    expect([new BigInt64Array(1), new DataView(new ArrayBuffer(1)), [1]].some(isNumericArray)).toBe(false);
  });
});
