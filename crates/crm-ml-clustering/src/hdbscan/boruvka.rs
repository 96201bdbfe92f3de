//! The minimum spanning tree by Boruvka's rounds on a k-d tree.
//!
//! In every round each component looks for its shortest edge outwards. A point keeps what it found: while its partner
//! is still in another component the edge is still its shortest, and later it bounds the next from below. Nodes that
//! lie in the component, or beyond its shortest edge so far, are not entered.
//!
//! The shortest length so far is shared between threads, and still the tree does not depend on their timing: only what
//! is strictly longer is left out for it, so every point that has a shortest edge of its component finds it, always
//! the same one.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crm_ml_core::{Error, Progress, Result, parallel};
use crm_ml_neighbors::{KdTree, MAX_LEAF};
use rayon::prelude::*;

use super::{Edge, Reach, larger, step};
use crate::forest::Forest;

/// Leaves a piece of parallel work.
const LEAVES: usize = 16;

/// No point, or points of more than one component.
const NONE: u32 = u32::MAX;

/// The core distances of the rows and the edges of the tree, in no order.
pub(super) fn spanning_tree(
    tree: &KdTree,
    reach: Reach<'_>,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, Vec<Edge>)> {
    let count = tree.len();
    let mut search = Search::new(tree, reach);
    let mut forest = Forest::new(count);
    let mut found = vec![Found { partner: NONE, reach: 0.0, distance: 0.0 }; count];
    let mut edges = Vec::with_capacity(count.saturating_sub(1));
    step(progress, 0, count)?;
    while edges.len() + 1 < count {
        search.learn_components(&mut forest);
        search.look(&mut found);
        let before = edges.len();
        for (from, to, edge) in search.shortest(&found) {
            if forest.unite(from, to) {
                edges.push(edge);
            }
        }
        if edges.len() == before {
            return Err(Error::numerical("Hdbscan: distances beyond the range of f64"));
        }
        step(progress, edges.len() + 1, count)?;
    }
    let mut cores = vec![0.0; count];
    for (row, core) in tree.order().iter().zip(&search.cores) {
        cores[*row as usize] = *core;
    }
    Ok((cores, edges))
}

/// What a point knows of its shortest edge outwards.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// The position at the other end; `NONE` where only a bound is known.
    partner: u32,
    /// Its length, or a lower bound.
    reach: f64,
    distance: f64,
}

struct Search<'a> {
    tree: &'a KdTree,
    reach: Reach<'a>,
    /// Core distance of every position, and the least of every node.
    cores: Vec<f64>,
    node_cores: Vec<f64>,
    /// Component of every position, and of every node that lies in one.
    components: Vec<u32>,
    node_components: Vec<u32>,
    /// Bits of the shortest edge known of every component.
    bounds: Vec<AtomicU64>,
}

