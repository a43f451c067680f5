use super::{F32x4, I32x4, map, map_into, zip, zip_into, zip_update};

const SPECIAL: [f32; 12] =
    [0.0, -0.0, 1.0, -1.0, 1.5, -3.25, f32::MAX, f32::MIN_POSITIVE, 1e-45, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];

/// The bits, with every NaN taken as one value.
fn bits(x: f32) -> u32 {
    if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }
}

fn same(got: F32x4, want: [f32; 4]) {
    assert_eq!(got.to_array().map(bits), want.map(bits), "got {got:?}, want {want:?}");
}

/// Calls `check` with every pair of special values, in every lane.
fn pairs(check: impl Fn(F32x4, F32x4, &dyn Fn(&dyn Fn(f32, f32) -> f32) -> [f32; 4])) {
    for x in SPECIAL {
        for y in SPECIAL {
            let (a, b) = ([x, y, 1.0, x], [y, x, x, 2.0]);
            check(F32x4::from_array(a), F32x4::from_array(b), &|f| core::array::from_fn(|i| f(a[i], b[i])));
        }
    }
}

fn ramp(len: usize, offset: f32) -> Vec<f32> {
    (0..len).map(|i| f32::from(u16::try_from(i).unwrap()) * 0.37 - offset).collect()
}

#[test]
fn operators_work_lane_by_lane_on_special_values_too() {
    pairs(|a, b, each| {
        same(a + b, each(&|x, y| x + y));
        same(a - b, each(&|x, y| x - y));
        same(a * b, each(&|x, y| x * y));
        same(a / b, each(&|x, y| x / y));
        same(-a, each(&|x, _| -x));
        same(a.abs(), each(&|x, _| x.abs()));
        same(a.sqrt(), each(&|x, _| x.sqrt()));
        same(a.copysign(b), each(&|x, y| x.copysign(y)));
    });
}

#[test]
fn mul_add_rounds_after_the_product_and_after_the_sum() {
    let (x, y) = (1.0 + f32::EPSILON, 1.0 - f32::EPSILON);
    same(F32x4::splat(x).mul_add(F32x4::splat(y), F32x4::splat(-1.0)), [x * y - 1.0; 4]);
    assert!((x.mul_add(y, -1.0) - (x * y - 1.0)).abs() > 0.0, "the example distinguishes one rounding from two");
}

#[test]
fn min_and_max_pass_nan_on_and_order_the_zeros() {
    let zeros = F32x4::from_array([0.0, -0.0, f32::NAN, 1.0]);
    let others = F32x4::from_array([-0.0, 0.0, 1.0, f32::NAN]);
    same(zeros.min(others), [-0.0, -0.0, f32::NAN, f32::NAN]);
    same(zeros.max(others), [0.0, 0.0, f32::NAN, f32::NAN]);
    same(zeros.pmin(others), [0.0, -0.0, f32::NAN, 1.0]);
    same(zeros.pmax(others), [0.0, -0.0, f32::NAN, 1.0]);
    pairs(|a, b, each| {
        same(a.pmin(b), each(&|x, y| if y < x { y } else { x }));
        same(a.pmax(b), each(&|x, y| if x < y { y } else { x }));
        let nan_or = |x: f32, y: f32, z: f32| if x.is_nan() || y.is_nan() { f32::NAN } else { z };
        same(a.min(b) + F32x4::zero(), each(&|x, y| nan_or(x, y, x.min(y)) + 0.0));
        same(a.max(b) + F32x4::zero(), each(&|x, y| nan_or(x, y, x.max(y)) + 0.0));
    });
}

#[test]
#[allow(clippy::float_cmp, reason = "comparisons are what is tested")]
fn comparisons_select_between_lanes() {
    let (yes, no) = (F32x4::splat(1.0), F32x4::zero());
    let number = |truth: bool| f32::from(u8::from(truth));
    pairs(|a, b, each| {
        same(a.eq(b).select(yes, no), each(&|x, y| number(x == y)));
        same(a.ne(b).select(yes, no), each(&|x, y| number(x != y)));
        same(a.lt(b).select(yes, no), each(&|x, y| number(x < y)));
        same(a.le(b).select(yes, no), each(&|x, y| number(x <= y)));
        same(a.gt(b).select(yes, no), each(&|x, y| number(x > y)));
        same(a.ge(b).select(yes, no), each(&|x, y| number(x >= y)));
        same(F32x4::select(a.lt(b) | a.eq(b), a, b), each(&|x, y| if x <= y { x } else { y }));
        same(F32x4::select(!(a.lt(b)) & a.ge(b), a, b), each(&|x, y| if x >= y { x } else { y }));
    });
}

#[test]
fn any_and_all_look_at_every_lane() {
    for lane in 0..4 {
        let mut x = [0.0; 4];
        x[lane] = 1.0;
        let one = F32x4::from_array(x).gt(F32x4::zero());
        assert!(one.any() && !one.all() && (!one).any() && !(!one).all());
    }
    let none = F32x4::zero().gt(F32x4::zero());
    assert!(!none.any() && (!none).all());
}

