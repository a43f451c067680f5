//! Activations against their equations in f64, over grids with extremes.
#![allow(clippy::cast_possible_truncation, clippy::float_cmp)] // f64 references are rounded, exact answers compared

use nn::activation::{prelu_backward, prelu_forward};
use nn::config::ActivationKind::*;
use nn::config::{Activation, ActivationKind};
use nn::definition::activate;

const ELEMENTWISE: [ActivationKind; 14] =
    [Linear, Relu, LeakyRelu, Elu, Selu, Gelu, GeluTanh, Silu, Mish, Softplus, Softsign, Sigmoid, HardSigmoid, Tanh];

fn of(kind: ActivationKind) -> Activation {
    Activation { kind, alpha: if kind == LeakyRelu { 0.01 } else { 1.0 } }
}

/// ±10⁻⁸ … ±10⁴ by powers, and −30 … 30 by hundredths; no zero.
fn grid() -> Vec<f32> {
    let powers = (-80..=40).map(|i| libm::exp10(f64::from(i) / 10.0) as f32);
    let hundredths = (-3000..=3000).map(|i| i as f32 / 100.0 + 0.001);
    powers.flat_map(|x| [x, -x]).chain(hundredths).collect()
}

fn forward(activation: &Activation, z: &[f32]) -> Vec<f32> {
    let mut y = z.to_vec();
    activation.forward(&mut y, 1);
    y
}

/// dy/dz at each z, from what the activation wants saved.
fn derivative(activation: &Activation, z: &[f32]) -> Vec<f32> {
    let y = forward(activation, z);
    let mut d = vec![1.0; z.len()];
    activation.backward(if activation.needs_input() { z } else { &y }, &mut d, 1);
    d
}

/// The derivative by its equation, in f64.
fn exact_derivative(activation: &Activation, x: f64) -> f64 {
    let alpha = f64::from(activation.alpha);
    let sigmoid = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    match activation.kind {
        Linear => 1.0,
        Relu => f64::from(u8::from(x > 0.0)),
        LeakyRelu => {
            if x > 0.0 {
                1.0
            } else {
                alpha
            }
        }
        Elu => {
            if x > 0.0 {
                1.0
            } else {
                alpha * libm::exp(x)
            }
        }
        Selu if x > 0.0 => 1.050_700_987_355_480_5,
        Selu => 1.050_700_987_355_480_5 * 1.673_263_242_354_377_2 * libm::exp(x),
        Gelu => {
            let density = libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt();
            0.5 * libm::erfc(-x / 2.0_f64.sqrt()) + x * density
        }
        GeluTanh => {
            let slope = (2.0 / std::f64::consts::PI).sqrt();
            let gate = sigmoid(2.0 * slope * (x + 0.044_715 * x * x * x));
            gate + x * gate * (1.0 - gate) * 2.0 * slope * (1.0 + 3.0 * 0.044_715 * x * x)
        }
        Silu => sigmoid(x) * (1.0 + x * sigmoid(-x)),
        Mish => {
            let gate = libm::tanh(libm::log1p(libm::exp(x.min(40.0))));
            gate + x * (1.0 - gate * gate) * sigmoid(x)
        }
        Softplus => sigmoid(x),
        Softsign => 1.0 / ((1.0 + x.abs()) * (1.0 + x.abs())),
        Sigmoid => sigmoid(x) * sigmoid(-x),
        HardSigmoid => {
            if x.abs() < 3.0 {
                1.0 / 6.0
            } else {
                0.0
            }
        }
        Tanh => 1.0 / (libm::cosh(x) * libm::cosh(x)),
        Prelu | Softmax => panic!("not elementwise"),
    }
}

/// The worst |got − want| in units of ε·|want| + `absolute`, ε = 2⁻²³; results below the normal range do not count.
fn worst(x: &[f32], got: &[f32], absolute: f64, want: impl Fn(f64) -> f64) -> (f64, f32) {
    let errors = x.iter().zip(got).map(|(&x, &got)| {
        let want = want(f64::from(x));
        let unit = f64::from(f32::EPSILON) * want.abs() + absolute + f64::from(f32::MIN_POSITIVE);
        ((f64::from(got) - want).abs() / unit, x)
    });
    errors.fold((0.0, 0.0), |most, error| if error.0 <= most.0 { most } else { error })
}

