//! What a training pass tells about each layer, and passes on a copy that tell what the next steps would do.
//!
//! Rows stand in the order of computation, a residual block after the layers inside it. For a layer with output y
//! `[rows, units]`, over rows and units: mean and standard deviation of y, the share that is saturated, the share of units
//! that are dead, √mean((∂loss/∂y)²); then ‖∂loss/∂kernel‖, ‖kernel‖ and ‖Δkernel‖/‖kernel‖ of the optimizer's step (of
//! all weights of a layer that has no kernel). Where the loss works from logits, the last layer's y are the logits.
//!
//! Saturated is a number where the slope of a bounded activation is below a twentieth of its steepest; of a softmax whole
//! rows count. Dead is a unit without slope in all rows: relu that gives 0, or gelu, silu and mish far below 0.

use crate::config::{ActivationKind, Loss};
use crate::layer::activation::Function;
use crate::layer::{Layer, Stack};
use crate::model::Model;
use crate::optim::{State, Watch};
use crate::params::{Parameters, Role, Spec};
use crate::step::{Batch, Divergence, Report};
use kernels::lanes::{F32x4, zip};
use kernels::reduce::{Moments, moments, quick_squares_and_distance, quick_sum_of_squares};
use std::ops::Range;

/// Numbers in a row.
pub const ROW: usize = 8;

/// σ(z) has 1/20 of its steepest slope at |z| = ln(p/(1 − p)) with 4p(1 − p) = 1/20.
const LOGIT: f32 = 4.3567;
/// |σ(z) − ½| there.
const SIGMOID: f32 = 0.487_34;
/// 1 − y² = 1/20.
const TANH: f32 = 0.974_68;
/// (1 − |y|)² = 1/20.
const SOFTSIGN: f32 = 0.776_39;
/// gelu, silu and mish have less than a twentieth of their slope left below this.
const DEAD: f32 = -5.0;

/// How a layer's output can saturate.
#[derive(Clone, Copy)]
enum Saturation {
    /// |y − center| > limit
    Beyond(f32, f32),
    /// A row whose largest number is the only one left: all logits, or all probabilities, of it count.
    Rows { limit: f32, logits: bool },
}

impl Saturation {
    fn of(kind: ActivationKind) -> Self {
        match kind {
            ActivationKind::Sigmoid => Saturation::Beyond(0.5, SIGMOID),
            ActivationKind::HardSigmoid => Saturation::Beyond(0.5, 0.4999),
            ActivationKind::Tanh => Saturation::Beyond(0.0, TANH),
            ActivationKind::Softsign => Saturation::Beyond(0.0, SOFTSIGN),
            ActivationKind::Softmax => Saturation::Rows { limit: 0.5 + SIGMOID, logits: false },
            _ => Saturation::Beyond(0.0, f32::INFINITY),
        }
    }

    /// Of logits in front of this loss.
    fn of_logits(loss: &Loss) -> Option<Self> {
        match loss.head() {
            Some(ActivationKind::Sigmoid) => Some(Saturation::Beyond(0.0, LOGIT)),
            Some(ActivationKind::Softmax) => Some(Saturation::Rows { limit: LOGIT, logits: true }),
            _ => None,
        }
    }
}

/// Sums over one layer's output.
#[derive(Default)]
struct Sums {
    /// Of rows · units.
    count: f64,
    sum: f64,
    squares: f64,
    saturated: f64,
    /// The largest slope-giving number of each unit; empty where units cannot die.
    largest: Vec<f32>,
    dead_at: f32,
    d_squares: f64,
    d_kernel: f64,
    kernel: f64,
    /// ‖Δkernel‖².
    moved: f64,
    /// The numbers and places of its kernel, or of its other weights.
    weights: Vec<(usize, Range<usize>)>,
}

/// Watches one training step.
#[derive(Default)]
pub struct Probe {
    layers: Vec<Sums>,
    /// Σ(∂loss/∂y)² of a backward pass, from the last layer to the first.
    pub(crate) d_squares: Vec<f64>,
    /// The weights before they change, as many as change at a time.
    before: Vec<f32>,
}

