//! One training step: forward, loss, backward, transforms, update. Read this first.
//!
//! A step sees one batch, or several micro-batches over all of whose rows it averages. All that it needs lies in
//! [`Model`]; nothing outside the model changes, and the model changes only when the whole step is sound.

use crate::layer::{Backward, Forward};
use crate::loss::{Targets, Weights};
use crate::model::Model;
use crate::optim::Watch;
use crate::params::Parameters;
use crate::transform::Moment;
use std::ops::Range;

/// Samples and what they should give.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// `[rows, inputs]`
    pub x: &'a [f32],
    /// `[rows, columns]`, or a class per row
    pub targets: Targets<'a>,
    /// A weight per row.
    pub sample_weight: Option<&'a [f32]>,
    /// Samples.
    pub rows: usize,
}

impl Batch<'_> {
    /// Σ of the rows' weights.
    pub(crate) fn weight(&self, columns: usize, class_weight: Option<&[f32]>) -> f64 {
        Weights { targets: &self.targets, columns, sample: self.sample_weight, class: class_weight }.total(self.rows)
    }
}

/// What a sound step reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// The loss before the update, regularisation included.
    pub loss: f64,
    /// ‖gradient‖ over all trained parameters, before transforms.
    pub gradient_norm: f64,
    /// Σ of the samples' weights: what this loss counts in an epoch's mean.
    pub weight: f64,
}

/// The first tensor that was not finite; the model stands as before the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Divergence {
    /// What the layer at this path gave.
    Activation(Vec<usize>),
    /// The loss, though every activation is finite.
    Loss,
    /// The gradient of the tensor with this number.
    Gradient(usize),
    /// The tensor with this number, after the update.
    Parameter(usize),
}

