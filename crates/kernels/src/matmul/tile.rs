//! LOOP 1 and the micro-kernel: a panel of b times the rows of a, a tile of c at a time in registers.
//!
//! The definition of the whole file, for rows i, columns j and terms p of the block:
//! `c[i, j] = start + Σₚ a[i, p]·panel[p, j]`, the sum from zero and from the first term to the last.

use super::Start;
use crate::lanes::{F32x4, LANES};

/// How rows of a lie in memory.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// `a[i, p]` at `i·step + p`.
    Rows {
        /// Elements from one row to the next.
        step: usize,
    },
    /// `a[i, p]` at `p·step + i`.
    Columns {
        /// Elements from one term to the next.
        step: usize,
    },
    /// Packed strips of four rows: `a[i, p]` at `⌊i/4⌋·4·terms + 4p + i mod 4`.
    Strips,
}

/// From one term of a row of a to the next, as a constant of the micro-kernel: 0 where it is not one.
const ROWS: usize = 1;
const STRIPS: usize = LANES;
const COLUMNS: usize = 0;

/// One panel of b and the rows of a that meet it.
pub(super) struct Tile<'a> {
    /// Rows of a and of c.
    pub rows: usize,
    /// Columns of c, at most 16.
    pub width: usize,
    /// Length of the inner sum, at least 1.
    pub terms: usize,
    /// The rows that begin at a's first element.
    pub a: &'a [f32],
    /// How they lie.
    pub order: Order,
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
    /// All rows, in tiles of about eight vectors: taller and wider ones spill, and narrow panels take more rows, so that
    /// there are enough sums to hide an addition's latency.
    pub(super) fn run(mut self) {
        self.check();
        let (functions, step) = match self.order {
            Order::Rows { step } => (&const { Self::functions::<ROWS>() }, step),
            Order::Columns { step } => (&const { Self::functions::<COLUMNS>() }, step),
            Order::Strips => (&const { Self::functions::<STRIPS>() }, LANES),
        };
        functions[self.width.div_ceil(LANES) - 1](&mut self, step);
    }

    /// What runs panels of one to four vectors for one order. In a table, since wasm-opt inlines what has one caller,
    /// and all micro-kernels in one function run a quarter slower in V8 11.
    const fn functions<const STEP: usize>() -> [fn(&mut Self, usize); 4] {
        [
            Self::rows_by::<4, 1, STEP>,
            Self::rows_by::<4, 2, STEP>,
            Self::rows_by::<2, 3, STEP>,
            Self::rows_by::<2, 4, STEP>,
        ]
    }

    /// Everything that the pointers below rely on.
    fn check(&self) {
        let (rows, terms) = (self.rows, self.terms);
        let padded = self.width.next_multiple_of(LANES);
        assert!(rows > 0 && terms > 0 && self.width > 0 && padded <= 4 * LANES);
        let a_end = match self.order {
            Order::Rows { step } => (rows - 1) * step + terms,
            Order::Columns { step } => (terms - 1) * step + rows,
            Order::Strips => rows.next_multiple_of(LANES) * terms,
        };
        assert!(self.a.len() >= a_end);
        assert!(self.panel.len() >= (terms - 1) * self.panel_step + padded);
        assert!(self.c.len() >= (rows - 1) * self.c_step + self.width);
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() >= self.width);
        }
    }

    /// Rows in tiles of `R` × `V` vectors, then one by one.
    ///
    /// A function of its own, so that the engine's register allocator sees little but one micro-kernel.
    #[inline(never)]
    fn rows_by<const R: usize, const V: usize, const STEP: usize>(&mut self, step: usize) {
        let first = |i: usize, terms: usize| match STEP {
            ROWS => i * step,
            STRIPS => i / LANES * LANES * terms + i % LANES,
            _ => i,
        };
        let mut i = 0;
        while i + R <= self.rows {
            self.tile::<R, V, STEP>(i, first(i, self.terms), step);
            i += R;
        }
        while i < self.rows {
            self.row::<V>(i, first(i, self.terms), if STEP == ROWS { 1 } else { step });
            i += 1;
        }
    }

    /// One row, whatever the order: `a[first + p·step]`. It serves all orders, since most products have few such rows.
    #[inline(never)]
    fn row<const V: usize>(&mut self, i: usize, first: usize, step: usize) {
        self.tile::<1, V, COLUMNS>(i, first, step);
    }

    /// The tile of rows `i..i + R`, whose first term of a stands at `first`.
    #[inline(always)]
    fn tile<const R: usize, const V: usize, const STEP: usize>(&mut self, i: usize, first: usize, step: usize) {
        // SAFETY: `check` holds: rows i..i+R and all terms of a, whole vectors of all rows of the panel.
        let sums = unsafe {
            multiply::<R, V, STEP>(self.terms, self.a.as_ptr().add(first), step, self.panel.as_ptr(), self.panel_step)
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
        let whole = self.width / LANES;
        for (r, sums) in sums.iter().enumerate() {
            // SAFETY: row i + r has `width` elements.
            let c = unsafe { self.c.as_mut_ptr().add((i + r) * self.c_step) };
            let start = match self.start {
                Start::Zero => ZEROS.as_ptr(),
                Start::Accumulate => c.cast_const(),
                Start::Bias(bias) => bias.as_ptr(),
            };
            for (v, &sum) in sums.iter().enumerate() {
                if v + 1 < V || v < whole {
                    // SAFETY: `whole` vectors have room in the `width` elements of the row and of what it starts with.
                    unsafe { (F32x4::load_at(start.add(v * LANES)) + sum).store_at(c.add(v * LANES)) };
                }
            }
            if whole < V {
                let j = whole * LANES;
                // SAFETY: the `width − j` elements that are left of the row and of what it starts with.
                unsafe { store_partial(c.add(j), start.add(j), self.width - j, sums[V - 1]) };
            }
        }
    }
}

