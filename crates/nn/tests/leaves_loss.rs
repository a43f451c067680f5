//! Losses and their gradients against the definition in f64 and against known values.
#![allow(clippy::cast_possible_truncation, clippy::float_cmp)] // references are rounded, exact answers compared

use nn::config::{ActivationKind, Loss, LossKind, LossKind::*};
use nn::definition::{Batch, Network};
use nn::loss::{Sum, Targets};

const ELEMENTWISE: [LossKind; 7] =
    [MeanSquaredError, MeanAbsoluteError, Huber, LogCosh, BinaryCrossEntropy, Hinge, Poisson];
const OF_LOGITS: [LossKind; 3] = [CategoricalCrossEntropy, SparseCategoricalCrossEntropy, KlDivergence];

/// Value and gradient.
fn evaluate(
    loss: Loss,
    output: &[f32],
    targets: &Targets,
    columns: usize,
    weights: [Option<&[f32]>; 2],
    scale: f64,
) -> (Sum, Vec<f32>) {
    let mut d = vec![f32::NAN; output.len()];
    let sum = loss.evaluate(output, targets, columns, weights[0], weights[1], Some(&mut d), scale);
    let alone = loss.evaluate(output, targets, columns, weights[0], weights[1], None, scale);
    let same = sum == alone || sum.weighted.is_nan() && alone.weighted.is_nan();
    assert!(same, "{loss:?}: the value must not depend on the gradient being wanted: {sum:?}, {alone:?}");
    (sum, d)
}

/// The mean loss by the definition: a network without layers, its input the output.
fn definition(loss: Loss, output: &[f64], targets: &Targets, columns: usize, weights: [Option<&[f32]>; 2]) -> f64 {
    let [sample_weight, class_weight] = weights;
    let batch = Batch { x: output, targets: *targets, sample_weight, class_weight, masks: &[] };
    Network::new(&[], columns, loss).loss(&[], &batch)
}

/// Compares value and gradient with the definition and its central differences.
fn check(loss: Loss, output: &[f32], targets: &Targets, columns: usize, weights: [Option<&[f32]>; 2]) {
    let (sum, d) = evaluate(loss, output, targets, columns, weights, 0.5);
    let wide: Vec<f64> = output.iter().map(|x| f64::from(*x)).collect();
    let want = definition(loss, &wide, targets, columns, weights);
    let got = sum.weighted / sum.weight;
    let context = format!("{loss:?}, {columns} columns, {weights:?}");
    // terms of f32 with a few ε each; poisson's o − t·ln o cancels
    assert!((got - want).abs() <= 1e-6 * want.abs().max(1.0), "{context}: got {got}, want {want}");
    for (i, got) in d.iter().enumerate() {
        let (mut above, mut below) = (wide.clone(), wide.clone());
        let h = 1e-5;
        (above[i], below[i]) = (wide[i] + h, wide[i] - h);
        let slope =
            definition(loss, &above, targets, columns, weights) - definition(loss, &below, targets, columns, weights);
        let want = 0.5 * slope / (above[i] - below[i]);
        // a few ε of f32 on slopes up to about 10; the differences are good to 1e-9 here
        assert!((f64::from(*got) - want).abs() < 2e-6, "{context}: d[{i}] got {got}, want {want}");
    }
}

fn wave(n: usize, frequency: f32) -> Vec<f32> {
    (0..n).map(|i| libm::sinf(frequency * i as f32 + 0.3)).collect()
}

/// Weights of the samples, some 0, and of the classes, one missing.
fn weightings(rows: usize, columns: usize) -> (Vec<f32>, Vec<f32>) {
    let sample = (0..rows).map(|row| [0.5, 0.0, 2.0, 1.25][row % 4]).collect();
    let class = (0..columns.max(2) - 1).map(|class| 0.5 + 0.75 * class as f32).collect();
    (sample, class)
}

