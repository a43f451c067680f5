//! First weights: Keras 3's initialisers, drawn in f64 from the own generator and rounded once.
//!
//! | kind | distribution |
//! | --- | --- |
//! | `zeros`, `ones`, `constant(a)` | as they say |
//! | `randomNormal(a, b)` | normal, mean a, standard deviation b |
//! | `randomUniform(a, b)` | uniform from a to b |
//! | `truncatedNormal(a, b)` | normal (a, b), drawn again beyond two deviations: its own deviation is 0.8796·b |
//! | `glorot…`, `he…`, `lecun…` | variance v = 2/(fan in + fan out), 2/fan in, 1/fan in |
//! | `…Normal` | truncated normal with b = √v / 0.87962566, so that v is what comes out |
//! | `…Uniform` | uniform within ±√(3v) |
//! | `orthogonal(a)` | a·Q of a normal matrix = Q·R with diag R > 0, transposed if rows < columns |
//! | `identity(a)` | a on the main diagonal, else 0 |
//!
//! Sources: Glorot and Bengio 2010, He et al. 2015, LeCun et al. 1998, Saxe et al. 2014; Keras' `random_initializers`.

use crate::config::{Initializer, InitializerKind};
use crate::rng::Stream;

/// Standard deviation of a normal variable cut off at two deviations, as Keras and TensorFlow round it.
const TRUNCATED_DEVIATION: f64 = 0.879_625_66;

/// Fills a parameter of `dims` dimensions.
///
/// `shape` is `[inputs, units]` for a kernel (`dims` 2: fan in = inputs, fan out = units) and `[units, 1]` for a vector
/// (`dims` 1: both fans = units, as Keras computes them for one dimension). `out` is row-major. Keras refuses
/// `orthogonal` and `identity` for vectors; here they fill the column `[units, 1]`, the facade decides.
///
/// # Panics
/// If `out` does not have `shape[0] · shape[1]` numbers.
pub fn fill(initializer: &Initializer, shape: [usize; 2], dims: usize, stream: &mut Stream, out: &mut [f32]) {
    let [rows, columns] = shape;
    assert_eq!(out.len(), rows * columns, "out must have shape {shape:?}");
    let Initializer { kind, a, b } = *initializer;
    let (fan_in, fan_out) = if dims < 2 { (count(rows), count(rows)) } else { (count(rows), count(columns)) };
    let glorot = 1.0 / ((fan_in + fan_out) / 2.0).max(1.0);
    let lecun = 1.0 / fan_in.max(1.0);
    let he = 2.0 * lecun;
    match kind {
        InitializerKind::Zeros => out.fill(0.0),
        InitializerKind::Ones => out.fill(1.0),
        InitializerKind::Constant => out.fill(single(a)),
        InitializerKind::RandomNormal => out.fill_with(|| single(a + b * stream.normal())),
        InitializerKind::RandomUniform => uniform(a, b, stream, out),
        InitializerKind::TruncatedNormal => truncated(a, b, stream, out),
        InitializerKind::GlorotNormal => truncated(0.0, glorot.sqrt() / TRUNCATED_DEVIATION, stream, out),
        InitializerKind::HeNormal => truncated(0.0, he.sqrt() / TRUNCATED_DEVIATION, stream, out),
        InitializerKind::LecunNormal => truncated(0.0, lecun.sqrt() / TRUNCATED_DEVIATION, stream, out),
        InitializerKind::GlorotUniform => uniform(-(3.0 * glorot).sqrt(), (3.0 * glorot).sqrt(), stream, out),
        InitializerKind::HeUniform => uniform(-(3.0 * he).sqrt(), (3.0 * he).sqrt(), stream, out),
        InitializerKind::LecunUniform => uniform(-(3.0 * lecun).sqrt(), (3.0 * lecun).sqrt(), stream, out),
        InitializerKind::Orthogonal => orthogonal(a, shape, stream, out),
        InitializerKind::Identity => {
            out.fill(0.0);
            (0..rows.min(columns)).for_each(|i| out[i * columns + i] = single(a));
        }
    }
}

#[allow(clippy::cast_precision_loss)] // no layer has 2⁵³ units
fn count(n: usize) -> f64 {
    n as f64
}

#[allow(clippy::cast_possible_truncation)] // the one rounding that is meant
fn single(x: f64) -> f32 {
    x as f32
}

fn uniform(lowest: f64, highest: f64, stream: &mut Stream, out: &mut [f32]) {
    out.fill_with(|| single(lowest + (highest - lowest) * stream.uniform_f64()));
}

