//! The instructions that [`super`] is written in, everywhere but on wasm32: plain arrays, one lane after the other,
//! under WebAssembly's names and with its bits (NaN payloads aside, which WebAssembly leaves open).

#![allow(clippy::float_cmp, reason = "the comparison instructions are exact")]

use core::array::from_fn;

pub(crate) type F32 = [f32; 4];
pub(crate) type I32 = [i32; 4];
pub(crate) type F64 = [f64; 2];

macro_rules! unary {
    ($($name:ident: $from:ty => $to:ty, |$x:ident| $lane:expr;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(x: $from) -> $to {
            from_fn(|i| { let $x = x[i]; $lane })
        }
    )*};
}

macro_rules! binary {
    ($($name:ident: $from:ty => $to:ty, |$x:ident, $y:ident| $lane:expr;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(x: $from, y: $from) -> $to {
            from_fn(|i| { let ($x, $y) = (x[i], y[i]); $lane })
        }
    )*};
}

macro_rules! shift {
    ($($name:ident: |$x:ident, $bits:ident| $lane:expr;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(x: I32, $bits: u32) -> I32 {
            from_fn(|i| { let $x = x[i]; $lane })
        }
    )*};
}

macro_rules! splat {
    ($($name:ident: $from:ty => $to:ty;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(x: $from) -> $to {
            [x; _]
        }
    )*};
}

splat! {
    f32x4_splat: f32 => F32;
    i32x4_splat: i32 => I32;
    f64x2_splat: f64 => F64;
}

unary! {
    f32x4_neg: F32 => F32, |x| -x;
    f32x4_abs: F32 => F32, |x| x.abs();
    f32x4_sqrt: F32 => F32, |x| x.sqrt();
    f32x4_convert_i32x4: I32 => F32, |x| rounded(x);
    f32_bits: F32 => I32, |x| x.to_bits().cast_signed();
    f32_of_bits: I32 => F32, |x| f32::from_bits(x.cast_unsigned());
    v128_not: I32 => I32, |x| !x;
}

binary! {
    f32x4_add: F32 => F32, |x, y| x + y;
    f32x4_sub: F32 => F32, |x, y| x - y;
    f32x4_mul: F32 => F32, |x, y| x * y;
    f32x4_div: F32 => F32, |x, y| x / y;
    f32x4_min: F32 => F32, |x, y| if x.is_nan() || x < y || (x == y && x.is_sign_negative()) { x } else { y };
    f32x4_max: F32 => F32, |x, y| if x.is_nan() || x > y || (x == y && x.is_sign_positive()) { x } else { y };
    f32x4_pmin: F32 => F32, |x, y| if y < x { y } else { x };
    f32x4_pmax: F32 => F32, |x, y| if x < y { y } else { x };
    f32x4_eq: F32 => I32, |x, y| -i32::from(x == y);
    f32x4_ne: F32 => I32, |x, y| -i32::from(x != y);
    f32x4_lt: F32 => I32, |x, y| -i32::from(x < y);
    f32x4_le: F32 => I32, |x, y| -i32::from(x <= y);
    f32x4_gt: F32 => I32, |x, y| -i32::from(x > y);
    f32x4_ge: F32 => I32, |x, y| -i32::from(x >= y);
    i32x4_add: I32 => I32, |x, y| x.wrapping_add(y);
    i32x4_sub: I32 => I32, |x, y| x.wrapping_sub(y);
    v128_and: I32 => I32, |x, y| x & y;
    v128_or: I32 => I32, |x, y| x | y;
    v128_xor: I32 => I32, |x, y| x ^ y;
    f64x2_add: F64 => F64, |x, y| x + y;
    f64x2_mul: F64 => F64, |x, y| x * y;
}

shift! {
    i32x4_shl: |x, bits| x.wrapping_shl(bits);
    i32x4_shr: |x, bits| x.wrapping_shr(bits);
    u32x4_shr: |x, bits| x.cast_unsigned().wrapping_shr(bits).cast_signed();
}

/// The nearest `f32`, ties to even.
#[allow(clippy::cast_precision_loss, reason = "the instruction rounds")]
#[inline(always)]
fn rounded(x: i32) -> f32 {
    x as f32
}

#[inline(always)]
pub(crate) fn v128_any_true(x: I32) -> bool {
    x != [0; 4]
}

#[inline(always)]
pub(crate) fn i32x4_all_true(x: I32) -> bool {
    x.iter().all(|&lane| lane != 0)
}

#[inline(always)]
pub(crate) fn f32_from_array(x: [f32; 4]) -> F32 {
    x
}

#[inline(always)]
pub(crate) fn f32_to_array(x: F32) -> [f32; 4] {
    x
}

#[inline(always)]
pub(crate) fn f64_to_array(x: F64) -> [f64; 2] {
    x
}

/// # Safety
/// `from` is valid for reading four `f32` (any alignment).
#[inline(always)]
pub(crate) unsafe fn f32_load(from: *const f32) -> F32 {
    // SAFETY: the caller's promise.
    unsafe { from.cast::<F32>().read_unaligned() }
}

/// # Safety
/// `to` is valid for writing four `f32` (any alignment).
#[inline(always)]
pub(crate) unsafe fn f32_store(to: *mut f32, x: F32) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<F32>().write_unaligned(x) }
}

#[inline(always)]
pub(crate) fn f32_swap_halves([a, b, c, d]: F32) -> F32 {
    [c, d, a, b]
}

#[inline(always)]
pub(crate) fn f32_interleave(a: F32, b: F32) -> (F32, F32) {
    ([a[0], b[0], a[1], b[1]], [a[2], b[2], a[3], b[3]])
}

#[inline(always)]
pub(crate) fn f32_select(mask: I32, a: F32, b: F32) -> F32 {
    from_fn(|i| if mask[i] != 0 { a[i] } else { b[i] })
}

#[inline(always)]
pub(crate) fn f64_of_low([a, b, _, _]: F32) -> F64 {
    [f64::from(a), f64::from(b)]
}

#[inline(always)]
pub(crate) fn f64_of_high([_, _, c, d]: F32) -> F64 {
    [f64::from(c), f64::from(d)]
}

#[inline(always)]
pub(crate) fn f32_mul_add(a: F32, b: F32, c: F32) -> F32 {
    f32x4_add(f32x4_mul(a, b), c)
}
