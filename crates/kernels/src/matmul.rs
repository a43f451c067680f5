//! Matrix products in the three layouts that training needs: x·W, dy·Wᵀ and xᵀ·dy.
//!
//! All matrices are row-major; `m` rows, `n` columns, `k` inner. The loops are those of Goto and van de Geijn, *Anatomy
//! of High-Performance Matrix Multiplication* (2008), numbered from the outside in as there: a panel of b stays in the
//! first-level cache while rows of a pass by, and a tile of c stays in registers ([`tile`]).
//!
//! The order of every sum is fixed by k alone: blocks of [`KC`] terms are summed from zero, first to last, and added to
//! c in turn. So a row of a·b has the same bits in any batch. The exceptions are the products with one column of a·b,
//! and up to [`DOT_ROWS`] rows of a·bᵀ, which sum four interleaved parts ([`dots`]).

mod dots;
mod pack;
mod tile;

use crate::lanes::{F32x4, LANES, map_into, zip};
use dots::dots;
use tile::{Order, Tile};

/// Rows of a that share a block of b's panels (LOOP 3): `MC`·`KC`·4 = 256 KiB, half of a small second-level cache; 64 and
/// 256 ran within 4 % of it (1024³).
const MC: usize = 128;
/// Terms of the inner sum that are taken at a time (LOOP 4): a panel of `KC` × 16 is 32 KiB. 256 ran as fast up to 512³
/// and a sixth slower at 1024³, where c is read and written once a block; 128 slower still, 1024 the same. It decides
/// the rounding of long sums, so a change changes results.
const KC: usize = 512;
/// Columns of b that are packed at a time (LOOP 5): `KC`·`NC`·4 = 2 MiB; 256 ran within 3 % of it (512³, 1024³, `KC` 256).
const NC: usize = 1024;
/// Columns of a panel (LOOP 2).
const NR: usize = 16;
/// Up to this many rows, b is read where it stands: 16 rows ran 23 % faster and 32 rows 8 % faster than packed
/// (n = 128, k = 784), 64 rows the same.
const UNPACKED_ROWS: usize = 32;
/// A b of at most this many elements is read where it stands: it fits into the first-level cache.
const UNPACKED_SIZE: usize = 4096;
/// Up to this many columns, aᵀ is read where it stands: 64 columns ran 6 % faster than from strips (784 × 64 × 32), 128
/// columns the same to 10 % slower (784 × 128 × 128), 512 columns 10 % slower.
const STRIPLESS_COLUMNS: usize = 64;
/// Up to this many rows, a·bᵀ is taken as inner products of rows.
const DOT_ROWS: usize = 2;

/// What every row of c holds before the product is added.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Zero; c is not read.
    Zero,
    /// What c held.
    Accumulate,
    /// These `n` numbers; c is not read.
    Bias(&'a [f32]),
}

/// Workspace for packed blocks: it grows to what the largest product needs and is used again.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    a: pack::Block,
    b: pack::Block,
}

impl Pack {
    /// An empty workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// How an operand lies in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// As it is used: a `[m, k]`, b `[k, n]`.
    Plain,
    /// The other way round: a `[k, m]`, b `[n, k]`.
    Transposed,
}

/// c = start + a·b, with a `[m, k]`, b `[k, n]`, c `[m, n]`: the forward pass, x·W + bias.
///
/// # Panics
/// If a slice has not the length that its shape asks for.
#[allow(clippy::too_many_arguments, reason = "three sizes, three matrices: the shape of BLAS")]
pub fn nn(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32], start: Start, pack: &mut Pack) {
    check(m, n, k, a, b, c, start);
    if n == 1 {
        nt(m, n, k, a, b, c, start, pack);
    } else {
        product(m, n, k, (a, Layout::Plain), (b, Layout::Plain), c, start, pack);
    }
}

/// c = start + a·bᵀ, with a `[m, k]`, b `[n, k]`, c `[m, n]`: the gradient of the input, dy·Wᵀ.
///
/// # Panics
/// If a slice has not the length that its shape asks for.
#[allow(clippy::too_many_arguments, reason = "three sizes, three matrices: the shape of BLAS")]
pub fn nt(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32], start: Start, pack: &mut Pack) {
    check(m, n, k, a, b, c, start);
    if n == 1 {
        let start = spread(start, c);
        if k == 1 { scaled(b[0], a, c, start) } else { dots(1, m, k, b, a, c, start) }
    } else if m <= DOT_ROWS {
        dots(m, n, k, a, b, c, start);
    } else if k == 1 {
        // A column lies in memory as a row does.
        product(m, n, k, (a, Layout::Plain), (b, Layout::Plain), c, start, pack);
    } else {
        product(m, n, k, (a, Layout::Plain), (b, Layout::Transposed), c, start, pack);
    }
}

/// c = start + aᵀ·b, with a `[k, m]`, b `[k, n]`, c `[m, n]`: the gradient of the weights, xᵀ·dy.
///
/// # Panics
/// If a slice has not the length that its shape asks for.
#[allow(clippy::too_many_arguments, reason = "three sizes, three matrices: the shape of BLAS")]
pub fn tn(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32], start: Start, pack: &mut Pack) {
    check(m, n, k, a, b, c, start);
    if m == 1 && n == 1 && k <= KC {
        // The gradient of the one weight of y = w·x + b, summed as a tile sums.
        let first = if let Start::Zero = spread(start, c) { 0.0 } else { c[0] };
        c[0] = first + a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b);
    } else if m == 1 {
        product(m, n, k, (a, Layout::Plain), (b, Layout::Plain), c, start, pack);
    } else if n == 1 {
        let start = spread(start, c);
        product(1, m, k, (b, Layout::Plain), (a, Layout::Plain), c, start, pack);
    } else {
        product(m, n, k, (a, Layout::Transposed), (b, Layout::Plain), c, start, pack);
    }
}

