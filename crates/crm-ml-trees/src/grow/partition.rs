//! The rows of a node, moved to the sides of its split.

use rayon::prelude::*;

use super::Grower;
use crate::split::Split;

/// Rows that one thread partitions.
const PARTITION_ROWS: usize = 1 << 14;

impl<E> Grower<'_, E> {
    /// Moves the rows that go left before the others, each side in its order, and gives how many go left.
    pub(super) fn partition(&self, rows: &mut [u32], scratch: &mut [u32], split: &Split) -> usize {
        let goes_left: [bool; 256] = std::array::from_fn(|bin| split.left.contains(bin as u8));
        let column = &self.data.columns[split.feature];
        // Each piece by itself; then the pieces' left sides move together, and the right sides behind them.
        let part = |rows: &mut [u32], scratch: &mut [u32]| -> usize {
            let mut kept = 0;
            for i in 0..rows.len() {
                let row = rows[i];
                // Both are written and one counts: a branch here is a coin that no processor foresees.
                rows[kept] = row;
                scratch[i - kept] = row;
                kept += usize::from(goes_left[usize::from(column[row as usize])]);
            }
            kept
        };
        let kept: Vec<usize> = if rows.len() > PARTITION_ROWS {
            let pieces = rows.par_chunks_mut(PARTITION_ROWS).zip(scratch.par_chunks_mut(PARTITION_ROWS));
            pieces.map(|(rows, scratch)| part(rows, scratch)).collect()
        } else {
            vec![part(rows, scratch)]
        };
        let mut middle = 0;
        for (piece, kept) in kept.iter().enumerate() {
            let first = piece * PARTITION_ROWS;
            rows.copy_within(first..first + kept, middle);
            middle += kept;
        }
        let mut right = &mut rows[middle..];
        for (scratch, kept) in scratch.chunks(PARTITION_ROWS).zip(&kept) {
            let moved = &scratch[..scratch.len() - kept];
            let (of_piece, after) = right.split_at_mut(moved.len());
            of_piece.copy_from_slice(moved);
            right = after;
        }
        middle
    }
}
