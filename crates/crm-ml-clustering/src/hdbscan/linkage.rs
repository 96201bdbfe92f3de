//! From the spanning tree to a tree of merges.

use super::Edge;
use crate::forest::Forest;

/// Two parts that become one. Parts below the number of rows are rows, the others merges, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Merge {
    pub(super) parts: [u32; 2],
    pub(super) distance: f64,
    /// Rows of each part.
    pub(super) sizes: [u32; 2],
}

/// The merges of sorted edges; `distance` turns a reduced distance into one.
pub(super) fn merges(edges: &[Edge], rows: usize, distance: impl Fn(f64) -> f64) -> Vec<Merge> {
    let mut forest = Forest::new(rows);
    // The part that a root stands for.
    let mut parts: Vec<u32> = (0..rows as u32).collect();
    let mut merges = Vec::with_capacity(edges.len());
    for (next, edge) in (rows as u32..).zip(edges) {
        let roots = [forest.find(edge.rows.0) as usize, forest.find(edge.rows.1) as usize];
        merges.push(Merge {
            parts: roots.map(|root| parts[root]),
            distance: distance(edge.reach),
            sizes: roots.map(|root| forest.size(root as u32)),
        });
        forest.unite(edge.rows.0, edge.rows.1);
        parts[forest.find(edge.rows.0) as usize] = next;
    }
    merges
}