/// Targets that suit the loss: labels, distributions, counts or values.
fn targets_for(kind: LossKind, rows: usize, columns: usize) -> Vec<f32> {
    let raw = wave(rows * columns, 2.9);
    match kind {
        BinaryCrossEntropy => raw.iter().map(|x| if *x > 0.8 { 0.3 } else { f32::from(u8::from(*x > 0.0)) }).collect(),
        Hinge => raw
            .iter()
            .map(|x| {
                if *x > 0.5 {
                    1.0
                } else if *x > 0.0 {
                    -1.0
                } else {
                    0.0
                }
            })
            .collect(),
        Poisson => raw.iter().map(|x| (2.0 + 3.0 * x).floor().max(0.0)).collect(),
        CategoricalCrossEntropy | KlDivergence => raw
            .chunks_exact(columns)
            .flat_map(|row| {
                let mass: Vec<f32> = row.iter().map(|x| x.max(0.0)).collect();
                let sum = mass.iter().sum::<f32>().max(1e-3);
                mass.into_iter().map(move |x| x / sum)
            })
            .collect(),
        _ => raw,
    }
}

#[test]
fn elementwise_losses_meet_the_definition_with_and_without_weights() {
    for kind in ELEMENTWISE {
        for (rows, columns) in [(1, 1), (7, 1), (9, 2), (5, 3), (3, 4), (2, 9)] {
            let loss = Loss { kind, parameter: 0.3 };
            let mut output: Vec<f32> = wave(rows * columns, 1.7).iter().map(|x| 2.0 * x).collect();
            if kind == Poisson {
                output.iter_mut().for_each(|o| *o = o.abs() + 0.5);
            }
            let values = targets_for(kind, rows, columns);
            let (sample, class) = weightings(rows, columns);
            for weights in
                [[None, None], [Some(&*sample), None], [None, Some(&*class)], [Some(&*sample), Some(&*class)]]
            {
                check(loss, &output, &Targets::Values(&values), columns, weights);
            }
        }
    }
}

#[test]
fn losses_of_logits_meet_the_definition_with_weights_and_smoothing() {
    for kind in OF_LOGITS {
        for (rows, columns) in [(1, 2), (4, 3), (5, 4), (3, 5), (3, 10)] {
            for parameter in [0.0, 0.1] {
                let loss = Loss { kind, parameter };
                let output: Vec<f32> = wave(rows * columns, 1.7).iter().map(|x| 3.0 * x).collect();
                let values = targets_for(CategoricalCrossEntropy, rows, columns);
                let classes: Vec<u32> = (0..rows).map(|row| (7 * row % columns) as u32).collect();
                let (sample, class) = weightings(rows, columns);
                for weights in
                    [[None, None], [Some(&*sample), None], [None, Some(&*class)], [Some(&*sample), Some(&*class)]]
                {
                    check(loss, &output, &Targets::Values(&values), columns, weights);
                    check(loss, &output, &Targets::Classes(&classes), columns, weights);
                }
            }
        }
    }
}

#[test]
fn class_targets_are_one_hot_rows() {
    let output = wave(12, 1.7);
    let classes = [2, 0, 1, 2];
    let one_hot = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    for kind in LossKind::ALL {
        let loss = Loss { kind, parameter: 0.1 };
        let weights = [None, Some([0.5, 2.0, 3.0].as_slice())];
        let (one, d_one) = evaluate(loss, &output, &Targets::Classes(&classes), 3, weights, 1.0);
        let (other, d_other) = evaluate(loss, &output, &Targets::Values(&one_hot), 3, weights, 1.0);
        assert!((one.weighted - other.weighted).abs() < 1e-12 || one == other, "{kind:?}: {one:?} and {other:?}");
        assert_eq!(d_one, d_other, "{kind:?}");
    }
    // With one column a class is its number.
    let binary = Loss { kind: BinaryCrossEntropy, parameter: 0.0 };
    let values = [1.0, 0.0, 1.0, 0.0];
    let one = evaluate(binary, &output[..4], &Targets::Classes(&[1, 0, 1, 0]), 1, [None; 2], 1.0);
    assert_eq!(one, evaluate(binary, &output[..4], &Targets::Values(&values), 1, [None; 2], 1.0));
}

