/**
 * Random whole numbers for shuffling on the JavaScript side: xoshiro128** (Blackman and Vigna 2018), its four words of
 * state filled by SplitMix32 from the seed. Whole numbers only, so every engine gives the same bits.
 *
 * Training draws from the core's generator instead; this one splits data before it gets there.
 */

/**
 * The next random whole number below `bound` (1 … 2³²), every value equally likely.
 */
export type RandomBelow = (bound: number) => number;

/**
 * A generator started from `seed`, a whole number from 0 to 2³² − 1.
 *
 * @example
 * ```ts
 * const below = randomBelow(42);
 * const die = below(6) + 1;
 * ```
 */
export function randomBelow(seed: number): RandomBelow {
  const next = xoshiro128([splitMix32(seed, 1), splitMix32(seed, 2), splitMix32(seed, 3), splitMix32(seed, 4)]);
  return (bound) => {
    // Numbers from the last, incomplete run of `bound` would favour the small ones: draw again.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = next();
    while (value >= limit) value = next();
    return value % bound;
  };
}

/** The numbers 0 … n − 1 in random order (Fisher and Yates, Durstenfeld's form). */
export function shuffled(n: number, seed: number): Int32Array {
  const below = randomBelow(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** The `n`-th output of SplitMix32 (Steele 2014, with the constants of MurmurHash3's finaliser). */
function splitMix32(seed: number, n: number): number {
  let z = (seed + Math.imul(n, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** xoshiro128**: whole numbers from 0 to 2³² − 1. The four words must not all be 0. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
