//! Data the benchmarks share: seeded, made outside what is timed.

use crm_ml::core::{Labeled, Result, Samples, Stream, Targeted};
use ndarray::Array2;

/// The two sizes of every group: rows, columns.
pub const SIZES: [(usize, usize); 2] = [(2_000, 20), (20_000, 20)];

/// Normal columns, one class in about eight rows, an interaction and noise.
#[derive(Debug)]
pub struct Problem {
    /// Rows x columns.
    pub x: Array2<f64>,
    /// Classes 0 and 1.
    pub codes: Vec<u32>,
    /// A real target.
    pub target: Vec<f64>,
}

impl Problem {
    /// The problem of a size.
    pub fn new(rows: usize, columns: usize) -> Self {
        let mut stream = Stream::new(7, "benches", rows as u64);
        let x = Array2::from_shape_fn((rows, columns), |_| stream.normal());
        let signal = |row: ndarray::ArrayView1<'_, f64>| row[0] + 0.5 * row[1] * row[2] - 0.7 * row[3];
        let target: Vec<f64> = x.rows().into_iter().map(|row| signal(row) + 0.5 * stream.normal()).collect();
        let codes = target.iter().map(|t| u32::from(*t > 1.5)).collect();
        Self { x, codes, target }
    }

    /// The features.
    pub fn samples(&self) -> Result<Samples<'_>> {
        Samples::new(&self.x)
    }

    /// The features with classes.
    pub fn labeled(&self) -> Result<Labeled<'_>> {
        Labeled::new(self.samples()?, &self.codes)
    }

    /// The features with the real target.
    pub fn targeted(&self) -> Result<Targeted<'_>> {
        Targeted::new(self.samples()?, &self.target)
    }

    /// Whether each row is of class 1.
    pub fn truth(&self) -> Vec<bool> {
        self.codes.iter().map(|code| *code == 1).collect()
    }
}
