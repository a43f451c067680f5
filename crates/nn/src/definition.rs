//! The definition of a network, its loss and its gradient in plain f64: one textbook equation after the other, no SIMD,
//! no shortcuts. It judges the fast code in tests and answers `checkGradients`.
//!
//! Parameters are flat, in the order in which the layers are walked (a residual block's inner layers in its place):
//!
//! | layer | parameters |
//! | --- | --- |
//! | dense | kernel `[inputs, units]` row-major, gain `[units]` if its weights are normalised, bias `[units]` if it has one, slopes `[units]` if its activation is prelu |
//! | activation | slopes `[columns]` if it is prelu |
//! | batch and layer normalisation | gamma `[columns]`, beta `[columns]` |
//!
//! The forward pass is the training one: batch normalisation takes the batch's mean and biased variance, dropout and
//! noise take masks from outside, so that a check sees the very mask of the step that it checks.

use crate::config::{Activation, ActivationKind, Layer, Loss, LossKind, Regularizer};
use crate::loss::{POISSON_EPSILON, Targets};

/// Takes the last activation off where the loss works from logits and means just this activation (`sigmoid` under
/// binary cross-entropy, `softmax` under the categorical ones and Kullback–Leibler: [`Loss::head`]): it becomes
/// `linear`, in the last dense layer or in a last activation layer, so no layer changes its place. True if there was
/// one. To be called once, on the configuration as the user wrote it.
pub fn strip_head(layers: &mut [Layer], loss: &Loss) -> bool {
    let (Some(Layer::Dense { activation, .. } | Layer::Activation(activation)), Some(head)) =
        (layers.last_mut(), loss.head())
    else {
        return false;
    };
    let found = activation.kind == head;
    if found {
        activation.kind = ActivationKind::Linear;
    }
    found
}

/// What a loss is computed of.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// `[rows, inputs]`
    pub x: &'a [f64],
    /// one row or class for each row of `x`
    pub targets: Targets<'a>,
    /// one for each row
    pub sample_weight: Option<&'a [f32]>,
    /// one for each class
    pub class_weight: Option<&'a [f32]>,
    /// One `[rows, columns]` for each dropout, alpha-dropout and Gaussian-noise layer, in walk order; an empty one
    /// switches its layer off. Dropout: factors, 0 or 1/(1 − rate). Alpha dropout: above 0 keeps, 0 drops. Noise: addends.
    pub masks: &'a [Vec<f32>],
}

/// A network in f64.
#[derive(Clone, Debug)]
pub struct Network {
    layers: Vec<Layer>,
    inputs: usize,
    outputs: usize,
    loss: Loss,
    parameters: usize,
    mask_columns: Vec<usize>,
}

impl Network {
    /// The network of `layers` as the user wrote them: the head is stripped here ([`strip_head`]).
    #[must_use]
    pub fn new(layers: &[Layer], inputs: usize, loss: Loss) -> Self {
        let mut layers = layers.to_vec();
        strip_head(&mut layers, &loss);
        let mut mask_columns = Vec::new();
        let (parameters, outputs) = measure(&layers, inputs, &mut mask_columns);
        Network { layers, inputs, outputs, loss, parameters, mask_columns }
    }

