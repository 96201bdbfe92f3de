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
    /// The nearest rows of some points, each without the row of `except` (`NONE` for no row).
    pub(super) fn nearest(&self, points: &[f64], width: usize, except: &[u32], best: &mut [Best]) {
        let queries = || points.chunks_exact(width).zip(except);
        match self {
            Self::Tree(tree) => {
                for ((point, except), best) in queries().zip(best) {
                    tree.nearest(point, *except, best);
                }
            }
            Self::Scan(scan) => {
                best.iter_mut().for_each(Best::clear);
                let mut distances = [0.0; BLOCK];
                // A block is compared with all points while it is in cache.
                for block in 0..scan.n_blocks() {
                    for ((point, except), best) in queries().zip(best.iter_mut()) {
                        let count = scan.distances(block, point, &mut distances);
                        for (row, distance) in ((block * BLOCK) as u32..).zip(&distances[..count]) {
                            if row != *except {
                                best.offer(*distance, row);
                            }
                        }
                    }
                }
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
            Self::Scan(scan) => {
                let mut distances = [0.0; BLOCK];
                for block in 0..scan.n_blocks() {
                    let count = scan.distances(block, point, &mut distances);
                    let rows = distances[..count].iter().copied().zip((block * BLOCK) as u32..);
                    found.extend(rows.filter(|(distance, _)| *distance <= radius));
                }
            }
        }
        found.retain(|(_, row)| *row != except);
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
    }
}
