//! Trees of few cuts on a path, filled up to complete ones, so that a node's branches need not be looked up: those of `i` are
//! `2i` and `2i + 1`.

use super::paths::Paths;
use super::{BLOCK, LANES};
use crate::isolation_forest::tree::{Cut, Tree};

/// Most cuts on a path.
const DEPTH: u32 = 8;
/// Places of a tree: 0 is none, 1 the root.
pub(super) const PLACES: usize = 1 << DEPTH;
/// A tree of fewer nodes on average would be mostly filling.
const FULL_ENOUGH: usize = PLACES / 8;
/// Most cells a row.
const MOST_CELLS: usize = 1024;

/// How cuts are decided by rows in a form of their own, of a power of two cells.
pub(super) trait Form: Sized + Send + Sync {
    type Cell: Copy + Default + Send + Sync;
    type Node: Copy + Send + Sync;

    /// What turns rows into this form; `None` where the trees have cuts that it does not decide.
    fn new(trees: &[Tree], width: usize) -> Option<Self>;
    fn node(&self, tree: &Tree, cut: &Cut) -> Self::Node;
    /// A node from which all rows go left.
    fn filling() -> Self::Node;
    /// Fills neighbouring rows column by column.
    fn fill<const CELLS: usize>(&self, cells: &[f64], width: usize, rows: &mut [[Self::Cell; CELLS]]);
    fn goes_right<const CELLS: usize>(node: Self::Node, row: &[Self::Cell; CELLS]) -> bool;
}

#[derive(Debug, Clone)]
pub(super) struct Heap<F: Form> {
    form: F,
    width: usize,
    depth: u32,
    trees: Vec<Filled<F::Node>>,
}

#[derive(Debug, Clone)]
struct Filled<N> {
    nodes: Box<[N; PLACES]>,
    /// Of the leaves; the place of one in the lowest row, modulo the number of places.
    lengths: Box<[f64; PLACES]>,
}

impl<F: Form> Heap<F> {
    /// `None` where the trees do not have this form.
    pub(super) fn new(trees: &[Tree], paths: &[Paths], width: usize) -> Option<Self> {
        let depth = paths.iter().map(|paths| paths.depth).max()?;
        let nodes = trees.iter().map(|tree| tree.nodes.len()).sum::<usize>();
        if depth > DEPTH || nodes < FULL_ENOUGH * trees.len() || width > MOST_CELLS {
            return None;
        }
        let form = F::new(trees, width)?;
        let filled =
            trees.iter().zip(paths).map(|(tree, paths)| Filled::new(&form, tree, paths, depth)).collect();
        Some(Self { form, width, depth, trees: filled })
    }

    /// The mean lengths of the paths of neighbouring rows; NaN where a value is missing, and for the last few.
    pub(super) fn lengths(&self, cells: &[f64], lengths: &mut [f64]) {
        match self.width.next_power_of_two() {
            ..=8 => self.lengths_of::<8>(cells, lengths),
            16 => self.lengths_of::<16>(cells, lengths),
            32 => self.lengths_of::<32>(cells, lengths),
            64 => self.lengths_of::<64>(cells, lengths),
            128 => self.lengths_of::<128>(cells, lengths),
            256 => self.lengths_of::<256>(cells, lengths),
            _ => self.lengths_of::<MOST_CELLS>(cells, lengths),
        }
    }

    fn lengths_of<const CELLS: usize>(&self, cells: &[f64], lengths: &mut [f64]) {
        let whole = lengths.len() / LANES * LANES;
        let (lengths, rest) = lengths.split_at_mut(whole);
        rest.fill(f64::NAN);
        let mut rows = vec![[F::Cell::default(); CELLS]; whole.min(BLOCK)];
        for (cells, lengths) in cells.chunks(BLOCK * self.width).zip(lengths.chunks_mut(BLOCK)) {
            let rows = &mut rows[..lengths.len()];
            self.form.fill(cells, self.width, rows);
            lengths.fill(0.0);
            for tree in &self.trees {
                for (rows, lengths) in rows.chunks_exact(LANES).zip(lengths.chunks_exact_mut(LANES)) {
                    tree.add(rows, lengths, self.depth, |node, row| F::goes_right(node, row));
                }
            }
            let count = self.trees.len() as f64;
            for (row, length) in cells.chunks_exact(self.width).zip(lengths) {
                let missing = row.iter().fold(false, |missing, cell| missing | cell.is_nan());
                *length = if missing { f64::NAN } else { *length / count };
            }
        }
    }

    /// The mean length of the paths of a row without missing values; `None` where it is too wide for this.
    pub(super) fn length(&self, row: &[f64]) -> Option<f64> {
        match self.width.next_power_of_two() {
            ..=32 => Some(self.length_of::<32>(row)),
            64 | 128 | 256 => Some(self.length_of::<256>(row)),
            _ => None,
        }
    }

    fn length_of<const CELLS: usize>(&self, cells: &[f64]) -> f64 {
        let mut row = [[F::Cell::default(); CELLS]];
        self.form.fill(cells, self.width, &mut row);
        let mut length = 0.0;
        for trees in self.trees.chunks(LANES) {
            let mut places = [1; LANES];
            for _ in 0..self.depth {
                for (place, tree) in places.iter_mut().zip(trees) {
                    let node = tree.nodes[*place % PLACES];
                    *place = 2 * *place + usize::from(F::goes_right(node, &row[0]));
                }
            }
            for (place, tree) in places.iter().zip(trees) {
                length += tree.lengths[place % PLACES];
            }
        }
        length / self.trees.len() as f64
    }
}

impl<N: Copy> Filled<N> {
    fn new<F: Form<Node = N>>(form: &F, tree: &Tree, paths: &Paths, depth: u32) -> Self {
        let mut nodes = Box::new([F::filling(); PLACES]);
        let mut lengths = Box::new([0.0; PLACES]);
        let mut places = vec![1usize; tree.nodes.len()];
        for (node, &left) in paths.lefts.iter().enumerate() {
            let place = places[node];
            match &tree.nodes[node].cut {
                Some(cut) => {
                    nodes[place % PLACES] = form.node(tree, cut);
                    places[left as usize] = 2 * place;
                    places[left as usize + 1] = 2 * place + 1;
                }
                None => {
                    // From here all go left.
                    let lowest = place << (depth - place.ilog2());
                    lengths[lowest % PLACES] = paths.lengths[node];
                }
            }
        }
        Self { nodes, lengths }
    }

    /// Adds the lengths of the paths of [`LANES`] rows.
    #[inline(always)]
    fn add<R>(&self, rows: &[R], lengths: &mut [f64], depth: u32, goes_right: impl Fn(N, &R) -> bool) {
        let mut places = [1; LANES];
        for _ in 0..depth {
            for (place, row) in places.iter_mut().zip(rows) {
                let node = self.nodes[*place % PLACES];
                *place = 2 * *place + usize::from(goes_right(node, row));
            }
        }
        for (place, length) in places.iter().zip(lengths) {
            *length += self.lengths[place % PLACES];
        }
    }
}
