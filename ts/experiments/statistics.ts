/** Mean and deviation of a few numbers. */

/** The arithmetic mean; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation of a sample, with n − 1 below the sum of squares; 0 of a single number, NaN of none. */
export function deviation(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
