//! Lion (Chen 2023): θ −= (ηλ)θ; θ −= η·sign(β₁m + (1 − β₁)g); m = β₂m + (1 − β₂)g; sign(0) = 0.
//!
//! Weight decay is decoupled. Slot: m.

use super::{MAX_SLOTS, Rule, Step, signed, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Lion {
    beta1: f64,
    beta2: f64,
}

impl Lion {
    /// `[beta1, beta2]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Lion { beta1: from.number()?, beta2: from.number()? })
    }
}

impl Rule for Lion {
    fn slots(&self) -> usize {
        1
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [moment, ..] = slots;
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let s = |x: f64| F32x4::splat(single(x));
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        let (rate, decay) = (s(-step.rate), s(-(step.rate * step.decay)));
        zip_update(parameters, gradients, [moment], |p, g, [m]| {
            let change = signed(beta1.mul_add(m, share1 * g), rate);
            // Rounded into p together: a decay near the last bit would always be rounded the same way.
            (p + p.mul_add(decay, change), [beta2.mul_add(m, share2 * g)])
        });
    }
}
