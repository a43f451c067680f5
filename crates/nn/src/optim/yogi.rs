//! Yogi (Zaheer 2018), as Optax: Adam whose v moves towards g² by steps that do not depend on how far away it is.
//!
//! m = β₁m + (1 − β₁)g; v −= (1 − β₂)·sign(v − g²)·g²; θ −= η·m̂/(√v̂ + ε). Both m and v start as `initialAccumulator`,
//! so that m̂ and v̂ are not quite means. Weight decay is coupled: g += λθ first. Slots: m, v.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, sign, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Yogi {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    initial_accumulator: f64,
}

impl Yogi {
    /// `[beta1, beta2, epsilon, initial accumulator]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Yogi {
            beta1: from.number()?,
            beta2: from.number()?,
            epsilon: from.number()?,
            initial_accumulator: from.number()?,
        })
    }
}

impl Rule for Yogi {
    fn slots(&self) -> usize {
        2
    }

    fn initial(&self) -> f32 {
        single(self.initial_accumulator)
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let rate = s(-step.rate / (1.0 - power(beta1, step.t)));
        let scale = s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt());
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let share2 = s(-(1.0 - self.beta2));
        let (epsilon, decay) = (s(self.epsilon), s(step.decay));
        zip_update(parameters, gradients, [first, second], |p, g, [m, v]| {
            let g = p.mul_add(decay, g);
            let m = beta1.mul_add(m, share1 * g);
            let square = g * g;
            let v = share2.mul_add(sign(v - square) * square, v);
            (p + rate * m / v.sqrt().mul_add(scale, epsilon), [m, v])
        });
    }
}
