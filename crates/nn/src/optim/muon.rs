//! Muon (Jordan 2024), as torch: momentum whose step is made orthogonal, for kernels.
//!
//! b = μb + (1 − μ)g; u = b, with Nesterov (1 − μ)g + μb; θ −= (ηλ)θ; θ −= η·√max(1, units/inputs)·O(u).
//! O is five Newton–Schulz iterations from X = u/max(‖u‖, ε): X = aX + (bA + cA²)X with A = XXᵀ, on the shorter side. They
//! take every singular value near 1 (0.7 to 1.2), rather than to it. Slot: b.
//! Keras: b = μb + g; u = b or g + μb; ‖u‖ + ε; 0.2·√max(inputs, units) as the factor. Optax: ‖u‖ + ε; u = b/(1 − μᵗ), with
//! Nesterov (1 − μ)g/(1 − μᵗ) + μb/(1 − μᵗ⁺¹).
//!
//! In f32 by the kernels' products, whose order of sums the shapes alone decide. torch iterates in bfloat16.
//! What is no kernel goes to AdamW: `ts/config/optimizers/nesting.ts` makes another part of it.

use super::{Form, MAX_SLOTS, Rule, Step, power, single};
use crate::config::{Error, Reader};
use core::cell::RefCell;
use kernels::lanes::{F32x4, zip, zip_update};
use kernels::matmul::{Pack, Start, nn, nt, tn};
use kernels::reduce::sum_of_squares;

/// a, b and c: the steepest slope at 0 that five iterations can have (Jordan 2024).
const COEFFICIENTS: [f32; 3] = [3.4445, -4.775, 2.0315];
const ITERATIONS: usize = 5;

#[derive(Debug)]
pub(super) struct Muon {
    momentum: f64,
    nesterov: bool,
    epsilon: f64,
    form: Form,
    room: RefCell<Room>,
}

/// Where the iteration works.
#[derive(Debug, Default)]
struct Room {
    x: Vec<f32>,
    change: Vec<f32>,
    square: Vec<f32>,
    mixed: Vec<f32>,
    pack: Pack,
}

impl Muon {
    /// `[momentum, nesterov, epsilon]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        let (momentum, nesterov, epsilon) = (from.number()?, from.flag()?, from.number()?);
        Ok(Muon { momentum, nesterov, epsilon, form, room: RefCell::default() })
    }
}

impl Room {
    /// Makes the `[rows, columns]` in `x` nearly orthogonal.
    fn orthogonalize(&mut self, rows: usize, columns: usize) {
        let Room { x, change, square, mixed, pack } = self;
        let short = rows.min(columns);
        change.resize(x.len(), 0.0);
        square.resize(short * short, 0.0);
        mixed.resize(short * short, 0.0);
        let [a, b, c] = COEFFICIENTS.map(F32x4::splat);
        for _ in 0..ITERATIONS {
            if rows <= columns {
                nt(short, short, columns, x, x, square, Start::Zero, pack);
            } else {
                tn(short, short, rows, x, x, square, Start::Zero, pack);
            }
            nn(short, short, short, square, square, mixed, Start::Zero, pack);
            zip(mixed, square, |cube, square| c.mul_add(cube, b * square));
            if rows <= columns {
                nn(rows, columns, short, mixed, x, change, Start::Zero, pack);
            } else {
                nn(rows, columns, short, x, mixed, change, Start::Zero, pack);
            }
            zip(x, change, |x, change| a.mul_add(x, change));
        }
    }
}

impl Rule for Muon {
    fn slots(&self) -> usize {
        1
    }

    fn by_tensor(&self) -> bool {
        true
    }

    #[allow(clippy::cast_precision_loss)] // sizes stay far below 2⁵³
    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [mean, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        // The facade gives tensors of other dimensions to AdamW; here the first ones are rows together.
        let [rows, columns] = [parameters.len() / step.sides[1].max(1), step.sides[1]];
        let momentum = step.momentum.unwrap_or(self.momentum);
        let (form, nesterov) = (self.form, self.nesterov);
        let share = if form == Form::Keras { 1.0 } else { 1.0 - momentum };
        // What b and g count for in u.
        let of_mean = if nesterov { momentum } else { 1.0 };
        let [of_mean, of_gradient] = if form == Form::Optax {
            let now = 1.0 - power(momentum, step.t);
            [of_mean / if nesterov { 1.0 - power(momentum, step.t + 1) } else { now }, share / now]
        } else {
            [of_mean, share]
        };
        let (mu, share, of_mean, of_gradient) = (s(momentum), s(share), s(of_mean), s(of_gradient));
        let room = &mut *self.room.borrow_mut();
        room.x.clear();
        room.x.extend_from_slice(mean);
        zip_update(&mut room.x, gradients, [&mut *mean], |_, g, [b]| {
            let b = mu.mul_add(b, share * g);
            (if nesterov { of_mean.mul_add(b, of_gradient * g) } else { of_mean * b }, [b])
        });
        let length = sum_of_squares(&room.x).sqrt();
        let length = if form == Form::Torch { length.max(self.epsilon) } else { length + self.epsilon };
        let length = length.max(f32::MIN_POSITIVE.into());
        kernels::elementwise::scale(&mut room.x, single(1.0 / length));
        room.orthogonalize(rows, columns);
        let factor = match form {
            Form::Keras => 0.2 * (columns.max(rows) as f64).sqrt(),
            _ => (columns as f64 / rows as f64).max(1.0).sqrt(),
        };
        let rate = s(-step.rate * factor);
        let decay = s(-(step.rate * step.decay));
        zip(parameters, &room.x, |p, x| rate.mul_add(x, p.mul_add(decay, p)));
    }
}
