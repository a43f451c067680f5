//! Reductions: many numbers to one, in an order that depends on the length alone.
//!
//! Sums run in `f64`: four accumulators of two lanes take elements i mod 8, so that 10⁸ equal terms keep ten digits and
//! squares of 1e30 do not overflow. An element more or less never changes the order of the others.

use crate::lanes::{F32x4, F64x2, LANES};

/// Elements per turn of the `f64` sums: four accumulators of two lanes hide the latency of an addition.
const TURN: usize = 8;

/// Σ f(aᵢ, bᵢ) in `f64` over two slices of equal length, f(0, 0) = 0: the common loop of the sums.
#[inline(always)]
fn accumulate(a: &[f32], b: &[f32], f: impl Fn(F64x2, F64x2) -> F64x2) -> f64 {
    let mut sums = [F64x2::splat(0.0); 4];
    let mut add = |first: usize, a: F32x4, b: F32x4| {
        sums[first] = sums[first] + f(a.low_f64(), b.low_f64());
        sums[first + 1] = sums[first + 1] + f(a.high_f64(), b.high_f64());
    };
    let (mut turns_a, mut turns_b) = (a.chunks_exact(TURN), b.chunks_exact(TURN));
    for (a, b) in turns_a.by_ref().zip(turns_b.by_ref()) {
        add(0, F32x4::load(a), F32x4::load(b));
        add(2, F32x4::load(&a[LANES..]), F32x4::load(&b[LANES..]));
    }
    let rest = turns_a.remainder().chunks(LANES).zip(turns_b.remainder().chunks(LANES));
    for (turn, (a, b)) in rest.enumerate() {
        add(2 * turn, F32x4::load_partial(a), F32x4::load_partial(b));
    }
    ((sums[0] + sums[2]) + (sums[1] + sums[3])).sum()
}

/// Σ xᵢ.
#[must_use]
pub fn sum(x: &[f32]) -> f64 {
    accumulate(x, x, |a, _| a)
}

/// Σ xᵢ², the products exact.
#[must_use]
pub fn sum_of_squares(x: &[f32]) -> f64 {
    accumulate(x, x, |a, _| a * a)
}

/// Σ aᵢ·bᵢ, the products exact.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "a and b differ in length");
    accumulate(a, b, |a, b| a * b)
}

/// Σ (aᵢ − bᵢ)², the differences in `f64`.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "a and b differ in length");
    let minus = F64x2::splat(-1.0);
    accumulate(a, b, |a, b| {
        let difference = a + minus * b;
        difference * difference
    })
}

/// Elements whose terms are summed in `f32` before the sum goes on in `f64`: errors stay below 2e-6 of it, mostly at 1e-7.
const BLOCK: usize = 512;

/// Σ xᵢ² to six digits, for reports: terms in `f32`, in blocks; a block whose sum leaves the range of `f32` again in `f64`.
#[must_use]
pub fn quick_sum_of_squares(x: &[f32]) -> f64 {
    let mut total = 0.0;
    for x in x.chunks(BLOCK) {
        let [sum] = blockwise(x, x, |x, _| [x * x]);
        total += if is_safe(sum) { f64::from(sum) } else { sum_of_squares(x) };
    }
    total
}

/// Σ aᵢ² and Σ (aᵢ − bᵢ)², as [`quick_sum_of_squares`].
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn quick_squares_and_distance(a: &[f32], b: &[f32]) -> (f64, f64) {
    assert_eq!(a.len(), b.len(), "a and b differ in length");
    let (mut squares, mut distance) = (0.0, 0.0);
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        let [of_a, between] = blockwise(a, b, |a, b| {
            let difference = a - b;
            [a * a, difference * difference]
        });
        squares += if is_safe(of_a) { f64::from(of_a) } else { sum_of_squares(a) };
        distance += if is_safe(between) { f64::from(between) } else { squared_distance(a, b) };
    }
    (squares, distance)
}

/// Has no term overflowed, and can none that counts have become subnormal?
fn is_safe(sum: f32) -> bool {
    (1e-25..1e35).contains(&sum)
}

