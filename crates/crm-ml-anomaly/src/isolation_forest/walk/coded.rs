//! Cuts of one real column: cells are coded once, and all trees compare codes.

use super::codes::Codes;
use super::form::Form;
use crate::isolation_forest::tree::{Cut, Tree};

/// No code is above it.
const NEVER: u16 = u16::MAX;

#[derive(Debug, Clone)]
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

    fn new(trees: &[Tree], width: usize) -> Option<Self> {
        let mut thresholds = vec![Vec::new(); width];
        for cut in trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.cut.as_ref()) {
            match cut {
                Cut::Threshold { column, threshold } => thresholds[*column as usize].push(*threshold),
                Cut::Levels { .. } | Cut::Sloped { .. } => return None,
            }
        }
        let column = |thresholds: Vec<f64>| match thresholds.is_empty() {
            true => Some(None),
            false => Codes::new(thresholds).map(Some),
        };
        Some(Self { columns: thresholds.into_iter().map(column).collect::<Option<_>>()? })
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
                row[column % CELLS] = codes.code(cells[column]);
            }
        }
    }

    #[inline(always)]
    fn goes_right<const CELLS: usize>(node: Node, row: &[u16; CELLS]) -> bool {
        row[usize::from(node.cell) % CELLS] > node.code
    }
}
