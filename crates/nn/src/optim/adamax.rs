//! Adamax (Kingma & Ba 2014): m = β₁m + (1 − β₁)g; u = max(β₂u, |g| + ε); θ −= η/(1 − β₁ᵗ)·m/u.
//!
//! Keras' form: u = max(β₂u, |g|), and m is divided by u + ε.
//! Weight decay is coupled: g += λθ first. Slots: m, u.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Adamax {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    /// ε beside u, not inside the maximum.
    epsilon_outside: bool,
}

impl Adamax {
    /// `[beta1, beta2, epsilon]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        let (beta1, beta2, epsilon) = (from.number()?, from.number()?, from.number()?);
        Ok(Adamax { beta1, beta2, epsilon, epsilon_outside: form == Form::Keras })
    }
}

impl Rule for Adamax {
    fn slots(&self) -> usize {
        2
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [1.0, 1.0, 0.0, 0.0]
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let s = |x: f64| F32x4::splat(single(x));
        let (rate, decay) = (s(-step.rate / (1.0 - power(beta1, step.t))), s(step.decay));
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let beta2 = s(self.beta2);
        let epsilon = s(self.epsilon);
        let moment = |p: F32x4, g: F32x4, m: F32x4| {
            let g = p.mul_add(decay, g);
            (g, beta1.mul_add(m, share1 * g))
        };
        if self.epsilon_outside {
            zip_update(parameters, gradients, [first, second], |p, g, [m, u]| {
                let (g, m) = moment(p, g, m);
                let u = (beta2 * u).max(g.abs());
                (p + rate * m / (u + epsilon), [m, u])
            });
        } else {
            zip_update(parameters, gradients, [first, second], |p, g, [m, u]| {
                let (g, m) = moment(p, g, m);
                let u = (beta2 * u).max(g.abs() + epsilon);
                (p + rate * m / u, [m, u])
            });
        }
    }
}
