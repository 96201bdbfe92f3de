//! What searches give.

use ndarray::Array2;

/// The nearest rows of every query: a row a query, the nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbors {
    /// Distances, queries x k.
    pub distances: Array2<f64>,
    /// Positions among the fitted rows, queries x k.
    pub indices: Array2<usize>,
}

/// The rows within a radius of every query, the nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighborsWithin {
    /// `starts[q]..starts[q + 1]` are the entries of query `q`.
    pub starts: Vec<usize>,
    /// Positions among the fitted rows.
    pub indices: Vec<usize>,
    /// Distances.
    pub distances: Vec<f64>,
}

impl NeighborsWithin {
    /// Number of queries.
    pub fn n_queries(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The neighbours of one query and their distances; none for a query out of range.
    pub fn of(&self, query: usize) -> (&[usize], &[f64]) {
        let entries = match (self.starts.get(query), self.starts.get(query + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        };
        (&self.indices[entries.clone()], &self.distances[entries])
    }
}
