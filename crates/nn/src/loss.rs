//! Losses, value and gradient in one pass. o is the network's output, t the target, a row is a sample.
//!
//! | kind | loss of a row | gradient by o |
//! | --- | --- | --- |
//! | `meanSquaredError` | mean of (o − t)² | 2(o − t) |
//! | `meanAbsoluteError` | mean of \|o − t\| | sign(o − t), 0 at 0 |
//! | `huber` | mean of ½e² if \|e\| ≤ δ, else δ(\|e\| − ½δ), e = o − t | e within [−δ, δ] |
//! | `logCosh` | mean of ln cosh e | tanh e |
//! | `binaryCrossEntropy` | mean of t·ln(1 + e⁻ᵒ) + (1 − t)·ln(1 + eᵒ) | (1 − t)σ(o) − t·σ(−o) |
//! | `hinge` | mean of max(1 − t·o, 0), a target 0 read as −1 | −t where t·o < 1, else 0 |
//! | `poisson` | mean of o − t·ln(o + ε) | 1 − t/(o + ε) |
//! | `categoricalCrossEntropy`, `sparse…` | −Σ t·ln p, p = softmax(o) | Σt·p − t |
//! | `klDivergence` | Σ t(ln t − ln p), p = softmax(o), 0 where t = 0 | Σt·p − t |
//!
//! The cross-entropies and the divergence take **logits**; ln p = o − m − ln Σe^(o−m) with m the largest o, so all are
//! finite for |o| ≤ 1e4, and no ε is needed where Keras, working from probabilities, clips at 1e-7. `poisson` has Keras'
//! ε = 1e-7, so that an output of exactly 0 is finite; below 0, where Keras gives NaN, the logarithm goes on as its
//! tangent, ln ε + o/ε, which pushes the output back.
//!
//! Label smoothing s: t(1 − s) + s/K for K classes (torch), t(1 − s) + s/2 for binary cross-entropy (Keras).
//!
//! Weights: the mean is Σ wᵢ·lossᵢ / Σ wᵢ with wᵢ = (sample weight)·(class weight of the target's class). With class
//! weights c and smoothing a row counts (1 − s)·c_y·(−ln p_y) + s/K·Σ c_k(−ln p_k), still divided by Σ c_y, as in torch.
//! A class beyond the list weighs 1 (Keras). If all weights are 0 the gradient is 0.

use crate::activation::{largest, load, log1p, single, store, total};
use crate::config::{ActivationKind, Loss, LossKind};
use kernels::lanes::{F32x4, LANES, map};
use kernels::math::{exp, ln, tanh};

/// What Keras adds to a rate before its logarithm (its `backend.epsilon()`).
pub const POISSON_EPSILON: f32 = 1e-7;

/// The truth about each sample.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a> {
    /// `[rows, columns]`
    Values(&'a [f32]),
    /// A class for each row, below the number of columns: the same as one-hot rows; with one column the number itself.
    Classes(&'a [u32]),
}

impl Targets<'_> {
    /// The target of a column of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // labels are far below 2²⁴
    pub fn value(&self, row: usize, column: usize, columns: usize) -> f32 {
        match *self {
            Targets::Values(values) => values[row * columns + column],
            Targets::Classes(classes) if columns == 1 => classes[row] as f32,
            Targets::Classes(classes) => f32::from(u8::from(classes[row] as usize == column)),
        }
    }

    /// The class of a row: its first largest column; with one column, whether it is above ½.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn class(&self, row: usize, columns: usize) -> usize {
        match *self {
            Targets::Classes(classes) => classes[row] as usize,
            Targets::Values(values) if columns == 1 => usize::from(values[row] > 0.5),
            Targets::Values(values) => {
                let values = &values[row * columns..][..columns];
                (1..columns).fold(0, |best, column| if values[column] > values[best] { column } else { best })
            }
        }
    }

    /// Up to four targets from place `at` of the `[rows, columns]` on.
    #[inline(always)]
    fn lanes(&self, at: usize, count: usize, columns: usize) -> F32x4 {
        match *self {
            Targets::Values(values) => load(&values[at..at + count]),
            Targets::Classes(_) => self.one_hot(at, count, columns),
        }
    }

    #[inline(never)]
    fn one_hot(&self, at: usize, count: usize, columns: usize) -> F32x4 {
        let mut lanes = [0.0; LANES];
        for (i, lane) in lanes[..count].iter_mut().enumerate() {
            *lane = self.value((at + i) / columns, (at + i) % columns, columns);
        }
        F32x4::from_array(lanes)
    }
}

