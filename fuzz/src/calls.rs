//! The handles, in sequences of calls as the facade makes them: create, write, train, load state, read, free.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::float_cmp)] // any number will do

use crate::config::{changed, models, optimizers};
use crate::source::Source;
use downhill_core::{CoreDataset, CoreFit, CoreModel};

/// Columns of the samples, as all of [`models`] have them.
const INPUTS: usize = 2;

/// A fit belongs to the model and the samples that it was made with; the facade keeps them together.
struct Training {
    model: CoreModel,
    /// Weights, and moving statistics.
    sizes: [usize; 2],
    data: CoreDataset,
    rows: usize,
    fit: Option<CoreFit>,
}

/// The numbers at a pointer that a handle gave, as the facade sees them.
fn at<'a>(pointer: usize, len: usize) -> &'a mut [f32] {
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the handle's block has this length by its parameter table, or by what it was sized to; nothing else refers to
    // it until the next call.
    unsafe { std::slice::from_raw_parts_mut(pointer as *mut f32, len) }
}

/// The lengths of the blocks of weights and of statistics.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole numbers
fn sizes(model: &CoreModel) -> [usize; 2] {
    let table = model.parameter_table();
    let mut sizes = [0; 2];
    let mut rest = &table[..];
    while let [_, is_weight, offset, dimensions, more @ ..] = rest {
        let (shape, more) = more.split_at(*dimensions as usize);
        let size = &mut sizes[usize::from(*is_weight == 0.0)];
        *size = (*size).max(*offset as usize + shape.iter().product::<f64>() as usize);
        rest = &more[1 + more[0] as usize..];
    }
    sizes
}

/// All that a call which fails must leave as it was.
fn state(training: &Training) -> Vec<u32> {
    let Training { model, sizes: [weights, statistics], .. } = training;
    let blocks = (0..model.slot_count()).map(|slot| (model.slot(slot), *weights));
    let own = [(model.values(), *weights), (model.statistics(), *statistics)];
    let mut all: Vec<u32> = model.counters().iter().map(|count| count.to_bits() as u32).collect();
    for (pointer, len) in blocks.chain(own) {
        all.extend(at(pointer, len).iter().map(|number| number.to_bits()));
    }
    all
}

fn fill(from: &mut Source, block: &mut [f32]) {
    let scale = if from.below(4) == 0 { from.single() } else { 1.0 };
    for (i, number) in block.iter_mut().enumerate() {
        *number = if from.below(16) == 1 { from.single() } else { scale * ((i * 37 % 11) as f32 / 5.0 - 1.0) };
    }
}

/// Makes calls until the bytes are used up.
///
/// # Panics
/// Where the core does, or what may change nothing does.
pub fn calls(bytes: &[u8]) {
    let mut from = Source::new(bytes);
    let right = models();
    let mut numbers = right[from.below(right.len())].clone();
    // Numbers that no shape depends on may be anything.
    for _ in 0..from.below(3) {
        let place = 3 + from.below(numbers.len() - 3);
        numbers[place] = from.number();
    }
    let Ok(model) = CoreModel::new(&numbers) else { return };
    let sizes = sizes(&model);
    if sizes[0] > 10_000 || model.layer_width(0) > 1000 {
        return;
    }
    let mut training = Training { model, sizes, data: CoreDataset::new(), rows: 0, fit: None };
    training.set_optimizer(&optimizers()[0]);
    while !from.is_empty() {
        training.call(&mut from);
    }
}

impl Training {
    fn set_optimizer(&mut self, numbers: &[f64]) {
        // A byte for each tensor of each part; more than there are do not matter.
        let _ = self.model.set_optimizer(numbers, &[2; 64]);
    }

