//! Four `f32` lanes: a `v128` on wasm32 with `simd128`, a plain array elsewhere, with the same bits either way.
//!
//! Every kernel and every optimizer rule is written once against [`F32x4`]. `mul_add` rounds twice (multiply, then add)
//! everywhere but in the relaxed-SIMD build, where the engine may fuse it. Only the payload and sign of a NaN that an
//! operation makes are left open, as WebAssembly leaves them.

#[cfg(not(target_arch = "wasm32"))]
mod portable;
mod slices;
#[cfg(target_arch = "wasm32")]
mod wasm;

use core::fmt;
use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};
#[cfg(not(target_arch = "wasm32"))]
use portable as arch;
#[cfg(target_arch = "wasm32")]
use wasm as arch;

pub use slices::{map, map_into, zip, zip_into, zip_update};

/// How many lanes an [`F32x4`] has.
pub const LANES: usize = 4;

/// Four `f32`; operators work lane by lane.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F32x4(arch::F32);

/// Four truths, from a comparison of [`F32x4`] or [`I32x4`] lanes.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Mask(arch::I32);

/// Four `i32`, for work on the bits of an [`F32x4`]; addition and subtraction wrap.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I32x4(arch::I32);

/// Two `f64`, the accumulator of the reductions.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F64x2(arch::F64);

impl F32x4 {
    /// `x` in every lane.
    #[inline(always)]
    #[must_use]
    pub fn splat(x: f32) -> Self {
        Self(arch::f32x4_splat(x))
    }

    /// Zero in every lane.
    #[inline(always)]
    #[must_use]
    pub fn zero() -> Self {
        Self::splat(0.0)
    }

    /// Lane `i` is `lanes[i]`.
    #[inline(always)]
    #[must_use]
    pub fn from_array(lanes: [f32; 4]) -> Self {
        Self(arch::f32_from_array(lanes))
    }

    /// Element `i` is lane `i`.
    #[inline(always)]
    #[must_use]
    pub fn to_array(self) -> [f32; 4] {
        arch::f32_to_array(self.0)
    }

    /// The first four elements of `x`.
    ///
    /// # Panics
    /// If `x` has fewer than four.
    #[inline(always)]
    #[must_use]
    pub fn load(x: &[f32]) -> Self {
        assert!(x.len() >= LANES, "a load takes four elements");
        // SAFETY: `x` has four elements.
        unsafe { Self::load_at(x.as_ptr()) }
    }

    /// All of `x` (at most four elements), and 0 in the lanes that it does not reach.
    ///
    /// # Panics
    /// If `x` has more than four.
    #[inline(always)]
    #[must_use]
    pub fn load_partial(x: &[f32]) -> Self {
        Self::from_array(match *x {
            [] => [0.0; 4],
            [a] => [a, 0.0, 0.0, 0.0],
            [a, b] => [a, b, 0.0, 0.0],
            [a, b, c] => [a, b, c, 0.0],
            [a, b, c, d] => [a, b, c, d],
            _ => panic!("a partial load takes at most four elements"),
        })
    }

    /// Writes the lanes to the first four elements of `to`.
    ///
    /// # Panics
    /// If `to` has fewer than four.
    #[inline(always)]
    pub fn store(self, to: &mut [f32]) {
        assert!(to.len() >= LANES, "a store takes four elements");
        // SAFETY: `to` has four elements.
        unsafe { self.store_at(to.as_mut_ptr()) }
    }

    /// Writes as many lanes as `to` has elements (at most four).
    ///
    /// # Panics
    /// If `to` has more than four.
    #[inline(always)]
    pub fn store_partial(self, to: &mut [f32]) {
        let [x, y, z, w] = self.to_array();
        match to {
            [] => {}
            [a] => *a = x,
            [a, b] => (*a, *b) = (x, y),
            [a, b, c] => (*a, *b, *c) = (x, y, z),
            [a, b, c, d] => (*a, *b, *c, *d) = (x, y, z, w),
            _ => panic!("a partial store takes at most four elements"),
        }
    }

