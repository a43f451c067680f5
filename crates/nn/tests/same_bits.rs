//! Native code gives the bits that every JavaScript engine gives: the networks of `test/same-bits/expected.json`, which
//! the facade wrote, replayed from the numbers as which they cross the boundary.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // small counts and exact numbers from the file

use nn::config::Reader;
use nn::fit::{Dataset, Fit, Labels, Options, Stop};
use nn::model::Model;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::rc::Rc;

/// The upper 24 bits of a generator modulo 2³², as in `train.mjs`.
fn words(count: usize, seed: u32) -> impl Iterator<Item = u32> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(next(&seed), next).map(|state| state >> 8).take(count)
}

/// Numbers in [−1, 1), multiples of 2⁻²³.
fn values(count: usize, seed: u32) -> Vec<f32> {
    words(count, seed).map(|word| word as f32 / 8_388_608.0 - 1.0).collect()
}

fn count(case: &Value, name: &str) -> usize {
    case[name].as_u64().unwrap_or_else(|| panic!("{name} in {case}")) as usize
}

/// JSON has no infinity and no NaN: they stand there as words.
fn numbers(list: &Value) -> Vec<f64> {
    let number = |x: &Value| x.as_f64().unwrap_or_else(|| x.as_str().unwrap().parse().unwrap());
    list.as_array().unwrap().iter().map(number).collect()
}

fn dataset(case: &Value) -> Dataset {
    let (rows, columns, inputs) = (count(case, "rows"), count(case, "columns"), count(case, "inputs"));
    let classes: Vec<u32> = words(rows, 2).map(|word| (word >> 8) % columns as u32).collect();
    let cells = || words(rows * columns, 3).map(|word| word >> 22);
    let labels = match case["targets"].as_str().unwrap() {
        "values" => Labels::Values(values(rows * columns, 4)),
        "classes" => Labels::Classes(classes),
        "oneHot" => {
            let is_class = |i: usize| classes[i / columns] as usize == i % columns;
            Labels::Values((0..rows * columns).map(|i| f32::from(u8::from(is_class(i)))).collect())
        }
        "flags" => Labels::Values(cells().map(|cell| (cell & 1) as f32).collect()),
        "signs" => Labels::Values(cells().map(|cell| 2.0 * (cell & 1) as f32 - 1.0).collect()),
        "counts" => Labels::Values(cells().map(|cell| cell as f32).collect()),
        other => panic!("{other}"),
    };
    let weights = || words(rows, 5).map(|word| (word + 1) as f32 / 16_777_216.0).collect();
    let sample_weight = case["weighted"].as_bool().unwrap().then(weights);
    Dataset { x: values(rows * inputs, 1), rows, labels, sample_weight }
}

/// Trains the network in stretches of `pause` updates at most; returns the log of its epochs and the model.
fn train(case: &Value, pause: usize) -> (Vec<f64>, Model, Rc<Dataset>) {
    let encoded = &case["encoded"];
    let mut model = Model::read(&mut Reader::new(&numbers(&encoded["model"]))).expect("a model");
    let members: Vec<u8> = numbers(&encoded["members"]).iter().map(|&member| member as u8).collect();
    let optimizer = numbers(&encoded["optimizer"]);
    model.set_optimizer(&mut Reader::new(&optimizer), &members).expect("an optimizer");
    let class_weight = case["classWeight"]
        .as_array()
        .map(|weights| weights.iter().map(|weight| weight.as_f64().unwrap() as f32).collect());
    let data = Rc::new(dataset(case));
    let (rows, batch, accumulate) = (data.rows, count(case, "batch"), count(case, "accumulate"));
    let options =
        Options { rows, batch, accumulate, shuffle: true, epochs: count(case, "epochs") as u64, class_weight };
    let mut fit = Fit::new(Rc::clone(&data), options).expect("a fit");
    let (steps, width) = (count(case, "steps"), model.optimizer.row_len());
    // Constant rates stand there once.
    let rates: Vec<f64> = numbers(&encoded["rates"]).into_iter().cycle().take(steps * width).collect();
    let mut log = Vec::new();
    for rates in rates.chunks(pause * width) {
        let (_, stop) = fit.run(&mut model, rates, false);
        assert!(matches!(stop, Stop::Rates | Stop::Done), "{}: {stop:?}", case["name"]);
        log.extend(fit.take_log());
    }
    (log, model, data)
}

fn sha256(bytes: impl Iterator<Item = u8>) -> String {
    let bytes: Vec<u8> = bytes.collect();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bits<'a>(numbers: impl Iterator<Item = &'a f32>) -> String {
    sha256(numbers.flat_map(|x| x.to_le_bytes()))
}

#[test]
fn native_training_gives_the_bits_of_every_engine() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test/same-bits/expected.json");
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() > 15, "{}", cases.len());
    for case in cases {
        for pause in [200, 7] {
            let (log, mut model, data) = train(case, pause);
            let place = format!("{}, {pause} updates a call, loss {:?}", case["name"], log.last());
            let parameters: Vec<f32> = model.parameters.specs.iter().flat_map(|spec| tensor(&model, spec)).collect();
            let slots = model.optimizer.slots.iter().flatten();
            let counters = [model.optimizer.steps, model.passes, model.epochs].map(|counter| counter as f32);
            let optimizer = bits(slots.chain(&counters));
            let sums = &case["sums"];
            assert_eq!(sums["loss"], sha256(log.iter().flat_map(|x| x.to_le_bytes())), "loss, {place}");
            assert_eq!(sums["parameters"], bits(parameters.iter()), "parameters, {place}");
            assert_eq!(sums["optimizer"], optimizer, "optimizer, {place}");
            model.predict(&data.x, data.rows);
            assert_eq!(sums["predictions"], bits(model.predictions().iter()), "predictions, {place}");
        }
    }
}

fn tensor(model: &Model, spec: &nn::params::Spec) -> Vec<f32> {
    let block = if spec.is_weight { &model.parameters.values } else { &model.parameters.statistics };
    block[spec.range()].to_vec()
}
