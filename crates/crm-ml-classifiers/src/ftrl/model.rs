//! A classifier that goes on learning.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, Importances, Labeled, Model, Persist, Result, Samples,
    Schema,
};
use crm_ml_linear::{FtrlState, FtrlTarget, ProgressiveLoss};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::logistic_regression::probabilities;

const NAME: &str = "FtrlClassifierModel";

/// What [`FtrlClassifier`](crate::FtrlClassifier) has learned, and can go on learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FtrlClassifierModel {
    schema: Schema,
    classes: Classes,
    class_weights: Vec<f64>,
    state: FtrlState,
}

impl FtrlClassifierModel {
    pub(super) fn new(schema: &Schema, classes: &Classes, class_weights: Vec<f64>, state: FtrlState) -> Self {
        Self { schema: schema.clone(), classes: classes.clone(), class_weights, state }
    }

    /// Learns rows in their order, once each: in pieces of any size to the same bits.
    ///
    /// The rows' classes are matched by name; they need not all be there. Errors, with nothing learned: other columns, a class
    /// that the model does not have, missing real values, cells beyond 1e40.
    pub fn partial_fit(&mut self, data: &Labeled<'_>) -> Result<()> {
        let samples = data.samples();
        self.schema.accepts(samples)?;
        let codes = self.codes(data)?;
        let plain = samples.weights().is_none() && self.class_weights.iter().all(|w| *w == 1.0);
        let weight = |(row, code): (usize, &u32)| samples.weight(row) * self.class_weights[*code as usize];
        let weights = (!plain).then(|| codes.iter().enumerate().map(weight).collect::<Vec<f64>>());
        let target = FtrlTarget::classes(&codes, self.classes.len())?;
        self.state.partial_fit(NAME, samples, target, weights.as_deref())
    }

    /// The model's code of every row's class.
    fn codes(&self, data: &Labeled<'_>) -> Result<Vec<u32>> {
        if *data.classes() == self.classes {
            return Ok(data.codes().to_vec());
        }
        let codes: Vec<Option<u32>> =
            data.classes().names().iter().map(|name| self.classes.code(name)).collect();
        let code = |code: &u32| {
            codes[*code as usize].ok_or_else(|| {
                let name = data.classes().name(*code);
                Error::unsupported(format!("{NAME}: the class '{name}' is not one of the model's"))
            })
        };
        data.codes().iter().map(code).collect()
    }

    /// How wrong the model was about rows just before it first learned them: the mean log loss (weighted), and how it went on.
    pub fn progressive_loss(&self) -> &ProgressiveLoss {
        self.state.progressive_loss()
    }

    /// The coefficients: one row for two classes (of the second), else one a class; one a real column, and one a level of a category
    /// and for its missing cells. [`coefficient_names`](Self::coefficient_names) tells which is whose.
    pub fn coefficients(&self) -> ArrayView2<'_, f64> {
        self.state.predictor().coefficients()
    }

    /// A name a coefficient: the column's, for a level `column=level`.
    pub fn coefficient_names(&self) -> Vec<String> {
        self.state.predictor().terms().names(&self.schema)
    }

    /// One intercept a row of the coefficients; 0 without intercept.
    pub fn intercepts(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(self.state.predictor().intercepts())
    }

    /// Margins, rows x 1 for two classes (the log-odds of the second), else rows x classes.
    ///
    /// Errors: other columns than in training, missing values in real columns, a margin beyond `f64`.
    pub fn decision_function(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        self.state.predictor().margins(NAME, samples)
    }
}

impl Model for FtrlClassifierModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClassifierModel for FtrlClassifierModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(probabilities(self.decision_function(samples)?))
    }
}

impl Importances for FtrlClassifierModel {
    /// Norm of each column's coefficients over classes and levels. It depends on the columns' units.
    fn feature_importances(&self) -> Array1<f64> {
        self.state.predictor().importances()
    }
}

impl Attributions for FtrlClassifierModel {
    /// `coefficient * (x - mean)` for every column (for a category, its level's coefficient minus their mean over the rows learned),
    /// the margin at the mean as base: exact Shapley values for independent columns.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.state.predictor().contributions(NAME, samples)
    }
}

impl Persist for FtrlClassifierModel {
    const KIND: &'static str = "ftrl-classifier";

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        let outputs = FtrlTarget::classes(&[], self.classes.len())?.outputs();
        self.state.validate(&self.schema, outputs)?;
        let sound = self.class_weights.iter().all(|w| w.is_finite() && *w > 0.0);
        if !sound || self.class_weights.len() != self.classes.len() {
            return Err(Error::model_file("class weights that are not one a class, finite and above 0"));
        }
        Ok(())
    }
}
