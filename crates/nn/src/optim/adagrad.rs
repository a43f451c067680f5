//! Adagrad (Duchi 2011): s += g²; θ −= η/(1 + (t − 1)·decay) · g/(√s + ε); `epsilonInside`: g/√(s + ε).
//!
//! Weight decay is coupled: g += λθ first. Slot: s, from `initialAccumulator`.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Adagrad {
    epsilon: f64,
    initial_accumulator: f64,
    rate_decay: f64,
    epsilon_inside: bool,
}

impl Adagrad {
    /// `[epsilon, initial accumulator, rate decay, epsilon inside]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Adagrad {
            epsilon: from.number()?,
            initial_accumulator: from.number()?,
            rate_decay: from.number()?,
            epsilon_inside: from.flag()?,
        })
    }
}

impl Rule for Adagrad {
    fn slots(&self) -> usize {
        1
    }

    fn initial(&self) -> f32 {
        single(self.initial_accumulator)
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [2.0, 0.0, 0.0, 0.0]
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    #[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [accumulator, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let rate = s(-step.rate / (1.0 + (step.t - 1) as f64 * self.rate_decay));
        let (epsilon, decay) = (s(self.epsilon), s(step.decay));
        let inside = self.epsilon_inside;
        zip_update(parameters, gradients, [accumulator], |p, g, [sum]| {
            let g = p.mul_add(decay, g);
            let sum = g.mul_add(g, sum);
            let denominator = if inside { (sum + epsilon).sqrt() } else { sum.sqrt() + epsilon };
            (p + rate * g / denominator, [sum])
        });
    }
}
