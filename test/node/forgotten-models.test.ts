/** Models that are forgotten without dispose are reclaimed by the garbage collector. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { dense, init, Model, runtimeInfo } from "../../ts/index.js";

test("a forgotten model gives its memory back and no longer counts as live", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await init();
  const make = async () => {
    // 4 MB of weights, gradients and moments each
    for (let i = 0; i < 10; i++) await Model.create({ inputs: 512, layers: [dense(512)], loss: "meanSquaredError" });
  };
  const round = async () => {
    await make();
    for (let turn = 0; turn < 100 && runtimeInfo().liveModels > 0; turn++) {
      collect();
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(runtimeInfo().liveModels).toBe(0);
  };
  // While others use the machine a collection may come late, so that one round needs more than another: not for ever.
  const sizes: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    await round();
    sizes.push(runtimeInfo().memoryBytes);
  }
  expect(sizes.at(-1)).toBe(sizes.at(-2));
  expect(sizes.at(-1)).toBeLessThan(2 * (sizes[0] ?? 0));
});
