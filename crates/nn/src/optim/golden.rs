//! Every rule and wrapper against its reference over 200 steps of changing gradients: test/golden/README.md.
//!
//! A test for each, so that each can fail by itself: `scripts/mutants.mjs` reads which do.

#![allow(clippy::cast_possible_truncation)] // small counts from the golden files

use super::*;
use serde_json::Value;

pub(super) const RULES: &str = "shared/optimizer-rules.json";
const GOLDEN: [&str; 3] = ["golden/optimizers.json", "golden/wrappers.json", "golden/presets.json"];

/// The presets, in the order of their codes; 0 is torch's form.
const PRESETS: [&str; 3] = ["", "keras", "optax"];

/// Plain f32 with scalars in f64 stays at 5e-7 to 4e-6 of the reference. Prodigy's rate feeds back into itself.
fn bound(kind: &str) -> f64 {
    if kind == "prodigy" { 2e-3 } else { 5e-6 }
}

/// Settings that no case may have without showing it.
const SETTINGS: [(&str, f64); 9] = [
    ("beta1", 0.8),
    ("beta2", 0.97),
    ("rho", 0.95),
    ("epsilon", 2e-3),
    ("weightDecay", 0.3),
    ("momentumDecay", 0.1),
    ("trustCoefficient", 2e-3),
    ("lambda", 0.01),
    ("alpha", 0.5),
];

/// Where a setting is not used, or counts for less than rounding.
const WITHOUT_EFFECT: [(&str, &str); 5] = [
    ("radam, beta2 0.5: never rectified", "epsilon"),
    ("lars, large rate, weight decay, first tensor excluded", "weightDecay"),
    ("lars, defaults", "epsilon"),
    ("asgd, defaults", "alpha"),
    ("muon, large weight decay, first tensor excluded", "weightDecay"),
];

pub(super) fn read(path: &str) -> Value {
    let path = format!("{}/../../test/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// A rule's place in the table, and its row in the table of the tests.
fn row<'a>(rules: &'a Value, config: &Value) -> (usize, &'a Value) {
    let is_its = |row: &&Value| row["type"] == config["type"];
    list(rules).iter().enumerate().find(|(_, row)| is_its(row)).unwrap()
}

/// The option of that name in a row.
pub(super) fn option<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    list(&row["options"]).iter().find(|option| option[0] == name)
}

/// The defaults that the preset of a config sets.
fn preset<'a>(row: &'a Value, config: &Value) -> &'a Value {
    config["preset"].as_str().map_or(&Value::Null, |name| &row["presets"][name])
}

/// What the facade would send for a rule: its place in the table and its settings, defaults filled in.
pub(super) fn encode(rules: &Value, config: &Value) -> Vec<f64> {
    let (place, row) = row(rules, config);
    let mut numbers = vec![place as f64];
    for option in list(&row["options"]) {
        let words = &list(option)[1..];
        let name = option[0].as_str().unwrap();
        let value = config.get(name).or(preset(row, config).get(name)).unwrap_or(&words[0]);
        match value {
            Value::Bool(flag) => numbers.push(f64::from(u8::from(*flag))),
            Value::String(_) => numbers.push(words.iter().position(|word| word == value).unwrap() as f64),
            // An optimizer inside is a part of its own.
            Value::Object(_) => {}
            Value::Array(several) => numbers.extend(several.iter().map(|x| x.as_f64().unwrap())),
            one => numbers.push(one.as_f64().unwrap()),
        }
    }
    numbers
}

/// The inputs' generator, exact in f32.
pub(super) struct Lcg(pub(super) u32);

impl Lcg {
    pub(super) fn next(&mut self, scale: f32) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as f32 / 16_777_216.0 * 2.0 - 1.0) * scale
    }
}

/// A part for the updates in `span`, in torch's form.
pub(super) fn part(span: [f64; 2], rule: &[f64]) -> Vec<f64> {
    in_form(0.0, span, rule)
}

/// The same in the form with this code.
fn in_form(form: f64, span: [f64; 2], rule: &[f64]) -> Vec<f64> {
    [&span[..], &[form], rule].concat()
}

pub(super) const ALWAYS: [f64; 2] = [0.0, f64::INFINITY];

pub(super) fn optimizer(parts: &[Vec<f64>], runs: &[Run], members: &[u8]) -> Result<Optimizer, Error> {
    let numbers = [vec![parts.len() as f64], parts.concat()].concat();
    Optimizer::read(&mut Reader::new(&numbers), runs.to_vec(), members)
}

/// What a configuration becomes: parts, their members, and the rate of each.
#[derive(Default)]
struct Parts {
    numbers: Vec<Vec<f64>>,
    members: Vec<u8>,
    rates: Vec<f64>,
    /// Which tensors have two dimensions.
    kernels: Vec<bool>,
}

