//! A classifier whose probabilities are calibrated by cross-fitting.

use crm_ml_core::{
    Attributions, Classes, Classifier, ClassifierModel, Error, Importances, Labeled, Model, Persist,
    Progress, Result, Samples, Schema, Split, decode, encode, unknown_version,
};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use crate::{Calibration, Calibrator, cross_validate};

/// Calibrates a classifier on its own out-of-fold probabilities, then fits it on all rows.
///
/// With two classes the second one's probability is calibrated; with more, each class against the rest, and the rows are
/// scaled to sum to 1. Complexity: one fit a fold and one more.
///
/// ```
/// # use crm_ml_classifiers::LogisticRegression;
/// # use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// # use crm_ml_model_selection::{CalibratedClassifier, Calibration};
/// # use ndarray::Array2;
/// let x = Array2::from_shape_fn((80, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64);
/// let y: Vec<bool> = x.rows().into_iter().enumerate().map(|(i, r)| r[0] + (i % 4) as f64 > r[1]).collect();
/// let data = Labeled::new(Samples::new(&x)?, &y)?;
/// let model = CalibratedClassifier::new(LogisticRegression::new(), Calibration::Platt).fit(&data)?;
/// let mean = model.predict_proba(data.samples())?.column(1).mean().unwrap();
/// let share = y.iter().filter(|y| **y).count() as f64 / 80.0;
/// assert!((mean - share).abs() < 0.05);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibratedClassifier<C> {
    estimator: C,
    method: Calibration,
    split: Split,
}

/// A fitted [`CalibratedClassifier`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibratedModel<M> {
    inner: M,
    /// One for two classes, else one a class.
    calibrators: Vec<Calibrator>,
}

impl<C: Classifier> CalibratedClassifier<C> {
    /// Five stratified folds of seed 0.
    pub fn new(estimator: C, method: Calibration) -> Self {
        Self { estimator, method, split: Split::stratified(5, 0) }
    }

    /// The folds; every row must be tested by one of them.
    pub fn split(mut self, split: Split) -> Self {
        self.split = split;
        self
    }
}

impl<C: Classifier> Classifier for CalibratedClassifier<C> {
    type Model = CalibratedModel<C::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let validated = cross_validate(&self.estimator, data, &self.split, &[], progress)?;
        let calibrated =
            if data.classes().len() <= 2 { 1..data.classes().len() } else { 0..data.classes().len() };
        let tested: Vec<usize> =
            (0..data.n_rows()).filter(|&r| !validated.out_of_fold[[r, 0]].is_nan()).collect();
        let weights: Option<Vec<f64>> =
            data.samples().weights().map(|w| tested.iter().map(|&r| w[r]).collect());
        let calibrators = calibrated.map(|class| {
            let proba: Vec<f64> = tested.iter().map(|&r| validated.out_of_fold[[r, class]]).collect();
            let outcomes: Vec<bool> = tested.iter().map(|&r| data.codes()[r] as usize == class).collect();
            self.method.fit(&proba, &outcomes, weights.as_deref())
        });
        let calibrators = calibrators.collect::<Result<_>>()?;
        Ok(CalibratedModel { inner: self.estimator.fit_with(data, progress)?, calibrators })
    }
}

impl<M: ClassifierModel> CalibratedModel<M> {
    /// The model before calibration.
    pub fn inner(&self) -> &M {
        &self.inner
    }

    /// The calibration of each class: one for two classes.
    pub fn calibrators(&self) -> &[Calibrator] {
        &self.calibrators
    }
}

impl<M: Model> Model for CalibratedModel<M> {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }
}

impl<M: ClassifierModel> ClassifierModel for CalibratedModel<M> {
    fn classes(&self) -> &Classes {
        self.inner.classes()
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        let mut proba = self.inner.predict_proba(samples)?;
        for mut row in proba.rows_mut() {
            match self.calibrators.as_slice() {
                [] => {}
                [positive] if row.len() == 2 => {
                    row[1] = positive.calibrate(row[1]);
                    row[0] = 1.0 - row[1];
                }
                each => {
                    row.iter_mut().zip(each).for_each(|(p, calibrator)| *p = calibrator.calibrate(*p));
                    let (sum, width) = (row.sum(), row.len() as f64);
                    row.mapv_inplace(|p| if sum > 0.0 { p / sum } else { 1.0 / width });
                }
            }
        }
        Ok(proba)
    }
}

impl<M: Importances> Importances for CalibratedModel<M> {
    fn feature_importances(&self) -> Array1<f64> {
        self.inner.feature_importances()
    }
}

/// Shares of the margin before calibration.
impl<M: Attributions> Attributions for CalibratedModel<M> {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.inner.contributions(samples)
    }
}

impl<M: ClassifierModel + Persist> Persist for CalibratedModel<M> {
    const KIND: &'static str = "calibrated-classifier";

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.inner.to_bytes()?, &self.calibrators))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (inner, calibrators): (Vec<u8>, Vec<Calibrator>) = decode(payload)?;
        Ok(Self { inner: M::from_bytes(&inner)?, calibrators })
    }

    fn validate(&self) -> Result<()> {
        self.inner.validate()?;
        self.calibrators.iter().try_for_each(Calibrator::validate)?;
        let expected = match self.inner.classes().len() {
            0 | 1 => 0,
            2 => 1,
            more => more,
        };
        if self.calibrators.len() == expected {
            Ok(())
        } else {
            Err(Error::model_file("another number of calibrations than classes"))
        }
    }
}
