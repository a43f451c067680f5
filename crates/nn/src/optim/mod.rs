//! Optimizers: the table of rules and what they share.
//!
//! A rule is one file: equation and paper, settings, update, tests. It makes one pass over parameters, gradients and its
//! slots (state buffers of the parameters' layout). Scalars that depend on the step are formed in f64 and rounded once. What
//! belongs to all parameters together, or to a tensor but not to its elements, is kept as numbers in f64 beside the slots.
//!
//! Rules inside one another (`ts/config/optimizers/parts.ts`) arrive as a list of parts, the inner before the outer: which
//! rule, which tensors, and from which update until which. An average is a rule like the others.

mod adabelief;
mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod adan;
mod asgd;
mod average;
mod lamb;
mod lars;
mod lion;
mod muon;
mod nadam;
mod prodigy;
mod radam;
mod rmsprop;
mod rprop;
mod schedule_free_adamw;
mod sgd;
mod sharpness;
mod yogi;

use crate::config::{Error, Reader};
use core::cell::Cell;
use kernels::lanes::{F32x4, zip_update};
use std::ops::Range;

/// The most slots that a rule keeps.
pub const MAX_SLOTS: usize = 4;

/// The scalars of one update.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Counts updates from 1.
    pub t: u64,
    /// η of this update.
    pub rate: f64,
    /// Weight decay λ of these parameters: 0 where they are excluded.
    pub decay: f64,
    /// μ or β₁ of this update, where a schedule drives it.
    pub momentum: Option<f64>,
    /// Dimensions of the tensor, for a rule that sees one at a time.
    pub dimensions: usize,
    /// Rows and columns of its last two dimensions; a vector is one row.
    pub sides: [usize; 2],
    /// [`Rule::scalars`] numbers, kept from update to update; 0 before the first.
    pub scalars: &'a [Cell<f64>],
    /// The same, [`Rule::numbers`] of the tensor.
    pub numbers: &'a [Cell<f64>],
    /// Which of [`Rule::rounds`] it is, from 0.
    pub round: usize,
}

/// One optimizer's equation.
pub trait Rule {
    /// How many state buffers it keeps.
    fn slots(&self) -> usize;

    /// What its slots start as.
    fn initial(&self) -> f32 {
        0.0
    }

    /// Is ε large enough that no update of moderate gradients can overflow? (With ε = 0 a zero gradient gives 0/0.)
    fn is_bounded(&self) -> bool {
        true
    }

    /// Must it see one tensor at a time, because it takes norms?
    fn by_tensor(&self) -> bool {
        false
    }

    /// Does its first slot say where to evaluate?
    fn averages(&self) -> bool {
        false
    }

    /// Does its first slot start as the parameters?
    fn starts_as_parameters(&self) -> bool {
        self.averages()
    }

    /// How each slot grows with the gradient: where that is k times as large, the slot is kᵈ times as large, d its degree;
    /// [`VALUE`] for one that holds parameters. A unit that is split takes its state along by this.
    fn degrees(&self) -> [f64; MAX_SLOTS] {
        [1.0, 2.0, 2.0, 0.0]
    }

    /// Makes of parameters the point to evaluate at, from its first slot.
    fn evaluate(&self, parameters: &mut [f32], slot: &[f32]) {
        parameters.copy_from_slice(slot);
    }

    /// How far from the parameters, along the gradient, the gradient of an update is taken.
    fn uphill(&self) -> f64 {
        0.0
    }

    /// How many numbers it keeps for all its parameters together.
    fn scalars(&self) -> usize {
        0
    }

    /// How many numbers it keeps for this tensor, beside its slots. It must then look [`Rule::by_tensor`].
    fn numbers(&self, _: &Run) -> usize {
        0
    }

    /// How often it goes through its tensors in an update: more than once where it must know of all before it moves any.
    /// Then it looks [`Rule::by_tensor`], for sums whose order is fixed.
    fn rounds(&self) -> usize {
        1
    }

    /// What it does with its numbers at the beginning of a round; false ends the update.
    fn begin(&self, _: &Step) -> bool {
        true
    }

