//! Cuts drawn at random, one a column: extremely randomised trees (Geurts, Ernst, Wehenkel 2006).

use crm_ml_core::Stream;

use super::criterion::Criterion;
use super::ranks::MISSING;
use super::search::{Cut, Range, Scratch, Search};
use crate::tree::BinSet;

impl<C: Criterion> Search<'_, C> {
    /// A threshold drawn from the range of the node's values, missing cells on either side. Whether the column varies in the node.
    pub(crate) fn random_real(&mut self, keys: &[u32], values: &[f64], stream: &mut Stream) -> bool {
        let range = Range::of(keys);
        if !range.varies(keys.len()) {
            return false;
        }
        let (low, high) = (values[range.low as usize], values[range.high as usize]);
        let share = stream.uniform();
        let drawn = (low * (1.0 - share) + high * share).max(low);
        // A threshold on the highest value would send all rows left.
        let drawn = if drawn < high { drawn } else { low };
        let (end, drawn) = match range.low < range.high {
            true => {
                let inside = &values[range.low as usize..range.high as usize];
                (range.low + inside.partition_point(|value| *value <= drawn) as u32, Some(drawn))
            }
            // Only missing cells differ.
            false => (range.high + 1, None),
        };
        let (mut left, mut missing) = (self.criterion.zero(), self.criterion.zero());
        for (&key, &item) in keys.iter().zip(self.items) {
            if key < end {
                self.criterion.add(&mut left, item);
            } else if key == MISSING {
                self.criterion.add(&mut missing, item);
            }
        }
        self.consider_drawn(keys, &left, Cut::Real { end, missing_left: false, drawn });
        if range.missing > 0 && range.low < range.high {
            let with_missing = self.merged(&left, &missing);
            self.consider_drawn(keys, &with_missing, Cut::Real { end, missing_left: true, drawn });
        }
        true
    }

    fn consider_drawn(&mut self, keys: &[u32], left: &C::Sum, cut: Cut) {
        let goes_left = |key: u32| match cut {
            Cut::Real { end, missing_left, .. } => key < end || (key == MISSING && missing_left),
            Cut::Set(set) => set.contains(key as u8),
        };
        match self.gain_of(keys, &goes_left) {
            Some(gain) => self.keep(gain, left, cut),
            None => self.consider(left, cut),
        }
    }

    /// A set drawn from the levels in the node, neither none nor all of them. Whether the column varies in the node.
    pub(crate) fn random_category(
        &mut self,
        keys: &[u32],
        bins: usize,
        scratch: &mut Scratch<C>,
        stream: &mut Stream,
    ) -> bool {
        let sums = &mut scratch.sums;
        self.by_bin(keys, bins, sums);
        let mut levels: Vec<usize> =
            (0..sums.len()).filter(|level| self.criterion.rows(&sums[*level]) > 0).collect();
        if levels.len() < 2 {
            return false;
        }
        // One goes left, another right, a coin is thrown for each of the others.
        stream.shuffle(&mut levels);
        let mut set = BinSet::of(levels[0] as u8);
        let mut left = sums[levels[0]].clone();
        for &level in &levels[2..] {
            if stream.bits() & 1 == 1 {
                set.insert(level as u8);
                self.criterion.merge(&mut left, &sums[level]);
            }
        }
        self.consider_set(keys, &left, set);
        true
    }
}
