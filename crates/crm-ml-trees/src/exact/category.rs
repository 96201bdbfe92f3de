//! Cuts of a category: sets of its levels.

use super::criterion::Criterion;
use super::search::{Cut, Scratch, Search};
use crate::tree::BinSet;

/// Up to so many levels in a node, each is also tried against the rest.
const ONE_AGAINST_REST: usize = 4;

impl<C: Criterion> Search<'_, C> {
    /// Cuts of the levels in the order of their means (which hold the best set for squared error and two classes; Fisher 1958, Breiman et
    /// al. 1984); of few levels also each against the rest. Whether the column varies in the node.
    pub(crate) fn category(&mut self, keys: &[u32], bins: usize, scratch: &mut Scratch<C>) -> bool {
        let sums = &mut scratch.sums;
        self.by_bin(keys, bins, sums);
        let rows = |level: u8| self.criterion.rows(&sums[usize::from(level)]);
        let mut levels: Vec<u8> =
            (0..sums.len()).map(|bin| bin as u8).filter(|level| rows(*level) > 0).collect();
        if levels.len() < 2 {
            return false;
        }
        let alone: &[u8] = if levels.len() <= ONE_AGAINST_REST { &levels } else { &[] };
        for &level in alone {
            self.consider_set(keys, &sums[usize::from(level)], BinSet::of(level));
        }
        levels
            .retain(|&level| self.criterion.rows(&sums[usize::from(level)]) >= self.limits.min_samples_level);
        for order in 0..self.criterion.orders() {
            let key = |bin: u8| {
                self.criterion.key(order, &sums[usize::from(bin)], self.total, self.limits.smoothing)
            };
            levels.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
            // Rare levels stay right, so that the two ends differ.
            self.cuts(keys, levels.iter(), sums);
            self.cuts(keys, levels.iter().rev(), sums);
        }
        true
    }

    /// The sum of every bin.
    pub(super) fn by_bin(&self, keys: &[u32], bins: usize, sums: &mut Vec<C::Sum>) {
        sums.clear();
        sums.resize(bins, self.criterion.zero());
        for (&key, &item) in keys.iter().zip(self.items) {
            if let Some(sum) = sums.get_mut(key as usize) {
                self.criterion.add(sum, item);
            }
        }
    }

    /// Sends the levels left, one after the other.
    fn cuts<'b>(&mut self, keys: &[u32], levels: impl Iterator<Item = &'b u8>, sums: &[C::Sum]) {
        let mut left = self.criterion.zero();
        let mut set = BinSet::default();
        for &level in levels {
            self.criterion.merge(&mut left, &sums[usize::from(level)]);
            set.insert(level);
            if self.criterion.rows(&left) < self.criterion.rows(self.total) {
                self.consider_set(keys, &left, set);
            }
        }
    }

    /// Considers the cut that sends the levels of `set`, whose rows sum up to `left`, to the left.
    pub(super) fn consider_set(&mut self, keys: &[u32], left: &C::Sum, set: BinSet) {
        match self.gain_of(keys, &|key| set.contains(key as u8)) {
            Some(gain) => self.keep(gain, left, Cut::Set(set)),
            None => self.consider(left, Cut::Set(set)),
        }
    }

    /// The gain of one cut where gains do not follow from sums.
    pub(super) fn gain_of(&self, keys: &[u32], goes_left: &dyn Fn(u32) -> bool) -> Option<f64> {
        let place = |left: bool| {
            let rows = keys.iter().zip(self.items).filter(move |(key, _)| goes_left(**key) == left);
            rows.map(|(_, item)| *item)
        };
        if C::BOUNDED {
            return None;
        }
        let (left, right): (Vec<C::Item>, Vec<C::Item>) = (place(true).collect(), place(false).collect());
        let gains =
            self.criterion.gains(&mut left.iter().chain(&right).copied().collect::<Vec<_>>().into_iter())?;
        gains.get(left.len().wrapping_sub(1)).copied()
    }
}
