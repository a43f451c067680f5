//! Activations, forward beside backward, four lanes at a time.
//!
//! | kind | y = f(z) | dy/dz | saved |
//! | --- | --- | --- | --- |
//! | `linear` | z | 1 | y |
//! | `relu` | max(z, 0) | 1 if z > 0, else 0 | y |
//! | `leakyRelu` | z if z > 0, else αz | 1 or α | y (z if α < 0) |
//! | `prelu` | the same with an α for each column, learned | 1 or α | z |
//! | `elu` | z if z > 0, else α(eᶻ − 1) | 1 or y + α | y (z if α < 0) |
//! | `selu` | λz if z > 0, else λα(eᶻ − 1) | λ or y + λα | y |
//! | `gelu` | z·Φ(z) = ½z(1 + erf(z/√2)) | Φ(z) + z·φ(z) | z |
//! | `geluTanh` | ½z(1 + tanh u), u = √(2/π)(z + 0.044715z³) | s + z·s(1 − s)·2u′, s = σ(2u) | z |
//! | `silu` | z·σ(z) | s(1 + z(1 − s)) | z |
//! | `mish` | z·tanh(ln(1 + eᶻ)) | w + z(1 − w²)σ(z) | z |
//! | `softplus` | ln(1 + eᶻ) | σ(z) = 1 − e⁻ʸ | y |
//! | `softsign` | z/(1 + \|z\|) | 1/(1 + \|z\|)² | z |
//! | `sigmoid` | σ(z) = 1/(1 + e⁻ᶻ) | y(1 − y) | y |
//! | `hardSigmoid` | z/6 + ½ within [0, 1] | 1/6 inside, else 0 | y |
//! | `tanh` | tanh z | (1 − y)(1 + y) | y |
//! | `softmax` | eᶻ/Σeᶻ over a row | d_z = y(d_y − Σ d_y·y) | y |
//!
//! Accuracy: a few units in the last place, relative, except `gelu` (absolute for z ≪ 0, by erf), and derivatives that
//! are taken from y (relative to f's slope at 0). NaN in, NaN out. Finite for |z| ≤ 1e4. What the derivative is at a
//! kink follows from the table: 0 for relu, α for leakyRelu, prelu and elu, λα = 1.758 for selu.

use crate::config::{Activation, ActivationKind};
use crate::definition::{SELU_ALPHA, SELU_SCALE};
use kernels::lanes::{F32x4, F64x2, LANES, map, zip};
use kernels::math::{erf, exp, ln, sigmoid, softplus, tanh};

impl Activation {
    /// Does [`Activation::backward`] need z (before the activation) instead of y (after it)?
    #[must_use]
    pub fn needs_input(&self) -> bool {
        use ActivationKind::*;
        match self.kind {
            Prelu | Gelu | GeluTanh | Silu | Mish | Softsign => true,
            LeakyRelu | Elu => self.alpha < 0.0,
            Linear | Relu | Selu | Softplus | Sigmoid | HardSigmoid | Tanh | Softmax => false,
        }
    }

    /// z ← f(z), for `[rows, columns]`.
    ///
    /// # Panics
    /// For `prelu`, which has parameters: [`prelu_forward`].
    pub fn forward(&self, z: &mut [f32], columns: usize) {
        let alpha = F32x4::splat(self.alpha);
        let (zero, one) = (F32x4::zero(), F32x4::splat(1.0));
        match self.kind {
            ActivationKind::Linear => {}
            ActivationKind::Relu => kernels::elementwise::relu(z),
            ActivationKind::LeakyRelu => each(z, &|z| z.gt(zero).select(z, alpha * z)),
            ActivationKind::Prelu => panic!("prelu has parameters: prelu_forward"),
            ActivationKind::Elu => each(z, &|z| z.gt(zero).select(z, alpha * expm1(z))),
            ActivationKind::Selu => {
                let (scale, product) = selu();
                each(z, &|z| z.gt(zero).select(scale * z, product * expm1(z)));
            }
            ActivationKind::Gelu => each(z, &|z| z * normal_cdf(z)),
            ActivationKind::GeluTanh => each(z, &|z| z * gelu_tanh_gate(z).0),
            ActivationKind::Silu => each(z, &|z| z * sigmoid(z)),
            ActivationKind::Mish => each(z, &|z| z * mish_gate(z).0),
            ActivationKind::Softplus => each(z, &softplus),
            ActivationKind::Softsign => each(z, &|z| z / (one + z.abs())),
            ActivationKind::Sigmoid => map(z, sigmoid),
            ActivationKind::HardSigmoid => {
                each(z, &|z| (z / F32x4::splat(6.0) + F32x4::splat(0.5)).pmax(zero).pmin(one));
            }
            ActivationKind::Tanh => map(z, tanh),
            ActivationKind::Softmax => softmax(z, columns),
        }
    }

