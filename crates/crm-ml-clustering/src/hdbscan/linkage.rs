//! From the spanning tree to a tree of merges.

use super::Edge;

/// Two parts that become one. Parts below the number of rows are rows, the others merges, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Merge {
    pub(super) parts: [u32; 2],
    pub(super) distance: f64,
    /// Rows of each part.
    pub(super) sizes: [u32; 2],
}

/// A union-find forest for one thread.
#[derive(Debug)]
pub(super) struct Forest {
    parents: Vec<u32>,
    sizes: Vec<u32>,
}

impl Forest {
    pub(super) fn new(count: usize) -> Self {
        Self { parents: (0..count as u32).collect(), sizes: vec![1; count] }
    }

    /// The root of a unit, halving the path to it.
    pub(super) fn find(&mut self, unit: u32) -> u32 {
        let mut unit = unit as usize;
        while self.parents[unit] as usize != unit {
            let above = self.parents[self.parents[unit] as usize];
            self.parents[unit] = above;
            unit = above as usize;
        }
        unit as u32
    }

    /// Whether two components were joined; not if they were one before.
    pub(super) fn unite(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a) as usize, self.find(b) as usize);
        if a == b {
            return false;
        }
        let (large, small) = if self.sizes[a] >= self.sizes[b] { (a, b) } else { (b, a) };
        self.parents[small] = large as u32;
        self.sizes[large] += self.sizes[small];
        true
    }
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
            sizes: roots.map(|root| forest.sizes[root]),
        });
        forest.unite(edge.rows.0, edge.rows.1);
        parts[forest.find(edge.rows.0) as usize] = next;
    }
    merges
}
