//! What the golden traces (`golden.rs`) do not show: state, frozen tensors, parts that take turns.

use super::golden::{ALWAYS, Lcg, RULES, encode, list, optimizer, option, part, read};
use super::*;

const ADAM: [f64; 8] = [3.0, 0.0, 0.9, 0.999, 1e-8, 0.0, 1.0, 0.0];
/// With momentum 0.9.
const SGD: [f64; 6] = [0.0, 0.0, 0.9, 0.0, 0.0, 0.0];
/// That starts from 0.5.
const ADAGRAD: [f64; 6] = [1.0, 0.0, 1e-10, 0.5, 0.0, 0.0];
const LOOKAHEAD: [f64; 5] = [100.0, 0.0, 5.0, 0.5, 1.0];
const EMA: [f64; 5] = [100.0, 0.0, 1.0, 0.25, 0.0];

fn tensors(lengths: &[usize]) -> Vec<Run> {
    let mut start = 0;
    let run = |&len: &usize| {
        start += len;
        Run::new(start - len, &[len], true)
    };
    lengths.iter().map(run).collect()
}

#[test]
fn asgd_averages_from_t0_on() {
    // Λ = 0 and η = 1: θ after update t is −t. The average is θ up to update t₀ + 2, then the mean of all from there on.
    let mut optimizer = optimizer(&[part(ALWAYS, &[13.0, 0.0, 0.0, 0.75, 3.0])], &tensors(&[5]), &[2]).unwrap();
    let mut parameters = [0.0; 5];
    for t in 1_u8..=20 {
        optimizer.step(&mut parameters, &[1.0; 5], &[1.0, f64::NAN]);
        let mut averages = Vec::new();
        assert!(optimizer.average(&parameters, &mut averages));
        let want = -f64::midpoint(t.min(5).into(), t.into());
        for average in averages {
            assert!((f64::from(average) - want).abs() < 1e-5, "after {t}: {average}, not {want}");
        }
    }
}

#[test]
fn every_rule_goes_on_from_saved_slots_and_count_as_if_it_had_made_the_steps() {
    let rules = read(RULES);
    for rule in list(&rules) {
        let numbers = encode(&rules, rule);
        let make = || optimizer(&[part(ALWAYS, &numbers)], &tensors(&[4, 3]), &[2, 2]).unwrap();
        let (mut whole, mut resumed) = (make(), make());
        let mut stream = Lcg(3);
        let mut parameters = [1.0; 7];
        let mut other = parameters;
        for t in 1..=12 {
            let gradients = [0.0; 7].map(|_: f32| stream.next(1.0));
            whole.step(&mut parameters, &gradients, &[0.01, f64::NAN]);
            if t > 9 {
                resumed.step(&mut other, &gradients, &[0.01, f64::NAN]);
            } else {
                other = parameters;
                resumed.put_back(whole.state());
            }
        }
        assert_eq!(parameters.map(f32::to_bits), other.map(f32::to_bits), "{}", rule["type"]);
    }
}

#[test]
fn norms_are_taken_of_each_tensor_alone() {
    // Under LARS and LAMB two tensors of one block go as if each were alone.
    for settings in [&[10.0, 0.1, 0.9, 1e-3, 1e-8][..], &[11.0, 0.1, 0.9, 0.999, 1e-6]] {
        let values = [3.0, -1.0, 0.5, 2.0, 1e-3, 2e-3, -4e-3, 1e-3, 5e-3];
        let gradients = [1e-3, 2e-3, -1e-3, 3e-3, 10.0, -20.0, 5.0, 1.0, 2.0];
        let step = |lengths: &[usize], values: &[f32], gradients: &[f32]| {
            let mut runs = tensors(lengths);
            runs.iter_mut().for_each(|run| run.dimensions = 2);
            let mut moved = values.to_vec();
            let mut optimizer = optimizer(&[part(ALWAYS, settings)], &runs, &[2, 2][..lengths.len()]).unwrap();
            optimizer.step(&mut moved, gradients, &[0.1, f64::NAN]);
            moved
        };
        let together = step(&[4, 5], &values, &gradients);
        for range in [0..4, 4..9] {
            let alone = step(&[range.len()], &values[range.clone()], &gradients[range.clone()]);
            assert_eq!(alone, together[range]);
        }
    }
}

