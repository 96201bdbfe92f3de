//! The histograms of a node.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Grower;
use crate::evidence::{Evidence, add};

/// A piece of a node has at least so many (row, slot) pairs: less is not worth waking another thread.
const PIECE_WORK: usize = 1 << 16;
/// Rows that all groups take before the next rows come, so that their bins stay in cache.
const CHUNK: usize = 1 << 10;

impl<E: Evidence> Grower<'_, E> {
    /// The histograms of all columns over these rows.
    pub(super) fn histogram(&self, rows: &[u32]) -> Vec<u64> {
        let slots: usize = self.layout.parts.iter().map(|part| part.lanes.len()).sum();
        let most = rows.len() * slots / PIECE_WORK;
        // Integer sums: in how many pieces does not matter.
        let pieces = rayon::current_num_threads().min(most).max(1);
        let add_rows = |rows: &[u32]| {
            let mut histogram = self.data.pool.take(self.layout.words);
            self.add_rows(rows, &mut histogram);
            histogram
        };
        if pieces == 1 {
            return add_rows(rows);
        }
        let of_pieces: Vec<_> = rows.par_chunks(rows.len().div_ceil(pieces)).map(add_rows).collect();
        let mut of_pieces = of_pieces.into_iter();
        let mut total = of_pieces.next().unwrap_or_default();
        for histogram in of_pieces {
            add(&mut total, &histogram);
            self.data.pool.give(histogram);
        }
        total
    }

    /// The histogram of one column, out of a node's.
    pub(super) fn of_column<'h>(&self, histogram: &'h [u64], column: usize) -> Cow<'h, [u64]> {
        let place = &self.layout.places[column];
        let slot = &histogram[place.slot.clone()];
        let Some(member) = place.share else { return Cow::Borrowed(slot) };
        let mut own = vec![0; self.data.bins[column].count() * self.evidence.words()];
        member.sum(slot, self.evidence.words(), &mut own);
        Cow::Owned(own)
    }

    fn add_rows(&self, rows: &[u32], histogram: &mut [u64]) {
        let mut items = [E::Item::default(); CHUNK];
        for rows in rows.chunks(CHUNK) {
            items.iter_mut().zip(rows).for_each(|(item, row)| *item = self.evidence.item(*row));
            let items = &items[..rows.len()];
            let mut rest = &mut *histogram;
            for part in &self.layout.parts {
                let (own, after) = rest.split_at_mut(part.words);
                self.evidence.add_group((part.cells, &part.lanes), part.bins, rows, items, own);
                rest = after;
            }
        }
    }
}
