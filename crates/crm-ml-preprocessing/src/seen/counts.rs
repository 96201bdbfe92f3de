//! Sums by key, of a stream of pieces.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::exact::Tally;

/// What adds up to the same bits in any order.
pub(super) trait Sum: Clone {
    fn join(&mut self, other: &Self);
}

impl Sum for u64 {
    fn join(&mut self, other: &Self) {
        *self = self.saturating_add(*other);
    }
}

impl Sum for Tally {
    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

/// Sums by key. What is new waits until there is as much of it as of what is in order, so that a stream of single rows moves
/// every entry a few times only.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(
    into = "Vec<(u64, T)>",
    from = "Vec<(u64, T)>",
    bound(serialize = "T: Sum + Serialize", deserialize = "T: Sum + Deserialize<'de>")
)]
pub(super) struct Counts<T: Sum> {
    /// Ascending keys.
    settled: Vec<(u64, T)>,
    /// In any order.
    waiting: Vec<(u64, T)>,
}

impl<T: Sum> Counts<T> {
    pub(super) fn add(&mut self, more: impl IntoIterator<Item = (u64, T)>) {
        self.waiting.extend(more);
        if self.waiting.len() >= self.settled.len() {
            self.settled = self.all().into_owned();
            self.waiting.clear();
        }
    }

    /// Every key once, ascending.
    pub(super) fn all(&self) -> Cow<'_, [(u64, T)]> {
        if self.waiting.is_empty() {
            return Cow::Borrowed(&self.settled);
        }
        let mut all = [self.settled.as_slice(), &self.waiting].concat();
        all.sort_by_key(|(key, _)| *key);
        all.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1.join(&later.1);
            }
            same
        });
        Cow::Owned(all)
    }

    /// For those read from a file: whether the keys are in order, each once, and each sum is sound.
    pub(super) fn are_sound(&self, sound: impl Fn(&(u64, T)) -> bool) -> bool {
        let all = self.all();
        all.windows(2).all(|pair| pair[0].0 < pair[1].0) && all.iter().all(sound)
    }
}

impl<T: Sum> Default for Counts<T> {
    fn default() -> Self {
        Self { settled: Vec::new(), waiting: Vec::new() }
    }
}

impl<T: Sum + PartialEq> PartialEq for Counts<T> {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl<T: Sum> From<Vec<(u64, T)>> for Counts<T> {
    fn from(settled: Vec<(u64, T)>) -> Self {
        Self { settled, waiting: Vec::new() }
    }
}

impl<T: Sum> From<Counts<T>> for Vec<(u64, T)> {
    fn from(counts: Counts<T>) -> Self {
        counts.all().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_rows_wait_and_count_all_the_same() {
        let mut counts = Counts::default();
        counts.add((0..1000).map(|key| (2 * key, 1)));
        for key in 0..999 {
            counts.add([(key, 1)]);
        }
        assert_eq!((counts.settled.len(), counts.waiting.len()), (1000, 999));
        let mut at_once: Counts<u64> = Counts::default();
        at_once.add((0..999).map(|key| (key, 1)).chain((0..1000).map(|key| (2 * key, 1))));
        assert_eq!(counts, at_once);
        assert_eq!(counts.all().len(), 1499);
        counts.add([(5, 1)]);
        assert!(counts.waiting.is_empty() && counts.settled[5] == (5, 2));
    }

    #[test]
    fn files_hold_them_in_order() {
        let mut counts: Counts<u64> = Counts::from(vec![(1, 4), (7, 1)]);
        counts.add([(7, 2)]);
        let written = serde_json::to_string(&counts).unwrap();
        assert_eq!(written, "[[1,4],[7,3]]");
        assert_eq!(serde_json::from_str::<Counts<u64>>(&written).unwrap(), counts);
        assert!(counts.are_sound(|_| true) && !Counts::from(vec![(2, 1), (2, 1)]).are_sound(|_| true));
    }
}