#[test]
fn a_driven_momentum_takes_the_place_of_the_own_one() {
    let rules = read(RULES);
    // β₁ of a schedule-free rule is a place between two points.
    for rule in list(&rules).iter().filter(|rule| rule["type"] != "scheduleFreeAdamW") {
        let Some(name) = ["momentum", "beta1"].into_iter().find(|name| option(rule, name).is_some()) else { continue };
        let set = |value: f64| {
            let mut config = rule.clone();
            config[name] = value.into();
            encode(&rules, &config)
        };
        let last = |numbers: &[f64], driven: f64| {
            let mut parameters = [0.5; 8];
            let mut optimizer = optimizer(&[part(ALWAYS, numbers)], &tensors(&[4, 4]), &[2, 2]).unwrap();
            let mut stream = Lcg(3);
            for _ in 0..5 {
                let gradients = [0.0; 8].map(|_: f32| stream.next(1.0));
                optimizer.step(&mut parameters, &gradients, &[0.01, driven]);
            }
            parameters.map(f32::to_bits)
        };
        assert_eq!(last(&set(0.6), f64::NAN), last(&set(0.9), 0.6), "{}", rule["type"]);
        assert_ne!(last(&set(0.6), f64::NAN), last(&set(0.9), f64::NAN), "{}", rule["type"]);
    }
}

#[test]
fn frozen_runs_stay_and_keep_their_state() {
    let mut runs = tensors(&[5, 5]);
    let mut optimizer = optimizer(&[part(ALWAYS, &ADAM)], &runs, &[2, 2]).unwrap();
    runs[0].trained = false;
    optimizer.set_runs(runs);
    let mut parameters = [1.0; 10];
    optimizer.step(&mut parameters, &[1.0; 10], &[0.1, f64::NAN]);
    assert_eq!(parameters[..5], [1.0; 5]);
    assert_eq!(optimizer.slots[0][..5], [0.0; 5]);
    assert!(parameters[5..].iter().all(|p| (p - 0.9).abs() < 1e-6), "{parameters:?}");
}

#[test]
fn a_configuration_that_ends_early_or_names_no_rule_is_refused() {
    let read = |rule: &[f64]| optimizer(&[part(ALWAYS, rule)], &tensors(&[4]), &[2]).err();
    assert_eq!(read(&[3.0, 0.0, 0.9]), Some(Error::Config));
    assert_eq!(read(&[99.0, 0.0]), Some(Error::Config));
    assert_eq!(optimizer(&[part(ALWAYS, &SGD)], &tensors(&[4]), &[3]).err(), Some(Error::Config));
}

/// Parameters after each of `steps` updates with changing gradients at the rate 0.1.
fn path(parts: &[Vec<f64>], runs: &[Run], members: &[u8], steps: usize) -> (Optimizer, Vec<Vec<f32>>) {
    let len = runs.last().unwrap().range.end;
    let mut optimizer = optimizer(parts, runs, members).unwrap();
    let mut stream = Lcg(5);
    let mut parameters: Vec<f32> = (0..len).map(|_| stream.next(1.0)).collect();
    let mut path = vec![parameters.clone()];
    let row: Vec<f64> = parts.iter().flat_map(|_| [0.1, f64::NAN]).collect();
    for _ in 0..steps {
        let gradients: Vec<f32> = (0..len).map(|_| stream.next(1.0)).collect();
        optimizer.step(&mut parameters, &gradients, &row);
        path.push(parameters.clone());
    }
    (optimizer, path)
}

