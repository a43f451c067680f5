//! What a model, a loss or an optimizer is made of, as plain Rust data, and the numbers it crosses the boundary as.
//!
//! The facade validates the user's configuration and writes it as one array of `f64` (`ts/core/encode.ts`); [`Reader`]
//! takes it apart in the same order. A kind is its place in the enum, from 0. No text crosses, so the core needs no parser.

/// What went wrong; the boundary passes the number on and the facade words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The encoded configuration ended early or holds a number that stands for nothing.
    Config = 1,
    /// A length does not fit the shapes.
    Shape = 3,
    /// A class label is not below the number of classes.
    Label = 4,
    /// Memory that cannot be had.
    Memory = 5,
}

/// Reads an encoded configuration from front to back.
///
/// Many places read a few numbers each, so numbers and counts are calls there, not copies.
pub struct Reader<'a> {
    numbers: &'a [f64],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `numbers`.
    #[must_use]
    pub fn new(numbers: &'a [f64]) -> Self {
        Reader { numbers }
    }

    /// The next number.
    ///
    /// # Errors
    /// [`Error::Config`] at the end, or for NaN, which no option can be.
    #[inline(never)]
    pub fn number(&mut self) -> Result<f64, Error> {
        let (first, rest) = self.numbers.split_first().ok_or(Error::Config)?;
        self.numbers = rest;
        if first.is_nan() { Err(Error::Config) } else { Ok(*first) }
    }

    /// The next number, rounded once to f32.
    ///
    /// # Errors
    /// [`Error::Config`] at the end.
    #[allow(clippy::cast_possible_truncation)] // the one rounding that is meant
    pub fn single(&mut self) -> Result<f32, Error> {
        Ok(self.number()? as f32)
    }

    /// The next number as a count.
    ///
    /// # Errors
    /// [`Error::Config`] at the end, or if it is no whole number from 0 to 2³² − 1.
    #[inline(never)]
    pub fn count(&mut self) -> Result<usize, Error> {
        let x = self.number()?;
        if x.fract() != 0.0 || !(0.0..=4_294_967_295.0).contains(&x) {
            return Err(Error::Config);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in range, see above
        Ok(x as usize)
    }

    /// The next number as a yes (1) or no (0).
    ///
    /// # Errors
    /// [`Error::Config`] at the end, or for another number.
    pub fn flag(&mut self) -> Result<bool, Error> {
        match self.count()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::Config),
        }
    }

    /// `table[next number]`.
    ///
    /// # Errors
    /// [`Error::Config`] at the end, or beyond the table.
    pub fn pick<T: Copy>(&mut self, table: &[T]) -> Result<T, Error> {
        table.get(self.count()?).copied().ok_or(Error::Config)
    }

    /// `count` numbers, each rounded to f32.
    ///
    /// # Errors
    /// [`Error::Config`] at the end.
    pub fn singles(&mut self, count: usize) -> Result<Vec<f32>, Error> {
        if count > self.numbers.len() {
            return Err(Error::Config);
        }
        (0..count).map(|_| self.single()).collect()
    }

    /// True when every number was read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.numbers.is_empty()
    }
}

/// The kinds of activation, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the field's; equations stand in activation.rs
pub enum ActivationKind {
    Linear,
    Relu,
    LeakyRelu,
    Prelu,
    Elu,
    Selu,
    Gelu,
    GeluTanh,
    Silu,
    Mish,
    Softplus,
    Softsign,
    Sigmoid,
    HardSigmoid,
    Tanh,
    Softmax,
}

impl ActivationKind {
    /// Every kind, in the order of the codes.
    pub const ALL: [ActivationKind; 16] = {
        use ActivationKind::*;
        [
            Linear,
            Relu,
            LeakyRelu,
            Prelu,
            Elu,
            Selu,
            Gelu,
            GeluTanh,
            Silu,
            Mish,
            Softplus,
            Softsign,
            Sigmoid,
            HardSigmoid,
            Tanh,
            Softmax,
        ]
    };
}

/// An activation with its one number: `leakyRelu`'s slope (0.01), `elu`'s α (1), `prelu`'s first slope (0.25).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    /// Which function.
    pub kind: ActivationKind,
    /// The slope or α; not read by the others.
    pub alpha: f32,
}

