// WebAssembly as the text of a string. Base64 shifts the same bytes to other letters at every third place, so that gzip no
// longer finds what repeats; here a byte is always the same one or two characters, the common bytes one. Measured on the
// core (196 kB): 209 kB of text that gzip brings to the size of the gzipped file itself (71 kB), base64 261 kB and 98 kB.

/** Printable ASCII that needs no escape in a string and opens no tag: not `"`, `<` or `\`; the decoder counts on the order. */
const characters = Array.from({ length: 0x7f - 0x23 }, (_, index) => String.fromCharCode(0x23 + index)).filter(
  (character) => character !== "<" && character !== "\\",
);

/** The last two characters announce a second one; all others stand for a byte by themselves. */
const announcing = 2;
const alone = characters.length - announcing;

/**
 * Writes bytes as text.
 *
 * @param {Uint8Array} bytes
 * @returns {{ text: string, order: string }} the text, and all bytes from the commonest to the rarest as base64
 */
export function encodeText(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const words = [];
  order.forEach((byte, rank) => {
    const [high, low] = [Math.floor((rank - alone) / characters.length), (rank - alone) % characters.length];
    words[byte] = rank < alone ? characters[rank] : characters[alone + high] + characters[low];
  });
  const text = Array.from(bytes, (byte) => words[byte]).join("");
  return { text, order: Buffer.from(order).toString("base64") };
}