/// A weighted sum of losses and the sum of the weights: their quotient is the mean, over any number of batches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Σ wᵢ·lossᵢ
    pub weighted: f64,
    /// Σ wᵢ
    pub weight: f64,
}

/// The weights that a row's loss counts with.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub(crate) targets: &'a Targets<'a>,
    pub(crate) columns: usize,
    /// `[rows]`
    pub(crate) sample: Option<&'a [f32]>,
    /// `[classes]`
    pub(crate) class: Option<&'a [f32]>,
}

impl Weights<'_> {
    fn of_sample(&self, row: usize) -> f64 {
        self.sample.map_or(1.0, |weights| f64::from(weights[row]))
    }

    fn of_class(&self, class: usize) -> f64 {
        self.class.and_then(|weights| weights.get(class)).map_or(1.0, |weight| f64::from(*weight))
    }

    fn of_target(&self, row: usize) -> f64 {
        if self.class.is_none() { 1.0 } else { self.of_class(self.targets.class(row, self.columns)) }
    }

    /// Does every row count 1?
    fn are_one(&self) -> bool {
        self.sample.is_none() && self.class.is_none()
    }

    /// Σ wᵢ over the first `rows` rows.
    #[allow(clippy::cast_precision_loss)] // a wasm32 memory holds fewer than 2³² rows
    pub(crate) fn total(&self, rows: usize) -> f64 {
        if self.are_one() {
            return rows as f64;
        }
        (0..rows).map(|row| self.of_sample(row) * self.of_target(row)).sum()
    }
}

impl Loss {
    /// The activation that turns the logits of this loss into predictions; none where the output is the prediction.
    #[must_use]
    pub fn head(&self) -> Option<ActivationKind> {
        match self.kind {
            LossKind::BinaryCrossEntropy => Some(ActivationKind::Sigmoid),
            LossKind::CategoricalCrossEntropy | LossKind::SparseCategoricalCrossEntropy | LossKind::KlDivergence => {
                Some(ActivationKind::Softmax)
            }
            _ => None,
        }
    }

    /// Σ wᵢ·lossᵢ and Σ wᵢ over the rows of `output` `[rows, columns]`; into `d_output` of the same shape, if given,
    /// `scale` times the gradient of their quotient. `sample_weight` `[rows]`, `class_weight` `[classes]`.
    ///
    /// # Panics
    /// If a length does not fit, or a class is not below `columns` where there are several.
    #[allow(clippy::too_many_arguments)] // what a loss depends on
    pub fn evaluate(
        &self,
        output: &[f32],
        targets: &Targets,
        columns: usize,
        sample_weight: Option<&[f32]>,
        class_weight: Option<&[f32]>,
        d_output: Option<&mut [f32]>,
        scale: f64,
    ) -> Sum {
        let weights = Weights { targets, columns, sample: sample_weight, class: class_weight };
        let rows = output.len() / columns;
        assert_eq!(rows * columns, output.len(), "output must have {columns} columns");
        assert!(d_output.as_ref().is_none_or(|d| d.len() == output.len()), "d_output and output differ in length");
        let weight = weights.total(rows);
        let scale = if weight > 0.0 { scale / weight } else { 0.0 };
        let weighted = match self.kind {
            LossKind::CategoricalCrossEntropy | LossKind::SparseCategoricalCrossEntropy | LossKind::KlDivergence => {
                self.of_logits(output, &weights, d_output, scale)
            }
            _ => self.elementwise(output, &weights, d_output, scale),
        };
        Sum { weighted, weight }
    }

