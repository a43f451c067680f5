//! One random generator for everything: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
//! as 1, 2, 3", SC 2011), which turns a 128-bit counter and a 64-bit key into four random words by ten rounds of
//! multiplications.
//!
//! A [`Stream`] has the key `(seed, purpose)` and counts `(block, b, a)`. Nothing is carried along: the numbers of, say,
//! step `a` and layer `b` can be drawn at any time, in any order, and a layer more changes nobody else's numbers.

/// What the numbers are for: each purpose has streams of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// first weights
    Initialization = 0,
    /// order of the samples
    Shuffle = 1,
    /// masks of dropout and alpha dropout
    Dropout = 2,
    /// Gaussian noise of a layer
    Noise = 3,
    /// noise of the gradient
    GradientNoise = 4,
}

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Golden ratio and √3 − 1: what the key grows by from round to round.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: u32 = 10;

/// How many blocks [`Stream::fill_u32`] makes side by side, so that the compiler finds its vectors.
const LANES: usize = 4;

/// Ten rounds on `N` counters at once: `words[i][lane]` is word `i` of a block.
fn philox<const N: usize>(mut words: [[u32; N]; 4], mut key: [u32; 2]) -> [[u32; N]; 4] {
    for _ in 0..ROUNDS {
        let [x0, x1, x2, x3] = words;
        for lane in 0..N {
            let first = u64::from(x0[lane]) * u64::from(MULTIPLIERS[0]);
            let second = u64::from(x2[lane]) * u64::from(MULTIPLIERS[1]);
            words[0][lane] = high(second) ^ x1[lane] ^ key[0];
            words[1][lane] = low(second);
            words[2][lane] = high(first) ^ x3[lane] ^ key[1];
            words[3][lane] = low(first);
        }
        key = [key[0].wrapping_add(KEY_STEPS[0]), key[1].wrapping_add(KEY_STEPS[1])];
    }
    words
}

#[allow(clippy::cast_possible_truncation)] // the two halves of a product
fn high(x: u64) -> u32 {
    (x >> 32) as u32
}

#[allow(clippy::cast_possible_truncation)] // the two halves of a product
fn low(x: u64) -> u32 {
    x as u32
}

/// A sequence of 2³⁴ random words (it then starts again), fixed by what it was made from.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    /// words 1 to 3 of the counter; word 0 is the block
    place: [u32; 3],
    /// of the next block
    block: u32,
    words: [u32; 4],
    /// how many of `words` were given out
    used: usize,
    /// the second number of a Box–Muller pair
    spare: Option<f64>,
}

impl Stream {
    /// The stream of `purpose` under `seed` at the place (`a`, `b`), for example (step, layer).
    #[must_use]
    pub fn new(seed: u32, purpose: Purpose, a: u64, b: u32) -> Self {
        Stream {
            key: [seed, purpose as u32],
            place: [b, low(a), high(a)],
            block: 0,
            words: [0; 4],
            used: 4,
            spare: None,
        }
    }

    /// The next `N` blocks, `[word][block]`.
    fn blocks<const N: usize>(&mut self) -> [[u32; N]; 4] {
        let [b, low, high] = self.place;
        let blocks = std::array::from_fn(|_| {
            self.block = self.block.wrapping_add(1);
            self.block.wrapping_sub(1)
        });
        let counters = [blocks, [b; N], [low; N], [high; N]];
        philox(counters, self.key)
    }

    /// Thirty-two random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.words = self.blocks::<1>().map(|[word]| word);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform in [0, 1): a multiple of 2⁻²⁴, of one word.
    #[allow(clippy::cast_precision_loss)] // 24 bits fit
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in [0, 1): a multiple of 2⁻⁵³, of two words.
    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    pub fn uniform_f64(&mut self) -> f64 {
        let bits = u64::from(self.next_u32()) << 32 | u64::from(self.next_u32());
        (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Normal with mean 0 and variance 1, by Box and Muller (1958): √(−2 ln u)·(cos, sin)(2πv), the sine kept for the
    /// next call. |value| ≤ 8.6, since 1 − u is a multiple of 2⁻⁵³.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * libm::log(1.0 - self.uniform_f64())).sqrt();
        let (sine, cosine) = crate::trig::sin_cos(2.0 * std::f64::consts::PI * self.uniform_f64());
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Uniform among 0 … `n` − 1, each exactly as likely (Lemire 2019: multiply, reject the few that tip the balance);
    /// 0 for `n` = 0.
    pub fn below(&mut self, n: u32) -> u32 {
        loop {
            let product = u64::from(self.next_u32()) * u64::from(n);
            if low(product) >= n || low(product) >= n.wrapping_neg() % n {
                return high(product);
            }
        }
    }

    /// Puts up to 2³² − 1 items into random order, each order as likely (Fisher and Yates).
    #[allow(clippy::cast_possible_truncation)] // the length is bounded above
    pub fn shuffle(&mut self, items: &mut [u32]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u32 + 1) as usize;
            items.swap(i, j);
        }
    }

