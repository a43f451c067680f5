//! y = activation(x · kernel + bias): x `[rows, inputs]`, kernel `[inputs, units]`, bias `[units]`, y `[rows, units]`.
//!
//! With z = x · kernel + bias and d_z = d_y · activation′(z):
//! d_kernel = xᵀ · d_z, d_bias = Σ over rows of d_z, d_x = d_z · kernelᵀ.

use super::activation::Function;
use super::{Backward, Forward, Layer};
use crate::config::{self, Error, Regularizer};
use crate::params::{Parameters, Role};
use kernels::matmul::{self, Start};
use std::ops::Range;

pub(super) struct Dense {
    inputs: usize,
    units: usize,
    kernel: Range<usize>,
    bias: Option<Range<usize>>,
    function: Function,
}

impl Dense {
    pub(super) fn new(layer: &config::Layer, inputs: usize, parameters: &mut Parameters) -> Result<Self, Error> {
        let config::Layer::Dense {
            units,
            use_bias,
            activation,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
        } = *layer
        else {
            return Err(Error::Config);
        };
        let kernel = parameters.add(Role::Kernel, &[inputs, units], kernel_initializer, kernel_regularizer);
        let bias = use_bias.then(|| parameters.add(Role::Bias, &[units], bias_initializer, bias_regularizer));
        Ok(Dense {
            inputs,
            units,
            kernel: kernel..kernel + inputs * units,
            bias: bias.map(|offset| offset..offset + units),
            function: Function::new(activation, units, parameters),
        })
    }
}

impl Layer for Dense {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        let kernel = &pass.values[self.kernel.clone()];
        let start = self.bias.clone().map_or(Start::Zero, |bias| Start::Bias(&pass.values[bias]));
        matmul::nn(pass.rows, self.units, self.inputs, x, kernel, y, start, pass.pack);
        self.function.forward(y, pass.values);
    }

    fn backward(&mut self, x: &[f32], y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        self.function.backward(y, d_y, pass);
        let d_z = &*d_y;
        let start = if pass.add { Start::Accumulate } else { Start::Zero };
        let d_kernel = &mut pass.gradients[self.kernel.clone()];
        matmul::tn(self.inputs, self.units, pass.rows, x, d_z, d_kernel, start, pass.pack);
        if let Some(bias) = self.bias.clone() {
            kernels::reduce::column_sums(d_z, self.units, pass.start(bias));
        }
        if let Some(d_x) = d_x {
            let kernel = &pass.values[self.kernel.clone()];
            matmul::nt(pass.rows, self.inputs, self.units, d_z, kernel, d_x, Start::Zero, pass.pack);
        }
    }

    fn function(&self) -> Option<&Function> {
        Some(&self.function)
    }
}

/// No regularisation: what tensors beside kernels and biases have.
pub(super) const UNREGULARIZED: Regularizer = Regularizer { l1: 0.0, l2: 0.0 };
