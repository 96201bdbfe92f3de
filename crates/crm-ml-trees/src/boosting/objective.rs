//! The losses that boosting minimises.

use crm_ml_core::{ROW_CHUNK, parallel};
use rayon::prelude::*;

/// A loss of margins. Targets are class codes or real values.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Objective<'a> {
    /// Half the squared error of a real target.
    Squared(&'a [f64]),
    /// Log loss of two classes (codes 0 and 1); the margin is the log-odds of the second.
    Logistic(&'a [u32]),
    /// Log loss of `classes` classes, one margin each (log-probability up to a constant).
    Softmax {
        /// Class of every row.
        codes: &'a [u32],
        /// Number of classes.
        classes: usize,
    },
}

/// Margins of all rows: `outputs` arrays, one after the other.
pub(crate) struct Derivatives {
    pub(crate) gradients: Vec<Vec<f64>>,
    pub(crate) hessians: Vec<Vec<f64>>,
}

impl Objective<'_> {
    /// Number of margins a row.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Squared(_) | Self::Logistic(_) => 1,
            Self::Softmax { classes, .. } => *classes,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Squared(target) => target.len(),
            Self::Logistic(codes) | Self::Softmax { codes, .. } => codes.len(),
        }
    }

    /// The constant margins of least loss.
    pub(crate) fn base(&self, weights: Option<&[f64]>) -> Vec<f64> {
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let total: f64 = (0..self.rows()).map(weight).sum();
        let share = |class: u32, codes: &[u32]| {
            let of_class: f64 = (0..codes.len()).filter(|&row| codes[row] == class).map(weight).sum();
            // A class without rows would have a margin of minus infinity.
            (of_class / total).clamp(f64::EPSILON, 1.0 - f64::EPSILON)
        };
        match self {
            Self::Squared(target) => {
                vec![target.iter().enumerate().map(|(row, y)| y * (weight(row) / total)).sum()]
            }
            Self::Logistic(codes) => {
                let p = share(1, codes);
                vec![(p / (1.0 - p)).ln()]
            }
            Self::Softmax { codes, classes } => {
                let logs: Vec<f64> = (0..*classes).map(|class| share(class as u32, codes).ln()).collect();
                let mean = logs.iter().sum::<f64>() / *classes as f64;
                logs.iter().map(|log| log - mean).collect()
            }
        }
    }

    /// First and second derivatives at `margins` (an array an output), times the weights.
    pub(crate) fn derivatives(&self, margins: &[Vec<f64>], weights: Option<&[f64]>) -> Derivatives {
        let rows = self.rows();
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let of_row = |row: usize, output: usize| -> (f64, f64) {
            let (g, h) = match self {
                Self::Squared(target) => (margins[0][row] - target[row], 1.0),
                Self::Logistic(codes) => {
                    let p = sigmoid(margins[0][row]);
                    (p - f64::from(codes[row]), p * (1.0 - p))
                }
                Self::Softmax { codes, classes } => {
                    let most = (0..*classes).map(|k| margins[k][row]).fold(f64::NEG_INFINITY, f64::max);
                    let total: f64 = (0..*classes).map(|k| (margins[k][row] - most).exp()).sum();
                    let p = (margins[output][row] - most).exp() / total;
                    (p - f64::from(u8::from(codes[row] as usize == output)), p * (1.0 - p))
                }
            };
            (g * weight(row), h * weight(row))
        };
        let of_output = |output: usize| -> (Vec<f64>, Vec<f64>) {
            let of_row = |row: usize| of_row(row, output);
            (0..rows).into_par_iter().with_min_len(ROW_CHUNK).map(of_row).unzip()
        };
        let (gradients, hessians) = (0..self.outputs()).map(of_output).unzip();
        Derivatives { gradients, hessians }
    }

    /// Weighted mean loss at `margins`.
    pub(crate) fn loss(&self, margins: &[Vec<f64>], weights: Option<&[f64]>) -> f64 {
        let of_row = |row: usize| match self {
            Self::Squared(target) => 0.5 * (margins[0][row] - target[row]).powi(2),
            Self::Logistic(codes) => {
                let margin = margins[0][row];
                // ln(1 + e^m) without overflow.
                margin.max(0.0) + (-margin.abs()).exp().ln_1p() - f64::from(codes[row]) * margin
            }
            Self::Softmax { codes, classes } => {
                let most = (0..*classes).map(|k| margins[k][row]).fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = (0..*classes).map(|k| (margins[k][row] - most).exp()).sum();
                most + total.ln() - margins[codes[row] as usize][row]
            }
        };
        let sums = |piece: std::ops::Range<usize>| {
            piece.fold((0.0, 0.0), |(loss, total), row| {
                let weight = weights.map_or(1.0, |w| w[row]);
                (loss + weight * of_row(row), total + weight)
            })
        };
        let add = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
        parallel::reduce_rows(self.rows(), ROW_CHUNK, sums, add).map_or(0.0, |(loss, total)| loss / total)
    }
}

/// `1 / (1 + e^-x)`, without overflow and exact in the tails.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}
