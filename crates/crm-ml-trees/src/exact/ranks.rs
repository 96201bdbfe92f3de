//! Data as forests see it: in place of every cell its rank among the distinct values of its column.

use crm_ml_core::{ColumnKind, Samples, parallel};
use rayon::prelude::*;

use crate::bins::{Levels, level_weights};

/// Rank of a missing cell in a real column.
pub(crate) const MISSING: u32 = u32::MAX;
/// Most bins for the levels of a category.
const LEVEL_BINS: usize = 255;
/// Rows that are transposed at once: their cells stay in cache.
const ROWS: usize = 128;

/// What the ranks of a column stand for.
#[derive(Debug)]
pub(crate) enum Scale {
    /// The distinct values in ascending order.
    Real(Vec<f64>),
    /// The bins of the levels.
    Category(Levels),
}

/// The ranks of all cells, row after row, so that a row's columns share cache lines.
#[derive(Debug)]
pub(crate) struct Ranked {
    ranks: Vec<u32>,
    pub(crate) scales: Vec<Scale>,
}

impl Ranked {
    /// Ranks every column. `weights` tell which levels of a category with very many keep a bin of their own.
    pub(crate) fn new(samples: &Samples<'_>, weights: Option<&[f64]>) -> Self {
        let width = samples.n_columns();
        let (scales, columns): (Vec<Scale>, Vec<Vec<u32>>) = parallel::map(width, |column| {
            let cells = samples.cells().iter().skip(column).step_by(width.max(1)).copied();
            match &samples.schema().columns()[column].kind {
                ColumnKind::Category { levels } => {
                    let cells: Vec<f64> = cells.collect();
                    let levels = Levels::new(&level_weights(&cells, weights, levels.len()), LEVEL_BINS);
                    let bins = cells.iter().map(|cell| u32::from(levels.bin(*cell))).collect();
                    (Scale::Category(levels), bins)
                }
                _ => rank(cells),
            }
        })
        .into_iter()
        .unzip();
        let mut ranks = vec![0; samples.n_rows() * width];
        ranks.par_chunks_mut(ROWS * width.max(1)).enumerate().for_each(|(piece, cells)| {
            for (column, of_column) in columns.iter().enumerate() {
                let rows = of_column[piece * ROWS..].iter();
                cells.iter_mut().skip(column).step_by(width).zip(rows).for_each(|(to, from)| *to = *from);
            }
        });
        Self { ranks, scales }
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.scales.len()
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.ranks.len() / self.width().max(1)
    }

    /// What prediction needs: the bins of the category columns.
    pub(crate) fn levels(&self) -> Vec<Option<Levels>> {
        let levels = |scale: &Scale| match scale {
            Scale::Category(levels) => Some(levels.clone()),
            Scale::Real(_) => None,
        };
        self.scales.iter().map(levels).collect()
    }
}

/// Distinct values of a column and the rank of each cell among them.
fn rank(cells: impl Iterator<Item = f64>) -> (Scale, Vec<u32>) {
    let mut ranks = Vec::with_capacity(cells.size_hint().0);
    let mut present = Vec::with_capacity(cells.size_hint().0);
    for (row, cell) in cells.enumerate() {
        ranks.push(MISSING);
        if !cell.is_nan() {
            // Adding 0.0 makes one zero of the two.
            present.push((ordered(cell + 0.0), row as u32));
        }
    }
    present.sort_unstable();
    let mut values: Vec<f64> = Vec::new();
    let mut last = None;
    for (key, row) in present {
        if last != Some(key) {
            values.push(from_ordered(key));
            last = Some(key);
        }
        ranks[row as usize] = (values.len() - 1) as u32;
    }
    values.shrink_to_fit();
    (Scale::Real(values), ranks)
}

/// Bits that compare as the numbers do.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn from_ordered(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Where the ranks of a node's rows are read.
#[derive(Debug)]
pub(crate) enum Cells<'a> {
    /// The whole data.
    All(&'a Ranked),
    /// The columns, one after the other, of the rows of one part of a tree: small enough to stay in cache.
    Part { columns: Vec<u32>, rows: usize },
}

impl<'a> Cells<'a> {
    /// The part of `all` that `rows` are.
    pub(crate) fn part(all: &Ranked, rows: &[u32]) -> Self {
        let width = all.width();
        let mut columns = vec![0; width * rows.len()];
        for (place, &row) in rows.iter().enumerate() {
            let cells = &all.ranks[row as usize * width..(row as usize + 1) * width];
            columns.iter_mut().skip(place).step_by(rows.len()).zip(cells).for_each(|(to, from)| *to = *from);
        }
        Self::Part { columns, rows: rows.len() }
    }

    /// The ranks of `rows` in `columns`, one column after the other.
    pub(crate) fn gather(&self, columns: &[u32], rows: &[u32], keys: &mut Vec<u32>) {
        keys.resize(columns.len() * rows.len(), 0);
        match self {
            Self::All(all) => {
                let width = all.width();
                for (piece, some) in rows.chunks(ROWS).enumerate() {
                    for (place, &column) in columns.iter().enumerate() {
                        let first = place * rows.len() + piece * ROWS;
                        let to = &mut keys[first..first + some.len()];
                        for (to, &row) in to.iter_mut().zip(some) {
                            *to = all.ranks[row as usize * width + column as usize];
                        }
                    }
                }
            }
            Self::Part { columns: cells, rows: height } => {
                for (to, &column) in keys.chunks_exact_mut(rows.len().max(1)).zip(columns) {
                    let cells = &cells[column as usize * height..(column as usize + 1) * height];
                    to.iter_mut().zip(rows).for_each(|(to, &row)| *to = cells[row as usize]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_values() {
        let cells = [2.0, f64::NAN, -1.0, 0.0, -0.0, 2.0, 1e300, -1e300, 5e-324];
        let (scale, ranks) = rank(cells.into_iter());
        assert_eq!(ranks, [4, MISSING, 1, 2, 2, 4, 5, 0, 3]);
        assert!(matches!(scale, Scale::Real(values) if values == [-1e300, -1.0, 0.0, 5e-324, 2.0, 1e300]));
    }
}