/// `torch.nn.functional.cross_entropy(logits, [2, 0], weight=[0.2, 1.5, 3.0], label_smoothing=0.1)`, by hand:
/// rows ln Σe = 2.4076059644 and 1.5514447140.
#[test]
fn weighted_smoothed_cross_entropy_is_torchs() {
    let logits = [0.0, 1.0, 2.0, 1.0, 0.0, -1.0_f32];
    let minus_log = |row: usize| {
        let row = &logits[3 * row..][..3];
        let sum: f64 = row.iter().map(|z| libm::exp(f64::from(*z))).sum();
        [0, 1, 2].map(|class| libm::log(sum) - f64::from(row[class]))
    };
    let (first, second) = (minus_log(0), minus_log(1));
    let w = [0.2_f32, 1.5, 3.0].map(f64::from);
    let smooth: f64 = [first, second].iter().flat_map(|row| (0..3).map(|class| w[class] * row[class])).sum();
    let s = f64::from(0.1_f32);
    let want = ((1.0 - s) * (w[2] * first[2] + w[0] * second[0]) + s / 3.0 * smooth) / (w[2] + w[0]);
    let loss = Loss { kind: SparseCategoricalCrossEntropy, parameter: 0.1 };
    let weights = [None, Some([0.2, 1.5, 3.0].as_slice())];
    let (sum, _) = evaluate(loss, &logits, &Targets::Classes(&[2, 0]), 3, weights, 1.0);
    assert!((sum.weight - (w[2] + w[0])).abs() < 1e-12);
    assert!((sum.weighted / sum.weight - want).abs() < 1e-7, "got {}, want {want}", sum.weighted / sum.weight);
}

#[test]
fn known_values_come_out() {
    let value = |kind, parameter, output: &[f32], targets: &[f32], columns| {
        let (sum, _) = evaluate(Loss { kind, parameter }, output, &Targets::Values(targets), columns, [None; 2], 1.0);
        sum.weighted / sum.weight
    };
    for (kind, parameter, output, targets, columns, want) in [
        (MeanSquaredError, 0.0, [1.0, 2.0], [0.0, 4.0], 2, 2.5),
        (MeanSquaredError, 0.0, [1.0, 2.0], [0.0, 4.0], 1, 2.5),
        (MeanAbsoluteError, 0.0, [1.0, 2.0], [0.0, 4.0], 2, 1.5),
        (Huber, 1.0, [0.5, 5.0], [0.0, 2.0], 2, (0.125 + 2.5) / 2.0),
        (LogCosh, 0.0, [1.0, 0.0], [0.0, 0.0], 1, 0.433_780_830_483_027_2 / 2.0),
        (BinaryCrossEntropy, 0.0, [0.0, 0.0], [1.0, 0.0], 1, std::f64::consts::LN_2),
        // 0 read as −1: 1 + 0.5 and 1 − 0.25
        (Hinge, 0.0, [0.5, 0.25], [0.0, 1.0], 1, (1.5 + 0.75) / 2.0),
        (Poisson, 0.0, [1.0, 2.0], [3.0, 0.0], 1, 1.5),
        (CategoricalCrossEntropy, 0.0, [0.0, 0.0], [1.0, 0.0], 2, std::f64::consts::LN_2),
        (KlDivergence, 0.0, [0.0, 0.0], [1.0, 0.0], 2, std::f64::consts::LN_2),
        (KlDivergence, 0.0, [1.0, 1.0], [0.5, 0.5], 2, 0.0),
    ] {
        let got = value(kind, parameter, &output, &targets, columns);
        // ε of f32 on values of this size; poisson's ε of 1e-7, times its target of 3
        assert!((got - want).abs() < 4e-7, "{kind:?}: got {got}, want {want}");
    }
}

