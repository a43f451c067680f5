import { describe, expect, test } from "vitest";
import { crossValidateIris } from "../../examples/iris.mjs";
import { learnXor, x, y } from "../../examples/xor.mjs";

test("a 2-8-1 network with tanh learns XOR from every one of 20 seeds", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const model = await learnXor({ seed });
    expect(model.evaluate(x, y).loss, `seed ${seed}`).toBeLessThan(1e-3);
    model.dispose();
  }
});

describe("iris in 5-fold cross-validation", () => {
  test.each([0, 1, 2])("is told apart in 95 of 100 cases, seed %i", async (seed) => {
    const { accuracies, mean } = await crossValidateIris({ seed });
    expect(accuracies).toHaveLength(5);
    expect(mean).toBeGreaterThanOrEqual(0.95);
  });
});
