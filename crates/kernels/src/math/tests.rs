use super::{F32x4, erf, exp, ln, scalar, sigmoid, softplus, tanh};

type Lanes = fn(F32x4) -> F32x4;
type Scalar = fn(f32) -> f32;

/// Mantissas per exponent; 4,096 spread over the 2²³, at odd places so that they are not all round numbers.
const MANTISSAS: u32 = 4096;

/// Distance in units of the last place of `want`; 0 for an overflow that is right, infinite for a wrong kind of number.
#[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is the question")]
fn ulps(got: f32, want: f64) -> f64 {
    if want.is_nan() || got.is_nan() {
        return if want.is_nan() && got.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if (want as f32).is_infinite() || got.is_infinite() {
        return if (want as f32).to_bits() == got.to_bits() { 0.0 } else { f64::INFINITY };
    }
    let exponent = i32::try_from(want.abs().to_bits() >> 52).unwrap() - 1023;
    (f64::from(got) - want).abs() / 2_f64.powi(exponent.max(-126) - 23)
}

/// The largest error of `f` and where it stands, over both signs, all exponents (with ∞ and NaN) and linear sweeps.
fn worst(f: impl Fn(F32x4) -> F32x4, reference: impl Fn(f64) -> f64) -> (f64, f32) {
    let mut found = (0.0, 0.0);
    let mut look = |x: [f32; 4]| {
        let got = f(F32x4::from_array(x)).to_array();
        for (x, got) in x.into_iter().zip(got) {
            let error = ulps(got, reference(f64::from(x)));
            if error > found.0 {
                found = (error, x);
            }
        }
    };
    let step = (1 << 23) / MANTISSAS;
    for exponent in 0..256_u32 {
        for mantissa in (0..MANTISSAS).step_by(2) {
            let bits = |m: u32| (exponent << 23) | (m * step + m * 977 % step);
            let (a, b) = (f32::from_bits(bits(mantissa)), f32::from_bits(bits(mantissa + 1)));
            look([a, -a, b, -b]);
        }
    }
    for range in [1.0_f32, 10.0, 110.0] {
        for i in (0..200_000_u32).step_by(2) {
            let at = |i: u32| f64::from(range) * (f64::from(i) + 0.37) / 200_000.0;
            #[allow(clippy::cast_possible_truncation, reason = "any number nearby will do")]
            let (a, b) = (at(i) as f32, at(i + 1) as f32);
            look([a, -a, b, -b]);
        }
    }
    found
}

fn within(name: &str, bound: f64, (error, x): (f64, f32)) {
    println!("worst {name}: {error:.2} ulp at {x:e}"); // for `npm run reliability`; shown with --nocapture
    assert!(error <= bound, "{error} ulp at {x:e} (bits {:#x}), bound {bound}", x.to_bits());
    assert!(error > 0.5, "an error of {error} ulp is too good: nothing was measured");
}

#[test]
fn exp_is_within_one_ulp_everywhere() {
    within("exp", 1.0, worst(exp, f64::exp));
}

#[test]
fn ln_is_within_one_ulp_everywhere() {
    within("ln", 1.0, worst(ln, f64::ln));
}

#[test]
fn tanh_is_within_two_ulps_everywhere() {
    within("tanh", 2.0, worst(tanh, f64::tanh));
}

#[test]
fn erf_is_within_two_ulps_everywhere() {
    within("erf", 2.0, worst(erf, libm::erf));
}

#[test]
fn sigmoid_is_within_two_and_a_half_ulps_everywhere() {
    within(
        "sigmoid",
        2.5,
        worst(sigmoid, |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }),
    );
}

#[test]
fn softplus_is_within_two_and_a_half_ulps_everywhere() {
    within(
        "softplus",
        2.5,
        worst(softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p() + if x.is_nan() { x } else { 0.0 }),
    );
}

/// Abramowitz and Stegun, table 7.1.
#[test]
fn erf_equals_the_printed_table() {
    let table = [(0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (1.5, 0.966_105_146_5), (2.0, 0.995_322_265_0)];
    for (x, want) in table {
        assert!(ulps(scalar::erf(x), want) <= 2.0, "erf({x}): got {}, want {want}", scalar::erf(x));
    }
}

#[test]
fn the_ends_of_the_range_are_exact() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    let cases: [(Scalar, f32, f32); 27] = [
        (scalar::exp, 0.0, 1.0),
        (scalar::exp, -0.0, 1.0),
        (scalar::exp, inf, inf),
        (scalar::exp, -inf, 0.0),
        (scalar::exp, 88.73, inf),
        (scalar::exp, -103.98, 0.0),
        (scalar::ln, 1.0, 0.0),
        (scalar::ln, 0.0, -inf),
        (scalar::ln, -0.0, -inf),
        (scalar::ln, inf, inf),
        (scalar::ln, -1e-45, nan),
        (scalar::ln, -inf, nan),
        (scalar::tanh, 0.0, 0.0),
        (scalar::tanh, -0.0, -0.0),
        (scalar::tanh, inf, 1.0),
        (scalar::tanh, -inf, -1.0),
        (scalar::erf, -0.0, -0.0),
        (scalar::erf, inf, 1.0),
        (scalar::erf, -inf, -1.0),
        (scalar::erf, 1e-45, 1e-45),
        (scalar::sigmoid, 0.0, 0.5),
        (scalar::sigmoid, inf, 1.0),
        (scalar::sigmoid, -inf, 0.0),
        (scalar::softplus, 0.0, core::f32::consts::LN_2),
        (scalar::softplus, inf, inf),
        (scalar::softplus, -inf, 0.0),
        (scalar::softplus, 100.0, 100.0),
    ];
    for (i, (f, x, want)) in cases.into_iter().enumerate() {
        let got = f(x);
        assert!(got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()), "case {i}: got {got}, want {want}");
    }
    for f in [scalar::exp, scalar::ln, scalar::tanh, scalar::erf, scalar::sigmoid, scalar::softplus] {
        assert!(f(nan).is_nan() && f(-nan).is_nan());
    }
}

#[test]
fn one_number_and_any_lane_give_the_same_bits() {
    let pairs: [(Lanes, Scalar); 6] = [
        (exp, scalar::exp),
        (ln, scalar::ln),
        (tanh, scalar::tanh),
        (erf, scalar::erf),
        (sigmoid, scalar::sigmoid),
        (softplus, scalar::softplus),
    ];
    for (lanes, scalar) in pairs {
        for x in [[0.3, -2.0, 700.0, 1e-40], [1e-40, 700.0, 0.7, 5.5]] {
            assert_eq!(lanes(F32x4::from_array(x)).to_array().map(f32::to_bits), x.map(|x| scalar(x).to_bits()));
        }
    }
}
