//! Nearest points and points within a radius.

use super::{KdTree, MAX_LEAF};

/// The best `k` seen so far, by distance, then row.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    k: usize,
    found: Vec<(f64, u32)>,
}

impl Best {
    /// Room for `k`, at least 1.
    pub(crate) fn new(k: usize) -> Self {
        let k = k.max(1);
        Self { k, found: Vec::with_capacity(k.saturating_add(1)) }
    }

    pub(crate) fn clear(&mut self) {
        self.found.clear();
    }

    /// In order.
    pub(crate) fn found(&self) -> &[(f64, u32)] {
        &self.found
    }

    /// What a candidate must come before.
    #[inline]
    fn worst(&self) -> (f64, u32) {
        if self.found.len() < self.k {
            return (f64::INFINITY, u32::MAX);
        }
        self.found.last().copied().unwrap_or((f64::INFINITY, u32::MAX))
    }

    #[inline]
    pub(crate) fn offer(&mut self, distance: f64, row: u32) {
        if before((distance, row), self.worst()) {
            if self.found.len() == self.k {
                self.found.pop();
            }
            let place = self.found.partition_point(|other| before(*other, (distance, row)));
            self.found.insert(place, (distance, row));
        }
    }
}

#[inline]
fn before(a: (f64, u32), b: (f64, u32)) -> bool {
    a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
}

impl KdTree {
    /// Calls `visit(position, distance)` for every point at `radius` (reduced) or nearer, in no order to rely on.
    pub fn within(&self, point: &[f64], radius: f64, mut visit: impl FnMut(usize, f64)) {
        self.within_of(0, point, radius, &mut visit);
    }

    fn within_of(&self, node: usize, point: &[f64], radius: f64, visit: &mut impl FnMut(usize, f64)) {
        if self.least(node, point) > radius {
            return;
        }
        if let Some((left, right)) = self.children(node) {
            self.within_of(left, point, radius, visit);
            self.within_of(right, point, radius, visit);
            return;
        }
        let mut distances = [0.0; MAX_LEAF];
        let count = self.leaf_distances(node, point, &mut distances);
        for (position, distance) in self.span(node).zip(&distances[..count]) {
            if *distance <= radius {
                visit(position, *distance);
            }
        }
    }

    /// The `k`-th smallest distance of `point` to the points of the tree (a point of the tree finds itself at 0).
    ///
    /// `scratch` is overwritten. With fewer points than `k` it is the largest distance.
    pub fn kth_distance(&self, point: &[f64], k: usize, scratch: &mut Vec<f64>) -> f64 {
        scratch.clear();
        scratch.resize(k.clamp(1, self.len()), f64::INFINITY);
        self.kth_of(0, self.least(0, point), point, scratch);
        scratch.last().copied().unwrap_or(0.0)
    }

    fn kth_of(&self, node: usize, least: f64, point: &[f64], best: &mut [f64]) {
        let Some(worst) = best.last().copied() else { return };
        if least >= worst {
            return;
        }
        if let Some((left, right)) = self.children(node) {
            let (to_left, to_right) = (self.least(left, point), self.least(right, point));
            let pair = [(left, to_left), (right, to_right)];
            let [near, far] = if to_right < to_left { [pair[1], pair[0]] } else { pair };
            self.kth_of(near.0, near.1, point, best);
            self.kth_of(far.0, far.1, point, best);
            return;
        }
        let mut distances = [0.0; MAX_LEAF];
        let count = self.leaf_distances(node, point, &mut distances);
        let mut worst = worst;
        for distance in &distances[..count] {
            if *distance < worst {
                worst = insert(best, *distance);
            }
        }
    }

    /// The nearest points by distance, then row, into `best`. `except` is a row to leave out (`u32::MAX` for none).
    pub(crate) fn nearest(&self, point: &[f64], except: u32, best: &mut Best) {
        best.clear();
        self.nearest_of(0, self.least(0, point), point, except, best);
    }

    fn nearest_of(&self, node: usize, least: f64, point: &[f64], except: u32, best: &mut Best) {
        if !before((least, self.lowest[node]), best.worst()) {
            return;
        }
        if let Some((left, right)) = self.children(node) {
            let (to_left, to_right) = (self.least(left, point), self.least(right, point));
            let pair = [(left, to_left), (right, to_right)];
            let right_first = before((to_right, self.lowest[right]), (to_left, self.lowest[left]));
            let [near, far] = if right_first { [pair[1], pair[0]] } else { pair };
            self.nearest_of(near.0, near.1, point, except, best);
            self.nearest_of(far.0, far.1, point, except, best);
            return;
        }
        let mut distances = [0.0; MAX_LEAF];
        let count = self.leaf_distances(node, point, &mut distances);
        for (row, distance) in self.order[self.span(node)].iter().zip(&distances[..count]) {
            if *row != except {
                best.offer(*distance, *row);
            }
        }
    }
}

/// Puts a value in its place among ascending ones, the last of which goes; the new last.
#[inline]
fn insert(best: &mut [f64], value: f64) -> f64 {
    let mut place = best.len() - 1;
    while place > 0 && best[place - 1] > value {
        best[place] = best[place - 1];
        place -= 1;
    }
    best[place] = value;
    best[best.len() - 1]
}