    /// One update of `parameters` in place: of a whole tensor, or of neighbours with equal settings if the rule does not
    /// look [`Rule::by_tensor`]. `slots` holds [`Rule::slots`] buffers of the same length.
    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]);
}

/// Whose form a rule takes where libraries differ, in the order of the facade's presets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Torch,
    Keras,
    Optax,
}

/// The table of rules, in the order of the facade's (`ts/config/optimizers/index.ts`).
fn read_rule(kind: usize, form: Form, from: &mut Reader) -> Result<Box<dyn Rule>, Error> {
    Ok(match kind {
        0 => Box::new(sgd::Sgd::read(from)?),
        1 => Box::new(adagrad::Adagrad::read(from)?),
        2 => Box::new(rmsprop::RmsProp::read(from, form)?),
        3 => Box::new(adam::Adam::read(from, false, form)?),
        4 => Box::new(adam::Adam::read(from, true, form)?),
        5 => Box::new(adadelta::Adadelta::read(from)?),
        6 => Box::new(adamax::Adamax::read(from, form)?),
        7 => Box::new(nadam::Nadam::read(from)?),
        8 => Box::new(radam::Radam::read(from, form)?),
        9 => Box::new(lion::Lion::read(from)?),
        10 => Box::new(lars::Lars::read(from, form)?),
        11 => Box::new(lamb::Lamb::read(from)?),
        12 => Box::new(rprop::Rprop::read(from)?),
        13 => Box::new(asgd::Asgd::read(from)?),
        14 => Box::new(adabelief::AdaBelief::read(from)?),
        15 => Box::new(yogi::Yogi::read(from)?),
        16 => Box::new(adan::Adan::read(from, form)?),
        17 => Box::new(schedule_free_adamw::ScheduleFreeAdamW::read(from, form)?),
        18 => Box::new(prodigy::Prodigy::read(from)?),
        19 => Box::new(adafactor::Adafactor::read(from, form)?),
        20 => Box::new(muon::Muon::read(from, form)?),
        AVERAGE => Box::new(average::Average::read(from)?),
        SHARPNESS => Box::new(sharpness::Sharpness::read(from)?),
        _ => return Err(Error::Config),
    })
}

/// The degree of a slot that holds parameters, see [`Rule::degrees`].
pub const VALUE: f64 = -1.0;

/// The averages' place, far behind the rules'.
const AVERAGE: usize = 100;
/// And that of the look uphill.
const SHARPNESS: usize = 101;

/// A tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its place in the block.
    pub range: Range<usize>,
    /// Is it trained?
    pub trained: bool,
    /// How many dimensions it has.
    pub dimensions: usize,
    /// The last two of them, rows and columns; a vector is one row.
    pub sides: [usize; 2],
}

impl Run {
    /// The tensor of this shape that begins at `start`.
    #[must_use]
    pub fn new(start: usize, shape: &[usize], trained: bool) -> Self {
        let rows = if let [.., rows, _] = *shape { rows } else { 1 };
        let sides = [rows, shape.last().copied().unwrap_or(1)];
        Run { range: start..start + shape.iter().product::<usize>(), trained, dimensions: shape.len(), sides }
    }
}

/// How a part treats a tensor, in the order of the codes that cross the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    No,
    WithoutDecay,
    Yes,
}

/// Neighbouring tensors that go through a rule in one pass.
struct Pass {
    range: Range<usize>,
    decays: bool,
    dimensions: usize,
    sides: [usize; 2],
    /// The first tensor's, among the part's.
    numbers: Range<usize>,
}

/// Sees parameters before and after they change, a stretch at a time.
pub trait Watch {
    /// Those in `range` are about to change.
    fn before(&mut self, range: &Range<usize>, parameters: &[f32]);

    /// And have.
    fn after(&mut self, range: &Range<usize>, parameters: &[f32]);
}

/// How many numbers change between two looks of a [`Watch`]: what it compares is still in the cache.
const STRETCH: usize = 8192;