/// Sums of `f(aᵢ, bᵢ)` in `f32`, f(0, 0) = 0: four accumulators of four lanes each.
#[inline(always)]
fn blockwise<const N: usize>(a: &[f32], b: &[f32], f: impl Fn(F32x4, F32x4) -> [F32x4; N]) -> [f32; N] {
    let mut sums = [[F32x4::zero(); N]; 4];
    let mut add = |place: usize, a: F32x4, b: F32x4| {
        for (sum, term) in sums[place].iter_mut().zip(f(a, b)) {
            *sum = *sum + term;
        }
    };
    let (mut turns_a, mut turns_b) = (a.chunks_exact(4 * LANES), b.chunks_exact(4 * LANES));
    for (a, b) in turns_a.by_ref().zip(turns_b.by_ref()) {
        add(0, F32x4::load(a), F32x4::load(b));
        add(1, F32x4::load(&a[LANES..]), F32x4::load(&b[LANES..]));
        add(2, F32x4::load(&a[2 * LANES..]), F32x4::load(&b[2 * LANES..]));
        add(3, F32x4::load(&a[3 * LANES..]), F32x4::load(&b[3 * LANES..]));
    }
    for (a, b) in turns_a.remainder().chunks(LANES).zip(turns_b.remainder().chunks(LANES)) {
        add(0, F32x4::load_partial(a), F32x4::load_partial(b));
    }
    core::array::from_fn(|i| ((sums[0][i] + sums[2][i]) + (sums[1][i] + sums[3][i])).sum())
}

/// What [`moments`] finds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Σ xᵢ.
    pub sum: f64,
    /// Σ xᵢ², the products exact.
    pub squares: f64,
    /// How many |xᵢ − center| > limit.
    pub beyond: f64,
}

/// Sum and sum of squares in one pass, and how many elements lie further than `limit`, if it is finite, from `center`.
#[must_use]
pub fn moments(x: &[f32], center: f32, limit: f32) -> Moments {
    let (mut sums, mut squares) = ([F64x2::splat(0.0); 2], [F64x2::splat(0.0); 2]);
    let mut add = |x: F32x4| {
        let (low, high) = (x.low_f64(), x.high_f64());
        sums = [sums[0] + low, sums[1] + high];
        squares = [squares[0] + low * low, squares[1] + high * high];
    };
    let mut turns = x.chunks_exact(LANES);
    turns.by_ref().for_each(|x| add(F32x4::load(x)));
    add(F32x4::load_partial(turns.remainder()));
    let beyond = if limit < f32::INFINITY { count_beyond(x, center, limit) } else { 0.0 };
    Moments { sum: (sums[0] + sums[1]).sum(), squares: (squares[0] + squares[1]).sum(), beyond }
}

fn count_beyond(x: &[f32], center: f32, limit: f32) -> f64 {
    let (middle, far, one) = (F32x4::splat(center), F32x4::splat(limit), F32x4::splat(1.0));
    let mut beyond = 0.0;
    // A count in f32 is exact below 2²⁴.
    for x in x.chunks(1 << 22) {
        let mut count = F32x4::zero();
        let mut turns = x.chunks_exact(LANES);
        for x in turns.by_ref() {
            count = count + (F32x4::load(x) - middle).abs().gt(far).select(one, F32x4::zero());
        }
        let [a, b, c, d] = count.to_array().map(f64::from);
        beyond += (a + b) + (c + d);
        beyond += turns.remainder().iter().map(|x| f64::from(u8::from((x - center).abs() > limit))).sum::<f64>();
    }
    beyond
}

/// The largest |xᵢ|: 0 for no elements, NaN if any element is NaN.
#[must_use]
pub fn max_abs(x: &[f32]) -> f32 {
    let largest = fold(x, F32x4::zero(), |largest, x| largest.max(x.abs()));
    let halves = largest.max(largest.swap_halves());
    let [a, b, _, _] = halves.to_array();
    F32x4::splat(a).max(F32x4::splat(b)).to_array()[0]
}

