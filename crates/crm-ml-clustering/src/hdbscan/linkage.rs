//! From the spanning tree to a tree of merges.

use super::Edge;
use crate::forest::Forest;

/// Two parts that become one. Parts below the number of rows are rows, the others merges, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Merge {
    pub(super) parts: [u32; 2],
    pub(super) distance: f64,
    /// Weight of the rows of each part.
    pub(super) sizes: [f64; 2],
}

/// The merges of sorted edges; `weights` are those of the rows, `distance` turns a reduced distance into one.
pub(super) fn merges(edges: &[Edge], weights: Vec<f64>, distance: impl Fn(f64) -> f64) -> Vec<Merge> {
    let rows = weights.len();
    let mut forest = Forest::new(rows);
    // The part that a root stands for, and its weight.
    let mut parts: Vec<u32> = (0..rows as u32).collect();
    let mut sizes = weights;
    let mut merges = Vec::with_capacity(edges.len());
    for (next, edge) in (rows as u32..).zip(edges) {
        let roots = [forest.find(edge.rows.0) as usize, forest.find(edge.rows.1) as usize];
        let merge = Merge {
            parts: roots.map(|root| parts[root]),
            distance: distance(edge.reach),
            sizes: roots.map(|root| sizes[root]),
        };
        forest.unite(edge.rows.0, edge.rows.1);
        let root = forest.find(edge.rows.0) as usize;
        parts[root] = next;
        sizes[root] = merge.sizes[0] + merge.sizes[1];
        merges.push(merge);
    }
    merges
}
