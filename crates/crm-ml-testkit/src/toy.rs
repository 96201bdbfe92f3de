//! Small data with a structure every family can learn.

use crm_ml_core::Stream;
use ndarray::Array2;

/// A matrix with a class and a real target for every row.
#[derive(Debug, Clone)]
pub struct Toy {
    /// Rows x 4.
    pub x: Array2<f64>,
    /// Classes 0, 1 or 2, as reals.
    pub codes: Vec<f64>,
    /// A real target.
    pub reals: Vec<f64>,
}

/// `rows` rows of four columns: two that matter, one of small integers, one of noise. `classes` is 2 or 3.
pub fn toy(rows: usize, classes: usize, seed: u64) -> Toy {
    let mut stream = Stream::new(seed, "testkit/toy", 0);
    let x = Array2::from_shape_fn((rows, 4), |(_, column)| match column {
        2 => stream.below(5) as f64,
        _ => (stream.normal() * 1000.0).round() / 1000.0,
    });
    let signal: Vec<f64> = x.rows().into_iter().map(|r| 2.0 * r[0] - r[1] + 0.5 * r[2]).collect();
    let code = |s: &f64, noise: f64| match s + noise {
        v if classes > 2 && v > 2.5 => 2.0,
        v if v > 0.5 => 1.0,
        _ => 0.0,
    };
    let codes = signal.iter().map(|s| code(s, stream.normal())).collect();
    let reals = signal.iter().map(|s| s + 0.1 * stream.normal()).collect();
    Toy { x, codes, reals }
}

/// Whole weights from 0 to 3, at least one of them above 0.
pub fn whole_weights(rows: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, "testkit/weights", 0);
    let mut weights: Vec<f64> = (0..rows).map(|_| stream.below(4) as f64).collect();
    weights[0] = 1.0;
    weights
}