/// What a row starts with under [`Start::Zero`].
static ZEROS: [f32; 4 * LANES] = [0.0; 4 * LANES];

/// The last vector of a row where fewer than four columns are left: `c[j] = start[j] + sum[j]` for j < width.
///
/// # Safety
/// Both pointers are valid for `width` elements.
#[inline(never)]
unsafe fn store_partial(c: *mut f32, start: *const f32, width: usize, sum: F32x4) {
    for (j, sum) in sum.to_array().into_iter().take(width).enumerate() {
        // SAFETY: j < width; the caller's promise.
        unsafe { *c.add(j) = *start.add(j) + sum };
    }
}

/// The micro-kernel: `R` rows of a times `V` vectors of the panel, `a[i·row + p·step]` and `panel[p·panel_step + j]`;
/// what the order of a fixes of `row` and `step` is a constant for the compiler.
///
/// # Safety
/// These elements are there for i < R, p < terms and j < 4·V.
#[inline(always)]
unsafe fn multiply<const R: usize, const V: usize, const STEP: usize>(
    terms: usize,
    a: *const f32,
    step: usize,
    panel: *const f32,
    panel_step: usize,
) -> [[F32x4; V]; R] {
    let (row, step) = match STEP {
        ROWS => (step, 1),
        STRIPS => (1, LANES),
        _ => (1, step),
    };
    let mut sums = [[F32x4::zero(); V]; R];
    let (mut panel, mut left) = (panel, terms);
    let mut last = |a: *const f32| {
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
        panel = panel.wrapping_add(panel_step);
        left -= 1;
        left == 0
    };
    let term = |a: *const f32, p: usize| a.wrapping_add(p * step);
    let mut a = a;
    // Four terms a turn, since V8 checks for interrupts at every turn; and a way out after each of them, since up to V8
    // 12 the loads of a stretch without a branch are all done first, and what they load does not fit into the registers.
    while !(last(a) || last(term(a, 1)) || last(term(a, 2)) || last(term(a, 3))) {
        a = term(a, 4);
    }
    sums
}
