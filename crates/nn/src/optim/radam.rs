//! RAdam (Liu 2019): Adam that steps along m̂ alone until enough gradients were seen to trust their variance.
//!
//! ρ_∞ = 2/(1 − β₂) − 1; ρ_t = ρ_∞ − 2tβ₂ᵗ/(1 − β₂ᵗ). If ρ_t > 5: θ −= η·m̂·r_t·√(1 − β₂ᵗ)/(√v + ε) with
//! r_t = √((ρ_t − 4)(ρ_t − 2)ρ_∞/((ρ_∞ − 4)(ρ_∞ − 2)ρ_t)); else θ −= ηm̂.
//! Weight decay is coupled: g += λθ first. Slots: m, v.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Radam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    /// ε beside the root of the corrected v̂ (Optax).
    corrects_first: bool,
}

impl Radam {
    /// `[beta1, beta2, epsilon]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        let (beta1, beta2, epsilon) = (from.number()?, from.number()?, from.number()?);
        Ok(Radam { beta1, beta2, epsilon, corrects_first: form == Form::Optax })
    }

    /// The factor of m and that of ε, or `None` while ρ_t <= 5.
    #[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
    fn rectification(&self, t: u64) -> Option<(f64, f64)> {
        let decayed = power(self.beta2, t);
        let limit = 2.0 / (1.0 - self.beta2) - 1.0;
        let rho = limit - 2.0 * t as f64 * decayed / (1.0 - decayed);
        let square = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho);
        let corrected = 1.0 - decayed;
        (rho > 5.0).then(|| ((square * corrected).sqrt(), if self.corrects_first { corrected.sqrt() } else { 1.0 }))
    }
}

impl Rule for Radam {
    fn slots(&self) -> usize {
        2
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let s = |x: f64| F32x4::splat(single(x));
        let rate = -step.rate / (1.0 - power(beta1, step.t));
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        let decay = s(step.decay);
        let moments = |p: F32x4, g: F32x4, m: F32x4, v: F32x4| {
            let g = p.mul_add(decay, g);
            (beta1.mul_add(m, share1 * g), beta2.mul_add(v, share2 * g * g))
        };
        if let Some((rectification, scale)) = self.rectification(step.t) {
            let (rate, epsilon) = (s(rate * rectification), s(scale * self.epsilon));
            zip_update(parameters, gradients, [first, second], |p, g, [m, v]| {
                let (m, v) = moments(p, g, m, v);
                (p + rate * m / (v.sqrt() + epsilon), [m, v])
            });
        } else {
            let rate = s(rate);
            zip_update(parameters, gradients, [first, second], |p, g, [m, v]| {
                let (m, v) = moments(p, g, m, v);
                (rate.mul_add(m, p), [m, v])
            });
        }
    }
}
