//! Sharpness-aware minimisation (Foret 2021): rules inside get the gradient from a point uphill, θ + ρ·g/‖g‖.
//!
//! [`crate::step`] takes that gradient; this part only says how far uphill, and changes nothing itself. No slots.

use super::{MAX_SLOTS, Rule, Step};
use crate::config::{Error, Reader};

#[derive(Clone, Copy, Debug)]
pub(super) struct Sharpness {
    /// ρ
    radius: f64,
}

impl Sharpness {
    /// `[radius]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Sharpness { radius: from.number()? })
    }
}

impl Rule for Sharpness {
    fn slots(&self) -> usize {
        0
    }

    fn uphill(&self) -> f64 {
        self.radius
    }

    fn update(&self, _: &Step, _: &mut [f32], _: &[f32], _: [&mut [f32]; MAX_SLOTS]) {}
}
