//! The tree of halvings while it grows.

use crm_ml_core::Samples;

use crate::kmeans::frame::{Frame, Weights};
use crate::kmeans::lloyd::Run;
use crate::kmeans::nearest::squared_distance;
use crate::kmeans::place;
use crate::kmeans::points::Points;

/// A node's two parts, in the order of their centres.
pub(super) type Parts = Option<(u32, u32)>;

/// What decides whether and when a leaf is halved.
#[derive(Debug)]
pub(super) struct Leaf {
    rows: Vec<usize>,
    pub(super) inertia: f64,
    pub(super) weight: f64,
    /// No halving of it leaves rows on both sides.
    whole: bool,
}

/// Nodes in the order they were made: parents come before their parts.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) centers: Vec<f64>,
    pub(super) parts: Vec<Parts>,
    leaves: Vec<Option<Leaf>>,
    count: usize,
}

impl Tree {
    /// One leaf of all rows. The origin of the frame is their mean.
    pub(super) fn new(samples: &Samples<'_>, weights: &Weights, frame: &Frame) -> Self {
        let centers = vec![0.0; frame.width()];
        let inertia = place::inertia(samples, weights, frame, &centers, |_| 0);
        let rows = (0..samples.n_rows()).collect();
        let leaf = Leaf { rows, inertia, weight: weights.total, whole: false };
        Self { centers, parts: vec![None], leaves: vec![Some(leaf)], count: 1 }
    }

    pub(super) fn leaves(&self) -> usize {
        self.count
    }

    pub(super) fn rows(&self, node: usize) -> &[usize] {
        self.leaves[node].as_ref().map_or(&[], |leaf| &leaf.rows)
    }

    /// The leaf of highest score that can be halved, the first from the left of several.
    pub(super) fn next(&self, score: impl Fn(&Leaf) -> f64) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for node in self.left_to_right() {
            let Some(leaf) = self.leaves[node].as_ref() else { continue };
            let score = score(leaf);
            let can = !leaf.whole && leaf.inertia > 0.0 && leaf.rows.len() > 1;
            if can && best.is_none_or(|(_, most)| score > most) {
                best = Some((node, score));
            }
        }
        best.map(|(node, _)| node)
    }

    /// The leaves from left to right.
    pub(super) fn left_to_right(&self) -> Vec<usize> {
        let (mut order, mut stack) = (Vec::new(), vec![0]);
        while let Some(node) = stack.pop() {
            match self.parts[node] {
                None => order.push(node),
                Some((left, right)) => stack.extend([right as usize, left as usize]),
            }
        }
        order
    }

    /// Replaces a leaf by the two clusters of a run over its rows.
    pub(super) fn split(&mut self, node: usize, points: &Points<'_>, run: &Run) {
        let Some(leaf) = self.leaves[node].take() else { return };
        let width = points.width();
        let empty = || Leaf { rows: Vec::new(), inertia: 0.0, weight: 0.0, whole: false };
        let mut sides = [empty(), empty()];
        let mut z = vec![0.0; width];
        for (place, (row, label)) in leaf.rows.iter().zip(&run.labels).enumerate() {
            points.place(place, &mut z);
            let (label, weight) = (*label as usize, points.weights.get(place));
            let Some(side) = sides.get_mut(label) else { continue };
            side.rows.push(*row);
            side.weight += weight;
            side.inertia += weight * squared_distance(&z, run.centers.center(label));
        }
        if sides.iter().any(|side| side.rows.is_empty()) {
            self.leaves[node] = Some(Leaf { whole: true, ..leaf });
            return;
        }
        let first = self.parts.len() as u32;
        self.parts[node] = Some((first, first + 1));
        self.centers.extend_from_slice(&run.centers.wide);
        self.parts.extend([None, None]);
        self.leaves.extend(sides.map(Some));
        self.count += 1;
    }
}
