//! The f64 definition against values worked out by hand and against exact gradients.

use nn::config::{
    Activation, ActivationKind, Constraint, Initializer, InitializerKind, Layer, Loss, LossKind, Regularizer,
};
use nn::definition::{Batch, Network, strip_head};
use nn::loss::Targets;

const NONE: Regularizer = Regularizer { l1: 0.0, l2: 0.0 };
const MSE: Loss = Loss { kind: LossKind::MeanSquaredError, parameter: 0.0 };

fn activation(kind: ActivationKind) -> Activation {
    Activation { kind, alpha: 0.25 }
}

fn dense_with(units: usize, kind: ActivationKind, use_bias: bool, regularizers: [Regularizer; 2]) -> Layer {
    let zeros = Initializer { kind: InitializerKind::Zeros, a: 0.0, b: 0.0 };
    Layer::Dense {
        units,
        use_bias,
        activation: activation(kind),
        kernel_initializer: zeros,
        bias_initializer: zeros,
        kernel_regularizer: regularizers[0],
        bias_regularizer: regularizers[1],
        kernel_constraint: Constraint::None,
        bias_constraint: Constraint::None,
        weight_normalization: false,
    }
}

fn dense(units: usize, kind: ActivationKind) -> Layer {
    dense_with(units, kind, true, [NONE; 2])
}

fn batch<'a>(x: &'a [f64], targets: Targets<'a>, masks: &'a [Vec<f32>]) -> Batch<'a> {
    Batch { x, targets, sample_weight: None, class_weight: None, masks }
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= tolerance, "[{i}]: got {got}, want {want}");
    }
}

#[test]
fn parameters_lie_kernel_bias_slopes_layer_after_layer() {
    let layers = [
        dense(3, ActivationKind::Prelu),
        Layer::BatchNormalization { momentum: 0.99, epsilon: 1e-3 },
        Layer::Residual(vec![dense(4, ActivationKind::Relu), Layer::Dropout(0.5), dense(3, ActivationKind::Linear)]),
        Layer::Activation(activation(ActivationKind::Prelu)),
        Layer::GaussianNoise(0.1),
        Layer::LayerNormalization { epsilon: 1e-3 },
        dense_with(2, ActivationKind::Linear, false, [NONE; 2]),
    ];
    let network = Network::new(&layers, 2, MSE);
    let residual = (3 * 4 + 4) + (4 * 3 + 3);
    assert_eq!(network.parameter_count(), (2 * 3 + 3 + 3) + 6 + residual + 3 + 6 + 3 * 2);
    assert_eq!(network.outputs(), 2);
    assert_eq!(network.mask_columns(), [4, 3]);
}

#[test]
fn a_dense_layer_multiplies_adds_and_activates() {
    let x = [1.0, 2.0, -1.0, 0.5];
    // kernel [2, 3] row-major, bias, slopes
    let parameters = [1.0, -2.0, 0.5, 3.0, 0.25, -1.0, 10.0, 1.0, 0.0, 0.1, 0.2, 0.3];
    let network = Network::new(&[dense(3, ActivationKind::Prelu)], 2, MSE);
    let want = [17.0, -0.1, -0.45, 10.5, 3.125, -0.3];
    // −2 + 0.5 + 1 = −0.5, times 0.2; 0.5 − 2 = −1.5, times 0.3; −0.5 − 0.5 = −1, times 0.3
    let got = network.forward(&parameters, &x, &[]);
    assert_close(&got, &want, 1e-15);
}

