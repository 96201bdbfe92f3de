//! Cuts of one real column: cells are coded once, and all trees compare codes.

use super::codes::{Codes, MISSING, NEVER, of_columns};
use super::form::Form;
use crate::isolation_forest::tree::{Cut, Tree};

#[derive(Debug)]
pub(super) struct Coded {
    /// `None` where no tree asks for the column.
    columns: Vec<Option<Codes>>,
}

/// Codes above this one go right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    cell: u16,
    code: u16,
}

impl Form for Coded {
    type Cell = u16;
    type Node = Node;
    const DOUBTFUL: bool = false;

    fn new(trees: &[Tree], width: usize) -> Option<Self> {
        let mut cuts = trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.cut.as_ref());
        match cuts.all(|cut| matches!(cut, Cut::Threshold { .. })) {
            true => Some(Self { columns: of_columns(trees, width)? }),
            false => None,
        }
    }

    fn node(&self, _: &Tree, cut: &Cut) -> Node {
        match cut {
            Cut::Threshold { column, threshold } => {
                let codes = self.columns.get(*column as usize).and_then(Option::as_ref);
                Node { cell: *column as u16, code: codes.map_or(NEVER, |codes| codes.code(*threshold)) }
            }
            Cut::Levels { .. } | Cut::Sloped { .. } => Self::leaf(),
        }
    }

    fn leaf() -> Node {
        Node { cell: 0, code: NEVER }
    }

    fn fill<const CELLS: usize>(&self, cells: &[f64], width: usize, rows: &mut [[u16; CELLS]]) {
        for (column, codes) in self.columns.iter().enumerate() {
            let Some(codes) = codes else { continue };
            for (cells, row) in cells.chunks_exact(width).zip(rows.iter_mut()) {
                row[column % CELLS] = codes.code_or_missing(cells[column]);
            }
        }
    }

    #[inline(always)]
    fn goes_right<const CELLS: usize>(node: Node, row: &[u16; CELLS]) -> bool {
        row[usize::from(node.cell) % CELLS] > node.code
    }

    #[inline(always)]
    fn unclear<const CELLS: usize>(node: Node, row: &[u16; CELLS]) -> bool {
        row[usize::from(node.cell) % CELLS] == MISSING && node.code != NEVER
    }
}