    fn elementwise(&self, output: &[f32], weights: &Weights, d_output: Option<&mut [f32]>, scale: f64) -> f64 {
        let (zero, one, half) = (F32x4::zero(), F32x4::splat(1.0), F32x4::splat(0.5));
        let parameter = F32x4::splat(self.parameter);
        match self.kind {
            LossKind::MeanAbsoluteError => each(output, weights, d_output, scale, &|o, t| {
                let e = o - t;
                // what is left after both tests is 0 or NaN
                (e.abs(), e.gt(zero).select(one, e.lt(zero).select(-one, e)))
            }),
            LossKind::Huber => each(output, weights, d_output, scale, &|o, t| {
                let e = o - t;
                let far = parameter * (e.abs() - half * parameter);
                (e.abs().gt(parameter).select(far, half * e * e), e.pmax(-parameter).pmin(parameter))
            }),
            LossKind::LogCosh => each(output, weights, d_output, scale, &|o, t| log_cosh(o - t)),
            LossKind::BinaryCrossEntropy => {
                let (kept, lifted) = (one - parameter, half * parameter);
                each(output, weights, d_output, scale, &|o, t| binary(o, kept * t + lifted))
            }
            LossKind::Hinge => each(output, weights, d_output, scale, &|o, t| {
                let t = t.eq(zero).select(-one, t);
                let margin = one - t * o;
                let met = margin.le(zero);
                (met.select(zero, margin), met.select(zero, -t))
            }),
            LossKind::Poisson => {
                let epsilon = F32x4::splat(POISSON_EPSILON);
                let lowest = F32x4::splat(single(libm::log(f64::from(POISSON_EPSILON))));
                each(output, weights, d_output, scale, &|o, t| {
                    let below = o.lt(zero);
                    let log = below.select(lowest + o / epsilon, ln(o + epsilon));
                    (o - t * log, one - t / below.select(epsilon, o + epsilon))
                })
            }
            // The loss of the smallest networks: a call for every four numbers would be half of its time.
            _ => each_inlined(output, weights, d_output, scale, |o, t| {
                let e = o - t;
                (e * e, e + e)
            }),
        }
    }

    /// The losses over softmax: with coefficients q a row's loss is −Σ q·ln p and its gradient Σq·p − q.
    #[allow(clippy::cast_precision_loss)] // no network has 2⁵³ columns
    fn of_logits(&self, output: &[f32], weights: &Weights, mut d_output: Option<&mut [f32]>, scale: f64) -> f64 {
        let columns = weights.columns;
        let divergence = self.kind == LossKind::KlDivergence;
        let smoothing = if divergence { 0.0 } else { f64::from(self.parameter) };
        let mut weighted = 0.0;
        for (row, z) in output.chunks_exact(columns).enumerate() {
            let d = d_output.as_deref_mut().map(|d| &mut d[row * columns..][..columns]);
            let hard = (1.0 - smoothing) * weights.of_target(row);
            let soft = |class: usize| smoothing / columns as f64 * weights.of_class(class);
            let coefficient = |class: usize| {
                let target = f64::from(weights.targets.value(row, class, columns));
                if smoothing > 0.0 { hard * target + soft(class) } else { hard * target }
            };
            let one_class = match weights.targets {
                Targets::Classes(classes) if smoothing <= 0.0 => Some(classes[row] as usize),
                _ => None,
            };
            let most = largest(z);
            let (d, exponentials) = exponentials(z, most, d);
            let log_sum = f64::from(most) + libm::log(exponentials);
            let surprise = |class: usize| log_sum - f64::from(z[class]);
            let sample = weights.of_sample(row);
            let (loss, coefficients) = match one_class {
                Some(class) => (hard * surprise(class), hard),
                None => (0..columns).fold((0.0, 0.0), |(loss, sum), class| {
                    let q = coefficient(class);
                    (loss + q * surprise(class), sum + q)
                }),
            };
            weighted += sample * if divergence { loss + hard * entropy(weights.targets, row, columns) } else { loss };
            let Some(d) = d else { continue };
            let factor = sample * scale;
            let of_exponential = F32x4::splat(single(factor * coefficients / exponentials));
            map(d, |e| e * of_exponential);
            match one_class {
                Some(class) => d[class] -= single(factor * hard),
                None => d.iter_mut().enumerate().for_each(|(class, d)| *d -= single(factor * coefficient(class))),
            }
        }
        weighted
    }
}

