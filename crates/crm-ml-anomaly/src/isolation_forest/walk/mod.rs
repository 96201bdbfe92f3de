//! Trees as scoring walks them.

mod coded;
mod codes;
mod heap;
mod paths;
mod sloped;

pub(crate) use paths::Paths;

use self::coded::Coded;
use self::heap::Heap;
use self::sloped::Sloped;
use super::tree::Tree;

/// Rows whose forms are made at a time.
pub(super) const BLOCK: usize = 1024;
/// Rows, or trees, that are walked side by side, so that the processor has work while a cell or a node is fetched.
const LANES: usize = 8;

/// What is looked up on the way, made once a model.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    trees: Vec<Paths>,
    form: Form,
}

/// Rows without missing values walk the fastest form that the trees have; it gives the bits that they give as they are.
#[derive(Debug, Clone)]
enum Form {
    AsIs,
    Coded(Heap<Coded>),
    Sloped(Heap<Sloped>),
}

impl Walk {
    pub(super) fn new(trees: &[Tree], width: usize) -> Self {
        let paths: Vec<Paths> = trees.iter().map(Paths::new).collect();
        let coded = || Heap::<Coded>::new(trees, &paths, width).map(Form::Coded);
        let sloped = || Heap::<Sloped>::new(trees, &paths, width).map(Form::Sloped);
        let form = coded().or_else(sloped).unwrap_or(Form::AsIs);
        Self { trees: paths, form }
    }

    pub(super) fn trees(&self) -> &[Paths] {
        &self.trees
    }

    #[cfg(test)]
    pub(super) fn has_fast_form(&self) -> bool {
        !matches!(self.form, Form::AsIs)
    }

    /// The mean length of the paths of a row.
    pub(super) fn length(&self, trees: &[Tree], row: &[f64]) -> f64 {
        let length = match &self.form {
            _ if row.iter().any(|cell| cell.is_nan()) => None,
            Form::AsIs => None,
            Form::Coded(heap) => heap.length(row),
            Form::Sloped(heap) => heap.length(row),
        };
        length.unwrap_or_else(|| self.as_is(trees, row))
    }

    /// The mean lengths of the paths of neighbouring rows.
    pub(super) fn lengths(&self, trees: &[Tree], cells: &[f64], lengths: &mut [f64]) {
        let width = cells.len() / lengths.len().max(1);
        match &self.form {
            _ if lengths.len() < LANES => lengths.fill(f64::NAN),
            Form::AsIs => lengths.fill(f64::NAN),
            Form::Coded(heap) => heap.lengths(cells, lengths),
            Form::Sloped(heap) => heap.lengths(cells, lengths),
        }
        for (row, length) in cells.chunks_exact(width.max(1)).zip(lengths) {
            if length.is_nan() {
                *length = self.length(trees, row);
            }
        }
    }

    pub(super) fn as_is(&self, trees: &[Tree], row: &[f64]) -> f64 {
        let lengths = self.trees.iter().zip(trees).map(|(paths, tree)| paths.length(tree, row));
        lengths.fold(0.0, |sum, length| sum + length) / trees.len() as f64
    }
}