    /// # Safety
    /// `from` is valid for reading four `f32` (any alignment).
    #[inline(always)]
    pub(crate) unsafe fn load_at(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { arch::f32_load(from) })
    }

    /// # Safety
    /// `to` is valid for writing four `f32` (any alignment).
    #[inline(always)]
    pub(crate) unsafe fn store_at(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { arch::f32_store(to, self.0) }
    }

    /// `self · b + c`, rounded after the product and after the sum; the relaxed-SIMD build may round only once.
    #[inline(always)]
    #[must_use]
    pub fn mul_add(self, b: Self, c: Self) -> Self {
        Self(arch::f32_mul_add(self.0, b.0, c.0))
    }

    /// √x, correctly rounded; NaN below zero, −0 for −0.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        Self(arch::f32x4_sqrt(self.0))
    }

    /// The lanes without their signs (of zero and NaN too).
    #[inline(always)]
    #[must_use]
    pub fn abs(self) -> Self {
        Self(arch::f32x4_abs(self.0))
    }

    /// The smaller one; NaN if either is NaN, and −0 is smaller than +0.
    #[inline(always)]
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(arch::f32x4_min(self.0, other.0))
    }

    /// The larger one; NaN if either is NaN, and +0 is larger than −0.
    #[inline(always)]
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(arch::f32x4_max(self.0, other.0))
    }

    /// `if other < self { other } else { self }`: a NaN in either keeps `self`, and so do equal zeros. One instruction
    /// on x86, where [`F32x4::min`] takes about six.
    #[inline(always)]
    #[must_use]
    pub fn pmin(self, other: Self) -> Self {
        Self(arch::f32x4_pmin(self.0, other.0))
    }

    /// `if self < other { other } else { self }`: a NaN in either keeps `self`, and so do equal zeros. One instruction
    /// on x86, where [`F32x4::max`] takes about six.
    #[inline(always)]
    #[must_use]
    pub fn pmax(self, other: Self) -> Self {
        Self(arch::f32x4_pmax(self.0, other.0))
    }

    /// The magnitude of `self` with the sign of `sign`.
    #[inline(always)]
    #[must_use]
    pub fn copysign(self, sign: Self) -> Self {
        let top = I32x4::splat(i32::MIN);
        Self::from_bits((self.to_bits() & !top) | (sign.to_bits() & top))
    }

    /// The bits of each lane.
    #[inline(always)]
    #[must_use]
    pub fn to_bits(self) -> I32x4 {
        I32x4(arch::f32_bits(self.0))
    }

    /// The lanes that have these bits.
    #[inline(always)]
    #[must_use]
    pub fn from_bits(bits: I32x4) -> Self {
        Self(arch::f32_of_bits(bits.0))
    }

    /// Each lane of `a` where `mask` holds, of `b` elsewhere. Both are computed; neither is changed by NaN.
    #[inline(always)]
    #[must_use]
    pub fn select(mask: Mask, a: Self, b: Self) -> Self {
        Self(arch::f32_select(mask.0, a.0, b.0))
    }

    /// The sum of the lanes in a fixed order: `(x₀ + x₂) + (x₁ + x₃)`.
    #[inline(always)]
    #[must_use]
    pub fn sum(self) -> f32 {
        let [a, b, _, _] = (self + self.swap_halves()).to_array();
        a + b
    }

    /// The lanes 2, 3, 0, 1.
    #[inline(always)]
    #[must_use]
    pub(crate) fn swap_halves(self) -> Self {
        Self(arch::f32_swap_halves(self.0))
    }

    /// `(a₀ b₀ a₁ b₁, a₂ b₂ a₃ b₃)`.
    #[inline(always)]
    #[must_use]
    pub fn interleave(self, b: Self) -> (Self, Self) {
        let (low, high) = arch::f32_interleave(self.0, b.0);
        (Self(low), Self(high))
    }

    /// Lanes 0 and 1 as `f64`.
    #[inline(always)]
    #[must_use]
    pub fn low_f64(self) -> F64x2 {
        F64x2(arch::f64_of_low(self.0))
    }

    /// Lanes 2 and 3 as `f64`.
    #[inline(always)]
    #[must_use]
    pub fn high_f64(self) -> F64x2 {
        F64x2(arch::f64_of_high(self.0))
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident: $instruction:ident;)*) => {
        impl F32x4 {$(
            $(#[$doc])*
            #[inline(always)]
            #[must_use]
            pub fn $name(self, other: Self) -> Mask {
                Mask(arch::$instruction(self.0, other.0))
            }
        )*}
    };
}

