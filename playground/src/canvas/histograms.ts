/** How the numbers of many layers are spread, on one scale that shows 0.1 and 10,000 beside each other. */

/** Histograms over the same bins. */
export interface Histograms {
  /** ends of the bins in `squash`ed numbers */
  readonly low: number;
  readonly high: number;
  /** for each layer how many of its numbers fell into each bin, by its fullest bin */
  readonly shares: readonly Float32Array[];
}

/** Near 0 as it is, logarithmic far away. */
export const squash = (value: number): number => Math.asinh(value);

/** Of each layer the numbers; those that are not finite are left out. */
export function histograms(layers: readonly Float32Array[], bins = 48): Histograms {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of layers) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) [low, high] = [0, 0];
  // Never so narrow that numbers that are all alike look spread.
  low = Math.min(squash(low), -0.1);
  high = Math.max(squash(high), 0.1);
  const scale = bins / (high - low);
  const shares = layers.map((values) => {
    const counts = new Float32Array(bins);
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((squash(value) - low) * scale)));
      counts[bin] = (counts[bin] as number) + 1;
    }
    const most = counts.reduce((a, b) => Math.max(a, b), 1);
    return counts.map((count) => count / most);
  });
  return { low, high, shares };
}

/** Numbers to mark on the squashed axis, from low to high: 0, ±1, ±10, ±100, … not more than about `most`. */
export function squashedTicks({ low, high }: Pick<Histograms, "low" | "high">, most: number): readonly number[] {
  const [least, largest] = [Math.sinh(low), Math.sinh(high)];
  const size = Math.max(-least, largest);
  if (size < 2) return [-1, -0.5, 0, 0.5, 1].filter((value) => value >= least - 1e-9 && value <= largest + 1e-9);
  const decades = Math.floor(Math.log10(size) + 1e-9);
  const every = Math.max(1, Math.ceil((decades + 1) / Math.max(1, most / 2)));
  const marks = [0];
  for (let power = decades; power >= 0; power -= every) {
    const value = Number(`1e${power}`);
    if (value <= largest) marks.push(value);
    if (-value >= least) marks.unshift(-value);
  }
  return marks.sort((a, b) => a - b);
}
