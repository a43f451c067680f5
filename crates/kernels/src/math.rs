//! Elementary functions on four lanes: own polynomials, so that every engine and every machine gives the same bits.
//!
//! Errors in units of the last place (of 2⁻¹⁴⁹ for subnormal results), over all `f32`; `math/tests.rs` sweeps all
//! exponents × 4,096 mantissas and linear ranges against `f64` and holds these bounds:
//!
//! | function | bound | measured |
//! | --- | --- | --- |
//! | [`exp`] | 1 | 0.88 |
//! | [`ln`] | 1 | 0.78 |
//! | [`tanh`] | 2 | 1.31 |
//! | [`erf`] | 2 | 1.14 |
//! | [`sigmoid`] | 2.5 | 2.16 |
//! | [`softplus`] | 2.5 | 1.85 |
//!
//! All but [`tanh`], the usual activation of small networks, are called, not inlined: a call takes about 3 ns for four
//! numbers, and copies at every use were 2 kB after gzip.
//!
//! NaN in, NaN out. The coefficients are minimax fits (relative to the error that counts, lowest coefficient rounded to
//! `f32` first and the others fitted again); the reductions follow Cody and Waite, *Software Manual for the Elementary
//! Functions* (1980).

use crate::lanes::{F32x4, I32x4};

/// 1.5 · 2²³: adding it rounds |x| < 2²² to a whole number, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts; the first has 9 bits, so that its products with exponents are exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// The bits of √½, where [`ln`] cuts the mantissas.
const SQRT_HALF_BITS: i32 = 0x3f35_04f3;

/// `c₀ + c₁x + c₂x² + …` by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(x: F32x4, coefficients: [f32; N]) -> F32x4 {
    let mut terms = coefficients.into_iter().rev();
    let highest = F32x4::splat(terms.next().unwrap_or(0.0));
    terms.fold(highest, |sum, c| sum.mul_add(x, F32x4::splat(c)))
}

/// eˣ: overflow to ∞, underflow through the subnormals to 0.
///
/// x = k·ln 2 + r with |r| ≤ ½ ln 2; eˣ = 2ᵏ·(1 + r + r²·q(r)), 2ᵏ in two factors, so that subnormal results round once.
#[inline(never)]
#[must_use]
pub fn exp(x: F32x4) -> F32x4 {
    inlined_exp(x)
}

/// [`exp`], for the functions here that are built on it.
#[inline(always)]
fn inlined_exp(x: F32x4) -> F32x4 {
    let x = x.pmax(F32x4::splat(-104.0)).pmin(F32x4::splat(89.0));
    let shifted = x.mul_add(F32x4::splat(core::f32::consts::LOG2_E), F32x4::splat(ROUND));
    let k = shifted - F32x4::splat(ROUND);
    let high = k.mul_add(F32x4::splat(-LN_2_HIGH), x);
    let low = k * F32x4::splat(LN_2_LOW);
    let r = high - low;
    let q = polynomial(r, [0.499_999_94, 0.166_665_21, 0.041_668_266, 0.008_368_677, 0.001_382_073_2]);
    let p = (high + (r * r).mul_add(q, -low)) + F32x4::splat(1.0);
    let exponent = shifted.to_bits() - I32x4::splat(ROUND.to_bits().cast_signed());
    let half = exponent.shift_right(1);
    p * power_of_two(half) * power_of_two(exponent - half)
}

/// 2ᵏ for −126 ≤ k ≤ 127.
#[inline(always)]
fn power_of_two(k: I32x4) -> F32x4 {
    F32x4::from_bits((k + I32x4::splat(127)).shift_left(23))
}