/// Σ over rows of weight · mean of the rule's values; its slopes, times weight·`scale`/columns, into `d_output`.
/// Without weights the whole output is one pass.
#[inline(never)]
fn each(
    output: &[f32],
    weights: &Weights,
    d_output: Option<&mut [f32]>,
    scale: f64,
    rule: &dyn Fn(F32x4, F32x4) -> (F32x4, F32x4),
) -> f64 {
    each_inlined(output, weights, d_output, scale, rule)
}

/// [`each`], with the rule compiled into the loop.
#[allow(clippy::cast_precision_loss)] // no network has 2⁵³ columns
#[inline(always)]
fn each_inlined(
    output: &[f32],
    weights: &Weights,
    mut d_output: Option<&mut [f32]>,
    scale: f64,
    rule: impl Fn(F32x4, F32x4) -> (F32x4, F32x4),
) -> f64 {
    let columns = weights.columns;
    let stretch = if weights.are_one() { output.len().max(1) } else { columns };
    let mut sum = 0.0;
    for (row, o) in output.chunks(stretch).enumerate() {
        let weight = weights.of_sample(row) * weights.of_target(row);
        let factor = F32x4::splat(single(weight * scale / columns as f64));
        let begin = row * stretch;
        let mut d = d_output.as_deref_mut().map(|d| &mut d[begin..begin + o.len()]);
        let values = o.chunks(LANES).enumerate().map(|(i, o)| {
            let (value, slope) = rule(load(o), weights.targets.lanes(begin + i * LANES, o.len(), columns));
            if let Some(d) = &mut d {
                store(slope * factor, &mut d[i * LANES..][..o.len()]);
            }
            first(value, o.len())
        });
        sum += weight * total(values) / columns as f64;
    }
    sum
}

/// The first `count` lanes, zeros in the others.
#[inline(always)]
fn first(x: F32x4, count: usize) -> F32x4 {
    if count == LANES { x } else { F32x4::load_partial(&x.to_array()[..count]) }
}

/// Σ e^(z − `most`), and the terms into `d`, which comes back.
fn exponentials<'a>(z: &[f32], most: f32, mut d: Option<&'a mut [f32]>) -> (Option<&'a mut [f32]>, f64) {
    let most = F32x4::splat(most);
    let terms = z.chunks(LANES).enumerate().map(|(i, z)| {
        let e = exp(load(z) - most);
        if let Some(d) = &mut d {
            store(e, &mut d[i * LANES..][..z.len()]);
        }
        first(e, z.len())
    });
    let sum = total(terms);
    (d, sum)
}

/// Σ t·ln t, with 0·ln 0 = 0.
fn entropy(targets: &Targets, row: usize, columns: usize) -> f64 {
    let term = |class| match f64::from(targets.value(row, class, columns)) {
        0.0 => 0.0,
        t => t * libm::log(t),
    };
    (0..columns).map(term).sum()
}

/// ln cosh e and tanh e: −½·ln(1 − tanh²e) for |e| ≤ 1, where the other form cancels, else |e| + ln(1 + e^−2|e|) − ln 2.
#[inline(always)]
fn log_cosh(e: F32x4) -> (F32x4, F32x4) {
    let slope = tanh(e);
    let size = e.abs();
    let far = size + log1p(exp(F32x4::splat(-2.0) * size)) - F32x4::splat(std::f32::consts::LN_2);
    let near = F32x4::splat(-0.5) * log1p(-(slope * slope));
    (size.gt(F32x4::splat(1.0)).select(far, near), slope)
}

/// t·ln(1 + e⁻ᵒ) + (1 − t)·ln(1 + eᵒ) and (1 − t)σ(o) − t·σ(−o), all from one n = e^−|o|: small where they are small.
#[inline(always)]
fn binary(o: F32x4, t: F32x4) -> (F32x4, F32x4) {
    let (zero, one) = (F32x4::zero(), F32x4::splat(1.0));
    let rest = one - t;
    let n = exp(-o.abs());
    let large = one / (one + n);
    let small = n * large;
    let positive = o.gt(zero);
    let slope = rest * positive.select(large, small) - t * positive.select(small, large);
    let log = log1p(n);
    // ln(1 + e⁻ᵒ) = max(−o, 0) + log, ln(1 + eᵒ) = max(o, 0) + log
    (t * ((-o).pmax(zero) + log) + rest * (o.pmax(zero) + log), slope)
}
