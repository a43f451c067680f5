//! A step shared by replicas: copies of the whole instance, each of which computes the gradient of some of the step's rows.
//! The parts are summed in the order of the replicas, a slice by each, and every replica makes the same update from the sum.
//!
//! | who | does |
//! | --- | --- |
//! | each | [`Fit::part`]: forward and backward over its rows |
//! | outside | brings the messages and row of rates to all, and to each replica the others' gradients in its slice |
//! | each | [`Fit::reduce`]: sums its slice |
//! | outside | brings the summed slices to all, and the outputs to replica 0 if it measures them |
//! | each | [`Fit::finish`]: regularisation, transforms, update, log |
//!
//! Nothing but [`Fit::finish`] changes the model. Its blocks never move, so all copies have them at the same places.

use super::{Fit, Stop, micro_batches};
use crate::model::Model;
use crate::step::{Batch, Divergence};
use kernels::elementwise::add_assign;
use std::ops::Range;

/// Numbers in a message: `[loss, first output, end of outputs, 0 sound 1 activation 2 loss, path length, path…]`.
const MESSAGE: usize = 32;
const PATH: usize = 5;
const MOST_REPLICAS: usize = 1024;

/// What passes between replicas.
pub(super) struct Exchange {
    replicas: usize,
    /// Numbers of the gradient that a replica sums; a multiple of the lanes.
    slice: usize,
    /// One of each replica.
    messages: Vec<f64>,
    /// The step's row of rates.
    row: Vec<f64>,
    /// `[replicas, slice]`: the others' gradients in this replica's slice.
    others: Vec<f32>,
    /// What the layers gave for all rows of the step; empty if nobody measures that.
    outputs: Vec<f32>,
    /// Where the step's rows end, and Σ of their weights.
    to: usize,
    weight: f64,
}

impl Exchange {
    /// What replica `index` sums of a gradient of `len` numbers.
    fn range(&self, index: usize, len: usize) -> Range<usize> {
        len.min(index * self.slice)..len.min((index + 1) * self.slice)
    }
}

impl Fit {
    /// Makes the blocks for `replicas` copies of this fit and its model. Returns the lengths of gradients, message, row,
    /// slice and outputs, then where gradients, messages, row, others and outputs lie; nothing for no replicas, or too many.
    pub fn share(&mut self, model: &Model, replicas: usize) -> Vec<usize> {
        if !(1..=MOST_REPLICAS).contains(&replicas) {
            return Vec::new();
        }
        let gradients = &model.parameters.gradients;
        let slice = gradients.len().div_ceil(replicas).next_multiple_of(4);
        let rows = self.options.rows.min(self.options.batch.saturating_mul(self.options.accumulate));
        let exchange = Exchange {
            replicas,
            slice,
            messages: vec![0.0; MESSAGE * replicas],
            row: vec![0.0; model.optimizer.row_len()],
            others: vec![0.0; slice * replicas],
            outputs: vec![0.0; if model.is_measured() { rows * model.columns } else { 0 }],
            to: 0,
            weight: 0.0,
        };
        let Exchange { messages, row, others, outputs, .. } = &exchange;
        let places = [gradients.as_ptr().cast::<u8>(), messages.as_ptr().cast(), row.as_ptr().cast()];
        let more = [others.as_ptr().cast::<u8>(), outputs.as_ptr().cast()];
        let places = places.into_iter().chain(more).map(|place| place as usize);
        let lengths = [gradients.len(), MESSAGE, row.len(), slice, outputs.len()];
        let all = lengths.into_iter().chain(places).collect();
        self.exchange = Some(exchange);
        all
    }

