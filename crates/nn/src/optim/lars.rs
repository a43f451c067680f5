//! LARS (You 2017), as timm with `always_adapt`: momentum whose step is a share of each tensor's length.
//!
//! trust = c·‖θ‖/(‖g‖ + λ‖θ‖ + ε), 1 if a norm is 0; q = trust·(g + λθ); b₁ = q, b = μb + q; θ −= ηb.
//! Tensors with fewer than two dimensions (biases, scales) have neither trust nor decay: q = g. Slot: b, none without μ.
//! Optax' form: trust = c·‖θ‖/(‖g + λθ‖ + ε) for every tensor, and η in the buffer: b = μb + ηq; θ −= b.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};
use kernels::reduce::{dot, sum_of_squares};

#[derive(Clone, Copy, Debug)]
pub(super) struct Lars {
    momentum: f64,
    trust_coefficient: f64,
    epsilon: f64,
    /// Trust from ‖g + λθ‖ and for every tensor, η in the momentum buffer.
    as_optax: bool,
}

impl Lars {
    /// `[momentum, trust coefficient, epsilon]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        let (momentum, trust_coefficient, epsilon) = (from.number()?, from.number()?, from.number()?);
        Ok(Lars { momentum, trust_coefficient, epsilon, as_optax: form == Form::Optax })
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
        let (trust, decay) = if step.dimensions < 2 && !self.as_optax {
            (1.0, 0.0)
        } else {
            let (length, slope) = (sum_of_squares(parameters).sqrt(), sum_of_squares(gradients).sqrt());
            let (slope, reach) = if self.as_optax {
                let both = 2.0 * dot(parameters, gradients) + step.decay * length * length;
                let decayed = (slope * slope + step.decay * both).max(0.0).sqrt();
                (decayed, decayed)
            } else {
                (slope, slope + step.decay * length)
            };
            let trust = self.trust_coefficient * length / (reach + self.epsilon);
            (if length > 0.0 && slope > 0.0 { trust } else { 1.0 }, step.decay)
        };
        let (rate, trust) = if self.as_optax { (-1.0, trust * step.rate) } else { (-step.rate, trust) };
        let (rate, trust, decay, mu) = (s(rate), s(trust), s(decay), s(step.momentum.unwrap_or(self.momentum)));
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
