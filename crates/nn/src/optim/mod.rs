//! Optimizers: the table of rules and what they share.
//!
//! A rule is one file: equation and paper, settings, update, tests. It makes one pass over parameters, gradients and its
//! slots (state buffers of the parameters' layout). Scalars that depend on the step are formed in f64 and rounded once.

mod adagrad;
mod adam;
mod rmsprop;
mod sgd;

use crate::config::{Error, Reader};

/// The most slots that a rule keeps.
pub const MAX_SLOTS: usize = 4;

/// The scalars of one update.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Counts updates from 1.
    pub t: u64,
    /// η of this update.
    pub rate: f64,
    /// Weight decay λ of these parameters: 0 where they are excluded.
    pub decay: f64,
    /// Dimensions of the tensor, for a rule that sees one at a time.
    pub dimensions: usize,
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

    /// One update of `parameters` in place: of a whole tensor, or of neighbours with equal settings if the rule does not
    /// look [`Rule::by_tensor`]. `slots` holds [`Rule::slots`] buffers of the same length.
    fn update(&self, step: &Step, parameters: &mut [f32], gradients: &[f32], slots: [&mut [f32]; MAX_SLOTS]);
}

/// The table of rules, in the order of the facade's (`ts/config/optimizers/index.ts`).
fn read_rule(kind: usize, from: &mut Reader) -> Result<Box<dyn Rule>, Error> {
    Ok(match kind {
        0 => Box::new(sgd::Sgd::read(from)?),
        1 => Box::new(adagrad::Adagrad::read(from)?),
        2 => Box::new(rmsprop::RmsProp::read(from)?),
        3 => Box::new(adam::Adam::read(from, false)?),
        4 => Box::new(adam::Adam::read(from, true)?),
        _ => return Err(Error::Config),
    })
}

/// A tensor, or neighbouring ones that are updated alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Their place in the block.
    pub range: std::ops::Range<usize>,
    /// Are they trained?
    pub trained: bool,
    /// Does weight decay apply?
    pub decays: bool,
    /// How many dimensions the tensor has.
    pub dimensions: usize,
}

impl Run {
    /// Can one pass take both, this one first?
    fn continues_in(&self, next: &Run) -> bool {
        self.range.end == next.range.start && self.trained == next.trained && self.decays == next.decays
    }
}

/// A rule with its state for one block of parameters.
pub struct Optimizer {
    rule: Box<dyn Rule>,
    /// λ.
    weight_decay: f64,
    /// State buffers, each of the block's layout.
    pub slots: Vec<Vec<f32>>,
    /// Updates made so far.
    pub steps: u64,
}

impl Optimizer {
    /// Reads `[rule, λ, settings…]` for a block of `len` parameters.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read(from: &mut Reader, len: usize) -> Result<Self, Error> {
        let kind = from.count()?;
        let weight_decay = from.number()?;
        let rule = read_rule(kind, from)?;
        let slots = vec![vec![rule.initial(); len]; rule.slots()];
        Ok(Optimizer { rule, weight_decay, slots, steps: 0 })
    }

    /// Forgets all state.
    pub fn reset(&mut self) {
        for slot in &mut self.slots {
            slot.fill(self.rule.initial());
        }
        self.steps = 0;
    }

    /// Can no update of moderate gradients overflow?
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.rule.is_bounded()
    }

    /// One update at rate η of all `runs` (one a tensor) that are trained.
    pub fn step(&mut self, runs: &[Run], parameters: &mut [f32], gradients: &[f32], rate: f64) {
        self.steps += 1;
        let by_tensor = self.rule.by_tensor();
        for runs in runs.chunk_by(|run, next| !by_tensor && run.continues_in(next)) {
            let (first, last) = (&runs[0], &runs[runs.len() - 1]);
            if !first.trained {
                continue;
            }
            let range = first.range.start..last.range.end;
            let mut slots: [&mut [f32]; MAX_SLOTS] = Default::default();
            for (view, slot) in slots.iter_mut().zip(&mut self.slots) {
                *view = &mut slot[range.clone()];
            }
            let decay = if first.decays { self.weight_decay } else { 0.0 };
            let step = Step { t: self.steps, rate, decay, dimensions: first.dimensions };
            self.rule.update(&step, &mut parameters[range.clone()], &gradients[range], slots);
        }
    }
}

/// Divisors of this size keep an update of moderate gradients far from overflow.
const SMALLEST_EPSILON: f64 = 1e-16;

/// βᵗ in f64, the same bits everywhere.
#[allow(clippy::cast_precision_loss)] // t stays far below 2⁵³
fn power(beta: f64, t: u64) -> f64 {
    libm::pow(beta, t as f64)
}

/// The one rounding of a scalar that was formed in f64.
#[allow(clippy::cast_possible_truncation)]
fn single(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
pub(crate) mod tests;