#[test]
fn a_rule_that_comes_later_counts_its_own_updates_and_takes_over_the_slots() {
    let runs = tensors(&[3]);
    let parts = [part([0.0, 4.0], &ADAGRAD), part([4.0, f64::INFINITY], &ADAM)];
    let (optimizer, after) = path(&parts, &runs, &[2, 2], 5);
    assert_eq!(optimizer.slots.len(), 2);
    // The first update of Adam goes by the rate, whatever the gradient.
    let moved: Vec<f32> = after[5].iter().zip(&after[4]).map(|(now, before)| (now - before).abs()).collect();
    assert!(moved.iter().all(|by| (by - 0.1).abs() < 1e-6), "{moved:?}");
}

#[test]
fn rules_side_by_side_share_slots_and_do_not_disturb_each_other() {
    let runs = tensors(&[3, 5, 2]);
    let (both, after) = path(&[part(ALWAYS, &ADAM), part(ALWAYS, &SGD)], &runs, &[2, 0, 2, 0, 2, 0], 9);
    assert_eq!(both.slots.len(), 2);
    let (_, adam) = path(&[part(ALWAYS, &ADAM)], &runs, &[2; 3], 9);
    let (_, sgd) = path(&[part(ALWAYS, &SGD)], &runs, &[2; 3], 9);
    assert_eq!([&after[9][..3], &after[9][8..]], [&adam[9][..3], &adam[9][8..]]);
    assert_eq!(after[9][3..8], sgd[9][3..8]);
}

#[test]
fn averages_lie_behind_the_slots_of_what_they_average() {
    let runs = tensors(&[3, 5]);
    let parts = [part(ALWAYS, &ADAM), part(ALWAYS, &LOOKAHEAD), part(ALWAYS, &EMA)];
    let (optimizer, after) = path(&parts, &runs, &[2; 6], 12);
    assert_eq!(optimizer.slots.len(), 4);
    // After 10 updates the fast weights were set to the slow ones.
    assert_eq!(optimizer.slots[2], after[10]);
    let mut mean: Vec<f64> = after[1].iter().map(|&p| f64::from(p)).collect();
    for parameters in &after[2..] {
        for (m, &p) in mean.iter_mut().zip(parameters) {
            *m += 0.25 * (f64::from(p) - *m);
        }
    }
    let mut point = Vec::new();
    assert!(optimizer.average(&after[12], &mut point));
    assert!(point.iter().zip(&mean).all(|(&got, want)| (f64::from(got) - want).abs() < 1e-6), "{point:?} {mean:?}");
}

#[test]
fn only_averaged_tensors_are_evaluated_elsewhere_and_only_after_an_update() {
    let runs = tensors(&[3, 5]);
    let parts = [part(ALWAYS, &SGD), part(ALWAYS, &EMA)];
    let members = [2, 2, 0, 2];
    let mut point = Vec::new();
    assert!(!optimizer(&parts, &runs, &members).unwrap().average(&[1.0; 8], &mut point));
    let (mut optimizer, after) = path(&parts, &runs, &members, 3);
    assert!(optimizer.average(&after[3], &mut point));
    assert_eq!(point[..3], after[3][..3]);
    assert!(point[3..].iter().zip(&after[3][3..]).all(|(mean, last)| (mean - last).abs() > 1e-3));
    optimizer.average_anew(&after[0], &runs[1].range);
    optimizer.average(&after[3], &mut point);
    assert_eq!(point[3..], after[0][3..]);
}

/// Zeros after one update of muon without momentum and decay at the rate 1: −√max(1, units/inputs)·O(gradients).
fn orthogonalized(rows: usize, columns: usize, gradients: &[f32]) -> Vec<f32> {
    let runs = [Run::new(0, &[rows, columns], true)];
    let mut optimizer = optimizer(&[part(ALWAYS, &[20.0, 0.0, 0.0, 0.0, 1e-7])], &runs, &[2]).unwrap();
    let mut parameters = vec![0.0; rows * columns];
    optimizer.step(&mut parameters, gradients, &[1.0, f64::NAN]);
    parameters
}

