//! Whole networks: gradients against central differences in f64, determinism, divergence, epochs.

use nn::config::{Error, Reader};
use nn::fit::{Dataset, Fit, Labels, Options, Stop};
use nn::loss::Targets;
use nn::model::Model;
use nn::step::{Batch, Divergence};
use std::rc::Rc;

const RELU: [f64; 2] = [1.0, 0.0];
const TANH: [f64; 2] = [14.0, 0.0];

fn dots(a: &[f32], b: &[f32], columns: usize) -> Vec<f64> {
    let mut sums = Vec::new();
    kernels::columns::dots(a, b, columns, &mut sums);
    sums
}

/// `[kind, α]` of an activation by its number, with an α that its kind reads.
fn activation(kind: u32) -> [f64; 2] {
    [f64::from(kind), [0.01, 0.25, 1.0].get(kind as usize - 2.min(kind as usize)).copied().unwrap_or(0.0)]
}

fn dense(units: u32, activation: [f64; 2], l1: f64, l2: f64) -> Vec<f64> {
    let [kind, alpha] = activation;
    // kernel glorotUniform, bias randomUniform(−0.1, 0.1)
    let to_regularisers =
        vec![0.0, f64::from(units), 1.0, kind, alpha, 7.0, 0.0, 0.0, 4.0, -0.1, 0.1, l1, l2, 0.0, 0.0];
    [to_regularisers, FREE.to_vec()].concat()
}

/// Neither constraints nor weight normalisation.
const FREE: [f64; 7] = [0.0; 7];

fn normalized(units: u32, activation: [f64; 2]) -> Vec<f64> {
    let mut layer = dense(units, activation, 0.0, 0.0);
    *layer.last_mut().expect("a flag") = 1.0;
    layer
}

/// A tanh layer with constraints `[kind, a, b]` of kernel and bias.
fn constrained(units: u32, kernel: [f64; 3], bias: [f64; 3]) -> Vec<f64> {
    let mut layer = dense(units, TANH, 0.0, 0.0);
    let at = layer.len() - FREE.len();
    layer[at..at + 6].copy_from_slice(&[kernel, bias].concat());
    layer
}

/// A model with one metric of accuracy where `metrics`, Adam 0.01 unless `optimizer` says otherwise.
fn model(inputs: u32, layers: &[Vec<f64>], loss: [f64; 2], optimizer: &[f64]) -> Model {
    let mut numbers = vec![f64::from(inputs), 7.0, layers.len() as f64];
    numbers.extend(layers.concat());
    numbers.extend(loss);
    numbers.extend([0.0, 0.0]);
    let mut reader = Reader::new(&numbers);
    let mut model = Model::read(&mut reader).expect("a configuration that stands");
    assert!(reader.is_done());
    let weights = model.parameters.specs.iter().filter(|spec| spec.is_weight).count();
    let part = [&[1.0, 0.0, f64::INFINITY, 0.0], optimizer].concat();
    model.set_optimizer(&mut Reader::new(&part), &vec![2; weights]).expect("an optimizer that stands");
    model
}

const ADAM: [f64; 8] = [3.0, 0.0, 0.9, 0.999, 1e-8, 0.0, 1.0, 0.0];
const SGD: [f64; 6] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// Numbers in [−1, 1) from a formula.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn worst(model: &mut Model, rows: usize, targets: Targets, sample_weight: Option<&[f32]>) -> f64 {
    let x = numbers(rows * model.inputs, 3);
    let batch = Batch { x: &x, targets, sample_weight, rows };
    let worst = model.check_gradients(batch, 1000).expect("finite");
    worst.into_iter().fold(0.0, f64::max)
}

/// The bound of f32 backpropagation against f64 differences: a few hundred roundings of 6e-8, relative to a thousandth of
/// the largest gradient.
const BOUND: f64 = 2e-3;

#[test]
fn every_activation_has_the_gradient_of_its_definition() {
    for kind in 0..16 {
        let layers = [
            dense(7, TANH, 0.0, 0.0),
            dense(6, activation(kind), 0.0, 0.0),
            vec![1.0, f64::from(kind), 0.3],
            dense(3, [0.0, 0.0], 0.0, 0.0),
        ];
        let mut model = model(5, &layers, [0.0, 0.0], &ADAM);
        let y = numbers(8 * 3, 9);
        let difference = worst(&mut model, 8, Targets::Values(&y), None);
        assert!(difference < BOUND, "activation {kind}: {difference:e}");
    }
}

