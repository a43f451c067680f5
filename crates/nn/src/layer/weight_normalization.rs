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
    /// gain/‖v‖ of each column.
    factors: Vec<f64>,
    /// What G has along v, of each column.
    along: Vec<f64>,
}

impl WeightNormalization {
    pub(super) fn new(gain: Range<usize>) -> Self {
        WeightNormalization {
            gain,
            version: None,
            kernel: Vec::new(),
            inverse: Vec::new(),
            d_kernel: Vec::new(),
            factors: Vec::new(),
            along: Vec::new(),
        }
    }

    /// w, made anew only where parameters changed since the last time. `v` is its place among them.
    pub(super) fn kernel(&mut self, v: Range<usize>, pass: &Forward) -> &[f32] {
        if self.version != Some(pass.version) {
            let v = &pass.values[v];
            columns::dots(v, v, self.gain.len(), &mut self.inverse);
            let inverse = |square: f64| if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
            self.inverse.iter_mut().for_each(|square| *square = inverse(*square));
            self.find_factors(pass.values);
            self.kernel.clear();
            self.kernel.extend_from_slice(v);
            columns::scale(&mut self.kernel, &self.factors);
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
        columns::dots(values, &self.d_kernel, self.gain.len(), &mut self.along);
        self.along.iter_mut().zip(&self.inverse).for_each(|(along, inverse)| *along *= inverse);
        let d_gain = pass.start(self.gain.clone());
        d_gain.iter_mut().zip(&self.along).for_each(|(d, &along)| *d += along as f32);
        self.find_factors(pass.values);
        // −gain·(G·v)/‖v‖³, what is taken away along v
        let of_column = self.along.iter_mut().zip(&self.factors).zip(&self.inverse);
        of_column.for_each(|((along, factor), inverse)| *along = -factor * *along * inverse);
        columns::combine(&mut self.d_kernel, &self.factors, values, &self.along);
        kernels::elementwise::add_assign(pass.start(v), &self.d_kernel);
    }

    fn find_factors(&mut self, values: &[f32]) {
        let gain = &values[self.gain.clone()];
        self.factors.clear();
        self.factors.extend(gain.iter().zip(&self.inverse).map(|(&gain, inverse)| f64::from(gain) * inverse));
    }
}
