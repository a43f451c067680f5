/** Several workers where the fit's own thread is interrupted in the midst of steps. */

import { expect, test } from "vitest";
import { Model } from "../../ts/index.js";
import { batchSize, bits, plain, x, y } from "./workers-helpers.js";

test("what is asked of the model while several workers train disturbs nothing", async () => {
  // As in a page, whose own thread may not sleep: it has the event loop run whenever it is too early.
  const { wait } = Atomics;
  Atomics.wait = () => {
    throw new TypeError("not here");
  };
  try {
    const quiet = await Model.create(plain);
    await quiet.fit(x, y, { batchSize, epochs: 30, workers: 2 });
    const model = await Model.create(plain);
    let [running, asked] = [true, 0];
    const fit = model.fit(x, y, { batchSize, epochs: 30, workers: 2 }).finally(() => {
      running = false;
    });
    while (running) {
      model.gradients(x, y);
      model.evaluate(x, y);
      asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await fit).toMatchObject({ workers: 2, steps: 120 });
    expect(asked).toBeGreaterThan(2);
    expect(bits(model)).toBe(bits(quiet));
  } finally {
    Atomics.wait = wait;
  }
});