#[test]
fn every_loss_has_the_gradient_of_its_definition() {
    for kind in 0..10 {
        for weights in [None, Some([0.5, 2.0, 0.0, 1.0, 3.0, 1.0, 0.25, 1.0])] {
            let head = match kind {
                4 => 12.0,
                5..=7 => 15.0,
                9 => 10.0,
                _ => 0.0,
            };
            let layers = [dense(7, TANH, 0.0, 0.0), dense(3, [head, 0.0], 0.0, 0.0)];
            let smoothing = if (4..=6).contains(&kind) { 0.1 } else { 0.7 };
            let mut model = model(5, &layers, [f64::from(kind), smoothing], &ADAM);
            let values: Vec<f32> = match kind {
                4 | 8 => numbers(24, 9).iter().map(|v| f32::from(u8::from(*v > 0.0))).collect(),
                5 | 7 => (0..24).map(|i| if i % 3 == (i / 3) % 3 { 0.5 } else { 0.25 }).collect(),
                9 => numbers(24, 9).iter().map(|v| v.abs() * 4.0).collect(),
                _ => numbers(24, 9),
            };
            let classes: Vec<u32> = (0..8).map(|i| i * 5 % 3).collect();
            let targets = if kind == 6 { Targets::Classes(&classes) } else { Targets::Values(&values) };
            let difference = worst(&mut model, 8, targets, weights.as_ref().map(|w| &w[..]));
            assert!(difference < BOUND, "loss {kind}: {difference:e}");
        }
    }
}

#[test]
fn every_layer_has_the_gradient_of_its_definition() {
    let inner = [vec![2.0], dense(6, TANH, 0.0, 0.0), vec![2.0, 0.3]].concat();
    let cases: [(&str, Vec<f64>); 11] = [
        ("dense without bias", {
            let mut layer = dense(6, TANH, 0.0, 0.0);
            layer[2] = 0.0;
            layer
        }),
        ("weight normalisation", normalized(6, TANH)),
        ("weight normalisation under prelu", normalized(6, [3.0, 0.25])),
        ("regularised dense", dense(6, RELU, 0.01, 0.02)),
        ("dropout", vec![2.0, 0.4]),
        ("alpha dropout", vec![3.0, 0.3]),
        ("gaussian noise", vec![4.0, 0.2]),
        ("batch normalisation", vec![5.0, 0.99, 1e-3]),
        ("layer normalisation", vec![6.0, 1e-3]),
        ("residual", [vec![7.0], inner].concat()),
        ("normalisation", [vec![8.0, 6.0], vec![0.1; 6], vec![0.5; 6]].concat()),
    ];
    for (name, layer) in cases {
        let layers = [dense(6, TANH, 0.0, 0.0), layer, dense(3, [0.0, 0.0], 0.0, 0.0)];
        let mut model = model(5, &layers, [0.0, 0.0], &ADAM);
        let y = numbers(24, 9);
        let difference = worst(&mut model, 8, Targets::Values(&y), None);
        assert!(difference < BOUND, "{name}: {difference:e}");
    }
}

#[test]
fn a_gain_starts_as_the_length_of_its_units_so_that_nothing_changes_yet() {
    let layers = |dense: fn(u32, [f64; 2]) -> Vec<f64>| [dense(6, TANH), vec![5.0, 0.9, 1e-3], dense(3, RELU)];
    let plain = |units, activation| dense(units, activation, 0.0, 0.0);
    let mut without = model(5, &layers(plain), [0.0, 0.0], &ADAM);
    let mut with = model(5, &layers(normalized), [0.0, 0.0], &ADAM);
    let x = numbers(8 * 5, 3);
    without.predict(&x, 8);
    with.predict(&x, 8);
    for (a, b) in with.predictions().iter().zip(without.predictions()) {
        // a gain rounded to f32 in each layer
        assert!((a - b).abs() <= 1e-6, "{a} {b}");
    }
    assert!(with.predictions().iter().any(|y| y.abs() > 0.1));
}

