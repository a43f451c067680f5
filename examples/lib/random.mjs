// Seeded random numbers for the examples' made-up data, so that every run shows the same figures.

/**
 * Mulberry32 (Tommy Ettinger, 2017): a counter, mixed by two multiplications. 2³² numbers before it repeats; good enough
 * for noise on a hundred points, not for statistics over billions.
 *
 * @param {number} seed any integer
 * @returns {() => number} uniform in [0, 1)
 */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Normal numbers, mean 0 and deviation 1, by Box and Muller (1958): √(−2 ln u)·cos 2πv.
 *
 * @param {number} seed any integer
 * @returns {() => number}
 */
export function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