impl Probe {
    /// For `model` as it is built now.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let mut paths = Vec::new();
        model.stack.paths(&mut Vec::new(), &mut paths);
        let Parameters { specs, .. } = &model.parameters;
        let weights = |path: &Vec<usize>| {
            let own = || specs.iter().enumerate().filter(|(_, spec)| spec.is_weight && spec.path == *path);
            let place = |(tensor, spec): (usize, &Spec)| (tensor, spec.range());
            let kernel = own().find(|(_, spec)| spec.role == Role::Kernel);
            kernel.map_or_else(|| own().map(place).collect(), |kernel| vec![place(kernel)])
        };
        let layers = paths.iter().map(|path| Sums { weights: weights(path), ..Sums::default() }).collect();
        Probe { layers, ..Probe::default() }
    }

    /// After a forward pass; of a further micro-batch with `add`.
    pub(crate) fn forward(&mut self, stack: &Stack, loss: &Loss, add: bool) {
        let last = self.layers.len() - 1;
        let mut places = self.layers.iter_mut().enumerate();
        stack.visit(&mut |layer, y, columns| {
            let Some((place, sums)) = places.next() else { return };
            let logits = if place == last { Saturation::of_logits(loss) } else { None };
            sums.see(layer, y, columns, logits, add);
        });
    }

    /// After a backward pass.
    pub(crate) fn backward(&mut self, add: bool) {
        for (layer, squares) in self.layers.iter_mut().rev().zip(self.d_squares.drain(..)) {
            layer.d_squares = if add { layer.d_squares + squares } else { squares };
        }
    }

    /// After all backward passes, before the gradient is transformed and the weights change.
    pub(crate) fn before_update(&mut self, parameters: &Parameters) {
        let Parameters { specs, gradients, squares, .. } = parameters;
        for layer in &mut self.layers {
            (layer.d_kernel, layer.kernel, layer.moved) = (0.0, 0.0, 0.0);
            for (tensor, range) in &layer.weights {
                let is_summed = specs[*tensor].is_trained();
                layer.d_kernel +=
                    if is_summed { squares[*tensor] } else { quick_sum_of_squares(&gradients[range.clone()]) };
            }
        }
    }

    /// [`ROW`] numbers a layer.
    pub fn write(&self, out: &mut Vec<f64>) {
        for layer in &self.layers {
            let Sums { count, sum, squares, saturated, d_squares, d_kernel, kernel, moved, .. } = *layer;
            let mean = sum / count;
            let deviation = (squares / count - mean * mean).max(0.0).sqrt();
            let dead = layer.largest.iter().filter(|&&largest| largest <= layer.dead_at).count();
            #[allow(clippy::cast_precision_loss)] // units
            let dead = dead as f64 / layer.largest.len().max(1) as f64;
            let update = if moved > 0.0 { (moved / kernel).sqrt() } else { moved };
            let (saturated, d_output) = (saturated / count, (d_squares / count).sqrt());
            let row: [f64; ROW] = [mean, deviation, saturated, dead, d_output, d_kernel.sqrt(), kernel.sqrt(), update];
            out.extend_from_slice(&row);
        }
    }
}

impl Probe {
    /// After an update that was taken back, or not made: nothing moved.
    pub(crate) fn stood(&mut self, values: &[f32]) {
        for layer in &mut self.layers {
            (layer.kernel, layer.moved) = (0.0, 0.0);
        }
        let whole = 0..values.len();
        self.before(&whole, values);
        self.after(&whole, values);
    }
}

impl Watch for Probe {
    fn before(&mut self, range: &Range<usize>, parameters: &[f32]) {
        self.before.clear();
        self.before.extend_from_slice(&parameters[range.clone()]);
    }

    fn after(&mut self, range: &Range<usize>, parameters: &[f32]) {
        for layer in &mut self.layers {
            for (_, weights) in &layer.weights {
                let (start, end) = (weights.start.max(range.start), weights.end.min(range.end));
                if start < end {
                    let before = &self.before[start - range.start..end - range.start];
                    let (squares, distance) = quick_squares_and_distance(before, &parameters[start..end]);
                    layer.kernel += squares;
                    layer.moved += distance;
                }
            }
        }
    }
}