    /// In `d`: d_y in, d_z out. `saved` is y, or z where [`Activation::needs_input`]; both `[rows, columns]`.
    ///
    /// # Panics
    /// If the lengths differ, and for `prelu`: [`prelu_backward`].
    pub fn backward(&self, saved: &[f32], d: &mut [f32], columns: usize) {
        let alpha = F32x4::splat(self.alpha);
        let (zero, one) = (F32x4::zero(), F32x4::splat(1.0));
        let from_input = self.needs_input();
        match self.kind {
            ActivationKind::Linear => {}
            ActivationKind::Relu => kernels::elementwise::relu_backward(d, saved),
            ActivationKind::LeakyRelu => each_pair(d, saved, &|d, s| s.gt(zero).select(d, alpha * d)),
            ActivationKind::Prelu => panic!("prelu has parameters: prelu_backward"),
            ActivationKind::Elu if from_input => {
                each_pair(d, saved, &|d, z| d * z.gt(zero).select(one, alpha * exp(z)))
            }
            ActivationKind::Elu => each_pair(d, saved, &|d, y| d * y.gt(zero).select(one, y + alpha)),
            ActivationKind::Selu => {
                let (scale, product) = selu();
                each_pair(d, saved, &|d, y| d * y.gt(zero).select(scale, y + product));
            }
            ActivationKind::Gelu => each_pair(d, saved, &|d, z| d * (normal_cdf(z) + z * normal_density(z))),
            ActivationKind::GeluTanh => each_pair(d, saved, &|d, z| {
                let (gate, slope) = gelu_tanh_gate(z);
                d * (gate + z * slope)
            }),
            ActivationKind::Silu => each_pair(d, saved, &|d, z| {
                let s = sigmoid(z);
                d * (s * (one + z * sigmoid(-z)))
            }),
            ActivationKind::Mish => each_pair(d, saved, &|d, z| {
                let (gate, slope) = mish_gate(z);
                d * (gate + z * slope)
            }),
            ActivationKind::Softplus => each_pair(d, saved, &|d, y| d * -expm1(-y)),
            ActivationKind::Softsign => each_pair(d, saved, &|d, z| {
                let width = one + z.abs();
                d / (width * width)
            }),
            ActivationKind::Sigmoid => each_pair(d, saved, &|d, y| d * (y * (one - y))),
            ActivationKind::HardSigmoid => {
                let sixth = F32x4::splat(1.0 / 6.0);
                each_pair(d, saved, &|d, y| (y.le(zero) | y.ge(one)).select(zero, d * sixth));
            }
            ActivationKind::Tanh => zip(d, saved, |d, y| d * ((one - y) * (one + y))),
            ActivationKind::Softmax => softmax_backward(saved, d, columns),
        }
    }
}

/// z ← f(z): one loop for all rules but the commonest, whose call for four numbers costs little beside most of them.
#[inline(never)]
fn each(z: &mut [f32], f: &dyn Fn(F32x4) -> F32x4) {
    map(z, f);
}

/// d ← f(d, saved), as [`each`].
#[inline(never)]
fn each_pair(d: &mut [f32], saved: &[f32], f: &dyn Fn(F32x4, F32x4) -> F32x4) {
    zip(d, saved, f);
}

