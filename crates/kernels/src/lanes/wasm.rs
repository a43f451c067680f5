//! The instructions that [`super`] is written in, on wasm32: WebAssembly's own. All lane types are one `v128`.

use core::arch::wasm32::{
    f32x4, f32x4_extract_lane, f64x2_extract_lane, f64x2_promote_low_f32x4, i32x4_shuffle, v128, v128_bitselect,
    v128_load, v128_store,
};
pub(crate) use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_eq, f32x4_ge, f32x4_gt, f32x4_le, f32x4_lt, f32x4_max,
    f32x4_min, f32x4_mul, f32x4_ne, f32x4_neg, f32x4_pmax, f32x4_pmin, f32x4_splat, f32x4_sqrt, f32x4_sub, f64x2_add,
    f64x2_mul, f64x2_splat, i32x4_add, i32x4_all_true, i32x4_shl, i32x4_shr, i32x4_splat, i32x4_sub, u32x4_shr,
    v128_and, v128_any_true, v128_not, v128_or, v128_xor,
};

pub(crate) type F32 = v128;
pub(crate) type I32 = v128;
pub(crate) type F64 = v128;

#[inline(always)]
pub(crate) fn f32_from_array([a, b, c, d]: [f32; 4]) -> F32 {
    f32x4(a, b, c, d)
}

#[inline(always)]
pub(crate) fn f32_to_array(x: F32) -> [f32; 4] {
    [f32x4_extract_lane::<0>(x), f32x4_extract_lane::<1>(x), f32x4_extract_lane::<2>(x), f32x4_extract_lane::<3>(x)]
}

#[inline(always)]
pub(crate) fn f64_to_array(x: F64) -> [f64; 2] {
    [f64x2_extract_lane::<0>(x), f64x2_extract_lane::<1>(x)]
}

/// # Safety
/// `from` is valid for reading four `f32` (any alignment).
#[inline(always)]
pub(crate) unsafe fn f32_load(from: *const f32) -> F32 {
    // SAFETY: the caller's promise; v128_load takes any alignment.
    unsafe { v128_load(from.cast()) }
}

/// # Safety
/// `to` is valid for writing four `f32` (any alignment).
#[inline(always)]
pub(crate) unsafe fn f32_store(to: *mut f32, x: F32) {
    // SAFETY: the caller's promise; v128_store takes any alignment.
    unsafe { v128_store(to.cast(), x) }
}

#[inline(always)]
pub(crate) fn f32_swap_halves(x: F32) -> F32 {
    i32x4_shuffle::<2, 3, 0, 1>(x, x)
}

/// The four 2 × 2 exchanges of a transposition: `(a0 b0 a1 b1, a2 b2 a3 b3)`.
#[inline(always)]
pub(crate) fn f32_interleave(a: F32, b: F32) -> (F32, F32) {
    (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b))
}

#[inline(always)]
pub(crate) fn f32_bits(x: F32) -> I32 {
    x
}

#[inline(always)]
pub(crate) fn f32_of_bits(x: I32) -> F32 {
    x
}

#[inline(always)]
pub(crate) fn f32_select(mask: I32, a: F32, b: F32) -> F32 {
    v128_bitselect(a, b, mask)
}

#[inline(always)]
pub(crate) fn f64_of_low(x: F32) -> F64 {
    f64x2_promote_low_f32x4(x)
}

#[inline(always)]
pub(crate) fn f64_of_high(x: F32) -> F64 {
    f64x2_promote_low_f32x4(f32_swap_halves(x))
}

#[cfg(target_feature = "relaxed-simd")]
#[inline(always)]
pub(crate) fn f32_mul_add(a: F32, b: F32, c: F32) -> F32 {
    core::arch::wasm32::f32x4_relaxed_madd(a, b, c)
}

#[cfg(not(target_feature = "relaxed-simd"))]
#[inline(always)]
pub(crate) fn f32_mul_add(a: F32, b: F32, c: F32) -> F32 {
    f32x4_add(f32x4_mul(a, b), c)
}