impl Activation {
    /// `[kind, alpha]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Activation { kind: from.pick(&ActivationKind::ALL)?, alpha: from.single()? })
    }
}

/// The kinds of initialiser, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are Keras'; definitions stand in init.rs
pub enum InitializerKind {
    Zeros,
    Ones,
    Constant,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    Identity,
}

impl InitializerKind {
    /// Every kind, in the order of the codes.
    pub const ALL: [InitializerKind; 14] = {
        use InitializerKind::*;
        [
            Zeros,
            Ones,
            Constant,
            RandomNormal,
            RandomUniform,
            TruncatedNormal,
            GlorotNormal,
            GlorotUniform,
            HeNormal,
            HeUniform,
            LecunNormal,
            LecunUniform,
            Orthogonal,
            Identity,
        ]
    };
}

/// An initialiser with its two numbers: `constant` (value, –), `randomNormal` and `truncatedNormal` (mean, standard
/// deviation), `randomUniform` (lowest, highest), `orthogonal` and `identity` (gain, –).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Initializer {
    /// Which distribution.
    pub kind: InitializerKind,
    /// The first number.
    pub a: f64,
    /// The second number.
    pub b: f64,
}

impl Initializer {
    /// `[kind, a, b]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Initializer { kind: from.pick(&InitializerKind::ALL)?, a: from.number()?, b: from.number()? })
    }
}

/// λ₁·Σ|w| + λ₂·Σw², added to the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regularizer {
    /// λ₁
    pub l1: f64,
    /// λ₂
    pub l2: f64,
}

impl Regularizer {
    /// `[l1, l2]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Regularizer { l1: from.number()?, l2: from.number()? })
    }
}

/// What holds a tensor in bounds after each update, in the order of the codes; norms are a unit's ([`crate::constraint`]).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Constraint {
    /// nothing
    #[default]
    None,
    /// w·min(1, c/‖w‖)
    MaxNorm(f64),
    /// w/‖w‖
    UnitNorm,
    /// each number into [min, max]
    Range {
        /// the lowest
        min: f32,
        /// the highest
        max: f32,
    },
}

impl Constraint {
    /// `[kind, a, b]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        let (kind, a, b) = (from.count()?, from.number()?, from.number()?);
        #[allow(clippy::cast_possible_truncation)] // the one rounding that is meant
        Ok(match kind {
            0 => Constraint::None,
            1 => Constraint::MaxNorm(a),
            2 => Constraint::UnitNorm,
            3 => Constraint::Range { min: a as f32, max: b as f32 },
            _ => return Err(Error::Config),
        })
    }
}

/// One layer, in the order of the codes.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// `activation(x · kernel + bias)`: `[0, units, use_bias, activation…, kernel initialiser…, bias initialiser…,
    /// kernel regulariser…, bias regulariser…, kernel constraint…, bias constraint…, weight normalisation]`.
    Dense {
        /// columns of the output
        units: usize,
        /// is there a bias?
        use_bias: bool,
        /// applied to `x · kernel + bias`
        activation: Activation,
        /// of the kernel `[inputs, units]`
        kernel_initializer: Initializer,
        /// of the bias `[units]`
        bias_initializer: Initializer,
        /// of the kernel
        kernel_regularizer: Regularizer,
        /// of the bias
        bias_regularizer: Regularizer,
        /// of the kernel
        kernel_constraint: Constraint,
        /// of the bias
        bias_constraint: Constraint,
        /// is the kernel gain · v/‖v‖?
        weight_normalization: bool,
    },
    /// `[1, activation…]`.
    Activation(Activation),
    /// `[2, rate]`: in training each number is 0 with probability `rate`, else divided by `1 − rate`.
    Dropout(f32),
    /// `[3, rate]`: dropout that keeps the mean and variance of SELU's output (Klambauer 2017).
    AlphaDropout(f32),
    /// `[4, standard deviation]`: in training, noise added.
    GaussianNoise(f32),
    /// `[5, momentum, epsilon]`.
    BatchNormalization {
        /// weight of the old moving statistics
        momentum: f64,
        /// added to the variance
        epsilon: f32,
    },
    /// `[6, epsilon]`.
    LayerNormalization {
        /// added to the variance
        epsilon: f32,
    },
    /// `[7, count, layers…]`: `x + layers(x)`.
    Residual(Vec<Layer>),
    /// `[8, width, means…, standard deviations…]`: `(x − mean) / standard deviation`, fixed.
    Normalization {
        /// per column
        mean: Vec<f32>,
        /// per column
        standard_deviation: Vec<f32>,
    },
}

