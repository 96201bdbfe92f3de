//! The mean cross-entropy of several classes plus the penalty, with its derivatives.
//!
//! Parameters lie class after class. Adding the same vector to every class changes no probability; the steps from a
//! start whose classes sum to zero keep that sum, and a term on the sum alone keeps the Hessian regular without
//! touching them.

use crm_ml_core::{ROW_CHUNK, Result, parallel};
use crm_ml_linalg::{matmul, matmul_tn, weighted_gram};
use ndarray::{Array2, ArrayView2, s};

use crate::design::Design;
use crate::newton::Objective;

pub(crate) struct MultinomialLoss<'a> {
    pub(crate) design: &'a Design,
    pub(crate) codes: &'a [u32],
    pub(crate) classes: usize,
    /// Weights that sum to 1.
    pub(crate) weights: &'a [f64],
}

impl MultinomialLoss<'_> {
    /// Rows x classes.
    fn margins(&self, theta: &[f64]) -> Result<Array2<f64>> {
        let theta = ArrayView2::from_shape((self.classes, self.design.width()), theta)
            .map_err(|e| crm_ml_core::Error::numerical(e.to_string()))?;
        matmul(self.design.matrix(), theta.t())
    }

    /// Weight that keeps the direction regular in which every class moves alike.
    fn sum_weight(&self) -> f64 {
        1.0 / self.classes as f64
    }
}

/// Replaces a row of margins by probabilities.
pub fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|m| *m = (*m - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|m| *m /= sum);
}

impl Objective for MultinomialLoss<'_> {
    /// The probabilities.
    type State = Array2<f64>;

    fn size(&self) -> usize {
        self.classes * self.design.width()
    }

    fn evaluate(&self, theta: &[f64]) -> Result<(f64, Array2<f64>)> {
        let mut proba = self.margins(theta)?;
        let classes = self.classes;
        let margins = proba.view();
        let sum = |rows: std::ops::Range<usize>| {
            let one = |i: usize| {
                let row = margins.row(i);
                let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let rest = row.iter().map(|m| (m - largest).exp()).sum::<f64>().ln();
                self.weights[i] * (largest - row[self.codes[i] as usize] + rest)
            };
            rows.map(one).sum::<f64>()
        };
        let loss = parallel::reduce_rows(margins.nrows(), 1024, sum, |a, b| a + b).unwrap_or(0.0);
        if let Some(cells) = proba.as_slice_mut() {
            parallel::fill_rows(cells, classes, ROW_CHUNK, |_, piece| {
                piece.chunks_exact_mut(classes).for_each(softmax);
            });
        }
        let penalty: f64 = theta.chunks(self.design.width()).map(|t| self.design.penalty_value(t)).sum();
        Ok((loss + penalty, proba))
    }

    fn gradient(&self, theta: &[f64], proba: &Array2<f64>) -> Result<Vec<f64>> {
        let classes = self.classes;
        let mut residuals = proba.clone();
        if let Some(cells) = residuals.as_slice_mut() {
            parallel::fill_rows(cells, classes, ROW_CHUNK, |first, piece| {
                for (i, row) in piece.chunks_exact_mut(classes).enumerate() {
                    row[self.codes[first + i] as usize] -= 1.0;
                    row.iter_mut().for_each(|r| *r *= self.weights[first + i]);
                }
            });
        }
        let product = matmul_tn(residuals.view(), self.design.matrix())?;
        let width = self.design.width();
        let mut gradient: Vec<f64> = product.iter().copied().collect();
        for (i, (g, t)) in gradient.iter_mut().zip(theta).enumerate() {
            *g += self.design.penalty(i % width) * t;
        }
        Ok(gradient)
    }

    fn largest(&self, gradient: &[f64]) -> f64 {
        let parts = gradient.chunks(self.design.width()).map(|g| self.design.largest_raw(g));
        parts.fold(0.0, |most, g| if g <= most { most } else { g })
    }

    fn hessian(&self, proba: &Array2<f64>) -> Result<Array2<f64>> {
        let (classes, width) = (self.classes, self.design.width());
        let mut hessian = Array2::zeros((self.size(), self.size()));
        for a in 0..classes {
            for b in 0..=a {
                let mut weights = vec![0.0; proba.nrows()];
                parallel::fill_rows(&mut weights, 1, ROW_CHUNK, |first, piece| {
                    for (i, out) in piece.iter_mut().enumerate() {
                        let (p, q) = (proba[[first + i, a]], proba[[first + i, b]]);
                        *out = self.weights[first + i] * p * if a == b { 1.0 - p } else { -q };
                    }
                });
                let mut block = weighted_gram(self.design.matrix(), Some(&weights))?;
                for (j, d) in block.diag_mut().iter_mut().enumerate() {
                    *d += self.sum_weight() + if a == b { self.design.penalty(j) } else { 0.0 };
                }
                hessian.slice_mut(s![a * width..(a + 1) * width, b * width..(b + 1) * width]).assign(&block);
                if a != b {
                    hessian
                        .slice_mut(s![b * width..(b + 1) * width, a * width..(a + 1) * width])
                        .assign(&block);
                }
            }
        }
        Ok(hessian)
    }

    fn hessian_times(&self, proba: &Array2<f64>, vector: &[f64]) -> Result<Vec<f64>> {
        let mut image = self.margins(vector)?;
        for ((mut row, p), w) in image.rows_mut().into_iter().zip(proba.rows()).zip(self.weights) {
            let mean: f64 = row.iter().zip(&p).map(|(v, p)| v * p).sum();
            row.iter_mut().zip(&p).for_each(|(v, p)| *v = w * p * (*v - mean));
        }
        let width = self.design.width();
        let mut product: Vec<f64> = matmul_tn(image.view(), self.design.matrix())?.iter().copied().collect();
        let mut sums = vec![0.0; width];
        for (i, v) in vector.iter().enumerate() {
            sums[i % width] += v;
        }
        for (i, (out, v)) in product.iter_mut().zip(vector).enumerate() {
            *out += self.design.penalty(i % width) * v + self.sum_weight() * sums[i % width];
        }
        Ok(product)
    }

    fn diagonal(&self, proba: &Array2<f64>) -> Vec<f64> {
        let mut means = vec![self.sum_weight(); self.classes];
        for (row, w) in proba.rows().into_iter().zip(self.weights) {
            means.iter_mut().zip(row).for_each(|(m, p)| *m += w * p * (1.0 - p));
        }
        let width = self.design.width();
        (0..self.size()).map(|i| self.design.penalty(i % width) + means[i / width]).collect()
    }
}