/// y ← z if z > 0, else αz; `z` and `y` `[rows, columns]`, `alpha` `[columns]`.
///
/// # Panics
/// If the lengths differ.
pub fn prelu_forward(z: &[f32], alpha: &[f32], y: &mut [f32]) {
    assert_eq!(z.len(), y.len(), "z and y differ in length");
    let columns = alpha.len();
    for (z, y) in z.chunks_exact(columns).zip(y.chunks_exact_mut(columns)) {
        for ((z, y), alpha) in z.chunks(LANES).zip(y.chunks_mut(LANES)).zip(alpha.chunks(LANES)) {
            let z = load(z);
            store(z.gt(F32x4::zero()).select(z, load(alpha) * z), y);
        }
    }
}

/// In `d`: d_y in, d_z out; d_α += Σ over rows of d_y·z where z ≤ 0. `z` and `d` `[rows, columns]`, the others
/// `[columns]`.
///
/// # Panics
/// If the lengths differ.
pub fn prelu_backward(z: &[f32], alpha: &[f32], d: &mut [f32], d_alpha: &mut [f32]) {
    assert_eq!(z.len(), d.len(), "z and d differ in length");
    assert_eq!(alpha.len(), d_alpha.len(), "alpha and d_alpha differ in length");
    let columns = alpha.len();
    for (z, d) in z.chunks_exact(columns).zip(d.chunks_exact_mut(columns)) {
        let slopes = alpha.chunks(LANES).zip(d_alpha.chunks_mut(LANES));
        for ((z, d), (alpha, d_alpha)) in z.chunks(LANES).zip(d.chunks_mut(LANES)).zip(slopes) {
            let (z, d_y) = (load(z), load(d));
            let above = z.gt(F32x4::zero());
            store(above.select(d_y, load(alpha) * d_y), d);
            store(load(d_alpha) + above.select(F32x4::zero(), d_y * z), d_alpha);
        }
    }
}

/// Each row becomes eᶻ⁻ᵐ/Σeᶻ⁻ᵐ, m its largest number; the exponentials of all rows in one pass.
fn softmax(z: &mut [f32], columns: usize) {
    for row in z.chunks_exact_mut(columns) {
        let largest = F32x4::splat(largest(row));
        map(row, |z| z - largest);
    }
    map(z, exp);
    for row in z.chunks_exact_mut(columns) {
        let scale = F32x4::splat(single(1.0 / sum(row)));
        map(row, |e| e * scale);
    }
}

/// d_z = y(d_y − Σ d_y·y): the whole Jacobian diag(y) − y·yᵀ.
fn softmax_backward(y: &[f32], d: &mut [f32], columns: usize) {
    for (y, d) in y.chunks_exact(columns).zip(d.chunks_exact_mut(columns)) {
        let products = y.chunks(LANES).zip(d.chunks(LANES)).map(|(y, d)| load(y) * load(d));
        let along = F32x4::splat(single(total(products)));
        zip(d, y, |d, y| y * (d - along));
    }
}

/// The largest of `row`, NaNs left out.
pub(crate) fn largest(row: &[f32]) -> f32 {
    let lowest = F32x4::splat(f32::NEG_INFINITY);
    let quads = row.chunks_exact(LANES);
    let tail = quads.remainder().iter().copied();
    let lanes = quads.fold(lowest, |most, x| most.pmax(F32x4::load(x))).to_array();
    lanes.into_iter().chain(tail).fold(f32::NEG_INFINITY, |most, x| if x > most { x } else { most })
}

/// Σ row in f64, in the order of [`total`].
pub(crate) fn sum(row: &[f32]) -> f64 {
    total(row.chunks(LANES).map(load))
}

