//! y = (x − mean) / standard deviation, per column and fixed: the scaling of the inputs, saved with the model.

use super::{Backward, Forward, Layer};

pub(super) struct Normalization {
    mean: Vec<f32>,
    standard_deviation: Vec<f32>,
}

impl Normalization {
    pub(super) fn new(mean: &[f32], standard_deviation: &[f32]) -> Self {
        Normalization { mean: mean.to_vec(), standard_deviation: standard_deviation.to_vec() }
    }
}

impl Layer for Normalization {
    fn forward(&mut self, x: &[f32], y: &mut [f32], _pass: &mut Forward) {
        let columns = self.mean.len();
        for (y, x) in y.chunks_exact_mut(columns).zip(x.chunks_exact(columns)) {
            for (((y, x), mean), deviation) in y.iter_mut().zip(x).zip(&self.mean).zip(&self.standard_deviation) {
                *y = (x - mean) / deviation;
            }
        }
    }

    fn backward(&mut self, _x: &[f32], _y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, _pass: &mut Backward) {
        let Some(d_x) = d_x else { return };
        let columns = self.mean.len();
        for (d_x, d_y) in d_x.chunks_exact_mut(columns).zip(d_y.chunks_exact(columns)) {
            for ((d_x, d_y), deviation) in d_x.iter_mut().zip(d_y).zip(&self.standard_deviation) {
                *d_x = d_y / deviation;
            }
        }
    }
}
