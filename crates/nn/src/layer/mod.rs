//! Layers, forward beside backward, and the stack that chains them.
//!
//! Matrices are row-major `[rows, columns]`, a row per sample. `d_x` is ∂loss/∂x.

pub(crate) mod activation;
mod batch_normalization;
mod dense;
mod layer_normalization;
mod noise;
mod normalization;
mod residual;
mod weight_normalization;

use crate::config::{self, Error};
use crate::params::Parameters;
use kernels::matmul::Pack;

/// What a forward pass hands to its layers.
pub struct Forward<'a> {
    /// Trained values, all layers'.
    pub values: &'a [f32],
    /// Moving statistics, all layers'.
    pub statistics: &'a [f32],
    /// Of the values: see [`Parameters::version`].
    pub version: u64,
    /// Workspace of the matrix products.
    pub pack: &'a mut Pack,
    /// Samples in this batch.
    pub rows: usize,
    /// Batch statistics, dropout and noise, or inference?
    pub training: bool,
    /// The model's seed.
    pub seed: u32,
    /// Number of this training pass: with the seed and the layer it picks the dropout mask.
    pub pass: u64,
}

/// What a backward pass hands to its layers.
pub struct Backward<'a> {
    /// Trained values, all layers'.
    pub values: &'a [f32],
    /// Their gradients.
    pub gradients: &'a mut [f32],
    /// Workspace of the matrix products.
    pub pack: &'a mut Pack,
    /// Samples in this batch.
    pub rows: usize,
    /// Add to the gradients (a further micro-batch) instead of setting them?
    pub add: bool,
    /// Where Σ(∂loss/∂output)² of each layer goes, from the last to the first, if anybody wants to know.
    pub d_squares: Option<&'a mut Vec<f64>>,
}

impl Backward<'_> {
    /// The gradients in `range`, emptied first unless this pass adds.
    fn start(&mut self, range: std::ops::Range<usize>) -> &mut [f32] {
        let gradients = &mut self.gradients[range];
        if !self.add {
            gradients.fill(0.0);
        }
        gradients
    }
}

/// A layer keeps what its backward pass needs from the last forward pass.
pub trait Layer {
    /// `y` from `x`.
    fn forward(&mut self, x: &[f32], y: &mut [f32], pass: &mut Forward);

    /// Parameter gradients, and `d_x` where it is wanted, from `d_y`, which is used up.
    fn backward(&mut self, x: &[f32], y: &[f32], d_y: &mut [f32], d_x: Option<&mut [f32]>, pass: &mut Backward);

    /// Moves the moving statistics on, once the step is known to be sound.
    fn commit(&self, _statistics: &mut [f32]) {}

    /// Adds the random numbers of the last training pass (dropout factors, noise), for the gradient check.
    fn masks(&self, _out: &mut Vec<Vec<f32>>) {}

    /// The activation that gives this layer's output.
    fn function(&self) -> Option<&activation::Function> {
        None
    }

    /// The chain inside a residual block.
    fn inner(&self) -> Option<&Stack> {
        None
    }
}

struct Node {
    layer: Box<dyn Layer>,
    width: usize,
    output: Vec<f32>,
    d_output: Vec<f32>,
}

/// Layers in a row, each with its output and the derivative with respect to it.
#[derive(Default)]
pub struct Stack {
    nodes: Vec<Node>,
    rows: usize,
}

impl Stack {
    /// Builds the layers for `inputs` columns and adds their tensors to `parameters`.
    ///
    /// # Errors
    /// [`Error::Config`] for a width that does not fit, [`Error::Memory`].
    pub fn build(layers: &[config::Layer], inputs: usize, parameters: &mut Parameters) -> Result<Self, Error> {
        let mut stack = Stack::default();
        let mut width = inputs;
        for (place, layer) in layers.iter().enumerate() {
            let (layer, columns) = parameters.at(place, |parameters| build(layer, width, parameters))?;
            width = columns;
            stack.nodes.push(Node { layer, width, output: Vec::new(), d_output: Vec::new() });
        }
        if parameters.lacks_memory { Err(Error::Memory) } else { Ok(stack) }
    }

    /// Columns of the last output, given those of the input.
    #[must_use]
    pub fn width(&self, inputs: usize) -> usize {
        self.nodes.last().map_or(inputs, |node| node.width)
    }

    /// Runs all layers; the result is [`Stack::output`].
    pub fn forward(&mut self, x: &[f32], pass: &mut Forward) {
        self.rows = pass.rows;
        for i in 0..self.nodes.len() {
            let (before, rest) = self.nodes.split_at_mut(i);
            let node = &mut rest[0];
            let size = pass.rows * node.width;
            if node.output.len() < size {
                node.output.resize(size, 0.0);
            }
            let input = before.last().map_or(x, |last| &last.output[..pass.rows * last.width]);
            node.layer.forward(input, &mut node.output[..size], pass);
        }
    }

