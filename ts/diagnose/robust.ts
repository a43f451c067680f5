/** How to normalise inputs, measured so that outliers are seen and do not decide. */

import type { Matrix } from "../data/matrix.js";

/** Rows that are sorted: quantiles of more tell nothing new. */
const sample = 2048;
/** Quartiles of a normal distribution lie 1.349 deviations apart. */
const quartiles = 1.349;
/** A deviation so many times that of the middle half comes from outliers: 1 for a normal distribution. */
const outlying = 10;

/**
 * Means and standard deviations of the columns. Where the deviation is ten times what the middle half of a column says,
 * outliers made it: then median and quartiles stand for both in every column.
 */
export function robustScale({ data, shape: [rows, columns] }: Matrix): {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
  /** columns with outliers */
  readonly hasOutliers: readonly number[];
} {
  const measured = Array.from({ length: columns }, (_, c) => {
    const values = Float64Array.from({ length: rows }, (_, r) => data[r * columns + c] as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    const sorted = values.subarray(0, sample).sort();
    const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
    const spread = (quantile(0.75) - quantile(0.25)) / quartiles;
    return { mean, deviation, median: quantile(0.5), spread };
  });
  const hasOutliers = measured.flatMap(({ deviation, spread }, c) =>
    spread > 0 && deviation > outlying * spread ? [c] : [],
  );
  const robust = hasOutliers.length > 0;
  // A constant column is centred and divided by 1.
  const divisor = (wanted: number, other: number) => (wanted > 0 ? wanted : other > 0 ? other : 1);
  return {
    mean: measured.map(({ mean, median }) => (robust ? median : mean)),
    standardDeviation: measured.map(({ deviation, spread }) =>
      robust ? divisor(spread, deviation) : divisor(deviation, 0),
    ),
    hasOutliers,
  };
}
