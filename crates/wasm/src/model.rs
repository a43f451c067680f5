//! A model's handle.

use crate::data::CoreDataset;
use crate::{Thrown, flags, thrown};
use nn::config::{Error, Loss, Reader};
use nn::model::Model;
use nn::step::{Batch, Divergence, Report};
use wasm_bindgen::prelude::*;

/// See [`nn::model::Model`].
#[wasm_bindgen]
pub struct CoreModel {
    pub(crate) inner: Model,
    pub(crate) report: Report,
    pub(crate) divergence: Option<Divergence>,
}

/// Reads a whole configuration with `read`.
pub(crate) fn read_all<T>(numbers: &[f64], read: impl FnOnce(&mut Reader) -> Result<T, Error>) -> Result<T, Thrown> {
    let mut reader = Reader::new(numbers);
    let value = read(&mut reader).map_err(thrown)?;
    if reader.is_done() { Ok(value) } else { Err(thrown(Error::Config)) }
}

#[wasm_bindgen]
#[allow(clippy::cast_precision_loss)] // counts below 2⁵³
impl CoreModel {
    /// From the encoded configuration.
    ///
    /// # Errors
    /// A configuration that stands for nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(numbers: &[f64]) -> Result<CoreModel, Thrown> {
        let report = Report { loss: 0.0, gradient_norm: 0.0, weight: 0.0 };
        Ok(CoreModel { inner: read_all(numbers, Model::read)?, report, divergence: None })
    }

    /// # Errors
    /// A configuration that stands for nothing.
    pub fn set_loss(&mut self, numbers: &[f64]) -> Result<(), Thrown> {
        self.inner.set_loss(read_all(numbers, Loss::read)?).map_err(thrown)
    }

    /// # Errors
    /// A configuration that stands for nothing.
    pub fn set_optimizer(&mut self, numbers: &[f64], members: &[u8]) -> Result<(), Thrown> {
        read_all(numbers, |from| self.inner.set_optimizer(from, members))
    }

    /// # Errors
    /// A configuration that stands for nothing.
    pub fn set_transforms(&mut self, numbers: &[f64]) -> Result<(), Thrown> {
        read_all(numbers, |from| self.inner.set_transforms(from))
    }

    /// # Errors
    /// A configuration that stands for nothing.
    pub fn set_metrics(&mut self, numbers: &[f64]) -> Result<(), Thrown> {
        read_all(numbers, |from| self.inner.set_metrics(from))
    }

    /// For each tensor `[role, is a weight, offset, dimensions, sizes…, path length, path…]`.
    #[must_use]
    pub fn parameter_table(&self) -> Vec<f64> {
        let mut table = Vec::new();
        for spec in &self.inner.parameters.specs {
            table.extend([f64::from(spec.role as u32), f64::from(u8::from(spec.is_weight)), spec.offset as f64]);
            for list in [&spec.shape, &spec.path] {
                table.push(list.len() as f64);
                table.extend(list.iter().map(|&n| n as f64));
            }
        }
        table
    }

    /// Where the weights lie.
    #[must_use]
    pub fn values(&self) -> usize {
        self.inner.parameters.values.as_ptr() as usize
    }

    /// Where their gradients lie.
    #[must_use]
    pub fn gradients(&self) -> usize {
        self.inner.parameters.gradients.as_ptr() as usize
    }

    /// Where the moving statistics lie.
    #[must_use]
    pub fn statistics(&self) -> usize {
        self.inner.parameters.statistics.as_ptr() as usize
    }

    /// How many state buffers the optimizer keeps.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.inner.optimizer.slots.len()
    }

    /// Where the optimizer's state buffer `index` lies, of the weights' layout.
    #[must_use]
    pub fn slot(&self, index: usize) -> usize {
        self.inner.optimizer.slots.get(index).map_or(0, |slot| slot.as_ptr() as usize)
    }

    /// How each of the optimizer's state buffers grows with the gradient, for each weight `[slots, weights]`:
    /// [`nn::optim::Rule::degrees`].
    #[must_use]
    pub fn slot_degrees(&self) -> Vec<f64> {
        self.inner.optimizer.degrees()
    }

    /// Where the mask of pruned weights lies, of the weights' layout: 0 where one is pruned, else 1. Where there is none, it
    /// is made with `make`, or else at 0. To be followed by [`CoreModel::values_changed`].
    pub fn mask(&mut self, make: bool) -> usize {
        let parameters = &mut self.inner.parameters;
        if make {
            parameters.mask.resize(parameters.values.len(), 1.0);
        }
        if parameters.mask.is_empty() { 0 } else { parameters.mask.as_ptr() as usize }
    }

    /// A copy of the numbers that the optimizer keeps beside its buffers.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        self.inner.optimizer.numbers.clone()
    }

    /// What they belong to: [`nn::optim::Optimizer::owners`].
    #[must_use]
    pub fn number_owners(&self) -> Vec<usize> {
        self.inner.optimizer.owners()
    }

    /// Sets as many numbers as [`CoreModel::numbers`] gives.
    pub fn set_numbers(&mut self, numbers: &[f64]) {
        self.inner.optimizer.set_numbers(numbers);
    }

    /// `[optimizer steps, training passes, epochs]`: with seed and parameters, all that decides what comes next.
    #[must_use]
    pub fn counters(&self) -> Vec<f64> {
        vec![self.inner.optimizer.steps as f64, self.inner.passes as f64, self.inner.epochs as f64]
    }

    /// Sets what [`CoreModel::counters`] gives; the optimizer's state is fresh then, if its steps are others.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole numbers, checked by the facade
    pub fn set_counters(&mut self, steps: f64, passes: f64, epochs: f64) {
        self.inner.resume(steps as u64, passes as u64, epochs as u64);
    }

    /// To be called after these tensors, or the mask, were written.
    pub fn values_changed(&mut self, tensors: &[u32]) {
        self.inner.values_changed(tensors);
    }

    /// Where the weights lie that are evaluated: valid until the next call.
    #[must_use]
    pub fn average(&mut self) -> usize {
        self.inner.at_average(|model| model.parameters.values.as_ptr() as usize)
    }

    /// A byte per tensor: 1 holds it.
    pub fn set_frozen(&mut self, frozen: &[u8]) {
        self.inner.set_frozen(&flags(frozen));
    }

    /// Fresh weights, optimizer and random state.
    pub fn reset(&mut self, seed: u32) {
        self.inner.reset(seed);
    }

    /// Inference on rows `from..to`; the result lies at [`CoreModel::predictions`].
    ///
    /// # Errors
    /// Samples of another width.
    pub fn predict(&mut self, data: &CoreDataset, from: usize, to: usize) -> Result<(), Thrown> {
        let columns = self.inner.inputs;
        if from > to || to > data.inner.rows || data.inner.x.len() != data.inner.rows * columns {
            return Err(thrown(Error::Shape));
        }
        let x = &data.inner.x[from * columns..to * columns];
        self.inner.predict(x, to - from);
        Ok(())
    }

    /// Where the last predictions lie.
    #[must_use]
    pub fn predictions(&self) -> usize {
        self.inner.predictions().as_ptr() as usize
    }

    /// Columns of layer `place`.
    #[must_use]
    pub fn layer_width(&self, place: usize) -> usize {
        self.inner.layer_width(place)
    }

    /// Where the output of layer `place` in the last prediction lies.
    #[must_use]
    pub fn layer_output(&self, place: usize) -> usize {
        self.inner.layer_output(place).as_ptr() as usize
    }

    /// Adds rows `from..to` to the evaluation under way.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn evaluate(&mut self, data: &CoreDataset, from: usize, to: usize) -> Result<(), Thrown> {
        check(&self.inner, data)?;
        if from >= to || to > data.inner.rows {
            return Err(thrown(Error::Shape));
        }
        self.inner.evaluate(&data.inner.batch(from, to));
        Ok(())
    }

    /// `[loss, metrics…]` of all rows evaluated since the last call.
    pub fn finish_evaluation(&mut self) -> Vec<f64> {
        self.inner.finish_evaluation()
    }

    /// One update from all of `data`, with `[η, momentum]` for each of the optimizer's parts. True if it was sound; else see [`CoreModel::divergence`].
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn train(&mut self, data: &CoreDataset, row: &[f64]) -> Result<bool, Thrown> {
        let outcome = {
            let batch = whole(&self.inner, data)?;
            self.inner.train_step(std::iter::once(batch), None, row)
        };
        Ok(self.note(outcome))
    }

    /// The largest relative difference to central differences, per tensor; empty where a number is not finite.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn check_gradients(&mut self, data: &CoreDataset, per_tensor: usize) -> Result<Vec<f64>, Thrown> {
        let outcome = {
            let batch = whole(&self.inner, data)?;
            self.inner.check_gradients(batch, per_tensor)
        };
        Ok(outcome.unwrap_or_else(|divergence| {
            self.divergence = Some(divergence);
            Vec::new()
        }))
    }

    /// The rows of [`nn::diagnose`], of the step with this row of rates that would come next. [`CoreModel::loss`] and
    /// [`CoreModel::gradient_norm`] are of it too; both are infinite if a number is not finite.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn diagnose(&mut self, data: &CoreDataset, row: &[f64]) -> Result<Vec<f64>, Thrown> {
        let (outcome, rows) = {
            let batch = whole(&self.inner, data)?;
            self.inner.diagnose(batch, row)
        };
        if !self.note(outcome) {
            self.report = Report { loss: f64::INFINITY, gradient_norm: f64::INFINITY, weight: 0.0 };
        }
        Ok(rows)
    }

    /// The losses of the next updates with these rows of rates, and after the last: [`nn::model::Model::rehearse`].
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn rehearse(&mut self, data: &CoreDataset, rates: &[f64], fresh: bool) -> Result<Vec<f64>, Thrown> {
        let batch = whole(&self.inner, data)?;
        Ok(self.inner.rehearse(batch, rates, fresh))
    }

    /// The gradient of all of `data` where the model stands, whose outputs count in the metrics with `measure`; for an update
    /// that is made outside. True if all is finite.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn gradient_of(&mut self, data: &CoreDataset, measure: bool) -> Result<bool, Thrown> {
        let outcome = {
            let batch = whole(&self.inner, data)?;
            self.inner.gradient(std::iter::once(batch), None, measure)
        };
        Ok(self.note(outcome))
    }

    /// Counts an update that was made outside.
    pub fn adopt(&mut self) {
        self.inner.adopt();
    }

    /// The gradient of rows `from..to`, no update. True if all is finite.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub fn gradient(&mut self, data: &CoreDataset, from: usize, to: usize) -> Result<bool, Thrown> {
        check(&self.inner, data)?;
        if from >= to || to > data.inner.rows {
            return Err(thrown(Error::Shape));
        }
        let outcome = self.inner.gradient(std::iter::once(data.inner.batch(from, to)), None, false);
        Ok(self.note(outcome))
    }

    /// The training metrics since the last call.
    pub fn training_metrics(&mut self) -> Vec<f64> {
        self.inner.take_training_metrics()
    }

    /// Starts or ends the collecting of training outputs.
    pub fn collect_outputs(&mut self, collect: bool) {
        self.inner.collect_outputs(collect);
    }

    /// The training outputs collected since the last call.
    pub fn collected(&mut self) -> Vec<f32> {
        self.inner.take_collected()
    }

    /// Loss of the last step or gradient.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.report.loss
    }

    /// ‖gradient‖ of the last step or gradient.
    #[must_use]
    pub fn gradient_norm(&self) -> f64 {
        self.report.gradient_norm
    }

    /// What was not finite: `[0, path…]` an activation, `[1]` the loss, `[2, tensor]` a gradient, `[3, tensor]` a weight.
    #[must_use]
    pub fn divergence(&self) -> Vec<f64> {
        match &self.divergence {
            None => Vec::new(),
            Some(Divergence::Activation(path)) => {
                std::iter::once(0.0).chain(path.iter().map(|&place| place as f64)).collect()
            }
            Some(Divergence::Loss) => vec![1.0],
            Some(Divergence::Gradient(tensor)) => vec![2.0, *tensor as f64],
            Some(Divergence::Parameter(tensor)) => vec![3.0, *tensor as f64],
        }
    }

    pub(crate) fn note(&mut self, outcome: Result<Report, Divergence>) -> bool {
        match outcome {
            Ok(report) => {
                self.report = report;
                true
            }
            Err(divergence) => {
                self.divergence = Some(divergence);
                false
            }
        }
    }
}

/// All rows as one batch, once they are known to fit.
fn whole<'a>(model: &Model, data: &'a CoreDataset) -> Result<Batch<'a>, Thrown> {
    check(model, data)?;
    Ok(data.inner.batch(0, data.inner.rows))
}

/// Do width, targets and labels fit the model?
pub(crate) fn check(model: &Model, data: &CoreDataset) -> Result<(), Thrown> {
    let data = &data.inner;
    if data.rows == 0 || data.x.len() != data.rows * model.inputs {
        return Err(thrown(Error::Shape));
    }
    match &data.labels {
        nn::fit::Labels::Values(values) if values.len() != data.rows * model.columns => Err(thrown(Error::Shape)),
        nn::fit::Labels::Classes(classes) if classes.len() != data.rows => Err(thrown(Error::Shape)),
        _ if !model.fits(&data.batch(0, data.rows).targets) => Err(thrown(Error::Label)),
        _ => Ok(()),
    }
}
