//! The smallest clustering, for the testkit's own tests: two sides of a mean.

use crm_ml_core::{
    Check, ClusterModel, ClusterPredict, Clusterer, Error, Model, Persist, Progress, Result, Samples, Schema,
};
use serde::{Deserialize, Serialize};

/// Two clusters: below and above the mean of the first column plus a margin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Halves {
    margin: f64,
}

impl Halves {
    /// No margin.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is added to the mean.
    pub fn margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }
}

/// The cut and the side of every row of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HalvesModel {
    schema: Schema,
    cut: f64,
    labels: Vec<i32>,
}

impl HalvesModel {
    fn sides(&self, samples: &Samples<'_>) -> Vec<i32> {
        (0..samples.n_rows()).map(|row| i32::from(samples.row(row)[0] > self.cut)).collect()
    }
}

impl Clusterer for Halves {
    type Model = HalvesModel;

    fn fit_with(&self, samples: &Samples<'_>, _progress: &dyn Progress) -> Result<HalvesModel> {
        Check::of("Halves").range("margin", self.margin, ..).finish()?;
        samples.require_complete("Halves")?;
        let total = samples.total_weight();
        let share = |row: usize| samples.weight(row) / total * samples.row(row)[0];
        let mean: f64 = (0..samples.n_rows()).map(share).sum();
        let mut model =
            HalvesModel { schema: samples.schema().clone(), cut: mean + self.margin, labels: Vec::new() };
        model.labels = model.sides(samples);
        Ok(model)
    }
}

impl Model for HalvesModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for HalvesModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        2
    }
}

impl ClusterPredict for HalvesModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<i32>> {
        self.schema.accepts(samples)?;
        samples.require_complete("Halves")?;
        Ok(self.sides(samples))
    }
}

impl Persist for HalvesModel {
    const KIND: &'static str = "testkit-halves";

    fn validate(&self) -> Result<()> {
        if self.schema.width() > 0 && self.cut.is_finite() && self.labels.iter().all(|l| (0..2).contains(l)) {
            Ok(())
        } else {
            Err(Error::model_file("sides that are no sides"))
        }
    }
}