    /// The same words as so many calls of [`Stream::next_u32`], several blocks at a time.
    pub fn fill_u32(&mut self, out: &mut [u32]) {
        let begun = out.len().min(4 - self.used);
        let (front, rest) = out.split_at_mut(begun);
        front.fill_with(|| self.next_u32());
        let mut chunks = rest.chunks_exact_mut(4 * LANES);
        for chunk in &mut chunks {
            let words = self.blocks::<LANES>();
            for (lane, block) in chunk.chunks_exact_mut(4).enumerate() {
                for (word, place) in block.iter_mut().enumerate() {
                    *place = words[word][lane];
                }
            }
        }
        chunks.into_remainder().fill_with(|| self.next_u32());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kat_vectors` of the Random123 package, the three lines `philox4x32 10`: counter, key, result.
    #[test]
    fn the_generator_gives_the_published_answers() {
        let known = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, want) in known {
            assert_eq!(philox(counter.map(|word| [word]), key).map(|[word]| word), want);
            assert_eq!(philox(counter.map(|word| [word; LANES]), key), want.map(|word| [word; LANES]));
        }
    }

    #[test]
    fn a_stream_counts_blocks_from_its_place_with_its_key() {
        let mut stream = Stream::new(7, Purpose::Noise, 0x1234_5678_9abc_def0, 5);
        for block in 0..3 {
            let want = philox([[block], [5], [0x9abc_def0], [0x1234_5678]], [7, 3]);
            assert_eq!([(); 4].map(|()| [stream.next_u32()]), want);
        }
    }

    #[test]
    fn filling_gives_the_words_of_single_calls_from_any_position() {
        for begun in 0..6 {
            for length in [0, 1, 3, 4, 15, 16, 17, 50] {
                let mut one = Stream::new(1, Purpose::Dropout, 9, 2);
                one.fill_u32(&mut vec![0; begun]);
                let mut other = one.clone();
                let mut filled = vec![0; length];
                one.fill_u32(&mut filled);
                let single: Vec<u32> = (0..length).map(|_| other.next_u32()).collect();
                assert_eq!(filled, single, "{length} words after {begun}");
                assert_eq!(one.next_u32(), other.next_u32(), "after {length} words after {begun}");
            }
        }
    }

    #[test]
    fn seed_purpose_and_place_each_change_the_numbers() {
        let first = |seed, purpose, a, b| Stream::new(seed, purpose, a, b).next_u32();
        let base = first(1, Purpose::Shuffle, 2, 3);
        assert_eq!(base, first(1, Purpose::Shuffle, 2, 3));
        for other in [
            first(2, Purpose::Shuffle, 2, 3),
            first(1, Purpose::Dropout, 2, 3),
            first(1, Purpose::Shuffle, 3, 3),
            first(1, Purpose::Shuffle, 2 + (1 << 32), 3),
            first(1, Purpose::Shuffle, 2, 4),
        ] {
            assert_ne!(base, other);
        }
    }

    /// Over n draws a mean of variance s² strays by s/√n; five of those is once in a million, and the seed is fixed.
    #[test]
    fn uniform_and_normal_numbers_have_their_moments() {
        let n = 100_000;
        let mut stream = Stream::new(3, Purpose::Noise, 0, 0);
        let uniform: Vec<f64> = (0..n).map(|_| f64::from(stream.uniform())).collect();
        let double: Vec<f64> = (0..n).map(|_| stream.uniform_f64()).collect();
        let normal: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let moment = |x: &[f64], power: i32, about: f64| {
            x.iter().map(|x| (0..power).fold(1.0, |product, _| product * (x - about))).sum::<f64>() / x.len() as f64
        };
        let close = |got: f64, want: f64, deviation: f64| {
            let bound = 5.0 * deviation / f64::from(n).sqrt();
            assert!((got - want).abs() < bound, "got {got}, want {want} ± {bound}");
        };
        for x in [&uniform, &double] {
            assert!(x.iter().all(|x| (0.0..1.0).contains(x)));
            close(moment(x, 1, 0.0), 0.5, (1.0_f64 / 12.0).sqrt());
            close(moment(x, 2, 0.5), 1.0 / 12.0, (1.0_f64 / 180.0).sqrt());
        }
        close(moment(&normal, 1, 0.0), 0.0, 1.0);
        close(moment(&normal, 2, 0.0), 1.0, 2.0_f64.sqrt());
        close(moment(&normal, 3, 0.0), 0.0, 15.0_f64.sqrt());
        close(moment(&normal, 4, 0.0), 3.0, 96.0_f64.sqrt());
        let pairs: Vec<f64> = normal.windows(2).map(|pair| pair[0] * pair[1]).collect();
        close(moment(&pairs, 1, 0.0), 0.0, 1.0);
    }

    #[test]
    fn below_is_even_where_a_plain_product_is_not() {
        // Of 2³² words, n = 3·2³⁰ without rejection would take every third value twice as often as the others.
        let (n, draws) = (3 << 30, 30_000);
        let mut stream = Stream::new(4, Purpose::Shuffle, 0, 0);
        let mut counts = [0; 3];
        for _ in 0..draws {
            let value = stream.below(n);
            assert!(value < n);
            counts[(value % 3) as usize] += 1;
        }
        // 10,000 each, deviation √(30,000 · 2/9) = 82
        assert!(counts.iter().all(|count: &i32| (count - 10_000).abs() < 5 * 82), "{counts:?}");
        assert_eq!(stream.below(1), 0);
        assert_eq!(stream.below(0), 0);
    }

    #[test]
    fn shuffling_makes_each_order_of_four_as_likely() {
        let mut stream = Stream::new(5, Purpose::Shuffle, 0, 0);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            stream.shuffle(&mut items);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        // 1,000 each, deviation √(1,000 · 23/24) = 31
        assert!(counts.values().all(|count: &i32| (count - 1_000).abs() < 5 * 31), "{counts:?}");
    }
}
