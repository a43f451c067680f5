//! Samples in the core.

use crate::{Thrown, thrown};
use nn::config::Error;
use nn::fit::{Dataset, Labels};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Samples with their targets: made empty, sized, filled through its pointers.
#[wasm_bindgen]
pub struct CoreDataset {
    pub(crate) inner: Rc<Dataset>,
}

#[wasm_bindgen]
impl CoreDataset {
    /// Without rows.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[allow(clippy::new_without_default)] // JavaScript knows constructors only
    pub fn new() -> CoreDataset {
        let inner = Dataset { x: Vec::new(), rows: 0, labels: Labels::Classes(Vec::new()), sample_weight: None };
        CoreDataset { inner: Rc::new(inner) }
    }

    /// Makes room for `rows` samples of `inputs` columns, and a weight per sample when `weighted`; no targets yet. What it
    /// held is lost.
    ///
    /// # Errors
    /// Memory that cannot be had; a fit that still reads these samples.
    pub fn resize(&mut self, rows: usize, inputs: usize, weighted: bool) -> Result<(), Thrown> {
        let data = Rc::get_mut(&mut self.inner).ok_or_else(|| thrown(Error::Shape))?;
        size(&mut data.x, rows, inputs)?;
        data.rows = rows;
        match (&mut data.sample_weight, weighted) {
            (Some(weights), true) => size(weights, rows, 1)?,
            (weights, true) => size(weights.insert(Vec::new()), rows, 1)?,
            (weights, false) => *weights = None,
        }
        Ok(())
    }

    /// Makes room for targets of `columns` columns, or, for 0, a class per row. False if a fit still reads these samples.
    ///
    /// # Errors
    /// Memory that cannot be had.
    pub fn size_labels(&mut self, columns: usize) -> Result<bool, Thrown> {
        let Some(data) = Rc::get_mut(&mut self.inner) else { return Ok(false) };
        let rows = data.rows;
        match (&mut data.labels, columns) {
            (Labels::Classes(classes), 0) => size(classes, rows, 1)?,
            (Labels::Values(values), 1..) => size(values, rows, columns)?,
            (labels, 0) => {
                let mut classes = Vec::new();
                size(&mut classes, rows, 1)?;
                *labels = Labels::Classes(classes);
            }
            (labels, _) => {
                let mut values = Vec::new();
                size(&mut values, rows, columns)?;
                *labels = Labels::Values(values);
            }
        }
        Ok(true)
    }

    /// Where the samples lie, `[rows, inputs]` f32.
    #[must_use]
    pub fn x(&self) -> usize {
        self.inner.x.as_ptr() as usize
    }

    /// Where the targets lie: `[rows, columns]` f32, or u32 classes.
    #[must_use]
    pub fn labels(&self) -> usize {
        match &self.inner.labels {
            Labels::Values(values) => values.as_ptr() as usize,
            Labels::Classes(classes) => classes.as_ptr() as usize,
        }
    }

    /// Where the weights lie, `[rows]` f32.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.inner.sample_weight.as_ref().map_or(0, |weights| weights.as_ptr() as usize)
    }

    /// The place of the first sample number that is not finite, or −1.
    #[must_use]
    pub fn first_bad_x(&self) -> f64 {
        first_bad(&self.inner.x)
    }

    /// The place of the first target that is not finite, or −1.
    #[must_use]
    pub fn first_bad_label(&self) -> f64 {
        match &self.inner.labels {
            Labels::Values(values) => first_bad(values),
            Labels::Classes(_) => -1.0,
        }
    }
}

/// `rows · columns` zeros, or the error of memory that cannot be had.
fn size<T: Copy + Default>(block: &mut Vec<T>, rows: usize, columns: usize) -> Result<(), Thrown> {
    let len = rows.checked_mul(columns).ok_or_else(|| thrown(Error::Memory))?;
    block.clear();
    block.try_reserve_exact(len).map_err(|_| thrown(Error::Memory))?;
    block.resize(len, T::default());
    Ok(())
}

fn first_bad(numbers: &[f32]) -> f64 {
    if kernels::reduce::all_finite(numbers) {
        return -1.0;
    }
    #[allow(clippy::cast_precision_loss)] // a wasm32 memory holds fewer than 2³² numbers
    numbers.iter().position(|x| !x.is_finite()).map_or(-1.0, |place| place as f64)
}
