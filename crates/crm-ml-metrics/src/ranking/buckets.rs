//! Rows sorted by score, in buckets of neighbouring scores that threads sort and walk independently of each other.

use std::ops::Range;

use crm_ml_core::{parallel, sort};
use rayon::prelude::*;

use super::rows::{Row, Tally};

/// Rows a piece of the first pass.
const PIECE: usize = 1 << 16;
/// Rows a bucket has on average: they stay in the fastest cache.
const BUCKET: usize = 1 << 12;
const MOST_BUCKETS: usize = 1 << 11;

/// What is ranked; the bounds are those of the scores.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) truth: &'a [bool],
    pub(super) scores: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) lowest: f64,
    pub(super) highest: f64,
}

/// Weight of the positives and of the negatives.
pub(super) type Sides<T> = [<T as Row>::Tally; 2];

#[derive(Debug, Clone)]
pub(super) struct Buckets<T: Row> {
    rows: Vec<T>,
    /// Where each bucket ends, from the lowest scores up.
    ends: Vec<usize>,
    /// What lies above each bucket, and in all of them.
    above: Vec<Sides<T>>,
    total: Sides<T>,
    /// Key of the lowest score.
    base: u64,
}

fn join<T: Tally>(a: [T; 2], b: [T; 2]) -> [T; 2] {
    [a[0].with(b[0]), a[1].with(b[1])]
}

impl<T: Row> Buckets<T> {
    pub(super) fn new(input: Input<'_>) -> Self {
        let base = sort::key(input.lowest);
        let count = (input.scores.len() / BUCKET).clamp(1, MOST_BUCKETS);
        let pieces =
            parallel::map_rows(input.scores.len(), PIECE, |rows| distribute(input, base, count, rows));
        let part = |(rows, ends): &(Vec<T>, Vec<usize>), bucket: usize| -> Range<usize> {
            let start = if bucket == 0 { 0 } else { ends[bucket - 1] };
            start..ends[bucket].min(rows.len())
        };
        let mut end = 0;
        let ends: Vec<usize> = (0..count)
            .map(|bucket| {
                end += pieces.iter().map(|piece| part(piece, bucket).len()).sum::<usize>();
                end
            })
            .collect();
        let mut rows = vec![T::default(); end];
        let mut rest = rows.as_mut_slice();
        let mut targets = Vec::with_capacity(count);
        for bucket in 0..count {
            let (head, tail) = rest.split_at_mut(pieces.iter().map(|piece| part(piece, bucket).len()).sum());
            targets.push(head);
            rest = tail;
        }
        let sides: Vec<Sides<T>> = targets
            .into_par_iter()
            .enumerate()
            .map(|(bucket, target)| {
                let mut filled = 0;
                for piece in &pieces {
                    let source = &piece.0[part(piece, bucket)];
                    target[filled..filled + source.len()].copy_from_slice(source);
                    filled += source.len();
                }
                sort::sort_slice(target);
                walk(target, Sides::<T>::default(), |_, _, _| ())
            })
            .collect();
        let mut total = Sides::<T>::default();
        let mut above = vec![total; count];
        for bucket in (0..count).rev() {
            above[bucket] = total;
            total = join(total, sides[bucket]);
        }
        Self { rows, ends, above, total, base }
    }

    pub(super) fn total(&self) -> Sides<T> {
        self.total
    }

    /// What `visit` makes of the distinct scores of each bucket, from the highest scores down: it is given the score, the
    /// sides of its rows, and the sides of these and all rows above.
    pub(super) fn fold<A: Default + Send>(
        &self,
        visit: impl Fn(&mut A, f64, Sides<T>, Sides<T>) + Sync + Send,
    ) -> Vec<A> {
        let last = self.ends.len();
        parallel::map(last, |i| {
            let bucket = last - 1 - i;
            let start = if bucket == 0 { 0 } else { self.ends[bucket - 1] };
            let mut found = A::default();
            walk(&self.rows[start..self.ends[bucket]], self.above[bucket], |offset, tie, sides| {
                visit(&mut found, sort::value(self.base.wrapping_add(offset)), tie, sides);
            });
            found
        })
    }
}

/// Rows of a piece by bucket, and where each bucket ends. Rows of weight 0 are absent: they make no threshold.
fn distribute<T: Row>(input: Input<'_>, base: u64, count: usize, rows: Range<usize>) -> (Vec<T>, Vec<usize>) {
    let scale = count as f64 / (input.highest - input.lowest);
    let absent = |row: usize| input.weights.is_some_and(|w| w[row] == 0.0);
    // Monotone in the score, whatever its size: casts saturate, and NaN (all scores equal) is bucket 0.
    let bucket = |row: usize| (((input.scores[row] - input.lowest) * scale) as usize).min(count - 1);
    let places: Vec<u16> =
        rows.clone().map(|row| if absent(row) { count } else { bucket(row) } as u16).collect();
    let mut ends = vec![0; count + 1];
    places.iter().for_each(|place| ends[usize::from(*place)] += 1);
    let mut start = 0;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let mut sorted = vec![T::default(); rows.len()];
    for (row, place) in rows.zip(&places) {
        let next = &mut ends[usize::from(*place)];
        let weight = input.weights.map_or(1.0, |w| w[row]);
        let offset = sort::key(input.scores[row]).wrapping_sub(base);
        sorted[*next] = T::new(offset, input.truth[row], weight);
        *next += 1;
    }
    ends.pop();
    (sorted, ends)
}

/// Visits the distinct scores of sorted rows from the highest down; gives the sides of all rows, of those above too.
fn walk<T: Row>(rows: &[T], above: Sides<T>, mut visit: impl FnMut(u64, Sides<T>, Sides<T>)) -> Sides<T> {
    let mut inside = Sides::<T>::default();
    let mut end = rows.len();
    while let Some(last) = rows[..end].last() {
        let offset = last.offset();
        let mut tie = Sides::<T>::default();
        for row in rows[..end].iter().rev().take_while(|row| row.offset() == offset) {
            tie = join(tie, row.tallies());
            end -= 1;
        }
        inside = join(inside, tie);
        visit(offset, tie, join(above, inside));
    }
    join(above, inside)
}
