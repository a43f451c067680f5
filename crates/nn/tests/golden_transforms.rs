//! Gradient transforms against torch, Optax and their equations in f64: `transforms` of test/golden/functions.json.

#![allow(clippy::cast_possible_truncation)] // small counts and exact numbers from the golden file

use nn::config::{Initializer, InitializerKind, Reader, Regularizer};
use nn::params::{Parameters, Role};
use nn::transform::{Moment, Transform};
use serde_json::Value;

/// What the facade would send, defaults filled in.
fn read(config: &Value) -> Transform {
    let number = |name: &str, default: f64| config.get(name).map_or(default, |v| v.as_f64().unwrap());
    let numbers = match config["type"].as_str().unwrap() {
        "clipByValue" => vec![0.0, number("value", f64::NAN)],
        "clipByNorm" => vec![1.0, number("maxNorm", f64::NAN)],
        "clipByGlobalNorm" => vec![2.0, number("maxNorm", f64::NAN)],
        "adaptiveClip" => vec![3.0, number("lambda", 0.01), number("epsilon", 1e-3)],
        "normalizeGradient" => vec![4.0, f64::from(u8::from(config.get("per").is_some_and(|per| per == "parameter")))],
        "centralizeGradient" => vec![5.0],
        other => panic!("{other}"),
    };
    let all = [vec![1.0], numbers].concat();
    Transform::read_all(&mut Reader::new(&all)).expect("a transform")[0]
}

/// The inputs' generator, exact in f32.
fn drawn(seed: u64, count: usize, scale: f32) -> Vec<f32> {
    let mut state = seed as u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / 16_777_216.0 * 2.0 - 1.0) * scale
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn every_transform_gives_the_gradient_of_its_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test/golden/functions.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut parameters = Parameters::default();
    for shape in golden["transformShapes"].as_array().unwrap() {
        let shape: Vec<usize> = shape.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let zeros = Initializer { kind: InitializerKind::Zeros, a: 0.0, b: 0.0 };
        parameters.add(Role::Kernel, &shape, zeros, Regularizer::default());
    }
    let count = parameters.values.len();
    let mut names = std::collections::BTreeSet::new();
    for case in golden["transforms"].as_array().unwrap() {
        names.insert(case["transform"]["type"].as_str().unwrap());
        let scale = |name: &str| case.get(name).map_or(0.0, |v| v.as_f64().unwrap()) as f32;
        parameters.gradients = drawn(golden["transformSeed"].as_u64().unwrap(), count, scale("scale"));
        parameters.values = drawn(golden["transformWeightSeed"].as_u64().unwrap(), count, scale("weightScale"));
        read(&case["transform"]).apply(&mut parameters, &Moment { seed: 0, pass: 0, step: 0 });
        let want = case["result"].as_array().unwrap().iter().flat_map(|tensor| tensor.as_array().unwrap());
        for (i, (got, want)) in parameters.gradients.iter().zip(want).enumerate() {
            let want = want.as_f64().unwrap();
            // a factor rounded to f32 and a product: 1.2e-7
            assert!((f64::from(*got) - want).abs() <= 2e-7 * want.abs(), "{case}\nat {i}: got {got}, want {want}");
        }
    }
    assert_eq!(names.len(), 6, "{names:?}");
}