/// Whether no element is infinite or NaN.
#[must_use]
pub fn all_finite(x: &[f32]) -> bool {
    let zero = F32x4::zero();
    fold(x, zero, |sum, x| x.mul_add(zero, sum)).eq(zero).all()
}

/// Whether every |xᵢ| is below `limit`; NaN is not.
#[must_use]
pub fn all_below(x: &[f32], limit: f32) -> bool {
    let limit = F32x4::splat(limit);
    let below = |x: F32x4| x.abs().lt(limit);
    let mut turns = x.chunks_exact(TURN);
    let mut all = true;
    for x in turns.by_ref() {
        all &= (below(F32x4::load(x)) & below(F32x4::load(&x[LANES..]))).all();
    }
    all && turns.remainder().chunks(LANES).all(|x| below(F32x4::load_partial(x)).all())
}

/// Folds `x` four lanes at a time with two accumulators that `f` joins at the end; missing lanes of the tail are 0.
#[inline(always)]
fn fold(x: &[f32], start: F32x4, f: impl Fn(F32x4, F32x4) -> F32x4) -> F32x4 {
    let (mut even, mut odd) = (start, start);
    let mut turns = x.chunks_exact(TURN);
    for x in turns.by_ref() {
        even = f(even, F32x4::load(x));
        odd = f(odd, F32x4::load(&x[LANES..]));
    }
    for x in turns.remainder().chunks(LANES) {
        even = f(even, F32x4::load_partial(x));
    }
    f(even, odd)
}

/// `out[c] ← Σ d[r, c]` over the rows r of `d` `[rows, columns]`, with `add` on top of `out[c]`: the gradient of a bias.
///
/// Each column is summed in `f32` from the first row to the last; a single column by [`sum`].
///
/// # Panics
/// If `out` has not `columns` elements or `d` no whole number of rows.
pub fn column_sums(d: &[f32], columns: usize, out: &mut [f32], add: bool) {
    assert_eq!(out.len(), columns, "out has one element per column");
    if columns == 0 {
        assert!(d.is_empty(), "d has whole rows");
        return;
    }
    assert_eq!(d.len() % columns, 0, "d has whole rows");
    if columns == 1 {
        #[allow(clippy::cast_possible_truncation, reason = "the one rounding of the sum")]
        let total = sum(d) as f32;
        out[0] = if add { out[0] } else { 0.0 } + total;
        return;
    }
    let mut first = 0;
    while first + 4 * LANES <= columns {
        sum_block::<4>(d, columns, first, out, add);
        first += 4 * LANES;
    }
    while first < columns {
        sum_block::<1>(d, columns, first, out, add);
        first += LANES;
    }
}

