//! LARS (You 2017), as timm with `always_adapt`: momentum whose step is a share of each tensor's length.
//!
//! trust = c·‖θ‖/(‖g‖ + λ‖θ‖ + ε), 1 if a norm is 0; q = trust·(g + λθ); b₁ = q, b = μb + q; θ −= ηb.
//! Tensors with fewer than two dimensions (biases, scales) have neither trust nor decay: q = g. Slot: b, none without μ.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};
use kernels::reduce::sum_of_squares;

#[derive(Clone, Copy, Debug)]
pub(super) struct Lars {
    momentum: f64,
    trust_coefficient: f64,
    epsilon: f64,
}

impl Lars {
    /// `[momentum, trust coefficient, epsilon]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Lars { momentum: from.number()?, trust_coefficient: from.number()?, epsilon: from.number()? })
    }
}

impl Rule for Lars {
    fn slots(&self) -> usize {
        usize::from(self.momentum > 0.0)
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn by_tensor(&self) -> bool {
        true
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [velocity, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let (trust, decay) = if step.dimensions < 2 {
            (1.0, 0.0)
        } else {
            let (length, slope) = (sum_of_squares(parameters).sqrt(), sum_of_squares(gradients).sqrt());
            let trust = self.trust_coefficient * length / (slope + step.decay * length + self.epsilon);
            (if length > 0.0 && slope > 0.0 { trust } else { 1.0 }, step.decay)
        };
        let (rate, trust, decay, mu) = (s(-step.rate), s(trust), s(decay), s(step.momentum.unwrap_or(self.momentum)));
        if self.momentum > 0.0 {
            zip_update(parameters, gradients, [velocity], |p, g, [b]| {
                let b = mu.mul_add(b, trust * p.mul_add(decay, g));
                (rate.mul_add(b, p), [b])
            });
        } else {
            zip_update(parameters, gradients, [], |p, g, []| (rate.mul_add(trust * p.mul_add(decay, g), p), []));
        }
    }
}
