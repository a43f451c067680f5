/** The core with a memory that cannot grow beyond some size, as on a machine that has no more. */

import { simd128Source } from "../../ts/core/source/simd128.js";

/** The core's bytes, with a maximum of so many pages of 64 KiB in its memory section. */
export function coreWithAtMost(pages: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(simd128Source() as Uint8Array<ArrayBuffer>);
  for (let at = 8; at < bytes.length; ) {
    const [length, start] = readNumber(bytes, at + 1);
    const end = start + length;
    if (bytes[at] === memorySection) {
      // One memory, without a maximum: its least number of pages follows.
      const [count, flags, ...least] = bytes.subarray(start, end);
      if (count !== 1 || flags !== 0) break;
      const section = [1, 1, ...least, ...writeNumber(pages)];
      const before = bytes.subarray(0, at);
      return Uint8Array.from([
        ...before,
        memorySection,
        ...writeNumber(section.length),
        ...section,
        ...bytes.subarray(end),
      ]);
    }
    at = end;
  }
  throw new Error("the core's memory section has changed its form");
}

const memorySection = 5;

/** LEB128. */
function readNumber(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7, at++) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

function writeNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...writeNumber(value >>> 7)];
}
