//! Cuts of sums of a few real columns.

use super::form::Form;
use crate::isolation_forest::tree::{Cut, Slope, Tree};

#[derive(Debug)]
pub(super) struct Sloped<const TERMS: usize>;

/// Sums above the threshold go right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<const TERMS: usize> {
    slopes: [f64; TERMS],
    threshold: f64,
    cells: [u16; TERMS],
}

impl<const TERMS: usize> Form for Sloped<TERMS> {
    type Cell = f64;
    type Node = Node<TERMS>;
    const DOUBTFUL: bool = false;

    fn new(trees: &[Tree], _: usize) -> Option<Self> {
        let is_simple = |tree: &Tree, cut: &Cut| match cut {
            Cut::Threshold { .. } => true,
            Cut::Levels { .. } => false,
            Cut::Sloped { terms, .. } => {
                let terms = terms.of(&tree.terms);
                terms.len() <= TERMS && terms.iter().all(|term| matches!(term.slope, Slope::Times(_)))
            }
        };
        let all = |tree: &Tree| {
            tree.nodes.iter().filter_map(|node| node.cut.as_ref()).all(|cut| is_simple(tree, cut))
        };
        trees.iter().all(all).then_some(Self)
    }

    fn node(&self, tree: &Tree, cut: &Cut) -> Node<TERMS> {
        match cut {
            // Once a number, and no times a number, leave it as it is.
            Cut::Threshold { column, threshold } => {
                let mut node = Node { threshold: *threshold, cells: [*column as u16; TERMS], ..Self::leaf() };
                node.slopes[0] = 1.0;
                node
            }
            Cut::Sloped { terms, threshold } => {
                let mut node = Node { threshold: *threshold, ..Self::leaf() };
                for (i, term) in terms.of(&tree.terms).iter().enumerate().take(TERMS) {
                    node.cells[i] = term.column as u16;
                    node.slopes[i] = if let Slope::Times(slope) = term.slope { slope } else { 0.0 };
                }
                node
            }
            Cut::Levels { .. } => Self::leaf(),
        }
    }

    fn leaf() -> Node<TERMS> {
        Node { slopes: [0.0; TERMS], threshold: f64::INFINITY, cells: [0; TERMS] }
    }

    fn fill<const CELLS: usize>(&self, cells: &[f64], width: usize, rows: &mut [[f64; CELLS]]) {
        for (cells, row) in cells.chunks_exact(width).zip(rows) {
            row.iter_mut().zip(cells).for_each(|(place, cell)| *place = *cell);
        }
    }

    #[inline(always)]
    fn goes_right<const CELLS: usize>(node: Node<TERMS>, row: &[f64; CELLS]) -> bool {
        sum(node, row) > node.threshold
    }

    #[inline(always)]
    fn unclear<const CELLS: usize>(node: Node<TERMS>, row: &[f64; CELLS]) -> bool {
        sum(node, row).is_nan()
    }
}

#[inline(always)]
fn sum<const TERMS: usize, const CELLS: usize>(node: Node<TERMS>, row: &[f64; CELLS]) -> f64 {
    let mut sum = 0.0;
    for (slope, cell) in node.slopes.iter().zip(node.cells) {
        sum += slope * row[usize::from(cell) % CELLS];
    }
    sum
}
