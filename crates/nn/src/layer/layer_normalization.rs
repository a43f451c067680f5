//! y = γ·x̂ + β with x̂ = (x − mean) / √(variance + ε), mean and biased variance per row (Ba 2016).
//!
//! d_γ = Σ over rows of d_y·x̂, d_β = Σ over rows of d_y; with q = γ·d_y and means over the columns,
//! d_x = (q − mean(q) − x̂·mean(q·x̂)) / √(variance + ε).

use super::batch_normalization::add_gamma_and_beta;
use super::{Backward, Forward, Layer};
use crate::params::Parameters;

pub(super) struct LayerNormalization {
    epsilon: f64,
    columns: usize,
    gamma: usize,
    beta: usize,
    /// 1/√(variance + ε) of each row.
    scale: Vec<f64>,
    normalized: Vec<f32>,
}

impl LayerNormalization {
    pub(super) fn new(epsilon: f32, columns: usize, parameters: &mut Parameters) -> Self {
        let (gamma, beta) = add_gamma_and_beta(columns, parameters);
        let epsilon = f64::from(epsilon);
        LayerNormalization { epsilon, columns, gamma, beta, scale: Vec::new(), normalized: Vec::new() }
    }
}

#[allow(clippy::cast_possible_truncation)] // numbers formed in f64 are rounded once
impl Layer for LayerNormalization {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        let columns = self.columns;
        let gamma = &pass.values[self.gamma..self.gamma + columns];
        let beta = &pass.values[self.beta..self.beta + columns];
        self.scale.clear();
        self.normalized.resize(x.len(), 0.0);
        let rows = y.chunks_exact_mut(columns).zip(x.chunks_exact(columns));
        for ((y, x), normalized) in rows.zip(self.normalized.chunks_exact_mut(columns)) {
            let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / columns as f64;
            let square = |x: f64| x * x;
            let variance = x.iter().map(|&x| square(f64::from(x) - mean)).sum::<f64>() / columns as f64;
            let scale = 1.0 / (variance + self.epsilon).sqrt();
            self.scale.push(scale);
            for c in 0..columns {
                normalized[c] = ((f64::from(x[c]) - mean) * scale) as f32;
                y[c] = gamma[c] * normalized[c] + beta[c];
            }
        }
    }

    fn backward(&mut self, _x: &[f32], _y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        let columns = self.columns;
        let rows = || d_y.chunks_exact(columns).zip(self.normalized.chunks_exact(columns));
        let d_gamma = pass.start(self.gamma..self.gamma + columns);
        for (d, normalized) in rows() {
            for c in 0..columns {
                d_gamma[c] += d[c] * normalized[c];
            }
        }
        let d_beta = &mut pass.gradients[self.beta..self.beta + columns];
        kernels::reduce::column_sums(d_y, columns, d_beta, pass.add);
        let Some(d_x) = d_x else { return };
        let gamma = &pass.values[self.gamma..self.gamma + columns];
        for ((d_x, (d_y, normalized)), scale) in d_x.chunks_exact_mut(columns).zip(rows()).zip(&self.scale) {
            let (mut mean, mut mean_x) = (0.0_f64, 0.0_f64);
            for c in 0..columns {
                let q = f64::from(gamma[c]) * f64::from(d_y[c]);
                mean += q;
                mean_x += q * f64::from(normalized[c]);
            }
            mean /= columns as f64;
            mean_x /= columns as f64;
            for c in 0..columns {
                let q = f64::from(gamma[c]) * f64::from(d_y[c]);
                d_x[c] = ((q - mean - f64::from(normalized[c]) * mean_x) * scale) as f32;
            }
        }
    }
}
