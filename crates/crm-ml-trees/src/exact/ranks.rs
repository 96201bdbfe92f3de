//! Data as forests see it: in place of every cell its rank among the distinct values of its column.

use crm_ml_core::{ColumnKind, Samples, parallel};
use rayon::prelude::*;

use crate::bins::{Levels, level_weights};

/// Rank of a missing cell in a real column.
pub(crate) const MISSING: u32 = u32::MAX;
/// Code of a missing cell in a real column; others are below.
pub(crate) const MISSING_CODE: u8 = u8::MAX;
/// Most bins for the levels of a category.
const LEVEL_BINS: usize = 255;
/// Rows that are transposed at once: their cells stay in cache.
const ROWS: usize = 128;

/// Rows that are copied at once.
const PIECE: usize = 16;

/// What the ranks of a column stand for.
#[derive(Debug)]
pub(crate) enum Scale {
    /// The distinct values in ascending order.
    Real(Vec<f64>),
    /// The bins of the levels.
    Category(Levels),
}

impl Scale {
    /// By how many bits ranks are too long for a code.
    fn shift(&self) -> u32 {
        match self {
            Self::Real(values) => (0..u32::BITS)
                .find(|bits| values.len().saturating_sub(1) >> bits < MISSING_CODE.into())
                .unwrap_or(0),
            Self::Category(_) => 0,
        }
    }
}

/// The ranks of all cells, row after row, so that a row's columns share cache lines.
#[derive(Debug)]
pub(crate) struct Ranked {
    ranks: Vec<u32>,
    /// The high bits of the ranks, column after column: nodes of many rows need no more for most of their cuts.
    codes: Vec<Vec<u8>>,
    /// By how many bits the ranks of a column were cut.
    shifts: Vec<u32>,
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
        let shifts: Vec<u32> = scales.iter().map(Scale::shift).collect();
        let codes = parallel::map(width, |column| {
            let missing = match scales[column] {
                Scale::Real(_) => MISSING_CODE,
                Scale::Category(_) => 0,
            };
            let code = |rank: &u32| if *rank == MISSING { missing } else { (*rank >> shifts[column]) as u8 };
            columns[column].iter().map(code).collect()
        });
        Self { ranks, codes, shifts, scales }
    }

    /// The codes of `rows` in a column, and the bits by which they are shorter than ranks.
    pub(crate) fn codes(&self, column: u32, rows: &[u32], codes: &mut Vec<u8>) -> u32 {
        let of_column = &self.codes[column as usize];
        codes.clear();
        codes.extend(rows.iter().map(|&row| of_column[row as usize]));
        self.shifts[column as usize]
    }

    /// The rank of one cell.
    pub(crate) fn rank(&self, row: u32, column: u32) -> u32 {
        self.ranks[row as usize * self.width() + column as usize]
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
    /// The part of `all` that `rows` are, in the memory of another.
    pub(crate) fn part(all: &Ranked, rows: &[u32], mut columns: Vec<u32>) -> Self {
        let width = all.width();
        columns.resize(width * rows.len(), 0);
        let source = |row: u32| &all.ranks[row as usize * width..(row as usize + 1) * width];
        // Some rows at a time, whose cells stay in cache, so that columns are written in order.
        for (piece, rows_of_piece) in rows.chunks(PIECE).enumerate() {
            let mut cells = [source(rows_of_piece[0]); PIECE];
            cells.iter_mut().zip(rows_of_piece).for_each(|(cells, row)| *cells = source(*row));
            let cells = &cells[..rows_of_piece.len()];
            for (column, to) in columns.chunks_exact_mut(rows.len()).enumerate() {
                let to = &mut to[piece * PIECE..][..cells.len()];
                to.iter_mut().zip(cells).for_each(|(to, cells)| *to = cells[column]);
            }
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
