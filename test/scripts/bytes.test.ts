import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { encodeBytes } from "../../scripts/lib/bytes.mjs";
import { decodeBytes } from "../../ts/core/bytes.js";

const roundTrip = (bytes: Uint8Array) => {
  const { text, frequent } = encodeBytes(bytes);
  return decodeBytes(text, frequent);
};

test("every byte comes back, whichever are the frequent ones", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(roundTrip(new Uint8Array())).toEqual(new Uint8Array());
  expect(roundTrip(all)).toEqual(all);
  for (const first of [0, 60, 169, 255]) {
    const some = Uint8Array.from({ length: 1000 }, (_, i) => (first + (i % 100)) % 256);
    const bytes = Uint8Array.from([...some, ...all, ...some]);
    expect(roundTrip(bytes)).toEqual(bytes);
  }
});

test("the text needs no escape in a literal of any kind nor in a page", () => {
  const { text, frequent } = encodeBytes(Uint8Array.from({ length: 256 }, (_, i) => i));
  expect(text).toMatch(/^[ !#%&()-;=-[\]-_a-~]*$/);
  expect(frequent).toHaveLength(87);
});

for (const variant of ["simd128", "relaxed-simd"]) {
  test(`the ${variant} core comes back from its text, which gzip makes nearly as small as the core`, async () => {
    const wasm = await readFile(new URL(`../../build/${variant}/core.wasm`, import.meta.url));
    const { text, frequent } = (await import(`../../build/${variant}/inline.js`)) as ReturnType<typeof encodeBytes>;
    expect(Buffer.compare(decodeBytes(text, frequent), wasm)).toBe(0);
    // 1 % measured; base64 needs 40 % more.
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(1.03 * gzipSync(wasm, { level: 9 }).length);
  });
}