/// A rule with the tensors and the updates it works on.
struct Part {
    rule: Box<dyn Rule>,
    /// λ.
    weight_decay: f64,
    /// Decay is decoupled, whatever the rule (Keras).
    decays_first: bool,
    /// What the rule says of itself, asked once: each call is felt in the steps of the smallest networks.
    scalars: usize,
    rounds: usize,
    uphill: f64,
    /// [`Rule::is_bounded`], and the decay is no danger either.
    bounded: bool,
    /// The updates it makes, counted from 0.
    span: Range<u64>,
    /// A member per tensor.
    members: Vec<Member>,
    /// Its slots among the optimizer's.
    slots: Range<usize>,
    /// Its numbers among the optimizer's.
    numbers: Range<usize>,
    /// How its tensors that are trained now are updated.
    passes: Vec<Pass>,
}

impl Part {
    /// `[first update, last update + 1, form, rule, λ, settings…]`; ∞ as the second is no end.
    fn read(from: &mut Reader) -> Result<Self, Error> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates: beyond 2⁶⁴ there is no update
        let span = from.number()? as u64..from.number()? as u64;
        let form = *[Form::Torch, Form::Keras, Form::Optax].get(from.count()?).ok_or(Error::Config)?;
        let kind = from.count()?;
        let weight_decay = from.number()?;
        let rule = read_rule(kind, form, from)?;
        let slots = 0..rule.slots();
        Ok(Part {
            weight_decay,
            decays_first: form == Form::Keras && weight_decay > 0.0,
            scalars: rule.scalars(),
            rounds: rule.rounds(),
            uphill: rule.uphill(),
            bounded: rule.is_bounded() && weight_decay < LARGEST_DECAY,
            rule,
            span,
            members: Vec::new(),
            slots,
            numbers: 0..0,
            passes: Vec::new(),
        })
    }

    /// Is there a tensor that both work on, in an update that both make? Then their slots must lie apart.
    fn meets(&self, other: &Part) -> bool {
        let together = self.span.start.max(other.span.start) < self.span.end.min(other.span.end);
        together && self.members.iter().zip(&other.members).any(|(a, b)| *a != Member::No && *b != Member::No)
    }

    /// Its tensors, frozen ones included.
    fn tensors<'a>(&'a self, runs: &'a [Run]) -> impl Iterator<Item = (&'a Run, Member)> + 'a {
        runs.iter().zip(self.members.iter().copied()).filter(|(_, member)| *member != Member::No)
    }

    /// Fills its slots as before its first update.
    fn fill(&self, runs: &[Run], slots: &mut [Vec<f32>], parameters: &[f32]) {
        for (run, _) in self.tensors(runs) {
            for (i, slot) in slots[self.slots.clone()].iter_mut().enumerate() {
                let slot = &mut slot[run.range.clone()];
                if i == 0 && self.rule.starts_as_parameters() {
                    slot.copy_from_slice(&parameters[run.range.clone()]);
                } else {
                    slot.fill(self.rule.initial());
                }
            }
        }
    }

    fn plan(&self, runs: &[Run]) -> Vec<Pass> {
        let mut passes: Vec<Pass> = Vec::new();
        let mut end = self.scalars;
        for (run, member) in self.tensors(runs) {
            let numbers = end..end + self.rule.numbers(run);
            end = numbers.end;
            if !run.trained {
                continue;
            }
            let decays = member == Member::Yes;
            match passes.last_mut() {
                Some(last) if !self.rule.by_tensor() && last.range.end == run.range.start && last.decays == decays => {
                    last.range.end = run.range.end;
                }
                _ => {
                    let &Run { ref range, dimensions, sides, .. } = run;
                    passes.push(Pass { range: range.clone(), decays, dimensions, sides, numbers });
                }
            }
        }
        passes
    }

    fn step(
        &self,
        slots: &mut [Vec<f32>],
        parameters: &mut [f32],
        gradients: &[f32],
        mut scalars: Step,
        mut watch: Option<&mut dyn Watch>,
    ) {
        let slots = &mut slots[self.slots.clone()];
        let numbers = scalars.scalars;
        scalars.scalars = &numbers[..self.scalars];
        for round in 0..self.rounds {
            scalars.round = round;
            // Without numbers of its own it has nothing to do there.
            if self.scalars > 0 && !self.rule.begin(&scalars) {
                return;
            }
            for pass in &self.passes {
                (scalars.dimensions, scalars.sides) = (pass.dimensions, pass.sides);
                scalars.numbers = &numbers[pass.numbers.clone()];
                let mut start = pass.range.start;
                while start < pass.range.end {
                    let end = if watch.is_some() { pass.range.end.min(start + STRETCH) } else { pass.range.end };
                    let range = start..end;
                    let mut views: [&mut [f32]; MAX_SLOTS] = Default::default();
                    for (view, slot) in views.iter_mut().zip(&mut *slots) {
                        *view = &mut slot[range.clone()];
                    }
                    if let Some(watch) = &mut watch {
                        watch.before(&range, parameters);
                    }
                    scalars.decay = if pass.decays { self.weight_decay } else { 0.0 };
                    if self.decays_first && round == 0 {
                        let decay = F32x4::splat(single(-(scalars.rate * scalars.decay)));
                        zip_update(&mut parameters[range.clone()], &gradients[range.clone()], [], |p, _, []| {
                            (p.mul_add(decay, p), [])
                        });
                    }
                    if self.decays_first {
                        scalars.decay = 0.0;
                    }
                    self.rule.update(&scalars, &mut parameters[range.clone()], &gradients[range.clone()], views);
                    if let Some(watch) = &mut watch {
                        watch.after(&range, parameters);
                    }
                    start = end;
                }
            }
        }
    }
}

