/** CSV that is damaged or made to hurt: a named error with its place, or a table that is sound. */

import { describe, expect, test } from "vitest";
import * as downhill from "../../ts/index.js";
import { type CSVOptions, Dataset, FormatError } from "../../ts/index.js";
import { flips, largeTables, mutant, options, table, truncations, tryTable } from "./hostile/csv.mjs";

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("a CSV table", () => {
  test("is read in chunks of any size to the same numbers", async () => {
    const whole = await Dataset.fromCSV(table, options);
    const bytes = bytesOf(table);
    for (let size = 1; size < bytes.length; size++) {
      async function* chunks() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      }
      expect(await Dataset.fromCSV(chunks(), options)).toEqual(whole);
    }
    expect([whole.x.shape, [...whole.y]]).toEqual([
      [3, 6],
      [-1, 0.5, 2],
    ]);
  });

  test("is refused by name or read soundly wherever it ends", async () => {
    let refused = 0;
    for (const bytes of truncations()) refused += Number((await tryTable(downhill, bytes, options, 7)) !== undefined);
    expect(refused).toBeGreaterThan(40);
  });

  test("is refused by name or read soundly whichever bit is flipped", async () => {
    let refused = 0;
    for (const bytes of flips()) refused += Number((await tryTable(downhill, bytes, options)) !== undefined);
    expect(refused).toBeGreaterThan(200);
  });

  test("is refused by name or read soundly after random changes", async () => {
    let refused = 0;
    for (let seed = 0; seed < 2000; seed++) {
      const error = await tryTable(downhill, mutant(seed), options, 1 + (seed % 50)).catch((reason: unknown) => {
        throw new Error(`seed ${seed}: ${String(reason)}`, { cause: reason });
      });
      refused += Number(error !== undefined);
    }
    expect(refused).toBeGreaterThan(500);
    expect(refused).toBeLessThan(2000);
  });

  // Each took minutes, or gigabytes, where work or memory grew faster than the text; a second is hundreds of times enough.
  type Large = [name: string, text: () => string, options: CSVOptions, message?: RegExp];
  test.each(largeTables as Large[])("%s takes no longer than its size warrants", async (_, text, given, message) => {
    const bytes = bytesOf(text());
    const start = performance.now();
    const error = await tryTable(downhill, bytes, given, 65536);
    expect(performance.now() - start).toBeLessThan(5000);
    if (message === undefined) expect(error).toBeUndefined();
    else {
      expect(error).toBeInstanceOf(FormatError);
      expect(error?.message).toMatch(message);
      expect(error?.message.length).toBeLessThan(300);
    }
    expect((Object.prototype as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
