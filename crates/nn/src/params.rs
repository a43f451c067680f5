//! Where every parameter lives: one block of values, one of gradients, one of moving statistics.
//!
//! Layers own ranges of these blocks, so an update is one pass, the global norm one reduction, saving one table.

use crate::config::{Constraint, Initializer, InitializerKind, Regularizer};
use crate::init;
use crate::rng::{Purpose, Stream};
use kernels::lanes::{F32x4, zip};

/// What a parameter is to its layer, in the order of the codes that cross the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the field's
pub enum Role {
    Kernel,
    Bias,
    Alpha,
    Gamma,
    Beta,
    MovingMean,
    MovingVariance,
    Gain,
}

/// One named tensor.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Place of its layer in the configuration: `[2, 0]` is the first layer inside the residual block at place 2.
    pub path: Vec<usize>,
    /// What it is there.
    pub role: Role,
    /// `[inputs, units]` or `[units]`.
    pub shape: Vec<usize>,
    /// First number, in `values` and `gradients` or, for a moving statistic, in `statistics`.
    pub offset: usize,
    /// How many numbers.
    pub len: usize,
    /// False for moving statistics, which no gradient changes.
    pub is_weight: bool,
    /// True while `freeze` holds it.
    pub frozen: bool,
    /// What it starts as.
    pub initializer: Initializer,
    /// Added to the loss.
    pub regularizer: Regularizer,
    /// Holds after each update.
    pub constraint: Constraint,
}

impl Spec {
    /// Its numbers in the block it lives in.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len
    }

    /// Columns of it as a matrix with a column per unit; a vector is one column, a unit as a whole.
    #[must_use]
    pub fn units(&self) -> usize {
        self.shape.get(1).copied().unwrap_or(1)
    }

    /// Does the optimizer change it now?
    #[must_use]
    pub fn is_trained(&self) -> bool {
        self.is_weight && !self.frozen
    }
}

/// All parameters of a model, in the order of its layers.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// The table.
    pub specs: Vec<Spec>,
    /// What is trained.
    pub values: Vec<f32>,
    /// ∂loss/∂values, same layout.
    pub gradients: Vec<f32>,
    /// Σ of the squares of each trained tensor's gradient, from [`Parameters::gradient_norm`].
    pub squares: Vec<f64>,
    /// Moving means and variances.
    pub statistics: Vec<f32>,
    /// 0 where a weight is pruned, else 1, in the layout of `values`; empty while nothing is.
    pub mask: Vec<f32>,
    /// Goes up with every change of `values`: what layers compute of them is still good while it stays.
    pub version: u64,
    /// Is any tensor regularised, does a constraint hold any? Asked in each step, where even a short loop is felt.
    regularized: bool,
    constrained: bool,
    /// For what constraints and transforms need of each column.
    pub(crate) room: [Vec<f64>; 2],
    /// There was no memory for some tensor: nothing of this can be used.
    pub(crate) lacks_memory: bool,
    path: Vec<usize>,
    layers: u32,
}

impl Parameters {
    /// Runs `build` for the layer at `place`; what it adds carries that path.
    pub fn at<T>(&mut self, place: usize, build: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(place);
        self.layers += 1;
        let built = build(self);
        self.path.pop();
        built
    }

    /// Number of the layer being built, inner ones of residual blocks counted: picks its random stream.
    #[must_use]
    pub fn stream(&self) -> u32 {
        self.layers
    }

    /// Adds a tensor and returns its offset; numbers come with [`Parameters::initialize`]. Where there is no memory for it
    /// or its gradient, it has none, and `lacks_memory` is set.
    pub fn add(&mut self, role: Role, shape: &[usize], initializer: Initializer, regularizer: Regularizer) -> usize {
        let mut len = shape.iter().try_fold(1_usize, |len, &side| len.checked_mul(side)).unwrap_or(usize::MAX);
        let is_weight = !matches!(role, Role::MovingMean | Role::MovingVariance);
        let block = if is_weight { &mut self.values } else { &mut self.statistics };
        let offset = block.len();
        let room = block
            .try_reserve(len)
            .and_then(|()| self.gradients.try_reserve_exact(if is_weight { offset + len } else { 0 }));
        if room.is_err() {
            self.lacks_memory = true;
            len = 0;
        }
        block.resize(offset + len, 0.0);
        self.regularized |= regularizer.l1 > 0.0 || regularizer.l2 > 0.0;
        self.specs.push(Spec {
            path: self.path.clone(),
            role,
            shape: shape.to_vec(),
            offset,
            len,
            is_weight,
            frozen: false,
            initializer,
            regularizer,
            constraint: Constraint::None,
        });
        offset
    }

    /// Adds the lengths of the units of the kernel that was added last; they start as what they are.
    pub fn add_gain(&mut self, units: usize) -> usize {
        let zeros = Initializer { kind: InitializerKind::Zeros, a: 0.0, b: 0.0 };
        self.add(Role::Gain, &[units], zeros, Regularizer::default())
    }

    /// Constrains the tensor that was added last.
    pub fn constrain_last(&mut self, constraint: Constraint) {
        if let Some(spec) = self.specs.last_mut() {
            spec.constraint = constraint;
            self.constrained |= constraint != Constraint::None;
        }
    }

