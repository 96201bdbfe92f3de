//! Core distances by a k-d tree.

use crm_ml_core::parallel;
use crm_ml_neighbors::{KdTree, MAX_LEAF};

use super::Reach;

/// Leaves a piece of parallel work.
const LEAVES: usize = 16;

/// The core distance of every position.
pub(super) fn core_distances(tree: &KdTree, reach: Reach<'_>) -> Vec<f64> {
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
