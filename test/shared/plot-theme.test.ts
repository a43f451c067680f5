import { describe, expect, test } from "vitest";
import { element, escapeText } from "../../ts/plot/svg.js";
import { formatNumber, formatTick, shorten, textWidth, wrap } from "../../ts/plot/text.js";
import { colours, contrast } from "../../ts/plot/theme.js";

type Triple = [number, number, number];

const linear = (colour: string): Triple =>
  [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as Triple;

const times = (matrix: readonly Triple[], [a, b, c]: Triple): Triple =>
  matrix.map(([p, q, r]) => p * a + q * b + r * c) as Triple;

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear light. */
const eyes: Record<string, readonly Triple[]> = {
  "usual sight": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Ottosson's OKLab, in which equal distances look about equal: 1 from black to white. */
function oklab(light: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    light,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones.map(Math.cbrt) as Triple,
  );
}

const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe.each(["light", "dark"] as const)("the %s colours", (theme) => {
  const { paper, ink, quiet, series, ground } = colours[theme];

  test("let text be read (WCAG 4.5 : 1), names of lines too", () => {
    expect(contrast(ink, paper)).toBeGreaterThan(7);
    expect(contrast(quiet, paper)).toBeGreaterThan(5);
    for (const colour of series) expect(contrast(colour, paper), colour).toBeGreaterThan(4.5);
    expect(contrast(ground[0], ground[1])).toBeLessThan(2);
  });

  test.each(Object.entries(eyes))("are told apart with %s, the first five at ease", (_, eye) => {
    const seen = series.map((colour) => oklab(times(eye, linear(colour))));
    for (const [i, a] of seen.entries()) {
      for (const [j, b] of seen.slice(0, i).entries()) {
        // A difference of 0.02 just shows.
        expect(distance(a, b), `${series[i]} ${series[j]}`).toBeGreaterThan(i < 5 ? 0.1 : 0.05);
      }
    }
  });
});

describe("numbers in pictures", () => {
  test.each([
    [0, "0"],
    [-0, "0"],
    [0.98314, "0.9831"],
    [-1.5, "−1.5"],
    [60000, "60,000"],
    [1234, "1234"],
    [1e6, "10⁶"],
    [-0.00012, "−1.2×10⁻⁴"],
    [5e-324, "5×10⁻³²⁴"],
    [999999, "10⁶"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("writes %d as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test("gives ticks as many decimals as their step needs", () => {
    expect([0, 0.5, 1].map((value) => formatTick(value, 0.5))).toEqual(["0", "0.5", "1.0"]);
    expect(formatTick(0.30000000000000004, 0.1)).toBe("0.3");
    expect(formatTick(1e-17, 0.1)).toBe("0");
    expect(formatTick(-20000, 10000)).toBe("−20,000");
    expect(formatTick(3e-7, 1e-7)).toBe("3×10⁻⁷");
    expect(formatTick(0.1 + 0.2, 1e-5)).toBe("3×10⁻¹");
    // Neighbours differ, however close they are to each other.
    expect(formatTick(10_000.00002, 1e-5)).toBe("1.000000002×10⁴");
    expect(formatTick(1_764_054_000_500, 500)).toBe("1.7640540005×10¹²");
  });

  test("shortens and wraps text to a width, by whole characters", () => {
    expect(shorten("short", 100)).toBe("short");
    expect(textWidth(shorten("a long name that goes on", 60))).toBeLessThanOrEqual(60);
    expect(shorten("😀😀😀😀😀😀", 40)).toMatch(/^(😀)+…$/u);
    expect(wrap("one two three four five six seven", 80, 2)).toHaveLength(2);
    for (const line of wrap("one two three four five six seven", 80, 2))
      expect(textWidth(line)).toBeLessThanOrEqual(80);
  });
});

describe("markup", () => {
  test("escapes what would end a text or an attribute, and replaces what XML cannot hold", () => {
    expect(escapeText(`<&>"'`)).toBe("&#60;&#38;&#62;&#34;&#39;");
    expect(escapeText("\u0000\u001b\ud800 \udc00\n\t😀")).toBe("\ufffd\ufffd\ufffd \ufffd\n\t😀");
    expect(element("a", { b: '"', c: undefined, d: -0.04 }, "<i/>")).toBe('<a b="&#34;" d="0"><i/></a>');
  });
});
