//! Rows without missing values, walked in a form of their own.

use std::fmt::Debug;
use std::sync::Arc;

use super::coded::Coded;
use super::form::Form;
use super::shape::{Chain, FULL_ENOUGH, HEAP_DEPTH, Heap, Shape, descend};
use super::sloped::Sloped;
use super::{BLOCK, LANES, Paths};
use crate::isolation_forest::tree::Tree;

/// Most cells a row.
const MOST_CELLS: usize = 1024;

/// A fast way to walk trees, which gives the bits that they give as they are.
pub(super) trait Fast: Debug + Send + Sync {
    /// The mean lengths of the paths of neighbouring rows; NaN where a value is missing, and for the last few.
    fn lengths(&self, cells: &[f64], lengths: &mut [f64]);

    /// The mean length of the paths of a row without missing values; `None` where it is too wide for this.
    fn length(&self, row: &[f64]) -> Option<f64>;
}

/// The fastest way to walk these trees, if there is one.
pub(super) fn fastest(trees: &[Tree], paths: &[Paths], width: usize) -> Option<Arc<dyn Fast>> {
    if width > MOST_CELLS {
        return None;
    }
    of::<Coded>(trees, paths, width)
        .or_else(|| of::<Sloped<2>>(trees, paths, width))
        .or_else(|| of::<Sloped<4>>(trees, paths, width))
}

fn of<F: Form + 'static>(trees: &[Tree], paths: &[Paths], width: usize) -> Option<Arc<dyn Fast>> {
    let form = F::new(trees, width)?;
    let depth = paths.iter().map(|paths| paths.depth).max()?;
    let nodes = trees.iter().map(|tree| tree.nodes.len()).sum::<usize>();
    if depth <= HEAP_DEPTH && nodes >= FULL_ENOUGH * trees.len() {
        return Some(Arc::new(Walked::<F, Heap<F::Node>>::new(form, trees, paths, width, depth)));
    }
    Some(Arc::new(Walked::<F, Chain<F::Node>>::new(form, trees, paths, width, depth)))
}

#[derive(Debug)]
struct Walked<F, S> {
    form: F,
    width: usize,
    depth: u32,
    trees: Vec<S>,
}

impl<F: Form, S: Shape<F::Node>> Walked<F, S> {
    fn new(form: F, trees: &[Tree], paths: &[Paths], width: usize, depth: u32) -> Self {
        let shaped = trees.iter().zip(paths).map(|(tree, paths)| S::new(&form, tree, paths, depth)).collect();
        Self { form, width, depth, trees: shaped }
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
                    let step = |lane: usize, place| tree.step(place, |node| F::goes_right(node, &rows[lane]));
                    let places = descend::<F::Node, S>(self.depth, step);
                    places.iter().zip(lengths).for_each(|(place, length)| *length += tree.length(*place));
                }
            }
            let count = self.trees.len() as f64;
            for (row, length) in cells.chunks_exact(self.width).zip(lengths) {
                let missing = row.iter().fold(false, |missing, cell| missing | cell.is_nan());
                *length = if missing { f64::NAN } else { *length / count };
            }
        }
    }

    fn length_of<const CELLS: usize>(&self, cells: &[f64]) -> f64 {
        let mut row = [[F::Cell::default(); CELLS]];
        self.form.fill(cells, self.width, &mut row);
        let mut sum = 0.0;
        for trees in self.trees.chunks(LANES) {
            let places = descend::<F::Node, S>(self.depth, |lane, place| match trees.get(lane) {
                Some(tree) => tree.step(place, |node| F::goes_right(node, &row[0])),
                None => place,
            });
            for (place, tree) in places.iter().zip(trees) {
                sum += tree.length(*place);
            }
        }
        sum / self.trees.len() as f64
    }
}

impl<F: Form, S: Shape<F::Node>> Fast for Walked<F, S> {
    fn lengths(&self, cells: &[f64], lengths: &mut [f64]) {
        match self.width {
            ..=16 => self.lengths_of::<16>(cells, lengths),
            17..=32 => self.lengths_of::<32>(cells, lengths),
            33..=64 => self.lengths_of::<64>(cells, lengths),
            65..=256 => self.lengths_of::<256>(cells, lengths),
            _ => self.lengths_of::<MOST_CELLS>(cells, lengths),
        }
    }

    fn length(&self, row: &[f64]) -> Option<f64> {
        match self.width {
            ..=32 => Some(self.length_of::<32>(row)),
            33..=256 => Some(self.length_of::<256>(row)),
            _ => None,
        }
    }
}
