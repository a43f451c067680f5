//! Bytes as the numbers that a fuzzer wants to try.

/// Takes choices from bytes, front to back; past the end every choice is 0.
pub(crate) struct Source<'a> {
    bytes: &'a [u8],
}

/// Numbers at which readers stumble.
const SPECIAL: [f64; 24] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    -0.0,
    -1.0,
    0.5,
    0.9,
    0.999,
    1.5,
    1e-3,
    1e-8,
    1e-45,
    1e-300,
    1e3,
    1e12,
    1e30,
    1e38,
    1e300,
    2_147_483_648.0,
    4_294_967_295.0,
    4_294_967_296.0,
    4_294_967_297.0,
    9_007_199_254_740_992.0,
    1.844_674_407_370_955_2e19,
];

impl<'a> Source<'a> {
    /// Starts at the front.
    #[must_use]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Source { bytes }
    }

    /// Is there nothing left?
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    /// From 0 to n − 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number: mostly a small whole one, else one of [`SPECIAL`], or any bits.
    pub(crate) fn number(&mut self) -> f64 {
        match self.byte() {
            small @ 0..=199 => f64::from(small % 40),
            special @ 200..=247 => SPECIAL[usize::from(special - 200) % SPECIAL.len()],
            _ => f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| self.byte()))),
        }
    }

    /// Such a number as an index or count that crosses the boundary.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, as the glue's own conversion wraps
    pub(crate) fn count(&mut self) -> usize {
        self.number() as u32 as usize
    }

    /// Such a number in 32 bits.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn single(&mut self) -> f32 {
        self.number() as f32
    }

    /// Up to `most` of them.
    pub(crate) fn numbers(&mut self, most: usize) -> Vec<f64> {
        (0..self.below(most + 1)).map(|_| self.number()).collect()
    }
}
