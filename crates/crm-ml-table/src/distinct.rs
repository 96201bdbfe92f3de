//! How many different texts there are.

use std::hash::Hasher;

use ahash::AHasher;

/// Counts different texts by their hashes: of a million texts two are taken for one with a chance of one in thirty million.
#[derive(Default)]
pub(crate) struct Distinct {
    /// One hash of each text or more.
    hashes: Vec<u64>,
    /// Hashes seen of late, each at a place that it decides: repeated texts are mostly found here.
    recent: Vec<u64>,
}

impl Distinct {
    const RECENT: usize = 1 << 10;

    pub(crate) fn add(&mut self, text: &str) {
        if self.recent.is_empty() {
            self.recent = vec![0; Self::RECENT];
        }
        let hash = hash(text);
        let recent = &mut self.recent[hash as usize % Self::RECENT];
        if *recent != hash {
            *recent = hash;
            self.hashes.push(hash);
        }
    }

    pub(crate) fn count(mut self) -> usize {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.hashes.len()
    }
}

/// Never 0, the mark of an empty place.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = AHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_count_once() {
        let mut distinct = Distinct::default();
        assert_eq!(Distinct::default().count(), 0);
        for i in 0..50_000 {
            distinct.add(&(i * 7 % 5_003).to_string());
            distinct.add(if i % 2 == 0 { "" } else { "once more" });
        }
        assert_eq!(distinct.count(), 5_005);
    }
}
