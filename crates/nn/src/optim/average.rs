//! Averages of the weights that the rules before it train: Lookahead (Zhang 2019) and the exponential moving average.
//!
//! Lookahead: every k updates φ += α(θ − φ), from φ = θ before the first update; then θ = φ.
//! ema: m = θ after the first update, then m += (1 − d)(θ − m) after each; θ stays as it is.
//! Slot: φ or m, which is where to evaluate.

use super::{MAX_SLOTS, Rule, Step, VALUE, single};
use crate::config::{Error, Reader};
use kernels::lanes::{F32x4, zip_update};

#[derive(Clone, Copy, Debug)]
pub(super) struct Average {
    /// Updates from one averaging to the next.
    every: usize,
    /// α, or 1 − d.
    share: f64,
    /// Are the weights set to the average?
    pulls: bool,
}

impl Average {
    /// `[every, share, pulls]`.
    pub(super) fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Average { every: from.count()?.max(1), share: from.number()?, pulls: from.flag()? })
    }
}

impl Rule for Average {
    fn slots(&self) -> usize {
        1
    }

    fn averages(&self) -> bool {
        true
    }

    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [VALUE, 0.0, 0.0, 0.0]
    }

    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        if !step.t.is_multiple_of(self.every as u64) {
            return;
        }
        let [mean, ..] = slots;
        let (share, pulls) = (F32x4::splat(single(self.share)), self.pulls);
        if self.share >= 1.0 || (step.t == 1 && !pulls) {
            return mean.copy_from_slice(parameters);
        }
        zip_update(parameters, gradients, [mean], |p, _, [mean]| {
            let mean = share.mul_add(p - mean, mean);
            (if pulls { mean } else { p }, [mean])
        });
    }
}
