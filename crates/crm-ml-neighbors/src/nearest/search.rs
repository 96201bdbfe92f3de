//! One query, by tree or by brute force.

use crate::kd_tree::Best;
use crate::scan::BLOCK;
use crate::{KdTree, Scan};

/// No row is left out.
pub(super) const NONE: u32 = u32::MAX;

/// A structure that answers queries.
pub(super) enum Search<'a> {
    Tree(&'a KdTree),
    Scan(Scan<'a>),
}

impl Search<'_> {
    /// The nearest rows into `best`, without the row `except`.
    pub(super) fn nearest(&self, point: &[f64], except: u32, best: &mut Best) {
        match self {
            Self::Tree(tree) => tree.nearest(point, except, best),
            Self::Scan(scan) => {
                best.clear();
                each(scan, point, |row, distance| {
                    if row != except {
                        best.offer(distance, row);
                    }
                });
            }
        }
    }

    /// The rows at `radius` or nearer, without the row `except`, the nearest first.
    pub(super) fn within(&self, point: &[f64], radius: f64, except: u32) -> Vec<(f64, u32)> {
        let mut found = Vec::new();
        match self {
            Self::Tree(tree) => {
                tree.within(point, radius, |position, distance| {
                    found.push((distance, tree.order()[position]))
                });
            }
            Self::Scan(scan) => each(scan, point, |row, distance| {
                if distance <= radius {
                    found.push((distance, row));
                }
            }),
        }
        found.retain(|(_, row)| *row != except);
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
    }
}

fn each(scan: &Scan<'_>, point: &[f64], mut visit: impl FnMut(u32, f64)) {
    let mut distances = [0.0; BLOCK];
    for block in 0..scan.n_blocks() {
        let count = scan.distances(block, point, &mut distances);
        for (lane, distance) in distances[..count].iter().enumerate() {
            visit((block * BLOCK + lane) as u32, *distance);
        }
    }
}