/// The sum of all lanes in f64: two pairs of running sums, (l₀ + l₁) + (l₂ + l₃) at the end.
#[inline(always)]
pub(crate) fn total(lanes: impl Iterator<Item = F32x4>) -> f64 {
    let (mut low, mut high) = (F64x2::splat(0.0), F64x2::splat(0.0));
    for x in lanes {
        low = low + x.low_f64();
        high = high + x.high_f64();
    }
    low.sum() + high.sum()
}

/// Up to four numbers, then zeros.
#[inline(always)]
pub(crate) fn load(x: &[f32]) -> F32x4 {
    if x.len() == LANES { F32x4::load(x) } else { F32x4::load_partial(x) }
}

/// As many lanes as `to` has places, up to four.
#[inline(always)]
pub(crate) fn store(x: F32x4, to: &mut [f32]) {
    if to.len() == LANES { x.store(to) } else { x.store_partial(to) }
}

#[allow(clippy::cast_possible_truncation)] // the one rounding that is meant
pub(crate) fn single(x: f64) -> f32 {
    x as f32
}

/// λ and λα.
fn selu() -> (F32x4, F32x4) {
    (F32x4::splat(single(SELU_SCALE)), F32x4::splat(single(SELU_SCALE * SELU_ALPHA)))
}

/// eˣ − 1 for x ≤ 0 as 2t/(1 − t), t = tanh(x/2): no cancellation for small x.
#[inline(never)]
fn expm1(x: F32x4) -> F32x4 {
    let t = tanh(x * F32x4::splat(0.5));
    (t + t) / (F32x4::splat(1.0) - t)
}

/// ln(1 + x) for −½ ≤ x ≤ 1 or so: ln(u)·x/(u − 1) with u = 1 + x as rounded (Goldberg 1991), x itself if u = 1.
#[inline(always)]
pub(crate) fn log1p(x: F32x4) -> F32x4 {
    let one = F32x4::splat(1.0);
    let u = one + x;
    u.eq(one).select(x, ln(u) * (x / (u - one)))
}

/// Φ(z) = ½(1 + erf(z/√2))
#[inline(always)]
fn normal_cdf(z: F32x4) -> F32x4 {
    let half = F32x4::splat(0.5);
    half + half * erf(z * F32x4::splat(std::f32::consts::FRAC_1_SQRT_2))
}

/// φ(z) = e^(−z²/2)/√(2π)
#[inline(always)]
fn normal_density(z: F32x4) -> F32x4 {
    let height = 0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2;
    F32x4::splat(height) * exp(F32x4::splat(-0.5) * z * z)
}

/// s = ½(1 + tanh u) = σ(2u) and its derivative by z, u = √(2/π)(z + 0.044715z³).
#[inline(always)]
fn gelu_tanh_gate(z: F32x4) -> (F32x4, F32x4) {
    const CUBE: f32 = 0.044_715;
    let twice = F32x4::splat(2.0 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2);
    let one = F32x4::splat(1.0);
    let square = z * z;
    let u = twice * z * (one + F32x4::splat(CUBE) * square);
    let gate = sigmoid(u);
    (gate, gate * sigmoid(-u) * (twice * (one + F32x4::splat(3.0 * CUBE) * square)))
}

/// w = tanh(ln(1 + eᶻ)) and its derivative (1 − w²)σ(z), by n = e^−|z| so that nothing overflows or cancels:
/// z > 0: D = 1 + 2n + 2n², w = (1 + 2n)/D, slope = 4n²(1 + n)/D²;
/// z ≤ 0: D = 2 + 2n + n², w = n(2 + n)/D, slope = 4n(1 + n)/D².
#[inline(always)]
fn mish_gate(z: F32x4) -> (F32x4, F32x4) {
    let (one, two) = (F32x4::splat(1.0), F32x4::splat(2.0));
    let positive = z.gt(F32x4::zero());
    let n = exp(-z.abs());
    let square = n * n;
    let denominator = positive.select(one + two * n + two * square, two + two * n + square);
    let gate = positive.select(one + two * n, n * (two + n)) / denominator;
    let slope = F32x4::splat(4.0) * positive.select(square, n) * (one + n) / (denominator * denominator);
    (gate, slope)
}