#[test]
fn logits_of_ten_thousand_give_finite_losses_and_gradients() {
    for kind in LossKind::ALL {
        for scale in [1e4, -1e4, 100.0, -100.0] {
            let output = [scale, 0.0, -scale, scale, scale, 1.0];
            let values = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0];
            let loss = Loss { kind, parameter: if kind == Huber { 1.0 } else { 0.1 } };
            for columns in [1, 2, 3] {
                let (sum, d) = evaluate(loss, &output, &Targets::Values(&values), columns, [None; 2], 1.0);
                assert!(sum.weighted.is_finite(), "{kind:?} at {scale}: {sum:?}");
                assert!(d.iter().all(|d| d.is_finite()), "{kind:?} at {scale}: {d:?}");
            }
        }
    }
}

#[test]
fn confident_predictions_keep_relative_accuracy() {
    let sparse = Loss { kind: SparseCategoricalCrossEntropy, parameter: 0.0 };
    let binary = Loss { kind: BinaryCrossEntropy, parameter: 0.0 };
    let log_cosh = Loss { kind: LogCosh, parameter: 0.0 };
    for z in [1.0_f32, 5.0, 10.0, 15.0, 20.0] {
        let want = libm::log1p(libm::exp(-f64::from(z)));
        let near =
            |got: f64, want: f64| assert!((got - want).abs() < 1e-6 * want.abs(), "z = {z}: got {got}, want {want}");
        near(evaluate(sparse, &[z, 0.0], &Targets::Classes(&[0]), 2, [None; 2], 1.0).0.weighted, want);
        let (sum, d) = evaluate(binary, &[z], &Targets::Values(&[1.0]), 1, [None; 2], 1.0);
        near(sum.weighted, want);
        near(f64::from(d[0]), -1.0 / (1.0 + libm::exp(f64::from(z))));
        let e = f64::from(z) * 1e-4;
        let (sum, _) = evaluate(log_cosh, &[e as f32], &Targets::Values(&[0.0]), 1, [None; 2], 1.0);
        near(sum.weighted, libm::log(libm::cosh(f64::from(e as f32))));
    }
}

#[test]
fn kinks_have_the_documented_slopes() {
    let slope = |kind, parameter, o: f32, t: f32| {
        evaluate(Loss { kind, parameter }, &[o], &Targets::Values(&[t]), 1, [None; 2], 1.0).1[0]
    };
    assert_eq!(slope(MeanAbsoluteError, 0.0, 2.0, 2.0), 0.0);
    assert_eq!(slope(MeanAbsoluteError, 0.0, 1.0, 2.0), -1.0);
    assert_eq!(slope(Huber, 1.0, 3.0, 2.0), 1.0);
    assert_eq!(slope(Huber, 1.0, 9.0, 2.0), 1.0);
    assert_eq!(slope(Hinge, 0.0, 1.0, 1.0), 0.0);
    assert_eq!(slope(Hinge, 0.0, -0.5, 0.0), 1.0);
    assert_eq!(slope(Hinge, 0.0, -0.5, -1.0), 1.0);
    assert_eq!(slope(Hinge, 0.0, -1.0, 0.0), 0.0);
    assert!(slope(Poisson, 0.0, -0.01, 2.0) < -1e6, "an output below 0 is pushed back");
}

#[test]
fn poisson_goes_on_as_its_tangent_below_zero() {
    // central differences of step 1e-5 would straddle the change: compare the value there, and the slope at hand
    let loss = Loss { kind: Poisson, parameter: 0.0 };
    for o in [-1e-3_f32, -1e-8, 0.0] {
        let (sum, d) = evaluate(loss, &[o], &Targets::Values(&[2.0]), 1, [None; 2], 1.0);
        let want = definition(loss, &[f64::from(o)], &Targets::Values(&[2.0]), 1, [None; 2]);
        assert!((sum.weighted - want).abs() < 1e-6 * want.abs(), "at {o}: got {}, want {want}", sum.weighted);
        let slope = 1.0 - 2.0 / f64::from(1e-7_f32);
        assert!((f64::from(d[0]) - slope).abs() < 1e-6 * slope.abs(), "at {o}: {}", d[0]);
    }
}