    /// How many parameters [`Network::loss`] expects.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters
    }

    /// Columns of the output.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Columns of each mask, in walk order.
    #[must_use]
    pub fn mask_columns(&self) -> &[usize] {
        &self.mask_columns
    }

    /// The output `[rows, outputs]` in training mode: logits, if a head was stripped.
    ///
    /// # Panics
    /// If a length does not fit.
    #[must_use]
    pub fn forward(&self, parameters: &[f64], x: &[f64], masks: &[Vec<f32>]) -> Vec<f64> {
        self.walk(parameters, x, masks).0
    }

    /// Σ wᵢ·lossᵢ / Σ wᵢ over the batch, plus regularisation.
    ///
    /// # Panics
    /// If a length does not fit.
    #[must_use]
    pub fn loss(&self, parameters: &[f64], batch: &Batch) -> f64 {
        let (output, penalty) = self.walk(parameters, batch.x, batch.masks);
        let (mut weighted, mut weight) = (0.0, 0.0);
        for (row, output) in output.chunks_exact(self.outputs).enumerate() {
            let sample = batch.sample_weight.map_or(1.0, |weights| f64::from(weights[row]));
            let (value, of_class) = row_loss(&self.loss, output, row, &batch.targets, batch.class_weight);
            weighted += sample * value;
            weight += sample * of_class;
        }
        weighted / weight + penalty
    }

    /// ∂loss/∂θᵢ for each i of `indices` by central differences, h = 1e-5·max(1, |θᵢ|): good to about 1e-10 relative to
    /// the loss, if no kink (relu at 0) lies between θᵢ − h and θᵢ + h.
    ///
    /// # Panics
    /// If a length does not fit or an index is too large.
    #[must_use]
    pub fn numeric_gradient(&self, parameters: &[f64], batch: &Batch, indices: &[usize]) -> Vec<f64> {
        let mut moved = parameters.to_vec();
        let mut slope = |&i: &usize| {
            let h = 1e-5 * parameters[i].abs().max(1.0);
            let (above, below) = (parameters[i] + h, parameters[i] - h);
            moved[i] = above;
            let upper = self.loss(&moved, batch);
            moved[i] = below;
            let lower = self.loss(&moved, batch);
            moved[i] = parameters[i];
            (upper - lower) / (above - below)
        };
        indices.iter().map(&mut slope).collect()
    }

    fn walk(&self, parameters: &[f64], x: &[f64], masks: &[Vec<f32>]) -> (Vec<f64>, f64) {
        assert_eq!(parameters.len(), self.parameters, "parameters");
        assert_eq!(masks.len(), self.mask_columns.len(), "masks");
        assert_eq!(x.len() % self.inputs, 0, "x must have {} columns", self.inputs);
        let mut walk = Walk { parameters, masks, rows: x.len() / self.inputs, penalty: 0.0 };
        let output = walk.layers(&self.layers, x.to_vec(), self.inputs).0;
        (output, walk.penalty)
    }
}

/// Parameters and columns of the output; the masks' columns are pushed.
fn measure(layers: &[Layer], inputs: usize, masks: &mut Vec<usize>) -> (usize, usize) {
    let (mut parameters, mut columns) = (0, inputs);
    for layer in layers {
        match layer {
            Layer::Dense { units, use_bias, activation, weight_normalization, .. } => {
                let is_prelu = activation.kind == ActivationKind::Prelu;
                let vectors = [*use_bias, is_prelu, *weight_normalization].map(usize::from).iter().sum::<usize>();
                parameters += (columns + vectors) * units;
                columns = *units;
            }
            Layer::Activation(activation) if activation.kind == ActivationKind::Prelu => parameters += columns,
            Layer::Activation(_) | Layer::Normalization { .. } => {}
            Layer::Dropout(_) | Layer::AlphaDropout(_) | Layer::GaussianNoise(_) => masks.push(columns),
            Layer::BatchNormalization { .. } | Layer::LayerNormalization { .. } => parameters += 2 * columns,
            Layer::Residual(inner) => parameters += measure(inner, columns, masks).0,
        }
    }
    (parameters, columns)
}