#[test]
fn muon_orthogonalizes_wide_and_tall_kernels_as_the_iteration_in_f64_does() {
    let (rows, columns) = (24, 40);
    let at = |x: &[f64], m: usize, i: usize, j: usize| x[i * m + j];
    let product = |n: usize, k: usize, m: usize, a: &dyn Fn(usize, usize) -> f64, b: &dyn Fn(usize, usize) -> f64| {
        let element = |i: usize, j: usize| (0..k).map(|l| a(i, l) * b(l, j)).sum();
        (0..n * m).map(|e| element(e / m, e % m)).collect::<Vec<f64>>()
    };
    let mut stream = Lcg(7);
    let gradients: Vec<f32> = (0..rows * columns).map(|_| stream.next(1.0)).collect();
    let length = gradients.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
    let mut x: Vec<f64> = gradients.iter().map(|&g| f64::from(g) / length).collect();
    for _ in 0..5 {
        let square = product(rows, columns, rows, &|i, l| at(&x, columns, i, l), &|l, j| at(&x, columns, j, l));
        let fourth = product(rows, rows, rows, &|i, l| at(&square, rows, i, l), &|l, j| at(&square, rows, l, j));
        let mixed: Vec<f64> = square.iter().zip(&fourth).map(|(s, f)| -4.775 * s + 2.0315 * f).collect();
        let change = product(rows, rows, columns, &|i, l| at(&mixed, rows, i, l), &|l, j| at(&x, columns, l, j));
        x.iter_mut().zip(change).for_each(|(x, change)| *x = 3.4445 * *x + change);
    }
    let turned = |x: &[f32], m: usize, n: usize| (0..x.len()).map(|e| x[e % n * m + e / n]).collect::<Vec<f32>>();
    let wide = orthogonalized(rows, columns, &gradients);
    let tall = orthogonalized(columns, rows, &turned(&gradients, columns, rows));
    let larger = (columns as f64 / rows as f64).sqrt();
    for (got, scale) in [(wide, larger), (turned(&tall, rows, columns), 1.0)] {
        // Singular values near 0 grow by up to 3.44⁵ = 485, and with them the rounding of what is 0.1 to 0.3 here.
        let far = got.iter().zip(&x).map(|(&got, x)| (f64::from(got) + scale * x).abs()).fold(0.0, f64::max);
        assert!(far < 1e-5, "{far:e}");
    }
}