impl Parts {
    /// Adds the parts of `config` for the tensors that `mine` marks, the inner before the outer.
    fn add(&mut self, rules: &Value, config: &Value, span: [f64; 2], mine: &[bool]) {
        let averages = |share: f64, every: f64, pulls: f64| part(span, &[AVERAGE as f64, 0.0, every, share, pulls]);
        let number = |name: &str| config[name].as_f64().unwrap();
        match config["type"].as_str().unwrap() {
            "lookahead" => {
                self.add(rules, &config["optimizer"], span, mine);
                self.push(averages(number("alpha"), number("k"), 1.0), 0.0, mine, &[]);
            }
            "ema" => {
                self.add(rules, &config["optimizer"], span, mine);
                self.push(averages(1.0 - number("decay"), 1.0, 0.0), 0.0, mine, &[]);
            }
            "switchAt" => {
                let at = span[0] + number("step");
                self.add(rules, &config["first"], [span[0], at.min(span[1])], mine);
                self.add(rules, &config["second"], [at, span[1]], mine);
            }
            "perParameter" => {
                let mut left = mine.to_vec();
                for rule in list(&config["rules"]) {
                    let picks = |tensor: usize| rule[0] == "*" || rule[0].as_str() == Some(&tensor.to_string());
                    let own: Vec<bool> = left.iter().enumerate().map(|(tensor, &is)| is && picks(tensor)).collect();
                    for (left, own) in left.iter_mut().zip(&own) {
                        *left &= !own;
                    }
                    self.add(rules, &rule[1], span, &own);
                }
            }
            "muon" if mine.iter().zip(&self.kernels).any(|(&is, &kernel)| is && !kernel) => {
                let part =
                    |kernel: bool| mine.iter().zip(&self.kernels).map(|(&is, &own)| is && own == kernel).collect();
                let (kernels, others): (Vec<bool>, Vec<bool>) = (part(true), part(false));
                self.add(rules, config, span, &kernels);
                let mut rest = config
                    .get("adamw")
                    .or(preset(row(rules, config).1, config).get("adamw"))
                    .cloned()
                    .unwrap_or_else(|| serde_json::json!({}));
                rest["type"] = "adamw".into();
                rest["excludeFromDecay"] = config["excludeFromDecay"].clone();
                self.add(rules, &rest, span, &others);
            }
            _ => {
                let row = row(rules, config).1;
                let set = preset(row, config).get("learningRate");
                let rate = config.get("learningRate").or(set).unwrap_or(&row["learningRate"]);
                let form = PRESETS.iter().position(|&name| config["preset"].as_str().unwrap_or("") == name).unwrap();
                let excluded = list(&config["excludeFromDecay"]);
                self.push(in_form(form as f64, span, &encode(rules, config)), rate.as_f64().unwrap(), mine, excluded);
            }
        }
    }

    /// `excluded` names tensors by their place, as a bare `Optimizer` does.
    fn push(&mut self, numbers: Vec<f64>, rate: f64, mine: &[bool], excluded: &[Value]) {
        self.numbers.push(numbers);
        self.rates.push(rate);
        self.members.extend(mine.iter().enumerate().map(|(tensor, &is)| match is {
            true if excluded.iter().any(|name| name.as_str() == Some(&tensor.to_string())) => 1,
            true => 2,
            false => 0,
        }));
    }
}

/// The tensors of a golden file.
fn runs(shapes: &Value) -> Vec<Run> {
    let mut start = 0;
    let run = |shape: &Value| {
        let shape: Vec<usize> = list(shape).iter().map(count).collect();
        let run = Run::new(start, &shape, true);
        start = run.range.end;
        run
    };
    list(shapes).iter().map(run).collect()
}

