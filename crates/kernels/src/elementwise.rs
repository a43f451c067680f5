//! Elementwise kernels that several layers share. Each equals its equation bit for bit: one operation, one rounding.
//!
//! Anything else elementwise: give the rule to [`crate::lanes::map`], [`crate::lanes::zip`] and their kin.

use crate::lanes::{F32x4, map, zip};

/// `x ← x + y`.
///
/// # Panics
/// If the lengths differ.
pub fn add_assign(x: &mut [f32], y: &[f32]) {
    zip(x, y, |x, y| x + y);
}

/// `x ← x·y`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn mul_assign(x: &mut [f32], y: &[f32]) {
    zip(x, y, |x, y| x * y);
}

/// `x ← factor·x`.
pub fn scale(x: &mut [f32], factor: f32) {
    let factor = F32x4::splat(factor);
    map(x, |x| x * factor);
}

/// `x ← min(max(x, low), high)`; a NaN stays.
pub fn clamp(x: &mut [f32], low: f32, high: f32) {
    let (low, high) = (F32x4::splat(low), F32x4::splat(high));
    map(x, |x| x.pmax(low).pmin(high));
}

/// `x ← x where x ≥ 0, else 0`; a NaN stays.
pub fn relu(x: &mut [f32]) {
    map(x, |x| x.pmax(F32x4::zero()));
}

/// The derivative of [`relu`] by its output `y`: `d ← 0 where y ≤ 0, else d`.
///
/// # Panics
/// If the lengths differ.
pub fn relu_backward(d: &mut [f32], y: &[f32]) {
    let zero = F32x4::zero();
    zip(d, y, |d, y| y.le(zero).select(zero, d));
}

#[cfg(test)]
mod tests {
    use super::{add_assign, clamp, mul_assign, relu, relu_backward, scale};

    /// Both signs, zeros, infinities, subnormals and NaN among plain numbers.
    fn numbers(len: usize, offset: usize) -> Vec<f32> {
        let pattern = [0.3, -1.7, 0.0, -0.0, 1e-42, f32::INFINITY, -5.5, f32::NAN, 7.25, f32::NEG_INFINITY, 1e30];
        (0..len).map(|i| pattern[(i + offset) % pattern.len()]).collect()
    }

    /// Runs `kernel` at every length and compares with `definition(x, y)` bit for bit.
    fn equals(kernel: impl Fn(&mut [f32], &[f32]), definition: impl Fn(f32, f32) -> f32) {
        let bits = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
        for len in 0..40 {
            for offset in 0..11 {
                let (x, y) = (numbers(len, 0), numbers(len, offset));
                let mut got = x.clone();
                kernel(&mut got, &y);
                for i in 0..len {
                    let want = definition(x[i], y[i]);
                    assert_eq!(bits(got[i]), bits(want), "element {i} of {len}: got {}, want {want}", got[i]);
                }
            }
        }
    }

    #[test]
    fn kernels_equal_their_definition_bit_for_bit() {
        equals(add_assign, |x, y| x + y);
        equals(mul_assign, |x, y| x * y);
        equals(|x, _| scale(x, -0.7), |x, _| x * -0.7);
        equals(|x, _| clamp(x, -1.0, 2.0), |x, _| x.clamp(-1.0, 2.0));
        equals(|x, _| relu(x), |x, _| if x < 0.0 { 0.0 } else { x });
        equals(relu_backward, |d, y| if y <= 0.0 { 0.0 } else { d });
    }
}
