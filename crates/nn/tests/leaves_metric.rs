//! Metrics against values counted by hand and plain formulas over the whole epoch.
#![allow(clippy::float_cmp)] // counted values are exact

use nn::config::{LossKind, Metric, MetricKind, MetricKind::*};
use nn::loss::Targets;
use nn::metric::Accumulator;

fn accumulator(kind: MetricKind, loss: LossKind, columns: usize, parameter: f32) -> Accumulator {
    Accumulator::new(&Metric { kind, parameter }, loss, columns).unwrap()
}

/// The metric of one batch, with the natural threshold.
fn value(kind: MetricKind, loss: LossKind, columns: usize, predictions: &[f32], targets: Targets) -> f64 {
    let mut metric = accumulator(kind, loss, columns, f32::NAN);
    metric.add(predictions, &targets, None);
    metric.value()
}

const MSE: LossKind = LossKind::MeanSquaredError;
const BINARY: LossKind = LossKind::BinaryCrossEntropy;
const SPARSE: LossKind = LossKind::SparseCategoricalCrossEntropy;

#[test]
fn accuracy_compares_the_largest_columns() {
    let p = [0.2, 0.5, 0.3, 0.6, 0.2, 0.2, 0.1, 0.1, 0.8, 0.3, 0.4, 0.3];
    assert_eq!(value(Accuracy, SPARSE, 3, &p, Targets::Classes(&[1, 0, 2, 0])), 0.75);
    let one_hot = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(value(Accuracy, LossKind::CategoricalCrossEntropy, 3, &p, Targets::Values(&one_hot)), 0.75);
    assert_eq!(value(Accuracy, SPARSE, 2, &[f32::NAN, 0.1], Targets::Classes(&[0])), 0.0);
}

#[test]
fn accuracy_of_one_column_or_several_labels_goes_by_threshold() {
    let p = [0.2, 0.5, 0.6, 0.9];
    assert_eq!(value(Accuracy, BINARY, 1, &p, Targets::Values(&[0.0, 1.0, 1.0, 1.0])), 0.75);
    assert_eq!(value(Accuracy, BINARY, 1, &p, Targets::Classes(&[0, 0, 1, 1])), 1.0);
    assert_eq!(value(Accuracy, BINARY, 2, &p, Targets::Values(&[0.0, 0.0, 0.0, 1.0])), 0.75);
    let mut strict = accumulator(Accuracy, BINARY, 1, 0.7);
    strict.add(&p, &Targets::Values(&[0.0, 0.0, 1.0, 1.0]), None);
    assert_eq!(strict.value(), 0.75);
    // hinge's scores lie around 0 whatever the threshold for probabilities, its targets are −1 and 1 or 0 and 1
    let mut hinge = accumulator(Accuracy, LossKind::Hinge, 1, 0.5);
    hinge.add(&[0.2, -0.1], &Targets::Values(&[1.0, -1.0]), None);
    assert_eq!(hinge.value(), 1.0);
    assert_eq!(value(Accuracy, LossKind::Hinge, 1, &[0.2, -0.1, -2.0], Targets::Values(&[1.0, -1.0, 1.0])), 2.0 / 3.0);
    assert_eq!(value(Accuracy, LossKind::Hinge, 1, &[0.2, -0.1, -2.0], Targets::Values(&[1.0, 0.0, 1.0])), 2.0 / 3.0);
}

#[test]
fn top_k_counts_only_what_is_strictly_above() {
    let p = [0.4, 0.3, 0.2, 0.1, 0.25, 0.25, 0.25, 0.25];
    let top = |k, targets: Targets| {
        let mut metric = accumulator(TopKAccuracy, SPARSE, 4, k);
        metric.add(&p, &targets, None);
        metric.value()
    };
    assert_eq!(top(1.0, Targets::Classes(&[1, 3])), 0.5);
    assert_eq!(top(2.0, Targets::Classes(&[1, 3])), 1.0);
    assert_eq!(top(2.0, Targets::Classes(&[2, 0])), 0.5);
    assert_eq!(top(f32::NAN, Targets::Classes(&[3, 0])), 1.0);
    assert_eq!(value(TopKAccuracy, SPARSE, 2, &[f32::NAN, 0.1], Targets::Classes(&[0])), 1.0);
    let mut first = accumulator(TopKAccuracy, SPARSE, 2, 1.0);
    first.add(&[f32::NAN, 0.1], &Targets::Classes(&[0]), None);
    assert_eq!(first.value(), 0.0);
}

