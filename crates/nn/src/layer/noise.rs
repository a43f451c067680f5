//! Layers that are random in training and do nothing in inference: dropout, alpha dropout, Gaussian noise.
//!
//! All have the form y = a·m·x + n with random m, n. The numbers come from a stream picked by seed, layer and training
//! pass, so a step repeated is the same step.

use super::{Backward, Forward, Layer};
use crate::definition::{SELU_ALPHA, SELU_SCALE};
use crate::params::Parameters;
use crate::rng::{Purpose, Stream};

#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// x is kept with probability 1 − rate and divided by 1 − rate (Srivastava 2014, inverted).
    Dropout(f32),
    /// Dropped numbers become α′ = −λα of SELU, then mean and variance are restored (Klambauer 2017).
    AlphaDropout(f32),
    /// x + N(0, stddev²).
    Gaussian(f32),
}

pub(super) struct Noise {
    kind: Kind,
    /// Place among the model's layers, residual blocks' inner ones included.
    stream: u32,
    /// The factor of x (dropout, alpha dropout) or the number added (Gaussian noise); empty after inference.
    mask: Vec<f32>,
    bits: Vec<u32>,
}

/// −λα, what SELU tends to for x → −∞.
const ALPHA_PRIME: f64 = -SELU_SCALE * SELU_ALPHA;

impl Noise {
    pub(super) fn new(kind: Kind, parameters: &Parameters) -> Self {
        Noise { kind, stream: parameters.stream(), mask: Vec::new(), bits: Vec::new() }
    }

    /// Factor and addend that keep mean 0 and variance 1 in alpha dropout.
    fn alpha_affine(rate: f32) -> (f64, f64) {
        let (rate, keep) = (f64::from(rate), 1.0 - f64::from(rate));
        let a = 1.0 / (keep * (1.0 + rate * ALPHA_PRIME * ALPHA_PRIME)).sqrt();
        (a, -a * ALPHA_PRIME * rate)
    }

    /// 1 with probability `1 − rate`, else 0, for every number of the batch.
    fn draw_kept(&mut self, rate: f32, size: usize, stream: &mut Stream, kept: f32) {
        self.bits.resize(size, 0);
        stream.fill_u32(&mut self.bits);
        // A uniform 32-bit number is below rate·2³² with probability rate; rate < 1, so the product fits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let threshold = (f64::from(rate) * 4_294_967_296.0) as u32;
        self.mask.extend(self.bits.iter().map(|&bits| if bits < threshold { 0.0 } else { kept }));
    }
}

#[allow(clippy::cast_possible_truncation)] // scalars formed in f64 are rounded once
impl Layer for Noise {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        self.mask.clear();
        if !pass.training {
            y.copy_from_slice(x);
            return;
        }
        let purpose = if matches!(self.kind, Kind::Gaussian(_)) { Purpose::Noise } else { Purpose::Dropout };
        let mut stream = Stream::new(pass.seed, purpose, pass.pass, self.stream);
        match self.kind {
            Kind::Dropout(rate) => {
                self.draw_kept(rate, x.len(), &mut stream, (1.0 / (1.0 - f64::from(rate))) as f32);
                for ((y, &x), &m) in y.iter_mut().zip(x).zip(&self.mask) {
                    *y = x * m;
                }
            }
            Kind::AlphaDropout(rate) => {
                let (a, b) = Noise::alpha_affine(rate);
                self.draw_kept(rate, x.len(), &mut stream, a as f32);
                let (dropped, kept) = ((a * ALPHA_PRIME + b) as f32, b as f32);
                for ((y, &x), &m) in y.iter_mut().zip(x).zip(&self.mask) {
                    *y = if m > 0.0 { x * m + kept } else { dropped };
                }
            }
            Kind::Gaussian(stddev) => {
                let stddev = f64::from(stddev);
                self.mask.extend((0..x.len()).map(|_| (stddev * stream.normal()) as f32));
                for ((y, &x), &n) in y.iter_mut().zip(x).zip(&self.mask) {
                    *y = x + n;
                }
            }
        }
    }

    fn backward(&mut self, _x: &[f32], _y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, _pass: &mut Backward) {
        let Some(d_x) = d_x else { return };
        d_x.copy_from_slice(d_y);
        if !matches!(self.kind, Kind::Gaussian(_)) {
            kernels::elementwise::mul_assign(d_x, &self.mask);
        }
    }

    fn masks(&self, out: &mut Vec<Vec<f32>>) {
        out.push(self.mask.clone());
    }
}