#[test]
fn the_gradients_of_gain_and_kernel_are_those_of_differences_at_any_gain() {
    let layers = [normalized(6, TANH), normalized(3, [0.0, 0.0])];
    let mut model = model(5, &layers, [0.0, 0.0], &ADAM);
    let count = model.parameters.values.len();
    model.parameters.values = numbers(count, 21).iter().map(|v| 1.5 * v).collect();
    model.values_changed(&[0]);
    let y = numbers(24, 9);
    let difference = worst(&mut model, 8, Targets::Values(&y), None);
    assert!(difference < BOUND, "{difference:e}");
    // d_v has no part along v
    let parameters = &model.parameters;
    for spec in parameters.specs.iter().filter(|spec| spec.shape.len() == 2) {
        let (v, g) = (&parameters.values[spec.range()], &parameters.gradients[spec.range()]);
        let scale = dots(g, g, spec.units());
        for (along, scale) in dots(v, g, spec.units()).iter().zip(scale) {
            assert!(along.abs() <= 1e-6 * scale.sqrt() * 4.0, "{along:e}");
        }
    }
}

#[test]
fn every_change_of_the_parameters_reaches_a_normalised_kernel() {
    let data = data(20, 4, 2);
    let layers = [normalized(6, TANH), normalized(2, [0.0, 0.0])];
    let mut model = model(4, &layers, [0.0, 0.0], &SGD);
    let fresh = |values: &[f32]| {
        let mut fresh = self::model(4, &layers, [0.0, 0.0], &SGD);
        fresh.parameters.values.copy_from_slice(values);
        fresh.predict(&data.x, 20);
        fresh.predictions().to_vec()
    };
    let mut seen = Vec::new();
    for change in 0..3 {
        model.predict(&data.x, 20);
        match change {
            0 => assert_eq!(train(&mut model, &data, options(20, 5, 1), 0.1), Stop::Done),
            1 => {
                model.parameters.values.iter_mut().for_each(|v| *v = 0.5 - *v);
                model.values_changed(&[0]);
            }
            _ => model.reset(99),
        }
        model.predict(&data.x, 20);
        assert_eq!(model.predictions(), fresh(&model.parameters.values), "change {change}");
        assert!(!seen.contains(&model.predictions().to_vec()));
        seen.push(model.predictions().to_vec());
    }
    let (x, y) = (numbers(12, 1), numbers(6, 2));
    let batch = Batch { x: &x, targets: Targets::Values(&y), sample_weight: None, rows: 3 };
    model.rehearse(batch, &[0.5, 0.5], false);
    model.predict(&data.x, 20);
    assert_eq!(model.predictions(), seen.last().expect("three"), "a rehearsal left its kernel");
}

