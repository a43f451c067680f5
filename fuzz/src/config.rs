#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // any numbers will do
//! The readers of configurations.

use crate::source::Source;
use downhill_core::{CoreModel, CoreOptimizer};

/// A dense layer, encoded: weights of any kind of start, plain otherwise.
fn dense(units: f64, bias: f64, activation: [f64; 2], initializer: [f64; 3], normalized: f64) -> Vec<f64> {
    let (bias_initializer, regularizers) = ([2.0, 0.5, 0.0], [1e-3, 1e-3, 0.0, 0.1]);
    let constraints = if normalized > 0.0 { [0.0; 6] } else { [1.0, 2.0, 0.0, 3.0, -1.0, 1.0] };
    let parts: [&[f64]; 7] =
        [&[0.0, units, bias], &activation, &initializer, &bias_initializer, &regularizers, &constraints, &[normalized]];
    parts.concat()
}

/// Encoded models that are right, with two inputs each: `[inputs, seed, layers…, loss…, transforms…, metrics…]`.
pub(crate) fn models() -> Vec<Vec<f64>> {
    let glorot = [7.0, 0.0, 0.0];
    let of = |seed: f64, layers: &[Vec<f64>], rest: &[f64]| {
        [&[2.0, seed, layers.len() as f64], &layers.concat()[..], rest].concat()
    };
    let batch = vec![5.0, 0.99, 1e-3];
    let inner = [vec![7.0, 2.0, 6.0, 1e-3], dense(2.0, 1.0, [6.0, 0.0], [11.0, 0.0, 0.0], 0.0)].concat();
    vec![
        // tanh, squared error
        of(
            1.0,
            &[dense(3.0, 1.0, [14.0, 0.0], glorot, 0.0), dense(2.0, 1.0, [0.0, 0.0], [8.0, 0.0, 0.0], 0.0)],
            &[0.0, 0.0, 0.0, 1.0, 6.0, 0.0],
        ),
        // all that has state, labels, transforms, metrics
        of(
            7.0,
            &[
                dense(4.0, 1.0, [3.0, 0.25], glorot, 1.0),
                batch,
                vec![2.0, 0.5],
                dense(3.0, 0.0, [0.0, 0.0], [12.0, 1.0, 0.0], 0.0),
            ],
            &[6.0, 0.1, 2.0, 2.0, 1.0, 6.0, 0.1, 0.55, 3.0, 0.0, 0.5, 1.0, 2.0, 5.0, 0.0],
        ),
        // a normalisation, a residual block, softmax
        of(
            0.0,
            &[vec![8.0, 2.0, 0.5, -0.5, 1.0, 2.0], inner, vec![1.0, 15.0, 0.0]],
            &[5.0, 0.0, 2.0, 3.0, 0.01, 1e-3, 5.0, 1.0, 3.0, 0.5],
        ),
        // noise, counts
        of(
            9.0,
            &[vec![3.0, 0.1], vec![4.0, 0.1], dense(1.0, 1.0, [10.0, 0.0], [3.0, 0.0, 0.1], 0.0)],
            &[9.0, 0.0, 1.0, 0.0, 1.0, 1.0, 8.0, 0.0],
        ),
        // elu, hinge
        of(3.0, &[dense(2.0, 1.0, [4.0, 1.0], [13.0, 1.0, 0.0], 0.0)], &[8.0, 0.0, 0.0, 2.0, 7.0, 0.0, 0.0, 0.5]),
    ]
}