    #[allow(clippy::cast_possible_truncation)] // counts are below 2³²
    fn call(&mut self, from: &mut Source) {
        let row =
            |from: &mut Source| if from.below(4) == 0 { from.numbers(6) } else { vec![0.1, f64::NAN, 0.1, f64::NAN] };
        match from.below(20) {
            0 => self.resize(from),
            1 | 2 => self.train(&row(from)),
            3 => self.start(from),
            4 | 5 => {
                let rates = row(from).repeat(1 + from.below(4));
                if let Some(fit) = &mut self.fit {
                    fit.run(&mut self.model, &rates, from.flag());
                    fit.take_log();
                }
            }
            6 => {
                let _ = self.model.predict(&self.data, from.count(), from.count());
                let _ = self.model.evaluate(&self.data, from.count(), from.count());
                self.model.finish_evaluation();
            }
            7 => {
                let before = state(self);
                let _ = self.model.gradient(&self.data, from.count(), from.count());
                let _ = self.model.check_gradients(&self.data, from.below(4));
                let _ = self.model.diagnose(&self.data, &row(from));
                let _ = self.model.rehearse(&self.data, &row(from), from.flag());
                assert_eq!(state(self), before, "looking changed something");
            }
            8 => self.load(from),
            9 => self.set_optimizer(&changed(from, &optimizers())),
            10 => {
                let loss = [from.below(10) as f64, from.number()];
                if self.fit.is_none() {
                    let _ = self.model.set_loss(&loss);
                }
            }
            11 => {
                let transform = [1.0, from.below(8) as f64, from.number(), from.number()];
                let _ = self.model.set_transforms(&transform[..2 + from.below(3)]);
            }
            12 => {
                let _ = self.model.set_metrics(&[1.0, from.below(10) as f64, from.number()]);
            }
            13 => self.model.set_frozen(&vec![from.byte() & 1; from.below(20)]),
            14 => self.model.reset(from.count() as u32),
            15 => {
                self.model.collect_outputs(from.flag());
                self.model.collected();
                self.model.training_metrics();
                let _ = self.model.divergence();
                let place = from.count();
                assert!(self.model.layer_width(place) == 0 || place < 8);
                let _ = self.model.layer_output(place);
                let _ = self.model.average();
            }
            16 => self.model.values_changed(&[from.count() as u32, from.below(4) as u32]),
            17 => {
                fill(from, at(self.model.values(), self.sizes[0]));
                self.model.values_changed(&[0, 1, 2, 3]);
            }
            18 => self.share(from),
            _ => {
                if let Some(fit) = &mut self.fit {
                    fit.record(&self.model, from.count() as u32);
                    fit.take_records();
                    let _ = fit.order();
                }
            }
        }
    }

    /// Samples of any size, filled with nearly anything.
    fn resize(&mut self, from: &mut Source) {
        let (rows, inputs) = match from.below(6) {
            0 => (from.count(), from.count()),
            _ => (from.below(12), INPUTS),
        };
        let weighted = from.flag();
        if rows.saturating_mul(inputs.max(1)) > 1 << 16 && rows != 0 && rows.saturating_mul(inputs) < 1 << 20 {
            return; // it could be had, and would take long
        }
        if self.data.resize(rows, inputs, weighted).is_err() {
            // What it held is lost; a fit may still hold the samples from before.
            if self.fit.is_none() {
                self.rows = 0;
                self.data = CoreDataset::new();
            }
            return;
        }
        self.rows = rows;
        fill(from, at(self.data.x(), rows * inputs));
        if weighted {
            fill(from, at(self.data.weights(), rows));
        }
        let columns = from.below(4);
        if self.data.size_labels(columns).is_ok_and(|done| done) {
            let labels = at(self.data.labels(), rows * columns.max(1));
            if columns == 0 {
                labels.iter_mut().for_each(|class| *class = f32::from_bits(u32::from(from.byte() % 4)));
            } else {
                fill(from, labels);
            }
        }
        let _ = self.data.first_bad_x();
        let _ = self.data.first_bad_label();
    }

    fn train(&mut self, row: &[f64]) {
        let before = state(self);
        if !matches!(self.model.train(&self.data, row), Ok(true)) {
            assert_eq!(state(self), before, "a step that was refused changed something");
        }
    }

    fn start(&mut self, from: &mut Source) {
        let class_weight = (from.below(3) == 0).then(|| (0..from.below(4)).map(|_| from.single()).collect());
        let (rows, batch, accumulate) = (from.below(14), from.count(), from.count());
        self.fit = None;
        let made = CoreFit::new(
            &mut self.model,
            &self.data,
            rows,
            batch,
            accumulate,
            from.flag(),
            from.byte().into(),
            class_weight,
        );
        self.fit = made.ok();
    }

    /// What `Model.load` does, with any state.
    fn load(&mut self, from: &mut Source) {
        for slot in 0..self.model.slot_count() {
            fill(from, at(self.model.slot(slot), self.sizes[0]));
        }
        fill(from, at(self.model.statistics(), self.sizes[1]));
        self.model.set_numbers(&from.numbers(4));
        self.model.set_counters(from.number(), from.number(), from.number());
    }

    fn share(&mut self, from: &mut Source) {
        let Some(fit) = &mut self.fit else { return };
        let (replicas, index) = (from.count(), from.count());
        let _ = fit.share(&self.model, replicas);
        fit.part(&mut self.model, index);
        fit.reduce(&mut self.model, index);
        fit.finish(&mut self.model, index);
    }
}
