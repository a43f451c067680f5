//! RMSprop (Hinton 2012): v = ρv + (1 − ρ)g²; centred also ḡ = ρḡ + (1 − ρ)g, and v − ḡ² clamped at 0 stands for v;
//! d = √v + ε, or √(v + ε) with `epsilonInside`; b = μb + g/d; θ −= ηb.
//!
//! Weight decay is coupled: g += λθ first. Slots: v, then ḡ if centred, then b with momentum.

use super::{Form, MAX_SLOTS, Rule, SMALLEST_EPSILON, Step, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct RmsProp {
    rho: f64,
    epsilon: f64,
    momentum: f64,
    centered: bool,
    epsilon_inside: bool,
    /// η stands in the momentum buffer: b = μb + ηg/d; θ −= b (Keras, Optax).
    rate_inside: bool,
}

impl RmsProp {
    /// `[rho, epsilon, momentum, centered, epsilon inside]`.
    pub(super) fn read(from: &mut Reader, form: Form) -> Result<Self, Error> {
        Ok(RmsProp {
            rho: from.number()?,
            epsilon: from.number()?,
            momentum: from.number()?,
            centered: from.flag()?,
            epsilon_inside: from.flag()?,
            rate_inside: form != Form::Torch,
        })
    }
}

impl Rule for RmsProp {
    fn slots(&self) -> usize {
        1 + usize::from(self.centered) + usize::from(self.momentum > 0.0)
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        // The last is the momentum of steps, which say nothing of a gradient's size.
        [2.0, f64::from(u8::from(self.centered)), 0.0, 0.0]
    }

    fn is_bounded(&self) -> bool {
        self.epsilon >= SMALLEST_EPSILON
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let s = |x: f64| F32x4::splat(single(x));
        let (rho, share, epsilon) = (s(self.rho), s(1.0 - self.rho), s(self.epsilon));
        let (rate, decay, mu) = (s(-step.rate), s(step.decay), s(step.momentum.unwrap_or(self.momentum)));
        let (within, rate_of_b) = if self.rate_inside { (rate, s(1.0)) } else { (s(1.0), rate) };
        let inside = self.epsilon_inside;
        let square_mean = |v: F32x4, g: F32x4| rho.mul_add(v, share * g * g);
        let mean = |m: F32x4, g: F32x4| rho.mul_add(m, share * g);
        let root = |v: F32x4| if inside { (v + epsilon).sqrt() } else { v.sqrt() + epsilon };
        let centred_root = |v: F32x4, m: F32x4| root((v - m * m).max(F32x4::zero()));
        let [first, second, third, _] = slots;
        match (self.centered, self.momentum > 0.0) {
            (false, false) => zip_update(parameters, gradients, [first], |p, g, [v]| {
                let g = p.mul_add(decay, g);
                let v = square_mean(v, g);
                (p + rate * g / root(v), [v])
            }),
            (false, true) => zip_update(parameters, gradients, [first, second], |p, g, [v, b]| {
                let g = p.mul_add(decay, g);
                let v = square_mean(v, g);
                let b = mu.mul_add(b, within * (g / root(v)));
                (rate_of_b.mul_add(b, p), [v, b])
            }),
            (true, false) => zip_update(parameters, gradients, [first, second], |p, g, [v, m]| {
                let g = p.mul_add(decay, g);
                let (v, m) = (square_mean(v, g), mean(m, g));
                (p + rate * g / centred_root(v, m), [v, m])
            }),
            (true, true) => zip_update(parameters, gradients, [first, second, third], |p, g, [v, m, b]| {
                let g = p.mul_add(decay, g);
                let (v, m) = (square_mean(v, g), mean(m, g));
                let b = mu.mul_add(b, within * (g / centred_root(v, m)));
                (rate_of_b.mul_add(b, p), [v, m, b])
            }),
        }
    }
}