    /// ‖gradient‖ over all trained tensors.
    pub fn gradient_norm(&mut self) -> f64 {
        let Parameters { specs, gradients, squares, .. } = self;
        squares.resize(specs.len(), 0.0);
        let mut sum = 0.0;
        for (spec, squares) in specs.iter().zip(squares).filter(|(spec, _)| spec.is_trained()) {
            *squares = kernels::reduce::sum_of_squares(&gradients[spec.range()]);
            sum += *squares;
        }
        sum.sqrt()
    }

    /// θ ← θ + `scale`·∂loss/∂θ, of what is trained.
    pub(crate) fn move_along_gradient(&mut self, scale: f64) {
        #[allow(clippy::cast_possible_truncation)] // the one rounding of a scalar formed in f64
        let scale = F32x4::splat(scale as f32);
        for spec in self.specs.iter().filter(|spec| spec.is_trained()) {
            zip(&mut self.values[spec.range()], &self.gradients[spec.range()], |p, g| g.mul_add(scale, p));
        }
        self.version += 1;
    }

    /// Does a constraint hold any trained tensor, or is a weight pruned?
    #[must_use]
    pub fn is_constrained(&self) -> bool {
        let held = |spec: &Spec| spec.is_trained() && spec.constraint != Constraint::None;
        !self.mask.is_empty() || self.specs.iter().any(held)
    }

    /// To be called after every update: brings the trained tensors back to their constraints, and pruned weights to 0.
    pub fn constrain(&mut self) {
        if self.constrained {
            let [room, _] = &mut self.room;
            for spec in self.specs.iter().filter(|spec| spec.is_trained()) {
                spec.constraint.apply(&mut self.values[spec.range()], spec.units(), room);
            }
        }
        self.prune_values();
    }

    /// Sets the pruned weights to 0.
    pub fn prune_values(&mut self) {
        prune(&mut self.values, &self.mask);
        self.version += 1;
    }

    /// Pruned weights have no gradient: it counts in no norm and moves no moment.
    pub fn prune_gradients(&mut self) {
        prune(&mut self.gradients, &self.mask);
    }

    /// Draws every tensor anew from `seed`, each from a stream of its own; a gain takes none, so that with and without
    /// weight normalisation a network starts as the same function.
    pub fn initialize(&mut self, seed: u32) {
        self.gradients.clear();
        self.gradients.resize(self.values.len(), 0.0);
        let mut gains = 0;
        for (index, spec) in self.specs.iter().enumerate() {
            if spec.role == Role::Gain {
                gains += 1;
                let (before, gain) = self.values.split_at_mut(spec.offset);
                let kernel = &before[self.specs[index - 1].range()];
                let [squares, _] = &mut self.room;
                kernels::columns::dots(kernel, kernel, spec.len, squares);
                #[allow(clippy::cast_possible_truncation)] // the one rounding
                gain.iter_mut().zip(squares).for_each(|(gain, square)| *gain = square.sqrt() as f32);
                continue;
            }
            let mut stream = Stream::new(seed, Purpose::Initialization, index as u64 - gains, 0);
            let shape = [spec.shape[0], spec.units()];
            let block = if spec.is_weight { &mut self.values } else { &mut self.statistics };
            init::fill(&spec.initializer, shape, spec.shape.len(), &mut stream, &mut block[spec.range()]);
        }
        self.prune_values();
    }

    /// The numbers of one tensor.
    #[must_use]
    pub fn data(&self, spec: &Spec) -> &[f32] {
        if spec.is_weight { &self.values[spec.range()] } else { &self.statistics[spec.range()] }
    }

    /// Σ over all tensors of λ₁·Σ|w| + λ₂·Σw², and its gradient added to `gradients`.
    pub fn regularize(&mut self, with_gradient: bool) -> f64 {
        let mut loss = 0.0;
        if !self.regularized {
            return loss;
        }
        for spec in self.specs.iter().filter(|spec| spec.is_weight) {
            let Regularizer { l1, l2 } = spec.regularizer;
            if l1 == 0.0 && l2 == 0.0 {
                continue;
            }
            let weights = &self.values[spec.range()];
            if l1 > 0.0 {
                loss += l1 * weights.iter().map(|w| f64::from(w.abs())).sum::<f64>();
            }
            if l2 > 0.0 {
                loss += l2 * kernels::reduce::sum_of_squares(weights);
            }
            if with_gradient {
                #[allow(clippy::cast_possible_truncation)] // the one rounding of a scalar formed in f64
                let (a, b) = (l1 as f32, (2.0 * l2) as f32);
                for (g, &w) in self.gradients[spec.range()].iter_mut().zip(weights) {
                    let sign = f32::from(i8::from(w > 0.0)) - f32::from(i8::from(w < 0.0));
                    *g += a * sign + b * w;
                }
            }
        }
        loss
    }
}

/// 0 where the mask is 0.
fn prune(numbers: &mut [f32], mask: &[f32]) {
    for (number, &kept) in numbers.iter_mut().zip(mask) {
        *number = if kept == 0.0 { 0.0 } else { *number };
    }
}
