//! Sine and cosine of one turn, 0 ≤ x ≤ 2π, with the bits of `libm` (FreeBSD's msun, after Sun's fdlibm).
//!
//! x = n·π/2 + r with |r| ≤ π/4, π/2 in parts so that the products with n are exact; polynomials of r then. The library's
//! functions take any x, for which they carry 2/π to 1,100 bits and the arithmetic for it: 3 KB that nothing here needs.

/// π/2 = `HALF_PI` + `HALF_PI_TAIL`, the first with 33 bits.
const HALF_PI: f64 = 1.570_796_326_734_125_6;
const HALF_PI_TAIL: f64 = 6.077_100_506_506_192e-11;
/// The next 33 bits, and what is left then.
const SECOND: f64 = 6.077_100_506_303_966e-11;
const SECOND_TAIL: f64 = 2.022_266_248_795_950_6e-21;

const SINE: [f64; 6] = [
    -1.666_666_666_666_663_2e-1,
    8.333_333_333_322_49e-3,
    -1.984_126_982_985_795e-4,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];
const COSINE: [f64; 6] = [
    4.166_666_666_666_66e-2,
    -1.388_888_888_887_411e-3,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];

/// sin x and cos x for 0 ≤ x ≤ 2π; NaN for NaN. Beyond a turn the result is of no use.
#[must_use]
pub fn sin_cos(x: f64) -> (f64, f64) {
    let (n, r, tail) = quarter(x);
    let (sine, cosine) = (near_sine(r, tail, n > 0), near_cosine(r, tail));
    match n {
        0 | 4 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// The nearest quarter n, and x − n·π/2 as r + tail.
fn quarter(x: f64) -> (u32, f64, f64) {
    let high = x.to_bits() >> 32;
    // The high words of π/4, 3π/4, 5π/4 and 7π/4.
    let ends: [u64; 4] = [0x3fe9_21fb, 0x4002_d97c, 0x400f_6a7a, 0x4015_fdbc];
    let n = ends.iter().map(|&end| u32::from(high > end)).sum::<u32>();
    if n == 0 {
        return (0, x, 0.0);
    }
    let count = f64::from(n);
    let mut rest = x - count * HALF_PI;
    let mut tail = count * HALF_PI_TAIL;
    // Close to n·π/2 (the same high word) up to 54 digits of the 85 cancel; the next part makes them 118.
    if high == (count * HALF_PI).to_bits() >> 32 {
        let before = rest;
        tail = count * SECOND;
        rest = before - tail;
        tail = count * SECOND_TAIL - ((before - rest) - tail);
    }
    let r = rest - tail;
    (n, r, (rest - r) - tail)
}

/// sin(x + tail) for |x| ≤ π/4; without a tail in fewer roundings.
fn near_sine(x: f64, tail: f64, has_tail: bool) -> f64 {
    let [s1, s2, s3, s4, s5, s6] = SINE;
    let square = x * x;
    let r = s2 + square * (s3 + square * s4) + square * (square * square) * (s5 + square * s6);
    let cube = square * x;
    if !has_tail {
        return x + cube * (s1 + square * r);
    }
    x - ((square * (0.5 * tail - cube * r) - tail) - cube * s1)
}

/// cos(x + tail) for |x| ≤ π/4.
fn near_cosine(x: f64, tail: f64) -> f64 {
    let [c1, c2, c3, c4, c5, c6] = COSINE;
    let square = x * x;
    let fourth = square * square;
    let r = square * (c1 + square * (c2 + square * c3)) + fourth * fourth * (c4 + square * (c5 + square * c6));
    let half = 0.5 * square;
    let most = 1.0 - half;
    most + (((1.0 - most) - half) + (square * r - x * tail))
}

#[cfg(test)]
mod tests {
    use super::sin_cos;
    use std::f64::consts::PI;

    #[track_caller]
    fn same(x: f64) {
        let bits = |(s, c): (f64, f64)| (s.to_bits(), c.to_bits());
        let (got, want) = (sin_cos(x), libm::sincos(x));
        assert_eq!(bits(got), bits(want), "at {x:e}: got {got:?}, want {want:?}");
        assert_eq!(got.1.to_bits(), libm::cos(x).to_bits());
    }

    #[test]
    fn one_turn_has_the_bits_of_the_library() {
        for i in 0..=1_000_000 {
            same(2.0 * PI * f64::from(i) / 1_000_000.0);
        }
        for exponent in 1..1074 {
            same(2.0_f64.powi(-exponent));
            same(1.7 * 2.0_f64.powi(-exponent));
        }
    }

    #[test]
    fn so_has_the_neighbourhood_of_every_eighth_of_a_turn() {
        for eighth in 1..=8_u32 {
            let centre = (f64::from(eighth) * PI / 4.0).to_bits();
            for step in 0..2000_u64 {
                // from one place in the last to the whole high word
                for distance in [step, step << 12, step << 24, step << 36] {
                    same(f64::from_bits(centre - distance));
                    if eighth < 8 {
                        same(f64::from_bits(centre + distance));
                    }
                }
            }
        }
    }

    #[test]
    fn nan_stays() {
        assert!(sin_cos(f64::NAN).0.is_nan() && sin_cos(f64::NAN).1.is_nan());
    }
}
