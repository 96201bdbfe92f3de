//! Columns cut into at most 256 bins, once a data set.

use std::sync::Mutex;

use crm_ml_core::{ColumnKind, Error, Result, Samples, Stream, parallel};
use ndarray::Axis;
use serde::{Deserialize, Serialize};

use crate::groups::{Group, Lines, groups};

/// Bins a `u8` can name.
pub(crate) const BINS: usize = 256;

/// How the cells of one column become bins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ColumnBins {
    /// Bin `b` holds the values up to and including `edges[b]`; the last value bin has no edge. Missing comes after it.
    Real { edges: Vec<f64> },
    /// A bin a level.
    Category(Levels),
}

/// The bin of every code of a category column; behind the known bins lie one for unseen and one for missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Levels {
    bins: Vec<u8>,
    known: u8,
}

impl Levels {
    /// One bin a level while they fit into `most`; beyond that the levels of greatest weight keep theirs and the rest share one.
    pub(crate) fn new(weights: &[f64], most: usize) -> Self {
        let most = most.clamp(1, BINS - 2);
        if weights.len() <= most {
            return Self {
                bins: (0..weights.len()).map(|bin| bin as u8).collect(),
                known: weights.len() as u8,
            };
        }
        let mut heaviest: Vec<usize> = (0..weights.len()).collect();
        heaviest.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
        heaviest.truncate(most - 1);
        heaviest.sort_unstable();
        let mut bins = vec![(most - 1) as u8; weights.len()];
        heaviest.iter().enumerate().for_each(|(bin, &level)| bins[level] = bin as u8);
        Self { bins, known: most as u8 }
    }

    /// The bins of codes that are in groups already, at most `BINS - 2` of them.
    pub(crate) fn of_groups(groups: &[usize]) -> Self {
        let bins: Vec<u8> = groups.iter().map(|group| *group as u8).collect();
        Self { known: bins.iter().max().map_or(0, |most| most + 1), bins }
    }

    /// Bins of known codes, the first ones.
    pub(crate) fn known(&self) -> u8 {
        self.known
    }

    /// Number of codes.
    pub(crate) fn codes(&self) -> usize {
        self.bins.len()
    }

    /// Bin of a cell: NaN is missing, what is no code of the column is unseen.
    pub(crate) fn bin(&self, cell: f64) -> u8 {
        if cell.is_nan() {
            return self.missing();
        }
        let code = cell as usize;
        if cell < 0.0 || code as f64 != cell {
            return self.unseen();
        }
        self.bins.get(code).copied().unwrap_or(self.unseen())
    }

    /// Number of bins with the reserved ones.
    pub(crate) fn count(&self) -> usize {
        usize::from(self.missing()) + 1
    }

    fn unseen(&self) -> u8 {
        self.known
    }

    pub(crate) fn missing(&self) -> u8 {
        self.known.saturating_add(1)
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let holds = usize::from(self.known) <= BINS - 2 && self.bins.iter().all(|bin| *bin < self.known);
        if holds { Ok(()) } else { Err(Error::model_file("a category has a bin out of range")) }
    }
}

impl ColumnBins {
    /// Number of bins with the reserved ones.
    pub(crate) fn count(&self) -> usize {
        usize::from(self.missing()) + 1
    }

    /// The bin of missing cells, always the last.
    pub(crate) fn missing(&self) -> u8 {
        match self {
            Self::Real { edges } => (edges.len() + 1) as u8,
            Self::Category(levels) => levels.missing(),
        }
    }

    fn bin(&self, cell: f64) -> u8 {
        match self {
            Self::Real { .. } if cell.is_nan() => self.missing(),
            Self::Real { edges } => edges.partition_point(|edge| *edge < cell) as u8,
            Self::Category(levels) => levels.bin(cell),
        }
    }
}

/// Columns that are cut in one pass over the rows.
const SIDE_BY_SIDE: usize = 4;

/// Memory of histograms that is free for the next ones.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u64>>>);

impl Pool {
    /// A histogram of zeros.
    pub(crate) fn take(&self, words: usize) -> Vec<u64> {
        let free = self.0.lock().ok().and_then(|mut free| free.pop());
        let mut histogram = free.unwrap_or_default();
        histogram.clear();
        histogram.resize(words, 0);
        histogram
    }

    pub(crate) fn give(&self, histogram: Vec<u64>) {
        if let Ok(mut free) = self.0.lock() {
            free.push(histogram);
        }
    }
}

