//! The shares of a block of rows.
//!
//! What a leaf gives a row depends on nothing but the set of tests on its path that the row passes. Sets are bits of a word;
//! each is worked out for the first row that has it.

use std::collections::HashMap;
use std::ops::Range;

use crm_ml_core::Samples;

use super::{Path, Test};
use crate::bins::Levels;
use crate::ensemble::Ensemble;

/// Up to so many elements a table has a place for every set.
const TABLE: usize = 12;
/// Elements whose sets are words.
const WORD: usize = u64::BITS as usize;
/// No row has had the set.
const NONE: u32 = u32::MAX;

/// Rows of which shares are asked.
pub(super) struct Block<'a> {
    levels: &'a [Option<Levels>],
    rows: usize,
    columns: usize,
    outputs: usize,
    /// The cells, column after column.
    cells: Vec<f64>,
    /// The set of tests each row passes.
    passed: Vec<u64>,
    /// Where the values of a set lie, by the set: among few, or among many.
    table: Vec<u32>,
    map: HashMap<u64, u32>,
    /// The Shapley values of the sets met so far.
    values: Vec<f64>,
}

impl<'a> Block<'a> {
    pub(super) fn new(samples: &Samples<'_>, rows: Range<usize>, ensemble: &'a Ensemble) -> Self {
        let columns = samples.n_columns();
        let cell = |place: usize| samples.row(rows.start + place % rows.len())[place / rows.len()];
        Self {
            levels: ensemble.levels(),
            rows: rows.len(),
            columns,
            outputs: ensemble.n_outputs(),
            cells: (0..columns * rows.len()).map(cell).collect(),
            passed: vec![0; rows.len()],
            table: Vec::new(),
            map: HashMap::new(),
            values: Vec::new(),
        }
    }

    /// Adds the shares of one leaf to all rows of the piece. `share`: first output of the tree and factor of its values.
    pub(super) fn add(&mut self, path: &Path<'_>, share: (usize, f64), piece: &mut [f64]) {
        let base: f64 = path.elements.iter().map(|e| e.share).product();
        let count = path.elements.len();
        if count > WORD {
            return self.add_long(path, base, share, piece);
        }
        self.pass(path);
        self.forget(count);
        let width = (self.columns + 1) * self.outputs;
        for (&passed, shares) in self.passed.iter().zip(piece.chunks_exact_mut(width)) {
            let place = if count <= TABLE {
                &mut self.table[passed as usize]
            } else {
                self.map.entry(passed).or_insert(NONE)
            };
            if *place == NONE {
                *place = self.values.len() as u32;
                path.shapley(|i| passed >> i & 1 == 1, &mut self.values);
            }
            let values = &self.values[*place as usize..][..count];
            spread(path, values, base, share, self.outputs, shares);
        }
    }

    /// Finds out which tests each row passes.
    fn pass(&mut self, path: &Path<'_>) {
        self.passed.fill(0);
        for (i, element) in path.elements.iter().enumerate() {
            let cells = &self.cells[element.column * self.rows..][..self.rows];
            let rows = self.passed.iter_mut().zip(cells);
            match &element.test {
                Test::Interval { above, up_to, missing } => rows.for_each(|(passed, cell)| {
                    let inside = (cell > above) & (cell <= up_to) | (cell.is_nan() & missing);
                    *passed |= u64::from(inside) << i;
                }),
                Test::Set(bins) => {
                    let Some(levels) = &self.levels[element.column] else { continue };
                    rows.for_each(|(passed, cell)| {
                        *passed |= u64::from(bins.contains(levels.bin(*cell))) << i;
                    });
                }
            }
        }
    }

    /// Makes room for the sets of another path.
    fn forget(&mut self, count: usize) {
        self.values.clear();
        if count <= TABLE {
            self.table.clear();
            self.table.resize(1 << count, NONE);
        } else {
            self.map.clear();
        }
    }

    /// As `add`, row by row, for paths of more elements than a word has bits.
    fn add_long(&mut self, path: &Path<'_>, base: f64, share: (usize, f64), piece: &mut [f64]) {
        let width = (self.columns + 1) * self.outputs;
        for (row, shares) in piece.chunks_exact_mut(width).enumerate() {
            let passes = |i: usize| {
                let element = &path.elements[i];
                let cell = self.cells[element.column * self.rows + row];
                element.test.passes(cell, self.levels[element.column].as_ref())
            };
            let mut values = Vec::with_capacity(path.elements.len());
            path.shapley(passes, &mut values);
            spread(path, &values, base, share, self.outputs, shares);
        }
    }
}

/// Adds the Shapley values of a leaf to the shares of a row.
#[inline(always)]
fn spread(
    path: &Path<'_>,
    values: &[f64],
    base: f64,
    (first, scale): (usize, f64),
    outputs: usize,
    shares: &mut [f64],
) {
    let last = shares.len() - outputs;
    if let [of_leaf] = path.values {
        for (element, value) in path.elements.iter().zip(values) {
            shares[element.column * outputs + first] += scale * value * of_leaf;
        }
        shares[last + first] += scale * base * of_leaf;
        return;
    }
    let add = |target: &mut [f64], value: f64| {
        target[first..]
            .iter_mut()
            .zip(path.values)
            .for_each(|(sum, of_leaf)| *sum += scale * value * of_leaf);
    };
    for (element, value) in path.elements.iter().zip(values) {
        add(&mut shares[element.column * outputs..(element.column + 1) * outputs], *value);
    }
    add(&mut shares[last..], base);
}