/// The sums of the `N`·4 columns from `first` on, or of as many as there are.
///
/// Loads reach past the row where it ends early; those lanes are not stored.
#[inline(always)]
fn sum_block<const N: usize>(d: &[f32], columns: usize, first: usize, out: &mut [f32], add: bool) {
    let mut sums = [F32x4::zero(); N];
    let mut rest = d.get(first..).unwrap_or_default();
    while rest.len() >= N * LANES {
        let block = &rest[..N * LANES];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = *sum + F32x4::load(&block[i * LANES..]);
        }
        rest = rest.get(columns..).unwrap_or_default();
    }
    while !rest.is_empty() {
        sums[0] = sums[0] + F32x4::load_partial(&rest[..rest.len().min(LANES)]);
        rest = rest.get(columns..).unwrap_or_default();
    }
    for (i, sum) in sums.into_iter().enumerate() {
        let start = first + i * LANES;
        let end = columns.min(start + LANES);
        let out = &mut out[start..end];
        let start = if add { F32x4::load_partial(out) } else { F32x4::zero() };
        (start + sum).store_partial(out);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        all_below, all_finite, column_sums, dot, max_abs, moments, quick_squares_and_distance, quick_sum_of_squares,
        squared_distance, sum, sum_of_squares,
    };

    /// Numbers of both signs and many sizes, from a formula.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let size = f32::from(i16::try_from(state >> 17).unwrap()) / 4096.0 - 4.0;
            size * [1e-3, 1.0, 1e3][(state >> 9) as usize % 3]
        };
        (0..len).map(next).collect()
    }

    #[track_caller]
    fn close(got: f64, want: f64, bound: f64) {
        assert!((got - want).abs() <= bound, "got {got}, want {want}, bound {bound}");
    }

    #[test]
    fn sums_agree_with_f64_at_every_length() {
        for len in (0..70).chain([1000, 4099]) {
            let (a, b) = (numbers(len, 1), numbers(len, 2));
            let pairs = || a.iter().zip(&b).map(|(&a, &b)| (f64::from(a), f64::from(b)));
            // n·ε·Σ|x| with the ε of f64: another order of the same sum.
            let n_epsilon = a.len() as f64 * f64::EPSILON;
            close(sum(&a), pairs().map(|(a, _)| a).sum(), n_epsilon * pairs().map(|(a, _)| a.abs()).sum::<f64>());
            let squares: f64 = pairs().map(|(a, _)| a * a).sum();
            close(sum_of_squares(&a), squares, n_epsilon * squares);
            close(
                dot(&a, &b),
                pairs().map(|(a, b)| a * b).sum(),
                n_epsilon * pairs().map(|(a, b)| (a * b).abs()).sum::<f64>(),
            );
        }
    }

    #[test]
    fn moments_and_distances_agree_with_f64_at_every_length() {
        for len in (0..70).chain([1000, 4099]) {
            let (a, b) = (numbers(len, 1), numbers(len, 2));
            let wide = || a.iter().map(|&a| f64::from(a));
            let n_epsilon = a.len() as f64 * f64::EPSILON;
            let squares: f64 = wide().map(|a| a * a).sum();
            #[allow(clippy::float_cmp)] // counts
            for (center, limit) in [(0.5, 0.49), (0.0, 2.5), (0.0, f32::INFINITY)] {
                let got = moments(&a, center, limit);
                close(got.sum, wide().sum(), n_epsilon * wide().map(f64::abs).sum::<f64>());
                close(got.squares, squares, n_epsilon * squares);
                let beyond = a.iter().filter(|&&a| (a - center).abs() > limit).count();
                assert_eq!(got.beyond, beyond as f64, "{len} elements, more than {limit} from {center}");
            }
            let distance: f64 = wide().zip(&b).map(|(a, &b)| (a - f64::from(b)).powi(2)).sum();
            close(squared_distance(&a, &b), distance, n_epsilon * distance);
            close(quick_sum_of_squares(&a), squares, 1e-6 * squares);
            let (of_a, between) = quick_squares_and_distance(&a, &b);
            close(of_a, squares, 1e-6 * squares);
            close(between, distance, 1e-6 * distance);
        }
    }

    #[test]
    fn quick_sums_keep_their_digits_where_f32_has_no_room() {
        // One block of each size, so that one that fits says nothing about the others.
        for size in [1e-44_f32, 1e-30, 1e-20, 1e-6, 1.0, 1e18, 1e30, 3e38] {
            let a: Vec<f32> = (0..1500_u16).map(|i| if i < 512 { size } else { f32::from(i) * 1e-3 }).collect();
            let b: Vec<f32> = a.iter().map(|&a| if a.to_bits() == size.to_bits() { 0.0 } else { a }).collect();
            let exact = sum_of_squares(&a);
            close(quick_sum_of_squares(&a[..512]), sum_of_squares(&a[..512]), 1e-6 * sum_of_squares(&a[..512]));
            close(quick_sum_of_squares(&a), exact, 1e-6 * exact);
            let (of_a, between) = quick_squares_and_distance(&a, &b);
            close(of_a, exact, 1e-6 * exact);
            close(between, squared_distance(&a, &b), 1e-6 * squared_distance(&a, &b));
        }
    }

    #[test]
    fn element_i_always_goes_to_accumulator_i_mod_eight() {
        for len in 0..40 {
            // 1/3, 1/9, …: full mantissas of many sizes, whose squares round in every addition.
            let x: Vec<f32> = (0..len).map(|i| 3_f32.powi(20 - i * 7 % 40)).collect();
            let mut lanes = [0.0_f64; 8];
            for (i, &x) in x.iter().enumerate() {
                lanes[i % 8] += f64::from(x) * f64::from(x);
            }
            let pair = |i: usize| (lanes[i] + lanes[i + 4]) + (lanes[i + 2] + lanes[i + 6]);
            assert_eq!(sum_of_squares(&x).to_bits(), (pair(0) + pair(1)).to_bits(), "{len} elements");
        }
    }

    #[test]
    fn twenty_million_equal_terms_keep_six_digits() {
        let len = 20_000_000;
        for x in [0.1_f32, 1e-30, 1e30] {
            let data = vec![x; len];
            let terms = len as f64;
            let exact = f64::from(x);
            close(sum(&data) / terms / exact, 1.0, 1e-9);
            close(sum_of_squares(&data) / terms / (exact * exact), 1.0, 1e-9);
        }
    }

    #[test]
    fn column_sums_add_to_what_is_there() {
        for columns in (0..40).chain([64, 100, 128]) {
            for rows in [0, 1, 2, 3, 7, 33] {
                let d = numbers(rows * columns, 5);
                let before = numbers(columns, 6);
                let mut out = before.clone();
                column_sums(&d, columns, &mut out, true);
                let (mut alone, mut from_zero) = (before.clone(), vec![0.0; columns]);
                column_sums(&d, columns, &mut alone, false);
                column_sums(&d, columns, &mut from_zero, true);
                assert_eq!(alone, from_zero, "{rows} rows of {columns}, whatever was there");
                for c in 0..columns {
                    let column = || (0..rows).map(|r| f64::from(d[r * columns + c])).chain([f64::from(before[c])]);
                    let bound = (rows + 1) as f64 * f64::from(f32::EPSILON) * column().map(f64::abs).sum::<f64>();
                    close(f64::from(out[c]), column().sum(), bound);
                }
            }
        }
    }

    #[test]
    fn a_column_is_summed_from_the_first_row_to_the_last() {
        let (rows, columns) = (9, 21);
        let d = numbers(rows * columns, 7);
        let mut out = vec![0.0; columns];
        column_sums(&d, columns, &mut out, false);
        for (c, got) in out.into_iter().enumerate() {
            let want = (0..rows).fold(0.0, |sum: f32, r| sum + d[r * columns + c]);
            assert_eq!(got.to_bits(), want.to_bits(), "column {c}");
        }
    }

    #[test]
    #[should_panic(expected = "whole rows")]
    fn column_sums_of_a_torn_matrix_panic() {
        column_sums(&[0.0; 7], 3, &mut [0.0; 3], false);
    }

    #[test]
    #[should_panic(expected = "one element per column")]
    fn column_sums_into_a_short_row_panic() {
        column_sums(&[0.0; 6], 3, &mut [0.0; 2], false);
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn the_dot_product_of_unequal_lengths_panics() {
        let _ = dot(&[0.0; 3], &[0.0; 2]);
    }

    #[test]
    fn one_bad_element_anywhere_is_found() {
        for len in 0..40 {
            let mut x = numbers(len, 3);
            assert!(all_finite(&x));
            let largest = x.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
            assert!(all_below(&x, largest.next_up()) && (len == 0 || !all_below(&x, largest)));
            assert_eq!(max_abs(&x).to_bits(), largest.to_bits(), "{len} elements");
            for place in 0..len {
                let kept = x[place];
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    x[place] = bad;
                    assert!(!all_finite(&x) && !all_below(&x, f32::INFINITY), "{bad} at {place} of {len}");
                    let want = bad.abs();
                    assert!(max_abs(&x).to_bits() == want.to_bits() || max_abs(&x).is_nan() && want.is_nan());
                }
                x[place] = -f32::MAX;
                assert!(all_finite(&x));
                assert_eq!(max_abs(&x).to_bits(), f32::MAX.to_bits(), "{place} of {len}");
                x[place] = kept;
            }
        }
    }
}
