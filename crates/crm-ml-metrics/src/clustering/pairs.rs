//! Two labellings of the same rows, counted.

use crm_ml_core::Result;

use crate::input;

/// How often labels meet.
#[derive(Debug)]
pub(super) struct Contingency {
    /// Place of both labels and the rows that have them, in order; none of no rows.
    pub(super) cells: Vec<(usize, usize, f64)>,
    /// Rows of every label of the first.
    pub(super) first: Vec<f64>,
    /// Rows of every label of the second.
    pub(super) second: Vec<f64>,
    pub(super) rows: f64,
}

impl Contingency {
    pub(super) fn new(first: &[i32], second: &[i32]) -> Result<Self> {
        input::rows(first.len(), &[("labels", second.len())], None)?;
        let (first, counts_of_first) = places(first);
        let (second, counts_of_second) = places(second);
        let mut pairs: Vec<(usize, usize)> = first.into_iter().zip(second).collect();
        let rows = pairs.len() as f64;
        pairs.sort_unstable();
        let cells = pairs.chunk_by(|a, b| a == b).map(|run| (run[0].0, run[0].1, run.len() as f64)).collect();
        Ok(Self { cells, first: counts_of_first, second: counts_of_second, rows })
    }

    /// Sum of `f` over the counts of cells, of the first's labels and of the second's.
    pub(super) fn sums(&self, f: impl Fn(f64) -> f64) -> [f64; 3] {
        let of = |counts: &[f64]| counts.iter().map(|count| f(*count)).sum();
        [self.cells.iter().map(|cell| f(cell.2)).sum(), of(&self.first), of(&self.second)]
    }
}

/// Every label by its place among the different ones, and how often each is there.
fn places(labels: &[i32]) -> (Vec<usize>, Vec<f64>) {
    let mut known = labels.to_vec();
    known.sort_unstable();
    let counts = known.chunk_by(|a, b| a == b).map(|run| run.len() as f64).collect();
    known.dedup();
    let places = labels.iter().map(|label| known.partition_point(|other| other < label)).collect();
    (places, counts)
}
