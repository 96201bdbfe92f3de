//! Histograms of columns.

use crm_ml_core::{Error, Result, Samples, parallel};

use super::{HistogramBins, NAME};
use crate::columns;

/// The most bins that are chosen automatically.
const MOST_BINS: usize = 256;

/// Rows a piece at least; there are as many as bins, so that the counts of pieces are small beside the rows.
const PIECE: usize = 1 << 15;

/// The weight in every bin of a column.
#[derive(Debug, Clone)]
pub(super) enum Histogram {
    /// Ascending edges, one more than weights.
    Real { edges: Vec<f64>, weights: Vec<f64> },
    /// A weight a level.
    Levels { weights: Vec<f64> },
    /// No cell is known.
    Missing,
}

/// Lowest and highest cell of a column.
type Span = (f64, f64);

impl Histogram {
    /// The histogram of every column. Errors: values too far apart.
    pub(super) fn of_columns(samples: &Samples<'_>, bins: HistogramBins) -> Result<Vec<Self>> {
        let mut counts = match bins {
            HistogramBins::Count(count) => vec![count; samples.n_columns()],
            HistogramBins::Auto => best_counts(samples),
        };
        let spans = spans(samples);
        let mut histograms = Vec::with_capacity(spans.len());
        for ((column, span), count) in spans.iter().enumerate().zip(&mut counts) {
            histograms.push(match samples.schema().columns()[column].levels() {
                Some(levels) => Self::Levels { weights: vec![0.0; levels.len()] },
                None if span.0 > span.1 => Self::Missing,
                None => {
                    let edges = edges(*span, *count).ok_or_else(|| {
                        let name = samples.schema().name(column);
                        Error::numerical(format!("{NAME}: column '{name}': values too far apart for bins"))
                    })?;
                    Self::Real { weights: vec![0.0; edges.len() - 1], edges }
                }
            });
        }
        fill(samples, &mut histograms);
        Ok(histograms)
    }

    /// The weights of the bins, or of the levels.
    pub(super) fn weights(&self) -> &[f64] {
        match self {
            Self::Real { weights, .. } | Self::Levels { weights } => weights,
            Self::Missing => &[],
        }
    }
}

/// Where a value is looked for first: right but for rounding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    low: f64,
    per_width: f64,
    last: usize,
    /// How far, in bins, a value must be from the next edge for rounding not to matter.
    margin: f64,
}

/// Rounding of a place in bins: a million of them leave ten digits behind the point.
const LEAST_MARGIN: f64 = 1e-9;

impl Guess {
    /// For ascending edges, at least two.
    pub(super) fn new(edges: &[f64]) -> Self {
        let (low, high) = (edges[0], edges[edges.len() - 1]);
        let last = edges.len() - 2;
        let per_width = (last + 1) as f64 / (high - low);
        // Edges are rounded, too: by the more in bins, the further they are from 0.
        let rounding = 8.0 * f64::EPSILON * low.abs().max(high.abs()) * per_width;
        Self { low, per_width, last, margin: LEAST_MARGIN + rounding }
    }

    /// The bin of a value that is clearly inside one.
    #[inline(always)]
    pub(super) fn sure(self, value: f64) -> Option<usize> {
        let place = (value - self.low) * self.per_width;
        let bin = place as i32;
        let part = place - f64::from(bin);
        let clear = part > self.margin && part < 1.0 - self.margin && bin as usize <= self.last;
        clear.then_some(bin as usize)
    }

    #[inline(always)]
    pub(super) fn bin(self, value: f64) -> usize {
        // Through i32, which the baseline converts in one instruction; it saturates.
        (((value - self.low) * self.per_width) as i32).clamp(0, self.last as i32) as usize
    }
}

/// Adds every row to the bins of its cells: a bin holds its lower edge, the last one its upper edge too.
fn fill(samples: &Samples<'_>, histograms: &mut [Histogram]) {
    let starts: Vec<usize> = histograms
        .iter()
        .scan(0, |next, histogram| {
            let start = *next;
            *next += histogram.weights().len();
            Some(start)
        })
        .collect();
    let total: usize = histograms.iter().map(|histogram| histogram.weights().len()).sum();
    let guesses: Vec<Option<(Guess, &[f64])>> = histograms
        .iter()
        .map(|histogram| match histogram {
            Histogram::Real { edges, .. } => Some((Guess::new(edges), edges.as_slice())),
            _ => None,
        })
        .collect();
    let width = samples.n_columns();
    let complete = samples.first_missing().is_none();
    let piece = |rows: std::ops::Range<usize>| {
        let mut sums = vec![0.0; total];
        for row in rows {
            let weight = samples.weight(row);
            let cells = &samples.cells()[row * width..(row + 1) * width];
            for ((cell, start), guess) in cells.iter().zip(&starts).zip(&guesses) {
                if !complete && cell.is_nan() {
                    continue;
                }
                let bin = match guess {
                    Some((guess, edges)) => place(*guess, edges, *cell),
                    None if *cell < 0.0 => continue,
                    None => *cell as usize,
                };
                if let Some(sum) = sums.get_mut(start + bin) {
                    *sum += weight;
                }
            }
        }
        sums
    };
    let add = |mut a: Vec<f64>, b: Vec<f64>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let sums = parallel::reduce_rows(samples.n_rows(), PIECE.max(total), piece, add).unwrap_or_default();
    for (histogram, start) in histograms.iter_mut().zip(starts) {
        if let Histogram::Real { weights, .. } | Histogram::Levels { weights } = histogram {
            let count = weights.len();
            weights.copy_from_slice(&sums[start..start + count]);
        }
    }
}

