//! DBSCAN by a k-d tree.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crm_ml_core::{NOISE, parallel};
use crm_ml_neighbors::{KdTree, MAX_LEAF};

use super::{Clusters, Components, Density, number};

/// Leaves a piece of parallel work.
const LEAVES: usize = 8;

/// Nodes of fewer points are worked on by one thread.
const TASK: usize = 512;

/// The node has no core point.
const NONE: u32 = u32::MAX;

pub(super) fn cluster(tree: &KdTree, density: Density<'_>) -> Clusters {
    let core = Counter::new(tree, density).cores();
    let linker = Linker::new(tree, density.radius, &core);
    linker.connect(0);
    let (labels, count) =
        number(&linker.components, tree.len(), |position| core[position].then(|| tree.order()[position]));
    let labels = Border::new(tree, density.radius, &core, &labels).labels();
    let mut clusters = Clusters { labels: vec![NOISE; tree.len()], core: vec![false; tree.len()], count };
    for ((row, label), core) in tree.order().iter().zip(&labels).zip(&core) {
        clusters.labels[*row as usize] = *label;
        clusters.core[*row as usize] = *core;
    }
    clusters
}

/// Finds the core points.
struct Counter<'a> {
    tree: &'a KdTree,
    radius: f64,
    enough: f64,
    /// Weight of every position and of every node.
    weights: Option<(Vec<f64>, Vec<f64>)>,
}

impl<'a> Counter<'a> {
    fn new(tree: &'a KdTree, density: Density<'_>) -> Self {
        let weights = density.ordered(tree.order()).map(|weights| {
            let of_nodes = (0..tree.n_nodes()).map(|node| weights[tree.span(node)].iter().sum()).collect();
            (weights, of_nodes)
        });
        Self { tree, radius: density.radius, enough: density.enough, weights }
    }

    fn cores(&self) -> Vec<bool> {
        let tree = self.tree;
        let leaves = tree.n_nodes() - tree.first_leaf();
        let pieces = parallel::map_rows(leaves, LEAVES, |leaves| {
            let mut point = vec![0.0; tree.width()];
            let mut cores = Vec::new();
            for leaf in leaves.map(|leaf| leaf + tree.first_leaf()) {
                if self.weight(leaf) >= self.enough && tree.most_between(leaf, leaf) <= self.radius {
                    cores.extend(tree.span(leaf).map(|_| true));
                    continue;
                }
                for lane in 0..tree.span(leaf).len() {
                    tree.copy_point(leaf, lane, &mut point);
                    cores.push(self.is_core(leaf, &point));
                }
            }
            cores
        });
        pieces.concat()
    }

    /// Looks in the leaf of the point, then in ever larger surroundings.
    fn is_core(&self, leaf: usize, point: &[f64]) -> bool {
        let mut weight = 0.0;
        self.count(leaf, point, &mut weight);
        let mut node = leaf;
        while node > 0 && weight < self.enough {
            let sibling = if node % 2 == 1 { node + 1 } else { node - 1 };
            self.count(sibling, point, &mut weight);
            node = (node - 1) / 2;
        }
        weight >= self.enough
    }

    fn count(&self, node: usize, point: &[f64], weight: &mut f64) {
        let tree = self.tree;
        if *weight >= self.enough || tree.least(node, point) > self.radius {
            return;
        }
        if tree.most(node, point) <= self.radius {
            *weight += self.weight(node);
        } else if let Some((left, right)) = tree.children(node) {
            let right_first = tree.least(right, point) < tree.least(left, point);
            let [near, far] = if right_first { [right, left] } else { [left, right] };
            self.count(near, point, weight);
            self.count(far, point, weight);
        } else {
            let mut distances = [0.0; MAX_LEAF];
            let count = tree.leaf_distances(node, point, &mut distances);
            let within = distances[..count].iter().map(|distance| *distance <= self.radius);
            *weight += match &self.weights {
                None => within.filter(|within| *within).count() as f64,
                Some((weights, _)) => {
                    within.zip(&weights[tree.span(node)]).map(|(near, w)| if near { *w } else { 0.0 }).sum()
                }
            };
        }
    }

    fn weight(&self, node: usize) -> f64 {
        self.weights.as_ref().map_or_else(|| self.tree.span(node).len() as f64, |(_, nodes)| nodes[node])
    }
}

/// Joins core points within the radius by walking the tree against itself.
///
/// A node is *settled* once all its core points share a component. Two settled nodes of one component need no look,
/// and of two components one pair of near points is enough.
struct Linker<'a> {
    tree: &'a KdTree,
    radius: f64,
    core: &'a [bool],
    components: Components,
    settled: Vec<AtomicBool>,
    /// The first core position of every node.
    first: Vec<u32>,
}

impl<'a> Linker<'a> {
    fn new(tree: &'a KdTree, radius: f64, core: &'a [bool]) -> Self {
        let first = (0..tree.n_nodes())
            .map(|node| tree.span(node).find(|position| core[*position]).map_or(NONE, |p| p as u32))
            .collect();
        let settled = (0..tree.n_nodes()).map(|_| AtomicBool::new(false)).collect();
        Self { tree, radius, core, components: Components::new(tree.len()), settled, first }
    }

    /// Joins the core points of a node.
    fn connect(&self, node: usize) {
        if self.first[node] == NONE {
            return;
        }
        match self.tree.children(node) {
            None if self.tree.most_between(node, node) <= self.radius => {
                self.join_all(node, self.first[node])
            }
            None => self.cross_leaves(node, node),
            Some((left, right)) => {
                self.both(node, || self.connect(left), || self.connect(right));
                self.cross(left, right);
            }
        }
        self.is_settled(node);
    }

