//! Gower's distance: what it learns of the columns, and its mean over two rows.

use crm_ml_core::{ColumnKind, Samples};
use serde::{Deserialize, Serialize};

/// Where a value outside the range ends: no sum of these overflows.
const FAR: f64 = 1e290;

/// Lowest value and range of every real column; which columns are categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ranges {
    low: Vec<f64>,
    /// Half the range, which cannot overflow.
    half_range: Vec<f64>,
    categories: Vec<bool>,
}

impl Ranges {
    pub(super) fn fit(samples: &Samples<'_>) -> Self {
        let columns = samples.schema().columns();
        let categories: Vec<bool> =
            columns.iter().map(|c| matches!(c.kind, ColumnKind::Category { .. })).collect();
        let (mut low, mut half_range) = (Vec::new(), Vec::new());
        for column in samples.dense().columns() {
            let known = || column.iter().copied().filter(|v| !v.is_nan());
            let (least, most) = (known().reduce(f64::min), known().reduce(f64::max));
            low.push(least.unwrap_or(0.0));
            half_range.push(0.5 * most.unwrap_or(0.0) - 0.5 * least.unwrap_or(0.0));
        }
        Self { low, half_range, categories }
    }

    pub(super) fn width(&self) -> usize {
        if self.half_range.len() == self.low.len() && self.categories.len() == self.low.len() {
            self.low.len()
        } else {
            0
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        self.low.iter().all(|v| v.is_finite()) && self.half_range.iter().all(|v| v.is_finite() && *v >= 0.0)
    }

    pub(super) fn categories(&self) -> &[bool] {
        &self.categories
    }

    /// Real cells as shares of their column's range, codes as they are.
    pub(super) fn coordinates(&self, samples: &Samples<'_>) -> Vec<f64> {
        let share = |(column, value): (usize, &f64)| {
            let (low, half_range) = (self.low[column], self.half_range[column]);
            if self.categories[column] || value.is_nan() {
                *value
            } else if half_range > 0.0 {
                ((0.5 * value - 0.5 * low) / half_range).clamp(-FAR, FAR)
            } else {
                f64::from(u8::from(*value != low))
            }
        };
        let width = samples.n_columns();
        samples.cells().chunks_exact(width).flat_map(|row| row.iter().enumerate().map(share)).collect()
    }
}

/// From a point to the points of a block, which stands column after column, `out.len()` values each.
pub(crate) fn to_block(point: &[f64], block: &[f64], categories: &[bool], out: &mut [f64]) {
    const LANES: usize = 64;
    let stride = out.len();
    if stride == 0 {
        return;
    }
    let mut counts = [0.0f64; LANES];
    for (piece, out) in out.chunks_mut(LANES).enumerate() {
        let counts = &mut counts[..out.len()];
        counts.fill(0.0);
        out.fill(0.0);
        for ((p, column), category) in point.iter().zip(block.chunks_exact(stride)).zip(categories) {
            let column = &column[piece * LANES..piece * LANES + out.len()];
            for ((sum, count), x) in out.iter_mut().zip(counts.iter_mut()).zip(column) {
                let difference = if *category { f64::from(u8::from(p != x)) } else { (p - x).abs() };
                let known = !(p.is_nan() | x.is_nan());
                *sum += if known { difference } else { 0.0 };
                *count += f64::from(u8::from(known));
            }
        }
        for (sum, count) in out.iter_mut().zip(counts) {
            *sum = if *count > 0.0 { *sum / *count } else { 1.0 };
        }
    }
}
