/** How wide text is, without a font to measure it by, and how to shorten it. */

/** Widths in em of a wide sans-serif font, so that text in any other takes no more room than was kept for it. */
function widthOf(character: string): number {
  if ("iIl.,:;'|!()[]{}/\\ jtfr·".includes(character)) return 0.4;
  if ("mwMW@%&—…".includes(character)) return 0.97;
  if (/[A-Z<>=+~−×±]/.test(character)) return 0.74;
  if (/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/.test(character)) return 0.42;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x1100) return 0.62;
  return 1;
}

/** The width in pixels that `text` takes at most. */
export function textWidth(text: string, fontSize = 12): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width * fontSize;
}

/** `text`, cut and ended with … where it is wider than `width` pixels. */
export function shorten(text: string, width: number, fontSize = 12): string {
  if (textWidth(text, fontSize) <= width) return text;
  let kept = "";
  let used = textWidth("…", fontSize);
  for (const character of text) {
    used += textWidth(character, fontSize);
    if (used > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** `text` in lines of at most `width` pixels, broken at spaces, at most `count` of them. */
export function wrap(text: string, width: number, count: number, fontSize = 12): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && (lines.length === count || textWidth(`${last} ${word}`, fontSize) <= width)) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.map((line) => shorten(line, width, fontSize));
}

const superscripts: Readonly<Record<string, string>> = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};

/**
 * A number for people: four digits that count, thousands apart, powers of ten beyond a million and below a thousandth.
 *
 * @example
 * ```ts
 * formatNumber(0.98314); // "0.9831"
 * formatNumber(-0.00012); // "−1.2×10⁻⁴"
 * formatNumber(60000); // "60,000"
 * ```
 */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : `${sign(value)}∞`;
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return scientific(rounded);
  return plain(size, rounded);
}

/** The label of a tick: as many digits as the step between ticks needs. */
export function formatTick(value: number, step: number): string {
  const size = Math.abs(value);
  if (size < step / 1e6) return "0";
  if (step < 1e-4 || size >= 1e6) {
    const digits = 2 + Math.floor(Math.log10(size)) - Math.floor(Math.log10(step));
    return scientific(Number(value.toPrecision(Math.min(17, Math.max(6, digits)))));
  }
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return plain(Number(size.toFixed(decimals)), value, decimals);
}

function plain(size: number, signed: number, decimals?: number): string {
  const [whole = "", fraction] = (decimals === undefined ? String(size) : size.toFixed(decimals)).split(".");
  const grouped = size >= 1e4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return sign(signed) + (fraction === undefined ? grouped : `${grouped}.${fraction}`);
}

/** 3×10⁻⁴; 10⁻⁴ where the factor is 1. */
function scientific(value: number): string {
  const [factor = "", exponent = ""] = Math.abs(value).toExponential().split("e");
  const power = `10${[...String(Number(exponent))].map((digit) => superscripts[digit]).join("")}`;
  return sign(value) + (factor === "1" ? power : `${factor}×${power}`);
}

const sign = (value: number): string => (value < 0 ? "−" : "");

/** `1 epoch`, `2 epochs`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : nouns}`;
}
