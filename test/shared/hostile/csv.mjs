// Hostile tables: damaged ones by the thousand, and large ones that are cheap to write and must be cheap to refuse.
import { chooser } from "./random.mjs";

/** A table with all that the parser knows: quotes, doubled quotes, line ends within, CRLF, words, a byte order mark. */
export const table =
  '\uFEFFlength,"kind, if known",note,class\r\n1.5,a,"x ""y"" z",-1\r\n-2e3,b,"two\r\nlines",.5\r\n7,a,é€😀,2.\r\n';
export const options = { target: "class", categorical: ["kind, if known", "note"] };

async function* inChunks(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/**
 * Reads bytes as a stream. Gives back what they were refused with, or `undefined`.
 *
 * @returns {Promise<Error | undefined>}
 * @throws what is no error of the library's, and where the table that was read is not sound
 */
export async function tryTable({ Dataset, DownhillError }, bytes, given, size = bytes.length) {
  let read;
  try {
    read = await Dataset.fromCSV(inChunks(bytes, Math.max(1, size)), given);
  } catch (error) {
    if (error instanceof DownhillError && ["FORMAT", "CONFIG"].includes(error.code)) return error;
    throw new Error(`refused with ${error?.name ?? error}: ${error?.message}`, { cause: error });
  }
  const { x, y, featureNames } = read;
  const rows = y.length;
  const sound = x.shape[0] === rows && x.shape[1] === featureNames.length && x.data.length === rows * x.shape[1];
  if (!sound || !x.data.every(Number.isFinite) || !y.every(Number.isFinite)) throw new Error("the table is not sound");
  return undefined;
}

/** {@link table} cut off after each of its bytes. */
export function* truncations() {
  const bytes = new TextEncoder().encode(table);
  for (let length = 0; length < bytes.length; length++) yield bytes.slice(0, length);
}

/** {@link table} with each of its bits flipped. */
export function* flips() {
  const bytes = new TextEncoder().encode(table);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    yield damaged;
  }
}

/** {@link table} with pieces cut out, doubled, or replaced by what parsers stumble over. */
export function mutant(seed) {
  const { below, pick } = chooser(seed);
  let text = table;
  for (let i = below(4); i >= 0; i--) {
    const [from, to] = [below(text.length), below(text.length)].sort((a, b) => a - b);
    const piece = text.slice(from, to);
    const odd = [
      '"',
      '""',
      ",",
      "\r",
      "\n",
      "\r\n",
      "\0",
      "1e999",
      "1e-999",
      "0x10",
      "Infinity",
      "NaN",
      "__proto__",
      "-",
      " ",
      "\uFEFF",
      "1.2.3",
    ];
    text =
      text.slice(0, from) +
      pick([() => "", () => piece + piece, () => pick(odd), () => piece + pick(odd)])() +
      text.slice(to);
  }
  return new TextEncoder().encode(text);
}

/** Tables that must be refused (or, without a pattern, read) in a time and memory that their size warrants. */
/** @type {readonly [name: string, text: () => string, options: object, message?: RegExp][]} */
export const largeTables = [
  ["a quote that is never closed, 8 MB", () => `a,b\n1,"${"x".repeat(8e6)}`, { target: "b" }, /never closed/],
  ["one field of 8 MB", () => `a,b\n1,${"x".repeat(8e6)}\n`, { target: "a" }, /expected a number/],
  [
    "a number of 200,000 digits and a letter",
    () => `a,b\n1,${"1".repeat(2e5)}x\n`,
    { target: "a" },
    /expected a number/,
  ],
  ["a number of 200,000 digits", () => `a,b\n1,${"1".repeat(2e5)}\n`, { target: "a" }, /too large/],
  [
    "50,000 columns",
    () => `${Array.from({ length: 5e4 }, (_, i) => `c${i}`).join(",")}\n1,2\n`,
    { target: "c0" },
    /expected 50000 fields/,
  ],
  [
    "50,000 columns, two of one name",
    () => `${Array.from({ length: 5e4 }, (_, i) => `c${i}`).join(",")},c7\n`,
    { target: "c0" },
    /second column/,
  ],
  ["a million empty lines", () => `a,b\n1,2\n${"\n".repeat(1e6)}3,4\n`, { target: "b" }, /empty line/],
  [
    "30,000 rows of 30,000 words",
    () => `a,b\n${Array.from({ length: 3e4 }, (_, i) => `w${i},1`).join("\n")}\n`,
    { target: "b", categorical: ["a"] },
    /too many numbers; the column "a" alone has 30000 different words/,
  ],
  ["300,000 commas", () => ",".repeat(3e5), { target: 0, header: false }, /no value/],
  [
    "a column called __proto__",
    () => "__proto__,constructor\nx,1\ny,2\n",
    { target: "constructor", categorical: ["__proto__"] },
  ],
];
