//! Ensembles whose cells and nodes fit into bytes: a row is coded once, and all trees compare codes.

use super::LANES;
use super::coding::{Coding, NEVER};
use crate::bins::Levels;
use crate::tree::{BinSet, Rule, Tree};

/// Codes a row: two a column.
const CODES: usize = 256;
/// Nodes a tree.
const NODES: usize = 256;

/// A coded row.
pub(crate) type Codes = [u8; CODES];

/// A row of no codes.
pub(crate) const NO_CODES: Codes = [0; CODES];

/// Trees that compare codes.
#[derive(Debug, Clone)]
pub(crate) struct Compact {
    columns: Vec<Coding>,
    trees: Vec<CompactTree>,
}

#[derive(Debug, Clone)]
struct CompactTree {
    nodes: Box<[CompactNode; NODES]>,
    sets: Vec<BinSet>,
}

/// A node. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
struct CompactNode {
    /// Place among the codes of a row.
    cell: u8,
    /// Codes up to it go left; of a category split, the place of the set.
    code: u8,
    left: u8,
    is_set: bool,
}

impl Compact {
    /// `None` where a number does not fit into a byte.
    pub(crate) fn new(trees: &[Tree], levels: &[Option<Levels>]) -> Option<Self> {
        if 2 * levels.len() > CODES || trees.iter().any(|tree| tree.n_nodes() > NODES) {
            return None;
        }
        let columns = Coding::of_columns(trees, levels)?;
        let trees = trees.iter().map(|tree| CompactTree::new(tree, &columns)).collect::<Option<_>>()?;
        Some(Self { columns, trees })
    }

    /// Codes a row.
    pub(crate) fn encode(&self, row: &[f64], codes: &mut Codes) {
        for ((coding, cell), codes) in self.columns.iter().zip(row).zip(codes.chunks_exact_mut(2)) {
            codes.copy_from_slice(&coding.codes(*cell));
        }
    }

    /// The leaves of [`LANES`] rows in a tree.
    pub(crate) fn leaves_of_rows(&self, tree: usize, rows: &[Codes; LANES]) -> [usize; LANES] {
        let tree = &self.trees[tree];
        match tree.sets.is_empty() {
            true => descend(|lane, place| tree.next::<false>(&rows[lane], place)),
            false => descend(|lane, place| tree.next::<true>(&rows[lane], place)),
        }
    }

    /// The leaves of a row in the trees from `first` on, [`LANES`] at most.
    pub(crate) fn leaves_in_trees(&self, first: usize, row: &Codes) -> [usize; LANES] {
        let trees = &self.trees[first.min(self.trees.len())..];
        descend(|lane, place| trees.get(lane).map_or(place, |tree| tree.next::<true>(row, place)))
    }
}

/// Steps down [`LANES`] ways side by side until none moves.
#[inline(always)]
fn descend(next: impl Fn(usize, u8) -> u8) -> [usize; LANES] {
    let mut places = [0; LANES];
    loop {
        let before = places;
        for _ in 0..2 {
            for (lane, place) in places.iter_mut().enumerate() {
                *place = next(lane, *place);
            }
        }
        if places == before {
            return places.map(usize::from);
        }
    }
}

impl CompactTree {
    fn new(tree: &Tree, columns: &[Coding]) -> Option<Self> {
        let mut sets = Vec::new();
        let node = |place: usize| {
            // No code exceeds a leaf's.
            let leaf = CompactNode { cell: 0, code: NEVER, left: place as u8, is_set: false };
            let Some(branch) = tree.branch(place) else { return Some(leaf) };
            let cell = 2 * branch.feature as u8;
            let left = branch.left as u8;
            match branch.rule {
                Rule::Threshold { threshold, missing_left } => {
                    let code = columns[branch.feature].code_of(threshold)?;
                    Some(CompactNode { cell: cell + u8::from(!missing_left), code, left, is_set: false })
                }
                Rule::Set(set) => {
                    sets.push(set);
                    Some(CompactNode { cell, code: (sets.len() - 1) as u8, left, is_set: true })
                }
            }
        };
        let nodes: Vec<CompactNode> = (0..tree.n_nodes()).map(node).collect::<Option<_>>()?;
        let unused = CompactNode { cell: 0, code: NEVER, left: 0, is_set: false };
        let mut all = Box::new([unused; NODES]);
        all.iter_mut().zip(nodes).for_each(|(place, node)| *place = node);
        Some(Self { nodes: all, sets })
    }

    #[inline(always)]
    fn next<const SETS: bool>(&self, row: &Codes, place: u8) -> u8 {
        let node = self.nodes[usize::from(place)];
        let code = row[usize::from(node.cell)];
        let goes_right = if SETS && node.is_set {
            !self.sets[usize::from(node.code)].contains(code)
        } else {
            code > node.code
        };
        node.left.wrapping_add(u8::from(goes_right))
    }
}
