//! Rprop (Riedmiller & Braun 1993), as torch: a step size for every parameter, which grows while its gradient keeps its
//! sign and shrinks when that changes.
//!
//! s = sign(g·previous): the size becomes η⁺·size if s > 0, η⁻·size if s < 0, within its limits; if s < 0 then g = 0, and
//! this 0 is stored as the previous gradient; θ −= sign(g)·size. Sizes start as the first rate; later rates say nothing.
//! Weight decay is coupled: g += λθ first. Slots: the previous gradient, the size (0 before the first update).

use super::{MAX_SLOTS, Rule, Step, sign, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Rprop {
    shrink: f32,
    grow: f32,
    smallest: f32,
    largest: f32,
}

impl Rprop {
    /// `[η⁻, η⁺, smallest size, largest size]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Rprop { shrink: from.single()?, grow: from.single()?, smallest: from.single()?, largest: from.single()? })
    }
}

impl Rule for Rprop {
    fn slots(&self) -> usize {
        2
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [1.0, 0.0, 0.0, 0.0]
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        let [first, second, ..] = slots;
        let s = F32x4::splat;
        let (shrink, grow, one, zero) = (s(self.shrink), s(self.grow), s(1.0), F32x4::zero());
        let (smallest, largest) = (s(self.smallest), s(self.largest));
        let (start, decay) = (s(single(step.rate)), s(single(step.decay)));
        zip_update(parameters, gradients, [first, second], |p, g, [previous, size]| {
            let g = p.mul_add(decay, g);
            // The sign of g·previous, which small factors cannot make 0.
            let agreement = sign(g) * previous;
            let turned = agreement.lt(zero);
            let factor = agreement.gt(zero).select(grow, turned.select(shrink, one));
            let size = size.eq(zero).select(start, size);
            // A size is never NaN, so the quick forms do.
            let size = (size * factor).pmax(smallest).pmin(largest);
            let g = turned.select(zero, g);
            (p - sign(g) * size, [g, size])
        });
    }
}
