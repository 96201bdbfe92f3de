//! Parallel loops whose results do not depend on the number of threads.
//!
//! Work is cut into pieces of a fixed size, never by the number of threads, and results are combined in a fixed order. All of it
//! runs on the caller's rayon pool.

use std::ops::Range;

use rayon::prelude::*;

use crate::Result;

/// Rows a piece where nothing else is said.
pub const ROW_CHUNK: usize = 4096;

/// `[f(0), f(1), ..., f(count - 1)]`, computed in parallel.
pub fn map<T: Send>(count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..count).into_par_iter().map(f).collect()
}

/// As [`map`]; of several errors the one with the lowest index is returned.
pub fn try_map<T: Send>(count: usize, f: impl Fn(usize) -> Result<T> + Sync + Send) -> Result<Vec<T>> {
    map(count, f).into_iter().collect()
}

/// As [`try_map`] over items, which each call is given, so that their memory is free when they are done with.
pub fn try_map_each<I: Send, T: Send>(
    items: Vec<I>,
    f: impl Fn(usize, I) -> Result<T> + Sync + Send,
) -> Result<Vec<T>> {
    let results: Vec<Result<T>> = items.into_par_iter().enumerate().map(|(i, item)| f(i, item)).collect();
    results.into_iter().collect()
}

/// The pieces of `rows`, each of `chunk` rows but the last.
pub fn chunks(
    rows: usize,
    chunk: usize,
) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator {
    let chunk = chunk.max(1);
    (0..rows.div_ceil(chunk)).map(move |i| i * chunk..((i + 1) * chunk).min(rows))
}

/// Maps every piece of `rows` in parallel; results in the order of the pieces.
pub fn map_rows<T: Send>(rows: usize, chunk: usize, f: impl Fn(Range<usize>) -> T + Sync + Send) -> Vec<T> {
    let chunk = chunk.max(1);
    map(rows.div_ceil(chunk), |i| f(i * chunk..((i + 1) * chunk).min(rows)))
}

/// Maps every piece of `rows` in parallel and combines neighbours, then neighbouring pairs, and so on, earlier rows on the left.
///
/// The tree depends on the number of pieces alone, so that floating-point sums made this way are the same bits at any thread
/// count; and their error grows with its depth. `None` for no rows. A thread holds at most as many results as the tree is deep.
pub fn reduce_rows<T: Send>(
    rows: usize,
    chunk: usize,
    f: impl Fn(Range<usize>) -> T + Sync + Send,
    combine: impl Fn(T, T) -> T + Sync + Send,
) -> Option<T> {
    let chunk = chunk.max(1);
    let pieces = rows.div_ceil(chunk);
    let piece = |i: usize| f(i * chunk..((i + 1) * chunk).min(rows));
    (pieces > 0).then(|| reduce(0..pieces, &piece, &combine))
}

fn reduce<T: Send>(
    pieces: Range<usize>,
    f: &(impl Fn(usize) -> T + Sync + Send),
    combine: &(impl Fn(T, T) -> T + Sync + Send),
) -> T {
    if pieces.len() == 1 {
        return f(pieces.start);
    }
    let middle = pieces.start + pieces.len().next_power_of_two() / 2;
    let (left, right) =
        rayon::join(|| reduce(pieces.start..middle, f, combine), || reduce(middle..pieces.end, f, combine));
    combine(left, right)
}

/// Fills a row-major buffer of `width` values a row: `f(first_row, piece)` writes one piece of whole rows.
pub fn fill_rows<T: Send>(
    buffer: &mut [T],
    width: usize,
    chunk: usize,
    f: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    let (width, chunk) = (width.max(1), chunk.max(1));
    buffer.par_chunks_mut(chunk * width).enumerate().for_each(|(i, piece)| f(i * chunk, piece));
}
