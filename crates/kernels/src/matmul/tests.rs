use super::{KC, MC, NC, NR, Pack, STRIPLESS_COLUMNS, Start, UNPACKED_ROWS, nn, nt, tn};

type Product = fn(usize, usize, usize, &[f32], &[f32], &mut [f32], Start, &mut Pack);

/// A layout: its function and where a[i, p] and b[p, j] stand.
struct Case {
    name: &'static str,
    product: Product,
    a_transposed: bool,
    b_transposed: bool,
}

const CASES: [Case; 3] = [
    Case { name: "nn", product: nn, a_transposed: false, b_transposed: false },
    Case { name: "nt", product: nt, a_transposed: false, b_transposed: true },
    Case { name: "tn", product: tn, a_transposed: true, b_transposed: false },
];

/// Whole numbers from −4 to 4, so that every sum is exact and equality can be asked for.
fn whole(len: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| u8::try_from((i * 7919 + seed * 104_729 + i / 9 * 31) % 9).unwrap();
    (0..len).map(|i| f32::from(number(i)) - 4.0).collect()
}

impl Case {
    /// The definition: start + Σₚ a[i, p]·b[p, j].
    fn definition(
        &self,
        (m, n, k): (usize, usize, usize),
        a: &[f32],
        b: &[f32],
        start: impl Fn(usize, usize) -> f32,
    ) -> Vec<f32> {
        let mut c = vec![0.0; m * n];
        for i in 0..m {
            for j in 0..n {
                let term = |p: usize| {
                    a[if self.a_transposed { p * m + i } else { i * k + p }]
                        * b[if self.b_transposed { j * k + p } else { p * n + j }]
                };
                c[i * n + j] = start(i, j) + (0..k).map(term).sum::<f32>();
            }
        }
        c
    }

    /// Compares with the definition for the three starts, between canaries.
    fn check(&self, shape: (usize, usize, usize), pack: &mut Pack) {
        const CANARY: usize = 17;
        let (m, n, k) = shape;
        let (a, b, bias, before) = (whole(m * k, 1), whole(k * n, 2), whole(n, 3), whole(m * n, 4));
        for start in [Start::Zero, Start::Accumulate, Start::Bias(&bias)] {
            let mut memory = vec![f32::NAN; m * n + 2 * CANARY];
            if matches!(start, Start::Accumulate) {
                memory[CANARY..CANARY + m * n].copy_from_slice(&before);
            }
            (self.product)(m, n, k, &a, &b, &mut memory[CANARY..CANARY + m * n], start, pack);
            let want = self.definition(shape, &a, &b, |i, j| match start {
                Start::Zero => 0.0,
                Start::Accumulate => before[i * n + j],
                Start::Bias(bias) => bias[j],
            });
            let (front, rest) = memory.split_at(CANARY);
            let (got, back) = rest.split_at(m * n);
            assert!(front.iter().chain(back).all(|x| x.is_nan()), "{} {shape:?} wrote outside c", self.name);
            let wrong = got.iter().zip(&want).position(|(got, want)| (got - want).abs() > 0.0 || got.is_nan());
            if let Some(i) = wrong {
                panic!("{} {shape:?} {start:?} at {:?}: got {}, want {}", self.name, (i / n, i % n), got[i], want[i]);
            }
        }
    }
}

#[test]
fn small_products_equal_the_definition_with_every_start() {
    let mut pack = Pack::new();
    for case in &CASES {
        for m in 0..=20 {
            for n in 0..=20 {
                for k in (0..=20).filter(|k| (m + n + k) % 3 == 0 || m.max(n).max(*k) < 6) {
                    case.check((m, n, k), &mut pack);
                }
            }
        }
    }
}

