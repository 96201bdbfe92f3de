//! The histograms of a node.

use std::ops::Range;

use rayon::prelude::*;

use super::Grower;
use crate::evidence::{Evidence, add};
use crate::groups::{Group, GroupBins, LANES};

/// Below this many (row, column) pairs a histogram is made by one thread.
const PARALLEL_WORK: usize = 1 << 15;
/// A big node is cut into pieces of at least so many rows, so that threads share it evenly,
const PIECE_ROWS: usize = 1 << 12;
/// and into at most so many, since every piece has its own histograms.
const MOST_PIECES: usize = 4;

impl<E: Evidence> Grower<'_, E> {
    /// The histograms of all columns over the rows in `range`.
    pub(super) fn histogram(&self, range: &Range<usize>) -> Vec<u64> {
        let rows = &self.rows[range.clone()];
        let items = self.evidence.items(rows);
        let pieces = (rows.len() / PIECE_ROWS).clamp(1, MOST_PIECES);
        let piece_rows = rows.len().div_ceil(pieces).max(1);
        let mut histograms = vec![vec![0; self.offsets[self.offsets.len() - 1]]; pieces];
        let mut tasks = Vec::with_capacity(pieces * self.groups.len());
        for (piece, histogram) in histograms.iter_mut().enumerate() {
            let of_piece = piece * piece_rows..((piece + 1) * piece_rows).min(rows.len());
            let mut rest = histogram.as_mut_slice();
            for group in &self.groups {
                let words = self.offsets[group.columns.end] - self.offsets[group.columns.start];
                let (part, after) = rest.split_at_mut(words);
                tasks.push((group, &rows[of_piece.clone()], &items[of_piece.clone()], part));
                rest = after;
            }
        }
        let add_group = |(group, rows, items, part): (&Group<'_>, &[u32], &[E::Item], &mut [u64])| {
            self.add_group(group, rows, items, part);
        };
        if rows.len() * self.data.bins.len() > PARALLEL_WORK {
            tasks.into_par_iter().for_each(add_group);
        } else {
            tasks.into_iter().for_each(add_group);
        }
        let mut histograms = histograms.into_iter();
        let mut total = histograms.next().unwrap_or_default();
        histograms.for_each(|histogram| add(&mut total, &histogram));
        total
    }

    fn add_group(&self, group: &Group<'_>, rows: &[u32], items: &[E::Item], part: &mut [u64]) {
        match group.bins {
            GroupBins::Single(bins) => self.evidence.add_rows(bins, rows, items, part),
            GroupBins::Interleaved(bins) => {
                let first = group.columns.start;
                let starts: [usize; LANES] =
                    std::array::from_fn(|lane| self.offsets[first + lane] - self.offsets[first]);
                self.evidence.add_interleaved(bins, rows, items, part, starts);
            }
        }
    }
}
