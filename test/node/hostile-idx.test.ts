/** The idx reader of the examples: whatever a header says, it is refused by name, or fits the bytes that are there. */

import { expect, test } from "vitest";
import { IdxError, parseIdx } from "../../examples/lib/idx.mjs";
import { hostileIdx } from "../shared/hostile/idx.mjs";

test("a hostile idx file is refused by name", () => {
  let refused = 0;
  for (const [name, bytes] of hostileIdx() as Iterable<[string, Uint8Array]>) {
    try {
      const { shape, data } = parseIdx(bytes, { name: "images" });
      // A flip may turn [2, 2, 3] only into another file of 12 numbers.
      expect(
        shape.reduce((a: number, b: number) => a * b, 1),
        name,
      ).toBe(12);
      expect(data.length, name).toBe(12);
    } catch (error) {
      expect(error, name).toBeInstanceOf(IdxError);
      expect((error as Error).message, name).toMatch(/^images: [^N]*$/);
      refused += 1;
    }
  }
  expect(refused).toBe(28 + 128 + 4);
});
