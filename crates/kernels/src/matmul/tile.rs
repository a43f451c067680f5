//! LOOP 1 and the micro-kernel: a panel of b times the rows of a, a tile of c at a time in registers.
//!
//! The definition of the whole file, for rows i, columns j and terms p of the block:
//! `c[i, j] = start + Σₚ a[i, p]·panel[p, j]`, the sum from zero and from the first term to the last.

use super::Start;
use crate::lanes::{F32x4, LANES};

/// One panel of b and the rows of a that meet it.
pub(super) struct Tile<'a> {
    /// Rows of a and of c.
    pub rows: usize,
    /// Columns of c, at most 16.
    pub width: usize,
    /// Length of the inner sum, at least 1.
    pub terms: usize,
    /// Rows `a_step` apart; or strips of four rows, `a[4p + i]`, `4·terms` apart, if `a_step` is 0.
    pub a: &'a [f32],
    /// Elements from one row of a to the next, or 0 for strips.
    pub a_step: usize,
    /// `terms` rows of whole vectors.
    pub panel: &'a [f32],
    /// Elements from one row of the panel to the next.
    pub panel_step: usize,
    /// Rows `c_step` apart, of which `width` elements are written.
    pub c: &'a mut [f32],
    /// Elements from one row of c to the next.
    pub c_step: usize,
    /// What the rows of c begin with.
    pub start: Start<'a>,
}

impl Tile<'_> {
    /// All rows, in tiles of about eight vectors: 2 × 16 runs at the machine's peak in every V8 from 11 to 14, taller
    /// and wider ones spill; narrow panels take more rows, so that there are enough sums to hide an addition's latency.
    pub(super) fn run(mut self) {
        self.check();
        let strips = self.a_step == 0;
        match (self.width.div_ceil(LANES), strips) {
            (4, false) => self.rows_by::<2, 4, false>(),
            (3, false) => self.rows_by::<2, 3, false>(),
            (2, false) => self.rows_by::<4, 2, false>(),
            (_, false) => self.rows_by::<4, 1, false>(),
            (4, true) => self.rows_by::<2, 4, true>(),
            (3, true) => self.rows_by::<2, 3, true>(),
            (2, true) => self.rows_by::<4, 2, true>(),
            (_, true) => self.rows_by::<4, 1, true>(),
        }
    }

    /// Everything that the pointers below rely on.
    fn check(&self) {
        let (rows, terms) = (self.rows, self.terms);
        let padded = self.width.next_multiple_of(LANES);
        assert!(rows > 0 && terms > 0 && self.width > 0 && padded <= 4 * LANES);
        let a_end =
            if self.a_step == 0 { rows.next_multiple_of(LANES) * terms } else { (rows - 1) * self.a_step + terms };
        assert!(self.a.len() >= a_end);
        assert!(self.panel.len() >= (terms - 1) * self.panel_step + padded);
        assert!(self.c.len() >= (rows - 1) * self.c_step + self.width);
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() >= self.width);
        }
    }

    /// Rows in tiles of `R` × `V` vectors, then of 2 and of 1 row.
    #[inline(always)]
    fn rows_by<const R: usize, const V: usize, const STRIPS: bool>(&mut self) {
        let mut i = 0;
        while i + R <= self.rows {
            self.tile::<R, V, STRIPS>(i);
            i += R;
        }
        if R > 2 && i + 2 <= self.rows {
            self.tile::<2, V, STRIPS>(i);
            i += 2;
        }
        if i < self.rows {
            self.tile::<1, V, STRIPS>(i);
        }
    }

    /// The tile of rows `i..i + R`.
    #[inline(always)]
    fn tile<const R: usize, const V: usize, const STRIPS: bool>(&mut self, i: usize) {
        let (first, row, step) = if STRIPS {
            (i / LANES * LANES * self.terms + i % LANES, 1, LANES)
        } else {
            (i * self.a_step, self.a_step, 1)
        };
        // SAFETY: `check` holds: rows i..i+R and all terms of a, whole vectors of all rows of the panel.
        let sums = unsafe {
            multiply::<R, V>(self.terms, self.a.as_ptr().add(first), row, step, self.panel.as_ptr(), self.panel_step)
        };
        // SAFETY: `check` holds: `width` elements of rows i..i+R of c, and of the bias.
        unsafe { self.store(i, sums) }
    }

    /// Writes start + sums into rows `i..i + R` of c.
    ///
    /// # Safety
    /// `check` holds and `i + R <= rows`.
    #[inline(always)]
    unsafe fn store<const R: usize, const V: usize>(&mut self, i: usize, sums: [[F32x4; V]; R]) {
        for (r, sums) in sums.into_iter().enumerate() {
            // SAFETY: row i + r has `width` elements.
            let c = unsafe { self.c.as_mut_ptr().add((i + r) * self.c_step) };
            for (v, sum) in sums.into_iter().enumerate() {
                let j = v * LANES;
                // SAFETY: whole vectors while j + 4 <= width, else the `width − j` elements that are left.
                unsafe {
                    if j + LANES <= self.width {
                        let value = match self.start {
                            Start::Zero => sum,
                            Start::Accumulate => F32x4::load_at(c.add(j)) + sum,
                            Start::Bias(bias) => F32x4::load_at(bias.as_ptr().add(j)) + sum,
                        };
                        value.store_at(c.add(j));
                    } else {
                        let c = core::slice::from_raw_parts_mut(c.add(j), self.width - j);
                        let value = match self.start {
                            Start::Zero => sum,
                            Start::Accumulate => F32x4::load_partial(c) + sum,
                            Start::Bias(bias) => F32x4::load_partial(&bias[j..self.width]) + sum,
                        };
                        value.store_partial(c);
                    }
                }
            }
        }
    }
}

/// The micro-kernel: `R` rows of a times `V` vectors of the panel, `a[i·row + p·step]` and `panel[p·panel_step + j]`.
///
/// # Safety
/// These elements are there for i < R, p < terms and j < 4·V.
#[inline(always)]
unsafe fn multiply<const R: usize, const V: usize>(
    terms: usize,
    a: *const f32,
    row: usize,
    step: usize,
    panel: *const f32,
    panel_step: usize,
) -> [[F32x4; V]; R] {
    let mut sums = [[F32x4::zero(); V]; R];
    let (mut a, mut panel) = (a, panel);
    let mut turn = |a: *const f32, panel: *const f32| {
        // SAFETY: the caller's promise, for one p.
        unsafe {
            let b: [F32x4; V] = core::array::from_fn(|v| F32x4::load_at(panel.add(v * LANES)));
            for (i, sums) in sums.iter_mut().enumerate() {
                let x = F32x4::splat(*a.add(i * row));
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = x.mul_add(b, *sum);
                }
            }
        }
    };
    // SAFETY: `UNROLL` terms are left at each turn of the first loop, one at each turn of the second; the pointers
    // stop one step behind the last term, and wrapping_add asks for no allocation there.
    unsafe {
        for _ in 0..terms / UNROLL {
            for u in 0..UNROLL {
                turn(a.add(u * step), panel.add(u * panel_step));
            }
            a = a.wrapping_add(UNROLL * step);
            panel = panel.wrapping_add(UNROLL * panel_step);
        }
    }
    for _ in 0..terms % UNROLL {
        turn(a, panel);
        a = a.wrapping_add(step);
        panel = panel.wrapping_add(panel_step);
    }
    sums
}

/// Terms per turn of the micro-kernel's loop: V8 checks for interrupts at every turn.
const UNROLL: usize = 4;
