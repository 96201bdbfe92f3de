//! Where the nodes of a tree are.

use super::form::Form;
use super::{LANES, Paths};
use crate::isolation_forest::tree::Tree;

/// The nodes of a tree, as a walk from [`ROOT`](Shape::ROOT) finds them.
pub(super) trait Shape<N>: Sized + Send + Sync + std::fmt::Debug {
    const ROOT: usize;
    /// Whether the walk to every leaf has the depth of the deepest; else a leaf leads to itself.
    const EVEN: bool;

    fn new<F: Form<Node = N>>(form: &F, tree: &Tree, paths: &Paths, depth: u32) -> Self;

    /// The next place, from what the node here decides.
    fn step(&self, place: usize, goes_right: impl FnOnce(N) -> bool) -> usize;

    /// The length of the path to a leaf.
    fn length(&self, place: usize) -> f64;
}

/// Walks [`LANES`] ways side by side.
#[inline(always)]
pub(super) fn descend<N, S: Shape<N>>(
    depth: u32,
    mut step: impl FnMut(usize, usize) -> usize,
) -> [usize; LANES] {
    let mut places = [S::ROOT; LANES];
    let mut once = |places: &mut [usize; LANES]| {
        for (lane, place) in places.iter_mut().enumerate() {
            *place = step(lane, *place);
        }
    };
    if S::EVEN {
        (0..depth).for_each(|_| once(&mut places));
        return places;
    }
    loop {
        let before = places;
        once(&mut places);
        once(&mut places);
        if places == before {
            return places;
        }
    }
}

/// Few cuts on a path, filled up to a complete tree, so that branches need not be looked up: those of `i` are `2i` and `2i + 1`.
#[derive(Debug)]
pub(super) struct Heap<N> {
    nodes: Box<[N; PLACES]>,
    /// Of the leaves, by their place modulo the number of places.
    lengths: Box<[f64; PLACES]>,
}

/// Most cuts on a path of a [`Heap`].
pub(super) const HEAP_DEPTH: u32 = 8;
/// 0 is none, 1 the root.
const PLACES: usize = 1 << HEAP_DEPTH;
/// Trees of fewer nodes on average would be mostly filling.
pub(super) const FULL_ENOUGH: usize = PLACES / 8;

impl<N: Copy + Send + Sync + std::fmt::Debug> Shape<N> for Heap<N> {
    const ROOT: usize = 1;
    const EVEN: bool = true;

    fn new<F: Form<Node = N>>(form: &F, tree: &Tree, paths: &Paths, depth: u32) -> Self {
        let mut nodes = Box::new([F::leaf(); PLACES]);
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

    #[inline(always)]
    fn step(&self, place: usize, goes_right: impl FnOnce(N) -> bool) -> usize {
        2 * place + usize::from(goes_right(self.nodes[place % PLACES]))
    }

    #[inline(always)]
    fn length(&self, place: usize) -> f64 {
        self.lengths[place % PLACES]
    }
}

/// Any depth: a node tells where its left branch is, and the right one follows it.
#[derive(Debug)]
pub(super) struct Chain<N> {
    nodes: Vec<(N, u32)>,
    lengths: Vec<f64>,
}

impl<N: Copy + Send + Sync + std::fmt::Debug> Shape<N> for Chain<N> {
    const ROOT: usize = 0;
    const EVEN: bool = false;

    fn new<F: Form<Node = N>>(form: &F, tree: &Tree, paths: &Paths, _: u32) -> Self {
        let node =
            |(place, (node, left)): (usize, (&crate::isolation_forest::tree::Node, &u32))| match &node.cut {
                Some(cut) => (form.node(tree, cut), *left),
                None => (F::leaf(), place as u32),
            };
        let nodes = tree.nodes.iter().zip(&paths.lefts).enumerate().map(node).collect();
        Self { nodes, lengths: paths.lengths.clone() }
    }

    #[inline(always)]
    fn step(&self, place: usize, goes_right: impl FnOnce(N) -> bool) -> usize {
        let (node, left) = self.nodes[place];
        left as usize + usize::from(goes_right(node))
    }

    #[inline(always)]
    fn length(&self, place: usize) -> f64 {
        self.lengths[place]
    }
}
