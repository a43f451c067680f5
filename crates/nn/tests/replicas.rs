//! Steps shared by three replicas in one thread, with the table of `ts/workers/seat.ts` done by hand.

use nn::config::Reader;
use nn::fit::{Dataset, Fit, Labels, Options, Stop};
use nn::model::Model;
use nn::step::Divergence;
use std::rc::Rc;

const REPLICAS: usize = 3;

struct Replica {
    model: Model,
    fit: Fit,
    /// What [`Fit::share`] gave.
    layout: Vec<usize>,
}

/// `len` numbers of a block that [`Fit::share`] named.
fn block<'a, T>(address: usize, len: usize) -> &'a mut [T] {
    // SAFETY: the block has so many numbers, its replica outlives every use here, and no two uses of one overlap.
    unsafe { std::slice::from_raw_parts_mut(std::ptr::with_exposed_provenance_mut(address), len) }
}

/// 5 linear and 5 tanh units and one output, sgd; the loss is meanSquaredError.
fn model() -> Model {
    let dense = |units: f64, kind: f64| {
        let mut layer = vec![0.0, units, 1.0, kind, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        layer.extend([0.0; 11]);
        layer
    };
    let numbers = [vec![2.0, 7.0, 3.0], dense(5.0, 0.0), dense(5.0, 14.0), dense(1.0, 0.0), vec![0.0; 4]].concat();
    let mut model = Model::read(&mut Reader::new(&numbers)).expect("a model");
    let sgd = [1.0, 0.0, f64::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    model.set_optimizer(&mut Reader::new(&sgd), &[2; 6]).expect("an optimizer");
    model
}

fn fit(x: &[f32], values: Vec<f32>) -> Fit {
    let rows = x.len() / 2;
    let data = Dataset { x: x.to_vec(), rows, labels: Labels::Values(values), sample_weight: None };
    let options = Options { rows, batch: 8, accumulate: 1, shuffle: true, epochs: 5, class_weight: None };
    Fit::new(Rc::new(data), options).expect("a fit")
}

fn samples() -> Vec<f32> {
    (0..40_u8).map(|i| (f32::from(i) * 0.7).sin()).collect()
}

fn targets(x: &[f32]) -> Vec<f32> {
    x.chunks_exact(2).map(|row| row[0] - row[1]).collect()
}

fn replicas(x: &[f32], targets: Vec<f32>) -> Vec<Replica> {
    let replica = |_| {
        let (model, mut fit) = (model(), fit(x, targets.clone()));
        let layout = fit.share(&model, REPLICAS);
        Replica { model, fit, layout }
    };
    (0..REPLICAS).map(replica).collect()
}

/// The first barrier: messages, rates, and the others' gradients in each replica's slice.
fn exchange_parts(all: &[Replica], rates: &[f64]) {
    for to in 0..REPLICAS {
        let [gradient, message, _, slice, _, _, messages, row, others, _] = all[to].layout[..] else {
            panic!("a layout")
        };
        block(row, rates.len()).copy_from_slice(rates);
        for from in (0..REPLICAS).filter(|&from| from != to) {
            let [_, _, _, _, _, gradients, theirs, ..] = all[from].layout[..] else { panic!("a layout") };
            let mine = block::<f64>(messages + 8 * message * from, message);
            mine.copy_from_slice(block(theirs + 8 * message * from, message));
            let (start, end) = (gradient.min(to * slice), gradient.min((to + 1) * slice));
            let part = block::<f32>(gradients + 4 * start, end - start);
            block(others + 4 * slice * from, end - start).copy_from_slice(part);
        }
    }
}

/// The second barrier: each replica's summed slice.
fn exchange_sums(all: &[Replica]) {
    for from in 0..REPLICAS {
        let [gradient, _, _, slice, _, gradients, ..] = all[from].layout[..] else { panic!("a layout") };
        let (start, end) = (gradient.min(from * slice), gradient.min((from + 1) * slice));
        let sum = block::<f32>(gradients + 4 * start, end - start).to_vec();
        for to in all {
            block(to.layout[5] + 4 * start, end - start).copy_from_slice(&sum);
        }
    }
}

fn step(all: &mut [Replica], rates: &[f64]) -> Vec<Stop> {
    for (index, replica) in all.iter_mut().enumerate() {
        assert!(replica.fit.part(&mut replica.model, index));
    }
    exchange_parts(all, rates);
    for (index, replica) in all.iter_mut().enumerate() {
        replica.fit.reduce(&mut replica.model, index);
    }
    exchange_sums(all);
    all.iter_mut().enumerate().map(|(index, one)| one.fit.finish(&mut one.model, index)).collect()
}

#[test]
fn three_replicas_train_as_one() {
    let x = samples();
    let mut all = replicas(&x, targets(&x));
    let rates = vec![0.1; all[0].model.optimizer.row_len()];
    let mut steps = 0;
    loop {
        let stops = step(&mut all, &rates);
        steps += 1;
        assert!(stops.iter().all(|stop| *stop == stops[0]), "{stops:?}");
        for replica in &all[1..] {
            assert_eq!(replica.model.parameters.values, all[0].model.parameters.values);
        }
        match stops[0] {
            Stop::Done => break,
            Stop::Rates | Stop::Epoch => {}
            Stop::Diverged(_) => panic!("{stops:?}"),
        }
    }
    // 20 rows in batches of 8, 5 epochs.
    assert_eq!(steps, 15);
    assert!(!all[0].fit.part(&mut { model() }, 0), "all epochs are done");
    let (mut alone, mut fit) = (model(), fit(&x, targets(&x)));
    fit.run(&mut alone, &rates.repeat(15), false);
    for (one, other) in all[0].model.parameters.values.iter().zip(&alone.parameters.values) {
        assert!((one - other).abs() < 1e-5, "{one} {other}");
    }
    assert_ne!(alone.parameters.values, model().parameters.values);
}

/// How the first step that is not sound ends, for all replicas.
fn divergence(x: &[f32], targets: Vec<f32>) -> Divergence {
    let mut all = replicas(x, targets);
    let rates = vec![0.1; all[0].model.optimizer.row_len()];
    let stops = loop {
        let stops = step(&mut all, &rates);
        if stops[0] != Stop::Rates {
            break stops;
        }
    };
    assert!(stops.iter().all(|stop| *stop == stops[0]), "{stops:?}");
    for replica in &all {
        assert!(replica.model.parameters.values.iter().all(|value| value.is_finite()));
        assert_eq!(replica.model.parameters.values, all[0].model.parameters.values);
    }
    let Stop::Diverged(divergence) = stops[0].clone() else { panic!("{stops:?}") };
    divergence
}

#[test]
fn what_one_replica_cannot_compute_ends_the_step_of_all() {
    let (mut x, mut y) = (samples(), targets(&samples()));
    y[19] = f32::INFINITY;
    assert_eq!(divergence(&x, y), Divergence::Loss);
    x[38] = f32::INFINITY;
    assert_eq!(divergence(&x, targets(&samples())), Divergence::Activation(vec![0]));
}