#[test]
fn integer_lanes_wrap_shift_and_convert() {
    let x = I32x4::splat(-7);
    let as_floats = |x: I32x4| x.to_f32().to_array()[0];
    let check = |got: I32x4, want: i16| assert_eq!(bits(as_floats(got)), bits(f32::from(want)));
    check(x.shift_right(1), -4);
    check(x.shift_right_unsigned(31), 1);
    check(x.shift_left(2), -28);
    check(x + I32x4::splat(i32::MAX) - I32x4::splat(i32::MAX), -7);
    check((x & I32x4::splat(12)) | I32x4::splat(1), 9);
    check(!x ^ I32x4::splat(3), 5);
    same(F32x4::from_bits(F32x4::splat(-2.5).to_bits()), [-2.5; 4]);
}

#[test]
fn sum_adds_in_its_stated_order() {
    let [a, b, c, d] = [1e8, 1.0, -1e8, 3.0_f32];
    assert_eq!(bits(F32x4::from_array([a, b, c, d]).sum()), bits((a + c) + (b + d)));
    let x = F32x4::from_array([1.0, 2.0, 3.0, 4.0]);
    assert_eq!((x.low_f64().sum(), x.high_f64().sum()).0.to_bits(), 3.0_f64.to_bits());
    assert_eq!(x.high_f64().sum().to_bits(), 7.0_f64.to_bits());
    same(x.swap_halves(), [3.0, 4.0, 1.0, 2.0]);
    let (low, high) = x.interleave(-x);
    same(low, [1.0, -1.0, 2.0, -2.0]);
    same(high, [3.0, -3.0, 4.0, -4.0]);
}

#[test]
fn loads_and_stores_move_the_elements_that_are_there() {
    let data = [1.0, 2.0, 3.0, 4.0, 5.0];
    same(F32x4::load(&data[1..]), [2.0, 3.0, 4.0, 5.0]);
    for len in 0..=4 {
        let want = core::array::from_fn(|i| if i < len { data[i] } else { 0.0 });
        same(F32x4::load_partial(&data[..len]), want);
        let mut out = [9.0; 5];
        F32x4::splat(7.0).store_partial(&mut out[..len]);
        assert!(
            out.iter().enumerate().all(|(i, &x)| bits(x) == bits(if i < len { 7.0 } else { 9.0 })),
            "{len}: {out:?}"
        );
    }
    let mut out = [9.0; 5];
    F32x4::splat(7.0).store(&mut out);
    assert_eq!(out.map(bits), [7.0, 7.0, 7.0, 7.0, 9.0].map(bits));
}

#[test]
#[should_panic(expected = "four elements")]
fn a_load_of_three_elements_panics() {
    let _ = F32x4::load(&[1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "differ in length")]
fn an_update_with_a_short_slot_panics() {
    zip_update(&mut [0.0; 8], &[0.0; 8], [&mut [0.0; 7]], |p, _, s| (p, s));
}

#[test]
#[should_panic(expected = "differ in length")]
fn an_update_with_short_gradients_panics() {
    zip_update(&mut [0.0; 8], &[0.0; 7], [&mut [0.0; 8]], |p, _, s| (p, s));
}

#[test]
fn an_update_equals_its_rule_element_by_element_at_every_length() {
    for len in 0..40 {
        let (start, g) = (ramp(len, 3.0), ramp(len, 5.5));
        let (mut p, mut m, mut v) = (start.clone(), ramp(len, 1.0), ramp(len, -0.1));
        let (m_before, v_before) = (m.clone(), v.clone());
        zip_update(&mut p, &g, [&mut m, &mut v], |p, g, [m, v]| {
            let (m, v) = (m * F32x4::splat(0.9) + g, v + g * g);
            (p - m / v.sqrt(), [m, v])
        });
        for i in 0..len {
            let (m_want, v_want) = (m_before[i] * 0.9 + g[i], v_before[i] + g[i] * g[i]);
            let want = [start[i] - m_want / v_want.sqrt(), m_want, v_want].map(bits);
            assert_eq!([p[i], m[i], v[i]].map(bits), want, "element {i} of {len}");
        }
    }
}

#[test]
fn maps_and_zips_equal_their_function_element_by_element_at_every_length() {
    for len in 0..40 {
        let (a, b) = (ramp(len, 3.0), ramp(len, 5.5));
        let (mut mapped, mut zipped) = (a.clone(), a.clone());
        let (mut map_out, mut zip_out) = (vec![9.0; len], vec![9.0; len]);
        map(&mut mapped, |x| x * x - F32x4::splat(1.0));
        map_into(&a, &mut map_out, |x| x * x - F32x4::splat(1.0));
        zip(&mut zipped, &b, |x, y| x / y);
        zip_into(&a, &b, &mut zip_out, |x, y| x / y);
        for i in 0..len {
            let (map_want, zip_want) = (bits(a[i] * a[i] - 1.0), bits(a[i] / b[i]));
            assert_eq!([mapped[i], map_out[i]].map(bits), [map_want; 2], "element {i} of {len}");
            assert_eq!([zipped[i], zip_out[i]].map(bits), [zip_want; 2], "element {i} of {len}");
        }
    }
}
