//! Adan (Xie 2022), as timm: a Nesterov step that is estimated from the differences of successive gradients.
//!
//! δ = g − g₋₁, 0 in the first update; m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)δ; n = β₃n + (1 − β₃)(g + β₂δ)²;
//! θ −= η(m̂ + β₂v̂)/(√n̂ + ε); then θ /= 1 + ηλ, the decay. Slots: m, v, n, g₋₁.
//! Optax: 1 − β₂ where β₂ multiplies δ and v̂, √(n̂ + 10⁻⁸) + ε, and the decay before: θ −= (ηλ)θ.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Adan {
    betas: [f64; 3],
    epsilon: f64,
    optax: bool,
}

impl Adan {
    /// `[beta1, beta2, beta3, epsilon]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        let betas = [from.number()?, from.number()?, from.number()?];
        Ok(Adan { betas, epsilon: from.number()?, optax: form == Form::Optax })
    }
}

impl Rule for Adan {
    fn slots(&self) -> usize {
        4
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [1.0, 1.0, 2.0, 1.0]
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let s = |x: f64| F32x4::splat(single(x));
        let [beta1, beta2, beta3] = [step.momentum.unwrap_or(self.betas[0]), self.betas[1], self.betas[2]];
        let rate1 = s(-step.rate / (1.0 - power(beta1, step.t)));
        let weight = if self.optax { 1.0 - beta2 } else { beta2 };
        let rate2 = s(-step.rate * weight / (1.0 - power(beta2, step.t)));
        let correction = 1.0 - power(beta3, step.t);
        let scale = s(1.0 / correction.sqrt());
        let decayed = step.rate * step.decay;
        // p/(1 + x) = p − p·x/(1 + x), which keeps small x.
        let [before, after, root] =
            if self.optax { [-decayed, 0.0, 1e-8 * correction] } else { [0.0, -decayed / (1.0 + decayed), 0.0] };
        let (epsilon, ahead, before, after, root) = (s(self.epsilon), s(weight), s(before), s(after), s(root));
        let known = s(if step.t == 1 { 0.0 } else { 1.0 });
        let [(beta1, share1), (beta2, share2), (beta3, share3)] = [beta1, beta2, beta3].map(|b| (s(b), s(1.0 - b)));
        zip_update(parameters, gradients, slots, |p, g, [m, v, n, previous]| {
            let difference = known * (g - previous);
            let m = beta1.mul_add(m, share1 * g);
            let v = beta2.mul_add(v, share2 * difference);
            let ahead = ahead.mul_add(difference, g);
            let n = beta3.mul_add(n, share3 * ahead * ahead);
            let p = p.mul_add(before, p) + rate1.mul_add(m, rate2 * v) / (n + root).sqrt().mul_add(scale, epsilon);
            (p.mul_add(after, p), [m, v, n, g])
        });
    }
}
