//! w = gain · v/‖v‖, unit by unit (Salimans and Kingma 2016): length and direction of a unit's weights trained apart.
//!
//! v `[inputs, units]`, gain `[units]`, ‖v‖ of each column in f64. With G = ∂loss/∂w:
//! d_gain = G·v/‖v‖ and d_v = gain/‖v‖ · (G − v·(G·v)/‖v‖²), the part of G across v.
//!
//! A column of zeros has no direction: its w is 0, and so are its gradients.

use super::{Backward, Forward};
use kernels::columns;
use std::ops::Range;

pub(super) struct WeightNormalization {
    gain: Range<usize>,
    /// Of the parameters that the kernel was made of.
    version: Option<u64>,
    /// w
    kernel: Vec<f32>,
    /// 1/‖v‖ of each column, 0 for 0.
    inverse: Vec<f64>,
    d_kernel: Vec<f32>,
}

impl WeightNormalization {
    pub(super) fn new(gain: Range<usize>) -> Self {
        WeightNormalization { gain, version: None, kernel: Vec::new(), inverse: Vec::new(), d_kernel: Vec::new() }
    }

    /// w, made anew only where parameters changed since the last time. `v` is its place among them.
    pub(super) fn kernel(&mut self, v: Range<usize>, pass: &Forward) -> &[f32] {
        if self.version != Some(pass.version) {
            let v = &pass.values[v];
            let units = self.gain.len();
            let inverse = |square: f64| if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
            self.inverse = columns::dots(v, v, units).into_iter().map(inverse).collect();
            let factors = self.factors(pass.values);
            self.kernel.clear();
            self.kernel.extend_from_slice(v);
            columns::scale_and_add(&mut self.kernel, &factors, &vec![0.0; units]);
            self.version = Some(pass.version);
        }
        &self.kernel
    }

    /// The kernel of the last forward pass.
    pub(super) fn last_kernel(&self) -> &[f32] {
        &self.kernel
    }

    /// Where ∂loss/∂w goes before [`WeightNormalization::backward`].
    pub(super) fn d_kernel(&mut self) -> &mut [f32] {
        self.d_kernel.resize(self.kernel.len(), 0.0);
        &mut self.d_kernel
    }

    /// d_gain and d_v from ∂loss/∂w.
    #[allow(clippy::cast_possible_truncation)] // the one rounding
    pub(super) fn backward(&mut self, v: Range<usize>, pass: &mut Backward) {
        let values = &pass.values[v.clone()];
        let mut along = columns::dots(values, &self.d_kernel, self.gain.len());
        along.iter_mut().zip(&self.inverse).for_each(|(along, inverse)| *along *= inverse);
        let d_gain = pass.start(self.gain.clone());
        d_gain.iter_mut().zip(&along).for_each(|(d, &along)| *d += along as f32);
        let factors = self.factors(pass.values);
        let back: Vec<f64> =
            factors.iter().zip(&along).zip(&self.inverse).map(|((f, along), inverse)| -f * along * inverse).collect();
        columns::combine(&mut self.d_kernel, &factors, values, &back);
        kernels::elementwise::add_assign(pass.start(v), &self.d_kernel);
    }

    /// gain/‖v‖ of each column.
    fn factors(&self, values: &[f32]) -> Vec<f64> {
        let gain = &values[self.gain.clone()];
        gain.iter().zip(&self.inverse).map(|(&gain, inverse)| f64::from(gain) * inverse).collect()
    }
}
