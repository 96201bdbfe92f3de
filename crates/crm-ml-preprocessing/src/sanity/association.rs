//! How two columns go together.

use super::bounds;

/// Counts (or weights) of pairs of groups; row-major.
#[derive(Debug, Clone)]
pub(super) struct Contingency {
    cells: Vec<f64>,
    columns: usize,
}

impl Contingency {
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self { cells: vec![0.0; rows * columns], columns: columns.max(1) }
    }

    pub(super) fn add(&mut self, row: usize, column: usize, weight: f64) {
        if let Some(cell) = self.cells.get_mut(row * self.columns + column) {
            *cell += weight;
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.cells.chunks_exact(self.columns)
    }

    pub(super) fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        self.rows().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell));
        sums
    }

    /// Pearson's statistic over the rows and columns that hold anything.
    pub(super) fn chi_squared(&self) -> ChiSquared {
        let sums: Vec<f64> = self.rows().map(|row| row.iter().sum()).collect();
        let columns = self.column_sums();
        let total: f64 = sums.iter().sum();
        let mut statistic = 0.0;
        for (row, sum) in self.rows().zip(&sums) {
            for (cell, column) in row.iter().zip(&columns) {
                let expected = sum * column / total;
                if expected > 0.0 {
                    statistic += (cell - expected) * (cell - expected) / expected;
                }
            }
        }
        let held = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count();
        ChiSquared { statistic, total, rows: held(&sums), columns: held(&columns) }
    }
}

/// A chi-squared statistic and the shape it came from.
pub(super) struct ChiSquared {
    pub(super) statistic: f64,
    total: f64,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl ChiSquared {
    /// Cramer's V (1946); `None` where a side has one group only.
    pub(super) fn cramers_v(&self) -> Option<f64> {
        let least = self.rows.min(self.columns);
        (least > 1 && self.total > 0.0)
            .then(|| (self.statistic / self.total / (least - 1) as f64).sqrt().min(1.0))
    }

    /// With the bias taken off that few rows and many groups give (Bergsma 2013).
    pub(super) fn cramers_v_corrected(&self) -> Option<f64> {
        if self.total <= 1.0 {
            return None;
        }
        let (r, c, n) = (self.rows as f64, self.columns as f64, self.total);
        let square = (self.statistic / n - (r - 1.0) * (c - 1.0) / (n - 1.0)).max(0.0);
        let corrected = |groups: f64| groups - (groups - 1.0) * (groups - 1.0) / (n - 1.0);
        let least = corrected(r).min(corrected(c)) - 1.0;
        (self.rows.min(self.columns) > 1 && least > 0.0).then(|| (square / least).sqrt().min(1.0))
    }

    /// As Cramer's V, but 1 only where each group of either side has one group of the other.
    pub(super) fn one_to_one(&self) -> Option<f64> {
        let (least, most) = (self.rows.min(self.columns), self.rows.max(self.columns));
        (least > 1 && self.total > 0.0)
            .then(|| (self.statistic / self.total / (most - 1) as f64).sqrt().min(1.0))
    }

    /// Chance of a statistic at least as large without any relation; `scale` makes counts of weights.
    pub(super) fn p_value(&self, scale: f64) -> f64 {
        let degrees = self.rows.saturating_sub(1) * self.columns.saturating_sub(1);
        bounds::chi_squared_p(self.statistic * scale, degrees as f64)
    }
}

/// Pearson's correlation over the rows where both have a value; `None` without spread.
pub(super) fn correlation(a: &[f64], b: &[f64], weights: Option<&[f64]>) -> Option<f64> {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let rows: Vec<usize> = (0..a.len().min(b.len())).filter(|&i| !a[i].is_nan() && !b[i].is_nan()).collect();
    let total: f64 = rows.iter().map(|&i| weight(i)).sum();
    let (mean_a, mean_b) = (
        rows.iter().map(|&i| weight(i) * a[i]).sum::<f64>() / total,
        rows.iter().map(|&i| weight(i) * b[i]).sum::<f64>() / total,
    );
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for &i in &rows {
        let (x, y) = (a[i] - mean_a, b[i] - mean_b);
        aa += weight(i) * x * x;
        bb += weight(i) * y * y;
        ab += weight(i) * x * y;
    }
    let found = ab / aa.sqrt() / bb.sqrt();
    found.is_finite().then(|| found.clamp(-1.0, 1.0))
}

/// Ranks of the values, ties sharing the middle one; NaN stays.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + 0.5 * (tied.len() as f64 + 1.0);
        tied.iter().for_each(|&row| ranks[row] = rank);
        before += tied.len();
    }
    ranks
}

/// Spearman's rank correlation over the rows where both have a value, and the number of these rows.
pub(super) fn rank_correlation(a: &[f64], b: &[f64]) -> (f64, f64) {
    let both = |row: &usize| !a[*row].is_nan() && !b[*row].is_nan();
    let rows: Vec<usize> = (0..a.len().min(b.len())).filter(both).collect();
    let of = |values: &[f64]| ranks(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>());
    (correlation(&of(a), &of(b), None).unwrap_or(0.0), rows.len() as f64)
}

/// Share of the variance of `target` that lies between groups, as a square root.
pub(super) fn correlation_ratio(
    groups: &[Option<u32>],
    count: usize,
    target: &[f64],
    weights: Option<&[f64]>,
) -> Option<f64> {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let (mut sums, mut totals) = (vec![0.0; count], vec![0.0; count]);
    let members = || groups.iter().enumerate().filter_map(|(row, group)| Some((row, (*group)? as usize)));
    let total: f64 = members().map(|(row, _)| weight(row)).sum();
    let mean = members().map(|(row, _)| weight(row) * target[row]).sum::<f64>() / total;
    let mut spread = 0.0;
    for (row, group) in members() {
        let off = target[row] - mean;
        sums[group] += weight(row) * off;
        totals[group] += weight(row);
        spread += weight(row) * off * off;
    }
    let held = sums.iter().zip(&totals).filter(|(_, total)| **total > 0.0);
    let between: f64 = held.clone().map(|(sum, total)| sum * sum / total).sum();
    (held.count() > 1 && spread > 0.0).then(|| (between / spread).sqrt().min(1.0))
}

/// Jensen-Shannon divergence of two rows of counts in bits (Lin 1991), from 0 to 1, and its standard error where the
/// counts come from `rows` rows each.
pub(super) fn divergence(a: &[f64], b: &[f64], rows: (f64, f64)) -> Option<(f64, f64)> {
    let (total_a, total_b): (f64, f64) = (a.iter().sum(), b.iter().sum());
    if total_a <= 0.0 || total_b <= 0.0 {
        return None;
    }
    let surprise = |own: f64, other: f64| if own > 0.0 { (2.0 * own / (own + other)).log2() } else { 0.0 };
    // Mean and variance of the surprise under one of the two.
    let moments = |own: &[f64], total: f64, other: &[f64], others: f64| {
        let terms = || own.iter().zip(other).map(|(p, q)| (p / total, 0.5 * surprise(p / total, q / others)));
        let mean: f64 = terms().map(|(p, g)| p * g).sum();
        (mean, terms().map(|(p, g)| p * (g - mean) * (g - mean)).sum::<f64>())
    };
    let (mean_a, variance_a) = moments(a, total_a, b, total_b);
    let (mean_b, variance_b) = moments(b, total_b, a, total_a);
    let error = (variance_a / rows.0.max(1.0) + variance_b / rows.1.max(1.0)).sqrt();
    Some(((mean_a + mean_b).clamp(0.0, 1.0), error))
}
