//! A model: its parameters, layers, loss, optimizer and random state, and all that is done with it but training.

use crate::config::{self, Activation, Error, Reader};
use crate::definition;
use crate::diagnose::Probe;
use crate::layer::Stack;
use crate::loss::{Sum, Targets};
use crate::metric::Accumulator;
use crate::optim::{Optimizer, Run};
use crate::params::{Parameters, Spec};
use crate::step::{Batch, Divergence};
use crate::transform::Transform;
use kernels::matmul::Pack;

/// See [`crate::step`] for how it trains.
pub struct Model {
    /// Columns of the input.
    pub inputs: usize,
    /// Columns of the output.
    pub columns: usize,
    /// What all random numbers come from.
    pub seed: u32,
    /// Training passes so far: with the seed it picks the next dropout mask.
    pub passes: u64,
    /// Epochs so far: with the seed it picks the next shuffle.
    pub epochs: u64,
    /// All tensors.
    pub parameters: Parameters,
    /// The optimizer with its state.
    pub optimizer: Optimizer,
    pub(crate) stack: Stack,
    pub(crate) loss: config::Loss,
    pub(crate) transforms: Vec<Transform>,
    pub(crate) pack: Pack,
    /// Watches the step under way, if anybody wants to know.
    pub(crate) probe: Option<Box<Probe>>,
    /// Room for the parameters while the gradient is taken elsewhere.
    pub(crate) here: Vec<f32>,
    /// Which one of the replicas of a fit this is; 0 where it is the only one.
    pub(crate) replica: u16,
    /// Some parameter is so large that an update could overflow.
    pub(crate) risky: bool,
    layers: Vec<config::Layer>,
    head: Option<Activation>,
    /// The last layer's own activation is the head, applied to what the layers give.
    stripped: bool,
    metrics: Vec<config::Metric>,
    training: Vec<Accumulator>,
    evaluating: Vec<Accumulator>,
    evaluated: Sum,
    predictions: Vec<f32>,
    /// The point to evaluate at, where the optimizer averages.
    average: Vec<f32>,
    collected: Option<Vec<f32>>,
}