/// Encoded optimizers that are right: `[count, (from, until, form, rule, λ, settings…)…]`.
pub(crate) fn optimizers() -> Vec<Vec<f64>> {
    let adam = [0.0, f64::INFINITY, 0.0, 3.0, 0.0, 0.9, 0.999, 1e-8, 0.0, 1.0, 0.0];
    let lookahead = [0.0, f64::INFINITY, 0.0, 100.0, 0.0, 5.0, 0.5, 1.0];
    let all: [&[f64]; 6] = [
        &[1.0, 0.0, f64::INFINITY, 0.0, 0.0, 0.0, 0.9, 0.0, 1.0, 0.0],
        &[1.0, 0.0, f64::INFINITY, 0.0, 3.0, 0.01, 0.9, 0.999, 1e-8, 1.0, 1.0, 0.0],
        &[1.0, 0.0, f64::INFINITY, 0.0, 2.0, 0.0, 0.9, 1e-8, 0.5, 1.0, 0.0],
        &[1.0, 0.0, f64::INFINITY, 0.0, 9.0, 0.01, 0.9, 0.99],
        &[&[2.0][..], &adam, &lookahead].concat(),
        &[2.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, f64::INFINITY, 0.0, 1.0, 0.0, 1e-10, 0.1, 0.0, 0.0],
    ];
    all.map(<[f64]>::to_vec).into()
}

/// One of `right` with some numbers replaced, put in or taken out; or numbers out of thin air.
pub(crate) fn changed(from: &mut Source, right: &[Vec<f64>]) -> Vec<f64> {
    if from.below(8) == 0 {
        return from.numbers(60);
    }
    let mut numbers = right[from.below(right.len())].clone();
    for _ in 0..from.below(5) {
        let place = from.below(numbers.len());
        match from.below(6) {
            0 if numbers.len() > 1 => drop(numbers.remove(place)),
            1 => numbers.insert(place, from.number()),
            2 => numbers.truncate(place.max(1)),
            _ => numbers[place] = from.number(),
        }
    }
    numbers
}

/// Reads what may be a model, then what may be its parts, then what may be an optimizer by itself.
///
/// # Panics
/// Where the core does.
pub fn config(bytes: &[u8]) {
    let mut from = Source::new(bytes);
    let numbers = changed(&mut from, &models());
    // Between what is made at once and what there is no memory for lie matrices that take seconds to make orthogonal.
    if numbers.iter().any(|number| (300.0..2e6).contains(number)) {
        return;
    }
    if let Ok(mut model) = CoreModel::new(&numbers) {
        let weights = model.parameter_table().len();
        while !from.is_empty() {
            let right = if from.flag() { optimizers() } else { models() };
            let numbers = changed(&mut from, &right);
            // Whatever comes of it, the model is still one.
            let _ = match from.below(4) {
                0 => model.set_loss(&numbers),
                1 => model.set_transforms(&numbers),
                2 => model.set_metrics(&numbers),
                _ => model.set_optimizer(&numbers, &vec![from.below(4) as u8; from.below(2 * weights + 1)]),
            };
            assert_eq!(model.parameter_table().len(), weights);
            model.finish_evaluation();
        }
    }
    let mut from = Source::new(bytes);
    let numbers = changed(&mut from, &optimizers());
    let mut shapes: Vec<u32> = Vec::new();
    for _ in 0..from.below(4) {
        let dimensions = from.below(4);
        shapes.push(dimensions as u32);
        // Sizes between the small and the refused ones are only slow: muon multiplies matrices of them.
        shapes.extend((0..dimensions).map(|_| match from.count() {
            33..0x100_0000 => 32,
            count => count as u32,
        }));
    }
    let members = vec![from.byte() % 4; from.below(9)];
    if let Ok(mut optimizer) = CoreOptimizer::new(&numbers, &members, &shapes) {
        for _ in 0..3 {
            optimizer.step(&from.numbers(4), from.flag());
        }
        optimizer.average();
        optimizer.set_steps(from.number());
        optimizer.step(&[0.1, f64::NAN], true);
        optimizer.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configurations_that_changes_start_from_are_right() {
        for numbers in models() {
            let mut model = CoreModel::new(&numbers).expect("a model");
            for numbers in optimizers() {
                model.set_optimizer(&numbers, &[2; 64]).expect("an optimizer");
            }
        }
    }
}
