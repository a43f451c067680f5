//! Stochastic gradient descent with momentum in three forms (Polyak 1964, Nesterov 1983, Sutskever 2013).
//!
//! torch: b₁ = g, b = μb + (1 − d)g; θ −= ηb, with Nesterov θ −= η(g + μb).
//! keras: v = μv − ηg; θ += v, with Nesterov θ += μv − ηg.
//! ema:   v = μv + (1 − μ)g from v₀ = 0; θ −= ηv.
//! Weight decay is coupled: g += λθ first. Slots: none without momentum, else the velocity.

use super::{MAX_SLOTS, Rule, Step, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Torch,
    Keras,
    Ema,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sgd {
    momentum: f64,
    dampening: f64,
    nesterov: bool,
    form: Form,
}

impl Sgd {
    /// `[momentum, dampening, nesterov, form]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Sgd {
            momentum: from.number()?,
            dampening: from.number()?,
            nesterov: from.flag()?,
            form: from.pick(&[Form::Torch, Form::Keras, Form::Ema])?,
        })
    }
}

impl Rule for Sgd {
    fn slots(&self) -> usize {
        usize::from(self.momentum > 0.0)
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [velocity, ..] = slots;
        let s = |x: f64| F32x4::splat(single(x));
        let momentum = step.momentum.unwrap_or(self.momentum);
        let (rate, decay, mu) = (s(-step.rate), s(step.decay), s(momentum));
        if self.momentum <= 0.0 {
            return zip_update(parameters, gradients, [], |p, g, []| {
                let g = p.mul_add(decay, g);
                (rate.mul_add(g, p), [])
            });
        }
        match self.form {
            Form::Torch => {
                let share = s(if step.t == 1 { 1.0 } else { 1.0 - self.dampening });
                let nesterov = self.nesterov;
                zip_update(parameters, gradients, [velocity], |p, g, [b]| {
                    let g = p.mul_add(decay, g);
                    let b = mu.mul_add(b, share * g);
                    let direction = if nesterov { mu.mul_add(b, g) } else { b };
                    (rate.mul_add(direction, p), [b])
                });
            }
            Form::Keras => {
                let nesterov = self.nesterov;
                zip_update(parameters, gradients, [velocity], |p, g, [v]| {
                    let descent = rate * p.mul_add(decay, g);
                    let v = mu.mul_add(v, descent);
                    let change = if nesterov { mu.mul_add(v, descent) } else { v };
                    (p + change, [v])
                });
            }
            Form::Ema => {
                let share = s(1.0 - momentum);
                zip_update(parameters, gradients, [velocity], |p, g, [v]| {
                    let g = p.mul_add(decay, g);
                    let v = mu.mul_add(v, share * g);
                    (rate.mul_add(v, p), [v])
                });
            }
        }
    }
}
