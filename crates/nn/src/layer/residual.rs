//! y = x + f(x), where f is a chain of layers that keeps the width (He 2015).
//!
//! d_x = d_y + f′(x)ᵀ · d_y: the identity lets the gradient through, however deep the network.

use super::{Backward, Forward, Layer, Stack};
use crate::config::{self, Error};
use crate::params::Parameters;

pub(super) struct Residual {
    stack: Stack,
}

impl Residual {
    pub(super) fn new(layers: &[config::Layer], inputs: usize, parameters: &mut Parameters) -> Result<Self, Error> {
        let stack = Stack::build(layers, inputs, parameters)?;
        if stack.is_empty() || stack.width(inputs) != inputs {
            return Err(Error::Config);
        }
        Ok(Residual { stack })
    }
}

impl Layer for Residual {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        self.stack.forward(x, pass);
        for ((y, x), f) in y.iter_mut().zip(x).zip(self.stack.output()) {
            *y = x + f;
        }
    }

    fn backward(&mut self, x: &[f32], _y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        let (_, d_output) = self.stack.output_and_d_output();
        d_output.copy_from_slice(d_y);
        match d_x {
            Some(d_x) => {
                self.stack.backward(x, Some(d_x), pass);
                kernels::elementwise::add_assign(d_x, d_y);
            }
            None => self.stack.backward(x, None, pass),
        }
    }

    fn commit(&self, statistics: &mut [f32]) {
        self.stack.commit(statistics);
    }

    fn masks(&self, out: &mut Vec<Vec<f32>>) {
        self.stack.masks(out);
    }

    fn inner(&self) -> Option<&Stack> {
        Some(&self.stack)
    }
}
