//! The matrix `Z' W Z` of a design, kept by its structure.
//!
//! Real columns (and the intercept) among themselves are a dense product; a category against them is rows added into the
//! slots of their levels; two categories are a table of weights; one category against itself is a diagonal.

use crm_ml_core::Result;
use crm_ml_linalg::{add_gram_lower, neutral};
use ndarray::Array2;
use pulp::Arch;

use crate::design::{Block, Design, NO_SLOT};

/// Sums over rows of one structured matrix.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    width: usize,
    /// Lower triangle, padded to the block's width.
    dense: Vec<f64>,
    /// Slots x width.
    cross: Vec<f64>,
    /// Weights of the slots.
    diagonal: Vec<f64>,
    /// For categories a < b in order, levels of a x levels of b.
    pairs: Vec<Vec<f64>>,
}

impl Gram {
    pub(crate) fn zeros(design: &Design<'_>) -> Self {
        let width = design.block_width();
        let categories = design.categories();
        let later = |a: usize| categories[a + 1..].iter().map(move |b| categories[a].count * b.count);
        Self {
            width,
            dense: neutral(width * width),
            cross: neutral(design.slots() * width),
            diagonal: neutral(design.slots()),
            pairs: (0..categories.len()).flat_map(later).map(neutral).collect(),
        }
    }

    /// Numbers that such a matrix holds.
    pub(crate) fn cells(design: &Design<'_>) -> usize {
        let (width, slots) = (design.block_width(), design.slots());
        let counts = design.categories().iter().map(|c| c.count);
        let squares = counts.fold(0usize, |sum, count| sum.saturating_add(count.saturating_mul(count)));
        let tables = slots.saturating_mul(slots).saturating_sub(squares) / 2;
        (width * width).saturating_add(slots.saturating_mul(width + 1)).saturating_add(tables)
    }

    /// Adds a block with one weight a row; `scaled` is a buffer.
    pub(crate) fn add(
        &mut self,
        design: &Design<'_>,
        block: &Block,
        weights: &[f64],
        scaled: &mut Vec<f64>,
    ) -> Result<()> {
        let width = self.width;
        scaled.resize(block.rows * width, 0.0);
        let z = &block.z[..block.rows * width];
        if width > 0 {
            Arch::new().dispatch(|| {
                let rows = scaled.chunks_exact_mut(width).zip(z.chunks_exact(width));
                for ((scaled, z), w) in rows.zip(weights) {
                    scaled.iter_mut().zip(z).for_each(|(s, z)| *s = w * z);
                }
            });
            add_gram_lower(scaled, z, width, &mut self.dense)?;
        }
        if design.categories().is_empty() {
            return Ok(());
        }
        Arch::new().dispatch(|| {
            for (row, w) in weights[..block.rows].iter().enumerate() {
                let codes = block.row_codes(design, row);
                let scaled = &scaled[row * width..(row + 1) * width];
                let mut tables = self.pairs.iter_mut();
                for (a, (&code, category)) in codes.iter().zip(design.categories()).enumerate() {
                    let others = codes[a + 1..].iter().zip(&design.categories()[a + 1..]);
                    if code == NO_SLOT {
                        others.for_each(|_| {
                            tables.next();
                        });
                        continue;
                    }
                    let slot = code as usize;
                    self.diagonal[slot] += w;
                    let sum = &mut self.cross[slot * width..(slot + 1) * width];
                    sum.iter_mut().zip(scaled).for_each(|(s, z)| *s += z);
                    for ((&other, second), table) in others.zip(&mut tables) {
                        if other != NO_SLOT {
                            let level = other as usize - second.first;
                            table[(slot - category.first) * second.count + level] += w;
                        }
                    }
                }
            }
        });
        Ok(())
    }

    /// Adds another of the same design.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        let mine = [&mut self.dense, &mut self.cross, &mut self.diagonal].into_iter().chain(&mut self.pairs);
        let theirs = [&other.dense, &other.cross, &other.diagonal].into_iter().chain(&other.pairs);
        for (a, b) in mine.zip(theirs) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
        self
    }

    /// The matrix among the parameters that are no level of category `apart`, as parameters lie.
    pub(crate) fn without(&self, design: &Design<'_>, apart: Option<usize>) -> Array2<f64> {
        let places = kept(design, apart);
        let size = places.iter().flatten().count();
        let mut matrix = Array2::zeros((size, size));
        let dense = design.dense();
        for i in 0..dense {
            for j in 0..=i {
                matrix[[i, j]] = self.dense[i * self.width + j];
                matrix[[j, i]] = matrix[[i, j]];
            }
        }
        let mut tables = self.pairs.iter();
        for (a, first) in design.categories().iter().enumerate() {
            for level in 0..first.count {
                let slot = first.first + level;
                let Some(at) = places[dense + slot] else { continue };
                matrix[[at, at]] = self.diagonal[slot];
                for j in 0..dense {
                    matrix[[at, j]] = self.cross[slot * self.width + j];
                    matrix[[j, at]] = matrix[[at, j]];
                }
            }
            for second in &design.categories()[a + 1..] {
                let Some(table) = tables.next() else { continue };
                for (cell, value) in table.iter().enumerate() {
                    let row = places[dense + first.first + cell / second.count];
                    let column = places[dense + second.first + cell % second.count];
                    if let (Some(row), Some(column)) = (row, column) {
                        matrix[[row, column]] = *value;
                        matrix[[column, row]] = *value;
                    }
                }
            }
        }
        matrix
    }

    /// Levels of category `apart` x the parameters that are none of them.
    pub(crate) fn beside(&self, design: &Design<'_>, apart: usize) -> Array2<f64> {
        let places = kept(design, Some(apart));
        let size = places.iter().flatten().count();
        let (dense, own) = (design.dense(), &design.categories()[apart]);
        let mut matrix = Array2::zeros((own.count, size));
        for level in 0..own.count {
            for j in 0..dense {
                matrix[[level, j]] = self.cross[(own.first + level) * self.width + j];
            }
        }
        let mut tables = self.pairs.iter();
        for (a, first) in design.categories().iter().enumerate() {
            for (b, second) in design.categories().iter().enumerate().skip(a + 1) {
                let Some(table) = tables.next() else { continue };
                for (cell, value) in table.iter().enumerate() {
                    let (i, j) = (cell / second.count, cell % second.count);
                    let (level, other) = match apart {
                        _ if apart == a => (i, second.first + j),
                        _ if apart == b => (j, first.first + i),
                        _ => break,
                    };
                    if let Some(at) = places[dense + other] {
                        matrix[[level, at]] = *value;
                    }
                }
            }
        }
        matrix
    }

    /// The diagonal, as parameters lie.
    pub(crate) fn diagonal(&self, design: &Design<'_>) -> Vec<f64> {
        (0..design.dense())
            .map(|i| self.dense[i * self.width + i])
            .chain(self.slots().iter().copied())
            .collect()
    }

    /// Weights of the slots.
    pub(crate) fn slots(&self) -> &[f64] {
        &self.diagonal
    }
}

/// For every parameter its place when the levels of one category are left out.
pub(crate) fn kept(design: &Design<'_>, apart: Option<usize>) -> Vec<Option<usize>> {
    let own = apart.map(|a| &design.categories()[a]);
    let left_out = own.map_or(0..0, |c| design.dense() + c.first..design.dense() + c.first + c.count);
    let mut next = 0;
    (0..design.size()).map(|i| (!left_out.contains(&i)).then(|| (next, next += 1).0)).collect()
}
