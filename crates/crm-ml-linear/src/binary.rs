//! The mean logistic loss of two classes plus the penalty, with its derivatives.

use crm_ml_core::{ROW_CHUNK, Result, parallel};
use crm_ml_linalg::{matvec, matvec_t, weighted_gram};
use ndarray::Array2;

use crate::design::Design;
use crate::logistic::log_odds_to_probability;
use crate::newton::Objective;

pub(crate) struct BinaryLoss<'a> {
    pub(crate) design: &'a Design,
    /// Share of the positive class of every row, 0 to 1.
    pub(crate) target: &'a [f64],
    /// Weights that sum to 1.
    pub(crate) weights: &'a [f64],
}

/// `ln(1 + e^m)`.
fn softplus(m: f64) -> f64 {
    m.max(0.0) + (-m.abs()).exp().ln_1p()
}

impl BinaryLoss<'_> {
    fn by_row(&self, margins: &[f64], f: impl Fn(usize, f64) -> f64 + Sync + Send) -> Vec<f64> {
        let mut values = vec![0.0; margins.len()];
        parallel::fill_rows(&mut values, 1, ROW_CHUNK, |first, piece| {
            for (i, out) in piece.iter_mut().enumerate() {
                *out = f(first + i, margins[first + i]);
            }
        });
        values
    }

    /// `p (1 - p)`, which does not vanish before its smaller factor does.
    fn curvatures(&self, margins: &[f64]) -> Vec<f64> {
        self.by_row(margins, |i, m| {
            self.weights[i] * log_odds_to_probability(m) * log_odds_to_probability(-m)
        })
    }
}

impl Objective for BinaryLoss<'_> {
    /// The margins.
    type State = Vec<f64>;

    fn size(&self) -> usize {
        self.design.width()
    }

    fn evaluate(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)> {
        let margins = matvec(self.design.matrix(), theta)?;
        let loss = |rows: std::ops::Range<usize>| {
            let one = |i: usize| {
                let (m, y) = (margins[i], self.target[i]);
                let positive = if y > 0.0 { y * softplus(-m) } else { 0.0 };
                let negative = if y < 1.0 { (1.0 - y) * softplus(m) } else { 0.0 };
                self.weights[i] * (positive + negative)
            };
            rows.map(one).sum::<f64>()
        };
        let sum = parallel::reduce_rows(margins.len(), 1024, loss, |a, b| a + b).unwrap_or(0.0);
        Ok((sum + self.design.penalty_value(theta), margins))
    }

    fn gradient(&self, theta: &[f64], margins: &Vec<f64>) -> Result<Vec<f64>> {
        let residuals = self.by_row(margins, |i, m| {
            let y = self.target[i];
            // Written so that a sure and right row leaves a small number, not a rounded zero.
            let residual =
                if y == 1.0 { -log_odds_to_probability(-m) } else { log_odds_to_probability(m) - y };
            self.weights[i] * residual
        });
        let mut gradient = matvec_t(self.design.matrix(), &residuals)?;
        for (j, (g, t)) in gradient.iter_mut().zip(theta).enumerate() {
            *g += self.design.penalty(j) * t;
        }
        Ok(gradient)
    }

    fn largest(&self, gradient: &[f64]) -> f64 {
        self.design.largest_raw(gradient)
    }

    fn hessian(&self, margins: &Vec<f64>) -> Result<Array2<f64>> {
        let mut hessian = weighted_gram(self.design.matrix(), Some(&self.curvatures(margins)))?;
        for (j, d) in hessian.diag_mut().iter_mut().enumerate() {
            *d += self.design.penalty(j);
        }
        Ok(hessian)
    }

    fn hessian_times(&self, margins: &Vec<f64>, vector: &[f64]) -> Result<Vec<f64>> {
        let curvatures = self.curvatures(margins);
        let image = matvec(self.design.matrix(), vector)?;
        let weighted: Vec<f64> = image.iter().zip(&curvatures).map(|(a, c)| a * c).collect();
        let mut product = matvec_t(self.design.matrix(), &weighted)?;
        for (j, (p, v)) in product.iter_mut().zip(vector).enumerate() {
            *p += self.design.penalty(j) * v;
        }
        Ok(product)
    }

    fn diagonal(&self, margins: &Vec<f64>) -> Vec<f64> {
        let mean: f64 = self.curvatures(margins).iter().sum();
        (0..self.size()).map(|j| self.design.penalty(j) + mean).collect()
    }
}
