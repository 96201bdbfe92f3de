//! A fitted linear regressor.

use crm_ml_core::{
    Attributions, Error, FitReport, Importances, Model, Persist, RegressorModel, Result, Samples, Schema,
};
use crm_ml_linear::{Family, GlmFit, GlmSummary, LinearPredictor, Terms};
use ndarray::{Array1, Array2, Array3, ArrayView1};
use serde::{Deserialize, Serialize};

const NAME: &str = "LinearModel";

/// A fitted linear model: of [`LinearRegression`](crate::LinearRegression), [`Ridge`](crate::Ridge), [`Lasso`](crate::Lasso),
/// [`ElasticNet`](crate::ElasticNet), their cross-validated forms and the generalised linear regressors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearModel {
    schema: Schema,
    family: Family,
    predictor: LinearPredictor,
    report: FitReport,
    summary: Option<GlmSummary>,
}

impl LinearModel {
    pub(super) fn new(
        samples: &Samples<'_>,
        family: Family,
        terms: Terms,
        fit: GlmFit,
        summary: Option<GlmSummary>,
    ) -> Result<Self> {
        let GlmFit { coefficients, intercept, report } = fit;
        let coefficients: Array2<f64> = coefficients.insert_axis(ndarray::Axis(0));
        let predictor = LinearPredictor::new(samples, terms, &coefficients, &Array1::from(vec![intercept]))?;
        Ok(Self { schema: samples.schema().clone(), family, predictor, report, summary })
    }

    /// Adds what a reader of the report should know.
    pub(super) fn note(&mut self, note: String) {
        self.report.notes.push(note);
    }

    /// The coefficients: a real column has one, a category one a level (and one for missing cells, where training had some), an
    /// offset none; [`coefficient_names`](LinearModel::coefficient_names) tells which is whose.
    pub fn coefficients(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(self.predictor.line(0))
    }

    /// A name a coefficient: the column's, for a level `column=level`.
    pub fn coefficient_names(&self) -> Vec<String> {
        self.predictor.terms().names(&self.schema)
    }

    /// 0 without intercept.
    pub fn intercept(&self) -> f64 {
        self.predictor.intercepts().first().copied().unwrap_or(0.0)
    }

    /// The distribution whose mean is predicted.
    pub fn family(&self) -> Family {
        self.family
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Standard errors, tests, deviances and AIC, where `inference` was asked for; it prints as R's `glm` does.
    pub fn summary(&self) -> Option<&GlmSummary> {
        self.summary.as_ref()
    }

    /// The linear predictor of every row: the prediction itself, or its logarithm for families of positive targets.
    ///
    /// Errors: other columns than in training, missing values in real columns, an exposure that is not above 0.
    pub fn margins(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(self.predictor.margins(NAME, samples)?.column(0).to_owned())
    }
}

impl Model for LinearModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl RegressorModel for LinearModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        let means = self.margins(samples)?.mapv_into(|m| self.family.mean(m));
        match means.iter().position(|m| !m.is_finite()) {
            None => Ok(means),
            Some(row) => {
                Err(Error::numerical(format!("row {row}: the prediction is beyond the range of f64")))
            }
        }
    }
}

impl Importances for LinearModel {
    /// The coefficients' magnitudes (for a category, the norm over its levels). They depend on the columns' units.
    fn feature_importances(&self) -> Array1<f64> {
        self.predictor.importances()
    }
}

impl Attributions for LinearModel {
    /// `coefficient * (x - mean)` for every column (for a category, its level's coefficient minus their mean in training; for an
    /// offset, it minus its mean), the margin at the training mean as base: exact Shapley values of the linear predictor for
    /// independent columns.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.predictor.contributions(NAME, samples)
    }
}

impl Persist for LinearModel {
    const KIND: &'static str = "linear-model";

    fn validate(&self) -> Result<()> {
        self.predictor.validate(&self.schema, 1)?;
        let power = match self.family {
            Family::Tweedie { power } => power,
            _ => 1.0,
        };
        if !self.report.objective.is_finite() || !(1.0..=3.0).contains(&power) {
            return Err(Error::model_file("an objective or power that is out of range"));
        }
        self.summary.as_ref().map_or(Ok(()), GlmSummary::validate)
    }
}
