//! Schedule-free AdamW (Defazio 2024), as the authors' package: an average takes the place of a falling rate.
//!
//! Parameters y, of which gradients are taken; z, which steps; x, their average, with which to evaluate.
//! v = β₂v + (1 − β₂)g²; u = g/(√v̂ + ε) + λy; z −= ηu; x = (1 − c)x + cz; y = (1 − β₁)z + β₁x, where η is
//! min(1, t/warm-up) of the rate, c = w/Σw and w = t^r·(largest η so far)^power.
//! x is not kept: y = y + c(z − y) − η(1 − β₁(1 − c))u, and x = y + (1 − 1/β₁)(z − y).
//! Slots: z, v. Numbers: Σw, the largest η.
//! Optax: a rate one update behind in the warm-up, 0 in the first, while w is that of ours.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, VALUE, power, single};
use crate::config::{Error, Reader};
use core::cell::Cell;
use kernels::lanes::{F32x4, zip, zip_update};

#[derive(Clone, Debug)]
pub(super) struct ScheduleFreeAdamW {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    warmup_steps: f64,
    r: f64,
    weight_power: f64,
    /// Updates that the warm-up is behind.
    behind: u64,
    /// c of the update under way.
    share: Cell<f64>,
}

impl ScheduleFreeAdamW {
    /// `[beta1, beta2, epsilon, warm-up steps, r, weight power]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        Ok(ScheduleFreeAdamW {
            beta1: from.number()?,
            beta2: from.number()?,
            epsilon: from.number()?,
            warmup_steps: from.number()?,
            r: from.number()?,
            weight_power: from.number()?,
            behind: u64::from(form == Form::Optax),
            share: Cell::new(0.0),
        })
    }

    /// η with the warm-up of update t.
    #[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
    fn rate(&self, step: &Step, t: u64) -> f64 {
        let t = t as f64;
        if t < self.warmup_steps { step.rate * (t / self.warmup_steps) } else { step.rate }
    }
}

impl Rule for ScheduleFreeAdamW {
    fn slots(&self) -> usize {
        2
    }

    fn scalars(&self) -> usize {
        2
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [VALUE, 2.0, 0.0, 0.0]
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn averages(&self) -> bool {
        true
    }

    fn evaluate(&self, parameters: &mut [f32], slot: &[f32]) {
        let away = F32x4::splat(single(1.0 - 1.0 / self.beta1));
        zip(parameters, slot, |y, z| away.mul_add(z - y, y));
    }

    #[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
    fn begin(&self, step: &Step) -> bool {
        let [sum, largest] = step.scalars else { return false };
        largest.set(largest.get().max(self.rate(step, step.t)));
        let weight = libm::pow(step.t as f64, self.r) * libm::pow(largest.get(), self.weight_power);
        sum.set(sum.get() + weight);
        self.share.set(if sum.get() > 0.0 { weight / sum.get() } else { 0.0 });
        true
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let (rate, share) = (self.rate(step, step.t - self.behind), self.share.get());
        let scale = s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt());
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        let (epsilon, decay) = (s(self.epsilon), s(step.decay));
        let rate_of_y = s(-rate * (1.0 - self.beta1 * (1.0 - share)));
        let (rate, share) = (s(-rate), s(share));
        zip_update(parameters, gradients, [first, second], |y, g, [z, v]| {
            let v = beta2.mul_add(v, share2 * g * g);
            let u = y.mul_add(decay, g / v.sqrt().mul_add(scale, epsilon));
            (rate_of_y.mul_add(u, share.mul_add(z - y, y)), [rate.mul_add(u, z), v])
        });
    }
}