fn truncated(mean: f64, deviation: f64, stream: &mut Stream, out: &mut [f32]) {
    out.fill_with(|| {
        loop {
            let z = stream.normal();
            if z.abs() <= 2.0 {
                return single(mean + deviation * z);
            }
        }
    });
}

/// Gram–Schmidt in f64, each column cleaned twice (Kahan and Parlett: twice is enough). It makes the one QR with a
/// positive diagonal, which is Keras' Q·sign(diag R).
fn orthogonal(gain: f64, [rows, columns]: [usize; 2], stream: &mut Stream, out: &mut [f32]) {
    let (long, short) = (rows.max(columns), rows.min(columns));
    // Column j of the tall Q lies at j · long.
    let mut q = vec![0.0; long * short];
    for j in 0..short {
        let (done, rest) = q.split_at_mut(j * long);
        let column = &mut rest[..long];
        loop {
            column.fill_with(|| stream.normal());
            for _ in 0..2 {
                for earlier in done.chunks_exact(long) {
                    let along = dot(earlier, column);
                    column.iter_mut().zip(earlier).for_each(|(x, e)| *x -= along * e);
                }
            }
            // A column that lay in the span of the others but for rounding has no direction left: another draw.
            let length = dot(column, column).sqrt();
            if length > 1e-6 {
                column.iter_mut().for_each(|x| *x /= length);
                break;
            }
        }
    }
    for (i, place) in out.iter_mut().enumerate() {
        let (row, column) = (i / columns, i % columns);
        let (tall_row, tall_column) = if rows < columns { (column, row) } else { (row, column) };
        *place = single(gain * q[tall_column * long + tall_row]);
    }
}

