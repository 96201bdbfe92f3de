//! Rows walked in a form of their own, and as they are where that does not tell.

use std::fmt::Debug;
use std::sync::Arc;

use super::coded::Coded;
use super::form::Form;
use super::mixed::Mixed;
use super::shape::{Chain, FULL_ENOUGH, HEAP_DEPTH, Heap, Shape, descend};
use super::sloped::Sloped;
use super::{BLOCK, LANES, Paths, Trees};
use crate::isolation_forest::tree::Tree;

/// Most cells a row.
const MOST_CELLS: usize = 1024;

/// A fast way to walk trees, which gives the bits that they give as they are.
pub(super) trait Fast: Debug + Send + Sync {
    /// Adds up the lengths of the paths of neighbouring rows; all but the last few of them, whose number is told.
    fn sums(&self, trees: &Trees<'_>, cells: &[f64], sums: &mut [f64]) -> usize;

    /// The sum of the lengths of the paths of a row; `None` where it is too wide for this.
    fn sum(&self, trees: &Trees<'_>, row: &[f64]) -> Option<f64>;
}

/// The fastest way to walk these trees, if there is one.
pub(super) fn fastest(trees: &[Tree], paths: &[Paths], width: usize) -> Option<Arc<dyn Fast>> {
    if width > MOST_CELLS {
        return None;
    }
    of::<Coded>(trees, paths, width)
        .or_else(|| of::<Mixed>(trees, paths, width))
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

    fn sums_of<const CELLS: usize>(&self, trees: &Trees<'_>, cells: &[f64], sums: &mut [f64]) -> usize {
        let whole = sums.len() / LANES * LANES;
        let mut rows = vec![[F::Cell::default(); CELLS]; whole.min(BLOCK)];
        for (cells, sums) in cells.chunks(BLOCK * self.width).zip(sums[..whole].chunks_mut(BLOCK)) {
            let rows = &mut rows[..sums.len()];
            self.form.fill(cells, self.width, rows);
            let incomplete: Vec<bool> = cells
                .chunks_exact(LANES * self.width)
                .map(|cells| cells.iter().any(|cell| cell.is_nan()))
                .collect();
            sums.fill(0.0);
            for (place, tree) in self.trees.iter().enumerate() {
                let lanes = rows.chunks_exact(LANES).zip(sums.chunks_exact_mut(LANES)).zip(&incomplete);
                for (lane, ((rows, sums), incomplete)) in lanes.enumerate() {
                    if !F::DOUBTFUL && !incomplete {
                        let step =
                            |lane: usize, place| tree.step(place, |node| F::goes_right(node, &rows[lane]));
                        let places = descend::<F::Node, S>(self.depth, step);
                        places.iter().zip(sums).for_each(|(place, sum)| *sum += tree.length(*place));
                        continue;
                    }
                    let mut unclear = [false; LANES];
                    let step = |lane: usize, place| {
                        tree.step(place, |node| {
                            unclear[lane] |= F::unclear(node, &rows[lane]);
                            F::goes_right(node, &rows[lane])
                        })
                    };
                    let places = descend::<F::Node, S>(self.depth, step);
                    for (i, sum) in sums.iter_mut().enumerate() {
                        let row = lane * LANES + i;
                        *sum += match unclear[i] {
                            true => trees.length(place, &cells[row * self.width..(row + 1) * self.width]),
                            false => tree.length(places[i]),
                        };
                    }
                }
            }
        }
        sums.len() - whole
    }

    fn sum_of<const CELLS: usize>(&self, trees: &Trees<'_>, cells: &[f64]) -> f64 {
        let mut row = [[F::Cell::default(); CELLS]];
        self.form.fill(cells, self.width, &mut row);
        let mut sum = 0.0;
        for (block, some) in self.trees.chunks(LANES).enumerate() {
            let mut unclear = [false; LANES];
            let places = descend::<F::Node, S>(self.depth, |lane, place| match some.get(lane) {
                Some(tree) => tree.step(place, |node| {
                    unclear[lane] |= F::unclear(node, &row[0]);
                    F::goes_right(node, &row[0])
                }),
                None => place,
            });
            for (lane, tree) in some.iter().enumerate() {
                sum += match unclear[lane] {
                    true => trees.length(block * LANES + lane, cells),
                    false => tree.length(places[lane]),
                };
            }
        }
        sum
    }
}

impl<F: Form, S: Shape<F::Node>> Fast for Walked<F, S> {
    fn sums(&self, trees: &Trees<'_>, cells: &[f64], sums: &mut [f64]) -> usize {
        match self.width {
            ..=16 => self.sums_of::<16>(trees, cells, sums),
            17..=32 => self.sums_of::<32>(trees, cells, sums),
            33..=64 => self.sums_of::<64>(trees, cells, sums),
            65..=256 => self.sums_of::<256>(trees, cells, sums),
            _ => self.sums_of::<MOST_CELLS>(trees, cells, sums),
        }
    }

    fn sum(&self, trees: &Trees<'_>, row: &[f64]) -> Option<f64> {
        match self.width {
            ..=32 => Some(self.sum_of::<32>(trees, row)),
            33..=256 => Some(self.sum_of::<256>(trees, row)),
            _ => None,
        }
    }
}
