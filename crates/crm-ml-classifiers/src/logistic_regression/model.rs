//! Fitted logistic regression.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, FitReport, Importances, Labeled, Model, Persist,
    ROW_CHUNK, Result, Samples, Schema, decode, parallel, unknown_version,
};
use crm_ml_linear::{GlmSummary, LinearFit, LinearPredictor, Terms, log_odds_to_probability, softmax};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

const NAME: &str = "LogisticRegressionModel";

/// A fitted [`LogisticRegression`](crate::LogisticRegression).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegressionModel {
    schema: Schema,
    classes: Classes,
    predictor: LinearPredictor,
    report: FitReport,
    summary: Option<GlmSummary>,
}

/// The layout of version 1, which knew real columns alone.
#[derive(Deserialize)]
struct First {
    schema: Schema,
    classes: Classes,
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    means: Vec<f64>,
    report: FitReport,
}

impl LogisticRegressionModel {
    pub(super) fn new(
        data: &Labeled<'_>,
        terms: Terms,
        fit: LinearFit,
        summary: Option<GlmSummary>,
    ) -> Result<Self> {
        let samples = data.samples();
        let predictor = LinearPredictor::new(samples, terms, &fit.coefficients, &fit.intercepts)?;
        let (schema, classes) = (samples.schema().clone(), data.classes().clone());
        Ok(Self { schema, classes, predictor, report: fit.report, summary })
    }

    /// The coefficients: one row for two classes (of the second), else one a class. A real column has one coefficient, a
    /// category one a level (and one for missing cells, where training had some); [`coefficient_names`] tells which is whose.
    ///
    /// [`coefficient_names`]: LogisticRegressionModel::coefficient_names
    pub fn coefficients(&self) -> ArrayView2<'_, f64> {
        self.predictor.coefficients()
    }

    /// A name a coefficient: the column's, for a level `column=level`.
    pub fn coefficient_names(&self) -> Vec<String> {
        self.predictor.terms().names(&self.schema)
    }

    /// One intercept a row of the coefficients; 0 without intercept.
    pub fn intercepts(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(self.predictor.intercepts())
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Standard errors, z, p, deviances and AIC: of fits of two classes without penalty and bounds, where
    /// [`inference`](crate::LogisticRegression::inference) was asked for.
    pub fn summary(&self) -> Option<&GlmSummary> {
        self.summary.as_ref()
    }

    /// Margins, rows x 1 for two classes (the log-odds of the second), else rows x classes.
    ///
    /// Errors: other columns than in training, missing values in real columns, a margin beyond `f64`.
    pub fn decision_function(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        self.predictor.margins(NAME, samples)
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
        Ok(probabilities(self.decision_function(samples)?))
    }
}

/// Probabilities of margins: one a row is the log-odds of the second of two classes, more are one a class.
pub(crate) fn probabilities(mut margins: Array2<f64>) -> Array2<f64> {
    if margins.ncols() == 1 {
        return Array2::from_shape_fn((margins.nrows(), 2), |(row, class)| {
            let m = margins[[row, 0]];
            // Each side by itself: neither is rounded away where it is small.
            log_odds_to_probability(if class == 1 { m } else { -m })
        });
    }
    let classes = margins.ncols();
    if let Some(cells) = margins.as_slice_mut() {
        parallel::fill_rows(cells, classes, ROW_CHUNK, |_, piece| {
            piece.chunks_exact_mut(classes).for_each(softmax);
        });
    }
    margins
}

impl Importances for LogisticRegressionModel {
    /// Norm of each column's coefficients over classes and levels: the order in which scikit-learn's RFE sees them. It
    /// depends on the columns' units.
    fn feature_importances(&self) -> Array1<f64> {
        self.predictor.importances()
    }
}

impl Attributions for LogisticRegressionModel {
    /// `coefficient * (x - mean)` for every column (for a category, its level's coefficient minus their mean in training), the
    /// margin at the training mean as base: exact Shapley values for independent columns.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.predictor.contributions(NAME, samples)
    }
}

impl Persist for LogisticRegressionModel {
    const KIND: &'static str = "logistic-regression";
    const VERSION: u16 = 2;

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        match version {
            1 => {
                let First { schema, classes, coefficients, intercepts, means, report } = decode(payload)?;
                let predictor = LinearPredictor::from_parts(coefficients, intercepts, means);
                Ok(Self { schema, classes, predictor, report, summary: None })
            }
            Self::VERSION => decode(payload),
            _ => Err(unknown_version(Self::KIND, version, Self::VERSION)),
        }
    }

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        let outputs = match self.classes.len() {
            0 | 1 => return Err(Error::model_file("fewer than two classes")),
            2 => 1,
            classes => classes,
        };
        self.predictor.validate(&self.schema, outputs)?;
        if !self.report.objective.is_finite() {
            return Err(Error::model_file("an objective that is not finite"));
        }
        self.summary.as_ref().map_or(Ok(()), GlmSummary::validate)
    }
}
