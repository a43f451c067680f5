//! y = γ·x̂ + β with x̂ = (x − mean) / √(variance + ε), mean and variance per column (Ioffe 2015).
//!
//! In training they are the batch's (the variance biased); the moving ones follow as m·old + (1 − m)·new, the variance
//! unbiased (×n/(n − 1)) as in torch. In inference the moving ones serve. With n rows:
//! d_γ = Σ d_y·x̂, d_β = Σ d_y, d_x = γ/√(variance + ε) · (d_y − d_β/n − x̂·d_γ/n).

use super::dense::UNREGULARIZED;
use super::{Backward, Forward, Layer};
use crate::config::{Initializer, InitializerKind};
use crate::params::{Parameters, Role};

pub(super) struct BatchNormalization {
    momentum: f64,
    epsilon: f64,
    columns: usize,
    gamma: usize,
    beta: usize,
    moving_mean: usize,
    moving_variance: usize,
    rows: usize,
    /// Of the last training batch, in f64.
    mean: Vec<f64>,
    variance: Vec<f64>,
    /// 1/√(variance + ε), of whichever variance served.
    scale: Vec<f32>,
    normalized: Vec<f32>,
    /// ∂loss/∂γ and ∂loss/∂β of the last batch; and both by its rows.
    d_gamma: Vec<f64>,
    d_beta: Vec<f64>,
    mean_dx: Vec<f32>,
    mean_d: Vec<f32>,
}

/// So much is still finite as a moving variance, unbiased and in f32; beyond, the step diverges before anything changes.
const LARGEST_VARIANCE: f64 = f32::MAX as f64 / 2.0;

const ZEROS: Initializer = Initializer { kind: InitializerKind::Zeros, a: 0.0, b: 0.0 };
const ONES: Initializer = Initializer { kind: InitializerKind::Ones, a: 0.0, b: 0.0 };

/// γ, which starts at 1, and β, which starts at 0.
pub(super) fn add_gamma_and_beta(columns: usize, parameters: &mut Parameters) -> (usize, usize) {
    let gamma = parameters.add(Role::Gamma, &[columns], ONES, UNREGULARIZED);
    (gamma, parameters.add(Role::Beta, &[columns], ZEROS, UNREGULARIZED))
}

impl BatchNormalization {
    pub(super) fn new(momentum: f64, epsilon: f32, columns: usize, parameters: &mut Parameters) -> Self {
        let (gamma, beta) = add_gamma_and_beta(columns, parameters);
        BatchNormalization {
            momentum,
            epsilon: f64::from(epsilon),
            columns,
            gamma,
            beta,
            moving_mean: parameters.add(Role::MovingMean, &[columns], ZEROS, UNREGULARIZED),
            moving_variance: parameters.add(Role::MovingVariance, &[columns], ONES, UNREGULARIZED),
            rows: 0,
            mean: Vec::new(),
            variance: Vec::new(),
            scale: Vec::new(),
            normalized: Vec::new(),
            d_gamma: Vec::new(),
            d_beta: Vec::new(),
            mean_dx: Vec::new(),
            mean_d: Vec::new(),
        }
    }

    /// Mean and biased variance of each column, summed in f64, row after row.
    fn measure(&mut self, x: &[f32]) {
        let n = self.rows as f64;
        for sums in [&mut self.mean, &mut self.variance] {
            sums.clear();
            sums.resize(self.columns, 0.0);
        }
        for row in x.chunks_exact(self.columns) {
            for (mean, &x) in self.mean.iter_mut().zip(row) {
                *mean += f64::from(x);
            }
        }
        for mean in &mut self.mean {
            *mean /= n;
        }
        for row in x.chunks_exact(self.columns) {
            for ((variance, mean), &x) in self.variance.iter_mut().zip(&self.mean).zip(row) {
                let centred = f64::from(x) - mean;
                *variance += centred * centred;
            }
        }
        for variance in &mut self.variance {
            *variance /= n;
            if *variance > LARGEST_VARIANCE {
                *variance = f64::NAN;
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // numbers formed in f64 are rounded once
impl Layer for BatchNormalization {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        let columns = self.columns;
        self.rows = pass.rows;
        if pass.training {
            self.measure(x);
        } else {
            let moving = |offset: usize| pass.statistics[offset..offset + columns].iter().map(|&s| f64::from(s));
            self.mean.clear();
            self.mean.extend(moving(self.moving_mean));
            self.variance.clear();
            self.variance.extend(moving(self.moving_variance));
        }
        self.scale.clear();
        self.scale.extend(self.variance.iter().map(|v| (1.0 / (v + self.epsilon).sqrt()) as f32));
        self.normalized.resize(x.len(), 0.0);
        let gamma = &pass.values[self.gamma..self.gamma + columns];
        let beta = &pass.values[self.beta..self.beta + columns];
        let rows = y.chunks_exact_mut(columns).zip(x.chunks_exact(columns));
        for ((y, x), normalized) in rows.zip(self.normalized.chunks_exact_mut(columns)) {
            for c in 0..columns {
                normalized[c] = (f64::from(x[c]) - self.mean[c]) as f32 * self.scale[c];
                y[c] = gamma[c] * normalized[c] + beta[c];
            }
        }
    }

    fn backward(&mut self, _x: &[f32], _y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        let (n, columns) = (self.rows as f64, self.columns);
        let BatchNormalization { d_gamma, d_beta, mean_dx, mean_d, .. } = self;
        for sums in [&mut *d_gamma, &mut *d_beta] {
            sums.clear();
            sums.resize(columns, 0.0);
        }
        for (d, normalized) in d_y.chunks_exact(columns).zip(self.normalized.chunks_exact(columns)) {
            for c in 0..columns {
                d_gamma[c] += f64::from(d[c]) * f64::from(normalized[c]);
                d_beta[c] += f64::from(d[c]);
            }
        }
        for (offset, sums) in [(self.gamma, &*d_gamma), (self.beta, &*d_beta)] {
            for (g, sum) in pass.start(offset..offset + columns).iter_mut().zip(sums) {
                *g += *sum as f32;
            }
        }
        let Some(d_x) = d_x else { return };
        let gamma = &pass.values[self.gamma..self.gamma + columns];
        for (means, sums) in [(&mut *mean_dx, &*d_gamma), (&mut *mean_d, &*d_beta)] {
            means.clear();
            means.extend(sums.iter().map(|sum| (sum / n) as f32));
        }
        let rows = d_x.chunks_exact_mut(columns).zip(d_y.chunks_exact(columns));
        for ((d_x, d_y), normalized) in rows.zip(self.normalized.chunks_exact(columns)) {
            for c in 0..columns {
                d_x[c] = gamma[c] * self.scale[c] * (d_y[c] - mean_d[c] - normalized[c] * mean_dx[c]);
            }
        }
    }

    fn commit(&self, statistics: &mut [f32]) {
        let n = self.rows as f64;
        let (old, new) = (self.momentum, 1.0 - self.momentum);
        // A replica may have had no rows.
        for c in 0..self.mean.len() {
            let mean = &mut statistics[self.moving_mean + c];
            *mean = (old * f64::from(*mean) + new * self.mean[c]) as f32;
            let variance = &mut statistics[self.moving_variance + c];
            *variance = (old * f64::from(*variance) + new * self.variance[c] * n / (n - 1.0)) as f32;
        }
    }
}
