/** Reading test/golden: its inputs' generator and its comparison. */

export { generator } from "../golden/replay.mjs";

/** The largest difference, relative to the largest wanted value. */
export function distance(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const d = Math.abs((got[i] as number) - (want[i] as number));
    difference = Math.max(difference, Number.isNaN(d) ? Number.POSITIVE_INFINITY : d);
    largest = Math.max(largest, Math.abs(want[i] as number));
  }
  return largest > 0 ? difference / largest : difference;
}