#[test]
fn every_activation_is_right_to_a_few_units_in_the_last_place() {
    for kind in ELEMENTWISE {
        let activation = of(kind);
        let (x, slope) = (grid(), (2.0 / std::f64::consts::PI).sqrt());
        // gelu by erf is only absolutely accurate where 1 + erf cancels; hardSigmoid where z/6 + ½ does.
        let absolute = if matches!(kind, Gelu | HardSigmoid) { f64::from(f32::EPSILON) } else { 0.0 };
        // Measured 2.1 at most: the function's own error and two or three roundings. geluTanh's exponent 2u, down to −87
        // before the result underflows, is good to ε and so its exponential to 87ε.
        let bound = if kind == GeluTanh { 90.0 } else { 2.5 };
        let want = |x: f64| match kind {
            GeluTanh => x / (1.0 + libm::exp(-2.0 * slope * (x + 0.044_715 * x * x * x))),
            _ => activate(&activation, x),
        };
        let (error, at) = worst(&x, &forward(&activation, &x), absolute, want);
        assert!(error <= bound, "{kind:?}: {error} units at {at}");
    }
}

#[test]
fn every_derivative_meets_its_equation() {
    for kind in ELEMENTWISE {
        let activation = of(kind);
        // hardSigmoid's y reaches 0 and 1 a rounding before z reaches ±3
        let x: Vec<f32> = grid().into_iter().filter(|x| kind != HardSigmoid || (x.abs() - 3.0).abs() > 1e-5).collect();
        // What comes from y, and what passes through 0 on its way (gelu, silu, mish near their minimum), is accurate
        // relative to the slope at 0; the rest relatively.
        let absolute = match kind {
            Elu | Selu | Gelu | GeluTanh | Silu | Mish | Sigmoid | Tanh => f64::from(f32::EPSILON),
            _ => 0.0,
        };
        let (error, at) = worst(&x, &derivative(&activation, &x), absolute, |x| exact_derivative(&activation, x));
        // measured 1.9 at most
        assert!(error <= 2.5, "{kind:?}: {error} units at {at}");
    }
}

#[test]
fn derivatives_agree_with_central_differences_of_the_definition() {
    let h = 1e-5;
    for kind in ELEMENTWISE {
        let activation = of(kind);
        // no kink between z − h and z + h
        let x: Vec<f32> = grid()
            .into_iter()
            .filter(|x| x.abs() > 2e-5 && (kind != HardSigmoid || (x.abs() - 3.0).abs() > 2e-5))
            .collect();
        for (&x, &got) in x.iter().zip(&derivative(&activation, &x)) {
            let at = f64::from(x);
            let want = (activate(&activation, at + h) - activate(&activation, at - h)) / (2.0 * h);
            // f32's few ε on a slope up to 1.8, and the difference's 1e4·2⁻⁵³/1e-5
            assert!((f64::from(got) - want).abs() < 2e-6, "{kind:?} at {x}: got {got}, want {want}");
        }
    }
}

#[test]
fn derivatives_at_zero_and_at_the_corners_are_the_documented_ones() {
    for (kind, z, want) in [
        (Relu, 0.0, 0.0),
        (Relu, -0.0, 0.0),
        (LeakyRelu, 0.0, 0.01),
        (Elu, 0.0, 1.0),
        (Selu, 0.0, 1.758_099_3),
        (Softsign, 0.0, 1.0),
        (HardSigmoid, 3.0, 0.0),
        (HardSigmoid, -3.0, 0.0),
        (HardSigmoid, 0.0, 1.0 / 6.0),
        (Sigmoid, 0.0, 0.25),
        (Tanh, 0.0, 1.0),
        (Gelu, 0.0, 0.5),
        (GeluTanh, 0.0, 0.5),
        (Silu, 0.0, 0.5),
        (Mish, 0.0, 0.6),
        (Softplus, 0.0, 0.5),
    ] {
        let got = derivative(&of(kind), &[z])[0];
        assert!((got - want).abs() <= f32::EPSILON, "{kind:?}: got {got}, want {want}");
    }
}

#[test]
fn negative_slopes_are_right_too() {
    for kind in [LeakyRelu, Elu] {
        let activation = Activation { kind, alpha: -0.5 };
        let x = [-2.0, -0.5, 0.5, 2.0];
        let (y, d) = (forward(&activation, &x), derivative(&activation, &x));
        for (i, &x) in x.iter().enumerate() {
            let (want, slope) = (activate(&activation, f64::from(x)), exact_derivative(&activation, f64::from(x)));
            assert!((f64::from(y[i]) - want).abs() < 1e-6, "{kind:?} of {x}: {}", y[i]);
            assert!((f64::from(d[i]) - slope).abs() < 1e-6, "{kind:?}′ at {x}: {}", d[i]);
        }
    }
}

