//! An activation function as part of a layer: what it keeps from forward to backward, and PReLU's learned slopes.

use super::dense::UNREGULARIZED;
use super::{Backward, Forward};
use crate::activation::{prelu_backward, prelu_forward};
use crate::config::{Activation, ActivationKind, Initializer, InitializerKind};
use crate::params::{Parameters, Role};
use std::ops::Range;

/// y = f(z), in place, for `columns` columns.
pub struct Function {
    activation: Activation,
    columns: usize,
    /// PReLU's slope per column.
    alpha: Option<Range<usize>>,
    /// z, where f′ is computed from z.
    z: Vec<f32>,
}

impl Function {
    pub(super) fn new(activation: Activation, columns: usize, parameters: &mut Parameters) -> Self {
        let alpha = (activation.kind == ActivationKind::Prelu).then(|| {
            let first = Initializer { kind: InitializerKind::Constant, a: f64::from(activation.alpha), b: 0.0 };
            let offset = parameters.add(Role::Alpha, &[columns], first, UNREGULARIZED);
            offset..offset + columns
        });
        Function { activation, columns, alpha, z: Vec::new() }
    }

    /// Which activation.
    #[must_use]
    pub fn kind(&self) -> ActivationKind {
        self.activation.kind
    }

    /// The last z, where it is kept.
    #[must_use]
    pub fn z(&self) -> &[f32] {
        &self.z
    }

    /// Overwrites z with y.
    pub(super) fn forward(&mut self, z: &mut [f32], values: &[f32]) {
        if self.alpha.is_some() || self.activation.needs_input() {
            self.z.clear();
            self.z.extend_from_slice(z);
        }
        match self.alpha.clone() {
            Some(alpha) => prelu_forward(&self.z, &values[alpha], z),
            None => self.activation.forward(z, self.columns),
        }
    }

    /// Overwrites d_y with d_z.
    pub(super) fn backward(&self, y: &[f32], d: &mut [f32], pass: &mut Backward) {
        match self.alpha.clone() {
            Some(alpha) => {
                let slopes = &pass.values[alpha.clone()];
                prelu_backward(&self.z, slopes, d, pass.start(alpha));
            }
            None => {
                let saved = if self.activation.needs_input() { &self.z } else { y };
                self.activation.backward(saved, d, self.columns);
            }
        }
    }
}

/// An activation as a layer of its own.
pub(super) struct Layer {
    function: Function,
}

impl Layer {
    pub(super) fn new(activation: Activation, columns: usize, parameters: &mut Parameters) -> Self {
        Layer { function: Function::new(activation, columns, parameters) }
    }
}

impl super::Layer for Layer {
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward) {
        y.copy_from_slice(x);
        self.function.forward(y, pass.values);
    }

    fn backward(&mut self, _x: &[f32], y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        self.function.backward(y, d_y, pass);
        if let Some(d_x) = d_x {
            d_x.copy_from_slice(d_y);
        }
    }

    fn function(&self) -> Option<&Function> {
        Some(&self.function)
    }
}
