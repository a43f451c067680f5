//! Trains a network for a number of steps, natively and alone: what bench/instructions.mjs counts the instructions of.
//!
//! It reads JSON from the standard input: the encoded `model`, `optimizer` and `members` (null is ∞), `x`, `y` (classes, or
//! numbers where `values`), `rows`, `batch`, `steps` and `rate`.

use nn::config::Reader;
use nn::fit::{Dataset, Fit, Labels, Options};
use nn::model::Model;
use serde_json::Value;
use std::rc::Rc;

fn numbers(of: &Value) -> Vec<f64> {
    let list = of.as_array().expect("a list of numbers");
    list.iter().map(|number| number.as_f64().unwrap_or(f64::INFINITY)).collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole numbers and single floats, as they were
fn main() {
    let given: Value = serde_json::from_reader(std::io::stdin()).expect("JSON");
    let count = |key: &str| given[key].as_u64().expect("a whole number");
    let mut model = Model::read(&mut Reader::new(&numbers(&given["model"]))).expect("a model");
    let members: Vec<u8> = numbers(&given["members"]).into_iter().map(|member| member as u8).collect();
    model.set_optimizer(&mut Reader::new(&numbers(&given["optimizer"])), &members).expect("an optimizer");
    let singles = |key: &str| numbers(&given[key]).into_iter().map(|x| x as f32).collect::<Vec<f32>>();
    let labels = if given["values"].as_bool().expect("a flag") {
        Labels::Values(singles("y"))
    } else {
        Labels::Classes(numbers(&given["y"]).into_iter().map(|class| class as u32).collect())
    };
    let (rows, steps) = (count("rows") as usize, count("steps") as usize);
    let data = Rc::new(Dataset { x: singles("x"), rows, labels, sample_weight: None });
    let options = Options {
        rows,
        batch: count("batch") as usize,
        accumulate: 1,
        shuffle: true,
        epochs: u64::MAX,
        class_weight: None,
    };
    let row = [given["rate"].as_f64().expect("a rate"), f64::NAN];
    let rates: Vec<f64> = row.iter().copied().cycle().take(2 * steps).collect();
    let (made, stop) = Fit::new(data, options).expect("data that fit").run(&mut model, &rates, false);
    assert_eq!(made, steps, "{stop:?}");
}
