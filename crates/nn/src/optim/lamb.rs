//! LAMB (You 2019), as Optax: Adam whose step is a share of each tensor's length.
//!
//! u = m̂/(√v̂ + ε) + λθ; trust = ‖θ‖/‖u‖, 1 if a norm is 0; θ −= η·trust·u. Slots: m, v.
//! Two passes, since ‖u‖ must be known before the first number moves: the second forms u again rather than store it.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use core::cell::Cell;
use kernels::lanes::{F32x4, F64x2, zip_update};
use kernels::reduce::sum_of_squares;

#[derive(Clone, Copy, Debug)]
pub(super) struct Lamb {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
}

impl Lamb {
    /// `[beta1, beta2, epsilon]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Lamb { beta1: from.number()?, beta2: from.number()?, epsilon: from.number()? })
    }
}

impl Rule for Lamb {
    fn slots(&self) -> usize {
        2
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn by_tensor(&self) -> bool {
        true
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let s = |x: f64| F32x4::splat(single(x));
        let correction1 = s(1.0 / (1.0 - power(beta1, step.t)));
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        let correction2 = s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt());
        // Never 0, so that lanes beyond the end, where all is 0, add 0 to the norm.
        let (epsilon, decay) = (s(self.epsilon.max(f32::MIN_POSITIVE.into())), s(step.decay));
        let direction =
            |p: F32x4, m: F32x4, v: F32x4| p.mul_add(decay, correction1 * m / v.sqrt().mul_add(correction2, epsilon));
        let sums = Cell::new([F64x2::splat(0.0); 2]);
        zip_update(parameters, gradients, [&mut *first, &mut *second], |p, g, [m, v]| {
            let (m, v) = (beta1.mul_add(m, share1 * g), beta2.mul_add(v, share2 * g * g));
            let u = direction(p, m, v);
            let [low, high] = sums.get();
            sums.set([low + u.low_f64() * u.low_f64(), high + u.high_f64() * u.high_f64()]);
            (p, [m, v])
        });
        let [low, high] = sums.get();
        let (length, reach) = (sum_of_squares(parameters).sqrt(), (low + high).sum().sqrt());
        let trust = if length > 0.0 && reach > 0.0 { length / reach } else { 1.0 };
        let rate = s(-step.rate * trust);
        zip_update(parameters, first, [second], |p, m, [v]| (rate.mul_add(direction(p, m, v), p), [v]));
    }
}