    /// The gradient of the rows of replica `index` in the next step, and its message. False if all epochs are done, or
    /// nothing is shared, or not among so many.
    pub fn part(&mut self, model: &mut Model, index: usize) -> bool {
        if self.epoch >= self.options.epochs || !self.has_replica(index) {
            return false;
        }
        let Some(mut exchange) = self.exchange.take() else { return false };
        let to = self.begin(model);
        let [from, end] = [index, index + 1].map(|i| (to - self.row) * i / exchange.replicas);
        self.gather(to, from..end);
        let class_weight = self.options.class_weight.as_deref();
        let columns = model.columns;
        exchange.to = to;
        exchange.weight = self.labels(to).weight(columns, class_weight);
        if from == end {
            model.parameters.gradients.fill(0.0);
        }
        let mut batches = micro_batches(self.samples(to, from..end), self.options.batch);
        let mut at = from * columns;
        let mut seen = |model: &mut Model, batch: &Batch| {
            let len = batch.rows * columns;
            if let Some(outputs) = exchange.outputs.get_mut(at..at + len) {
                outputs.copy_from_slice(&model.stack.output()[..len]);
            }
            at += len;
        };
        #[allow(clippy::cast_possible_truncation)] // far fewer than 2¹⁶ replicas
        let replica = index as u16;
        model.replica = replica;
        let outcome = model.backpropagate(&mut batches, class_weight, exchange.weight, &mut seen);
        model.replica = 0;
        drop(batches);
        let outputs = [from * columns, end * columns];
        write(&mut exchange.messages[MESSAGE * index..][..MESSAGE], outputs, outcome);
        self.exchange = Some(exchange);
        true
    }

    fn has_replica(&self, index: usize) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| index < exchange.replicas)
    }

    /// Sums this replica's slice of the gradient in the order of the replicas: ((g₀ + g₁) + g₂) + …
    pub fn reduce(&mut self, model: &mut Model, index: usize) {
        if !self.has_replica(index) {
            return;
        }
        let Some(exchange) = &mut self.exchange else { return };
        let range = exchange.range(index, model.parameters.gradients.len());
        let own = &mut model.parameters.gradients[range];
        let (before, after) = exchange.others.split_at_mut(index * exchange.slice);
        let mut before = before.chunks_exact_mut(exchange.slice).map(|other| &mut other[..own.len()]);
        // A sum of two has the same bits in either order, so the own part may come last.
        if let Some(sum) = before.next() {
            before.for_each(|other| add_assign(sum, other));
            add_assign(own, sum);
        }
        after.chunks_exact(exchange.slice).skip(1).for_each(|other| add_assign(own, &other[..own.len()]));
    }

    /// The update from the summed gradient; all replicas come to the same outcome, since all have the same messages.
    /// [`Stop::Rates`] says that the epoch goes on, [`Stop::Done`] also that there was no part. Replica 0 measures.
    pub fn finish(&mut self, model: &mut Model, index: usize) -> Stop {
        let Some(mut exchange) = self.exchange.take().filter(|exchange| exchange.to > 0) else { return Stop::Done };
        let stop = match self.conclude(model, &exchange, index == 0) {
            Ok(()) => self.end_epoch(model, &exchange.row).unwrap_or(Stop::Rates),
            Err(divergence) => Stop::Diverged(divergence),
        };
        exchange.to = 0;
        self.exchange = Some(exchange);
        stop
    }

    fn conclude(&mut self, model: &mut Model, exchange: &Exchange, measure: bool) -> Result<(), Divergence> {
        let mut loss = 0.0;
        for message in exchange.messages.chunks_exact(MESSAGE) {
            loss += read(message)?;
        }
        let report = model.complete(loss, exchange.weight)?;
        model.finish(&exchange.row, &report)?;
        if measure && !exchange.outputs.is_empty() {
            let all = self.labels(exchange.to);
            model.measure_outputs(&all, &exchange.outputs[..all.rows * model.columns]);
        }
        self.count(report, exchange.to);
        Ok(())
    }
}

/// Writes the message of a part whose outputs lie at `outputs`.
#[allow(clippy::cast_precision_loss)] // places are far below 2⁵³
fn write(message: &mut [f64], outputs: [usize; 2], outcome: Result<f64, Divergence>) {
    message[1..3].copy_from_slice(&outputs.map(|place| place as f64));
    message[3] = 0.0;
    match outcome {
        Ok(loss) => message[0] = loss,
        Err(Divergence::Activation(path)) => {
            message[3] = 1.0;
            message[4] = path.len() as f64;
            message[PATH..].iter_mut().zip(path).for_each(|(to, place)| *to = place as f64);
        }
        Err(_) => message[3] = 2.0,
    }
}

/// The loss in a message, or the divergence.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole numbers that `write` wrote
fn read(message: &[f64]) -> Result<f64, Divergence> {
    match message[3] as u32 {
        0 => Ok(message[0]),
        1 => Err(Divergence::Activation(
            message[PATH..].iter().take(message[4] as usize).map(|&place| place as usize).collect(),
        )),
        _ => Err(Divergence::Loss),
    }
}