#[test]
fn products_that_straddle_every_block_edge_equal_the_definition() {
    let mut pack = Pack::new();
    for case in &CASES {
        for m in [MC - 1, MC, MC + 1, MC + 3] {
            case.check((m, 2 * NR + 5, 33), &mut pack);
            case.check((m, 3, KC + 1), &mut pack);
        }
        for k in [KC - 1, KC, KC + 1, 2 * KC + 2] {
            case.check((9, NR + 2, k), &mut pack);
            case.check((10, 2 * NR, k), &mut pack);
            case.check((1, 3 * NR + 1, k), &mut pack);
            case.check((3, 1, k), &mut pack);
        }
        for n in [NC - 1, NC, NC + 1, NC + NR + 6] {
            case.check((11, n, 6), &mut pack);
            case.check((2, n, 5), &mut pack);
        }
        for m in [UNPACKED_ROWS, UNPACKED_ROWS + 1] {
            case.check((m, 2 * NR + 5, KC + 1), &mut pack);
        }
        for n in [STRIPLESS_COLUMNS, STRIPLESS_COLUMNS + 1] {
            case.check((MC + 6, n, KC + 3), &mut pack);
        }
        case.check((MC + 2, NC + 2, KC + 2), &mut pack);
    }
}

#[test]
fn a_workspace_used_before_changes_nothing() {
    let mut pack = Pack::new();
    pack.a.room(0, 1 << 16).fill(f32::NAN);
    pack.b.room(0, 1 << 16).fill(f32::NAN);
    for case in &CASES {
        case.check((37, 23, 19), &mut pack);
        case.check((9, 5, 300), &mut pack);
    }
}

#[test]
fn no_start_but_accumulate_reads_c() {
    for case in &CASES {
        for (m, n) in [(1, 1), (1, 7), (7, 1), (5, 16), (6, 18)] {
            let mut c = vec![f32::NAN; m * n];
            for start in [Start::Zero, Start::Bias(&vec![1.0; n])] {
                for k in [0, 4] {
                    (case.product)(m, n, k, &vec![1.0; m * k], &vec![1.0; k * n], &mut c, start, &mut Pack::new());
                    assert!(c.iter().all(|x| x.is_finite()), "{} {m} {n} {k} {start:?}", case.name);
                    c.fill(f32::NAN);
                }
            }
        }
    }
}

/// Fractions of many sizes, from a formula.
fn fractions(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).unwrap()) / 65_536.0 - 0.5
    };
    (0..len).map(next).collect()
}

#[test]
fn a_row_of_the_forward_product_has_the_same_bits_in_any_batch() {
    for (n, k) in [(1, 40), (3, 16), (16, 300), (45, 700), (128, 784)] {
        let rows = UNPACKED_ROWS + 3;
        let (a, b) = (fractions(rows * k, 1), fractions(k * n, 2));
        let mut all = vec![0.0; rows * n];
        nn(rows, n, k, &a, &b, &mut all, Start::Zero, &mut Pack::new());
        for count in [1, 2, 5, UNPACKED_ROWS, UNPACKED_ROWS + 1] {
            let mut some = vec![0.0; count * n];
            nn(count, n, k, &a[..count * k], &b, &mut some, Start::Zero, &mut Pack::new());
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&some), bits(&all[..count * n]), "{count} rows, n {n}, k {k}");
        }
    }
}

#[test]
fn sums_run_over_blocks_from_the_first_term_to_the_last() {
    let (m, n, k) = (5, 21, 2 * KC + 60);
    let (a, b) = (fractions(m * k, 3), fractions(k * n, 4));
    for case in &CASES {
        let mut got = vec![0.25; m * n];
        (case.product)(m, n, k, &a, &b, &mut got, Start::Accumulate, &mut Pack::new());
        for i in 0..m {
            for j in 0..n {
                let at = |p: usize| {
                    let a = a[if case.a_transposed { p * m + i } else { i * k + p }];
                    a * b[if case.b_transposed { j * k + p } else { p * n + j }]
                };
                let block = |first: usize| (first..k.min(first + KC)).fold(0.0, |sum: f32, p| sum + at(p));
                let want = (0..k).step_by(KC).fold(0.25, |c: f32, first| c + block(first));
                assert_eq!(got[i * n + j].to_bits(), want.to_bits(), "{} at {i}, {j}", case.name);
            }
        }
    }
}

#[test]
#[should_panic(expected = "b has k·n elements")]
fn a_wrong_length_panics() {
    nn(2, 3, 4, &[0.0; 8], &[0.0; 11], &mut [0.0; 6], Start::Zero, &mut Pack::new());
}

#[test]
#[should_panic(expected = "the bias has n elements")]
fn a_wrong_bias_panics() {
    nn(2, 3, 4, &[0.0; 8], &[0.0; 12], &mut [0.0; 6], Start::Bias(&[0.0; 2]), &mut Pack::new());
}