/// The largest difference to the reference over all checkpoints from `from_step` on, relative to the largest |θ| of its
/// tensor so far, of the parameters and of the averages to evaluate with.
fn worst(rules: &Value, golden: &Value, case: &Value, from_step: usize) -> f64 {
    let runs = runs(&golden["shapes"]);
    let len = runs.last().unwrap().range.end;
    let kernels = runs.iter().map(|run| run.dimensions == 2).collect();
    let mut parts = Parts { kernels, ..Parts::default() };
    parts.add(rules, &case["optimizer"], ALWAYS, &vec![true; runs.len()]);
    let mut optimizer = optimizer(&parts.numbers, &runs, &parts.members).unwrap();
    let mut start = Lcg(count(&golden["start"]["seed"]) as u32);
    let mut parameters: Vec<f32> = (0..len).map(|_| start.next(1.0)).collect();
    for tensor in list(&case["zeroStart"]) {
        parameters[runs[count(tensor)].range.clone()].fill(0.0);
    }
    let mut stream = Lcg(count(&golden["gradient"]["seed"]) as u32);
    let exponents = list(&golden["gradient"]["exponents"]);
    let checkpoints: Vec<usize> = list(&golden["checkpoints"]).iter().map(count).collect();
    let mut evaluated = Vec::new();
    let mut worst: f64 = 0.0;
    for t in 1..=count(&golden["steps"]) {
        let scale = 2.0_f32.powi(exponents[(t - 1) % exponents.len()].as_i64().unwrap() as i32);
        let mut gradients: Vec<f32> = (0..len).map(|_| stream.next(scale)).collect();
        if list(&case["zeroGradients"]).iter().any(|pair| (count(&pair[0])..=count(&pair[1])).contains(&t)) {
            gradients.fill(0.0);
        }
        let pull = case["pull"].as_f64().unwrap_or(0.0);
        gradients.iter_mut().zip(&parameters).for_each(|(g, &p)| *g = (f64::from(*g) + pull * f64::from(p)) as f32);
        let given = case["learningRates"].as_array().map(|rates| rates[t - 1].as_f64().unwrap());
        let numbers: Vec<f64> = parts.rates.iter().flat_map(|&rate| [given.unwrap_or(rate), f64::NAN]).collect();
        optimizer.step(&mut parameters, &gradients, &numbers);
        let Some(at) = checkpoints.iter().position(|&checkpoint| checkpoint == t && t >= from_step) else { continue };
        if !optimizer.average(&parameters, &mut evaluated) {
            evaluated.clone_from(&parameters);
        }
        let wanted = &case["parameters"][at];
        let averaged = if case["evaluation"].is_null() { wanted } else { &case["evaluation"][at] };
        for (tensor, run) in runs.iter().enumerate() {
            let largest = case["largest"][at][tensor].as_f64().unwrap();
            for (got, want) in [(&parameters, wanted), (&evaluated, averaged)] {
                assert_eq!(list(&want[tensor]).len(), run.range.len());
                for (&got, want) in got[run.range.clone()].iter().zip(list(&want[tensor])) {
                    let difference = (f64::from(got) - want.as_f64().unwrap()).abs() / largest;
                    worst = if difference.is_nan() { f64::INFINITY } else { worst.max(difference) };
                }
            }
        }
    }
    worst
}

/// Fails for the first case of a rule that strays from its reference.
fn follows(kind: &str) {
    let rules = read(RULES);
    let mut cases = 0;
    for golden in GOLDEN.map(read) {
        for case in list(&golden["cases"]).iter().filter(|case| case["optimizer"]["type"] == kind) {
            let difference = worst(&rules, &golden, case, 1);
            assert!(difference <= bound(kind), "{}: {difference:e}", case["name"]);
            cases += 1;
        }
    }
    assert!(cases >= 3, "{cases} cases");
}

macro_rules! every_rule_follows_its_reference {
    ($($name:ident is $kind:literal),*) => {
        $(#[test]
        fn $name() {
            follows($kind);
        })*

        #[test]
        fn no_rule_is_without_a_test() {
            let tested = [$($kind),*];
            for row in list(&read(RULES)) {
                assert!(tested.contains(&row["type"].as_str().unwrap()), "{}", row["type"]);
            }
            for case in GOLDEN.map(read).iter().flat_map(|golden| list(&golden["cases"])) {
                assert!(tested.contains(&case["optimizer"]["type"].as_str().unwrap()), "{}", case["name"]);
            }
        }
    };
}

every_rule_follows_its_reference!(
    sgd is "sgd",
    adagrad is "adagrad",
    rmsprop is "rmsprop",
    adadelta is "adadelta",
    adam is "adam",
    adamw is "adamw",
    adamax is "adamax",
    nadam is "nadam",
    radam is "radam",
    lion is "lion",
    lars is "lars",
    lamb is "lamb",
    rprop is "rprop",
    asgd is "asgd",
    adabelief is "adabelief",
    yogi is "yogi",
    adan is "adan",
    schedule_free_adam_w is "scheduleFreeAdamW",
    prodigy is "prodigy",
    adafactor is "adafactor",
    muon is "muon",
    lookahead is "lookahead",
    ema is "ema",
    switch_at is "switchAt",
    per_parameter is "perParameter"
);

#[test]
fn a_rule_with_another_setting_does_not_pass_for_the_reference() {
    let (rules, golden) = (read(RULES), read(GOLDEN[0]));
    let mut tried = 0;
    for case in list(&golden["cases"]) {
        let (_, row) = row(&rules, &case["optimizer"]);
        let name = case["name"].as_str().unwrap();
        for (setting, value) in SETTINGS {
            // Muon's stands beside a norm, which is larger.
            let has = option(row, setting).is_some() && (row["type"] != "muon" || setting != "epsilon");
            if !has || case["optimizer"][setting] == value || WITHOUT_EFFECT.contains(&(name, setting)) {
                continue;
            }
            let mut other = case.clone();
            other["optimizer"][setting] = value.into();
            let difference = worst(&rules, &golden, &other, 50);
            assert!(difference > 1.5e-5, "{name} with {setting} {value}: {difference:e}");
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried} settings");
}
