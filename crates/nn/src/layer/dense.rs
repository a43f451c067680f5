//! y = activation(x · kernel + bias): x `[rows, inputs]`, kernel `[inputs, units]`, bias `[units]`, y `[rows, units]`.
//!
//! With z = x · kernel + bias and d_z = d_y · activation′(z):
//! d_kernel = xᵀ · d_z, d_bias = Σ over rows of d_z, d_x = d_z · kernelᵀ. With weight normalisation the kernel here is
//! what [`WeightNormalization`] makes of the parameter of that name.

use super::activation::Function;
use super::weight_normalization::WeightNormalization;
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
    normalization: Option<WeightNormalization>,
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
            kernel_constraint,
            bias_constraint,
            weight_normalization,
        } = *layer
        else {
            return Err(Error::Config);
        };
        let kernel = parameters.add(Role::Kernel, &[inputs, units], kernel_initializer, kernel_regularizer);
        parameters.constrain_last(kernel_constraint);
        let gain = weight_normalization.then(|| parameters.add_gain(units));
        let bias = use_bias.then(|| {
            let bias = parameters.add(Role::Bias, &[units], bias_initializer, bias_regularizer);
            parameters.constrain_last(bias_constraint);
            bias
        });
        Ok(Dense {
            inputs,
            units,
            kernel: kernel..kernel + inputs * units,
            bias: bias.map(|offset| offset..offset + units),
            function: Function::new(activation, units, parameters),
            normalization: gain.map(|offset| WeightNormalization::new(offset..offset + units)),
        })
    }
}

impl Layer for Dense {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        let kernel = match &mut self.normalization {
            Some(normalization) => normalization.kernel(self.kernel.clone(), pass),
            None => &pass.values[self.kernel.clone()],
        };
        let start = self.bias.clone().map_or(Start::Zero, |bias| Start::Bias(&pass.values[bias]));
        matmul::nn(pass.rows, self.units, self.inputs, x, kernel, y, start, pass.pack);
        self.function.forward(y, pass.values);
    }

    fn backward(&mut self, x: &[f32], y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        self.function.backward(y, d_y, pass);
        let d_z = &*d_y;
        let (d_kernel, start) = match &mut self.normalization {
            Some(normalization) => (normalization.d_kernel(), Start::Zero),
            None if pass.add => (&mut pass.gradients[self.kernel.clone()], Start::Accumulate),
            None => (&mut pass.gradients[self.kernel.clone()], Start::Zero),
        };
        matmul::tn(self.inputs, self.units, pass.rows, x, d_z, d_kernel, start, pass.pack);
        if let Some(normalization) = &mut self.normalization {
            normalization.backward(self.kernel.clone(), pass);
        }
        if let Some(bias) = self.bias.clone() {
            kernels::reduce::column_sums(d_z, self.units, &mut pass.gradients[bias], pass.add);
        }
        if let Some(d_x) = d_x {
            let normalized = self.normalization.as_ref().map(WeightNormalization::last_kernel);
            let kernel = normalized.unwrap_or(&pass.values[self.kernel.clone()]);
            matmul::nt(pass.rows, self.inputs, self.units, d_z, kernel, d_x, Start::Zero, pass.pack);
        }
    }

    fn function(&self) -> Option<&Function> {
        Some(&self.function)
    }
}

/// No regularisation: what tensors beside kernels and biases have.
pub(super) const UNREGULARIZED: Regularizer = Regularizer { l1: 0.0, l2: 0.0 };