/// Rules with their state for one block of parameters.
#[derive(Default)]
pub struct Optimizer {
    parts: Vec<Part>,
    runs: Vec<Run>,
    /// State buffers, each of the block's layout. Parts that never meet share them.
    pub slots: Vec<Vec<f32>>,
    /// Numbers of whole parts.
    pub numbers: Vec<f64>,
    /// Updates made so far.
    pub steps: u64,
}

/// A copy of all that an update changes in an [`Optimizer`].
pub struct State {
    slots: Vec<Vec<f32>>,
    numbers: Vec<f64>,
    steps: u64,
}

impl Optimizer {
    /// Reads `[count, parts…]` for the tensors `runs`, which follow each other. `members` has a byte for each tensor of
    /// each part: 0 is none of its tensors, 1 one without weight decay, 2 one with.
    ///
    /// # Errors
    /// [`Error::Config`], [`Error::Memory`].
    pub fn read(from: &mut Reader, runs: Vec<Run>, members: &[u8]) -> Result<Self, Error> {
        let count = from.count()?;
        let mut parts: Vec<Part> = Vec::new();
        let mut numbers = 0;
        for index in 0..count {
            let mut part = Part::read(from)?;
            let own = members.get(index * runs.len()..(index + 1) * runs.len()).ok_or(Error::Config)?;
            let member = |&byte: &u8| [Member::No, Member::WithoutDecay, Member::Yes].get(usize::from(byte)).copied();
            part.members = own.iter().map(member).collect::<Option<_>>().ok_or(Error::Config)?;
            let base = parts.iter().filter(|p| p.meets(&part)).map(|p| p.slots.end).max().unwrap_or(0);
            part.slots = base..base + part.slots.end;
            let own = part.scalars + part.tensors(&runs).map(|(run, _)| part.rule.numbers(run)).sum::<usize>();
            part.numbers = numbers..numbers + own;
            numbers = part.numbers.end;
            parts.push(part);
        }
        let len = runs.last().map_or(0, |run| run.range.end);
        let mut slots = Vec::new();
        for _ in 0..parts.iter().map(|part| part.slots.end).max().unwrap_or(0) {
            let mut slot = Vec::new();
            slot.try_reserve_exact(len).map_err(|_| Error::Memory)?;
            slot.resize(len, 0.0);
            slots.push(slot);
        }
        let mut optimizer = Optimizer { parts, runs: Vec::new(), slots, numbers: vec![0.0; numbers], steps: 0 };
        optimizer.set_runs(runs);
        Ok(optimizer)
    }

    /// The same tensors, others of them trained.
    pub fn set_runs(&mut self, runs: Vec<Run>) {
        for part in &mut self.parts {
            part.passes = part.plan(&runs);
        }
        self.runs = runs;
    }

