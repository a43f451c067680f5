//! Every rule against PyTorch (or its plain equation) over 200 steps of changing gradients: test/golden/README.md.

#![allow(clippy::cast_possible_truncation)] // small counts from the golden file

use super::*;
use serde_json::Value;

const RULES: &str = "shared/optimizer-rules.json";
const GOLDEN: [&str; 2] = ["golden/optimizers.json", "golden/optimizers-later.json"];

/// Settings that no case may have without showing it.
const MUTANTS: [(&str, f64); 9] = [
    ("beta1", 0.8),
    ("beta2", 0.97),
    ("rho", 0.95),
    ("epsilon", 1e-3),
    ("weightDecay", 0.3),
    ("momentumDecay", 0.1),
    ("trustCoefficient", 2e-3),
    ("lambda", 0.01),
    ("alpha", 0.5),
];

/// Where a setting is not used, or counts for less than rounding.
const WITHOUT_EFFECT: [(&str, &str); 4] = [
    ("radam, beta2 0.5: never rectified", "epsilon"),
    ("lars, large rate, weight decay, first tensor excluded", "weightDecay"),
    ("lars, defaults", "epsilon"),
    ("asgd, defaults", "alpha"),
];

fn read(path: &str) -> Value {
    let path = format!("{}/../../test/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A rule's place in the table, and its row in the table of the tests.
fn row<'a>(rules: &'a Value, config: &Value) -> (usize, &'a Value) {
    let is_its = |row: &&Value| row["type"] == config["type"];
    rules.as_array().unwrap().iter().enumerate().find(|(_, row)| is_its(row)).unwrap()
}

/// The option of that name in a row.
fn option<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    row["options"].as_array().unwrap().iter().find(|option| option[0] == name)
}

/// What the facade would send for a configuration: its place in the table and its settings, defaults filled in.
fn encode(rules: &Value, config: &Value) -> Vec<f64> {
    let (place, row) = row(rules, config);
    let mut numbers = vec![place as f64];
    for option in row["options"].as_array().unwrap() {
        let words = &option.as_array().unwrap()[1..];
        let value = config.get(option[0].as_str().unwrap()).unwrap_or(&words[0]);
        match value {
            Value::Bool(flag) => numbers.push(f64::from(u8::from(*flag))),
            Value::String(_) => numbers.push(words.iter().position(|word| word == value).unwrap() as f64),
            Value::Array(several) => numbers.extend(several.iter().map(|x| x.as_f64().unwrap())),
            one => numbers.push(one.as_f64().unwrap()),
        }
    }
    numbers
}

/// The inputs' generator, exact in f32.
struct Lcg(u32);

impl Lcg {
    fn next(&mut self, scale: f32) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as f32 / 16_777_216.0 * 2.0 - 1.0) * scale
    }
}

/// The tensors, and how a rule treats them: what `excludeFromDecay` names (here by index) does not decay.
fn runs(shapes: &Value, config: &Value) -> (Vec<Run>, Vec<u8>) {
    let excluded: Vec<usize> = match config.get("excludeFromDecay") {
        None => Vec::new(),
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().unwrap().parse().unwrap()).collect(),
        Some(name) => vec![name.as_str().unwrap().parse().unwrap()],
    };
    let mut start = 0;
    let run = |(i, shape): (usize, &Value)| {
        let sizes = shape.as_array().unwrap().iter().map(|size| size.as_u64().unwrap() as usize);
        let range = start..start + sizes.clone().product::<usize>();
        start = range.end;
        (Run { range, trained: true, dimensions: sizes.len() }, if excluded.contains(&i) { 1 } else { 2 })
    };
    shapes.as_array().unwrap().iter().enumerate().map(run).unzip()
}

/// A part for the updates in `span`.
fn part(span: [f64; 2], rule: &[f64]) -> Vec<f64> {
    [&span[..], rule].concat()
}

const ALWAYS: [f64; 2] = [0.0, f64::INFINITY];

fn optimizer(parts: &[Vec<f64>], len: usize, members: &[u8]) -> Result<Optimizer, Error> {
    let numbers = [vec![parts.len() as f64], parts.concat()].concat();
    Optimizer::read(&mut Reader::new(&numbers), len, members)
}

