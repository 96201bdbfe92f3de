//! The smallest classifier, for the testkit's own tests: class shares smoothed by a pseudo-count.

use crm_ml_core::{
    Check, Classes, Classifier, ClassifierModel, Error, Labeled, Model, Persist, Progress, Result, Samples,
    Schema,
};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Predicts the smoothed class shares of each side of the first column's mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Majority {
    smoothing: f64,
}

impl Majority {
    /// Smoothing 1.
    pub fn new() -> Self {
        Self { smoothing: 1.0 }
    }

    /// Pseudo-count a class.
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }
}

impl Default for Majority {
    fn default() -> Self {
        Self::new()
    }
}

/// Class shares below and above the mean of the first column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MajorityModel {
    schema: Schema,
    classes: Classes,
    mean: f64,
    shares: [Vec<f64>; 2],
}

impl Classifier for Majority {
    type Model = MajorityModel;

    fn fit_with(&self, data: &Labeled<'_>, _progress: &dyn Progress) -> Result<MajorityModel> {
        Check::of("Majority").positive("smoothing", self.smoothing).finish()?;
        let samples = data.samples();
        let (mut sum, mut weight) = (0.0, 0.0);
        for row in 0..data.n_rows() {
            let value = samples.row(row)[0];
            if !value.is_nan() {
                let w = samples.weight(row);
                weight += w;
                sum += w * (value / 1e3);
            }
        }
        let mean = if weight > 0.0 { (sum / weight) * 1e3 } else { 0.0 };
        let smoothing = self.smoothing * samples.total_weight() / 1000.0;
        let mut shares = [vec![smoothing; data.classes().len()], vec![smoothing; data.classes().len()]];
        for (row, &code) in data.codes().iter().enumerate() {
            shares[usize::from(samples.row(row)[0] > mean)][code as usize] += samples.weight(row);
        }
        for side in &mut shares {
            let total: f64 = side.iter().sum();
            side.iter_mut().for_each(|s| *s /= total);
        }
        Ok(MajorityModel { schema: samples.schema().clone(), classes: data.classes().clone(), mean, shares })
    }
}

impl Model for MajorityModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClassifierModel for MajorityModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        let side = |row: usize| &self.shares[usize::from(samples.row(row)[0] > self.mean)];
        Ok(Array2::from_shape_fn((samples.n_rows(), self.classes.len()), |(row, class)| side(row)[class]))
    }
}

impl Persist for MajorityModel {
    const KIND: &'static str = "testkit-majority";

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        let right = |side: &Vec<f64>| side.len() == self.classes.len() && side.iter().all(|s| s.is_finite());
        if self.shares.iter().all(right) && self.mean.is_finite() && self.schema.width() > 0 {
            Ok(())
        } else {
            Err(Error::model_file("shares do not fit the classes"))
        }
    }
}
