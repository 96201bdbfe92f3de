//! One face for estimators of every task, so that each law is written once.

use std::fmt::Debug;

use crm_ml_core::{
    Classes, Classifier, ClassifierModel, ClusterModel, ClusterPredict, Clusterer, Error, Labeled, Model,
    OutlierDetector, OutlierModel, Persist, Regressor, RegressorModel, Result, Samples, Schema, Targeted,
    Transformer, TransformerModel,
};
use ndarray::{Array2, Axis};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::toy::Toy;

/// An estimator under test.
pub trait Subject: Clone + Send + Sync {
    /// What it fits.
    type Model: Model + Persist + Clone + PartialEq + Debug;
    /// Its parameters.
    type Params: Serialize + DeserializeOwned + PartialEq + Debug;
    /// Whether its output is probabilities.
    const PROBABILITIES: bool = false;
    /// Whether the target matters.
    const SUPERVISED: bool = true;

    /// Whether there is an output for the rows of the fit alone: labels of a clustering that places no new rows.
    const TRANSDUCTIVE: bool = false;

    /// The parameters.
    fn params(&self) -> &Self::Params;
    /// Fits on `samples`; `y` holds class codes (0, 1, 2) or reals, one a row as given.
    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<Self::Model>;
    /// Probabilities, predictions, labels or transformed features.
    fn output(model: &Self::Model, samples: &Samples<'_>) -> Result<Array2<f64>>;
    /// What of an output two fits can be compared by: clusters have no names, so their outputs tell who is with whom.
    fn comparable(output: Array2<f64>) -> Array2<f64> {
        output
    }
    /// What a clustering says of the rows of the fit; `None` for what is none.
    fn clusters(_model: &Self::Model) -> Option<Clusters> {
        None
    }
    /// What an outlier detector says of rows; `None` for what is none.
    fn outliers(_model: &Self::Model, _samples: &Samples<'_>) -> Option<Result<Outliers>> {
        None
    }
    /// The target of the toy data that suits the task.
    fn target(toy: &Toy) -> &[f64];
    /// Fits labels of this spelling (codes 0 and 1) and predicts the same rows; `None` for what is no classifier.
    fn classify(
        &self,
        _samples: &Samples<'_>,
        _codes: &[f64],
        _spelling: Spelling,
    ) -> Option<Result<Classified>> {
        None
    }
    /// The columns a transformer gives; `None` for what is none.
    fn output_schema(_model: &Self::Model) -> Option<Schema> {
        None
    }
}

/// What a clustering says of the rows it was fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// One label a row that was kept.
    pub labels: Vec<i32>,
    /// Number of clusters.
    pub n_clusters: usize,
}

/// What an outlier detector says of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Outliers {
    /// The lower the odder.
    pub scores: Vec<f64>,
    /// Below 0 for outliers.
    pub decisions: Vec<f64>,
    /// Whether each row is an outlier.
    pub flags: Vec<bool>,
    /// The score below which rows are outliers.
    pub offset: f64,
}

/// How the labels of two classes are spelled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spelling {
    /// "no" and "yes".
    Words,
    /// 3 and 17.
    Numbers,
}

/// What a classifier makes of labels.
#[derive(Debug, Clone)]
pub struct Classified {
    /// Names of the classes, in order.
    pub classes: Vec<String>,
    /// Rows x classes.
    pub proba: Array2<f64>,
    /// The predicted label of every row.
    pub labels: Vec<String>,
}

/// A classifier under test.
#[derive(Debug, Clone)]
pub struct AsClassifier<C>(pub C);

/// A regressor under test.
#[derive(Debug, Clone)]
pub struct AsRegressor<R>(pub R);

/// A transformer under test.
#[derive(Debug, Clone)]
pub struct AsTransformer<T>(pub T);

/// A clustering under test of which the labels of the rows of the fit are looked at, and nothing else.
#[derive(Debug, Clone)]
pub struct AsClusterer<C>(pub C);

/// A clustering under test that also places new rows.
#[derive(Debug, Clone)]
pub struct AsClusterPredict<C>(pub C);

/// An outlier detector under test.
#[derive(Debug, Clone)]
pub struct AsOutlierDetector<D>(pub D);

