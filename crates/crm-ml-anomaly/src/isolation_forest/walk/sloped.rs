//! Cuts of up to two real columns.

use super::heap::Form;
use crate::isolation_forest::tree::{Cut, Slope, Tree};

#[derive(Debug, Clone)]
pub(super) struct Sloped;

/// Sums above the threshold go right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    slopes: [f64; 2],
    threshold: f64,
    cells: [u16; 2],
}

impl Form for Sloped {
    type Cell = f64;
    type Node = Node;

    fn new(trees: &[Tree], _: usize) -> Option<Self> {
        let is_simple = |tree: &Tree, cut: &Cut| match cut {
            Cut::Threshold { .. } => true,
            Cut::Levels { .. } => false,
            Cut::Sloped { terms, .. } => {
                let terms = terms.of(&tree.terms);
                terms.len() <= 2 && terms.iter().all(|term| matches!(term.slope, Slope::Times(_)))
            }
        };
        let all = |tree: &Tree| {
            tree.nodes.iter().filter_map(|node| node.cut.as_ref()).all(|cut| is_simple(tree, cut))
        };
        trees.iter().all(all).then_some(Self)
    }

    fn node(&self, tree: &Tree, cut: &Cut) -> Node {
        match cut {
            // Once a number, and no times a number, leave it as it is.
            Cut::Threshold { column, threshold } => {
                Node { slopes: [1.0, 0.0], threshold: *threshold, cells: [*column as u16; 2] }
            }
            Cut::Sloped { terms, threshold } => {
                let mut node = Node { threshold: *threshold, ..Self::filling() };
                for (i, term) in terms.of(&tree.terms).iter().enumerate().take(2) {
                    node.cells[i] = term.column as u16;
                    node.slopes[i] = if let Slope::Times(slope) = term.slope { slope } else { 0.0 };
                }
                node
            }
            Cut::Levels { .. } => Self::filling(),
        }
    }

    fn filling() -> Node {
        Node { slopes: [0.0; 2], threshold: f64::INFINITY, cells: [0; 2] }
    }

    fn fill<const CELLS: usize>(&self, cells: &[f64], width: usize, rows: &mut [[f64; CELLS]]) {
        for (cells, row) in cells.chunks_exact(width).zip(rows) {
            row.iter_mut().zip(cells).for_each(|(place, cell)| *place = *cell);
        }
    }

    #[inline(always)]
    fn goes_right<const CELLS: usize>(node: Node, row: &[f64; CELLS]) -> bool {
        let [first, second] = node.cells.map(|cell| row[usize::from(cell) % CELLS]);
        node.slopes[0] * first + node.slopes[1] * second > node.threshold
    }
}
