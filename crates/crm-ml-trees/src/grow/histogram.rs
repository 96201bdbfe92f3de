//! The histograms of a node.

use std::ops::Range;

use rayon::prelude::*;

use super::Grower;
use crate::evidence::{Evidence, add};
use crate::groups::{LANES, Lines};

/// A piece of a node has at least so many (row, column) pairs: less is not worth waking another thread.
const PIECE_WORK: usize = 1 << 16;
/// Rows that all groups take before the next rows come, so that their bins stay in cache.
const CHUNK: usize = 1 << 10;

impl<E: Evidence> Grower<'_, E> {
    /// The histograms of all columns over the rows in `range`.
    pub(super) fn histogram(&self, lines: &Lines, range: &Range<usize>) -> Vec<u64> {
        let rows = &self.rows[range.clone()];
        let most = rows.len() * self.data.bins.len() / PIECE_WORK;
        // Integer sums: in how many pieces does not matter.
        let pieces = rayon::current_num_threads().min(most).max(1);
        let add_rows = |rows: &[u32]| {
            let mut histogram = self.data.pool.take(self.words);
            self.add_rows(lines, rows, &mut histogram);
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

    fn add_rows(&self, lines: &Lines, rows: &[u32], histogram: &mut [u64]) {
        let mut items = [E::Item::default(); CHUNK];
        for rows in rows.chunks(CHUNK) {
            items.iter_mut().zip(rows).for_each(|(item, row)| *item = self.evidence.item(*row));
            let items = &items[..rows.len()];
            let mut rest = &mut *histogram;
            for (place, group) in self.data.groups.iter().enumerate() {
                let (part, after) = rest.split_at_mut(LANES * group.cells * self.evidence.words());
                self.evidence.add_group(group, lines.group(place), rows, items, part);
                rest = after;
            }
        }
    }
}