impl<C> Subject for AsClassifier<C>
where
    C: Classifier + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    C::Model: Persist + Clone + PartialEq + Debug,
{
    type Model = C::Model;
    type Params = C;
    const PROBABILITIES: bool = true;

    fn params(&self) -> &C {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<C::Model> {
        let highest = y.iter().fold(0.0f64, |a, b| a.max(*b)) as usize;
        let classes = Classes::new((0..=highest).map(|c| format!("class {c}")))?;
        let codes: Vec<u32> = y.iter().map(|v| *v as u32).collect();
        self.0.fit(&Labeled::from_codes(samples, &codes, &classes)?)
    }

    fn output(model: &C::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        model.predict_proba(samples)
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.codes
    }

    fn classify(
        &self,
        samples: &Samples<'_>,
        codes: &[f64],
        spelling: Spelling,
    ) -> Option<Result<Classified>> {
        let yes = codes.iter().map(|code| *code > 0.0);
        let data = match spelling {
            Spelling::Words => {
                let labels: Vec<&str> = yes.map(|yes| if yes { "yes" } else { "no" }).collect();
                Labeled::new(samples.clone(), &labels)
            }
            Spelling::Numbers => {
                let labels: Vec<i32> = yes.map(|yes| if yes { 17 } else { 3 }).collect();
                Labeled::new(samples.clone(), &labels)
            }
        };
        let classified = |model: C::Model| {
            let (classes, codes) = (model.classes(), model.predict(samples)?);
            Ok(Classified {
                classes: classes.names().to_vec(),
                proba: model.predict_proba(samples)?,
                labels: codes.iter().map(|code| classes.name(*code).to_owned()).collect(),
            })
        };
        Some(data.and_then(|data| self.0.fit(&data)).and_then(classified))
    }
}

impl<R> Subject for AsRegressor<R>
where
    R: Regressor + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    R::Model: Persist + Clone + PartialEq + Debug,
{
    type Model = R::Model;
    type Params = R;

    fn params(&self) -> &R {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<R::Model> {
        self.0.fit(&Targeted::new(samples, y)?)
    }

    fn output(model: &R::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(model.predict(samples)?.insert_axis(Axis(1)))
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.reals
    }
}

impl<T> Subject for AsTransformer<T>
where
    T: Transformer + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    T::Model: Persist + Clone + PartialEq + Debug,
{
    type Model = T::Model;
    type Params = T;
    const SUPERVISED: bool = false;

    fn params(&self) -> &T {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, _y: &[f64]) -> Result<T::Model> {
        self.0.fit(&samples)
    }

    fn output(model: &T::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(model.transform(samples)?.dense().to_owned())
    }

    fn output_schema(model: &T::Model) -> Option<Schema> {
        Some(model.output_schema().clone())
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.reals
    }
}

impl<C> Subject for AsClusterer<C>
where
    C: Clusterer + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    C::Model: ClusterModel + Persist + Clone + PartialEq + Debug,
{
    type Model = C::Model;
    type Params = C;
    const SUPERVISED: bool = false;
    const TRANSDUCTIVE: bool = true;

    fn params(&self) -> &C {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, _y: &[f64]) -> Result<C::Model> {
        self.0.fit(&samples)
    }

    fn output(model: &C::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        let (labels, rows) = (model.labels(), samples.n_rows());
        if labels.len() != rows {
            return Err(Error::length("rows of the fit", labels.len(), rows));
        }
        Ok(column(labels))
    }

    fn comparable(output: Array2<f64>) -> Array2<f64> {
        together(&output)
    }

    fn clusters(model: &C::Model) -> Option<Clusters> {
        Some(Clusters { labels: model.labels().to_vec(), n_clusters: model.n_clusters() })
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.reals
    }
}

impl<C> Subject for AsClusterPredict<C>
where
    C: Clusterer + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    C::Model: ClusterPredict + Persist + Clone + PartialEq + Debug,
{
    type Model = C::Model;
    type Params = C;
    const SUPERVISED: bool = false;

    fn params(&self) -> &C {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, _y: &[f64]) -> Result<C::Model> {
        self.0.fit(&samples)
    }

    fn output(model: &C::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(column(&model.predict(samples)?))
    }

    fn comparable(output: Array2<f64>) -> Array2<f64> {
        together(&output)
    }

    fn clusters(model: &C::Model) -> Option<Clusters> {
        Some(Clusters { labels: model.labels().to_vec(), n_clusters: model.n_clusters() })
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.reals
    }
}

impl<D> Subject for AsOutlierDetector<D>
where
    D: OutlierDetector + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    D::Model: Persist + Clone + PartialEq + Debug,
{
    type Model = D::Model;
    type Params = D;
    const SUPERVISED: bool = false;

    fn params(&self) -> &D {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, _y: &[f64]) -> Result<D::Model> {
        self.0.fit(&samples)
    }

    fn output(model: &D::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(model.score_samples(samples)?.insert_axis(Axis(1)))
    }

    fn outliers(model: &D::Model, samples: &Samples<'_>) -> Option<Result<Outliers>> {
        let outliers = || {
            Ok(Outliers {
                scores: model.score_samples(samples)?.to_vec(),
                decisions: model.decision_function(samples)?.to_vec(),
                flags: model.is_outlier(samples)?,
                offset: model.offset(),
            })
        };
        Some(outliers())
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.reals
    }
}

fn column(labels: &[i32]) -> Array2<f64> {
    Array2::from_shape_fn((labels.len(), 1), |(row, _)| f64::from(labels[row]))
}

/// Rows x rows: 1 where two rows have the same label.
fn together(labels: &Array2<f64>) -> Array2<f64> {
    let rows = labels.nrows();
    Array2::from_shape_fn((rows, rows), |(a, b)| f64::from(u8::from(labels[[a, 0]] == labels[[b, 0]])))
}
