//! Adadelta (Zeiler 2012): v = ρv + (1 − ρ)g²; Δ = √(u + ε)/√(v + ε)·g; u = ρu + (1 − ρ)Δ²; θ −= ηΔ.
//!
//! Weight decay is coupled: g += λθ first. Slots: v, u.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Adadelta {
    rho: f64,
    epsilon: f64,
}

impl Adadelta {
    /// `[rho, epsilon]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Adadelta { rho: from.number()?, epsilon: from.number()? })
    }
}

impl Rule for Adadelta {
    fn slots(&self) -> usize {
        2
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [2.0, 0.0, 0.0, 0.0]
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let (rho, share, epsilon) = (s(self.rho), s(1.0 - self.rho), s(self.epsilon));
        let (rate, decay) = (s(-step.rate), s(step.decay));
        zip_update(parameters, gradients, [first, second], |p, g, [v, u]| {
            let g = p.mul_add(decay, g);
            let v = rho.mul_add(v, share * g * g);
            let change = ((u + epsilon) / (v + epsilon)).sqrt() * g;
            let u = rho.mul_add(u, share * change * change);
            (rate.mul_add(change, p), [v, u])
        });
    }
}