/// c = start + factor·a: the product of a column with a number, the whole forward pass of y = w·x + b.
fn scaled(factor: f32, a: &[f32], c: &mut [f32], start: Start) {
    let (factor, zero) = (F32x4::splat(factor), F32x4::zero());
    match start {
        Start::Accumulate => zip(c, a, |c, a| c + a.mul_add(factor, zero)),
        Start::Zero | Start::Bias(_) => map_into(a, c, |a| a.mul_add(factor, zero)),
    }
}

/// The start for a column c that is worked on as a row: its one bias is written into every element.
fn spread<'a>(start: Start<'a>, c: &mut [f32]) -> Start<'a> {
    if let Start::Bias(bias) = start {
        c.fill(bias[0]);
        return Start::Accumulate;
    }
    start
}

/// The lengths that `m`, `n` and `k` ask for; all that the unsafe code below relies on.
fn check(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &[f32], start: Start) {
    assert_eq!(Some(a.len()), m.checked_mul(k), "a has m·k elements, m = {m}, k = {k}");
    assert_eq!(Some(b.len()), k.checked_mul(n), "b has k·n elements, k = {k}, n = {n}");
    assert_eq!(Some(c.len()), m.checked_mul(n), "c has m·n elements, m = {m}, n = {n}");
    if let Start::Bias(bias) = start {
        assert_eq!(bias.len(), n, "the bias has n elements");
    }
}

/// c = start + op(a)·op(b), not both transposed; lengths as in [`check`].
#[allow(clippy::too_many_arguments, reason = "three sizes, three matrices: the shape of BLAS")]
fn product(
    m: usize,
    n: usize,
    k: usize,
    (a, a_layout): (&[f32], Layout),
    (b, b_layout): (&[f32], Layout),
    c: &mut [f32],
    start: Start,
    pack: &mut Pack,
) {
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        return empty(n, c, start);
    }
    let few = m <= UNPACKED_ROWS || b.len() <= UNPACKED_SIZE;
    let is_tile = m <= MC && n <= NR.min(STRIPLESS_COLUMNS) && k <= KC && n.is_multiple_of(LANES);
    if is_tile && few && b_layout == Layout::Plain {
        // Of a small network's products most are a single tile: none of the loops below.
        let order = if a_layout == Layout::Plain { Order::Rows { step: k } } else { Order::Columns { step: m } };
        return Tile { rows: m, width: n, terms: k, a, order, panel: b, panel_step: n, c, c_step: n, start }.run();
    }
    // LOOP 5: blocks of columns
    for j_block in (0..n).step_by(NC) {
        let columns = NC.min(n - j_block);
        // LOOP 4: blocks of the inner sum
        for p_block in (0..k).step_by(KC) {
            let terms = KC.min(k - p_block);
            let start = if p_block == 0 { start } else { Start::Accumulate };
            // LOOP 3: blocks of rows
            for i_block in (0..m).step_by(MC) {
                let rows = MC.min(m - i_block);
                if a_layout == Layout::Transposed && n > STRIPLESS_COLUMNS {
                    pack::strips(&a[p_block * m + i_block..], m, rows, terms, &mut pack.a);
                }
                // LOOP 2: panels of b
                for j in (j_block..j_block + columns).step_by(NR) {
                    let width = NR.min(j_block + columns - j);
                    // Where it ends with a whole vector, nothing behind it is read.
                    let whole = width.is_multiple_of(LANES);
                    let offset = (j - j_block) * terms;
                    let plain = b_layout == Layout::Plain;
                    if i_block == 0 && !(plain && whole && few) {
                        if plain {
                            pack::rows(&b[p_block * n + j..], n, width, terms, offset, &mut pack.b);
                        } else {
                            pack::columns(&b[j * k + p_block..], k, width, terms, offset, &mut pack.b);
                        }
                    }
                    let (panel, panel_step) = if plain && whole && few {
                        (&b[p_block * n + j..], n)
                    } else {
                        (pack.b.from(offset), width.next_multiple_of(4))
                    };
                    let (a, order) = match a_layout {
                        Layout::Plain => (&a[i_block * k + p_block..], Order::Rows { step: k }),
                        Layout::Transposed if n > STRIPLESS_COLUMNS => (pack.a.from(0), Order::Strips),
                        Layout::Transposed => (&a[p_block * m + i_block..], Order::Columns { step: m }),
                    };
                    let tile = Tile {
                        rows,
                        width,
                        terms,
                        a,
                        order,
                        panel,
                        panel_step,
                        c: &mut c[i_block * n + j..],
                        c_step: n,
                        start: match start {
                            Start::Bias(bias) => Start::Bias(&bias[j..j + width]),
                            other => other,
                        },
                    };
                    // LOOP 1: rows, a tile of c at a time
                    tile.run();
                }
            }
        }
    }
}

/// The product with no inner terms.
fn empty(n: usize, c: &mut [f32], start: Start) {
    match start {
        Start::Zero => c.fill(0.0),
        Start::Accumulate => {}
        Start::Bias(bias) => c.chunks_exact_mut(n).for_each(|row| row.copy_from_slice(bias)),
    }
}

#[cfg(test)]
mod tests;
