//! The distribution of a column, and what its cells add to the score.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel, sort};
use serde::{Deserialize, Serialize};

use super::TailRule;
use crate::columns;

/// Columns that are looked up in batches of at least this share of their values are sorted and merged.
const MERGED: usize = 8;

/// A skewness of less is rounding.
const NO_SKEWNESS: f64 = 1e-12;

/// Rows that an item can count.
pub(super) const MOST_ROWS: usize = u32::MAX as usize;

/// The different values of a column and the weights up to them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Tails {
    /// Ascending.
    values: Vec<f64>,
    /// Weight of the rows up to and with each value.
    until: Vec<f64>,
    /// Sign of the skewness.
    skewness: i8,
}

impl Tails {
    /// The distribution of every column, and the anomaly score of every row.
    pub(super) fn of_columns(samples: &Samples<'_>, rule: TailRule) -> (Vec<Self>, Vec<f64>) {
        let mut tails = Vec::with_capacity(samples.n_columns());
        let mut scores = vec![0.0; samples.n_rows()];
        let of = |_: usize, cells: &[f64]| {
            let sorted = Sorted::new(cells);
            let tails = Self::new(&sorted, samples.weights());
            let adds = tails.merge(cells.len(), &sorted, rule);
            (tails, adds)
        };
        columns::each(samples, of, |_, (column, adds)| {
            add(&mut scores, &adds);
            tails.push(column);
        });
        (tails, scores)
    }

    fn new(sorted: &Sorted, weights: Option<&[f64]>) -> Self {
        let mut tails = Self { values: Vec::with_capacity(sorted.values.len()), ..Self::default() };
        tails.until.reserve(sorted.values.len());
        let mut sum = 0.0;
        for (value, row) in sorted.values.iter().zip(&sorted.rows) {
            sum += weights.map_or(1.0, |weights| weights[*row as usize]);
            match tails.until.last_mut() {
                Some(last) if tails.values.last() == Some(value) => *last = sum,
                _ => {
                    tails.values.push(*value);
                    tails.until.push(sum);
                }
            }
        }
        tails.skewness = skewness(&tails.values, &tails.until);
        tails
    }

    fn total(&self) -> f64 {
        self.until.last().copied().unwrap_or(0.0)
    }

    /// What the value at `place`, or a value between the one before it and it, adds.
    #[inline]
    fn adds(&self, place: usize, exact: bool, rule: TailRule) -> f64 {
        let total = self.total();
        let before = if place == 0 { 0.0 } else { self.until[place - 1] };
        let left = if exact { self.until[place] } else { before };
        // Rounding may leave nothing of a weight that is small beside the sum.
        let share = |weight: f64| (weight / total).clamp(f64::EPSILON * f64::EPSILON, 1.0);
        rule.of(share(left), share(total - before), self.skewness)
    }

    /// What a cell adds, by bisection.
    pub(super) fn of(&self, value: f64, rule: TailRule) -> f64 {
        let (Some(low), Some(high)) = (self.values.first(), self.values.last()) else { return 0.0 };
        if value.is_nan() {
            return 0.0;
        }
        let value = value.clamp(*low, *high);
        let place = self.values.partition_point(|v| *v < value);
        self.adds(place, self.values.get(place) == Some(&value), rule)
    }

    /// What every cell of a column adds.
    pub(super) fn of_column(&self, cells: &[f64], rule: TailRule) -> Vec<f64> {
        if cells.len().saturating_mul(MERGED) < self.values.len() || cells.len() > MOST_ROWS {
            cells.iter().map(|value| self.of(*value, rule)).collect()
        } else {
            self.merge(cells.len(), &Sorted::new(cells), rule)
        }
    }

