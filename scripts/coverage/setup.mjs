// Beside each file of tests in Node: keeps what the core counted in it.
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { measuredCore } from "./core.mjs";

globalThis.measuredMemories = [];

afterAll(() => {
  const [start, length] = JSON.parse(readFileSync(measuredCore.place, "utf8")).counters;
  const sums = new BigUint64Array(length / 8);
  for (const { buffer } of globalThis.measuredMemories) {
    const counters = new BigUint64Array(buffer, start, sums.length);
    for (let i = 0; i < sums.length; i++) sums[i] += counters[i];
  }
  writeFileSync(join(measuredCore.counters, randomUUID()), sums);
});
