import { afterAll, beforeAll, expect, test } from "vitest";
import { growDigits } from "../../examples/grow.mjs";
import { readData } from "../../examples/large-batch.mjs";
import { pruneDigits } from "../../examples/prune.mjs";

let images: Awaited<ReturnType<typeof readData>>;

beforeAll(async () => {
  images = await readData();
});

afterAll(() => images.data.dispose());

test("a digits network loses 80 % of its weights for less than one point of accuracy", async () => {
  const [whole, ...pruned] = await pruneDigits(images, { epochs: 2, steps: 3 });
  const last = pruned.at(-1);
  expect(whole?.accuracy).toBeGreaterThan(0.95);
  expect(last?.sparsity).toBeCloseTo(0.8, 5);
  expect(last?.accuracy).toBeGreaterThan((whole?.accuracy ?? 1) - 0.01);
}, 120_000);

test("a digits network grows without forgetting, and each growth lets it learn more", async () => {
  const stages = await growDigits(images, { epochs: 2 });
  for (const { before, after } of stages) expect(Math.abs(after - before)).toBeLessThan(1e-5);
  const accuracies = stages.map(({ accuracy }) => accuracy);
  expect(accuracies.toSorted((a, b) => a - b)).toEqual(accuracies);
  expect((accuracies.at(-1) ?? 0) - (accuracies[0] ?? 1)).toBeGreaterThan(0.03);
}, 120_000);