    /// Runs all layers backwards from [`Stack::d_output_mut`]; `d_x` where it is wanted.
    pub fn backward(&mut self, x: &[f32], d_x: Option<&mut [f32]>, pass: &mut Backward) {
        let rows = pass.rows;
        let mut d_x = d_x;
        for i in (0..self.nodes.len()).rev() {
            let (before, rest) = self.nodes.split_at_mut(i);
            let node = &mut rest[0];
            let size = rows * node.width;
            let (input, d_input) = match before.last_mut() {
                Some(last) => {
                    let size = rows * last.width;
                    if last.d_output.len() < size {
                        last.d_output.resize(size, 0.0);
                    }
                    (&last.output[..size], Some(&mut last.d_output[..size]))
                }
                None => (x, d_x.take()),
            };
            // The layer uses d_output up.
            if let Some(d_squares) = &mut pass.d_squares {
                d_squares.push(kernels::reduce::quick_sum_of_squares(&node.d_output[..size]));
            }
            node.layer.backward(input, &node.output[..size], &mut node.d_output[..size], d_input, pass);
        }
    }

    /// The output of the last forward pass, `[rows, width]`.
    #[must_use]
    pub fn output(&self) -> &[f32] {
        self.layer_output(self.nodes.len() - 1)
    }

    /// Where the loss writes ∂loss/∂output, beside the output itself.
    ///
    /// # Panics
    /// Without layers.
    pub fn output_and_d_output(&mut self) -> (&[f32], &mut [f32]) {
        let rows = self.rows;
        let last = self.nodes.last_mut().expect("a stack has at least one layer");
        let size = rows * last.width;
        if last.d_output.len() < size {
            last.d_output.resize(size, 0.0);
        }
        (&last.output[..size], &mut last.d_output[..size])
    }

    /// How many layers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True without layers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Columns that layer `place` gives.
    #[must_use]
    pub fn layer_width(&self, place: usize) -> usize {
        self.nodes.get(place).map_or(0, |node| node.width)
    }

    /// What layer `place` gave in the last forward pass, `[rows, width]`.
    #[must_use]
    pub fn layer_output(&self, place: usize) -> &[f32] {
        self.nodes.get(place).map_or(&[], |node| &node.output[..self.rows * node.width])
    }

    /// The path of the first layer whose last output holds a number that is not finite.
    #[must_use]
    pub fn first_non_finite(&self) -> Option<Vec<usize>> {
        let place = (0..self.len()).find(|&place| !kernels::reduce::all_finite(self.layer_output(place)))?;
        let mut path = vec![place];
        path.extend(self.nodes[place].layer.inner().and_then(Stack::first_non_finite).unwrap_or_default());
        Some(path)
    }

    /// Shows every layer with its last output and that output's columns, in the order of computation: a residual block
    /// after the layers inside it.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a dyn Layer, &'a [f32], usize)) {
        for node in &self.nodes {
            if let Some(inner) = node.layer.inner() {
                inner.visit(see);
            }
            see(&*node.layer, &node.output[..self.rows * node.width], node.width);
        }
    }

    /// The paths of all layers in that order, behind `path`, the one of this stack.
    pub fn paths(&self, path: &mut Vec<usize>, out: &mut Vec<Vec<usize>>) {
        for (place, node) in self.nodes.iter().enumerate() {
            path.push(place);
            if let Some(inner) = node.layer.inner() {
                inner.paths(path, out);
            }
            out.push(path.clone());
            path.pop();
        }
    }

    /// Moves all moving statistics on.
    pub fn commit(&self, statistics: &mut [f32]) {
        for node in &self.nodes {
            node.layer.commit(statistics);
        }
    }

    /// The random numbers of the last training pass, layer by layer.
    pub fn masks(&self, out: &mut Vec<Vec<f32>>) {
        for node in &self.nodes {
            node.layer.masks(out);
        }
    }
}

/// One layer and the columns it gives.
fn build(layer: &config::Layer, inputs: usize, parameters: &mut Parameters) -> Result<(Box<dyn Layer>, usize), Error> {
    use config::Layer as L;
    Ok(match layer {
        L::Dense { units, .. } => {
            if *units == 0 {
                return Err(Error::Config);
            }
            inputs.checked_mul(*units).ok_or(Error::Memory)?;
            (Box::new(dense::Dense::new(layer, inputs, parameters)?), *units)
        }
        L::Activation(activation) => (Box::new(activation::Layer::new(*activation, inputs, parameters)), inputs),
        L::Dropout(rate) => (Box::new(noise::Noise::new(noise::Kind::Dropout(*rate), parameters)), inputs),
        L::AlphaDropout(rate) => (Box::new(noise::Noise::new(noise::Kind::AlphaDropout(*rate), parameters)), inputs),
        L::GaussianNoise(stddev) => (Box::new(noise::Noise::new(noise::Kind::Gaussian(*stddev), parameters)), inputs),
        L::BatchNormalization { momentum, epsilon } => {
            (Box::new(batch_normalization::BatchNormalization::new(*momentum, *epsilon, inputs, parameters)), inputs)
        }
        L::LayerNormalization { epsilon } => {
            (Box::new(layer_normalization::LayerNormalization::new(*epsilon, inputs, parameters)), inputs)
        }
        L::Residual(layers) => (Box::new(residual::Residual::new(layers, inputs, parameters)?), inputs),
        L::Normalization { mean, standard_deviation } => {
            if mean.len() != inputs {
                return Err(Error::Config);
            }
            (Box::new(normalization::Normalization::new(mean, standard_deviation)), inputs)
        }
    })
}
