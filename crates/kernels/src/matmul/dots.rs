//! a·bᵀ as inner products of rows, for few rows: no packing, b is read once from first to last.

use super::Start;
use super::pack::transpose;
use crate::lanes::{F32x4, LANES};

/// c = start + a·bᵀ, a `[m, k]`, b `[n, k]`, c `[m, n]`; every inner product sums the terms p ≡ 0, 1, 2, 3 (mod 4)
/// apart, each from the first to the last, and joins them as [`F32x4::sum`] does.
pub(super) fn dots(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32], start: Start) {
    for i in 0..m {
        let a = &a[i * k..(i + 1) * k];
        let c = &mut c[i * n..(i + 1) * n];
        for (group, c) in c.chunks_mut(LANES).enumerate() {
            let j = group * LANES;
            let sums = if c.len() == LANES {
                four(a, [0, 1, 2, 3].map(|r| &b[(j + r) * k..(j + r + 1) * k]))
            } else {
                let row = |r: usize| if r < c.len() { &b[(j + r) * k..(j + r + 1) * k] } else { a };
                four(a, [0, 1, 2, 3].map(row))
            };
            let base = match start {
                Start::Zero => sums,
                Start::Accumulate => F32x4::load_partial(c) + sums,
                Start::Bias(bias) => F32x4::load_partial(&bias[j..j + c.len()]) + sums,
            };
            base.store_partial(c);
        }
    }
}

/// The inner products of `a` with four rows of its length.
#[inline(always)]
fn four(a: &[f32], b: [&[f32]; 4]) -> F32x4 {
    let whole = a.len() - a.len() % LANES;
    let b = b.map(|row| &row[..a.len()]);
    let mut sums = [F32x4::zero(); 4];
    for p in (0..whole).step_by(LANES) {
        let x = F32x4::load(&a[p..p + LANES]);
        for (sum, row) in sums.iter_mut().zip(b) {
            *sum = x.mul_add(F32x4::load(&row[p..p + LANES]), *sum);
        }
    }
    if whole < a.len() {
        let x = F32x4::load_partial(&a[whole..]);
        for (sum, row) in sums.iter_mut().zip(b) {
            *sum = x.mul_add(F32x4::load_partial(&row[whole..]), *sum);
        }
    }
    let [p, q, r, s] = transpose(sums);
    (p + r) + (q + s)
}
