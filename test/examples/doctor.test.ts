import { expect, test } from "vitest";
import { cure, story } from "../../examples/vanishing-gradient.mjs";
import { round } from "../../scripts/doctor.mjs";
import { healthy, sick } from "../../scripts/lib/doctor-cases.mjs";

// The whole table, ten seeds each, is made by `node scripts/doctor.mjs --write` (docs/gradients.md).
test("the doctor knows every network of the table with two seeds, and the first advice cures", async () => {
  const { sums } = await round(2);
  expect(sums.runs).toBe(2 * (sick.length + healthy.length));
  expect(sums.falseAlarms).toBe(0);
  expect(sums.right / sums.runs).toBeGreaterThanOrEqual(0.95);
  expect(sums.ten / sums.sickRuns).toBeGreaterThanOrEqual(0.7);
  expect(sums.two / sums.sickRuns).toBeGreaterThanOrEqual(0.9);
  expect(sums.doctor).toBeGreaterThanOrEqual(sums.control);
  expect(sums.onlyDoctor.length).toBeGreaterThanOrEqual(4);
});

test("the example's story: sigmoid vanishes, its cure learns, and depth is no obstacle in the end", async () => {
  const chapters = await story();
  expect(chapters.map(({ report }) => report.verdict)).toEqual([
    "vanishing",
    "healthy",
    "healthy",
    "healthy",
    "healthy",
  ]);
  const [first, last] = [chapters[0], chapters.at(-1)] as const;
  if (first === undefined || last === undefined) throw new Error("no chapters");
  expect(first.report.decayPerLayer).toBeLessThan(0.4);
  expect(last.after).toBeLessThan(first.after / 10);
  expect((await cure(first)).loss).toBeLessThan(first.after / 10);
});
