// Random choices from a seed, for campaigns that must be repeatable.

/** Whole numbers from 0 to 2³² − 1 (mulberry32), and choices made of them. */
export function chooser(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  /** from 0 to n − 1 */
  const below = (n) => next() % n;
  return { next, below, pick: (list) => list[below(list.length)] };
}
