// Bytes as printable ASCII that gzip compresses as well as the bytes; the alphabet and the reader are ts/core/bytes.ts.

const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (letter) => !"\"$'<\\`".includes(letter),
);
const singles = alphabet.length - 2;

/**
 * The text that stands for bytes, and which bytes its single characters mean.
 *
 * @param {Uint8Array} bytes
 * @returns {{ text: string, frequent: number[] }}
 */
export function encodeBytes(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const byFrequency = counts.map((_, byte) => byte).sort((a, b) => counts[b] - counts[a] || a - b);
  const ascending = (a, b) => a - b;
  const frequent = byFrequency.slice(0, singles).sort(ascending);
  const others = byFrequency.slice(singles).sort(ascending);

  const letters = new Array(256);
  frequent.forEach((byte, place) => {
    letters[byte] = alphabet[place];
  });
  others.forEach((byte, place) => {
    letters[byte] = alphabet[singles + Math.floor(place / alphabet.length)] + alphabet[place % alphabet.length];
  });
  return { text: Array.from(bytes, (byte) => letters[byte]).join(""), frequent };
}

/**
 * A module that exports both.
 *
 * @param {Uint8Array} bytes
 */
export function textModule(bytes) {
  const { text, frequent } = encodeBytes(bytes);
  return `export const text =\n  "${text}";\nexport const frequent = [${frequent.join(", ")}];\n`;
}
