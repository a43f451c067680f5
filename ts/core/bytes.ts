/**
 * Bytes written as printable ASCII so that each keeps its own character: gzip then finds in the text what it would find
 * in the bytes (base64 cuts them into sixths, which hides repetitions and costs 40 % after gzip).
 *
 * The alphabet is ASCII from space to `~` without what a string or template literal or a script element would need
 * escaped: 89 characters. The first 87 stand for the most frequent bytes; the last two begin a pair for any other byte.
 * The writer is scripts/lib/bytes.mjs.
 */

/** What the alphabet leaves out. */
const left = "\"$'<\\`";

/**
 * The bytes that a text stands for.
 *
 * @param text the characters
 * @param frequent the bytes that single characters stand for, in the order of the alphabet
 */
export function decodeBytes(text: string, frequent: readonly number[]): Uint8Array<ArrayBuffer> {
  // By character: its place in the alphabet, and the byte that it stands for, or −1 where it begins a pair.
  const place = new Uint8Array(127);
  const single = new Int16Array(127).fill(-1);
  let letters = 0;
  for (let code = 32; code < 127; code++) {
    if (left.includes(String.fromCharCode(code))) continue;
    single[code] = frequent[letters] ?? -1;
    place[code] = letters++;
  }
  const known = new Set(frequent);
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !known.has(byte));

  // In place, over the characters' codes: twice as fast as asking the text for each.
  const bytes = new TextEncoder().encode(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] as number;
    let byte = single[code] as number;
    if (byte < 0) {
      const pair = ((place[code] as number) - frequent.length) * letters + (place[bytes[++at] as number] as number);
      byte = others[pair] as number;
    }
    bytes[length++] = byte;
  }
  return bytes.slice(0, length);
}