    /// Joins the core points of one node with those of another.
    fn cross(&self, a: usize, b: usize) {
        let (first_a, first_b) = (self.first[a], self.first[b]);
        if first_a == NONE || first_b == NONE {
            return;
        }
        if self.is_settled(a) && self.is_settled(b) && self.components.joined(first_a, first_b) {
            return;
        }
        if self.tree.least_between(a, b) > self.radius {
            return;
        }
        if self.tree.most_between(a, b) <= self.radius {
            self.join_all(a, first_b);
            self.join_all(b, first_a);
            return;
        }
        let larger = if self.tree.span(a).len() >= self.tree.span(b).len() { (a, b) } else { (b, a) };
        let (split, other) =
            if self.tree.children(larger.0).is_some() { larger } else { (larger.1, larger.0) };
        match self.tree.children(split) {
            None => self.cross_leaves(a, b),
            Some((left, right)) => {
                let to = |child: usize| self.tree.least_between(child, other);
                let [near, far] = if to(right) < to(left) { [right, left] } else { [left, right] };
                self.both(split, || self.cross(near, other), || self.cross(far, other));
                self.is_settled(split);
            }
        }
    }

    fn cross_leaves(&self, a: usize, b: usize) {
        let mut point = vec![0.0; self.tree.width()];
        let mut distances = [0.0; MAX_LEAF];
        for (lane, position) in self.tree.span(a).enumerate() {
            if !self.core[position] {
                continue;
            }
            let one_is_enough = a != b && self.is_settled(b);
            if one_is_enough && self.components.joined(position as u32, self.first[b]) {
                if self.is_settled(a) {
                    return;
                }
                continue;
            }
            self.tree.copy_point(a, lane, &mut point);
            let count = self.tree.leaf_distances(b, &point, &mut distances);
            for (other, distance) in self.tree.span(b).zip(&distances[..count]) {
                if *distance <= self.radius && self.core[other] {
                    self.components.unite(position as u32, other as u32);
                    if one_is_enough {
                        break;
                    }
                }
            }
        }
    }

    fn join_all(&self, node: usize, with: u32) {
        for position in self.tree.span(node) {
            if self.core[position] {
                self.components.unite(position as u32, with);
            }
        }
        self.is_settled(node);
    }

    /// Whether all core points of a node are known to share a component. Once so, it stays so.
    fn is_settled(&self, node: usize) -> bool {
        if self.settled[node].load(Relaxed) {
            return true;
        }
        let first = self.first[node];
        let settled = match self.tree.children(node) {
            None => {
                let root = self.components.find(first);
                self.tree.span(node).all(|p| !self.core[p] || self.components.find(p as u32) == root)
            }
            Some(children) => {
                let agrees = |child: usize| {
                    let own = self.first[child];
                    own == NONE || (self.settled[child].load(Relaxed) && self.components.joined(own, first))
                };
                agrees(children.0) && agrees(children.1)
            }
        };
        if settled {
            self.settled[node].store(true, Relaxed);
        }
        settled
    }

    /// Does both, at once where the node is large.
    fn both(&self, node: usize, first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
        if self.tree.span(node).len() >= TASK {
            rayon::join(first, second);
        } else {
            first();
            second();
        }
    }
}

/// Places the points that are no core points.
struct Border<'a> {
    tree: &'a KdTree,
    radius: f64,
    core: &'a [bool],
    labels: &'a [i32],
    /// The lowest label of the core points of every node.
    lowest: Vec<i32>,
}

impl<'a> Border<'a> {
    fn new(tree: &'a KdTree, radius: f64, core: &'a [bool], labels: &'a [i32]) -> Self {
        let mut lowest = vec![i32::MAX; tree.n_nodes()];
        for node in (0..tree.n_nodes()).rev() {
            lowest[node] = match tree.children(node) {
                Some((left, right)) => lowest[left].min(lowest[right]),
                None => tree.span(node).filter(|p| core[*p]).map(|p| labels[p]).min().unwrap_or(i32::MAX),
            };
        }
        Self { tree, radius, core, labels, lowest }
    }

    /// The label of every position.
    fn labels(&self) -> Vec<i32> {
        let tree = self.tree;
        let leaves = tree.n_nodes() - tree.first_leaf();
        let pieces = parallel::map_rows(leaves, LEAVES, |leaves| {
            let mut point = vec![0.0; tree.width()];
            let mut labels = Vec::new();
            for leaf in leaves.map(|leaf| leaf + tree.first_leaf()) {
                for (lane, position) in tree.span(leaf).enumerate() {
                    if self.core[position] {
                        labels.push(self.labels[position]);
                        continue;
                    }
                    tree.copy_point(leaf, lane, &mut point);
                    let mut best = i32::MAX;
                    self.look(0, &point, &mut best);
                    labels.push(if best == i32::MAX { NOISE } else { best });
                }
            }
            labels
        });
        pieces.concat()
    }

    /// The lowest label within the radius.
    fn look(&self, node: usize, point: &[f64], best: &mut i32) {
        if self.lowest[node] >= *best || self.tree.least(node, point) > self.radius {
            return;
        }
        if self.tree.most(node, point) <= self.radius {
            *best = self.lowest[node];
        } else if let Some((left, right)) = self.tree.children(node) {
            self.look(left, point, best);
            self.look(right, point, best);
        } else {
            let mut distances = [0.0; MAX_LEAF];
            let count = self.tree.leaf_distances(node, point, &mut distances);
            for (other, distance) in self.tree.span(node).zip(&distances[..count]) {
                if *distance <= self.radius && self.core[other] {
                    *best = (*best).min(self.labels[other]);
                }
            }
        }
    }
}
