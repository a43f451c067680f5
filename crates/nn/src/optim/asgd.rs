//! Averaged stochastic gradient descent (Polyak & Juditsky 1992), as torch.
//!
//! η_t = η/(1 + Λη(t − 1))^α; θ −= (Λη_t)θ + η_t·g; a = θ up to update t₀ + 2, then a += (θ − a)/(t − 1 − t₀).
//! Weight decay λ is coupled beside Λ: g += λθ first. Slot: the average a.

use super::{MAX_SLOTS, Rule, Step, VALUE, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Asgd {
    lambda: f64,
    alpha: f64,
    start: f64,
}

impl Asgd {
    /// `[lambda, alpha, t0]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Asgd { lambda: from.number()?, alpha: from.number()?, start: from.number()? })
    }
}

impl Rule for Asgd {
    fn slots(&self) -> usize {
        1
    }

    fn averages(&self) -> bool {
        true
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [VALUE, 0.0, 0.0, 0.0]
    }

    #[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [average, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let before = (step.t - 1) as f64;
        let rate = step.rate / libm::pow(1.0 + self.lambda * step.rate * before, self.alpha);
        let share = 1.0 / (before - self.start).max(1.0);
        let averages = share < 1.0;
        let (own_decay, decay, rate, share) = (s(-(self.lambda * rate)), s(step.decay), s(-rate), s(share));
        zip_update(parameters, gradients, [average], |p, g, [a]| {
            let g = p.mul_add(decay, g);
            let p = rate.mul_add(g, p.mul_add(own_decay, p));
            (p, [if averages { share.mul_add(p - a, a) } else { p }])
        });
    }
}