/// The bin `[edge, next edge)` of a value between the first and the last edge.
#[inline(always)]
fn place(guess: Guess, edges: &[f64], value: f64) -> usize {
    if let Some(bin) = guess.sure(value) {
        return bin;
    }
    let mut bin = guess.bin(value);
    while bin > 0 && value < edges[bin] {
        bin -= 1;
    }
    while bin < guess.last && value >= edges[bin + 1] {
        bin += 1;
    }
    bin
}

/// Lowest and highest cell of every column; the lowest is above the highest where none is known.
fn spans(samples: &Samples<'_>) -> Vec<Span> {
    let width = samples.n_columns();
    let none = || vec![(f64::INFINITY, f64::NEG_INFINITY); width];
    let piece = |rows: std::ops::Range<usize>| {
        let mut spans = none();
        for row in samples.cells()[rows.start * width..rows.end * width].chunks_exact(width) {
            for ((low, high), cell) in spans.iter_mut().zip(row) {
                *low = if *cell < *low { *cell } else { *low };
                *high = if *cell > *high { *cell } else { *high };
            }
        }
        spans
    };
    let join = |mut a: Vec<Span>, b: Vec<Span>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = (a.0.min(b.0), a.1.max(b.1)));
        a
    };
    parallel::reduce_rows(samples.n_rows(), PIECE, piece, join).unwrap_or_else(none)
}

/// `count` bins of equal width, fewer where the values are too close; `None` where they are too far apart.
fn edges(span: Span, mut count: usize) -> Option<Vec<f64>> {
    let (low, high) = span;
    if low == high {
        // The value has a bin of its own, with empty ones beside it.
        let half = 0.5f64.max(low.abs() * 1e-9);
        let edges: Vec<f64> = [-3.0, -1.0, 1.0, 3.0].iter().map(|step| low + step * half).collect();
        return edges.iter().all(|edge| edge.is_finite()).then_some(edges);
    }
    if !(high - low).is_finite() {
        return None;
    }
    loop {
        let step = (high - low) / count as f64;
        let mut edges: Vec<f64> = (0..=count).map(|i| low + step * i as f64).collect();
        edges[count] = high;
        // A density is at most 1 over the width, which must be a number, too.
        if edges.windows(2).all(|pair| (1.0 / (pair[1] - pair[0])).is_finite() && pair[0] < pair[1]) {
            return Some(edges);
        }
        if count == 1 {
            let half = f64::MIN_POSITIVE;
            return Some(vec![low - half, high + half]);
        }
        count /= 2;
    }
}

/// The number of bins of largest penalised likelihood, for every column.
fn best_counts(samples: &Samples<'_>) -> Vec<usize> {
    let mut counts = vec![1; samples.n_columns()];
    let best = |column: usize, cells: &[f64]| {
        if samples.schema().columns()[column].levels().is_some() {
            return 1;
        }
        let mut rows: Vec<(f64, f64)> = (0..).zip(cells).map(|(i, v)| (*v, samples.weight(i))).collect();
        rows.retain(|(value, _)| !value.is_nan());
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let values: Vec<f64> = rows.iter().map(|(value, _)| *value).collect();
        let mut below = Vec::with_capacity(rows.len() + 1);
        below.push(0.0);
        let mut sum = 0.0;
        for (_, weight) in &rows {
            sum += weight;
            below.push(sum);
        }
        best_count(&values, &below)
    };
    columns::each(samples, best, |column, count| counts[column] = count);
    counts
}

/// `values` ascending, `below` the weight before each of them and, last, of all.
fn best_count(values: &[f64], below: &[f64]) -> usize {
    let (Some(low), Some(high), Some(total)) = (values.first(), values.last(), below.last()) else {
        return 1;
    };
    if low == high || !(high - low).is_finite() {
        return 1;
    }
    let most = ((total / total.ln().max(1.0)) as usize).clamp(1, MOST_BINS);
    let mut best = (f64::NEG_INFINITY, 1);
    for count in 1..=most {
        let Some(edges) = edges((*low, *high), count) else { continue };
        let mut likelihood = 1.0 - count as f64 - (count as f64).ln().powf(2.5);
        let mut before = 0.0;
        for edge in &edges[1..count.min(edges.len() - 1)] {
            let until = below[values.partition_point(|value| value < edge)];
            likelihood += term(until - before, count, *total);
            before = until;
        }
        likelihood += term(total - before, count, *total);
        if likelihood > best.0 {
            best = (likelihood, count);
        }
    }
    best.1
}

fn term(weight: f64, count: usize, total: f64) -> f64 {
    if weight > 0.0 { weight * (count as f64 * weight / total).ln() } else { 0.0 }
}
