//! The confusion matrix and what is read off it.

use crm_ml_core::{Check, Error, ErrorKind, Result};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::input;
use crate::sum::{self, Sum};

/// How the figures of the classes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Average {
    /// Of this class alone; with two classes, `Class(1)` is scikit-learn's `binary`.
    Class(u32),
    /// The plain mean over the classes that occur among the true or the predicted ones.
    Macro,
    /// From the counts of all classes together.
    Micro,
    /// The mean weighted by the classes' true weight.
    Weighted,
}

/// Weight of every pair of true and predicted class, and what follows from it.
///
/// Where a figure is 0/0 (precision of a class never predicted, recall of a class that never occurs) it is the
/// `zero_division` value, 0 unless set. Figures equal scikit-learn's.
///
/// ```
/// use crm_ml_metrics::{Average, ConfusionMatrix};
///
/// let matrix = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 1, 1, 0], 2, None)?;
/// assert_eq!(matrix.counts()[[1, 0]], 1.0);
/// assert_eq!(matrix.accuracy(), 0.75);
/// assert_eq!(matrix.recall(Average::Class(1))?, 2.0 / 3.0);
/// assert_eq!(matrix.f1(Average::Class(1))?, 0.8);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    counts: Array2<f64>,
    zero_division: f64,
}

/// True positives, weight predicted and true weight of one class or of several together.
#[derive(Debug, Clone, Copy)]
struct Tally {
    hits: f64,
    predicted: f64,
    actual: f64,
}

impl ConfusionMatrix {
    /// Counts. Errors: lengths, weights, a code that is not below `classes`.
    pub fn new(truth: &[u32], predicted: &[u32], classes: usize, weights: Option<&[f64]>) -> Result<Self> {
        input::rows(truth.len(), &[("predictions", predicted.len())], weights)?;
        input::codes(truth, classes)?;
        input::codes(predicted, classes)?;
        // Codes occur, so that `classes` is at least 1; a dense matrix of very many classes is no use to anyone.
        if classes > 1 << 14 {
            return Err(Error::unsupported(format!("{classes} classes: at most {} are served", 1 << 14)));
        }
        let mut sums = Array2::from_elem((classes, classes), Sum::default());
        for (row, (&t, &p)) in truth.iter().zip(predicted).enumerate() {
            sums[[t as usize, p as usize]].add(input::weight(weights, row));
        }
        Ok(Self { counts: sums.mapv(Sum::value), zero_division: 0.0 })
    }

    /// Sets what 0/0 gives, from 0 to 1. Errors: another value.
    pub fn zero_division(mut self, value: f64) -> Result<Self> {
        Check::of("ConfusionMatrix").range("zero_division", value, 0.0..=1.0).finish()?;
        self.zero_division = value;
        Ok(self)
    }

    /// The weights: rows are true classes, columns predicted ones.
    pub fn counts(&self) -> ArrayView2<'_, f64> {
        self.counts.view()
    }

    /// Share of the weight on the diagonal.
    pub fn accuracy(&self) -> f64 {
        total(self.counts.diag()) / total(&self.counts)
    }

    /// Mean recall of the classes that occur.
    pub fn balanced_accuracy(&self) -> f64 {
        let recalls: Vec<f64> =
            self.tallies().iter().filter(|t| t.actual > 0.0).map(|t| t.hits / t.actual).collect();
        recalls.iter().sum::<f64>() / recalls.len() as f64
    }

    /// Share of the predicted that is right. Errors: a class that is none.
    pub fn precision(&self, average: Average) -> Result<f64> {
        self.averaged(average, |t| (t.hits, t.predicted))
    }

    /// Share of the true that is found. Errors: a class that is none.
    pub fn recall(&self, average: Average) -> Result<f64> {
        self.averaged(average, |t| (t.hits, t.actual))
    }

    /// F score: `(1 + beta^2) TP / (predicted + beta^2 true)`, the weighted harmonic mean of precision and recall.
    ///
    /// Errors: a class that is none, a `beta` below 0 or above 1e100.
    pub fn f_beta(&self, beta: f64, average: Average) -> Result<f64> {
        Check::of("f_beta").range("beta", beta, 0.0..=1e100).finish()?;
        let square = beta * beta;
        let unit = sum::unit(total(&self.counts));
        self.averaged(average, |t| {
            ((1.0 + square) * (unit * t.hits), unit * t.predicted + square * (unit * t.actual))
        })
    }

    /// F score with `beta` 1.
    pub fn f1(&self, average: Average) -> Result<f64> {
        self.f_beta(1.0, average)
    }

    fn tallies(&self) -> Vec<Tally> {
        let tally = |class: usize| Tally {
            hits: self.counts[[class, class]],
            predicted: total(self.counts.column(class)),
            actual: total(self.counts.row(class)),
        };
        (0..self.counts.nrows()).map(tally).collect()
    }

    /// One figure from the fraction of each class.
    fn averaged(&self, average: Average, fraction: impl Fn(&Tally) -> (f64, f64)) -> Result<f64> {
        let figure = |tally: &Tally| {
            let (over, under) = fraction(tally);
            if under > 0.0 { over / under } else { self.zero_division }
        };
        let tallies = self.tallies();
        let occurring = || tallies.iter().filter(|t| t.actual > 0.0 || t.predicted > 0.0);
        Ok(match average {
            Average::Class(class) => figure(tallies.get(class as usize).ok_or_else(|| no_class(class))?),
            Average::Macro => occurring().map(figure).sum::<f64>() / occurring().count() as f64,
            Average::Micro => figure(&Tally {
                hits: total(self.counts.diag()),
                predicted: total(&self.counts),
                actual: total(&self.counts),
            }),
            Average::Weighted => {
                let weight: f64 = tallies.iter().map(|t| t.actual).sum();
                occurring().map(|t| figure(t) * t.actual).sum::<f64>() / weight
            }
        })
    }
}

/// Share of the weight whose class is predicted. Errors: lengths, weights.
pub fn accuracy(truth: &[u32], predicted: &[u32], weights: Option<&[f64]>) -> Result<f64> {
    input::rows(truth.len(), &[("predictions", predicted.len())], weights)?;
    Ok(sum::mean(truth.len(), weights, |i| f64::from(u8::from(truth[i] == predicted[i]))))
}

fn total<'v>(values: impl IntoIterator<Item = &'v f64>) -> f64 {
    values.into_iter().copied().collect::<Sum>().value()
}

fn no_class(class: u32) -> Error {
    ErrorKind::InvalidTarget {
        row: 0,
        value: class.to_string(),
        requirement: "the class to average over must be one of the matrix".to_owned(),
    }
    .into()
}