/// What is left of the parameters and masks on the way through the layers.
struct Walk<'a> {
    parameters: &'a [f64],
    masks: &'a [Vec<f32>],
    rows: usize,
    penalty: f64,
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> &'a [f64] {
        let (taken, rest) = self.parameters.split_at(count);
        self.parameters = rest;
        taken
    }

    fn mask(&mut self) -> &'a [f32] {
        let (mask, rest) = self.masks.split_first().expect("counted by measure");
        self.masks = rest;
        mask
    }

    fn penalise(&mut self, regularizer: &Regularizer, weights: &[f64]) {
        let Regularizer { l1, l2 } = *regularizer;
        self.penalty += weights.iter().map(|w| l1 * w.abs() + l2 * w * w).sum::<f64>();
    }

    /// `[rows, columns]` in, the output and its columns out.
    fn layers(&mut self, layers: &[Layer], mut x: Vec<f64>, mut columns: usize) -> (Vec<f64>, usize) {
        for layer in layers {
            match layer {
                Layer::Dense {
                    units,
                    use_bias,
                    activation,
                    kernel_regularizer,
                    bias_regularizer,
                    weight_normalization,
                    ..
                } => {
                    let mut kernel = self.take(columns * units).to_vec();
                    self.penalise(kernel_regularizer, &kernel);
                    if *weight_normalization {
                        let gain = self.take(*units);
                        let norm = |c: usize| kernel.iter().skip(c).step_by(*units).map(|v| v * v).sum::<f64>().sqrt();
                        let norms: Vec<f64> = (0..*units).map(norm).collect();
                        each(&mut kernel, *units, |v, c| if v == 0.0 { 0.0 } else { gain[c] * v / norms[c] });
                    }
                    let mut z = vec![0.0; self.rows * units];
                    for (x, z) in x.chunks_exact(columns).zip(z.chunks_exact_mut(*units)) {
                        for (x, weights) in x.iter().zip(kernel.chunks_exact(*units)) {
                            z.iter_mut().zip(weights).for_each(|(z, w)| *z += x * w);
                        }
                    }
                    if *use_bias {
                        let bias = self.take(*units);
                        self.penalise(bias_regularizer, bias);
                        each(&mut z, *units, |z, column| z + bias[column]);
                    }
                    (x, columns) = (z, *units);
                    self.activate(activation, &mut x, columns);
                }
                Layer::Activation(activation) => self.activate(activation, &mut x, columns),
                Layer::Dropout(_) => x.iter_mut().zip(self.mask()).for_each(|(x, m)| *x *= f64::from(*m)),
                Layer::GaussianNoise(_) => x.iter_mut().zip(self.mask()).for_each(|(x, m)| *x += f64::from(*m)),
                Layer::AlphaDropout(rate) => alpha_dropout(&mut x, self.mask(), f64::from(*rate)),
                Layer::BatchNormalization { epsilon, .. } => {
                    let (gamma, beta) = (self.take(columns), self.take(columns));
                    for column in 0..columns {
                        let of_column = x.iter().skip(column).step_by(columns);
                        let (mean, deviation) = statistics(of_column.copied(), f64::from(*epsilon));
                        let of_column = x.iter_mut().skip(column).step_by(columns);
                        of_column.for_each(|x| *x = gamma[column] * (*x - mean) / deviation + beta[column]);
                    }
                }
                Layer::LayerNormalization { epsilon } => {
                    let (gamma, beta) = (self.take(columns), self.take(columns));
                    for row in x.chunks_exact_mut(columns) {
                        let (mean, deviation) = statistics(row.iter().copied(), f64::from(*epsilon));
                        each(row, columns, |x, column| gamma[column] * (x - mean) / deviation + beta[column]);
                    }
                }
                Layer::Residual(inner) => {
                    let (inside, width) = self.layers(inner, x.clone(), columns);
                    assert_eq!(width, columns, "a residual block keeps its columns");
                    x.iter_mut().zip(inside).for_each(|(x, y)| *x += y);
                }
                Layer::Normalization { mean, standard_deviation } => {
                    let (mean, deviation) = (mean.as_slice(), standard_deviation.as_slice());
                    each(&mut x, columns, |x, c| (x - f64::from(mean[c])) / f64::from(deviation[c]));
                }
            }
        }
        (x, columns)
    }

    fn activate(&mut self, activation: &Activation, x: &mut [f64], columns: usize) {
        match activation.kind {
            ActivationKind::Prelu => {
                let slopes = self.take(columns);
                each(x, columns, |x, column| if x > 0.0 { x } else { slopes[column] * x });
            }
            ActivationKind::Softmax => {
                for row in x.chunks_exact_mut(columns) {
                    let scale = log_sum_exp(row);
                    row.iter_mut().for_each(|x| *x = libm::exp(*x - scale));
                }
            }
            _ => x.iter_mut().for_each(|x| *x = activate(activation, *x)),
        }
    }
}

/// Replaces each number by `f(number, its column)`.
fn each(x: &mut [f64], columns: usize, f: impl Fn(f64, usize) -> f64) {
    for row in x.chunks_exact_mut(columns) {
        row.iter_mut().enumerate().for_each(|(column, x)| *x = f(*x, column));
    }
}

/// Mean and √(biased variance + ε).
#[allow(clippy::cast_precision_loss)] // no batch has 2⁵³ rows
fn statistics(x: impl Iterator<Item = f64> + Clone, epsilon: f64) -> (f64, f64) {
    let count = x.clone().count() as f64;
    let mean = x.clone().sum::<f64>() / count;
    let variance = x.map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
    (mean, (variance + epsilon).sqrt())
}

/// Dropped numbers become α′ = −λα, SELU's lowest value; then a·x + b brings mean 0 and variance 1 back:
/// q = 1 − rate, a = 1/√(q + α′²·q·rate), b = −a·α′·rate (Klambauer, Unterthiner, Mayr and Hochreiter 2017).
fn alpha_dropout(x: &mut [f64], mask: &[f32], rate: f64) {
    let (lowest, keep) = (-SELU_SCALE * SELU_ALPHA, 1.0 - rate);
    let a = 1.0 / (keep + lowest * lowest * keep * rate).sqrt();
    let b = -a * lowest * rate;
    for (x, kept) in x.iter_mut().zip(mask) {
        *x = a * if *kept > 0.0 { *x } else { lowest } + b;
    }
}