impl Sums {
    /// One output `y` `[rows, columns]`, on top of those before it with `add`.
    fn see(&mut self, layer: &dyn Layer, y: &[f32], columns: usize, logits: Option<Saturation>, add: bool) {
        let function = layer.function();
        let kind = function.map_or(ActivationKind::Linear, Function::kind);
        let saturation = logits.unwrap_or_else(|| Saturation::of(kind));
        let (center, limit) = match saturation {
            Saturation::Beyond(center, limit) => (center, limit),
            Saturation::Rows { .. } => (0.0, f32::INFINITY),
        };
        let Moments { sum, squares, beyond } = moments(y, center, limit);
        #[allow(clippy::cast_precision_loss)] // rows · units
        let count = y.len() as f64;
        let saturated = match saturation {
            Saturation::Beyond(..) => beyond,
            Saturation::Rows { limit, logits } => {
                let is_decided = |row: &&[f32]| decides(row, limit, logits);
                #[allow(clippy::cast_precision_loss)] // rows · units
                let decided = (y.chunks_exact(columns).filter(is_decided).count() * columns) as f64;
                decided
            }
        };
        // No clearing in advance, which would be a call out of the core for each layer.
        let on = |old: f64, new: f64| if add { old + new } else { new };
        (self.count, self.sum) = (on(self.count, count), on(self.sum, sum));
        (self.squares, self.saturated) = (on(self.squares, squares), on(self.saturated, saturated));
        let (z, dead_at) = match kind {
            ActivationKind::Relu => (y, 0.0),
            ActivationKind::Gelu | ActivationKind::GeluTanh | ActivationKind::Silu | ActivationKind::Mish => {
                (function.map_or(y, Function::z), DEAD)
            }
            _ => return,
        };
        self.dead_at = dead_at;
        let mut rows = z.chunks_exact(columns);
        if !add {
            self.largest.clear();
            self.largest.extend_from_slice(rows.next().unwrap_or_default());
        }
        for z in rows {
            zip(&mut self.largest, z, F32x4::pmax);
        }
    }
}

/// Is the largest number of a row above `limit`, of logits above the second largest by that much?
fn decides(row: &[f32], limit: f32, logits: bool) -> bool {
    let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for &x in row {
        (first, second) = if x > first { (x, first) } else { (first, second.max(x)) };
    }
    if logits { first - second > limit } else { first > limit }
}

/// What passes on a copy may change.
struct Copy {
    values: Vec<f32>,
    statistics: Vec<f32>,
    optimizer: State,
    risky: bool,
}

impl Model {
    /// A row for each layer, of the training step that would come next, with the optimizer's row of rates. Where a number is not finite the rows hold what
    /// was found until then. The model stands as before.
    pub fn diagnose(&mut self, batch: Batch, row: &[f64]) -> (Result<Report, Divergence>, Vec<f64>) {
        let copy = self.copy();
        self.probe = Some(Box::new(Probe::new(self)));
        let outcome = self.gradient(std::iter::once(batch), None, false);
        match &outcome {
            // An update that overflows changes nothing: its ratio reads 0, and the loss after it tells.
            Ok(report) => drop(self.apply(row, report.gradient_norm)),
            // Without a gradient there is no update, but there are weights.
            Err(_) => self.probe.iter_mut().for_each(|probe| probe.stood(&self.parameters.values)),
        }
        let mut rows = Vec::new();
        if let Some(probe) = self.probe.take() {
            probe.write(&mut rows);
        }
        self.put_back(copy);
        (outcome, rows)
    }

    /// The losses before each of the next updates on this one batch, one for each of the optimizer's rows in `rates`, and
    /// after the last; infinite from where a number is not finite. With `fresh` from the weights of the model's seed. The model stands as before.
    pub fn rehearse(&mut self, batch: Batch, rates: &[f64], fresh: bool) -> Vec<f64> {
        let copy = self.copy();
        if fresh {
            self.parameters.initialize(self.seed);
            self.optimizer.reset();
        }
        let mut rows = rates.chunks_exact(self.optimizer.row_len().max(1));
        let mut losses = vec![f64::INFINITY; rows.len() + 1];
        for loss in &mut losses {
            let Ok(report) = self.gradient(std::iter::once(batch), None, false) else { break };
            *loss = report.loss;
            if rows.next().is_some_and(|row| self.apply(row, report.gradient_norm).is_err()) {
                break;
            }
        }
        self.put_back(copy);
        losses
    }

    fn copy(&self) -> Copy {
        Copy {
            values: self.parameters.values.clone(),
            statistics: self.parameters.statistics.clone(),
            optimizer: self.optimizer.state(),
            risky: self.risky,
        }
    }

    fn put_back(&mut self, copy: Copy) {
        self.parameters.values = copy.values;
        self.parameters.version += 1;
        self.parameters.statistics = copy.statistics;
        self.optimizer.put_back(copy.optimizer);
        self.risky = copy.risky;
    }
}