impl<'a> Search<'a> {
    fn new(tree: &'a KdTree, reach: Reach<'a>) -> Self {
        let cores = core_distances(tree, reach);
        let mut node_cores = vec![f64::INFINITY; tree.n_nodes()];
        for node in (0..tree.n_nodes()).rev() {
            node_cores[node] = match tree.children(node) {
                Some((left, right)) => node_cores[left].min(node_cores[right]),
                None => cores[tree.span(node)].iter().copied().fold(f64::INFINITY, f64::min),
            };
        }
        Self {
            tree,
            reach,
            cores,
            node_cores,
            components: vec![NONE; tree.len()],
            node_components: vec![NONE; tree.n_nodes()],
            bounds: (0..tree.len()).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    fn learn_components(&mut self, forest: &mut Forest) {
        for (position, component) in self.components.iter_mut().enumerate() {
            *component = forest.find(position as u32);
        }
        for node in (0..self.tree.n_nodes()).rev() {
            self.node_components[node] = match self.tree.children(node) {
                Some((left, right)) if self.node_components[left] == self.node_components[right] => {
                    self.node_components[left]
                }
                Some(_) => NONE,
                None => {
                    let components = &self.components[self.tree.span(node)];
                    let first = components.first().copied().unwrap_or(NONE);
                    if components.iter().all(|c| *c == first) { first } else { NONE }
                }
            };
        }
    }

    fn is_current(&self, position: usize, found: &Found) -> bool {
        found.partner != NONE && self.components[found.partner as usize] != self.components[position]
    }

    fn bound(&self, component: u32) -> &AtomicU64 {
        &self.bounds[component as usize]
    }

    /// Brings what points know up to date, as far as it can matter to their components.
    fn look(&self, found: &mut [Found]) {
        let infinite = f64::INFINITY.to_bits();
        self.bounds.par_iter().with_min_len(4096).for_each(|bound| bound.store(infinite, Relaxed));
        found.par_iter().with_min_len(4096).enumerate().for_each(|(position, found)| {
            if self.is_current(position, found) {
                // The bits of numbers that are not negative are ordered as the numbers are.
                self.bound(self.components[position]).fetch_min(found.reach.to_bits(), Relaxed);
            }
        });
        let first_leaf = self.tree.first_leaf();
        let pieces = pieces(self.tree, found);
        pieces.into_par_iter().enumerate().for_each(|(piece, mut found)| {
            let mut point = vec![0.0; self.tree.width()];
            let first = first_leaf + piece * LEAVES;
            for leaf in first..(first + LEAVES).min(self.tree.n_nodes()) {
                let span = self.tree.span(leaf);
                let (own, rest) = found.split_at_mut(span.len());
                found = rest;
                for ((lane, position), found) in span.enumerate().zip(own) {
                    let bound = self.bound(self.components[position]);
                    let known = f64::from_bits(bound.load(Relaxed));
                    if self.is_current(position, found) || found.reach > known {
                        continue;
                    }
                    self.tree.copy_point(leaf, lane, &mut point);
                    *found = self.nearest(leaf, position, &point, found.reach);
                }
            }
        });
    }

    /// The shortest edge outwards of a point, or a bound where it is not its component's.
    fn nearest(&self, leaf: usize, position: usize, point: &[f64], at_least: f64) -> Found {
        let component = self.components[position];
        let mut query = Query {
            search: self,
            point,
            core: self.cores[position],
            component,
            bound: self.bound(component),
            best: Found { partner: NONE, reach: f64::INFINITY, distance: f64::INFINITY },
        };
        query.visit(leaf);
        let mut node = leaf;
        while node > 0 {
            let sibling = if node % 2 == 1 { node + 1 } else { node - 1 };
            query.enter(sibling);
            node = (node - 1) / 2;
        }
        let best = query.best;
        let bound = f64::from_bits(self.bound(component).load(Relaxed));
        // Beyond the bound nodes may have been left out that hold a shorter edge of this point.
        if best.reach <= bound {
            best
        } else {
            Found { partner: NONE, reach: larger(bound, at_least), distance: 0.0 }
        }
    }

    /// The shortest edge of every component, as positions and as an edge of rows.
    fn shortest(&self, found: &[Found]) -> Vec<(u32, u32, Edge)> {
        let mut best: Vec<Option<(u32, u32, Edge)>> = vec![None; self.tree.len()];
        for (position, found) in found.iter().enumerate() {
            if !self.is_current(position, found) {
                continue;
            }
            let best = &mut best[self.components[position] as usize];
            if best.as_ref().is_some_and(|(_, _, edge)| edge.reach < found.reach) {
                continue;
            }
            let rows = (self.tree.row(position), self.tree.row(found.partner as usize));
            let edge = Edge::new(found.reach, found.distance, rows.0, rows.1);
            if best.as_ref().is_none_or(|(_, _, best)| edge.cmp(best).is_lt()) {
                *best = Some((position as u32, found.partner, edge));
            }
        }
        best.into_iter().flatten().collect()
    }
}

/// The points of every piece of leaves.
fn pieces<'f>(tree: &KdTree, found: &'f mut [Found]) -> Vec<&'f mut [Found]> {
    let mut rest = found;
    let mut pieces = Vec::new();
    for leaves in parallel::chunks(tree.n_nodes() - tree.first_leaf(), LEAVES) {
        let first = tree.span(tree.first_leaf() + leaves.start).start;
        let end = tree.span(tree.first_leaf() + leaves.end - 1).end;
        let (piece, after) = rest.split_at_mut(end - first);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The search for the shortest edge outwards of one point.
struct Query<'a> {
    search: &'a Search<'a>,
    point: &'a [f64],
    core: f64,
    component: u32,
    bound: &'a AtomicU64,
    best: Found,
}

impl Query<'_> {
    /// Visits a node if it can hold a better edge.
    fn enter(&mut self, node: usize) {
        if self.search.node_components[node] != self.component {
            let least = self.search.tree.least(node, self.point);
            if self.promises(node, least) {
                self.visit(node);
            }
        }
    }

    /// Whether a node at `least` or farther can hold a better edge.
    #[inline]
    fn promises(&self, node: usize, least: f64) -> bool {
        let reach = self.search.reach.between(self.core, self.search.node_cores[node], least);
        let better = reach < self.best.reach || (reach == self.best.reach && least < self.best.distance);
        better && reach <= f64::from_bits(self.bound.load(Relaxed))
    }