impl Model {
    /// `[inputs, seed, layers…, loss…, transforms…, metrics…]`, everything initialised from the seed. It cannot train before
    /// [`Model::set_optimizer`].
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader) -> Result<Self, Error> {
        let inputs = from.count()?;
        #[allow(clippy::cast_possible_truncation)] // a count is below 2³²
        let seed = from.count()? as u32;
        let layers = config::Layer::read_all(from, 0)?;
        if inputs == 0 || layers.is_empty() {
            return Err(Error::Config);
        }
        let mut parameters = Parameters::default();
        let stack = Stack::build(&layers, inputs, &mut parameters)?;
        parameters.initialize(seed);
        let loss = config::Loss::read(from)?;
        let mut model = Model {
            inputs,
            columns: stack.width(inputs),
            seed,
            passes: 0,
            epochs: 0,
            parameters,
            optimizer: Optimizer::default(),
            stack,
            loss,
            transforms: Transform::read_all(from)?,
            pack: Pack::default(),
            probe: None,
            here: Vec::new(),
            replica: 0,
            risky: false,
            layers,
            head: None,
            stripped: false,
            metrics: Vec::new(),
            training: Vec::new(),
            evaluating: Vec::new(),
            evaluated: Sum { weighted: 0.0, weight: 0.0 },
            predictions: Vec::new(),
            average: Vec::new(),
            collected: None,
        };
        model.set_metrics(from)?;
        model.set_loss(loss)?;
        Ok(model)
    }

    /// Takes another loss; weights and optimizer stay.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn set_loss(&mut self, loss: config::Loss) -> Result<(), Error> {
        let mut layers = self.layers.clone();
        self.stripped = definition::strip_head(&mut layers, &loss);
        self.stack = Stack::build(&layers, self.inputs, &mut Parameters::default())?;
        self.loss = loss;
        self.head = loss.head().map(|kind| Activation { kind, alpha: 0.0 });
        self.renew_metrics()
    }

    /// Takes another optimizer, at step 0; `members` has a byte for each weight of each part ([`Optimizer::read`]).
    ///
    /// # Errors
    /// [`Error::Config`], [`Error::Memory`].
    pub fn set_optimizer(&mut self, from: &mut Reader, members: &[u8]) -> Result<(), Error> {
        self.optimizer = Optimizer::read(from, self.runs(), members)?;
        Ok(())
    }

    /// Takes other gradient transforms: `[count, transforms…]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn set_transforms(&mut self, from: &mut Reader) -> Result<(), Error> {
        self.transforms = Transform::read_all(from)?;
        Ok(())
    }

    /// Takes other metrics: `[count, metrics…]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn set_metrics(&mut self, from: &mut Reader) -> Result<(), Error> {
        let count = from.count()?;
        self.metrics = (0..count).map(|_| config::Metric::read(from)).collect::<Result<_, _>>()?;
        self.renew_metrics()
    }

    fn renew_metrics(&mut self) -> Result<(), Error> {
        let make = || {
            let all = self.metrics.iter().map(|metric| Accumulator::new(metric, self.loss.kind, self.columns));
            all.collect::<Result<Vec<_>, _>>()
        };
        (self.training, self.evaluating) = (make()?, make()?);
        Ok(())
    }

    /// Freezes tensors: a flag per spec.
    pub fn set_frozen(&mut self, frozen: &[bool]) {
        for (spec, &frozen) in self.parameters.specs.iter_mut().zip(frozen) {
            spec.frozen = frozen;
        }
        self.optimizer.set_runs(self.runs());
    }

    /// The weights, as the optimizer sees them.
    fn runs(&self) -> Vec<Run> {
        let weights = self.parameters.specs.iter().filter(|spec| spec.is_weight);
        let run = |spec: &Spec| Run::new(spec.offset, &spec.shape, spec.is_trained());
        weights.map(run).collect()
    }

    /// Goes on from counters that were set from outside, as state will be that is no rule's own (a negative second moment
    /// makes NaN): the next update keeps a copy to return to. Tensors that no update has seen begin their state.
    pub fn resume(&mut self, steps: u64, passes: u64, epochs: u64) {
        // Beyond, counting on could overflow.
        let [steps, passes, epochs] = [steps, passes, epochs].map(|count| count.min(1 << 53));
        if steps != self.optimizer.steps {
            self.optimizer.begin_at(steps, &self.parameters.values);
        }
        (self.passes, self.epochs) = (passes, epochs);
        self.risky = true;
    }

    /// To be called after these tensors, or the mask, were set from outside: what is evaluated from now on is what was set,
    /// and what is pruned is 0.
    pub fn values_changed(&mut self, tensors: &[u32]) {
        let specs = tensors.iter().filter_map(|&tensor| self.parameters.specs.get(tensor as usize));
        for spec in specs.filter(|spec| spec.is_weight) {
            self.optimizer.average_anew(&self.parameters.values, &spec.range());
        }
        self.parameters.prune_values();
        self.look_for_risk();
    }

    /// Does `work` with the point to evaluate at in the parameters' place: an average is held to the constraints, too.
    pub fn at_average<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        if !self.optimizer.average(&self.parameters.values, &mut self.average) {
            return work(self);
        }
        std::mem::swap(&mut self.parameters.values, &mut self.average);
        self.parameters.constrain();
        let done = work(self);
        std::mem::swap(&mut self.parameters.values, &mut self.average);
        self.parameters.version += 1;
        done
    }

    /// Are there parameters so large that an update could overflow?
    pub(crate) fn look_for_risk(&mut self) {
        self.risky = kernels::reduce::max_abs(&self.parameters.values) > 1e30;
    }

    /// Fresh weights, optimizer and random state.
    pub fn reset(&mut self, seed: u32) {
        self.seed = seed;
        self.parameters.initialize(seed);
        self.optimizer.reset();
        (self.passes, self.epochs, self.risky) = (0, 0, false);
    }

    /// Inference; the result is [`Model::predictions`].
    pub fn predict(&mut self, x: &[f32], rows: usize) {
        self.at_average(|model| model.forward(x, rows, false));
        self.apply_head(rows);
    }

    /// What the last inference gave, `[rows, columns]`: probabilities where the loss is a cross-entropy.
    #[must_use]
    pub fn predictions(&self) -> &[f32] {
        &self.predictions
    }

    fn apply_head(&mut self, rows: usize) {
        self.predictions.clear();
        self.predictions.extend_from_slice(&self.stack.output()[..rows * self.columns]);
        self.finish_predictions();
    }

    fn finish_predictions(&mut self) {
        if let Some(head) = self.head {
            head.forward(&mut self.predictions, self.columns);
        }
    }

    /// What layer `place` gave in the last inference, `[rows, columns of that layer]`, its activation applied.
    #[must_use]
    pub fn layer_output(&self, place: usize) -> &[f32] {
        if self.stripped && place + 1 == self.stack.len() {
            return &self.predictions;
        }
        self.stack.layer_output(place)
    }

    /// Columns that layer `place` gives.
    #[must_use]
    pub fn layer_width(&self, place: usize) -> usize {
        self.stack.layer_width(place)
    }

    /// Does anybody want to know the outputs in training?
    pub(crate) fn is_measured(&self) -> bool {
        !self.training.is_empty() || self.collected.is_some()
    }

    /// Adds the outputs of a training batch to the metrics of the epoch, and to the collected outputs.
    pub(crate) fn measure(&mut self, batch: &Batch) {
        if self.is_measured() {
            self.apply_head(batch.rows);
            self.measure_predictions(batch);
        }
    }

    /// The same for outputs that replicas gave, before the head.
    pub(crate) fn measure_outputs(&mut self, batch: &Batch, outputs: &[f32]) {
        self.predictions.clear();
        self.predictions.extend_from_slice(outputs);
        self.finish_predictions();
        self.measure_predictions(batch);
    }

    fn measure_predictions(&mut self, batch: &Batch) {
        for metric in &mut self.training {
            metric.add(&self.predictions, &batch.targets, batch.sample_weight);
        }
        if let Some(collected) = &mut self.collected {
            collected.extend_from_slice(&self.predictions);
        }
    }

    /// Starts or ends the collecting of training outputs, for metrics that the user computes.
    pub fn collect_outputs(&mut self, collect: bool) {
        self.collected = collect.then(Vec::new);
    }

    /// The training outputs collected so far, in the order of the samples seen; collecting starts anew.
    pub fn take_collected(&mut self) -> Vec<f32> {
        self.collected.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Adds the epoch's training metrics to `to`; they start anew.
    pub fn write_training_metrics(&mut self, to: &mut Vec<f64>) {
        for metric in &mut self.training {
            to.push(metric.value());
            metric.reset();
        }
    }

    /// The epoch's training metrics; they start anew.
    pub fn take_training_metrics(&mut self) -> Vec<f64> {
        let mut values = Vec::new();
        self.write_training_metrics(&mut values);
        values
    }

    /// Adds a batch to the evaluation under way.
    pub fn evaluate(&mut self, batch: &Batch) {
        self.at_average(|model| model.forward(batch.x, batch.rows, false));
        let (targets, weights) = (&batch.targets, batch.sample_weight);
        let sum = self.loss.evaluate(self.stack.output(), targets, self.columns, weights, None, None, 1.0);
        self.evaluated.weighted += sum.weighted;
        self.evaluated.weight += sum.weight;
        self.apply_head(batch.rows);
        for metric in &mut self.evaluating {
            metric.add(&self.predictions, targets, weights);
        }
    }

    /// Ends the evaluation: the loss with regularisation, then the metrics.
    pub fn finish_evaluation(&mut self) -> Vec<f64> {
        let penalty = self.at_average(|model| model.parameters.regularize(false));
        let mut values = vec![self.evaluated.weighted / self.evaluated.weight + penalty];
        values.extend(self.evaluating.iter_mut().map(Accumulator::value));
        self.evaluating.iter_mut().for_each(Accumulator::reset);
        self.evaluated = Sum { weighted: 0.0, weight: 0.0 };
        values
    }

    /// For every weight tensor, the largest difference between its gradient and central differences of the plain f64
    /// definition, relative to the larger of the two, or to a thousandth of the network's largest gradient where both are
    /// smaller. At most `per_tensor` numbers of each are looked at, evenly spread.
    ///
    /// # Errors
    /// [`Divergence`]: a number that is not finite.
    pub fn check_gradients(&mut self, batch: Batch, per_tensor: usize) -> Result<Vec<f64>, Divergence> {
        self.gradient(std::iter::once(batch), None, false)?;
        let mut masks = Vec::new();
        self.stack.masks(&mut masks);
        let network = definition::Network::new(&self.layers, self.inputs, self.loss);
        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        let values = wide(&self.parameters.values);
        let (x, targets, sample_weight) = (wide(batch.x), batch.targets, batch.sample_weight);
        let plain = definition::Batch { x: &x, targets, sample_weight, class_weight: None, masks: &masks };
        let mut checked = Vec::new();
        for (tensor, spec) in self.parameters.specs.iter().enumerate().filter(|(_, spec)| spec.is_weight) {
            let mask = &self.parameters.mask;
            let mut indices: Vec<usize> = spec.range().filter(|&i| mask.get(i) != Some(&0.0)).collect();
            let (count, len) = (per_tensor.min(indices.len()), indices.len());
            indices = (0..count).map(|i| indices[i * len / count]).collect();
            let pairs = indices.iter().zip(network.numeric_gradient(&values, &plain, &indices));
            checked.extend(pairs.map(|(&i, n)| (tensor, f64::from(self.parameters.gradients[i]), n)));
        }
        let floor = 1e-3 * checked.iter().map(|(_, _, numeric)| numeric.abs()).fold(0.0, f64::max);
        let mut worst = vec![0.0; self.parameters.specs.len()];
        for (tensor, got, numeric) in checked {
            let scale = got.abs().max(numeric.abs()).max(floor);
            let difference = if scale > 0.0 { (got - numeric).abs() / scale } else { 0.0 };
            worst[tensor] = f64::max(worst[tensor], difference);
        }
        Ok(worst)
    }

    /// Every label below the number of classes?
    #[must_use]
    pub fn fits(&self, targets: &Targets) -> bool {
        match targets {
            Targets::Values(_) => true,
            Targets::Classes(classes) => classes.iter().all(|&class| (class as usize) < self.columns),
        }
    }
}
