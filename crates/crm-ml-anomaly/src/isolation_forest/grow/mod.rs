//! Growing a tree.

mod column;
mod direction;
mod gain;
mod sample;

use std::ops::Range;

use crm_ml_core::{Samples, Stream};

use self::direction::Direction;
use self::gain::Gain;
use self::sample::Sample;
use super::IsolationForest;
use super::tree::{Cut, Node, Tree};

/// A tree as it grows, node after node, breadth-first.
pub(super) struct Grower<'a> {
    forest: &'a IsolationForest,
    sample: Sample,
    stream: Stream,
    max_depth: usize,
    /// The rows of the sample, those of a node side by side.
    order: Vec<u32>,
    /// The columns of the sample in an order that is drawn anew as it is used.
    columns: Vec<usize>,
    /// Where the rows of the node lie along what is cut; NaN where that is not known.
    values: Vec<f64>,
    spare: Vec<u32>,
    spare_values: Vec<f64>,
    tree: Tree,
}

/// The rows of a node to be.
#[derive(Clone)]
struct Part {
    rows: Range<usize>,
    depth: usize,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        forest: &'a IsolationForest,
        samples: &Samples<'_>,
        rows: &[usize],
        columns: Vec<usize>,
        stream: Stream,
    ) -> Self {
        Self {
            forest,
            stream,
            max_depth: forest.max_depth.amount(rows.len()),
            order: (0..rows.len() as u32).collect(),
            columns: (0..columns.len()).collect(),
            values: Vec::with_capacity(rows.len()),
            spare: Vec::with_capacity(rows.len()),
            spare_values: Vec::new(),
            sample: Sample::new(samples, rows, columns, forest.column_choice),
            tree: Tree::default(),
        }
    }

    pub(super) fn grow(mut self) -> Tree {
        let mut parts = vec![Part { rows: 0..self.order.len(), depth: 0 }];
        let mut node = 0;
        while let Some(Part { rows, depth }) = parts.get(node).cloned() {
            let may_be_cut = depth < self.max_depth && rows.len() > 1;
            let cut = if may_be_cut { self.cut(rows.clone()) } else { None };
            let cut = cut.map(|(direction, threshold)| {
                let middle = self.separate(rows.clone(), threshold);
                for rows in [rows.start..middle, middle..rows.end] {
                    parts.push(Part { rows, depth: depth + 1 });
                }
                self.record(direction, threshold, middle - rows.start > rows.end - middle)
            });
            self.tree.nodes.push(Node { cut, rows: rows.len() as u32 });
            node += 1;
        }
        self.tree
    }

    /// Draws a direction and a threshold; `None` where all rows are alike.
    fn cut(&mut self, rows: Range<usize>) -> Option<(Direction, f64)> {
        match self.gain() {
            None => {
                let direction = self.direction(rows, false)?;
                let threshold = self.random_threshold();
                Some((direction, threshold))
            }
            Some(gain) => self.best_cut(rows, gain),
        }
    }

    /// What the next cut is guided by.
    fn gain(&mut self) -> Option<Gain> {
        let (averaged, pooled) = (self.forest.prob_pick_avg_gain, self.forest.prob_pick_pooled_gain);
        if averaged + pooled == 0.0 {
            return None;
        }
        match self.stream.uniform() {
            place if place < averaged => Some(Gain::Averaged),
            place if place < averaged + pooled => Some(Gain::Pooled),
            _ => None,
        }
    }

    /// The best cut of those along a few directions.
    fn best_cut(&mut self, rows: Range<usize>, gain: Gain) -> Option<(Direction, f64)> {
        let mut best: Option<(f64, f64, Direction, Vec<f64>)> = None;
        for _ in 0..self.forest.ntry {
            let direction = self.direction(rows.clone(), true)?;
            // Levels that are all as frequent cannot be told apart by their frequency.
            let (share, threshold) = gain.best(&self.values).unwrap_or((0.0, f64::NAN));
            if best.as_ref().is_none_or(|(most, ..)| share > *most) {
                best = Some((share, threshold, direction, self.values.clone()));
            }
        }
        let (_, threshold, direction, values) = best?;
        if threshold.is_nan() {
            let direction = self.direction(rows, false)?;
            let threshold = self.random_threshold();
            return Some((direction, threshold));
        }
        self.values = values;
        Some((direction, threshold))
    }

    /// A threshold between the smallest and the largest value, at which some rows stay on the left and some go right.
    fn random_threshold(&mut self) -> f64 {
        let (low, high) = column::limits(&self.values);
        let share = self.stream.uniform();
        let threshold = (low * (1.0 - share) + high * share).clamp(low, high);
        if threshold < high { threshold } else { low }
    }

    /// Brings the rows that stay left before those that go right; a row whose value is not known is drawn to one side by the
    /// shares of the others. Says where the right ones start.
    fn separate(&mut self, rows: Range<usize>, threshold: f64) -> usize {
        let (mut known, mut right) = (0, 0);
        for value in &self.values {
            known += usize::from(!value.is_nan());
            right += usize::from(*value > threshold);
        }
        let share = right as f64 / known as f64;
        let part = &mut self.order[rows.clone()];
        self.spare.clear();
        let mut left = 0;
        for (i, value) in self.values.iter().enumerate() {
            let goes_right = if value.is_nan() { self.stream.uniform() < share } else { *value > threshold };
            if goes_right {
                self.spare.push(part[i]);
            } else {
                part[left] = part[i];
                left += 1;
            }
        }
        part[left..].copy_from_slice(&self.spare);
        rows.start + left
    }

    fn record(&mut self, direction: Direction, threshold: f64, left_has_more: bool) -> Cut {
        direction.into_cut(&mut self.tree, threshold, self.forest.new_categ_action, left_has_more)
    }
}
