//! Adafactor (Shazeer & Stern 2018): of the squares of a matrix's gradient only row and column means are kept.
//!
//! ρ = min(η, 1/√t); α = max(ε₂, RMS(θ))·ρ, from θ before the decay θ −= (ηλ)θ. With the share w = t^`beta2Decay`:
//! a matrix: r += w(mean of g² over each row − r), c += w(the same over each column − c), v̂ = r·c/max(mean(r), ε₁);
//! a vector: v̂ += w(g² − v̂). u = g/√max(v̂, ε₁²); θ −= α·u/max(1, RMS(u)/d).
//! More than two dimensions are matrices of the last two. No slots. Numbers: r and c of each matrix, v̂ of a vector.
//!
//! That is torch's form. Keras and Optax have g² + ε₁ in place of g² and nothing under v̂ and mean(r). Keras takes RMS(θ) after
//! the decay, which comes first. Optax: ρ = η, θ −= λθ; a matrix with a side below 128 counts as a vector.
//!
//! Two passes over a tensor, since RMS(u) must be known before the first number moves.

use super::{Form, MAX_SLOTS, Rule, Run, Step, single};
use crate::config::{Error, Reader};
use core::cell::{Cell, RefCell};
use kernels::columns;
use kernels::lanes::{F32x4, F64x2, zip_update};
use kernels::reduce::sum_of_squares;

#[derive(Debug)]
pub(super) struct Adafactor {
    beta2_decay: f64,
    epsilon1: f64,
    epsilon2: f64,
    threshold: f64,
    form: Form,
    /// Σ g² of each column.
    sums: RefCell<Vec<f64>>,
    /// v̂ as a factor of each row and one of each column, of all matrices of the tensor.
    factors: RefCell<[Vec<f32>; 2]>,
}

impl Adafactor {
    /// `[beta2 decay, epsilon 1, epsilon 2, clipping threshold]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        Ok(Adafactor {
            beta2_decay: from.number()?,
            epsilon1: from.number()?,
            epsilon2: from.number()?,
            threshold: from.number()?,
            form,
            sums: RefCell::default(),
            factors: RefCell::default(),
        })
    }

    /// Is v̂ made of rows and columns?
    fn is_factored(&self, dimensions: usize, [rows, columns]: [usize; 2]) -> bool {
        dimensions >= 2 && (self.form != Form::Optax || rows.min(columns) >= 128)
    }

    /// What is added to g², and what v̂ does not fall below.
    fn floors(&self) -> [f64; 2] {
        if self.form == Form::Torch { [0.0, self.epsilon1] } else { [self.epsilon1, 0.0] }
    }

    /// Moves the means of a matrix's squares by the share, and adds its factors of v̂.
    #[allow(clippy::cast_precision_loss)] // sizes stay far below 2⁵³
    fn look(&self, gradients: &[f32], columns: usize, share: f64, numbers: &[Cell<f64>], factors: &mut [Vec<f32>; 2]) {
        let toward = |cell: &Cell<f64>, value: f64| {
            cell.set(cell.get() + share * (value - cell.get()));
            cell.get()
        };
        let [more, least] = self.floors();
        let count = gradients.len() / columns;
        let (of_rows, of_columns) = numbers.split_at(count);
        let mut total = 0.0;
        for (cell, row) in of_rows.iter().zip(gradients.chunks_exact(columns)) {
            total += toward(cell, sum_of_squares(row) / columns as f64 + more);
        }
        let mean = (total / count as f64).max(least).max(f64::MIN_POSITIVE);
        factors[0].extend(of_rows.iter().map(|cell| single(cell.get() / mean)));
        let sums = &mut *self.sums.borrow_mut();
        columns::dots(gradients, gradients, columns, sums);
        let of_column = of_columns.iter().zip(sums.iter());
        factors[1].extend(of_column.map(|(cell, sum)| single(toward(cell, sum / count as f64 + more))));
    }
}

impl Rule for Adafactor {
    fn slots(&self) -> usize {
        0
    }

    fn numbers(&self, run: &Run) -> usize {
        let ([rows, columns], count) = (run.sides, run.range.len());
        if self.is_factored(run.dimensions, run.sides) { count / (rows * columns) * (rows + columns) } else { count }
    }

    fn by_tensor(&self) -> bool {
        true
    }

    #[allow(clippy::cast_precision_loss)] // counts stay far below 2⁵³
    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], _: [&mut [f32]; MAX_SLOTS]) {
        let s = |x: f64| F32x4::splat(single(x));
        let (t, count) = (step.t as f64, gradients.len() as f64);
        let share = libm::pow(t, self.beta2_decay);
        let [rows, columns] = step.sides;
        let factors = &mut *self.factors.borrow_mut();
        factors.iter_mut().for_each(Vec::clear);
        let [more, least] = self.floors();
        let is_factored = self.is_factored(step.dimensions, step.sides);
        // Where v̂ is whole, each row has columns of its own.
        let sides = if is_factored { step.sides } else { [1, columns] };
        if !is_factored {
            factors[0].resize(gradients.len() / columns, 1.0);
            factors[1].extend(step.numbers.iter().zip(gradients).map(|(cell, &g)| {
                cell.set(cell.get() + share * (f64::from(g) * f64::from(g) + more - cell.get()));
                single(cell.get())
            }));
        } else {
            let each = step.numbers.chunks_exact(rows + columns);
            for (numbers, gradients) in each.zip(gradients.chunks_exact(rows * columns)) {
                self.look(gradients, columns, share, numbers, factors);
            }
        }
        // Never 0, so that lanes beyond the end, where all is 0, add 0 to the sum.
        let floor = s((least * least).max(f32::MIN_POSITIVE.into()));
        let reach = (sum_of_squares(parameters) / count).sqrt().max(self.epsilon2);
        let sums = Cell::new([F64x2::splat(0.0); 2]);
        by_rows(parameters, gradients, factors, sides, floor, |p, u| {
            let [low, high] = sums.get();
            sums.set([low + u.low_f64() * u.low_f64(), high + u.high_f64() * u.high_f64()]);
            p
        });
        let [low, high] = sums.get();
        let clipped = ((low + high).sum() / count).sqrt() / self.threshold;
        let [bound, decay] = match self.form {
            Form::Optax => [f64::INFINITY, step.decay],
            _ => [1.0 / t.sqrt(), step.rate * step.decay],
        };
        let rate = s(-reach * step.rate.min(bound) / clipped.max(1.0));
        let decay = s(-decay);
        by_rows(parameters, gradients, factors, sides, floor, |p, u| rate.mul_add(u, p.mul_add(decay, p)));
    }
}

/// p = rule(p, u) with u = g/√max(v̂, floor), for all matrices of a tensor.
#[inline(always)]
fn by_rows(
    parameters: &mut [f32],
    gradients: &[f32],
    [of_rows, of_columns]: &mut [Vec<f32>; 2],
    [rows, columns]: [usize; 2],
    floor: F32x4,
    rule: impl Fn(F32x4, F32x4) -> F32x4,
) {
    let each = parameters.chunks_exact_mut(columns).zip(gradients.chunks_exact(columns)).zip(&*of_rows);
    for (i, ((parameters, gradients), &row)) in each.enumerate() {
        let row = F32x4::splat(row);
        let own = &mut of_columns[i / rows * columns..][..columns];
        zip_update(parameters, gradients, [own], |p, g, [column]| {
            (rule(p, g / (row * column).max(floor).sqrt()), [column])
        });
    }
}