/// Data cut into bins, column after column.
#[derive(Debug)]
pub(crate) struct Binned {
    pub(crate) columns: Vec<Vec<u8>>,
    pub(crate) bins: Vec<ColumnBins>,
    pub(crate) groups: Vec<Group>,
    /// The bins once more, for histograms of all columns in one pass over the rows.
    pub(crate) lines: Option<Lines>,
    pub(crate) pool: Pool,
}

impl Binned {
    /// Learns the bins from `samples` and applies them. Rows count with `weights`.
    pub(crate) fn new(samples: &Samples<'_>, weights: Option<&[f64]>, max_bins: usize) -> Self {
        let drawn = drawn_rows(samples.n_rows());
        let width = samples.n_columns();
        let pieces = parallel::map(width.div_ceil(SIDE_BY_SIDE), |piece| {
            let columns = piece * SIDE_BY_SIDE..((piece + 1) * SIDE_BY_SIDE).min(width);
            let bins: Vec<_> =
                columns.clone().map(|c| learn(samples, c, weights, &drawn, max_bins)).collect();
            let mut binned = vec![Vec::with_capacity(samples.n_rows()); columns.len()];
            for row in samples.cells().chunks_exact(width) {
                let cells = bins.iter().zip(&row[columns.clone()]);
                binned.iter_mut().zip(cells).for_each(|(column, (bins, cell))| column.push(bins.bin(*cell)));
            }
            bins.into_iter().zip(binned).collect::<Vec<_>>()
        });
        let (bins, columns): (Vec<ColumnBins>, Vec<Vec<u8>>) = pieces.into_iter().flatten().unzip();
        Self { columns, bins, groups: Vec::new(), lines: None, pool: Pool::default() }
    }

    /// The same data, with levels in the bins that the splits of a model speak of.
    pub(crate) fn with_levels(self, samples: &Samples<'_>, known: &[Option<Levels>]) -> Self {
        let Self { mut columns, mut bins, .. } = self;
        for (column, levels) in known.iter().enumerate() {
            let Some(levels) = levels else { continue };
            let cells = samples.dense();
            columns[column] = cells.column(column).iter().map(|cell| levels.bin(*cell)).collect();
            bins[column] = ColumnBins::Category(levels.clone());
        }
        Self { columns, bins, groups: Vec::new(), lines: None, pool: Pool::default() }
    }

    /// Also keeps the bins by rows, for histograms of all columns in one pass over the rows.
    pub(crate) fn with_lines(self) -> Self {
        let counts: Vec<usize> = self.bins.iter().map(ColumnBins::count).collect();
        let last = |column: usize| self.columns[column].iter().max().map_or(0, |last| usize::from(*last));
        let used: Vec<usize> = parallel::map(counts.len(), |column| last(column) + 1);
        let groups = groups(&counts, &used, self.columns.first().map_or(0, Vec::len));
        Self { lines: Some(Lines::new(&self.columns, &groups)), groups, ..self }
    }

    /// What prediction needs: the bins of the category columns.
    pub(crate) fn levels(&self) -> Vec<Option<Levels>> {
        let levels = |bins: &ColumnBins| match bins {
            ColumnBins::Category(levels) => Some(levels.clone()),
            ColumnBins::Real { .. } => None,
        };
        self.bins.iter().map(levels).collect()
    }
}

/// Rows by which value bins are learned; of more rows so many are drawn.
const ENOUGH: usize = 200_000;

/// The rows by which value bins are learned; `None` for all.
fn drawn_rows(count: usize) -> Option<Vec<usize>> {
    (count > ENOUGH).then(|| {
        let mut rows = Stream::new(0, "trees/bins", 0).sample(count, ENOUGH);
        rows.sort_unstable();
        rows
    })
}

fn learn(
    samples: &Samples<'_>,
    column: usize,
    weights: Option<&[f64]>,
    drawn: &Option<Vec<usize>>,
    max_bins: usize,
) -> ColumnBins {
    let cells = samples.dense().index_axis_move(Axis(1), column);
    if let ColumnKind::Category { levels } = &samples.schema().columns()[column].kind {
        return ColumnBins::Category(Levels::new(
            &level_weights(&cells.to_vec(), weights, levels.len()),
            max_bins,
        ));
    }
    let edges = match drawn {
        None => edges(&cells.to_vec(), weights, max_bins),
        Some(rows) => {
            let select =
                |values: &dyn Fn(usize) -> f64| rows.iter().map(|row| values(*row)).collect::<Vec<f64>>();
            let weights = weights.map(|weights| select(&|row| weights[row]));
            edges(&select(&|row| cells[row]), weights.as_deref(), max_bins)
        }
    };
    ColumnBins::Real { edges }
}

