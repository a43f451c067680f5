//! Every rule against PyTorch (or its plain equation) over 200 steps of changing gradients: test/golden/README.md.

#![allow(clippy::cast_possible_truncation)] // small counts from the golden file

use super::*;
use serde_json::Value;

const RULES: &str = "shared/optimizer-rules.json";
const GOLDEN: &str = "golden/optimizers.json";

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
    let (rules, golden) = (read(RULES), read(GOLDEN));
    let cases = golden["cases"].as_array().unwrap();
    for case in cases {
        // numerics.md: plain f32 with scalars in f64 stays at 5e-7 to 4e-6 of the reference.
        let difference = worst(&rules, &golden, case, 1);
        assert!(difference <= 5e-6, "{}: {difference:e}", case["name"]);
    }
    for rule in rules.as_array().unwrap() {
        assert!(cases.iter().any(|case| case["optimizer"]["type"] == rule["type"]), "{} has no case", rule["type"]);
    }
}

#[test]
fn a_rule_with_another_setting_does_not_pass_for_the_reference() {
    let (rules, golden) = (read(RULES), read(GOLDEN));
    let mut tried = 0;
    for case in golden["cases"].as_array().unwrap() {
        let (_, row) = row(&rules, &case["optimizer"]);
        for (setting, value) in
            [("beta1", 0.8), ("beta2", 0.99), ("rho", 0.95), ("epsilon", 1e-3), ("weightDecay", 0.3)]
        {
            let has = row["options"].as_array().unwrap().iter().any(|option| option[0] == setting);
            if !has || case["optimizer"][setting] == value {
                continue;
            }
            let mut mutant = case.clone();
            mutant["optimizer"][setting] = value.into();
            let difference = worst(&rules, &golden, &mutant, 50);
            assert!(difference > 5e-5, "{} with {setting} {value}: {difference:e}", case["name"]);
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried} mutants");
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