    /// What every cell adds, in one pass over sorted cells and the values.
    fn merge(&self, rows: usize, sorted: &Sorted, rule: TailRule) -> Vec<f64> {
        let mut adds = vec![0.0; rows];
        let (Some(low), Some(high)) = (self.values.first(), self.values.last()) else { return adds };
        let (mut place, mut last, mut adding) = (0, f64::NAN, 0.0);
        for (value, row) in sorted.values.iter().zip(&sorted.rows) {
            if *value != last {
                last = *value;
                let value = value.clamp(*low, *high);
                while self.values[place] < value {
                    place += 1;
                }
                adding = self.adds(place, self.values[place] == value, rule);
            }
            adds[*row as usize] = adding;
        }
        adds
    }

    pub(super) fn validate(&self) -> Result<()> {
        let ascending = |values: &[f64]| values.windows(2).all(|pair| pair[0] < pair[1]);
        let not_falling = self.until.windows(2).all(|pair| pair[0] <= pair[1]);
        let positive = self.until.first().is_none_or(|first| *first > 0.0);
        let finite = self.values.iter().chain(&self.until).all(|v| v.is_finite());
        let whole = self.values.len() == self.until.len() && (-1..=1).contains(&self.skewness);
        if ascending(&self.values) && not_falling && positive && finite && whole {
            Ok(())
        } else {
            Err(Error::model_file("a distribution whose values or weights do not ascend"))
        }
    }
}

/// The cells that are known, ascending, and their rows.
struct Sorted {
    values: Vec<f64>,
    rows: Vec<u32>,
}

impl Sorted {
    /// Sorts words of as many leading bits of a value as leave room for its row: half of what sorting pairs would move. Values that share
    /// those bits are put in order afterwards.
    fn new(cells: &[f64]) -> Self {
        let known = || (0u64..).zip(cells).filter(|(_, value)| !value.is_nan());
        let (low, high) = known().fold((u64::MAX, 0), |(low, high), (_, value)| {
            let key = sort::key(*value);
            (key.min(low), key.max(high))
        });
        let up = high.saturating_sub(low).leading_zeros().min(63);
        let row_bits = u64::BITS - (cells.len() as u64).leading_zeros();
        let mask = (1u64 << row_bits) - 1;
        let word = |(row, value): (u64, &f64)| (((sort::key(*value) - low) << up) & !mask) | row;
        let mut words = sort::sort(known().map(word).collect::<Vec<u64>>());
        let value = |word: &u64| cells[(word & mask) as usize] + 0.0;
        for group in words.chunk_by_mut(|a, b| a >> row_bits == b >> row_bits) {
            if group.len() > 1 && !group.is_sorted_by(|a, b| value(a) <= value(b)) {
                group.sort_by(|a, b| value(a).total_cmp(&value(b)));
            }
        }
        Self {
            values: words.iter().map(value).collect(),
            rows: words.iter().map(|word| (word & mask) as u32).collect(),
        }
    }
}

/// Adds what a column adds.
pub(super) fn add(scores: &mut [f64], adds: &[f64]) {
    parallel::fill_rows(scores, 1, ROW_CHUNK, |first, piece| {
        piece.iter_mut().zip(&adds[first..]).for_each(|(score, adding)| *score += adding);
    });
}

/// Sign of the third central moment; sums run over ascending values, whatever the order of the rows.
fn skewness(values: &[f64], until: &[f64]) -> i8 {
    let (Some(low), Some(high), Some(total)) = (values.first(), values.last(), until.last()) else {
        return 0;
    };
    let size = (0.5 * high - 0.5 * low).max(f64::MIN_POSITIVE);
    let middle = 0.5 * high + 0.5 * low;
    let moment = |of: &dyn Fn(f64) -> f64| {
        let mut before = 0.0;
        let mut sum = 0.0;
        for (value, until) in values.iter().zip(until) {
            sum += (until - before) * of((value - middle) / size);
            before = *until;
        }
        sum / total
    };
    let mean = moment(&|v| v);
    let square = moment(&|v| (v - mean) * (v - mean));
    let cube = moment(&|v| (v - mean) * (v - mean) * (v - mean));
    let skewness = cube / square.powf(1.5);
    if skewness > NO_SKEWNESS {
        1
    } else if skewness < -NO_SKEWNESS {
        -1
    } else {
        0
    }
}