#[test]
fn precision_recall_and_f1_count_one_column_by_threshold() {
    // TP 2, FP 1, FN 1
    let (p, t) = ([0.9, 0.8, 0.7, 0.2, 0.1], [1.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!(value(Precision, BINARY, 1, &p, Targets::Values(&t)), 2.0 / 3.0);
    assert_eq!(value(Recall, BINARY, 1, &p, Targets::Values(&t)), 2.0 / 3.0);
    assert_eq!(value(F1, BINARY, 1, &p, Targets::Values(&t)), 4.0 / 6.0);
    // precision 1/1, recall 1/3
    let mut strict = [Precision, Recall].map(|kind| accumulator(kind, BINARY, 1, 0.85));
    strict.iter_mut().for_each(|metric| metric.add(&p, &Targets::Values(&t), None));
    assert_eq!(strict.map(|mut metric| metric.value()), [1.0, 1.0 / 3.0]);
}

/// scikit-learn: y_true [0, 0, 1, 1, 2], y_pred [0, 1, 1, 1, 0], labels [0, 1, 2], average macro, zero_division 0.
#[test]
fn several_classes_are_averaged_with_undefined_ones_as_zero() {
    let mut p = vec![0.0; 15];
    for (row, class) in [0, 1, 1, 1, 0].into_iter().enumerate() {
        p[3 * row + class] = 1.0;
    }
    let targets = Targets::Classes(&[0, 0, 1, 1, 2]);
    let close = |kind, want: f64| {
        let got = value(kind, SPARSE, 3, &p, targets);
        assert!((got - want).abs() < 1e-15, "{kind:?}: got {got}, want {want}");
    };
    close(Precision, (1.0 / 2.0 + 2.0 / 3.0 + 0.0) / 3.0);
    close(Recall, (1.0 / 2.0 + 2.0 / 2.0 + 0.0) / 3.0);
    close(F1, (2.0 / 4.0 + 4.0 / 5.0 + 0.0) / 3.0);
}

#[test]
fn auc_is_the_share_of_ordered_pairs_ties_half() {
    let p = [0.1, 0.4, 0.35, 0.8];
    assert_eq!(value(Auc, BINARY, 1, &p, Targets::Values(&[0.0, 0.0, 1.0, 1.0])), 0.75);
    assert_eq!(value(Auc, BINARY, 1, &[0.5; 4], Targets::Values(&[0.0, 0.0, 1.0, 1.0])), 0.5);
    assert_eq!(value(Auc, BINARY, 1, &[0.0, -0.0], Targets::Values(&[0.0, 1.0])), 0.5);
    assert!(value(Auc, BINARY, 1, &p, Targets::Values(&[1.0; 4])).is_nan());

    let n = 200;
    let raw = |i: usize| libm::sin(2.7 * i as f64);
    #[allow(clippy::cast_possible_truncation)]
    let p: Vec<f32> = (0..n).map(|i| (10.0 * raw(i) + 5.0 * raw(7 * i)).floor() as f32).collect();
    let t: Vec<f32> = (0..n).map(|i| f32::from(u8::from(raw(i) + raw(3 * i + 1) > 0.3))).collect();
    let weight: Vec<f32> = (0..n).map(|i| [0.0, 0.5, 1.0, 3.0][i % 4]).collect();
    let (mut right, mut pairs) = (0.0, 0.0);
    for i in (0..n).filter(|&i| t[i] > 0.5) {
        for j in (0..n).filter(|&j| t[j] < 0.5) {
            let pair = f64::from(weight[i] * weight[j]);
            pairs += pair;
            right += pair
                * if p[i] > p[j] {
                    1.0
                } else if p[i] == p[j] {
                    0.5
                } else {
                    0.0
                };
        }
    }
    let mut metric = accumulator(Auc, BINARY, 1, f32::NAN);
    metric.add(&p, &Targets::Values(&t), Some(&weight));
    assert!((metric.value() - right / pairs).abs() < 1e-12, "got {}, want {}", metric.value(), right / pairs);
}

#[test]
fn auc_of_several_classes_averages_the_columns_that_have_both_kinds() {
    // column 0: positives 0.6, 0.2 over negatives 0.3, 0.1: 3 of 4; column 1: 0.1 and 0.2 over 0.2, 0.7: 0.5 of 4
    let p = [0.6, 0.2, 0.2, 0.2, 0.7, 0.1, 0.3, 0.1, 0.6, 0.1, 0.2, 0.7];
    let got = value(Auc, SPARSE, 3, &p, Targets::Classes(&[0, 0, 1, 1]));
    assert_eq!(got, (3.0 / 4.0 + 0.5 / 4.0) / 2.0);
}

#[test]
fn regression_metrics_meet_their_formulas_over_columns_and_weights() {
    let (rows, columns) = (31, 3);
    #[allow(clippy::cast_possible_truncation)]
    let wave = |f: f64| (0..rows * columns).map(|i| libm::sin(f * i as f64) as f32).collect::<Vec<_>>();
    let (p, mut t) = (wave(1.3), wave(0.7));
    // far from 0: a sum of squares minus a squared sum would lose it
    t.iter_mut().skip(1).step_by(columns).for_each(|t| *t += 1000.0);
    let weight: Vec<f32> = (0..rows).map(|i| [1.0, 0.0, 2.5][i % 3]).collect();
    let run = |kind| {
        let mut metric = accumulator(kind, MSE, columns, f32::NAN);
        let cut = 10;
        metric.add(&p[..cut * columns], &Targets::Values(&t[..cut * columns]), Some(&weight[..cut]));
        metric.add(&p[cut * columns..], &Targets::Values(&t[cut * columns..]), Some(&weight[cut..]));
        metric.value()
    };
    let total: f64 = weight.iter().map(|w| f64::from(*w)).sum();
    let over = |f: &dyn Fn(usize) -> f64| (0..rows).map(|row| f64::from(weight[row]) * f(row)).sum::<f64>() / total;
    let (mut absolute, mut square, mut r2) = (0.0, 0.0, 0.0);
    for column in 0..columns {
        let target = |row: usize| f64::from(t[row * columns + column]);
        let error = |row: usize| f64::from(p[row * columns + column]) - target(row);
        let mean = over(&target);
        absolute += over(&|row| error(row).abs()) / 3.0;
        square += over(&|row| error(row) * error(row)) / 3.0;
        let spread = over(&|row| (target(row) - mean) * (target(row) - mean));
        r2 += (1.0 - over(&|row| error(row) * error(row)) / spread) / 3.0;
    }
    for (kind, want) in [(MeanAbsoluteError, absolute), (RootMeanSquaredError, square.sqrt()), (R2, r2)] {
        let got = run(kind);
        // sums of 93 terms in f64, the mean 1000 times the spread
        assert!((got - want).abs() < 1e-9 * want.abs(), "{kind:?}: got {got}, want {want}");
    }
}

#[test]
fn r2_of_a_constant_target_is_one_if_met_and_zero_else() {
    assert_eq!(value(R2, MSE, 1, &[3.0, 3.0], Targets::Values(&[3.0, 3.0])), 1.0);
    assert_eq!(value(R2, MSE, 1, &[3.0, 2.0], Targets::Values(&[3.0, 3.0])), 0.0);
    assert_eq!(value(R2, MSE, 1, &[1.0, 3.0, 2.0], Targets::Values(&[1.0, 3.0, 2.0])), 1.0);
    assert_eq!(value(R2, MSE, 1, &[2.0, 2.0, 2.0], Targets::Values(&[1.0, 3.0, 2.0])), 0.0);
}

#[test]
fn weights_count_samples_and_a_zero_leaves_one_out() {
    let p = [0.9, 0.2, 0.8, 0.3];
    let t = [1.0, 1.0, 0.0, 0.0];
    for kind in MetricKind::ALL {
        let mut weighted = accumulator(kind, BINARY, 1, f32::NAN);
        weighted.add(&p, &Targets::Values(&t), Some(&[3.0, 1.0, 1.0, 0.0]));
        let mut repeated = accumulator(kind, BINARY, 1, f32::NAN);
        repeated.add(&[0.9, 0.9, 0.9, 0.2, 0.8], &Targets::Values(&[1.0, 1.0, 1.0, 1.0, 0.0]), None);
        let (got, want) = (weighted.value(), repeated.value());
        assert!((got - want).abs() < 1e-12, "{kind:?}: got {got}, want {want}");
        let mut unweighted = accumulator(kind, BINARY, 1, f32::NAN);
        unweighted.add(&p, &Targets::Values(&t), None);
        assert!(kind == TopKAccuracy || unweighted.value() != want, "{kind:?}: the weights must show");
    }
}

#[test]
fn batches_add_up_to_the_epoch_and_reset_forgets() {
    let p: Vec<f32> = (0..24).map(|i| 0.5 + 0.5 * libm::sinf(1.9 * i as f32)).collect();
    let classes: Vec<u32> = (0..8).map(|i| i * 5 % 3).collect();
    for kind in MetricKind::ALL {
        let whole = value(kind, SPARSE, 3, &p, Targets::Classes(&classes));
        let mut metric = accumulator(kind, SPARSE, 3, f32::NAN);
        let empty = metric.value();
        assert!(if kind == Auc { empty.is_nan() } else { empty == 0.0 }, "{kind:?}: {empty} before the first sample");
        metric.add(&p[3..9], &Targets::Classes(&[0, 0]), None);
        metric.reset();
        metric.add(&p[..9], &Targets::Classes(&classes[..3]), None);
        metric.add(&p[9..], &Targets::Classes(&classes[3..]), None);
        assert!((metric.value() - whole).abs() < 1e-12, "{kind:?}: got {}, want {whole}", metric.value());
    }
}