/// The natural logarithm: −∞ at ±0, NaN below.
///
/// x = 2ᵉ·(1 + f) with √½ ≤ 1 + f < √2; ln x = e·ln 2 + f − f²/2 + f³·p(f).
#[inline(never)]
#[must_use]
pub fn ln(x: F32x4) -> F32x4 {
    let small = x.lt(F32x4::splat(f32::MIN_POSITIVE));
    let normal = small.select(x * F32x4::splat(8_388_608.0), x);
    let offset = small.select(F32x4::splat(-23.0), F32x4::zero());
    let bits = normal.to_bits();
    let exponent = (bits - I32x4::splat(SQRT_HALF_BITS)).shift_right(23);
    let e = exponent.to_f32() + offset;
    let f = F32x4::from_bits(bits - exponent.shift_left(23)) - F32x4::splat(1.0);
    let p = polynomial(
        f,
        [
            0.333_333_13,
            -0.250_000_1,
            0.200_020_75,
            -0.166_68,
            0.142_202_8,
            -0.124_059_126,
            0.118_838_93,
            -0.116_725_31,
            0.067_515_55,
        ],
    );
    let square = f * f;
    let tail = e.mul_add(F32x4::splat(LN_2_LOW), f * square * p) - square * F32x4::splat(0.5);
    let finite = e.mul_add(F32x4::splat(LN_2_HIGH), f + tail);
    let at_zero = x.eq(F32x4::zero()).select(F32x4::splat(f32::NEG_INFINITY), F32x4::splat(f32::NAN));
    let positive = x.lt(F32x4::splat(f32::INFINITY)).select(finite, x);
    x.le(F32x4::zero()).select(at_zero, positive)
}

/// The hyperbolic tangent: x + x³·p(x²) below 0.625, else 1 − 2/(e²ˣ + 1) with the sign of x.
#[inline(always)]
#[must_use]
pub fn tanh(x: F32x4) -> F32x4 {
    let (size, square, one) = (x.abs(), x * x, F32x4::splat(1.0));
    let p = polynomial(square, [-0.333_332_8, 0.133_314_06, -0.053_736_515, 0.020_628_167, -0.005_692_296]);
    let small = (square * p).mul_add(size, size);
    let large = one - F32x4::splat(2.0) / (inlined_exp(size + size) + one);
    size.lt(F32x4::splat(0.625)).select(small, large).copysign(x)
}

/// The logistic function 1/(1 + e⁻ˣ), by e^−|x| on both sides so that neither overflows.
#[inline(never)]
#[must_use]
pub fn sigmoid(x: F32x4) -> F32x4 {
    let one = F32x4::splat(1.0);
    let e = inlined_exp(-x.abs());
    x.lt(F32x4::zero()).select(e, one) / (one + e)
}

/// The error function 2/√π·∫₀ˣ e^−t² dt: x + x·p(x²) below 0.921875, else 1 − e^(t·q(t)), t = |x|, with the sign of x.
#[inline(never)]
#[must_use]
pub fn erf(x: F32x4) -> F32x4 {
    let size = x.abs();
    let p = polynomial(
        x * x,
        [0.128_379_15, -0.376_124_98, 0.112_818_435, -0.026_767_349, 0.004_994_037_6, -0.000_599_449_85],
    );
    let small = x.mul_add(p, x);
    let t = size.pmin(F32x4::splat(4.0));
    let q = polynomial(t, [-1.128_510_1, -0.635_733_1, -0.105_241_73, 0.022_876_7, -0.003_210_710_1, 0.000_213_457_52]);
    let large = F32x4::splat(1.0) - inlined_exp(t * q);
    size.lt(F32x4::splat(0.921_875)).select(small, large.copysign(x))
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), without overflow and with small results to full relative accuracy.
///
/// With u = 1 + e rounded, ln(1 + e) = ln u + (e − (u − 1))/u.
#[inline(never)]
#[must_use]
pub fn softplus(x: F32x4) -> F32x4 {
    let one = F32x4::splat(1.0);
    let e = inlined_exp(-x.abs());
    let u = one + e;
    F32x4::zero().max(x) + (ln(u) + (e - (u - one)) / u)
}

/// The same functions of one number, with the same bits.
pub mod scalar {
    use super::F32x4;

    macro_rules! scalar {
        ($($name:ident)*) => {$(
            #[doc = concat!("[`", stringify!($name), "`](super::", stringify!($name), "()) of one number.")]
            #[must_use]
            pub fn $name(x: f32) -> f32 {
                super::$name(F32x4::splat(x)).to_array()[0]
            }
        )*};
    }

    scalar! { exp ln tanh sigmoid erf softplus }
}

#[cfg(test)]
mod tests;
