//! AdaBelief (Zhuang 2020), as Optax: Adam that divides by how far gradients stray from their mean.
//!
//! m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)(g − m)² + ε with the new m, so ε stays in the state; θ −= η·m̂/(√v̂ + ε).
//! Weight decay is coupled: g += λθ first. Slots: m, v.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct AdaBelief {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
}

impl AdaBelief {
    /// `[beta1, beta2, epsilon]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(AdaBelief { beta1: from.number()?, beta2: from.number()?, epsilon: from.number()? })
    }
}

impl Rule for AdaBelief {
    fn slots(&self) -> usize {
        2
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
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        let (epsilon, decay) = (s(self.epsilon), s(step.decay));
        zip_update(parameters, gradients, [first, second], |p, g, [m, v]| {
            let g = p.mul_add(decay, g);
            let m = beta1.mul_add(m, share1 * g);
            let surprise = g - m;
            let v = beta2.mul_add(v, share2 * surprise * surprise) + epsilon;
            (p + rate * m / v.sqrt().mul_add(scale, epsilon), [m, v])
        });
    }
}
