//! Column by column over a row-major `[rows, columns]`: the sums and factors of each unit of a kernel.
//!
//! All arithmetic is in `f64`, a column from its first row to its last, rounded once; the loops over a row are plain, so
//! that the compiler makes vectors of them without changing that order. Results go where the caller has room: a step asks
//! for no memory.

/// `sums` becomes Σ over the rows of a·b, for each column, the products exact: with a = b the squared norm of each column.
///
/// # Panics
/// If `a` and `b` differ in length or hold no whole number of rows.
pub fn dots(a: &[f32], b: &[f32], columns: usize, sums: &mut Vec<f64>) {
    assert_eq!(a.len(), b.len(), "a and b differ in length");
    zeros(sums, columns);
    for (a, b) in rows(a, columns).zip(rows(b, columns)) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += f64::from(a) * f64::from(b);
        }
    }
}

/// `sums` becomes the mean of each column; 0 where there are no rows.
///
/// # Panics
/// If `x` holds no whole number of rows.
#[allow(clippy::cast_precision_loss, reason = "no matrix has 2⁵³ rows")]
pub fn means(x: &[f32], columns: usize, sums: &mut Vec<f64>) {
    zeros(sums, columns);
    for x in rows(x, columns) {
        for (sum, &x) in sums.iter_mut().zip(x) {
            *sum += f64::from(x);
        }
    }
    let count = (x.len() / columns.max(1)).max(1) as f64;
    sums.iter_mut().for_each(|sum| *sum /= count);
}

/// `x ← a·x + b·y`, with the factors `a` and `b` of each column.
///
/// # Panics
/// If `x` and `y` differ in length, or `a` and `b`, or the rows are not whole.
#[allow(clippy::cast_possible_truncation, reason = "the one rounding")]
pub fn combine(x: &mut [f32], a: &[f64], y: &[f32], b: &[f64]) {
    assert_eq!(x.len(), y.len(), "x and y differ in length");
    assert_eq!(a.len(), b.len(), "a and b differ in length");
    for (x, y) in rows_mut(x, a.len()).zip(rows(y, b.len())) {
        for (((x, &a), &y), &b) in x.iter_mut().zip(a).zip(y).zip(b) {
            *x = (a * f64::from(*x) + b * f64::from(y)) as f32;
        }
    }
}

/// `x ← a·x`, with the factor `a` of each column.
///
/// # Panics
/// If the rows are not whole.
pub fn scale(x: &mut [f32], a: &[f64]) {
    each(x, a, |x, a| a * x);
}

/// `x ← x − b`, with the term `b` of each column.
///
/// # Panics
/// If the rows are not whole.
pub fn subtract(x: &mut [f32], b: &[f64]) {
    each(x, b, |x, b| x - b);
}

#[allow(clippy::cast_possible_truncation, reason = "the one rounding")]
fn each(x: &mut [f32], of_column: &[f64], new: impl Fn(f64, f64) -> f64) {
    for x in rows_mut(x, of_column.len()) {
        for (x, &c) in x.iter_mut().zip(of_column) {
            *x = new(f64::from(*x), c) as f32;
        }
    }
}

fn zeros(sums: &mut Vec<f64>, columns: usize) {
    sums.clear();
    sums.resize(columns, 0.0);
}

fn rows(x: &[f32], columns: usize) -> std::slice::ChunksExact<'_, f32> {
    check(x.len(), columns);
    x.chunks_exact(columns.max(1))
}

fn rows_mut(x: &mut [f32], columns: usize) -> std::slice::ChunksExactMut<'_, f32> {
    check(x.len(), columns);
    x.chunks_exact_mut(columns.max(1))
}

fn check(len: usize, columns: usize) {
    assert!(if columns == 0 { len == 0 } else { len.is_multiple_of(columns) }, "x has whole rows");
}

#[cfg(test)]
mod tests {
    use super::{combine, dots, means, scale, subtract};

    const SHAPES: [(usize, usize); 8] = [(0, 3), (1, 1), (5, 1), (1, 5), (3, 4), (7, 9), (33, 16), (3, 70)];

    /// Numbers of both signs from a formula.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(i16::try_from(state >> 17).unwrap()) / 4096.0 - 4.0
        };
        (0..len).map(next).collect()
    }

    fn wide(x: &[f32]) -> Vec<f64> {
        x.iter().map(|&x| f64::from(x)).collect()
    }

    #[test]
    fn sums_of_a_column_go_from_the_first_row_to_the_last() {
        for (rows, columns) in SHAPES {
            let (a, b) = (numbers(rows * columns, 1), numbers(rows * columns, 2));
            // what lay there before must not matter
            let (mut got_dots, mut got_means) = (vec![7.0; 5], vec![7.0; 5]);
            dots(&a, &b, columns, &mut got_dots);
            means(&a, columns, &mut got_means);
            assert_eq!((got_dots.len(), got_means.len()), (columns, columns));
            for c in 0..columns {
                let column = |x: &[f32]| wide(&x.iter().skip(c).step_by(columns).copied().collect::<Vec<f32>>());
                let pairs = column(&a).into_iter().zip(column(&b));
                let dot = pairs.fold(0.0, |sum: f64, (a, b)| sum + a * b);
                assert_eq!(got_dots[c].to_bits(), dot.to_bits(), "column {c} of [{rows}, {columns}]");
                let mean = column(&a).iter().fold(0.0, |sum: f64, a| sum + a) / rows.max(1) as f64;
                assert_eq!(got_means[c].to_bits(), mean.to_bits(), "column {c} of [{rows}, {columns}]");
            }
        }
    }

    #[test]
    #[allow(clippy::cast_possible_truncation, reason = "the one rounding")]
    fn each_column_has_its_own_factors() {
        for (rows, columns) in SHAPES {
            let (x, y) = (numbers(rows * columns, 3), numbers(rows * columns, 4));
            let (a, b) = (wide(&numbers(columns, 5)), wide(&numbers(columns, 6)));
            let (mut combined, mut scaled, mut moved) = (x.clone(), x.clone(), x.clone());
            combine(&mut combined, &a, &y, &b);
            scale(&mut scaled, &a);
            subtract(&mut moved, &b);
            for i in 0..rows * columns {
                let (x, y, c) = (f64::from(x[i]), f64::from(y[i]), i % columns);
                assert_eq!(
                    combined[i].to_bits(),
                    ((a[c] * x + b[c] * y) as f32).to_bits(),
                    "[{rows}, {columns}] at {i}"
                );
                assert_eq!(scaled[i].to_bits(), ((a[c] * x) as f32).to_bits(), "[{rows}, {columns}] at {i}");
                assert_eq!(moved[i].to_bits(), ((x - b[c]) as f32).to_bits(), "[{rows}, {columns}] at {i}");
            }
        }
    }

    #[test]
    fn norms_of_columns_neither_stall_nor_overflow() {
        for x in [0.1_f32, 1e-30, 1e30] {
            let exact = f64::from(x);
            let mut squares = Vec::new();
            dots(&vec![x; 2_000_000], &vec![x; 2_000_000], 2, &mut squares);
            for square in squares {
                // 1e6 equal terms in f64: 1e6·2⁻⁵³
                assert!((square / 1e6 / (exact * exact) - 1.0).abs() < 1e-9, "{square:e}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "whole rows")]
    fn a_torn_matrix_panics() {
        means(&[0.0; 7], 3, &mut Vec::new());
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn unequal_lengths_panic() {
        dots(&[0.0; 3], &[0.0; 6], 3, &mut Vec::new());
    }
}
