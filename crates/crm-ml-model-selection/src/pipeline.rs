//! A transformer and an estimator as one estimator.

use crm_ml_core::{
    Attributions, Classes, Classifier, ClassifierModel, Error, Labeled, Model, Persist, Progress, Regressor,
    RegressorModel, Result, Samples, Schema, Targeted, Transformer, TransformerModel, decode, encode,
    unknown_version,
};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// A transformer followed by an estimator, which may itself be a pipeline.
///
/// In cross-validation the transformer is fitted inside each fold, so it never sees the rows held out.
///
/// ```
/// # use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// # use crm_ml_classifiers::LogisticRegression;
/// # use crm_ml_feature_selection::Pca;
/// # use crm_ml_model_selection::Pipeline;
/// # use ndarray::array;
/// let x = array![[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 4.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["no", "no", "yes", "yes"])?;
/// let model = Pipeline::new(Pca::new().n_components(1), LogisticRegression::new()).fit(&data)?;
/// assert_eq!(model.predict(data.samples())?, [0, 0, 1, 1]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline<T, E> {
    transformer: T,
    estimator: E,
}

impl<T, E> Pipeline<T, E> {
    /// `transformer`, then `estimator`.
    pub fn new(transformer: T, estimator: E) -> Self {
        Self { transformer, estimator }
    }
}

/// A fitted [`Pipeline`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineModel<T, E> {
    transformer: T,
    estimator: E,
}

impl<T: TransformerModel, E: Model> PipelineModel<T, E> {
    /// The fitted transformer.
    pub fn transformer(&self) -> &T {
        &self.transformer
    }

    /// The fitted estimator.
    pub fn estimator(&self) -> &E {
        &self.estimator
    }
}

impl<T: Transformer, C: Classifier> Classifier for Pipeline<T, C> {
    type Model = PipelineModel<T::Model, C::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let transformer = self.transformer.fit_with(data.samples(), progress)?;
        let features = data.with_samples(transformer.transform(data.samples())?)?;
        Ok(PipelineModel { transformer, estimator: self.estimator.fit_with(&features, progress)? })
    }
}

impl<T: Transformer, R: Regressor> Regressor for Pipeline<T, R> {
    type Model = PipelineModel<T::Model, R::Model>;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let transformer = self.transformer.fit_with(data.samples(), progress)?;
        let features = data.with_samples(transformer.transform(data.samples())?)?;
        Ok(PipelineModel { transformer, estimator: self.estimator.fit_with(&features, progress)? })
    }
}

impl<T: TransformerModel, E: Model> Model for PipelineModel<T, E> {
    fn schema(&self) -> &Schema {
        self.transformer.schema()
    }
}

impl<T: TransformerModel, C: ClassifierModel> ClassifierModel for PipelineModel<T, C> {
    fn classes(&self) -> &Classes {
        self.estimator.classes()
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.estimator.predict_proba(&self.transformer.transform(samples)?)
    }
}

impl<T: TransformerModel, R: RegressorModel> RegressorModel for PipelineModel<T, R> {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.estimator.predict(&self.transformer.transform(samples)?)
    }
}

/// Attributions are those of the estimator, to the columns the transformer gives.
impl<T: TransformerModel, E: Attributions + Model> Attributions for PipelineModel<T, E> {
    fn contributions(&self, samples: &Samples<'_>) -> Result<ndarray::Array3<f64>> {
        self.estimator.contributions(&self.transformer.transform(samples)?)
    }
}

impl<T: TransformerModel + Persist, E: Model + Persist> Persist for PipelineModel<T, E> {
    const KIND: &'static str = "pipeline";

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.transformer.to_bytes()?, self.estimator.to_bytes()?))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (transformer, estimator): (Vec<u8>, Vec<u8>) = decode(payload)?;
        Ok(Self { transformer: T::from_bytes(&transformer)?, estimator: E::from_bytes(&estimator)? })
    }

    fn validate(&self) -> Result<()> {
        self.transformer.validate()?;
        self.estimator.validate()?;
        if self.transformer.output_schema() == self.estimator.schema() {
            Ok(())
        } else {
            Err(Error::model_file("the estimator's columns are not those the transformer gives"))
        }
    }
}