/// Σ xᵢyᵢ in four interleaved sums: the compiler may not reorder one, and one alone waits for each addition.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (x4, y4) = (x.chunks_exact(4), y.chunks_exact(4));
    let tail: f64 = x4.remainder().iter().zip(y4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x4.zip(y4) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    fn drawn(kind: InitializerKind, a: f64, b: f64, shape: [usize; 2], dims: usize) -> Vec<f64> {
        let mut out = vec![f32::NAN; shape[0] * shape[1]];
        let mut stream = Stream::new(11, Purpose::Initialization, 0, 0);
        fill(&Initializer { kind, a, b }, shape, dims, &mut stream, &mut out);
        out.into_iter().map(f64::from).collect()
    }

    fn mean(x: &[f64]) -> f64 {
        x.iter().sum::<f64>() / x.len() as f64
    }

    fn variance(x: &[f64]) -> f64 {
        let about = mean(x);
        x.iter().map(|x| (x - about) * (x - about)).sum::<f64>() / x.len() as f64
    }

    /// Over n = 1e5 draws of variance v the mean strays by √(v/n) and the variance by at most v·√(2/n) (the normal's;
    /// bounded distributions stray less): five of those each.
    fn check(name: &str, x: &[f64], want_mean: f64, want_variance: f64) {
        let n = x.len() as f64;
        let (got_mean, got_variance) = (mean(x), variance(x));
        assert!((got_mean - want_mean).abs() < 5.0 * (want_variance / n).sqrt(), "{name}: mean {got_mean}");
        let bound = 5.0 * want_variance * (2.0 / n).sqrt();
        assert!((got_variance - want_variance).abs() < bound, "{name}: variance {got_variance}, want {want_variance}");
    }

    #[test]
    fn each_distribution_has_its_mean_variance_and_bounds() {
        use InitializerKind::*;
        let shape = [400, 250];
        let truncated_variance = TRUNCATED_DEVIATION * TRUNCATED_DEVIATION;
        for (kind, a, b, want_mean, want_variance, reach) in [
            (RandomNormal, 0.5, 0.2, 0.5, 0.04, f64::INFINITY),
            (TruncatedNormal, 0.5, 0.2, 0.5, 0.04 * truncated_variance, 0.4),
            (RandomUniform, -1.0, 3.0, 1.0, 16.0 / 12.0, 2.0),
            (GlorotNormal, 0.0, 0.0, 0.0, 2.0 / 650.0, 2.0 * (2.0_f64 / 650.0).sqrt() / TRUNCATED_DEVIATION),
            (GlorotUniform, 0.0, 0.0, 0.0, 2.0 / 650.0, (6.0_f64 / 650.0).sqrt()),
            (HeNormal, 0.0, 0.0, 0.0, 2.0 / 400.0, 2.0 * (2.0_f64 / 400.0).sqrt() / TRUNCATED_DEVIATION),
            (HeUniform, 0.0, 0.0, 0.0, 2.0 / 400.0, (6.0_f64 / 400.0).sqrt()),
            (LecunNormal, 0.0, 0.0, 0.0, 1.0 / 400.0, 2.0 * (1.0_f64 / 400.0).sqrt() / TRUNCATED_DEVIATION),
            (LecunUniform, 0.0, 0.0, 0.0, 1.0 / 400.0, (3.0_f64 / 400.0).sqrt()),
        ] {
            let name = format!("{kind:?}");
            let x = drawn(kind, a, b, shape, 2);
            check(&name, &x, want_mean, want_variance);
            let furthest = x.iter().fold(0.0_f64, |far, x| far.max((x - want_mean).abs()));
            // 1e-6 for the rounding to f32
            assert!(furthest <= reach * (1.0 + 1e-6), "{name}: {furthest} beyond {reach}");
            assert!(reach.is_infinite() || furthest > 0.99 * reach, "{name}: {furthest} far from {reach}");
        }
        assert!(drawn(RandomNormal, 0.0, 1.0, shape, 2).iter().any(|x| x.abs() > 3.5));
    }

    #[test]
    fn a_vector_counts_its_length_as_both_fans() {
        let n = 100_000;
        check("vector", &drawn(InitializerKind::GlorotUniform, 0.0, 0.0, [n, 1], 1), 0.0, 1.0 / n as f64);
    }

    #[test]
    fn orthogonal_matrices_are_orthogonal_whichever_side_is_longer() {
        for [rows, columns] in [[40, 40], [57, 20], [20, 57], [1, 5], [5, 1], [1, 1]] {
            let x = drawn(InitializerKind::Orthogonal, 1.5, 0.0, [rows, columns], 2);
            let short = rows.min(columns);
            let at = |vector: usize, i: usize| {
                if rows < columns { x[vector * columns + i] } else { x[i * columns + vector] }
            };
            for one in 0..short {
                for other in 0..short {
                    let product: f64 = (0..rows.max(columns)).map(|i| at(one, i) * at(other, i)).sum();
                    let want = if one == other { 2.25 } else { 0.0 };
                    // entries rounded to f32: √n·ε·2.25 below 1e-6
                    assert!((product - want).abs() < 1e-5, "[{rows}, {columns}]: {one}·{other} = {product}");
                }
            }
        }
    }

    #[test]
    fn orthogonal_matrices_have_no_preferred_direction() {
        // Without sign(diag R) a Householder QR leaves diagonal entries of one sign; evenly spread they sum to about 0.
        let x = drawn(InitializerKind::Orthogonal, 1.0, 0.0, [300, 300], 2);
        let positive = (0..300).filter(|i| x[i * 300 + i] > 0.0).count();
        // 150 ± 5·√75
        assert!((107..194).contains(&positive), "{positive} of 300 positive");
        // entries have variance 1/300; rows of it are unit vectors, so a bound on the whole is exact
        assert!((variance(&x) - 1.0 / 300.0).abs() < 1e-4);
    }

    #[test]
    fn constants_and_identity_are_exact() {
        use InitializerKind::*;
        assert_eq!(drawn(Zeros, 9.0, 9.0, [2, 2], 2), [0.0; 4]);
        assert_eq!(drawn(Ones, 9.0, 9.0, [2, 2], 2), [1.0; 4]);
        assert_eq!(drawn(Constant, 0.25, 9.0, [2, 2], 2), [0.25; 4]);
        assert_eq!(drawn(Identity, 2.0, 9.0, [2, 3], 2), [2.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!(drawn(Identity, 2.0, 9.0, [3, 2], 2), [2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn the_same_seed_gives_the_same_bits_and_another_place_others() {
        let draw = |seed, a| {
            let mut out = [0.0; 64];
            let initializer = Initializer { kind: InitializerKind::HeNormal, a: 0.0, b: 0.0 };
            fill(&initializer, [8, 8], 2, &mut Stream::new(seed, Purpose::Initialization, a, 0), &mut out);
            out.map(f32::to_bits)
        };
        assert_eq!(draw(1, 0), draw(1, 0));
        assert_ne!(draw(1, 0), draw(2, 0));
        assert_ne!(draw(1, 0), draw(1, 1));
    }
}