#[test]
fn nan_in_an_output_is_nan_in_the_loss() {
    for kind in LossKind::ALL {
        let loss = Loss { kind, parameter: 1.0 };
        let output = [0.5, 0.25, f32::NAN];
        let (sum, _) = evaluate(loss, &output, &Targets::Values(&[0.0, 1.0, 0.0]), 3, [None; 2], 1.0);
        assert!(sum.weighted.is_nan(), "{kind:?}");
    }
}

#[test]
fn a_weight_of_zero_takes_its_sample_out() {
    for kind in LossKind::ALL {
        let loss = Loss { kind, parameter: 0.1 };
        let (values, output) = (targets_for(kind, 2, 3), wave(6, 1.3));
        let (with, d) = evaluate(loss, &output, &Targets::Values(&values), 3, [Some(&[2.0, 0.0]), None], 1.0);
        let (alone, d_alone) =
            evaluate(loss, &output[..3], &Targets::Values(&values[..3]), 3, [Some(&[2.0]), None], 1.0);
        assert_eq!(with, alone, "{kind:?}");
        assert_eq!(d[..3], d_alone[..], "{kind:?}");
        assert!(d[3..].iter().all(|d| *d == 0.0), "{kind:?}: {d:?}");
        let (none, d) = evaluate(loss, &output, &Targets::Values(&values), 3, [Some(&[0.0, 0.0]), None], 1.0);
        assert_eq!(none, Sum::default(), "{kind:?}");
        assert!(d.iter().all(|d| *d == 0.0), "{kind:?}: {d:?}");
    }
}

#[test]
fn sums_of_batches_add_up_to_the_whole() {
    let loss = Loss { kind: BinaryCrossEntropy, parameter: 0.0 };
    let (output, values) = (wave(40, 1.1), targets_for(BinaryCrossEntropy, 40, 1));
    let whole = evaluate(loss, &output, &Targets::Values(&values), 1, [None; 2], 1.0).0;
    let part = |span: std::ops::Range<usize>| {
        evaluate(loss, &output[span.clone()], &Targets::Values(&values[span]), 1, [None; 2], 1.0).0
    };
    let (one, other) = (part(0..13), part(13..40));
    assert_eq!(whole.weight, one.weight + other.weight);
    assert!((whole.weighted - one.weighted - other.weighted).abs() < 1e-12);
}

#[test]
fn the_losses_of_logits_name_their_heads() {
    for kind in LossKind::ALL {
        let want = match kind {
            BinaryCrossEntropy => Some(ActivationKind::Sigmoid),
            CategoricalCrossEntropy | SparseCategoricalCrossEntropy | KlDivergence => Some(ActivationKind::Softmax),
            _ => None,
        };
        assert_eq!(Loss { kind, parameter: 0.0 }.head(), want);
    }
}

#[test]
fn a_target_class_is_its_first_largest_column() {
    assert_eq!(Targets::Values(&[0.1, 0.7, 0.7]).class(0, 3), 1);
    assert_eq!(Targets::Values(&[0.0, 1.0, 1.0, 0.0]).class(1, 2), 0);
    assert_eq!([0.5, 1.0, -1.0].map(|t| Targets::Values(&[t]).class(0, 1)), [0, 1, 0]);
    assert_eq!(Targets::Classes(&[4, 2]).class(1, 5), 2);
    assert_eq!([0, 1, 2].map(|column| Targets::Classes(&[1]).value(0, column, 3)), [0.0, 1.0, 0.0]);
    assert_eq!(Targets::Classes(&[5]).value(0, 0, 1), 5.0);
}
