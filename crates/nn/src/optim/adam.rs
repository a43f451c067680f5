//! Adam (Kingma & Ba 2014), AMSGrad (Reddi 2018) and AdamW (Loshchilov & Hutter 2017).
//!
//! m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; m̂ = m/(1 − β₁ᵗ); v̂ = v/(1 − β₂ᵗ); θ −= η·m̂/(√v̂ + ε).
//! AMSGrad puts the largest v so far (uncorrected, as torch; in Optax' form the largest v̂) in v's place. Without `biasCorrection` m̂ = m and v̂ = v.
//! `epsilonHat` (Keras): θ −= η√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε).
//! Adam couples weight decay (g += λθ first); AdamW decays by itself: θ −= (ηλ)θ before the update.
//! Slots: m, v, and with AMSGrad the largest v.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    amsgrad: bool,
    bias_correction: bool,
    epsilon_hat: bool,
    decoupled: bool,
    /// The largest v is that of the corrected ones.
    corrects_first: bool,
}

impl Adam {
    /// `[beta1, beta2, epsilon, amsgrad, bias correction, epsilon hat]`.
    pub(super) fn read(from: &mut Reader, decoupled: bool, form: Form) -> Result<Self, Error> {
        Ok(Adam {
            beta1: from.number()?,
            beta2: from.number()?,
            epsilon: from.number()?,
            amsgrad: from.flag()?,
            bias_correction: from.flag()?,
            epsilon_hat: from.flag()?,
            decoupled,
            corrects_first: form == Form::Optax,
        })
    }
}

impl Rule for Adam {
    fn slots(&self) -> usize {
        2 + usize::from(self.amsgrad)
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let s = |x: f64| F32x4::splat(single(x));
        // Where a schedule drives β₁, 1 − β₁ᵗ takes the β₁ of this update, as torch does.
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let (correction1, correction2) = if self.bias_correction {
            (1.0 - power(beta1, step.t), (1.0 - power(self.beta2, step.t)).sqrt())
        } else {
            (1.0, 1.0)
        };
        // η·m̂/(√v̂ + ε) = rate·m/(√v·scale + ε)
        let (rate, scale) = if self.epsilon_hat {
            (-step.rate * correction2 / correction1, 1.0)
        } else {
            (-step.rate / correction1, 1.0 / correction2)
        };
        let (rate, scale, epsilon) = (s(rate), s(scale), s(self.epsilon));
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        let (coupled, decoupled) =
            if self.decoupled { (s(0.0), s(-(step.rate * step.decay))) } else { (s(step.decay), s(0.0)) };
        let moments = |p: F32x4, g: F32x4, m: F32x4, v: F32x4| {
            let g = p.mul_add(coupled, g);
            (beta1.mul_add(m, share1 * g), beta2.mul_add(v, share2 * g * g))
        };
        // Decay and step are rounded into p together: a decay near the last bit would always be rounded the same way.
        let moved = |p: F32x4, change: F32x4| p + p.mul_add(decoupled, change);
        let [first, second, third, _] = slots;
        if self.amsgrad {
            // In Optax' form the slot holds v̂, with nothing left to correct.
            let before = self.corrects_first && !self.epsilon_hat;
            let correction = s(if before { 1.0 / (correction2 * correction2) } else { 1.0 });
            let scale = if before { s(1.0) } else { scale };
            zip_update(parameters, gradients, [first, second, third], |p, g, [m, v, largest]| {
                let (m, v) = moments(p, g, m, v);
                let largest = largest.max(v * correction);
                (moved(p, rate * m / largest.sqrt().mul_add(scale, epsilon)), [m, v, largest])
            });
        } else {
            zip_update(parameters, gradients, [first, second], |p, g, [m, v]| {
                let (m, v) = moments(p, g, m, v);
                (moved(p, rate * m / v.sqrt().mul_add(scale, epsilon)), [m, v])
            });
        }
    }
}
