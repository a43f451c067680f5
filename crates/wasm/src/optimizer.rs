//! A bare optimizer's handle: the user's arrays lie in one block.

use crate::model::read_all;
use crate::{Thrown, thrown};
use kernels::reduce::{all_below, all_finite};
use nn::config::Error;
use nn::optim::{Optimizer, Run};
use wasm_bindgen::prelude::*;

/// See [`nn::optim::Optimizer`].
#[wasm_bindgen]
pub struct CoreOptimizer {
    inner: Optimizer,
    parameters: Vec<f32>,
    gradients: Vec<f32>,
    average: Vec<f32>,
    /// Can state be so large that an ordinary update overflows?
    risky: bool,
}

#[wasm_bindgen]
#[allow(clippy::cast_precision_loss)] // counts below 2⁵³
impl CoreOptimizer {
    /// For tensors of these shapes, each written as its number of dimensions and the dimensions; `members` as
    /// [`Optimizer::read`] wants them.
    ///
    /// # Errors
    /// A configuration that stands for nothing; memory that cannot be had.
    #[wasm_bindgen(constructor)]
    pub fn new(numbers: &[f64], members: &[u8], shapes: &[u32]) -> Result<CoreOptimizer, Thrown> {
        let mut runs = Vec::new();
        let mut end = 0_usize;
        let mut sizes = shapes.iter().map(|&size| size as usize);
        while let Some(dimensions) = sizes.next() {
            let shape: Vec<usize> = sizes.by_ref().take(dimensions).collect();
            let len = shape.iter().try_fold(1_usize, |len, &side| len.checked_mul(side));
            if len == Some(0) {
                return Err(thrown(Error::Shape));
            }
            len.and_then(|len| end.checked_add(len)).ok_or_else(|| thrown(Error::Memory))?;
            let run = Run::new(end, &shape, true);
            end = run.range.end;
            runs.push(run);
        }
        let [mut parameters, mut gradients] = [Vec::new(), Vec::new()];
        for block in [&mut parameters, &mut gradients] {
            block.try_reserve_exact(end).map_err(|_| thrown(Error::Memory))?;
            block.resize(end, 0.0);
        }
        Ok(CoreOptimizer {
            inner: read_all(numbers, |from| Optimizer::read(from, runs, members))?,
            gradients,
            parameters,
            average: Vec::new(),
            risky: false,
        })
    }

    /// Where the parameters are to be written and read.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.parameters.as_ptr() as usize
    }

    /// Where the gradients are to be written.
    #[must_use]
    pub fn gradients(&self) -> usize {
        self.gradients.as_ptr() as usize
    }

    /// One update, with `[η, momentum]` for each part. With `check` it returns 1 if a gradient is not finite, and 2 if a
    /// parameter, or state, came out not finite; the state is then as before. Else 0.
    pub fn step(&mut self, row: &[f64], check: bool) -> u8 {
        let moderate = check && all_below(&self.gradients, 1e12);
        if check && !moderate && !all_finite(&self.gradients) {
            return 1;
        }
        let fast = row.iter().any(|number| number.abs() > 1e3);
        self.risky = self.risky || !moderate || fast || !all_below(&self.parameters, 1e30);
        // Where the update could overflow, a copy is kept to return to.
        let backup = (check && (self.risky || !self.inner.is_bounded())).then(|| self.inner.state());
        self.inner.step(&mut self.parameters, &self.gradients, row);
        match backup {
            Some(state) if !(all_finite(&self.parameters) && self.inner.is_finite()) => {
                self.inner.put_back(state);
                2
            }
            _ => 0,
        }
    }

    /// Where the point to evaluate at lies for the parameters written last.
    pub fn average(&mut self) -> usize {
        let averages = self.inner.average(&self.parameters, &mut self.average);
        let block = if averages { &self.average } else { &self.parameters };
        block.as_ptr() as usize
    }

    /// Updates so far.
    #[must_use]
    pub fn steps(&self) -> f64 {
        self.inner.steps as f64
    }

    /// Sets the count of updates, after state was written from outside.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a whole number, checked by the facade
    pub fn set_steps(&mut self, steps: f64) {
        self.risky = true;
        self.inner.steps = (steps as u64).min(1 << 53); // beyond, counting on could overflow
    }

    /// How many state buffers it keeps.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.inner.slots.len()
    }

    /// Where state buffer `index` lies.
    #[must_use]
    pub fn slot(&self, index: usize) -> usize {
        self.inner.slots.get(index).map_or(0, |slot| slot.as_ptr() as usize)
    }

    /// A copy of the numbers that it keeps beside its buffers.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        self.inner.numbers.clone()
    }

    /// Sets as many numbers as [`CoreOptimizer::numbers`] gives.
    pub fn set_numbers(&mut self, numbers: &[f64]) {
        self.inner.set_numbers(numbers);
    }

    /// Forgets all state.
    pub fn reset(&mut self) {
        self.risky = false;
        self.inner.reset();
    }
}