    /// Forgets all state: a part's slots are filled when it makes its first update.
    pub fn reset(&mut self) {
        for slot in &mut self.slots {
            slot.fill(0.0);
        }
        self.numbers.fill(0.0);
        self.steps = 0;
    }

    /// To return to with [`Optimizer::put_back`].
    #[must_use]
    pub fn state(&self) -> State {
        State { slots: self.slots.clone(), numbers: self.numbers.clone(), steps: self.steps }
    }

    /// All as it was.
    pub fn put_back(&mut self, state: State) {
        (self.slots, self.numbers, self.steps) = (state.slots, state.numbers, state.steps);
    }

    /// Takes numbers from outside; others than so many change nothing.
    pub fn set_numbers(&mut self, numbers: &[f64]) {
        if numbers.len() == self.numbers.len() {
            self.numbers.copy_from_slice(numbers);
        }
    }

    /// Is all state finite? What is infinite would hold its parameter still for ever, NaN would spoil it in the next step.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let slots = self.slots.iter().all(|slot| kernels::reduce::all_finite(slot));
        slots && self.numbers.iter().all(|number| number.is_finite())
    }

    /// Can no update of moderate gradients overflow?
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.parts.iter().all(|part| part.bounded)
    }

    /// [`Rule::uphill`] of the next update.
    #[must_use]
    pub fn uphill(&self) -> f64 {
        let next = self.parts.iter().filter(|part| part.span.contains(&self.steps));
        next.map(|part| part.uphill).fold(0.0, f64::max)
    }

    /// Numbers that an update takes: `[η, momentum]` for each part, the momentum NaN where no schedule drives it.
    #[must_use]
    pub fn row_len(&self) -> usize {
        2 * self.parts.len()
    }

    /// η of the first rule that made the last update, from the row of that update.
    #[must_use]
    pub fn rate(&self, row: &[f64]) -> f64 {
        let last = self.steps.saturating_sub(1);
        let first = self.parts.iter().position(|part| part.span.contains(&last));
        first.and_then(|part| row.get(2 * part)).copied().unwrap_or(0.0)
    }

    /// Does one rule, number by number, make the whole update? Then a [`Watch`] sees the parameters as they
    /// are before and after it.
    #[must_use]
    pub fn can_be_watched(&self) -> bool {
        let len = self.runs.last().map_or(0, |run| run.range.end);
        let [part] = &self.parts[..] else { return false };
        let passes =
            part.passes.iter().try_fold(0, |end, Pass { range, .. }| (range.start == end).then_some(range.end));
        !part.rule.by_tensor() && passes == Some(len) && part.span.contains(&self.steps)
    }

    /// One update of all tensors that are trained, with a row of [`Optimizer::row_len`] numbers.
    pub fn step(&mut self, parameters: &mut [f32], gradients: &[f32], row: &[f64]) {
        self.watched_step(parameters, gradients, row, None);
    }

    /// [`Optimizer::step`], which `watch` sees in stretches; only if it [`Optimizer::can_be_watched`].
    pub fn watched_step(
        &mut self,
        parameters: &mut [f32],
        gradients: &[f32],
        row: &[f64],
        mut watch: Option<&mut dyn Watch>,
    ) {
        let Optimizer { parts, runs, slots, numbers: kept, steps } = self;
        for part in parts.iter().filter(|part| part.span.start == *steps) {
            kept[part.numbers.clone()].fill(0.0);
            part.fill(runs, slots, parameters);
        }
        for (part, numbers) in parts.iter().zip(row.chunks_exact(2)).filter(|(part, _)| part.span.contains(steps)) {
            let t = *steps - part.span.start + 1;
            let momentum = Some(numbers[1]).filter(|momentum| !momentum.is_nan());
            let scalars = Cell::from_mut(&mut kept[part.numbers.clone()]).as_slice_of_cells();
            let (rate, decay, dimensions, sides) = (numbers[0], 0.0, 0, [1, 0]);
            let scalars = Step { t, rate, decay, momentum, dimensions, sides, scalars, numbers: scalars, round: 0 };
            let watch = watch.as_mut().map(|watch| &mut **watch as &mut dyn Watch);
            part.step(slots, parameters, gradients, scalars, watch);
        }
        *steps += 1;
    }

    /// Did the part make the last update?
    fn made_last(&self, part: &Part) -> bool {
        self.steps.checked_sub(1).is_some_and(|last| part.span.contains(&last))
    }

    /// Did the part average in the last update?
    fn averaged(&self, part: &Part) -> bool {
        part.rule.averages() && self.made_last(part)
    }

    /// Writes into `to` the point to evaluate at: `parameters`, averages in their place, outer ones in that of inner ones.
    /// False, and nothing written, where that is `parameters`.
    pub fn average(&self, parameters: &[f32], to: &mut Vec<f32>) -> bool {
        let mut any = false;
        for part in self.parts.iter().filter(|part| self.averaged(part)) {
            if !any {
                to.clear();
                to.extend_from_slice(parameters);
                any = true;
            }
            for (run, _) in part.tensors(&self.runs) {
                let range = run.range.clone();
                part.rule.evaluate(&mut to[range.clone()], &self.slots[part.slots.start][range]);
            }
        }
        any
    }

    /// Goes on at update `steps` with the state of tensors that no update has seen.
    pub fn begin_at(&mut self, steps: u64, parameters: &[f32]) {
        self.steps = steps;
        let mut slots = std::mem::take(&mut self.slots);
        for part in self.parts.iter().filter(|part| self.made_last(part)) {
            part.fill(&self.runs, &mut slots, parameters);
        }
        self.slots = slots;
    }

    /// [`Rule::degrees`] of each slot for each tensor, `[slots, tensors]`; 0 where the parts of the last update do not use it.
    #[must_use]
    pub fn degrees(&self) -> Vec<f64> {
        let mut degrees = vec![0.0; self.slots.len() * self.runs.len()];
        for part in self.parts.iter().filter(|part| self.made_last(part)) {
            for (slot, degree) in part.slots.clone().zip(part.rule.degrees()) {
                for (tensor, _) in part.members.iter().enumerate().filter(|(_, member)| **member != Member::No) {
                    degrees[slot * self.runs.len() + tensor] = degree;
                }
            }
        }
        degrees
    }

    /// What the numbers belong to, in their order: `[0, count]` for those of a part, `[1 + tensor, count]` for those of one of
    /// its tensors.
    #[must_use]
    pub fn owners(&self) -> Vec<usize> {
        let mut owners = Vec::new();
        for part in &self.parts {
            owners.extend([0, part.scalars]);
            for (tensor, run) in self.runs.iter().enumerate().filter(|(i, _)| part.members[*i] != Member::No) {
                owners.extend([1 + tensor, part.rule.numbers(run)]);
            }
        }
        owners
    }

    /// The parameters in `of` were set from outside: averages start from there.
    pub fn average_anew(&mut self, parameters: &[f32], of: &Range<usize>) {
        for index in 0..self.parts.len() {
            let part = &self.parts[index];
            if self.averaged(part) && part.tensors(&self.runs).any(|(run, _)| run.range == *of) {
                self.slots[part.slots.start][of.clone()].copy_from_slice(&parameters[of.clone()]);
            }
        }
    }
}

/// So much of a moderate parameter, added to a moderate gradient, is far from overflow.
const LARGEST_DECAY: f64 = 1e3;

/// Divisors of this size keep an update of moderate gradients far from overflow.
const SMALLEST_EPSILON: f64 = 1e-16;

/// βᵗ in f64, the same bits everywhere.
#[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
fn power(beta: f64, t: u64) -> f64 {
    libm::pow(beta, t as f64)
}

/// −1, 0 or 1 in each lane; NaN stays.
#[inline(always)]
fn sign(x: F32x4) -> F32x4 {
    signed(x, F32x4::splat(1.0))
}

/// `size` where x > 0, −`size` where x < 0, x where it is neither: 0 or NaN.
#[inline(always)]
fn signed(x: F32x4, size: F32x4) -> F32x4 {
    let zero = F32x4::zero();
    x.gt(zero).select(size, x.lt(zero).select(-size, x))
}

/// The one rounding of a scalar that was formed in f64.
#[allow(clippy::cast_possible_truncation)]
fn single(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
