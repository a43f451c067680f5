import { expect, test } from "vitest";
import { encodeText } from "../../scripts/lib/text.mjs";
import { decodeText } from "../../ts/core/decode.js";

const roundTrip = (bytes: Uint8Array): Uint8Array => {
  const { text, order } = encodeText(bytes);
  return decodeText(text, order);
};

test("bytes written as text come back, whatever is common among them", () => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  const skewed = Uint8Array.from({ length: 5000 }, (_, index) => (index * index * 31) % 251);
  const ends = Uint8Array.of(255, 255, 255, 0);
  for (const bytes of [new Uint8Array(), all, all.toReversed(), skewed, ends]) expect(roundTrip(bytes)).toEqual(bytes);
});

test("the text needs no escape in a string and opens no tag", () => {
  const { text } = encodeText(Uint8Array.from({ length: 256 }, (_, index) => index));
  expect(text).toMatch(/^[!-~]+$/);
  expect(text).not.toMatch(/["<\\]/);
});