pub(crate) fn level_weights(cells: &[f64], weights: Option<&[f64]>, levels: usize) -> Vec<f64> {
    let mut totals = vec![0.0; levels];
    for (row, cell) in cells.iter().enumerate().filter(|(_, cell)| **cell >= 0.0) {
        if let Some(total) = totals.get_mut(*cell as usize) {
            *total += weights.map_or(1.0, |w| w[row]);
        }
    }
    totals
}

/// Upper edges of the value bins but the last: midpoints between all neighbours while the distinct values fit, else between
/// neighbours at weighted quantiles.
fn edges(cells: &[f64], weights: Option<&[f64]>, max_bins: usize) -> Vec<f64> {
    let distinct = distinct(cells, weights);
    let between = |i: usize| midpoint(distinct[i].0, distinct[i + 1].0);
    if distinct.len() <= max_bins {
        return (0..distinct.len().saturating_sub(1)).map(between).collect();
    }
    let mut edges = Vec::with_capacity(max_bins - 1);
    let mut left: f64 = distinct.iter().map(|(_, weight)| weight).sum();
    let mut filled = 0.0;
    for (i, (_, weight)) in distinct.iter().enumerate().take(distinct.len() - 1) {
        filled += weight;
        // Shares of what is left, so that one heavy value does not use up the bins of the others.
        let open = max_bins - edges.len();
        if open > 1 && filled * open as f64 >= left {
            edges.push(between(i));
            left -= filled;
            filled = 0.0;
        }
    }
    edges
}

/// The distinct values in ascending order with the weight of each.
fn distinct(cells: &[f64], weights: Option<&[f64]>) -> Vec<(f64, f64)> {
    // Adding 0.0 makes one zero of the two.
    let Some(weights) = weights else {
        let mut present: Vec<i64> =
            cells.iter().filter(|cell| !cell.is_nan()).map(|cell| order_key(cell + 0.0)).collect();
        present.sort_unstable();
        return present.chunk_by(|a, b| a == b).map(|run| (of_order_key(run[0]), run.len() as f64)).collect();
    };
    let present = cells.iter().zip(weights).filter(|(cell, _)| !cell.is_nan());
    let mut pairs: Vec<(f64, f64)> = present.map(|(cell, weight)| (cell + 0.0, *weight)).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    pairs
}

/// An integer in the order of the numbers: integers are compared faster.
fn order_key(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn of_order_key(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63) as u64) >> 1) as i64) as u64)
}

/// A number from `low` (included) to `high` (excluded), in the middle where one fits.
pub(crate) fn midpoint(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= low && middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_midpoints_for_edges() {
        assert_eq!(edges(&[3.0, 1.0, f64::NAN, 1.0, 2.0], None, 255), [1.5, 2.5]);
        assert_eq!(edges(&[0.0, -0.0], None, 255), Vec::<f64>::new());
        assert_eq!(edges(&[f64::NAN], None, 2), Vec::<f64>::new());
    }

    #[test]
    fn many_values_are_cut_at_weighted_quantiles() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let equal = edges(&values, None, 4);
        assert_eq!(equal, [249.5, 499.5, 749.5]);
        let weights: Vec<f64> = (0..1000).map(|i| if i < 500 { 3.0 } else { 1.0 }).collect();
        let repeated: Vec<f64> =
            values.iter().zip(&weights).flat_map(|(v, w)| vec![*v; *w as usize]).collect();
        assert_eq!(edges(&values, Some(&weights), 16), edges(&repeated, None, 16));
    }

    #[test]
    fn a_heavy_value_leaves_bins_to_the_others() {
        let values: Vec<f64> = (0..1000).map(|i| if i < 900 { 0.0 } else { f64::from(i) }).collect();
        assert_eq!(edges(&values, None, 11).len(), 10);
    }

    #[test]
    fn an_edge_lies_between_its_values() {
        for (low, high) in [(1.0, 1.0 + f64::EPSILON), (5e-324, 1e-323), (-f64::MAX, f64::MAX), (0.0, 5e-324)]
        {
            let middle = midpoint(low, high);
            assert!(middle >= low && middle < high);
        }
    }

    #[test]
    fn rare_levels_share_a_bin_and_reserved_bins_are_apart() {
        let levels = Levels::new(&[5.0, 1.0, 9.0, 2.0], 3);
        assert_eq!(levels.bins, [0, 2, 1, 2]);
        let bins =
            [levels.bin(0.0), levels.bin(-1.0), levels.bin(f64::NAN), levels.bin(77.0), levels.bin(0.5)];
        assert_eq!(bins, [0, 3, 4, 3, 3]);
    }
}
