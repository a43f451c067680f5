/** Random numbers that are the same in every engine: whole-number arithmetic, additions and multiplications only. */

/** A stream of random numbers. */
export interface Random {
  /** from 0 (included) to 1 (excluded), 2⁻³² apart */
  uniform(): number;
  /** of mean 0 and deviation 1, within ±6: the sum of twelve uniform ones, which needs no logarithm of the engine's */
  normal(): number;
}

/** The stream of a seed, 0 … 2³² − 1: SplitMix32 (Steele 2014, with the constants of MurmurHash3's finaliser). */
export function random(seed: number): Random {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
  const normal = () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum;
  };
  return { uniform, normal };
}

/** Sine of `turns` full circles, by its Taylor series on an eighth of one: error below 10⁻¹⁵. `Math.sin` may differ by engine. */
export function sinTurns(turns: number): number {
  const part = turns - Math.floor(turns);
  const quarter = Math.floor(part * 4);
  // Odd quarters run backwards; the second half is negative.
  const within = part * 4 - quarter;
  const angle = (quarter % 2 === 0 ? within : 1 - within) * (Math.PI / 2);
  const size = angle <= Math.PI / 4 ? series(angle, 1) : series(Math.PI / 2 - angle, 0);
  return quarter < 2 ? size : -size;
}

/** Cosine of `turns` full circles. */
export const cosTurns = (turns: number): number => sinTurns(turns + 0.25);

/** Σ(−1)ᵏ·angle^(2k + odd)/(2k + odd)!, of small angles. */
function series(angle: number, odd: 0 | 1): number {
  let term = odd === 1 ? angle : 1;
  let sum = term;
  for (let k = 1; k <= 9; k++) {
    term *= -(angle * angle) / ((2 * k + odd) * (2 * k + odd - 1));
    sum += term;
  }
  return sum;
}
