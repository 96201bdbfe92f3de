//! Fitted logistic regression.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, FitReport, Importances, Labeled, Model, Persist,
    ROW_CHUNK, Result, Samples, Schema, parallel,
};
use crm_ml_linalg::{dot, matvec_t};
use crm_ml_linear::{LinearFit, log_odds_to_probability, softmax};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

/// A fitted [`LogisticRegression`](crate::LogisticRegression).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegressionModel {
    schema: Schema,
    classes: Classes,
    /// Row after row, one row for two classes.
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    /// Weighted mean of every column in training.
    means: Vec<f64>,
    report: FitReport,
}

impl LogisticRegressionModel {
    pub(super) fn new(data: &Labeled<'_>, fit: LinearFit) -> Result<Self> {
        let samples = data.samples();
        let total = samples.total_weight();
        let shares: Vec<f64> = (0..samples.n_rows()).map(|row| samples.weight(row) / total).collect();
        Ok(Self {
            schema: samples.schema().clone(),
            classes: data.classes().clone(),
            coefficients: fit.coefficients.iter().copied().collect(),
            intercepts: fit.intercepts.to_vec(),
            means: matvec_t(samples.dense(), &shares)?,
            report: fit.report,
        })
    }

    /// The coefficients: one row for two classes (of the second), else one a class.
    #[expect(clippy::expect_used, reason = "fit and validate make outputs * columns cells")]
    pub fn coefficients(&self) -> ArrayView2<'_, f64> {
        let shape = (self.intercepts.len(), self.schema.width());
        ArrayView2::from_shape(shape, &self.coefficients).expect("outputs * columns cells")
    }

    /// One intercept a row of the coefficients; 0 without intercept.
    pub fn intercepts(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.intercepts)
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Margins, rows x 1 for two classes (the log-odds of the second), else rows x classes.
    ///
    /// Errors: other columns than in training, missing values, a margin beyond `f64`.
    pub fn decision_function(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        samples.require_complete("LogisticRegressionModel")?;
        let (outputs, width) = (self.intercepts.len(), self.schema.width());
        let mut margins = Array2::zeros((samples.n_rows(), outputs));
        if let Some(cells) = margins.as_slice_mut() {
            parallel::fill_rows(cells, outputs, ROW_CHUNK, |first, piece| {
                for (i, row) in piece.chunks_exact_mut(outputs).enumerate() {
                    let x = samples.row(first + i);
                    let lines = self.coefficients.chunks_exact(width).zip(&self.intercepts);
                    for (margin, (line, intercept)) in row.iter_mut().zip(lines) {
                        *margin = dot(x, line) + intercept;
                    }
                }
            });
        }
        match margins.indexed_iter().find(|(_, m)| !m.is_finite()) {
            None => Ok(margins),
            Some(((row, _), _)) => {
                Err(Error::numerical(format!("row {row}: the margin is beyond the range of f64")))
            }
        }
    }
}

impl Model for LogisticRegressionModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClassifierModel for LogisticRegressionModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        let mut margins = self.decision_function(samples)?;
        if self.intercepts.len() == 1 {
            return Ok(Array2::from_shape_fn((margins.nrows(), 2), |(row, class)| {
                let m = margins[[row, 0]];
                // Each side by itself: neither is rounded away where it is small.
                log_odds_to_probability(if class == 1 { m } else { -m })
            }));
        }
        let classes = margins.ncols();
        if let Some(cells) = margins.as_slice_mut() {
            parallel::fill_rows(cells, classes, ROW_CHUNK, |_, piece| {
                piece.chunks_exact_mut(classes).for_each(softmax);
            });
        }
        Ok(margins)
    }
}

impl Importances for LogisticRegressionModel {
    /// Norm of each column's coefficients over the classes: the order in which scikit-learn's RFE sees them. It depends on
    /// the columns' units.
    fn feature_importances(&self) -> Array1<f64> {
        let coefficients = self.coefficients();
        coefficients.columns().into_iter().map(|c| c.iter().fold(0.0, |n: f64, v| n.hypot(*v))).collect()
    }
}

impl Attributions for LogisticRegressionModel {
    /// `coefficient * (x - mean)` for every column, the margin at the training mean as base: exact Shapley values for
    /// independent columns.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        samples.require_complete("LogisticRegressionModel")?;
        let (width, coefficients) = (self.schema.width(), self.coefficients());
        let base: Vec<f64> = self
            .coefficients
            .chunks_exact(width)
            .zip(&self.intercepts)
            .map(|(line, intercept)| dot(line, &self.means) + intercept)
            .collect();
        let shape = (samples.n_rows(), width + 1, self.intercepts.len());
        let shares = Array3::from_shape_fn(shape, |(row, column, output)| {
            if column == width {
                base[output]
            } else {
                coefficients[[output, column]] * (samples.row(row)[column] - self.means[column])
            }
        });
        if shares.iter().all(|v| v.is_finite()) {
            return Ok(shares);
        }
        Err(Error::numerical("a contribution is beyond the range of f64"))
    }
}

impl Persist for LogisticRegressionModel {
    const KIND: &'static str = "logistic-regression";

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        let (width, outputs) = (self.schema.width(), self.intercepts.len());
        let expected = match self.classes.len() {
            0 | 1 => return Err(Error::model_file("fewer than two classes")),
            2 => 1,
            classes => classes,
        };
        let fits = outputs == expected
            && width > 0
            && self.means.len() == width
            && outputs.checked_mul(width) == Some(self.coefficients.len());
        if !fits {
            return Err(Error::model_file("coefficients that fit neither schema nor classes"));
        }
        let numbers = self.coefficients.iter().chain(&self.intercepts).chain(&self.means);
        if !numbers.chain([&self.report.objective]).all(|v| v.is_finite()) {
            return Err(Error::model_file("a coefficient that is not finite"));
        }
        Ok(())
    }
}
