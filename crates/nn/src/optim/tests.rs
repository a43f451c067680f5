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

/// Weight decay by tensor: what `excludeFromDecay` names (here by index) does not decay.
fn runs(shapes: &Value, config: &Value) -> Vec<Run> {
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
        Run { range, trained: true, decays: !excluded.contains(&i), dimensions: sizes.len() }
    };
    shapes.as_array().unwrap().iter().enumerate().map(run).collect()
}

/// The largest difference to the reference over all checkpoints, relative to the largest |θ| of its tensor so far.
fn worst(rules: &Value, golden: &Value, case: &Value, from_step: usize) -> f64 {
    let config = &case["optimizer"];
    let numbers = encode(rules, config);
    let default_rate = &row(rules, config).1["learningRate"];
    let rate = config.get("learningRate").unwrap_or(default_rate).as_f64().unwrap();
    let runs = runs(&golden["shapes"], config);
    let len = runs.last().unwrap().range.end;
    let mut optimizer = Optimizer::read(&mut Reader::new(&numbers), len).unwrap();
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
        optimizer.step(&runs, &mut parameters, &gradients, rate);
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
                let has = row["options"].as_array().unwrap().iter().any(|option| option[0] == setting);
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

#[test]
fn asgd_averages_from_t0_on() {
    // Λ = 0 and η = 1: θ after update t is −t. The average is θ up to update t₀ + 2, then the mean of all from there on.
    let mut optimizer = Optimizer::read(&mut Reader::new(&[13.0, 0.0, 0.0, 0.75, 3.0]), 5).unwrap();
    let runs = [Run { range: 0..5, trained: true, decays: true, dimensions: 1 }];
    let mut parameters = [0.0; 5];
    for t in 1_u8..=20 {
        optimizer.step(&runs, &mut parameters, &[1.0; 5], 1.0);
        let first = f64::from(t.min(5));
        let want = -(first + f64::from(t)) / 2.0;
        for average in &optimizer.slots[0] {
            assert!((f64::from(*average) - want).abs() < 1e-5, "after {t}: {average}, not {want}");
        }
    }
}

#[test]
fn nadam_goes_on_from_a_saved_count_as_if_it_had_made_the_steps() {
    let read = || Optimizer::read(&mut Reader::new(&[7.0, 0.0, 0.9, 0.999, 1e-8, 4e-3]), 4).unwrap();
    let runs = [Run { range: 0..4, trained: true, decays: true, dimensions: 1 }];
    let (mut whole, mut resumed) = (read(), read());
    let mut parameters = [1.0; 4];
    let gradient = |t: u8| [f32::from(t), -1.0, 0.5, 1.0 / f32::from(t)];
    for t in 1..10 {
        whole.step(&runs, &mut parameters, &gradient(t), 0.01);
    }
    resumed.slots.clone_from(&whole.slots);
    resumed.steps = whole.steps;
    let mut other = parameters;
    whole.step(&runs, &mut parameters, &gradient(10), 0.01);
    resumed.step(&runs, &mut other, &gradient(10), 0.01);
    assert_eq!(parameters.map(f32::to_bits), other.map(f32::to_bits));
}

#[test]
fn norms_are_taken_of_each_tensor_alone() {
    // Under LARS and LAMB two tensors of one block go as if each were alone.
    for settings in [&[10.0, 0.1, 0.9, 1e-3, 1e-8][..], &[11.0, 0.1, 0.9, 0.999, 1e-6]] {
        let run = |range| Run { range, trained: true, decays: true, dimensions: 2 };
        let values = [3.0, -1.0, 0.5, 2.0, 1e-3, 2e-3, -4e-3, 1e-3, 5e-3];
        let gradients = [1e-3, 2e-3, -1e-3, 3e-3, 10.0, -20.0, 5.0, 1.0, 2.0];
        let mut together = values;
        let mut optimizer = Optimizer::read(&mut Reader::new(settings), 9).unwrap();
        optimizer.step(&[run(0..4), run(4..9)], &mut together, &gradients, 0.1);
        for range in [0..4, 4..9] {
            let mut alone = values[range.clone()].to_vec();
            let mut optimizer = Optimizer::read(&mut Reader::new(settings), alone.len()).unwrap();
            optimizer.step(&[run(0..alone.len())], &mut alone, &gradients[range.clone()], 0.1);
            assert_eq!(alone, together[range]);
        }
    }
}

#[test]
fn frozen_runs_stay_and_keep_their_state() {
    let mut optimizer = Optimizer::read(&mut Reader::new(&[3.0, 0.0, 0.9, 0.999, 1e-8, 0.0, 1.0, 0.0]), 10).unwrap();
    let runs = [
        Run { range: 0..5, trained: false, decays: true, dimensions: 1 },
        Run { range: 5..10, trained: true, decays: true, dimensions: 1 },
    ];
    let mut parameters = [1.0; 10];
    optimizer.step(&runs, &mut parameters, &[1.0; 10], 0.1);
    assert_eq!(parameters[..5], [1.0; 5]);
    assert_eq!(optimizer.slots[0][..5], [0.0; 5]);
    assert!(parameters[5..].iter().all(|p| (p - 0.9).abs() < 1e-6), "{parameters:?}");
}

#[test]
fn a_configuration_that_ends_early_or_names_no_rule_is_refused() {
    assert_eq!(Optimizer::read(&mut Reader::new(&[3.0, 0.0, 0.9]), 4).err(), Some(Error::Config));
    assert_eq!(Optimizer::read(&mut Reader::new(&[99.0, 0.0]), 4).err(), Some(Error::Config));
}
