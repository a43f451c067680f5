//! Training over epochs from a data set that lies in the core: shuffle, gather, step, and the log of each epoch.

mod replica;

use crate::config::Error;
use crate::diagnose::Probe;
use crate::loss::Targets;
use crate::model::Model;
use crate::rng::{Purpose, Stream};
use crate::step::{Batch, Divergence, Report};
use replica::Exchange;
use std::ops::Range;
use std::rc::Rc;

/// What the samples should give.
#[derive(Clone, Debug)]
pub enum Labels {
    /// `[rows, columns]`
    Values(Vec<f32>),
    /// A class per row.
    Classes(Vec<u32>),
}

/// Samples, resident in the core.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// `[rows, inputs]`
    pub x: Vec<f32>,
    /// Samples.
    pub rows: usize,
    /// Their targets.
    pub labels: Labels,
    /// A weight per row.
    pub sample_weight: Option<Vec<f32>>,
}

impl Dataset {
    /// Rows `from..to` as one batch.
    #[must_use]
    pub fn batch(&self, from: usize, to: usize) -> Batch<'_> {
        let inputs = self.x.len() / self.rows;
        Batch {
            x: &self.x[from * inputs..to * inputs],
            targets: match &self.labels {
                Labels::Values(values) => {
                    let columns = values.len() / self.rows;
                    Targets::Values(&values[from * columns..to * columns])
                }
                Labels::Classes(classes) => Targets::Classes(&classes[from..to]),
            },
            sample_weight: self.sample_weight.as_ref().map(|weights| &weights[from..to]),
            rows: to - from,
        }
    }
}

/// How to train.
#[derive(Clone, Debug)]
pub struct Options {
    /// Train on the first so many rows.
    pub rows: usize,
    /// Samples in a batch; the last of an epoch may be smaller.
    pub batch: usize,
    /// Batches to a step.
    pub accumulate: usize,
    /// A new order each epoch?
    pub shuffle: bool,
    /// Epochs to train.
    pub epochs: u64,
    /// A weight per class.
    pub class_weight: Option<Vec<f32>>,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All rates are used up.
    Rates,
    /// An epoch ended, and that was to be waited for.
    Epoch,
    /// All epochs are done.
    Done,
    /// A step was not sound.
    Diverged(Divergence),
}

/// Rows gathered in the order of the shuffle.
#[derive(Default)]
struct Gathered {
    x: Vec<f32>,
    values: Vec<f32>,
    classes: Vec<u32>,
    sample_weight: Vec<f32>,
}

/// A fit under way.
pub struct Fit {
    data: Rc<Dataset>,
    options: Options,
    order: Vec<u32>,
    epoch: u64,
    /// The next row, in the epoch's order.
    row: usize,
    steps: f64,
    loss: f64,
    weight: f64,
    norm: f64,
    last: Option<Report>,
    log: Vec<f64>,
    gathered: Gathered,
    /// Layers are watched in every so many steps; 0 is never.
    every: u64,
    probe: Option<Box<Probe>>,
    records: Vec<f64>,
    /// What passes between replicas, where there are several.
    exchange: Option<Exchange>,
}

impl Fit {
    /// Prepares to train on `data`.
    ///
    /// # Errors
    /// [`Error::Shape`] for no rows, no batch, or more rows than there are.
    pub fn new(data: Rc<Dataset>, options: Options) -> Result<Self, Error> {
        if options.rows == 0 || options.rows > data.rows || options.batch == 0 || options.accumulate == 0 {
            return Err(Error::Shape);
        }
        let (order, log, gathered) = (Vec::new(), Vec::new(), Gathered::default());
        let (steps, loss, weight, norm) = (0.0, 0.0, 0.0, 0.0);
        let (every, probe, records, exchange) = (0, None, Vec::new(), None);
        Ok(Fit {
            data,
            options,
            order,
            epoch: 0,
            row: 0,
            steps,
            loss,
            weight,
            norm,
            last: None,
            log,
            gathered,
            every,
            probe,
            records,
            exchange,
        })
    }

    /// Watches the layers in the steps whose index is a multiple of `every`.
    pub fn record(&mut self, model: &Model, every: u64) {
        self.every = every;
        self.probe = Some(Box::new(Probe::new(model)));
    }

    /// What was seen since the last call: for each step watched `[step, loss]` and the rows of
    /// [`crate::diagnose`].
    pub fn take_records(&mut self) -> Vec<f64> {
        take(&mut self.records)
    }

