import { afterAll, beforeAll, expect, test } from "vitest";
import { readData, train } from "../../examples/large-batch.mjs";

/** A pair of trainings takes 8 s on a free core; several test files and cargo may share two of them. */
const timeout = 180_000;

let given: Awaited<ReturnType<typeof readData>>;

beforeAll(async () => {
  given = await readData();
});

afterAll(() => given.data.dispose());

const accuracy = async (name: "small" | "scaled" | "recipe", seed: number) =>
  (await train(given.data, given.test, name, seed)).accuracy;

test.each([0, 1, 2])(
  "LARS, linear scaling and warm-up take batch 4,096 to within 0.3 points of batch 128, seed %i",
  async (seed) => {
    const [small, large] = [await accuracy("small", seed), await accuracy("recipe", seed)];
    expect(small).toBeGreaterThan(0.98);
    expect(large).toBeGreaterThanOrEqual(small - 0.003);
  },
  timeout,
);

test(
  "without LARS the large batch stays a point and more behind, though its rate is scaled",
  async () => expect(await accuracy("scaled", 0)).toBeLessThan(0.97),
  timeout,
);