#[test]
fn adafactor_takes_apart_every_matrix_of_the_last_two_dimensions() {
    // r·c/mean(r) by its definition in f64, and RMS(u) and RMS(θ) over the whole tensor.
    for shape in [&[2, 3, 4][..], &[7, 3], &[1, 5], &[5, 1], &[6]] {
        let run = Run::new(0, shape, true);
        let ([rows, columns], count) = (run.sides, run.range.len());
        let mut optimizer = optimizer(&[part(ALWAYS, &[19.0, 0.0, -0.8, 1e-3, 1e-3, 1.0])], &[run], &[2]).unwrap();
        let mut stream = Lcg(11);
        let mut parameters: Vec<f32> = (0..count).map(|_| stream.next(1.0)).collect();
        let mut want: Vec<f64> = parameters.iter().map(|&p| p.into()).collect();
        let (mut squares, rms) =
            (vec![0.0; count], |x: &[f64]| (x.iter().map(|x| x * x).sum::<f64>() / count as f64).sqrt());
        for t in 1..=20 {
            let gradients: Vec<f32> = (0..count).map(|_| stream.next(1.0)).collect();
            optimizer.step(&mut parameters, &gradients, &[0.1, f64::NAN]);
            let share = f64::from(t).powf(-0.8);
            squares.iter_mut().zip(&gradients).for_each(|(s, &g)| *s += share * (f64::from(g).powi(2) - *s));
            // Means of running means are running means of means.
            let estimate = |e: usize| {
                let own = &squares[e / (rows * columns) * rows * columns..][..rows * columns];
                let (i, j) = (e / columns % rows, e % columns);
                let of_row = own[i * columns..][..columns].iter().sum::<f64>() / columns as f64;
                let of_column = own.iter().skip(j).step_by(columns).sum::<f64>() / rows as f64;
                let mean = own.iter().sum::<f64>() / own.len() as f64;
                if shape.len() < 2 { squares[e] } else { of_row * of_column / mean.max(1e-3) }
            };
            let u: Vec<f64> = (0..count).map(|e| f64::from(gradients[e]) / estimate(e).max(1e-6).sqrt()).collect();
            let rate = rms(&want).max(1e-3) * 0.1_f64.min(1.0 / f64::from(t).sqrt()) / rms(&u).max(1.0);
            want.iter_mut().zip(&u).for_each(|(p, u)| *p -= rate * u);
        }
        let far = parameters.iter().zip(&want).map(|(&got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max);
        assert!(far < 5e-6, "{shape:?}: {far:e}");
    }
}

#[test]
fn slots_grow_with_the_gradient_as_their_degrees_say() {
    let rules = read(RULES);
    for rule in list(&rules) {
        for case in list(&rule["cases"]) {
            let mut config = case["with"].clone();
            config["type"] = rule["type"].clone();
            // One gradient of many k-fold, so that norms of the tensor stay as they are; ε and rates too small to count.
            let last = |k: f32| {
                let mut runs = tensors(&[64]);
                runs[0].dimensions = 2;
                let mut optimizer = optimizer(&[part(ALWAYS, &encode(&rules, &config))], &runs, &[2]).unwrap();
                let (mut parameters, mut stream) = ([0.5; 64], Lcg(9));
                for _ in 0..5 {
                    let mut gradients = [0.0; 64].map(|_: f32| 64.0 * stream.next(1.0));
                    gradients[0] *= k / 8.0;
                    optimizer.step(&mut parameters, &gradients, &[1e-7, f64::NAN]);
                }
                optimizer
            };
            let (one, three) = (last(1.0), last(3.0));
            for (slot, degree) in one.degrees().into_iter().enumerate() {
                let [before, after] = [&one, &three].map(|optimizer| f64::from(optimizer.slots[slot][0]));
                let want = if degree < 0.0 { 0.5 } else { before * 3_f64.powf(degree) };
                let is_close = (after - want).abs() < 0.02 * want.abs();
                assert!(is_close, "{config}, slot {slot}: from {before} to {after}, not {want}");
            }
        }
    }
}

#[test]
fn state_of_tensors_that_no_update_has_seen_starts_as_before_the_first() {
    let runs = tensors(&[2, 3]);
    let parts = [part([0.0, 4.0], &SGD), part([4.0, f64::INFINITY], &ADAGRAD), part(ALWAYS, &EMA)];
    let parameters = [1.0, 2.0, 3.0, 4.0, 5.0];
    let begun = |steps| {
        let mut optimizer = optimizer(&parts, &runs, &[2, 2, 2, 2, 2, 0]).unwrap();
        optimizer.begin_at(steps, &parameters);
        assert_eq!(optimizer.steps, steps);
        optimizer
    };
    // At the step of the switch the average is still that of what came before; Adagrad begins with its first update.
    assert_eq!(begun(0).slots, [[0.0; 5], [0.0; 5]]);
    assert_eq!(begun(4).slots, [[0.0; 5], [1.0, 2.0, 0.0, 0.0, 0.0]]);
    assert_eq!(begun(5).slots, [[0.5; 5], [1.0, 2.0, 0.0, 0.0, 0.0]]);
    assert_eq!(begun(4).degrees(), [1.0, 1.0, VALUE, 0.0]);
    assert_eq!(begun(5).degrees(), [2.0, 2.0, VALUE, 0.0]);
}
