//! Prodigy (Mishchenko & Defazio 2023), as the authors' package: Adam that estimates its own rate, from how far the
//! parameters have come along the gradients.
//!
//! γ = dη, with bias correction · √(1 − β₂ᵏ)/(1 − β₁ᵏ); m = β₁m + (1 − β₁)dg; v = β₂v + (1 − β₂)d²g²;
//! s = β₃s + (d/d₀)γg; r = β₃r + (d/d₀)γ⟨g, θ₀ − θ⟩, with β₃ = √β₂ and d of the update before.
//! Then d = max(d, c·r/‖s‖₁), and θ −= γλθ; θ −= γm/(√v + dε). `safeguardWarmup`: (d/d₀)d in place of (d/d₀)γ in s.
//! ⟨·,·⟩ and ‖·‖₁ go over all parameters, so the first round makes the sums and the second moves. While all gradients or
//! the rate are 0 nothing happens, and k does not count. Slots: θ₀, m, v, s. Numbers: d, r, k.

use super::{MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, VALUE, single};
use crate::config::{Error, Reader};
use core::cell::Cell;
use kernels::lanes::{F32x4, F64x2, zip_update};

#[derive(Clone, Debug)]
pub(super) struct Prodigy {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    d0: f64,
    coefficient: f64,
    bias_correction: bool,
    safeguard_warmup: bool,
    /// Σ g·(θ₀ − θ), Σ |s| and γ of the update under way.
    sums: Cell<[f64; 2]>,
    pace: Cell<f64>,
}

impl Prodigy {
    /// `[beta1, beta2, epsilon, d0, coefficient, bias correction, safeguard warm-up]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Prodigy {
            beta1: from.number()?,
            beta2: from.number()?,
            epsilon: from.number()?,
            d0: from.number()?,
            coefficient: from.number()?,
            bias_correction: from.flag()?,
            safeguard_warmup: from.flag()?,
            sums: Cell::new([0.0; 2]),
            pace: Cell::new(0.0),
        })
    }
}

impl Rule for Prodigy {
    fn slots(&self) -> usize {
        4
    }

    fn scalars(&self) -> usize {
        3
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [VALUE, 1.0, 2.0, 1.0]
    }

    fn starts_as_parameters(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        self.d0 * self.epsilon >= SMALLEST_EPSILON
    }

    fn by_tensor(&self) -> bool {
        true
    }

    fn rounds(&self) -> usize {
        2
    }

    fn begin(&self, step: &Step) -> bool {
        let [d, along_all, count] = step.scalars else { return false };
        if step.round == 0 {
            if step.t == 1 {
                d.set(self.d0);
            }
            let k = count.get() + 1.0;
            let beta1 = step.momentum.unwrap_or(self.beta1);
            let correction = (1.0 - libm::pow(self.beta2, k)).sqrt() / (1.0 - libm::pow(beta1, k));
            self.pace.set(d.get() * step.rate * if self.bias_correction { correction } else { 1.0 });
            self.sums.set([0.0; 2]);
            return step.rate > 0.0;
        }
        let [along, length] = self.sums.get();
        if length <= 0.0 {
            return false;
        }
        count.set(count.get() + 1.0);
        let gained = d.get() / self.d0 * self.pace.get() * along;
        along_all.set(self.beta2.sqrt() * along_all.get() + gained);
        d.set(d.get().max(self.coefficient * along_all.get() / length));
        true
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let s = |x: f64| F32x4::splat(single(x));
        let [d, ..] = step.scalars else { return };
        let (d, pace) = (d.get(), self.pace.get());
        if step.round > 0 {
            let [_, first, second, _] = slots;
            let (rate, decay, epsilon) = (s(-pace), s(-(pace * step.decay)), s(d * self.epsilon));
            return zip_update(parameters, gradients, [first, second], |p, _, [m, v]| {
                (p.mul_add(decay, p) + rate * m / (v.sqrt() + epsilon), [m, v])
            });
        }
        let beta1 = step.momentum.unwrap_or(self.beta1);
        let (share1, share2) = (s(d * (1.0 - beta1)), s(d * d * (1.0 - self.beta2)));
        let share3 = s(d / self.d0 * if self.safeguard_warmup { d } else { pace });
        let (beta1, beta2, beta3) = (s(beta1), s(self.beta2), s(self.beta2.sqrt()));
        let sums = Cell::new([F64x2::splat(0.0); 4]);
        zip_update(parameters, gradients, slots, |p, g, [start, m, v, sum]| {
            let way = start - p;
            let (m, v) = (beta1.mul_add(m, share1 * g), beta2.mul_add(v, share2 * g * g));
            let sum = beta3.mul_add(sum, share3 * g);
            let size = sum.abs();
            let [low, high, small, large] = sums.get();
            sums.set([
                low + g.low_f64() * way.low_f64(),
                high + g.high_f64() * way.high_f64(),
                small + size.low_f64(),
                large + size.high_f64(),
            ]);
            (p, [start, m, v, sum])
        });
        let [low, high, small, large] = sums.get();
        let [along, length] = self.sums.get();
        self.sums.set([along + (low + high).sum(), length + (small + large).sum()]);
    }
}