comparisons! {
    /// Lane by lane `self == other`; false with a NaN.
    eq: f32x4_eq;
    /// Lane by lane `self != other`; true with a NaN.
    ne: f32x4_ne;
    /// Lane by lane `self < other`; false with a NaN.
    lt: f32x4_lt;
    /// Lane by lane `self <= other`; false with a NaN.
    le: f32x4_le;
    /// Lane by lane `self > other`; false with a NaN.
    gt: f32x4_gt;
    /// Lane by lane `self >= other`; false with a NaN.
    ge: f32x4_ge;
}

macro_rules! operators {
    ($($type:ident: $trait:ident, $method:ident, $instruction:ident;)*) => {$(
        impl $trait for $type {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(arch::$instruction(self.0, other.0))
            }
        }
    )*};
}

operators! {
    F32x4: Add, add, f32x4_add;
    F32x4: Sub, sub, f32x4_sub;
    F32x4: Mul, mul, f32x4_mul;
    F32x4: Div, div, f32x4_div;
    I32x4: Add, add, i32x4_add;
    I32x4: Sub, sub, i32x4_sub;
    I32x4: BitAnd, bitand, v128_and;
    I32x4: BitOr, bitor, v128_or;
    I32x4: BitXor, bitxor, v128_xor;
    Mask: BitAnd, bitand, v128_and;
    Mask: BitOr, bitor, v128_or;
    F64x2: Add, add, f64x2_add;
    F64x2: Mul, mul, f64x2_mul;
}

impl Neg for F32x4 {
    type Output = Self;

    /// Flips the sign, of zero and NaN too.
    #[inline(always)]
    fn neg(self) -> Self {
        Self(arch::f32x4_neg(self.0))
    }
}

impl Not for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(arch::v128_not(self.0))
    }
}

impl Not for Mask {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(arch::v128_not(self.0))
    }
}

impl fmt::Debug for F32x4 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_array().fmt(formatter)
    }
}

impl Mask {
    /// Whether any lane holds.
    #[inline(always)]
    #[must_use]
    pub fn any(self) -> bool {
        arch::v128_any_true(self.0)
    }

    /// Whether every lane holds.
    #[inline(always)]
    #[must_use]
    pub fn all(self) -> bool {
        arch::i32x4_all_true(self.0)
    }

    /// Each lane of `a` where the mask holds, of `b` elsewhere: [`F32x4::select`].
    #[inline(always)]
    #[must_use]
    pub fn select(self, a: F32x4, b: F32x4) -> F32x4 {
        F32x4::select(self, a, b)
    }
}

impl I32x4 {
    /// `x` in every lane.
    #[inline(always)]
    #[must_use]
    pub fn splat(x: i32) -> Self {
        Self(arch::i32x4_splat(x))
    }

    /// `x · 2^bits`, wrapping; `bits` below 32.
    #[inline(always)]
    #[must_use]
    pub fn shift_left(self, bits: u32) -> Self {
        Self(arch::i32x4_shl(self.0, bits))
    }

    /// `⌊x / 2^bits⌋`; `bits` below 32.
    #[inline(always)]
    #[must_use]
    pub fn shift_right(self, bits: u32) -> Self {
        Self(arch::i32x4_shr(self.0, bits))
    }

    /// The bits moved right, zeros moved in; `bits` below 32.
    #[inline(always)]
    #[must_use]
    pub fn shift_right_unsigned(self, bits: u32) -> Self {
        Self(arch::u32x4_shr(self.0, bits))
    }

    /// Each lane as the nearest `f32`, ties to even.
    #[inline(always)]
    #[must_use]
    pub fn to_f32(self) -> F32x4 {
        F32x4(arch::f32x4_convert_i32x4(self.0))
    }
}

impl F64x2 {
    /// `x` in both lanes.
    #[inline(always)]
    #[must_use]
    pub fn splat(x: f64) -> Self {
        Self(arch::f64x2_splat(x))
    }

    /// `x₀ + x₁`.
    #[inline(always)]
    #[must_use]
    pub fn sum(self) -> f64 {
        let [a, b] = arch::f64_to_array(self.0);
        a + b
    }
}

#[cfg(test)]
mod tests;
