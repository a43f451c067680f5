//! Every rule against PyTorch (or its plain equation) over 200 steps of changing gradients: test/golden/README.md.

#![allow(clippy::cast_possible_truncation)] // small counts from the golden file

use super::*;
use serde_json::Value;

const SHAPES: [usize; 3] = [35, 6, 1];
const LEN: usize = 42;

/// What the facade would send for a configuration: its number in the table and its settings, defaults filled in.
fn encode(config: &Value) -> Vec<f64> {
    let number = |name: &str, default: f64| config.get(name).map_or(default, |v| v.as_f64().unwrap());
    let flag =
        |name: &str, default: bool| f64::from(u8::from(config.get(name).map_or(default, |v| v.as_bool().unwrap())));
    match config["type"].as_str().unwrap() {
        "sgd" => {
            let form = ["torch", "keras", "ema"]
                .iter()
                .position(|form| *form == config.get("form").map_or("torch", |v| v.as_str().unwrap()));
            let momentum = number("momentum", 0.0);
            vec![
                0.0,
                momentum,
                number("dampening", 0.0),
                flag("nesterov", false),
                number("weightDecay", 0.0),
                form.unwrap() as f64,
            ]
        }
        "adagrad" => vec![
            1.0,
            number("epsilon", 1e-10),
            number("initialAccumulator", 0.0),
            number("learningRateDecay", 0.0),
            number("weightDecay", 0.0),
            flag("epsilonInside", false),
        ],
        "rmsprop" => vec![
            2.0,
            number("rho", 0.99),
            number("epsilon", 1e-8),
            number("momentum", 0.0),
            flag("centered", false),
            number("weightDecay", 0.0),
            flag("epsilonInside", false),
        ],
        rule => vec![
            if rule == "adam" { 3.0 } else { 4.0 },
            number("beta1", 0.9),
            number("beta2", 0.999),
            number("epsilon", 1e-8),
            number("weightDecay", if rule == "adam" { 0.0 } else { 0.01 }),
            flag("amsgrad", false),
            flag("biasCorrection", true),
            flag("epsilonHat", false),
        ],
    }
}

fn default_rate(config: &Value) -> f64 {
    let default = if config["type"].as_str().unwrap().starts_with("adam") { 1e-3 } else { 0.01 };
    config.get("learningRate").map_or(default, |v| v.as_f64().unwrap())
}

/// The inputs' generator, exact in f32.
struct Lcg(u32);

impl Lcg {
    fn next(&mut self, scale: f32) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as f32 / 16_777_216.0 * 2.0 - 1.0) * scale
    }
}

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test/golden/optimizers.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Weight decay by tensor: what `excludeFromDecay` names (here by index) does not decay.
fn runs(config: &Value) -> Vec<Run> {
    let excluded: Vec<usize> = match config.get("excludeFromDecay") {
        None => Vec::new(),
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().unwrap().parse().unwrap()).collect(),
        Some(name) => vec![name.as_str().unwrap().parse().unwrap()],
    };
    let mut start = 0;
    Run::join(SHAPES.iter().enumerate().map(|(i, len)| {
        let range = start..start + len;
        start += len;
        Run { range, trained: true, decays: !excluded.contains(&i) }
    }))
}

/// The largest difference to the reference over all checkpoints, relative to the largest |θ| of its tensor so far.
fn worst(golden: &Value, case: &Value, from_step: usize) -> f64 {
    let config = &case["optimizer"];
    let numbers = encode(config);
    let mut optimizer = Optimizer::read(&mut Reader::new(&numbers), LEN).unwrap();
    let mut start = Lcg(1);
    let mut parameters: Vec<f32> = (0..LEN).map(|_| start.next(1.0)).collect();
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
        let mut gradients: Vec<f32> = (0..LEN).map(|_| stream.next(scale)).collect();
        if zero.iter().any(|&(first, last)| (first..=last).contains(&t)) {
            gradients.fill(0.0);
        }
        let rate =
            case["learningRates"].as_array().map_or(default_rate(config), |rates| rates[t - 1].as_f64().unwrap());
        optimizer.step(&runs(config), &mut parameters, &gradients, rate);
        let Some(at) = checkpoints.iter().position(|&checkpoint| checkpoint == t && t >= from_step) else { continue };
        let mut offset = 0;
        for (tensor, len) in SHAPES.iter().enumerate() {
            let largest = case["largest"][at][tensor].as_f64().unwrap();
            for i in 0..*len {
                let want = case["parameters"][at][tensor][i].as_f64().unwrap();
                worst = worst.max((f64::from(parameters[offset + i]) - want).abs() / largest);
            }
            offset += len;
        }
    }
    worst
}

#[test]
fn every_rule_follows_its_reference_over_200_steps() {
    let golden = golden();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 20, "the golden file lost its cases");
    for case in cases {
        // numerics.md: plain f32 with scalars in f64 stays at 5e-7 to 4e-6 of the reference.
        let difference = worst(&golden, case, 1);
        assert!(difference <= 5e-6, "{}: {difference:e}", case["name"]);
    }
}

#[test]
fn a_rule_with_another_setting_does_not_pass_for_the_reference() {
    let mut golden = golden();
    let cases = golden["cases"].as_array_mut().unwrap();
    let mut tried = 0;
    for case in cases.clone() {
        for (setting, value) in
            [("beta1", 0.8), ("beta2", 0.99), ("rho", 0.95), ("epsilon", 1e-3), ("weightDecay", 0.3)]
        {
            let rule = case["optimizer"]["type"].as_str().unwrap();
            let has = match setting {
                "beta1" | "beta2" => rule.starts_with("adam"),
                "rho" => rule == "rmsprop",
                "epsilon" => rule != "sgd",
                _ => true,
            };
            if !has || case["optimizer"][setting] == value {
                continue;
            }
            let mut mutant = case.clone();
            mutant["optimizer"][setting] = value.into();
            let difference = worst(&golden, &mutant, 50);
            assert!(difference > 5e-5, "{} with {setting} {value}: {difference:e}", case["name"]);
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried} mutants");
}

#[test]
fn frozen_runs_stay_and_keep_their_state() {
    let mut optimizer = Optimizer::read(&mut Reader::new(&[3.0, 0.9, 0.999, 1e-8, 0.0, 0.0, 1.0, 0.0]), 10).unwrap();
    let runs = [Run { range: 0..5, trained: false, decays: true }, Run { range: 5..10, trained: true, decays: true }];
    let mut parameters = [1.0; 10];
    optimizer.step(&runs, &mut parameters, &[1.0; 10], 0.1);
    assert_eq!(parameters[..5], [1.0; 5]);
    assert_eq!(optimizer.slots[0][..5], [0.0; 5]);
    assert!(parameters[5..].iter().all(|p| (p - 0.9).abs() < 1e-6), "{parameters:?}");
}

#[test]
fn a_configuration_that_ends_early_or_names_no_rule_is_refused() {
    assert_eq!(Optimizer::read(&mut Reader::new(&[3.0, 0.9]), 4).err(), Some(Error::Config));
    assert_eq!(Optimizer::read(&mut Reader::new(&[99.0]), 4).err(), Some(Error::Config));
}
