// The built package trains to the same bits in every engine that scripts/engines/find.mjs finds.
import { expect, test } from "vitest";
import { findEngines } from "../../scripts/engines/find.mjs";
import { engineForms, relaxedBound, trainIn } from "../../scripts/engines/same-bits.mjs";

const wanted = ["Node 20", "Node 22", "Node 24", "Deno", "Bun", "Chromium", "Firefox", "WebKit"];

test("every engine is here", () => {
  const { engines, missing } = findEngines();
  const told = [...engines, ...missing].map(({ name }) => name);
  expect(told).toEqual(wanted);
  // Elsewhere scripts/test.mjs says which are missing, and why.
  if (process.env.CI === "true" && process.platform === "linux" && process.arch === "x64") expect(missing).toEqual([]);
  else expect(engines.length).toBeGreaterThan(0);
});

for (const one of engineForms()) {
  const { name } = one.engine;
  // WebKitGTK 2.50 makes one training in some thousands different where workers compile anew, or ends with a fault of its own
  // (docs/determinism.md). A difference that stays fails.
  test(`${name} trains to the expected bits, as ${one.form}`, { retry: name === "WebKit" ? 1 : 0 }, async () => {
    const { trainings, different, relaxed } = await trainIn(one);
    expect(different).toEqual([]);
    expect(trainings).toBeGreaterThan(60);
    for (const [name, difference] of Object.entries(relaxed)) expect(difference, name).toBeLessThan(relaxedBound);
  });
}