#[test]
fn normalisations_center_rows_or_columns_and_residuals_add() {
    let x = [1.0, 2.0, 3.0, 6.0];
    let epsilon = 1e-3_f32;
    let scale = |variance: f64| 1.0 / (variance + f64::from(epsilon)).sqrt();
    let gamma_beta = [2.0, 3.0, 0.5, -0.5];
    let by_column = Network::new(&[Layer::BatchNormalization { momentum: 0.9, epsilon }], 2, MSE);
    let want = [0.5 - 2.0 * scale(1.0), -0.5 - 6.0 * scale(4.0), 0.5 + 2.0 * scale(1.0), -0.5 + 6.0 * scale(4.0)];
    assert_close(&by_column.forward(&gamma_beta, &x, &[]), &want, 1e-14);
    let by_row = Network::new(&[Layer::LayerNormalization { epsilon }], 2, MSE);
    let want = [0.5 - scale(0.25), -0.5 + 1.5 * scale(0.25), 0.5 - 3.0 * scale(2.25), -0.5 + 4.5 * scale(2.25)];
    assert_close(&by_row.forward(&gamma_beta, &x, &[]), &want, 1e-14);
    let fixed = Layer::Normalization { mean: vec![1.0, -2.0], standard_deviation: vec![2.0, 4.0] };
    let around = Network::new(&[Layer::Residual(vec![fixed])], 2, MSE);
    assert_close(&around.forward(&[], &x, &[]), &[1.0, 3.0, 4.0, 8.0], 0.0);
}

#[test]
fn masks_multiply_add_or_replace_in_walk_order() {
    let layers = [Layer::Dropout(0.5), Layer::Residual(vec![Layer::GaussianNoise(1.0)])];
    let network = Network::new(&layers, 2, MSE);
    let masks = [vec![2.0, 0.0], vec![0.25, -0.5]];
    assert_close(&network.forward(&[], &[3.0, 5.0], &masks), &[6.0 + 6.25, -0.5], 0.0);
    assert_close(&network.forward(&[], &[3.0, 5.0], &[vec![], vec![]]), &[6.0, 10.0], 0.0);
}

/// The mean over all masks of a unit normal input's mean and second moment, which alpha dropout is made to keep:
/// E y = q·b + (1 − q)(aα′ + b) = 0 and E y² = 1 follow for x of mean 0 and variance 1.
#[test]
fn alpha_dropout_keeps_mean_and_variance() {
    let rate = 0.25_f32;
    let network = Network::new(&[Layer::AlphaDropout(rate)], 1, MSE);
    let of = |x: f64, kept: f32| network.forward(&[], &[x], &[vec![kept]])[0];
    let keep = 1.0 - f64::from(rate);
    // x = ±1 has mean 0 and variance 1
    let moment = |f: &dyn Fn(f64) -> f64| {
        keep * 0.5 * (f(of(1.0, 1.0)) + f(of(-1.0, 1.0))) + (1.0 - keep) * 0.5 * (f(of(1.0, 0.0)) + f(of(-1.0, 0.0)))
    };
    assert_close(&[moment(&|y| y), moment(&|y| y * y)], &[0.0, 1.0], 1e-14);
    assert_close(&[of(1.0, 0.0)], &[of(-1.0, 0.0)], 0.0);
    assert!((of(1.0, 1.0) - of(1.0, 0.0)).abs() > 1.0);
}

#[test]
fn the_loss_of_a_linear_model_has_its_closed_form_gradient() {
    let x = [1.0, 2.0, -1.0, 0.5, 0.25, -3.0];
    let t = [1.0_f32, 0.0, 2.0];
    let parameters = [0.3, -0.7, 0.1];
    let network = Network::new(&[dense(1, ActivationKind::Linear)], 2, MSE);
    let weights = [1.0_f32, 2.0, 0.5];
    let errors: Vec<f64> = (0..3).map(|i| 0.3 * x[2 * i] - 0.7 * x[2 * i + 1] + 0.1 - f64::from(t[i])).collect();
    let mean = |f: &dyn Fn(usize) -> f64| (0..3).map(|i| f64::from(weights[i]) * f(i)).sum::<f64>() / 3.5;
    let batch = Batch { sample_weight: Some(&weights), ..batch(&x, Targets::Values(&t), &[]) };
    assert_close(&[network.loss(&parameters, &batch)], &[mean(&|i| errors[i] * errors[i])], 1e-15);
    let want =
        [mean(&|i| 2.0 * errors[i] * x[2 * i]), mean(&|i| 2.0 * errors[i] * x[2 * i + 1]), mean(&|i| 2.0 * errors[i])];
    // a quadratic has no truncation error: 2⁻⁵³/1e-5 times the loss
    assert_close(&network.numeric_gradient(&parameters, &batch, &[0, 1, 2]), &want, 1e-9);
    assert_close(&network.numeric_gradient(&parameters, &batch, &[2, 0]), &[want[2], want[0]], 1e-9);
}

