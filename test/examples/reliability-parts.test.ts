/** The parts of `npm run reliability` that are short enough to run every time, with small counts. */

import { expect, test } from "vitest";
import { run as abort } from "../../scripts/reliability/abort.mjs";
import { run as memory } from "../../scripts/reliability/memory.mjs";

test("cycles of models, optimizers, data sets and workers, and forgotten ones, leave the memory flat", async () => {
  const { failures, tables } = await memory({ count: 200, quick: true });
  expect(failures).toEqual([]);
  expect(tables?.[0]?.rows.length).toBe(6);
});

test("an abort at any moment leaves a model as far as it says, which goes on", async () => {
  const { failures, tables } = await abort({ count: 2, quick: true });
  expect(failures).toEqual([]);
  expect(tables?.[0]?.rows[0]?.[1]).toBeGreaterThan(50);
});