    fn visit(&mut self, node: usize) {
        let tree = self.search.tree;
        let Some((left, right)) = tree.children(node) else {
            return self.leaf(node);
        };
        let (to_left, to_right) = (tree.least(left, self.point), tree.least(right, self.point));
        let pair = [(left, to_left), (right, to_right)];
        let ordered = if to_right < to_left { [pair[1], pair[0]] } else { pair };
        for (child, least) in ordered {
            if self.search.node_components[child] != self.component && self.promises(child, least) {
                self.visit(child);
            }
        }
    }

    fn leaf(&mut self, leaf: usize) {
        let search = self.search;
        if search.node_components[leaf] == self.component {
            return;
        }
        let span = search.tree.span(leaf);
        let (cores, components) = (&search.cores[span.clone()], &search.components[span.clone()]);
        let mut distances = [0.0; MAX_LEAF];
        let count = search.tree.leaf_distances(leaf, self.point, &mut distances);
        let before = self.best.reach;
        let candidates = span.zip(cores.iter().zip(components)).zip(&distances[..count]);
        for ((position, (core, component)), distance) in candidates {
            let reach = search.reach.between(self.core, *core, *distance);
            let shorter =
                reach < self.best.reach || (reach == self.best.reach && *distance < self.best.distance);
            if shorter && *component != self.component {
                self.best = Found { partner: position as u32, reach, distance: *distance };
            }
        }
        if self.best.reach < before {
            self.bound.fetch_min(self.best.reach.to_bits(), Relaxed);
        }
    }
}

/// The core distance of every position.
fn core_distances(tree: &KdTree, reach: Reach<'_>) -> Vec<f64> {
    let weights: Option<Vec<f64>> =
        reach.weights.map(|weights| tree.order().iter().map(|row| weights[*row as usize]).collect());
    let leaves = tree.n_nodes() - tree.first_leaf();
    let pieces = parallel::map_rows(leaves, LEAVES, |leaves| {
        let (mut point, mut scratch) = (vec![0.0; tree.width()], Vec::new());
        let mut nearest = Nearest { found: Vec::new(), weight: 0.0, enough: reach.k as f64 };
        let mut distances = Vec::new();
        for leaf in leaves.map(|leaf| leaf + tree.first_leaf()) {
            for lane in 0..tree.span(leaf).len() {
                tree.copy_point(leaf, lane, &mut point);
                distances.push(match &weights {
                    None => tree.kth_distance(&point, reach.k, &mut scratch),
                    Some(weights) => nearest.radius(tree, &point, weights),
                });
            }
        }
        distances
    });
    pieces.concat()
}

/// The nearest points that weigh enough together.
struct Nearest {
    /// Distances and weights, by distance.
    found: Vec<(f64, f64)>,
    /// Weight of all but the last.
    weight: f64,
    enough: f64,
}

impl Nearest {
    fn radius(&mut self, tree: &KdTree, point: &[f64], weights: &[f64]) -> f64 {
        self.found.clear();
        self.weight = 0.0;
        self.visit(tree, 0, point, weights);
        self.found.last().map_or(0.0, |(distance, _)| *distance)
    }

    /// What a point must be nearer than.
    fn limit(&self) -> f64 {
        match self.found.last() {
            Some((distance, weight)) if self.weight + weight >= self.enough => *distance,
            _ => f64::INFINITY,
        }
    }

    fn visit(&mut self, tree: &KdTree, node: usize, point: &[f64], weights: &[f64]) {
        if tree.least(node, point) >= self.limit() {
            return;
        }
        if let Some((left, right)) = tree.children(node) {
            let right_first = tree.least(right, point) < tree.least(left, point);
            let [near, far] = if right_first { [right, left] } else { [left, right] };
            self.visit(tree, near, point, weights);
            self.visit(tree, far, point, weights);
            return;
        }
        let mut distances = [0.0; MAX_LEAF];
        let count = tree.leaf_distances(node, point, &mut distances);
        for (distance, weight) in distances[..count].iter().zip(&weights[tree.span(node)]) {
            if *distance < self.limit() {
                self.insert(*distance, *weight);
            }
        }
    }

    /// Keeps the fewest of the nearest that weigh enough.
    fn insert(&mut self, distance: f64, weight: f64) {
        let place = self.found.partition_point(|(other, _)| *other <= distance);
        self.found.insert(place, (distance, weight));
        // Summed anew: rounding must not add up from point to point.
        let mut sum = 0.0;
        for (kept, (_, weight)) in self.found.iter().enumerate() {
            if sum + weight >= self.enough || kept + 1 == self.found.len() {
                self.weight = sum;
                self.found.truncate(kept + 1);
                return;
            }
            sum += weight;
        }
    }
}
