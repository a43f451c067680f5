/** From numbers to places, and the marks of an axis. */

/** A scale: numbers from `low` to `high` lie from `from` to `to`. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly low: number;
  readonly high: number;
  place(value: number): number;
}

/** A logarithmic scale over whole powers of ten that hold all values above 0. */
export function logScale(values: Iterable<number>, from: number, to: number, leastDecades = 2): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const top = high === 0 ? 0 : Math.ceil(Math.log10(high) - 1e-9);
  const bottom = Math.min(high === 0 ? top : Math.floor(Math.log10(low) + 1e-9), top - leastDecades);
  const place = (value: number) => from + ((Math.log10(value) - bottom) / (top - bottom)) * (to - from);
  return { kind: "log", low: 10 ** bottom, high: 10 ** top, place };
}

/** A linear scale that holds all finite values. */
export function linearScale(values: Iterable<number>, from: number, to: number): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return { kind: "linear", low, high, place: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

/** At most about `most` marks: powers of ten, or 1, 2, 5 times one. */
export function ticks({ kind, low, high }: Scale, most: number): readonly number[] {
  if (kind === "log") {
    const [from, to] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
    const every = Math.max(1, Math.ceil((to - from) / most));
    const marks: number[] = [];
    for (let power = to; power >= from; power -= every) marks.unshift(Number(`1e${power}`));
    return marks;
  }
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const marks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) marks.push(i * step);
  return marks;
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number as people write it: 0.024, 1,200, 2.1·10⁻⁹. */
export function short(value: number, digits = 3): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(digits))).replace("-", "−");
  const [mantissa = "", power = ""] = value.toExponential(digits - 1).split("e");
  const raised = `${Number(power)}`.replace("-", "⁻").replace(/\d/g, (digit) => superscripts[Number(digit)] as string);
  const front = String(Number(mantissa)).replace("-", "−");
  return `${front}·10${raised}`.replace(/^(−?)1·/, "$1");
}