#[test]
fn nan_stays_nan_and_ten_thousand_stays_finite() {
    for kind in ELEMENTWISE {
        let activation = of(kind);
        let y = forward(&activation, &[f32::NAN, 1e4, -1e4, 1e4, f32::NAN]);
        assert_eq!([true, false, false, false, true].as_slice(), y.iter().map(|y| y.is_nan()).collect::<Vec<_>>());
        assert!(y[1..4].iter().all(|y| y.is_finite()), "{kind:?}: {y:?}");
        assert!(derivative(&activation, &[1e4, -1e4, 100.0, -100.0]).iter().all(|d| d.is_finite()), "{kind:?}");
    }
    let mut rows = [1.0, f32::NAN, 3.0, 1e4, -1e4, 0.0];
    of(Softmax).forward(&mut rows, 3);
    assert!(rows[..3].iter().all(|y| y.is_nan()));
    assert_eq!(rows[3..], [1.0, 0.0, 0.0]);
}

#[test]
fn a_number_gives_the_same_bits_wherever_it_stands() {
    let x: Vec<f32> = (0..23).map(|i| (i as f32 - 11.3) * 0.7).collect();
    for kind in ELEMENTWISE {
        let activation = of(kind);
        let (y, d) = (forward(&activation, &x), derivative(&activation, &x));
        for i in 0..x.len() {
            for end in i + 1..=x.len() {
                assert_eq!(forward(&activation, &x[i..end])[0].to_bits(), y[i].to_bits(), "{kind:?}");
                assert_eq!(derivative(&activation, &x[i..end])[0].to_bits(), d[i].to_bits(), "{kind:?}");
            }
        }
    }
}

/// Softmax of a row in f64.
fn softmax(z: &[f64]) -> Vec<f64> {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = z.iter().map(|z| libm::exp(z - largest)).collect();
    e.iter().map(|x| x / e.iter().sum::<f64>()).collect()
}

#[test]
fn softmax_and_its_jacobian_meet_f64_for_any_number_of_columns() {
    for columns in [1, 2, 3, 4, 5, 8, 10, 17] {
        let rows = 3;
        let z: Vec<f32> =
            (0..rows * columns).map(|i| 4.0 * libm::sinf(1.7 * i as f32) + 50.0 * (i % 3) as f32).collect();
        let d_y: Vec<f32> = (0..rows * columns).map(|i| libm::cosf(0.9 * i as f32)).collect();
        let (mut y, mut d) = (z.clone(), d_y.clone());
        of(Softmax).forward(&mut y, columns);
        of(Softmax).backward(&y, &mut d, columns);
        for row in 0..rows {
            let span = row * columns..(row + 1) * columns;
            let wide = |x: &[f32]| x[span.clone()].iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
            let (at, slopes) = (wide(&z), wide(&d_y));
            let through = |z: &[f64]| softmax(z).iter().zip(&slopes).map(|(y, d)| y * d).sum::<f64>();
            for (column, want) in softmax(&at).into_iter().enumerate() {
                let got = f64::from(y[span.start + column]);
                // z − m is exact to ε·100 here
                assert!(
                    (got - want).abs() <= 1e-5 * want + f64::from(f32::MIN_POSITIVE),
                    "{columns} columns: got {got}, want {want}"
                );
                let (mut above, mut below) = (at.clone(), at.clone());
                (above[column], below[column]) = (at[column] + 1e-5, at[column] - 1e-5);
                let want = (through(&above) - through(&below)) / 2e-5;
                let got = f64::from(d[span.start + column]);
                assert!((got - want).abs() < 2e-6, "{columns} columns: d got {got}, want {want}");
            }
        }
    }
}

#[test]
fn prelu_has_a_slope_for_each_column_and_adds_its_gradient() {
    for columns in [1, 3, 4, 6] {
        let n = 5 * columns;
        let z: Vec<f32> = (0..n).map(|i| 2.0 * libm::sinf(2.3 * i as f32 + 0.4)).collect();
        let d_y: Vec<f32> = (0..n).map(|i| libm::cosf(1.1 * i as f32)).collect();
        let alpha: Vec<f32> = (0..columns).map(|c| 0.25 - 0.2 * c as f32).collect();
        let (mut y, mut d, mut d_alpha) = (vec![f32::NAN; n], d_y.clone(), vec![10.0; columns]);
        prelu_forward(&z, &alpha, &mut y);
        prelu_backward(&z, &alpha, &mut d, &mut d_alpha);
        let mut want_alpha = vec![10.0; columns];
        for i in 0..n {
            let slope = if z[i] > 0.0 { 1.0 } else { alpha[i % columns] };
            assert_eq!(y[i], slope * z[i]);
            assert_eq!(d[i], slope * d_y[i]);
            want_alpha[i % columns] += if z[i] > 0.0 { 0.0 } else { d_y[i] * z[i] };
        }
        assert_eq!(d_alpha, want_alpha);
    }
}