/// λ of SELU.
pub const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
/// α of SELU.
pub const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// An activation of one number; equations in [`crate::activation`]. `softmax` (of a row) and `prelu` (with parameters)
/// are not of this kind, and are here the identity.
#[must_use]
pub fn activate(activation: &Activation, x: f64) -> f64 {
    let alpha = f64::from(activation.alpha);
    match activation.kind {
        ActivationKind::Linear | ActivationKind::Prelu | ActivationKind::Softmax => x,
        ActivationKind::Relu if x <= 0.0 => 0.0,
        ActivationKind::LeakyRelu if x <= 0.0 => alpha * x,
        ActivationKind::Elu if x <= 0.0 => alpha * libm::expm1(x),
        ActivationKind::Relu | ActivationKind::LeakyRelu | ActivationKind::Elu => x,
        ActivationKind::Selu if x <= 0.0 => SELU_SCALE * SELU_ALPHA * libm::expm1(x),
        ActivationKind::Selu => SELU_SCALE * x,
        ActivationKind::Gelu => 0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
        ActivationKind::GeluTanh => {
            let slope = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
            0.5 * x * (1.0 + libm::tanh(slope * (x + 0.044_715 * x * x * x)))
        }
        ActivationKind::Silu => x * sigmoid(x),
        ActivationKind::Mish => x * libm::tanh(softplus(x)),
        ActivationKind::Softplus => softplus(x),
        ActivationKind::Softsign => x / (1.0 + x.abs()),
        ActivationKind::Sigmoid => sigmoid(x),
        ActivationKind::HardSigmoid => (x / 6.0 + 0.5).clamp(0.0, 1.0),
        ActivationKind::Tanh => libm::tanh(x),
    }
}

/// 1/(1 + e⁻ˣ)
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// ln(1 + eˣ)
fn softplus(x: f64) -> f64 {
    let above = if x > 0.0 { x } else { 0.0 };
    above + libm::log1p(libm::exp(-x.abs()))
}

/// ln Σ eˣ
fn log_sum_exp(row: &[f64]) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + libm::log(row.iter().map(|x| libm::exp(x - largest)).sum())
}

/// The loss of a row times its class weight, and its class weight; equations in [`crate::loss`].
#[allow(clippy::cast_precision_loss)] // no network has 2⁵³ outputs
fn row_loss(loss: &Loss, output: &[f64], row: usize, targets: &Targets, weights: Option<&[f32]>) -> (f64, f64) {
    let columns = output.len();
    let target = |column: usize| f64::from(targets.value(row, column, columns));
    let class_weight =
        |class: usize| weights.map_or(1.0, |weights| weights.get(class).map_or(1.0, |weight| f64::from(*weight)));
    let weight = class_weight(targets.class(row, columns));
    let parameter = f64::from(loss.parameter);
    let value: f64 = match loss.kind {
        LossKind::CategoricalCrossEntropy | LossKind::SparseCategoricalCrossEntropy => {
            let scale = log_sum_exp(output);
            let term = |(column, z): (usize, &f64)| {
                let hard = (1.0 - parameter) * weight * target(column);
                (hard + parameter / columns as f64 * class_weight(column)) * (scale - z)
            };
            output.iter().enumerate().map(term).sum()
        }
        LossKind::KlDivergence => {
            let scale = log_sum_exp(output);
            let term = |(column, z): (usize, &f64)| match target(column) {
                0.0 => 0.0,
                t => t * (libm::log(t) + scale - z),
            };
            weight * output.iter().enumerate().map(term).sum::<f64>()
        }
        _ => {
            let term = |(column, o): (usize, &f64)| element_loss(loss.kind, parameter, *o, target(column));
            weight * output.iter().enumerate().map(term).sum::<f64>() / columns as f64
        }
    };
    (value, weight)
}

/// One column's term of an elementwise loss.
fn element_loss(kind: LossKind, parameter: f64, o: f64, t: f64) -> f64 {
    let e = o - t;
    match kind {
        LossKind::MeanAbsoluteError => e.abs(),
        LossKind::Huber if e.abs() <= parameter => 0.5 * e * e,
        LossKind::Huber => parameter * (e.abs() - 0.5 * parameter),
        LossKind::LogCosh => e.abs() + libm::log1p(libm::exp(-2.0 * e.abs())) - std::f64::consts::LN_2,
        LossKind::BinaryCrossEntropy => {
            let t = t * (1.0 - parameter) + 0.5 * parameter;
            t * softplus(-o) + (1.0 - t) * softplus(o)
        }
        LossKind::Hinge => {
            let margin = 1.0 - if t.abs() > 0.0 { t } else { -1.0 } * o;
            if margin < 0.0 { 0.0 } else { margin }
        }
        LossKind::Poisson => {
            let epsilon = f64::from(POISSON_EPSILON);
            o - t * if o < 0.0 { libm::log(epsilon) + o / epsilon } else { libm::log(o + epsilon) }
        }
        _ => e * e,
    }
}