    /// One step for each row of `rates` (see [`Optimizer::row_len`]), or fewer: until all epochs are done, a step diverges
    /// or, if `pause` is set, an epoch ends. Returns the steps made and why it ended.
    ///
    /// [`Optimizer::row_len`]: crate::optim::Optimizer::row_len
    pub fn run(&mut self, model: &mut Model, rates: &[f64], pause: bool) -> (usize, Stop) {
        let rows = rates.chunks_exact(model.optimizer.row_len().max(1));
        let count = rows.len();
        for (made, row) in rows.enumerate() {
            if self.epoch >= self.options.epochs {
                return (made, Stop::Done);
            }
            if let Err(divergence) = self.step(model, row) {
                return (made, Stop::Diverged(divergence));
            }
            match self.end_epoch(model, row) {
                Some(Stop::Epoch) if !pause => {}
                Some(stop) => return (made + 1, stop),
                None => {}
            }
        }
        (count, Stop::Rates)
    }

    /// The last step's report.
    #[must_use]
    pub fn last(&self) -> Option<Report> {
        self.last
    }

    /// The epochs that ended since the last call: for each `[loss, gradient norm, rate, metrics…]`.
    pub fn take_log(&mut self) -> Vec<f64> {
        take(&mut self.log)
    }

    /// Epochs done.
    #[must_use]
    pub fn epochs(&self) -> u64 {
        self.epoch
    }

    /// The rows in the order of the epoch under way; empty where it is the data's own.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    fn shuffle(&mut self, model: &Model) {
        let Options { rows, batch, shuffle, .. } = self.options;
        // One batch of all rows has no order.
        if shuffle && batch < rows {
            self.order.clear();
            #[allow(clippy::cast_possible_truncation)] // a wasm32 memory holds fewer than 2³² rows
            self.order.extend(0..rows as u32);
            Stream::new(model.seed, Purpose::Shuffle, model.epochs, 0).shuffle(&mut self.order);
        }
    }

    /// Where the rows of the next step end.
    fn begin(&mut self, model: &Model) -> usize {
        if self.row == 0 {
            self.shuffle(model);
        }
        let Options { rows, batch, accumulate, .. } = self.options;
        rows.min(self.row.saturating_add(batch.saturating_mul(accumulate)))
    }

    /// Gathers targets and weights of the rows up to `to`, and the samples of those in `own`.
    fn gather(&mut self, to: usize, own: Range<usize>) {
        if !self.order.is_empty() {
            self.gathered.fill(&self.data, &self.order[self.row..to], own);
        }
    }

    /// Targets and weights of the rows up to `to`, without samples.
    fn labels(&self, to: usize) -> Batch<'_> {
        let rows = to - self.row;
        let all =
            if self.order.is_empty() { self.data.batch(self.row, to) } else { self.gathered.batch(&self.data, rows) };
        Batch { x: &[], ..all }
    }

    /// The rows gathered.
    fn samples(&self, to: usize, own: Range<usize>) -> Batch<'_> {
        let labels = slice(&self.labels(to), own.start, own.end);
        let x = if self.order.is_empty() {
            self.data.batch(self.row + own.start, self.row + own.end).x
        } else {
            &self.gathered.x
        };
        Batch { x, ..labels }
    }

    fn step(&mut self, model: &mut Model, row: &[f64]) -> Result<(), Divergence> {
        let to = self.begin(model);
        let all = 0..to - self.row;
        self.gather(to, all.clone());
        let step = model.optimizer.steps;
        let watched = self.every > 0 && step.is_multiple_of(self.every);
        if watched {
            model.probe = self.probe.take();
        }
        let batches = micro_batches(self.samples(to, all), self.options.batch);
        let outcome = model.train_step(batches, self.options.class_weight.as_deref(), row);
        if let Some(probe) = model.probe.take() {
            if let Ok(report) = &outcome {
                #[allow(clippy::cast_precision_loss)] // steps stay far below 2⁵³
                self.records.extend([step as f64, report.loss]);
                probe.write(&mut self.records);
            }
            self.probe = Some(probe);
        }
        self.count(outcome?, to);
        Ok(())
    }

    /// The gradient of the next step's rows where the model stands, for an update that is made outside and ends by
    /// [`Fit::adopt`]; with `measure` the outputs count in the epoch's metrics.
    ///
    /// # Errors
    /// [`Divergence`]: a number that is not finite.
    pub fn gradient(&mut self, model: &mut Model, measure: bool) -> Result<Report, Divergence> {
        let to = self.begin(model);
        let all = 0..to - self.row;
        self.gather(to, all.clone());
        let batches = micro_batches(self.samples(to, all), self.options.batch);
        model.gradient(batches, self.options.class_weight.as_deref(), measure)
    }

    /// Counts an update that was made outside, from what its first gradient reported.
    pub fn adopt(&mut self, model: &mut Model, report: Report, row: &[f64]) -> Stop {
        let to = self.begin(model);
        model.adopt();
        self.count(report, to);
        self.end_epoch(model, row).unwrap_or(Stop::Rates)
    }

    /// Counts a sound step whose rows ended before `to`.
    fn count(&mut self, report: Report, to: usize) {
        self.row = to;
        self.steps += 1.0;
        self.loss += report.loss * report.weight;
        self.weight += report.weight;
        self.norm += report.gradient_norm;
        self.last = Some(report);
    }

    /// Ends the epoch if all its rows were seen: `None` if not, else [`Stop::Epoch`], or [`Stop::Done`] if it was the last.
    fn end_epoch(&mut self, model: &mut Model, row: &[f64]) -> Option<Stop> {
        if self.row < self.options.rows {
            return None;
        }
        let loss = if self.weight > 0.0 { self.loss / self.weight } else { 0.0 };
        self.log.extend([loss, self.norm / self.steps, model.optimizer.rate(row)]);
        model.write_training_metrics(&mut self.log);
        model.epochs += 1;
        self.epoch += 1;
        self.row = 0;
        (self.steps, self.loss, self.weight, self.norm) = (0.0, 0.0, 0.0, 0.0);
        Some(if self.epoch < self.options.epochs { Stop::Epoch } else { Stop::Done })
    }
}