/// Residual blocks nest no deeper than this, so that reading cannot exhaust the stack.
pub const MAX_NESTING: usize = 32;

impl Layer {
    /// One layer, as its variant says.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader, depth: usize) -> Result<Self, Error> {
        Ok(match from.count()? {
            0 => Layer::Dense {
                units: from.count()?,
                use_bias: from.flag()?,
                activation: Activation::read(from)?,
                kernel_initializer: Initializer::read(from)?,
                bias_initializer: Initializer::read(from)?,
                kernel_regularizer: Regularizer::read(from)?,
                bias_regularizer: Regularizer::read(from)?,
                kernel_constraint: Constraint::read(from)?,
                bias_constraint: Constraint::read(from)?,
                weight_normalization: from.flag()?,
            },
            1 => Layer::Activation(Activation::read(from)?),
            2 => Layer::Dropout(from.single()?),
            3 => Layer::AlphaDropout(from.single()?),
            4 => Layer::GaussianNoise(from.single()?),
            5 => Layer::BatchNormalization { momentum: from.number()?, epsilon: from.single()? },
            6 => Layer::LayerNormalization { epsilon: from.single()? },
            7 if depth < MAX_NESTING => Layer::Residual(Layer::read_all(from, depth + 1)?),
            8 => {
                let width = from.count()?;
                Layer::Normalization { mean: from.singles(width)?, standard_deviation: from.singles(width)? }
            }
            _ => return Err(Error::Config),
        })
    }

    /// `[count, layers…]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read_all(from: &mut Reader, depth: usize) -> Result<Vec<Self>, Error> {
        let count = from.count()?;
        (0..count).map(|_| Layer::read(from, depth)).collect()
    }
}

/// The kinds of loss, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are Keras'; equations stand in loss.rs
pub enum LossKind {
    MeanSquaredError,
    MeanAbsoluteError,
    Huber,
    LogCosh,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    SparseCategoricalCrossEntropy,
    KlDivergence,
    Hinge,
    Poisson,
}

impl LossKind {
    /// Every kind, in the order of the codes.
    pub const ALL: [LossKind; 10] = {
        use LossKind::*;
        [
            MeanSquaredError,
            MeanAbsoluteError,
            Huber,
            LogCosh,
            BinaryCrossEntropy,
            CategoricalCrossEntropy,
            SparseCategoricalCrossEntropy,
            KlDivergence,
            Hinge,
            Poisson,
        ]
    };
}

/// A loss with its one number: `huber`'s δ, the cross-entropies' label smoothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Which loss.
    pub kind: LossKind,
    /// δ or label smoothing; not read by the others.
    pub parameter: f32,
}

impl Loss {
    /// `[kind, parameter]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Loss { kind: from.pick(&LossKind::ALL)?, parameter: from.single()? })
    }
}

/// The kinds of metric, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // definitions stand in metric.rs
pub enum MetricKind {
    Accuracy,
    TopKAccuracy,
    Precision,
    Recall,
    F1,
    Auc,
    MeanAbsoluteError,
    RootMeanSquaredError,
    R2,
}

impl MetricKind {
    /// Every kind, in the order of the codes.
    pub const ALL: [MetricKind; 9] = {
        use MetricKind::*;
        [Accuracy, TopKAccuracy, Precision, Recall, F1, Auc, MeanAbsoluteError, RootMeanSquaredError, R2]
    };
}

/// A metric with its one number: `topKAccuracy`'s k, the threshold of `accuracy`, `precision`, `recall` and `f1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Which metric.
    pub kind: MetricKind,
    /// k or threshold; not read by the others.
    pub parameter: f32,
}

impl Metric {
    /// `[kind, parameter]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        Ok(Metric { kind: from.pick(&MetricKind::ALL)?, parameter: from.single()? })
    }
}