#[test]
fn softmax_cross_entropy_has_its_closed_form_gradient_through_a_hidden_layer() {
    let loss = Loss { kind: LossKind::SparseCategoricalCrossEntropy, parameter: 0.0 };
    let network = Network::new(&[dense(1, ActivationKind::Tanh), dense(2, ActivationKind::Softmax)], 1, loss);
    let (x, parameters) = ([0.8], [0.5, 0.2, 1.5, -1.0, 0.3, 0.1]);
    let h = libm::tanh(0.5 * 0.8 + 0.2);
    let logits = [1.5 * h + 0.3, -h + 0.1];
    let sum = libm::exp(logits[0]) + libm::exp(logits[1]);
    let batch = batch(&x, Targets::Classes(&[1]), &[]);
    assert_close(&[network.loss(&parameters, &batch)], &[libm::log(sum) - logits[1]], 1e-15);
    let d = [libm::exp(logits[0]) / sum, libm::exp(logits[1]) / sum - 1.0];
    let d_z = (1.5 * d[0] - d[1]) * (1.0 - h * h);
    let want = [0.8 * d_z, d_z, h * d[0], h * d[1], d[0], d[1]];
    assert_close(&network.numeric_gradient(&parameters, &batch, &[0, 1, 2, 3, 4, 5]), &want, 1e-9);
}

#[test]
fn regularisation_is_added_for_kernels_and_biases() {
    let regularizers = [Regularizer { l1: 0.1, l2: 0.01 }, Regularizer { l1: 0.0, l2: 1.0 }];
    let layer = dense_with(1, ActivationKind::Linear, true, regularizers);
    let network = Network::new(&[Layer::Residual(vec![layer])], 1, MSE);
    let (x, t) = ([1.0], [0.0]);
    let batch = batch(&x, Targets::Values(&t), &[]);
    let output: f64 = 1.0 - 2.0 + 0.5;
    let want = output * output + 0.1 * 2.0 + 0.01 * 4.0 + 0.25;
    assert_close(&[network.loss(&[-2.0, 0.5], &batch)], &[want], 1e-15);
}

#[test]
fn only_the_losss_own_head_is_stripped_and_only_from_the_end() {
    use ActivationKind::{Linear, Relu, Sigmoid, Softmax};
    let loss = |kind| Loss { kind, parameter: 0.0 };
    let (binary, sparse) = (loss(LossKind::BinaryCrossEntropy), loss(LossKind::SparseCategoricalCrossEntropy));
    for (last, loss, want) in [
        (Sigmoid, binary, Some(Linear)),
        (Softmax, sparse, Some(Linear)),
        (Softmax, loss(LossKind::KlDivergence), Some(Linear)),
        (Softmax, binary, None),
        (Sigmoid, sparse, None),
        (Sigmoid, MSE, None),
        (Linear, sparse, None),
    ] {
        for (layers, stripped) in [
            (vec![dense(2, Softmax), dense(2, last)], dense(2, Linear)),
            (vec![dense(2, Relu), Layer::Activation(activation(last))], Layer::Activation(activation(Linear))),
        ] {
            let mut after = layers.clone();
            assert_eq!(strip_head(&mut after, &loss), want.is_some(), "{last:?} under {loss:?}");
            assert_eq!(after[0], layers[0]);
            assert_eq!(after[1], if want.is_some() { stripped } else { layers[1].clone() });
        }
    }
    assert!(!strip_head(&mut [], &sparse));
    assert!(!strip_head(&mut [dense(2, Softmax), Layer::Dropout(0.5)], &sparse));
    let residual = Layer::Residual(vec![dense(2, Softmax)]);
    assert!(!strip_head(&mut [residual], &sparse));
}