/// A copy, so that the steps to come find room.
fn take(numbers: &mut Vec<f64>) -> Vec<f64> {
    let taken = numbers.clone();
    numbers.clear();
    taken
}

impl Gathered {
    /// Copies the rows in `order` together, but of the samples only those in `own`.
    fn fill(&mut self, data: &Dataset, order: &[u32], own: Range<usize>) {
        gather(&data.x, data.x.len() / data.rows, &order[own], &mut self.x);
        match &data.labels {
            Labels::Values(values) => gather(values, values.len() / data.rows, order, &mut self.values),
            Labels::Classes(classes) => gather(classes, 1, order, &mut self.classes),
        }
        if let Some(weights) = &data.sample_weight {
            gather(weights, 1, order, &mut self.sample_weight);
        }
    }

    /// What was copied.
    fn batch(&self, data: &Dataset, rows: usize) -> Batch<'_> {
        let targets = match data.labels {
            Labels::Values(_) => Targets::Values(&self.values),
            Labels::Classes(_) => Targets::Classes(&self.classes),
        };
        let sample_weight = data.sample_weight.as_ref().map(|_| &self.sample_weight[..]);
        Batch { x: &self.x, targets, sample_weight, rows }
    }
}

fn gather<T: Copy>(from: &[T], columns: usize, order: &[u32], to: &mut Vec<T>) {
    to.clear();
    for &row in order {
        let start = row as usize * columns;
        to.extend_from_slice(&from[start..start + columns]);
    }
}

/// A batch in pieces of at most `most` rows.
fn micro_batches(all: Batch, most: usize) -> impl Iterator<Item = Batch> + Clone {
    (0..all.rows.div_ceil(most)).map(move |i| slice(&all, i * most, all.rows.min((i + 1) * most)))
}

/// Rows `from..to` of a batch.
fn slice<'a>(batch: &Batch<'a>, from: usize, to: usize) -> Batch<'a> {
    // The usual case, without divisions.
    if from == 0 && to == batch.rows {
        return *batch;
    }
    let inputs = batch.x.len() / batch.rows;
    Batch {
        x: &batch.x[from * inputs..to * inputs],
        targets: match batch.targets {
            Targets::Values(values) => {
                let columns = values.len() / batch.rows;
                Targets::Values(&values[from * columns..to * columns])
            }
            Targets::Classes(classes) => Targets::Classes(&classes[from..to]),
        },
        sample_weight: batch.sample_weight.map(|weights| &weights[from..to]),
        rows: to - from,
    }
}
