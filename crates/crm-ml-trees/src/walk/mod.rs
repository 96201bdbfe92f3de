//! Trees as prediction of many rows walks them.

mod coding;
mod compact;
mod tables;
#[cfg(test)]
mod tests;

use crm_ml_core::Samples;

use crate::bins::Levels;
use crate::tree::Tree;
pub(crate) use compact::{Codes, Compact, NO_CODES};
use tables::{TableRows, Tables};

/// Rows that go down a tree side by side, so that the processor has work while a cell or node is fetched.
pub(crate) const LANES: usize = 8;

/// A node in 16 bytes. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    threshold: f64,
    /// Place among the cells of [`with_both_infinities`].
    cell: u32,
    left: u32,
}

impl Step {
    pub(crate) fn leaf(place: usize) -> Self {
        // Nothing exceeds infinity.
        Self { threshold: f64::INFINITY, cell: 0, left: place as u32 }
    }

    pub(crate) fn threshold(feature: usize, threshold: f64, missing_left: bool, left: usize) -> Self {
        Self { threshold, cell: 2 * feature as u32 + u32::from(!missing_left), left: left as u32 }
    }
}

/// Every cell twice, so that one comparison decides: missing is minus infinity in the first and infinity in the second. Data has
/// no infinities of its own.
fn with_both_infinities(cells: &[f64]) -> Vec<f64> {
    let both = |cell: &f64| match cell.is_nan() {
        true => [f64::NEG_INFINITY, f64::INFINITY],
        false => [*cell; 2],
    };
    cells.iter().flat_map(both).collect()
}

/// The leaves of [`LANES`] rows, from their cells [`with_both_infinities`], `width` a row.
fn leaves(steps: &[Step], cells: &[f64], width: usize) -> [usize; LANES] {
    let mut places = [0; LANES];
    loop {
        let mut moved = 0;
        for (place, row) in places.iter_mut().zip(cells.chunks_exact(width)) {
            let step = steps[*place];
            let next = step.left as usize + usize::from(row[step.cell as usize] > step.threshold);
            moved |= next ^ *place;
            *place = next;
        }
        if moved == 0 {
            return places;
        }
    }
}

/// An ensemble as it is walked.
pub(crate) enum Form {
    AsIs,
    /// A tree is `None` where a split asks for a category.
    Steps(Vec<Option<Vec<Step>>>),
    Compact(Compact),
    Tables(Tables),
}

/// Neighbouring rows, as a [`Form`] looks at them. Rows that do not fill [`LANES`] are left to [`Tree::leaf_of`](crate::Tree).
pub(crate) enum Block<'a> {
    AsIs,
    Steps { trees: &'a [Option<Vec<Step>>], cells: Vec<f64>, width: usize },
    Compact { trees: &'a Compact, rows: Vec<[Codes; LANES]> },
    Tables { trees: &'a Tables, rows: TableRows },
}

impl Form {
    /// The fastest one.
    pub(crate) fn new(trees: &[Tree], levels: &[Option<Levels>]) -> Self {
        let tables = || Tables::new(trees, levels).map(Self::Tables);
        let compact = || Compact::new(trees, levels).map(Self::Compact);
        tables().or_else(compact).unwrap_or_else(|| Self::Steps(trees.iter().map(Tree::steps).collect()))
    }

    /// The block of `rows` rows from `first` on.
    pub(crate) fn block(&self, samples: &Samples<'_>, first: usize, rows: usize) -> Block<'_> {
        let width = samples.n_columns();
        match self {
            Self::AsIs => Block::AsIs,
            Self::Steps(trees) => {
                let cells = with_both_infinities(&samples.cells()[first * width..(first + rows) * width]);
                Block::Steps { trees, cells, width: 2 * width }
            }
            Self::Compact(trees) => {
                let mut coded = vec![[NO_CODES; LANES]; rows / LANES];
                for (place, codes) in coded.as_flattened_mut().iter_mut().enumerate() {
                    trees.encode(samples.row(first + place), codes);
                }
                Block::Compact { trees, rows: coded }
            }
            Self::Tables(trees) => Block::Tables { trees, rows: trees.encode(samples, first, rows) },
        }
    }
}

impl Block<'_> {
    /// Adds what a tree says of all rows to every `outputs`-th margin, where values can be looked up; else it says no.
    pub(crate) fn add(&self, tree: usize, margins: &mut [f64], outputs: usize) -> bool {
        let Self::Tables { trees, rows } = self else { return false };
        trees.add(tree, rows, margins, outputs);
        true
    }

    /// Tells the leaves of the rows in a tree, and how many rows that were.
    #[inline]
    pub(crate) fn leaves(&self, tree: usize, tell: &mut impl FnMut(usize, usize)) -> usize {
        let mut row = 0;
        let mut tell_all = |leaves: [usize; LANES]| {
            leaves.into_iter().enumerate().for_each(|(lane, leaf)| tell(row + lane, leaf));
            row += LANES;
        };
        match self {
            Self::AsIs | Self::Tables { .. } => {}
            Self::Steps { trees, cells, width } => {
                if let Some(Some(steps)) = trees.get(tree) {
                    let lanes = cells.chunks_exact(width * LANES);
                    lanes.for_each(|cells| tell_all(leaves(steps, cells, *width)));
                }
            }
            Self::Compact { trees, rows } => {
                rows.iter().for_each(|rows| tell_all(trees.leaves_of_rows(tree, rows)));
            }
        }
        row
    }
}
