//! A fit's handle.

use crate::data::CoreDataset;
use crate::model::{CoreModel, check};
use crate::{Thrown, thrown};
use nn::config::Error;
use nn::fit::{Fit, Options, Stop};
use nn::step::Report;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// See [`nn::fit::Fit`].
#[wasm_bindgen]
pub struct CoreFit {
    inner: Fit,
    steps: usize,
}

#[wasm_bindgen]
#[allow(clippy::cast_precision_loss)] // counts below 2⁵³
impl CoreFit {
    /// Prepares to train `model` on the first `rows` samples.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments)] // what `fit` takes; each is one number
    pub fn new(
        model: &mut CoreModel,
        data: &CoreDataset,
        rows: usize,
        batch: usize,
        accumulate: usize,
        shuffle: bool,
        epochs: u32,
        class_weight: Option<Vec<f32>>,
    ) -> Result<CoreFit, Thrown> {
        check(&model.inner, data)?;
        if class_weight.as_ref().is_some_and(|weights| weights.len() != model.inner.columns.max(2)) {
            return Err(thrown(Error::Shape));
        }
        model.inner.take_training_metrics();
        let options = Options { rows, batch, accumulate, shuffle, epochs: u64::from(epochs), class_weight };
        let inner = Fit::new(Rc::clone(&data.inner), options).map_err(thrown)?;
        Ok(CoreFit { inner, steps: 0 })
    }

    /// A step for each row of rates. Returns why it stopped: 0 the rates are used up, 1 an epoch ended and `pause` is set, 2 all
    /// is done, 3 a step diverged ([`CoreModel::divergence`]).
    pub fn run(&mut self, model: &mut CoreModel, rates: &[f64], pause: bool) -> u32 {
        let (steps, stop) = self.inner.run(&mut model.inner, rates, pause);
        self.steps = steps;
        self.tell(model, stop)
    }

    /// The gradient of the next step's rows where the model stands: [`nn::fit::Fit::gradient`]. True if all is finite.
    pub fn gradient(&mut self, model: &mut CoreModel, measure: bool) -> bool {
        let outcome = self.inner.gradient(&mut model.inner, measure);
        model.note(outcome)
    }

    /// Ends an update that was made outside, whose first gradient had this loss, norm and weight of the rows. Returns what
    /// [`CoreFit::run`] does.
    pub fn adopt(&mut self, model: &mut CoreModel, loss: f64, gradient_norm: f64, row: &[f64]) -> u32 {
        let report = Report { loss, gradient_norm, weight: model.report.weight };
        let stop = self.inner.adopt(&mut model.inner, report, row);
        self.steps = 1;
        self.tell(model, stop)
    }

    /// Prepares to train in `replicas` copies of this instance: [`nn::fit::Fit::share`].
    #[must_use]
    pub fn share(&mut self, model: &CoreModel, replicas: usize) -> Vec<usize> {
        self.inner.share(&model.inner, replicas)
    }

    /// The gradient of the rows of replica `index` in the next step; false if all epochs are done.
    pub fn part(&mut self, model: &mut CoreModel, index: usize) -> bool {
        self.inner.part(&mut model.inner, index)
    }

    /// Sums this replica's slice of the gradient.
    pub fn reduce(&mut self, model: &mut CoreModel, index: usize) {
        self.inner.reduce(&mut model.inner, index);
    }

    /// The update from the summed gradient. Returns what [`CoreFit::run`] does.
    pub fn finish(&mut self, model: &mut CoreModel, index: usize) -> u32 {
        let stop = self.inner.finish(&mut model.inner, index);
        self.tell(model, stop)
    }

    /// Watches the layers in every so many steps.
    pub fn record(&mut self, model: &CoreModel, every: u32) {
        self.inner.record(&model.inner, u64::from(every));
    }

    /// For each step watched since the last call `[step, loss]` and its rows ([`nn::diagnose`]).
    pub fn take_records(&mut self) -> Vec<f64> {
        self.inner.take_records()
    }

    /// Steps made by the last run.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Epochs done.
    #[must_use]
    pub fn epochs(&self) -> f64 {
        self.inner.epochs() as f64
    }

    /// For each epoch that ended since the last call `[loss, gradient norm, rate, metrics…]`.
    pub fn take_log(&mut self) -> Vec<f64> {
        self.inner.take_log()
    }

    /// The rows in the order of the last epoch; empty where it is the data's own.
    #[must_use]
    pub fn order(&self) -> Vec<u32> {
        self.inner.order().to_vec()
    }

    fn tell(&self, model: &mut CoreModel, stop: Stop) -> u32 {
        if let Some(report) = self.inner.last() {
            model.report = report;
        }
        match stop {
            Stop::Rates => 0,
            Stop::Epoch => 1,
            Stop::Done => 2,
            Stop::Diverged(divergence) => {
                model.divergence = Some(divergence);
                3
            }
        }
    }
}
