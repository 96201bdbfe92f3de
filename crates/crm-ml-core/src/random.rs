//! Random streams keyed by seed, purpose and index.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A random stream that belongs to one place of one algorithm.
///
/// Streams with another seed, tag or index are independent, so no stream is ever shared between threads and the order
/// in which they are used does not matter. ChaCha8 gives the same numbers on every platform.
///
/// ```
/// use crm_ml_core::Stream;
///
/// let mut tree_7 = Stream::new(42, "forest/bootstrap", 7);
/// let row = tree_7.below(100);
/// assert!(row < 100);
/// assert_eq!(row, Stream::new(42, "forest/bootstrap", 7).below(100));
/// ```
#[derive(Debug, Clone)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream of `(seed, tag, index)`. The tag names the purpose; its first 24 bytes count.
    pub fn new(seed: u64, tag: &str, index: u64) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        for (slot, byte) in key[8..].iter_mut().zip(tag.bytes()) {
            *slot = byte;
        }
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(index);
        Self { generator }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.generator.random()
    }

    /// Uniform in 0..n; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.generator.random_range(0..n as u64) as usize }
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.generator)
    }

    /// Shuffles in place.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }

    /// `0..n` in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// `amount` different numbers out of `0..n` in random order; all of them if `amount` is larger.
    pub fn sample(&mut self, n: usize, amount: usize) -> Vec<usize> {
        let amount = amount.min(n);
        let mut order: Vec<usize> = (0..n).collect();
        for i in 0..amount {
            let pick = i + self.below(n - i);
            order.swap(i, pick);
        }
        order.truncate(amount);
        order
    }
}
