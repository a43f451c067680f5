//! NAdam (Dozat 2016): Adam's moments, with a Nesterov step whose momentum rises towards β₁.
//!
//! μ_t = β₁(1 − ½·0.96^{tψ}); θ −= η[(1 − μ_t)g/(1 − Πμ) + μ_{t+1}m/(1 − Πμ·μ_{t+1})]/(√v̂ + ε), where Πμ = μ₁…μ_t.
//! Weight decay is coupled: g += λθ first. Slots: m, v.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, power, single};
use crate::config::{Error, Reader};
use core::cell::Cell;
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Debug)]
pub(super) struct Nadam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    momentum_decay: f64,
    /// t and μ₁…μ_t/β₁ᵗ of the last update: saves the product of all steps; what is saved is t alone.
    product: Cell<(u64, f64)>,
}

impl Nadam {
    /// `[beta1, beta2, epsilon, momentum decay]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Nadam {
            beta1: from.number()?,
            beta2: from.number()?,
            epsilon: from.number()?,
            momentum_decay: from.number()?,
            product: Cell::new((0, 1.0)),
        })
    }

    /// μ_t/β₁.
    #[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
    fn momentum(&self, t: u64) -> f64 {
        1.0 - 0.5 * libm::pow(0.96, t as f64 * self.momentum_decay)
    }

    /// μ₁…μ_t/β₁ᵗ, from the last update's where that is not behind t.
    fn product(&self, t: u64) -> f64 {
        let (mut at, mut product) = self.product.get();
        if at > t {
            (at, product) = (0, 1.0);
        }
        // Factors rise to 1, where they stay: a count from a file may be as large as it likes.
        while at < t && product > 0.0 {
            at += 1;
            let factor = self.momentum(at);
            product *= factor;
            if factor >= 1.0 {
                break;
            }
        }
        self.product.set((t, product));
        product
    }
}

impl Rule for Nadam {
    fn slots(&self) -> usize {
        2
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let (beta2, share2) = (s(self.beta2), s(1.0 - self.beta2));
        // Where a schedule drives β₁, the product takes that of this update for all, as Adam's 1 − β₁ᵗ does.
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let product = power(beta1, step.t) * self.product(step.t);
        let (now, next) = (beta1 * self.momentum(step.t), beta1 * self.momentum(step.t + 1));
        let of_gradient = s(-step.rate * (1.0 - now) / (1.0 - product));
        let of_moment = s(-step.rate * next / (1.0 - product * next));
        let (beta1, share1) = (s(beta1), s(1.0 - beta1));
        let scale = s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt());
        let (epsilon, decay) = (s(self.epsilon), s(step.decay));
        zip_update(parameters, gradients, [first, second], |p, g, [m, v]| {
            let g = p.mul_add(decay, g);
            let m = beta1.mul_add(m, share1 * g);
            let v = beta2.mul_add(v, share2 * g * g);
            let change = of_gradient.mul_add(g, of_moment * m) / v.sqrt().mul_add(scale, epsilon);
            (p + change, [m, v])
        });
    }
}
