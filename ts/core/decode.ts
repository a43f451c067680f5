/**
 * The bytes that a base64 text stands for; `atob` is in every engine and needs no lookup table of ours.
 *
 * @param text standard base64, padded, without white space
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** How many characters there are, and how many of them stand for a byte by themselves; the others announce a second. */
const characters = 90;
const alone = 88;

/**
 * The bytes of a WebAssembly file that scripts/lib/text.mjs wrote as text, which compresses by a quarter better than base64.
 *
 * @param text printable characters without `"`, `<` and `\`
 * @param order all 256 bytes from the commonest to the rarest, as base64
 */
export function decodeText(text: string, order: string): Uint8Array<ArrayBuffer> {
  const byteOf = decodeBase64(order);
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let rank = digit(text, at);
    if (rank >= alone) rank = alone + (rank - alone) * characters + digit(text, ++at);
    bytes[length++] = byteOf[rank] ?? 0;
  }
  return bytes.slice(0, length);
}

/** The place of a character among those that are used: from `#` on, without `<` and `\`. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code - 0x23 - Number(code > 0x3c) - Number(code > 0x5c);
}