/// The largest difference to the reference over all checkpoints, relative to the largest |θ| of its tensor so far.
fn worst(rules: &Value, golden: &Value, case: &Value, from_step: usize) -> f64 {
    let config = &case["optimizer"];
    let numbers = encode(rules, config);
    let default_rate = &row(rules, config).1["learningRate"];
    let rate = config.get("learningRate").unwrap_or(default_rate).as_f64().unwrap();
    let (runs, members) = runs(&golden["shapes"], config);
    let len = runs.last().unwrap().range.end;
    let mut optimizer = optimizer(&[part(ALWAYS, &numbers)], len, &members).unwrap();
    let mut start = Lcg(1);
    let mut parameters: Vec<f32> = (0..len).map(|_| start.next(1.0)).collect();
    for tensor in case["zeroStart"].as_array().into_iter().flatten() {
        parameters[runs[tensor.as_u64().unwrap() as usize].range.clone()].fill(0.0);
    }
    let mut stream = Lcg(2);
    let exponents: Vec<i32> =
        golden["gradient"]["exponents"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap() as i32).collect();
    let zero: Vec<(usize, usize)> = case["zeroGradients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_u64().unwrap() as usize, pair[1].as_u64().unwrap() as usize))
        .collect();
    let checkpoints: Vec<usize> =
        golden["checkpoints"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let mut worst: f64 = 0.0;
    for t in 1..=200 {
        let scale = 2.0_f32.powi(exponents[(t - 1) % exponents.len()]);
        let mut gradients: Vec<f32> = (0..len).map(|_| stream.next(scale)).collect();
        if zero.iter().any(|&(first, last)| (first..=last).contains(&t)) {
            gradients.fill(0.0);
        }
        let rate = case["learningRates"].as_array().map_or(rate, |rates| rates[t - 1].as_f64().unwrap());
        optimizer.step(&runs, &mut parameters, &gradients, &[rate, f64::NAN]);
        let Some(at) = checkpoints.iter().position(|&checkpoint| checkpoint == t && t >= from_step) else { continue };
        for (tensor, run) in runs.iter().enumerate() {
            let largest = case["largest"][at][tensor].as_f64().unwrap();
            let wanted = case["parameters"][at][tensor].as_array().unwrap();
            for (&got, want) in parameters[run.range.clone()].iter().zip(wanted) {
                worst = worst.max((f64::from(got) - want.as_f64().unwrap()).abs() / largest);
            }
        }
    }
    worst
}

#[test]
fn every_rule_follows_its_reference_over_200_steps() {
    let rules = read(RULES);
    let mut seen = Vec::new();
    for golden in GOLDEN.map(read) {
        for case in golden["cases"].as_array().unwrap() {
            // numerics.md: plain f32 with scalars in f64 stays at 5e-7 to 4e-6 of the reference.
            let difference = worst(&rules, &golden, case, 1);
            assert!(difference <= 5e-6, "{}: {difference:e}", case["name"]);
            seen.push(case["optimizer"]["type"].clone());
        }
    }
    for rule in rules.as_array().unwrap() {
        assert!(seen.contains(&rule["type"]), "{} has no case", rule["type"]);
    }
}

#[test]
fn a_rule_with_another_setting_does_not_pass_for_the_reference() {
    let rules = read(RULES);
    let mut tried = 0;
    for golden in GOLDEN.map(read) {
        for case in golden["cases"].as_array().unwrap() {
            let (_, row) = row(&rules, &case["optimizer"]);
            for (setting, value) in MUTANTS {
                let has = option(row, setting).is_some();
                let name = case["name"].as_str().unwrap();
                if !has || case["optimizer"][setting] == value || WITHOUT_EFFECT.contains(&(name, setting)) {
                    continue;
                }
                let mut mutant = case.clone();
                mutant["optimizer"][setting] = value.into();
                let difference = worst(&rules, &golden, &mutant, 50);
                assert!(difference > 1.5e-5, "{name} with {setting} {value}: {difference:e}");
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried} mutants");
}

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
        let range = start..start + len;
        start += len;
        Run { range, trained: true, dimensions: 1 }
    };
    lengths.iter().map(run).collect()
}

#[test]
fn asgd_averages_from_t0_on() {
    // Λ = 0 and η = 1: θ after update t is −t. The average is θ up to update t₀ + 2, then the mean of all from there on.
    let mut optimizer = optimizer(&[part(ALWAYS, &[13.0, 0.0, 0.0, 0.75, 3.0])], 5, &[2]).unwrap();
    let runs = tensors(&[5]);
    let mut parameters = [0.0; 5];
    for t in 1_u8..=20 {
        optimizer.step(&runs, &mut parameters, &[1.0; 5], &[1.0, f64::NAN]);
        let mut averages = Vec::new();
        assert!(optimizer.average(&runs, &parameters, &mut averages));
        let want = -f64::midpoint(t.min(5).into(), t.into());
        for average in averages {
            assert!((f64::from(average) - want).abs() < 1e-5, "after {t}: {average}, not {want}");
        }
    }
}

#[test]
fn every_rule_goes_on_from_saved_slots_and_count_as_if_it_had_made_the_steps() {
    let rules = read(RULES);
    for rule in rules.as_array().unwrap() {
        let numbers = encode(&rules, rule);
        let (runs, make) = (tensors(&[4, 3]), || optimizer(&[part(ALWAYS, &numbers)], 7, &[2, 2]).unwrap());
        let (mut whole, mut resumed) = (make(), make());
        let mut stream = Lcg(3);
        let mut parameters = [1.0; 7];
        let mut other = parameters;
        for t in 1..=12 {
            let gradients = [0.0; 7].map(|_: f32| stream.next(1.0));
            whole.step(&runs, &mut parameters, &gradients, &[0.01, f64::NAN]);
            if t > 9 {
                resumed.step(&runs, &mut other, &gradients, &[0.01, f64::NAN]);
            } else {
                other = parameters;
                resumed.slots.clone_from(&whole.slots);
                resumed.steps = whole.steps;
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
            let mut optimizer = optimizer(&[part(ALWAYS, settings)], values.len(), &[2, 2][..lengths.len()]).unwrap();
            optimizer.step(&runs, &mut moved, gradients, &[0.1, f64::NAN]);
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
    for rule in rules.as_array().unwrap() {
        let Some(name) = ["momentum", "beta1"].into_iter().find(|name| option(rule, name).is_some()) else { continue };
        let set = |value: f64| {
            let mut config = rule.clone();
            config[name] = value.into();
            encode(&rules, &config)
        };
        let last = |numbers: &[f64], driven: f64| {
            let (runs, mut parameters) = (tensors(&[4, 4]), [0.5; 8]);
            let mut optimizer = optimizer(&[part(ALWAYS, numbers)], 8, &[2, 2]).unwrap();
            let mut stream = Lcg(3);
            for _ in 0..5 {
                let gradients = [0.0; 8].map(|_: f32| stream.next(1.0));
                optimizer.step(&runs, &mut parameters, &gradients, &[0.01, driven]);
            }
            parameters.map(f32::to_bits)
        };
        assert_eq!(last(&set(0.6), f64::NAN), last(&set(0.9), 0.6), "{}", rule["type"]);
        assert_ne!(last(&set(0.6), f64::NAN), last(&set(0.9), f64::NAN), "{}", rule["type"]);
    }
}

#[test]
fn frozen_runs_stay_and_keep_their_state() {
    let mut optimizer = optimizer(&[part(ALWAYS, &ADAM)], 10, &[2, 2]).unwrap();
    let mut runs = tensors(&[5, 5]);
    runs[0].trained = false;
    let mut parameters = [1.0; 10];
    optimizer.step(&runs, &mut parameters, &[1.0; 10], &[0.1, f64::NAN]);
    assert_eq!(parameters[..5], [1.0; 5]);
    assert_eq!(optimizer.slots[0][..5], [0.0; 5]);
    assert!(parameters[5..].iter().all(|p| (p - 0.9).abs() < 1e-6), "{parameters:?}");
}

#[test]
fn a_configuration_that_ends_early_or_names_no_rule_is_refused() {
    let read = |rule: &[f64]| optimizer(&[part(ALWAYS, rule)], 4, &[2]).err();
    assert_eq!(read(&[3.0, 0.0, 0.9]), Some(Error::Config));
    assert_eq!(read(&[99.0, 0.0]), Some(Error::Config));
    assert_eq!(optimizer(&[part(ALWAYS, &SGD)], 4, &[3]).err(), Some(Error::Config));
}

/// Parameters after each of `steps` updates with changing gradients at the rate 0.1.
fn path(parts: &[Vec<f64>], runs: &[Run], members: &[u8], steps: usize) -> (Optimizer, Vec<Vec<f32>>) {
    let len = runs.last().unwrap().range.end;
    let mut optimizer = optimizer(parts, len, members).unwrap();
    let mut stream = Lcg(5);
    let mut parameters: Vec<f32> = (0..len).map(|_| stream.next(1.0)).collect();
    let mut path = vec![parameters.clone()];
    let row: Vec<f64> = parts.iter().flat_map(|_| [0.1, f64::NAN]).collect();
    for _ in 0..steps {
        let gradients: Vec<f32> = (0..len).map(|_| stream.next(1.0)).collect();
        optimizer.step(runs, &mut parameters, &gradients, &row);
        path.push(parameters.clone());
    }
    (optimizer, path)
}

#[test]
fn a_rule_that_comes_later_counts_its_own_updates_and_takes_over_the_slots() {
    let runs = tensors(&[3]);
    let parts = [part([0.0, 4.0], &ADAM), part([4.0, f64::INFINITY], &ADAGRAD)];
    let (optimizer, after) = path(&parts, &runs, &[2, 2], 5);
    assert_eq!(optimizer.slots.len(), 2);
    // The first update of Adagrad: s = 0.5 + g².
    let mut stream = Lcg(5);
    let gradients: Vec<f32> = (0..18).map(|_| stream.next(1.0)).skip(15).collect();
    for i in 0..3 {
        let g = f64::from(gradients[i]);
        let want = f64::from(after[4][i]) - 0.1 * g / (0.5 + g * g).sqrt();
        assert!((f64::from(after[5][i]) - want).abs() < 1e-6, "{i}");
    }
}

#[test]
fn rules_side_by_side_share_slots_and_do_not_disturb_each_other() {
    let runs = tensors(&[3, 5]);
    let (both, after) = path(&[part(ALWAYS, &ADAM), part(ALWAYS, &SGD)], &runs, &[2, 0, 0, 2], 9);
    assert_eq!(both.slots.len(), 2);
    let (_, adam) = path(&[part(ALWAYS, &ADAM)], &runs, &[2, 2], 9);
    let (_, sgd) = path(&[part(ALWAYS, &SGD)], &runs, &[2, 2], 9);
    assert_eq!(after[9][..3], adam[9][..3]);
    assert_eq!(after[9][3..], sgd[9][3..]);
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
    assert!(optimizer.average(&runs, &after[12], &mut point));
    assert!(point.iter().zip(&mean).all(|(&got, want)| (f64::from(got) - want).abs() < 1e-6), "{point:?} {mean:?}");
}

#[test]
fn only_averaged_tensors_are_evaluated_elsewhere_and_only_after_an_update() {
    let runs = tensors(&[3, 5]);
    let parts = [part(ALWAYS, &SGD), part(ALWAYS, &EMA)];
    let members = [2, 2, 0, 2];
    let mut point = Vec::new();
    assert!(!optimizer(&parts, 8, &members).unwrap().average(&runs, &[1.0; 8], &mut point));
    let (mut optimizer, after) = path(&parts, &runs, &members, 3);
    assert!(optimizer.average(&runs, &after[3], &mut point));
    assert_eq!(point[..3], after[3][..3]);
    assert!(point[3..].iter().zip(&after[3][3..]).all(|(mean, last)| (mean - last).abs() > 1e-3));
    optimizer.average_anew(&runs, &after[0], &runs[1].range);
    optimizer.average(&runs, &after[3], &mut point);
    assert_eq!(point[3..], after[0][3..]);
}