impl Model {
    /// One update from the mean gradient of `batches`, with the optimizer's row of rates ([`Optimizer::step`]).
    ///
    /// [`Optimizer::step`]: crate::optim::Optimizer::step
    ///
    /// # Errors
    /// [`Divergence`], with parameters, statistics, optimizer state and random state untouched.
    pub fn train_step<'a>(
        &mut self,
        batches: impl Iterator<Item = Batch<'a>> + Clone,
        class_weight: Option<&[f32]>,
        row: &[f64],
    ) -> Result<Report, Divergence> {
        let report = self.gradient(batches.clone(), class_weight, true)?;
        let radius = self.optimizer.uphill();
        if radius > 0.0 {
            let above = self.gradient_uphill(batches, class_weight, radius / (report.gradient_norm + 1e-12))?;
            self.finish(row, &above)?;
        } else {
            self.finish(row, &report)?;
        }
        Ok(report)
    }

    /// The gradient at θ + `scale`·g instead of g, the one at θ, with the same masks of dropout (Foret 2021; the sharpness of
    /// the loss around θ counts, not only its value there). θ stays.
    ///
    /// # Errors
    /// [`Divergence`]: a number up there that is not finite.
    fn gradient_uphill<'a>(
        &mut self,
        batches: impl Iterator<Item = Batch<'a>> + Clone,
        class_weight: Option<&[f32]>,
        scale: f64,
    ) -> Result<Report, Divergence> {
        let mut here = std::mem::take(&mut self.here);
        here.clone_from(&self.parameters.values);
        self.parameters.move_along_gradient(scale);
        let above = self.gradient(batches, class_weight, false);
        self.parameters.values.copy_from_slice(&here);
        self.parameters.version += 1;
        self.here = here;
        above
    }

    /// Forward and backward over all micro-batches: `parameters.gradients` holds the mean gradient with regularisation.
    /// With `measure` the outputs count in the epoch's metrics.
    ///
    /// # Errors
    /// [`Divergence`]: a number that is not finite, found before anything else changed.
    pub fn gradient<'a>(
        &mut self,
        mut batches: impl Iterator<Item = Batch<'a>> + Clone,
        class_weight: Option<&[f32]>,
        measure: bool,
    ) -> Result<Report, Divergence> {
        let weight: f64 = batches.clone().map(|batch| batch.weight(self.columns, class_weight)).sum();
        let loss = self.backpropagate(&mut batches, class_weight, weight, &mut |model, batch| {
            if measure {
                model.measure(batch);
            }
        })?;
        self.complete(loss, weight)
    }

    /// Forward and backward over micro-batches that are a step, or some of its rows: `weight` is that of all its rows, so
    /// that parts add up. `seen` is called when the outputs of a micro-batch are there. Returns the loss of these rows.
    ///
    /// # Errors
    /// [`Divergence::Activation`] or [`Divergence::Loss`].
    pub(crate) fn backpropagate<'a>(
        &mut self,
        batches: &mut dyn Iterator<Item = Batch<'a>>,
        class_weight: Option<&[f32]>,
        weight: f64,
        seen: &mut dyn FnMut(&mut Self, &Batch),
    ) -> Result<f64, Divergence> {
        let columns = self.columns;
        let mut loss = 0.0;
        for (index, batch) in batches.enumerate() {
            self.forward(batch.x, batch.rows, true);
            if let Some(probe) = &mut self.probe {
                probe.forward(&self.stack, &self.loss, index > 0);
            }
            let (output, d_output) = self.stack.output_and_d_output();
            // Each micro-batch counts as much as its rows weigh, so that the mean is that of one large batch. Rows whose
            // weights are all 0 say nothing.
            let share = if weight > 0.0 { batch.weight(columns, class_weight) / weight } else { 0.0 };
            let Batch { targets, sample_weight, .. } = &batch;
            let sum = self.loss.evaluate(output, targets, columns, *sample_weight, class_weight, Some(d_output), share);
            loss += if weight > 0.0 { sum.weighted / weight } else { 0.0 };
            if !loss.is_finite() {
                return Err(self.stack.first_non_finite().map_or(Divergence::Loss, Divergence::Activation));
            }
            seen(self, &batch);
            let Parameters { values, gradients, .. } = &mut self.parameters;
            let d_squares = self.probe.as_mut().map(|probe| &mut probe.d_squares);
            let (pack, rows, add) = (&mut self.pack, batch.rows, index > 0);
            let mut pass = Backward { values, gradients, pack, rows, add, d_squares };
            self.stack.backward(batch.x, None, &mut pass);
            if let Some(probe) = &mut self.probe {
                probe.backward(index > 0);
            }
        }
        Ok(loss)
    }

    /// Adds the regularisation to the gradient and the loss of all rows of a step, and looks whether all is finite.
    ///
    /// # Errors
    /// [`Divergence::Gradient`] or [`Divergence::Loss`].
    pub(crate) fn complete(&mut self, loss: f64, weight: f64) -> Result<Report, Divergence> {
        let loss = loss + self.parameters.regularize(true);
        self.parameters.prune_gradients();
        let gradient_norm = self.parameters.gradient_norm();
        if !gradient_norm.is_finite() {
            let is_bad = |g: &[f32]| !kernels::reduce::all_finite(g);
            let Parameters { specs, gradients, .. } = &self.parameters;
            let bad = specs.iter().rposition(|spec| spec.is_trained() && is_bad(&gradients[spec.range()]));
            return Err(bad.map_or(Divergence::Loss, Divergence::Gradient));
        }
        if !loss.is_finite() {
            return Err(Divergence::Loss);
        }
        Ok(Report { loss, gradient_norm, weight })
    }

    /// The update from the gradient that lies there, and all that a step changes beside the weights.
    ///
    /// # Errors
    /// [`Divergence::Parameter`], with nothing changed.
    pub(crate) fn finish(&mut self, row: &[f64], report: &Report) -> Result<(), Divergence> {
        self.apply(row, report.gradient_norm)?;
        self.stack.commit(&mut self.parameters.statistics);
        self.passes += 1;
        Ok(())
    }

    /// Counts an update that was made outside (`ts/search.ts`: lbfgs evaluates [`Model::gradient`] at several points): moving
    /// statistics take in what the last evaluation saw, and the next random numbers are others.
    pub fn adopt(&mut self) {
        self.stack.commit(&mut self.parameters.statistics);
        self.passes += 1;
        self.optimizer.steps += 1;
    }

    /// All gradient transforms, in order, as the next step takes them.
    pub fn transform_gradient(&mut self) {
        let moment = Moment { seed: self.seed, pass: self.passes, step: self.optimizer.steps };
        for transform in &self.transforms {
            transform.apply(&mut self.parameters, &moment);
        }
    }

    /// Runs the layers on `[rows, inputs]`; `self.stack.output()` is the result, logits where the loss works from them.
    pub fn forward(&mut self, x: &[f32], rows: usize, training: bool) {
        let &Parameters { ref values, ref statistics, version, .. } = &self.parameters;
        // The rows of each replica have random numbers of their own; no training makes 2⁴⁸ passes.
        let (seed, pass) = (self.seed, self.passes | u64::from(self.replica) << 48);
        let mut pass = Forward { values, statistics, version, pack: &mut self.pack, rows, training, seed, pass };
        self.stack.forward(x, &mut pass);
    }

    /// Transforms, the optimizer's step and the constraints, from the gradient that lies there.
    ///
    /// # Errors
    /// [`Divergence::Parameter`], with the parameters as before.
    pub(crate) fn apply(&mut self, row: &[f64], gradient_norm: f64) -> Result<(), Divergence> {
        let mut probe = self.probe.take();
        if let Some(probe) = &mut probe {
            probe.before_update(&self.parameters);
        }
        self.transform_gradient();
        // Where more than one pass changes the parameters, the probe compares them as a whole.
        let whole = 0..self.parameters.values.len();
        let mut around = probe.as_deref_mut();
        let mut within: Option<&mut dyn Watch> = None;
        if around.is_some() && self.optimizer.can_be_watched() && !self.parameters.is_constrained() {
            within = around.take().map(|probe| probe as &mut dyn Watch);
        }
        if let Some(probe) = &mut around {
            probe.before(&whole, &self.parameters.values);
        }
        let outcome = self.update(row, gradient_norm, within);
        if outcome.is_ok() {
            self.parameters.constrain();
            if let Some(probe) = &mut around {
                probe.after(&whole, &self.parameters.values);
            }
        } else if let Some(probe) = &mut probe {
            probe.stood(&self.parameters.values);
        }
        self.probe = probe;
        outcome
    }

    /// The optimizer's step. Where numbers are so large that it could overflow, a copy is kept to return to.
    fn update(&mut self, row: &[f64], gradient_norm: f64, watch: Option<&mut dyn Watch>) -> Result<(), Divergence> {
        let fast = row.iter().any(|number| number.abs() > 1e3);
        let risky = self.risky || gradient_norm > 1e12 || fast || !self.optimizer.is_bounded();
        let backup = risky.then(|| (self.parameters.values.clone(), self.optimizer.state()));
        let Parameters { values, gradients, .. } = &mut self.parameters;
        self.optimizer.watched_step(values, gradients, row, watch);
        let Some((values, state)) = backup else { return Ok(()) };
        if kernels::reduce::all_finite(&self.parameters.values) && self.optimizer.is_finite() {
            self.look_for_risk();
            return Ok(());
        }
        let specs = &self.parameters.specs;
        let blocks = || std::iter::once(&self.parameters.values).chain(&self.optimizer.slots);
        let is_bad = |range: Range<usize>| blocks().any(|block| !kernels::reduce::all_finite(&block[range.clone()]));
        let bad = specs.iter().position(|spec| spec.is_weight && is_bad(spec.range()));
        self.parameters.values = values;
        self.optimizer.put_back(state);
        Err(Divergence::Parameter(bad.unwrap_or(0)))
    }
}