#[test]
fn micro_batches_of_a_normalised_layer_add_up() {
    let data = data(48, 4, 2);
    let layers = [normalized(6, TANH), normalized(2, [0.0, 0.0])];
    let mut parts = model(4, &layers, [0.0, 0.0], &SGD);
    let mut whole = model(4, &layers, [0.0, 0.0], &SGD);
    let unshuffled = |batch, accumulate| Options { accumulate, shuffle: false, ..options(48, batch, 3) };
    train(&mut parts, &data, unshuffled(8, 6), 0.1);
    train(&mut whole, &data, unshuffled(48, 1), 0.1);
    for (a, b) in parts.parameters.values.iter().zip(&whole.parameters.values) {
        // The same sum in another order.
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn a_unit_of_zeros_stays_and_gives_its_bias() {
    let data = data(20, 4, 2);
    let mut model = model(4, &[normalized(2, [0.0, 0.0])], [0.0, 0.0], &SGD);
    // v of the first unit 0, its gain 3, biases 0.5
    model.parameters.values = vec![0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 3.0, 3.0, 0.5, 0.5];
    model.values_changed(&[0]);
    model.predict(&data.x, 20);
    assert!(model.predictions().chunks(2).all(|row| row[0].to_bits() == 0.5_f32.to_bits()));
    assert_eq!(train(&mut model, &data, options(20, 20, 3), 0.1), Stop::Done);
    let kernel = &model.parameters.values[..9];
    assert_eq!(kernel.iter().step_by(2).copied().collect::<Vec<f32>>(), [0.0, 0.0, 0.0, 0.0, 3.0]);
    assert!(model.parameters.values.iter().all(|v| v.is_finite()));
}

#[test]
fn constraints_hold_after_every_update_of_what_is_trained() {
    let data = data(50, 4, 2);
    let (norm, range) = ([1.0, 0.5, 0.0], [3.0, -0.01, 0.02]);
    let layers = [constrained(6, norm, range), constrained(5, [2.0, 0.0, 0.0], norm), constrained(2, range, range)];
    let mut model = model(4, &layers, [0.0, 0.0], &SGD);
    let frozen = model.parameters.values[model.parameters.specs[4].range()].to_vec();
    model.set_frozen(&[false, false, false, false, true, false]);
    train(&mut model, &data, options(50, 10, 4), 0.5);
    let parameters = &model.parameters;
    let tensor = |i: usize| &parameters.values[parameters.specs[i].range()];
    let norms = |i: usize| -> Vec<f64> {
        let squares = dots(tensor(i), tensor(i), parameters.specs[i].units());
        squares.into_iter().map(f64::sqrt).collect()
    };
    // rounded to f32
    assert!(norms(0).iter().all(|&norm| norm <= 0.5 + 1e-6), "{:?}", norms(0));
    assert!(norms(0).iter().any(|&norm| norm > 0.5 - 1e-6), "{:?}", norms(0));
    assert!(tensor(1).iter().all(|b| (-0.01..=0.02).contains(b)), "{:?}", tensor(1));
    assert!(norms(2).iter().all(|&norm| (norm - 1.0).abs() < 1e-6), "{:?}", norms(2));
    assert!(norms(3)[0] <= 0.5 + 1e-6);
    assert_eq!(tensor(4), frozen, "frozen: not constrained either");
    assert!(tensor(5).iter().all(|b| (-0.01..=0.02).contains(b)), "{:?}", tensor(5));
}

#[test]
fn an_update_that_overflows_is_found_before_a_range_hides_it() {
    let data = data(20, 4, 2);
    let mut model = model(4, &[constrained(2, [3.0, -1.0, 1.0], [3.0, -1.0, 1.0])], [0.0, 0.0], &SGD);
    let before = model.parameters.values.clone();
    assert_eq!(train(&mut model, &data, options(20, 20, 1), 1e300), Stop::Diverged(Divergence::Parameter(0)));
    assert_eq!(model.parameters.values, before);
}

fn data(rows: usize, inputs: usize, columns: usize) -> Rc<Dataset> {
    let labels = Labels::Values(numbers(rows * columns, 5));
    Rc::new(Dataset { x: numbers(rows * inputs, 4), rows, labels, sample_weight: None })
}

fn options(rows: usize, batch: usize, epochs: u64) -> Options {
    Options { rows, batch, accumulate: 1, shuffle: true, epochs, class_weight: None }
}

fn train(model: &mut Model, data: &Rc<Dataset>, options: Options, rate: f64) -> Stop {
    Fit::new(Rc::clone(data), options).expect("fits").run(model, &[rate, f64::NAN].repeat(10_000), false).1
}

fn with_dropout() -> Model {
    let layers = [dense(6, RELU, 0.0, 0.0), vec![2.0, 0.4], vec![5.0, 0.9, 1e-3], dense(2, [0.0, 0.0], 0.0, 0.0)];
    model(4, &layers, [0.0, 0.0], &ADAM)
}

#[test]
fn two_epochs_are_one_and_then_one_more() {
    let data = data(50, 4, 2);
    let (mut once, mut twice) = (with_dropout(), with_dropout());
    assert_eq!(train(&mut once, &data, options(50, 8, 2), 0.01), Stop::Done);
    train(&mut twice, &data, options(50, 8, 1), 0.01);
    assert_ne!(once.parameters.values, twice.parameters.values);
    train(&mut twice, &data, options(50, 8, 1), 0.01);
    assert_eq!(once.parameters.values, twice.parameters.values);
    assert_eq!(once.parameters.statistics, twice.parameters.statistics);
    assert_eq!(once.optimizer.slots, twice.optimizer.slots);
}

#[test]
fn slices_of_any_length_give_the_same_bits() {
    let data = data(50, 4, 2);
    let (mut whole, mut sliced) = (with_dropout(), with_dropout());
    train(&mut whole, &data, options(50, 8, 3), 0.01);
    let mut fit = Fit::new(Rc::clone(&data), options(50, 8, 3)).expect("fits");
    let mut log = Vec::new();
    for slice in [1, 4, 2, 9, 1].iter().cycle() {
        let (_, stop) = fit.run(&mut sliced, &[0.01, f64::NAN].repeat(*slice), slice % 2 == 0);
        log.extend(fit.take_log());
        if stop == Stop::Done {
            break;
        }
    }
    assert_eq!(whole.parameters.values, sliced.parameters.values);
    assert_eq!(log.len(), 3 * 3);
}

#[test]
fn accumulated_batches_take_the_step_of_their_mean_gradient() {
    let data = data(48, 4, 2);
    let layers = [dense(6, TANH, 0.0, 0.001), dense(2, [0.0, 0.0], 0.0, 0.0)];
    let mut parts = model(4, &layers, [0.0, 0.0], &SGD);
    let mut whole = model(4, &layers, [0.0, 0.0], &SGD);
    let unshuffled = |batch, accumulate| Options { accumulate, shuffle: false, ..options(48, batch, 3) };
    train(&mut parts, &data, unshuffled(8, 6), 0.1);
    train(&mut whole, &data, unshuffled(48, 1), 0.1);
    assert_eq!(parts.optimizer.steps, 3);
    for (a, b) in parts.parameters.values.iter().zip(&whole.parameters.values) {
        // The same sum in another order.
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn accumulated_batches_count_as_much_as_their_rows_weigh() {
    let mut weighted = (*data(47, 4, 2)).clone();
    weighted.sample_weight = Some((0..47u8).map(|i| if i < 8 { 0.1 } else { f32::from(i % 5) }).collect());
    let data = Rc::new(weighted);
    let layers = [dense(6, TANH, 0.0, 0.001), dense(2, [0.0, 0.0], 0.0, 0.0)];
    let mut parts = model(4, &layers, [0.0, 0.0], &SGD);
    let mut whole = model(4, &layers, [0.0, 0.0], &SGD);
    let unshuffled = |batch, accumulate| Options { accumulate, shuffle: false, ..options(47, batch, 3) };
    train(&mut parts, &data, unshuffled(8, 3), 0.1);
    train(&mut whole, &data, unshuffled(24, 1), 0.1);
    assert_eq!(parts.optimizer.steps, 6);
    for (a, b) in parts.parameters.values.iter().zip(&whole.parameters.values) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn every_row_is_seen_once_an_epoch() {
    let rows = 23;
    let x: Vec<f32> = (0..rows).map(|i| i as f32).collect();
    let data = Rc::new(Dataset { x, rows, labels: Labels::Values(vec![0.0; rows]), sample_weight: None });
    let mut model = model(1, &[dense(1, [0.0, 0.0], 0.0, 0.0)], [0.0, 0.0], &SGD);
    model.collect_outputs(true);
    model.parameters.values.copy_from_slice(&[1.0, 0.0]);
    let mut seen = Vec::new();
    for _ in 0..2 {
        train(&mut model, &data, options(rows, 5, 1), 0.0);
        let order = model.take_collected();
        let mut sorted = order.clone();
        sorted.sort_by(f32::total_cmp);
        assert_eq!(sorted, data.x);
        seen.push(order);
    }
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn a_loss_that_overflows_leaves_the_model_as_before_the_step() {
    let data = data(20, 4, 2);
    let mut model = model(4, &[dense(6, [0.0, 0.0], 0.0, 0.0), dense(2, [0.0, 0.0], 0.0, 0.0)], [0.0, 0.0], &SGD);
    let stop = train(&mut model, &data, options(20, 20, 1000), 1e6);
    assert!(matches!(stop, Stop::Diverged(_)), "{stop:?}");
    assert!(model.parameters.values.iter().all(|v| v.is_finite()));
}

#[test]
fn an_update_that_overflows_is_taken_back() {
    let data = data(20, 4, 2);
    let mut model = model(4, &[dense(2, [0.0, 0.0], 0.0, 0.0)], [0.0, 0.0], &SGD);
    let before = model.parameters.values.clone();
    let stop = train(&mut model, &data, options(20, 20, 1), 1e300);
    assert_eq!(stop, Stop::Diverged(Divergence::Parameter(0)));
    assert_eq!(model.parameters.values, before);
    assert_eq!(model.optimizer.steps, 0);
}

#[test]
fn a_zero_gradient_with_epsilon_zero_is_taken_back() {
    let adam = [3.0, 0.0, 0.9, 0.999, 0.0, 0.0, 1.0, 0.0];
    let x = vec![0.0; 8];
    let data = Rc::new(Dataset { x, rows: 2, labels: Labels::Values(vec![0.0; 4]), sample_weight: None });
    let mut model = model(4, &[dense(2, [0.0, 0.0], 0.0, 0.0)], [0.0, 0.0], &adam);
    let before = model.parameters.values.clone();
    assert!(matches!(train(&mut model, &data, options(2, 2, 1), 0.1), Stop::Diverged(_)));
    assert_eq!(model.parameters.values, before);
}

#[test]
#[allow(clippy::cast_possible_truncation)] // as the step rounds
fn a_step_of_sam_takes_the_gradient_from_uphill_with_the_same_mask() {
    let layers = [dense(8, TANH, 0.0, 0.1), vec![2.0, 0.5], dense(3, [0.0, 0.0], 0.0, 0.0)];
    let (radius, rate) = (0.4, 0.1);
    let (x, y) = (numbers(12 * 5, 3), numbers(12 * 3, 4));
    let batch = || Batch { x: &x, targets: Targets::Values(&y), sample_weight: None, rows: 12 };
    let create = || model(5, &layers, [0.0, 0.0], &SGD);
    let mut by_hand = create();
    let mut sam = create();
    let members = vec![2; 2 * sam.parameters.specs.iter().filter(|spec| spec.is_weight).count()];
    let always = [0.0, f64::INFINITY, 0.0];
    let parts = [&[2.0], &always[..], &SGD, &always, &[101.0, 0.0, radius]].concat();
    sam.set_optimizer(&mut Reader::new(&parts), &members).expect("an optimizer that stands");
    for model in [&mut by_hand, &mut sam] {
        model.set_frozen(&[false, true, false, false]);
    }
    for _ in 0..3 {
        let here = by_hand.parameters.values.clone();
        let report = by_hand.gradient(std::iter::once(batch()), None, false).expect("finite");
        let scale = (radius / (report.gradient_norm + 1e-12)) as f32;
        for spec in by_hand.parameters.specs.clone().iter().filter(|spec| spec.is_trained()) {
            for i in spec.range() {
                by_hand.parameters.values[i] += scale * by_hand.parameters.gradients[i];
            }
        }
        by_hand.parameters.version += 1;
        by_hand.gradient(std::iter::once(batch()), None, false).expect("finite");
        for spec in by_hand.parameters.specs.clone().iter().filter(|spec| spec.is_trained()) {
            for i in spec.range() {
                by_hand.parameters.values[i] = here[i] - rate as f32 * by_hand.parameters.gradients[i];
            }
        }
        by_hand.parameters.version += 1;
        by_hand.passes += 1;
        let told =
            sam.train_step(std::iter::once(batch()), None, &[rate, f64::NAN, f64::NAN, f64::NAN]).expect("finite");
        assert_eq!(told, report);
        assert_eq!(sam.parameters.values, by_hand.parameters.values);
        assert_ne!(sam.parameters.values, here);
    }
}

#[test]
fn a_batch_that_weighs_nothing_changes_nothing() {
    let layers = [dense(6, TANH, 0.0, 0.0), dense(2, [0.0, 0.0], 0.0, 0.0)];
    let mut model = model(4, &layers, [0.0, 0.0], &SGD);
    let before = model.parameters.values.clone();
    let (x, y) = (numbers(12, 1), numbers(6, 2));
    let batch = Batch { x: &x, targets: Targets::Values(&y), sample_weight: Some(&[0.0; 3]), rows: 3 };
    let report = model.train_step(std::iter::once(batch), None, &[0.1, f64::NAN]).expect("sound");
    assert!(report.loss.abs() < f64::EPSILON);
    assert_eq!(model.parameters.values, before);
}

#[test]
fn frozen_tensors_stay() {
    let data = data(20, 4, 2);
    let mut model = with_dropout();
    let before = model.parameters.clone();
    model.set_frozen(&[true, false, false, true, false, false, false, false]);
    train(&mut model, &data, options(20, 5, 2), 0.01);
    for (i, spec) in before.specs.iter().enumerate() {
        let same = model.parameters.data(spec) == before.data(spec);
        assert_eq!(same, i == 0 || i == 3, "tensor {i}");
    }
}

#[test]
fn broken_configurations_are_refused() {
    for numbers in [&[][..], &[4.0, 0.0, 0.0], &[0.0, 0.0, 1.0], &[4.0, 0.5, 1.0], &[4.0, 0.0, 1e9, 2.0, 0.5]] {
        assert_eq!(Model::read(&mut Reader::new(numbers)).err(), Some(Error::Config), "{numbers:?}");
    }
}
