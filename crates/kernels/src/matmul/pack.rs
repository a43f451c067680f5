//! Copies blocks of a and b into the order in which the tiles read them.

use crate::lanes::{F32x4, LANES};

/// A line of the first-level cache: no vector of a block lies across two (nn 2048 × 128 × 784: 69 → 76 % of the peak).
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
struct Line(#[expect(dead_code, reason = "read as a slice of f32")] [f32; LINE]);

/// Elements of a line.
const LINE: usize = 16;

/// Room for packed elements, from the beginning of a cache line on.
#[derive(Clone, Debug, Default)]
pub(super) struct Block(Vec<Line>);

impl Block {
    /// The elements from `offset` on.
    pub(super) fn from(&self, offset: usize) -> &[f32] {
        // SAFETY: a line is sixteen f32 and nothing else.
        let all = unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast::<f32>(), self.0.len() * LINE) };
        &all[offset..]
    }

    /// `len` elements from `offset` on; the room grows when it has to, and what it held stays.
    pub(super) fn room(&mut self, offset: usize, len: usize) -> &mut [f32] {
        let lines = (offset + len).div_ceil(LINE);
        if self.0.len() < lines {
            self.0.resize(lines, Line([0.0; LINE]));
        }
        // SAFETY: a line is sixteen f32 and nothing else.
        let all = unsafe { core::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast::<f32>(), self.0.len() * LINE) };
        &mut all[offset..offset + len]
    }
}

/// Four elements from `first` on, or as many as there are.
#[inline(always)]
fn up_to_four(x: &[f32], first: usize) -> F32x4 {
    match x.get(first..first + LANES) {
        Some(four) => F32x4::load(four),
        None => F32x4::load_partial(x.get(first..).unwrap_or_default()),
    }
}

/// Columns of a transposed a `[terms, step]` as strips of four: `to[(i/4)·4·terms + 4p + i mod 4] = a[p, i]`.
///
/// Lanes beyond `rows` hold anything; their products are never stored.
pub(super) fn strips(a: &[f32], step: usize, rows: usize, terms: usize, to: &mut Block) {
    let to = to.room(0, rows.next_multiple_of(LANES) * terms);
    for (strip, i) in to.chunks_exact_mut(LANES * terms).zip((0..rows).step_by(LANES)) {
        for (p, four) in strip.chunks_exact_mut(LANES).enumerate() {
            up_to_four(a, p * step + i).store(four);
        }
    }
}

/// `width` columns of a plain b `[terms, step]`, each row filled up to whole vectors, from `to[offset]` on.
///
/// What fills them up is what stands behind in memory; its products are never stored.
pub(super) fn rows(b: &[f32], step: usize, width: usize, terms: usize, offset: usize, to: &mut Block) {
    let padded = width.next_multiple_of(LANES);
    let to = to.room(offset, padded * terms);
    match padded / LANES {
        4 => rows_of::<4>(b, step, to),
        3 => rows_of::<3>(b, step, to),
        2 => rows_of::<2>(b, step, to),
        _ => rows_of::<1>(b, step, to),
    }
}

/// [`rows`] of `V` vectors.
fn rows_of<const V: usize>(b: &[f32], step: usize, to: &mut [f32]) {
    for (p, row) in to.chunks_exact_mut(V * LANES).enumerate() {
        if let Some(from) = b.get(p * step..p * step + V * LANES) {
            for v in 0..V {
                F32x4::load(&from[v * LANES..]).store(&mut row[v * LANES..]);
            }
        } else {
            for v in 0..V {
                up_to_four(b, p * step + v * LANES).store(&mut row[v * LANES..]);
            }
        }
    }
}

/// `width` rows of a transposed b `[width, step]` as columns, each row filled up with zeros, from `to[offset]` on.
pub(super) fn columns(b: &[f32], step: usize, width: usize, terms: usize, offset: usize, to: &mut Block) {
    let padded = width.next_multiple_of(LANES);
    let to = to.room(offset, padded * terms);
    for j in (0..width).step_by(LANES) {
        for p in (0..terms).step_by(LANES) {
            let count = LANES.min(terms - p);
            let row = |r: usize| {
                let first = (j + r) * step + p;
                if j + r < width { F32x4::load_partial(&b[first..first + count]) } else { F32x4::zero() }
            };
            let four = if count == LANES && j + LANES <= width {
                [0, 1, 2, 3].map(|r| F32x4::load(&b[(j + r) * step + p..]))
            } else {
                [0, 1, 2, 3].map(row)
            };
            for (q, column) in transpose(four).into_iter().enumerate().take(count) {
                column.store(&mut to[(p + q) * padded + j..]);
            }
        }
    }
}

/// Row i of the result holds lane i of each row.
#[inline(always)]
pub(super) fn transpose([a, b, c, d]: [F32x4; 4]) -> [F32x4; 4] {
    let (ac_low, ac_high) = a.interleave(c);
    let (bd_low, bd_high) = b.interleave(d);
    let ((first, second), (third, fourth)) = (ac_low.interleave(bd_low), ac_high.interleave(bd_high));
    [first, second, third, fourth]
}
