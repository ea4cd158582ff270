//! What a generator decides by: a seed, which makes the same again, or the bytes of a fuzzer, which learns from them.

/// Decisions, one after the other.
pub struct Choices<'a>(Source<'a>);

#[allow(
    dead_code,
    reason = "bytes are for the fuzz targets, which have this file, too"
)]
enum Source<'a> {
    Seed(u64),
    Bytes(&'a [u8]),
}

impl Choices<'static> {
    /// As many as are wanted.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seed(seed))
    }
}

#[allow(
    dead_code,
    reason = "some are for the fuzz targets, which have this file, too"
)]
impl<'a> Choices<'a> {
    /// As many as there are bytes; then 0 each, which a generator takes for what is simplest.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self(Source::Bytes(bytes))
    }

    /// A number below `below`, which is above 0.
    pub fn below(&mut self, below: usize) -> usize {
        match &mut self.0 {
            Source::Seed(seed) => mixed(seed) as usize % below,
            Source::Bytes(bytes) => {
                let bytes_of_it = if below > 256 { 2 } else { 1 };
                let (now, later) = bytes.split_at(bytes_of_it.min(bytes.len()));
                *bytes = later;
                let number = now
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                number % below
            }
        }
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// One of these.
    pub fn pick<'b, T: ?Sized>(&mut self, of: &[&'b T]) -> &'b T {
        of[self.below(of.len())]
    }

    /// A seed for who decides by one.
    pub fn seed(&mut self) -> u64 {
        self.below(1 << 16) as u64
    }
}

/// The next number (SplitMix64).
fn mixed(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
