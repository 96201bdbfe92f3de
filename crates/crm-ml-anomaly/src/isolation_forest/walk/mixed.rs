//! Cuts of one column, real or a category of few levels.

use super::codes::{Codes, MISSING, NEVER, of_columns};
use super::form::Form;
use crate::isolation_forest::tree::{Cut, Tree};

/// Levels a category: bits of a word.
const LEVELS: u16 = 64;

#[derive(Debug)]
pub(super) struct Mixed {
    columns: Vec<Option<Codes>>,
    categories: Vec<bool>,
}

/// Codes above this one go right; of a category, levels whose bit is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    right: u64,
    known: u64,
    cell: u16,
    code: u16,
    is_category: bool,
}

impl Form for Mixed {
    type Cell = u16;
    type Node = Node;
    const DOUBTFUL: bool = true;

    fn new(trees: &[Tree], width: usize) -> Option<Self> {
        let mut categories = vec![false; width];
        for tree in trees {
            if tree.levels.iter().any(|level| level.code >= u32::from(LEVELS)) {
                return None;
            }
            for cut in tree.nodes.iter().filter_map(|node| node.cut.as_ref()) {
                match cut {
                    Cut::Threshold { .. } => {}
                    Cut::Levels { column, .. } => categories[*column as usize] = true,
                    Cut::Sloped { .. } => return None,
                }
            }
        }
        Some(Self { columns: of_columns(trees, width)?, categories })
    }

    fn node(&self, tree: &Tree, cut: &Cut) -> Node {
        match cut {
            Cut::Threshold { column, threshold } => {
                let codes = self.columns.get(*column as usize).and_then(Option::as_ref);
                let code = codes.map_or(NEVER, |codes| codes.code(*threshold));
                Node { cell: *column as u16, code, ..Self::leaf() }
            }
            Cut::Levels { column, levels, .. } => {
                let levels = levels.of(&tree.levels);
                let bits = |above: f64| {
                    let some = levels.iter().filter(|level| level.value > above);
                    some.fold(0, |bits, level| bits | 1 << (level.code % 64))
                };
                let (right, known) = (bits(0.0), bits(f64::NEG_INFINITY));
                Node { right, known, cell: *column as u16, code: 0, is_category: true }
            }
            Cut::Sloped { .. } => Self::leaf(),
        }
    }

    fn leaf() -> Node {
        Node { right: 0, known: 0, cell: 0, code: NEVER, is_category: false }
    }

    fn fill<const CELLS: usize>(&self, cells: &[f64], width: usize, rows: &mut [[u16; CELLS]]) {
        for (column, (codes, is_category)) in self.columns.iter().zip(&self.categories).enumerate() {
            for (cells, row) in cells.chunks_exact(width).zip(rows.iter_mut()) {
                let cell = cells[column];
                row[column % CELLS] = match codes {
                    Some(codes) => codes.code_or_missing(cell),
                    None if !is_category => 0,
                    // What is no level is new everywhere.
                    None if cell >= 0.0 && cell < f64::from(LEVELS) && cell.fract() == 0.0 => cell as u16,
                    None => MISSING,
                };
            }
        }
    }

    #[inline(always)]
    fn goes_right<const CELLS: usize>(node: Node, row: &[u16; CELLS]) -> bool {
        let code = row[usize::from(node.cell) % CELLS];
        let level = node.right >> (code % LEVELS) & 1 == 1;
        (node.is_category & level) | (!node.is_category & (code > node.code))
    }

    #[inline(always)]
    fn unclear<const CELLS: usize>(node: Node, row: &[u16; CELLS]) -> bool {
        let code = row[usize::from(node.cell) % CELLS];
        let is_new = node.known >> (code % LEVELS) & 1 == 0;
        ((code == MISSING) & (node.code != NEVER)) | (node.is_category & is_new)
    }
}
