//! One trait a task: what an estimator takes and what its model gives.

use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use crate::{Classes, Labeled, Progress, Result, Samples, Schema, Targeted};

/// How a fit ended. Not converging is data, not an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Whether the stopping rule was met within the iterations allowed.
    pub converged: bool,
    /// Iterations done.
    pub iterations: usize,
    /// Value of the objective at the end.
    pub objective: f64,
    /// What a reader should know, in words: a cause for concern, never empty praise.
    pub notes: Vec<String>,
}

/// What every fitted model tells of itself.
pub trait Model: Send + Sync {
    /// The columns the model was fitted on.
    fn schema(&self) -> &Schema;
}

/// Parameters of a classifier. The fitted model is another type, so predicting before fitting does not compile.
pub trait Classifier: Sync {
    /// What `fit` gives.
    type Model: ClassifierModel;

    /// Fits, telling `progress` of every step.
    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model>;

    /// Fits.
    fn fit(&self, data: &Labeled<'_>) -> Result<Self::Model> {
        self.fit_with(data, &())
    }
}

/// A fitted classifier. Probability is the primitive, labels are derived from it.
pub trait ClassifierModel: Model {
    /// The classes, in the order of the columns of [`predict_proba`](ClassifierModel::predict_proba).
    fn classes(&self) -> &Classes;

    /// Probabilities, rows x classes; every row sums to 1.
    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>>;

    /// Code of the most probable class of every row, ties to the lowest.
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<u32>> {
        Ok(most_probable(&self.predict_proba(samples)?))
    }
}

/// Column of the largest entry of every row, ties to the lowest.
pub fn most_probable(proba: &Array2<f64>) -> Vec<u32> {
    let best = |row: ndarray::ArrayView1<'_, f64>| {
        let mut best = 0;
        for (i, p) in row.iter().enumerate() {
            if *p > row[best] {
                best = i;
            }
        }
        best as u32
    };
    proba.rows().into_iter().map(best).collect()
}

/// Parameters of a regressor.
pub trait Regressor: Sync {
    /// What `fit` gives.
    type Model: RegressorModel;

    /// Fits, telling `progress` of every step.
    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model>;

    /// Fits.
    fn fit(&self, data: &Targeted<'_>) -> Result<Self::Model> {
        self.fit_with(data, &())
    }
}

/// A fitted regressor.
pub trait RegressorModel: Model {
    /// One prediction a row.
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>>;
}

/// Parameters of a transformer that learns from features alone.
pub trait Transformer: Sync {
    /// What `fit` gives.
    type Model: TransformerModel;

    /// Fits, telling `progress` of every step.
    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<Self::Model>;

    /// Fits.
    fn fit(&self, samples: &Samples<'_>) -> Result<Self::Model> {
        self.fit_with(samples, &())
    }
}

/// A fitted transformer.
pub trait TransformerModel: Model {
    /// The columns it gives.
    fn output_schema(&self) -> &Schema;

    /// The transformed rows (weights kept).
    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>>;
}

/// A transformer that learns from pieces of the rows, one after another or each apart.
pub trait StreamingTransformer: Transformer {
    /// What is known after some pieces.
    type State: MergeableState<Model = <Self as Transformer>::Model>;

    /// The state that has seen no row. Errors: parameters out of range.
    fn state(&self) -> Result<Self::State>;
}

/// What was seen of some rows. However the rows are split and in whatever order states are merged, the model is the same
/// bits.
pub trait MergeableState: Clone + Send + Sync {
    /// What it ends in.
    type Model;

    /// Takes in the rows of a piece. Errors: other columns than those of the pieces before.
    fn partial_fit(&mut self, samples: &Samples<'_>) -> Result<()>;

    /// Takes in what another state has seen. Errors: other columns, other parameters.
    fn merge(&mut self, other: &Self) -> Result<()>;

    /// The model of all rows seen. Errors: no row was seen, and those of fitting.
    fn finish(&self) -> Result<Self::Model>;
}

/// The label of a row that belongs to no cluster.
pub const NOISE: i32 = -1;

/// Parameters of a clustering.
pub trait Clusterer: Sync {
    /// What `fit` gives.
    type Model: ClusterModel;

    /// Fits, telling `progress` of every step.
    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<Self::Model>;

    /// Fits.
    fn fit(&self, samples: &Samples<'_>) -> Result<Self::Model> {
        self.fit_with(samples, &())
    }
}

/// A fitted clustering.
pub trait ClusterModel: Model {
    /// The cluster of every row it was fitted on, `0..n_clusters` or [`NOISE`]. Rows of weight 0 have none: see
    /// [`Samples::kept_rows`].
    fn labels(&self) -> &[i32];

    /// Number of clusters, noise not counted.
    fn n_clusters(&self) -> usize;
}

/// A clustering that can place new rows.
pub trait ClusterPredict: ClusterModel {
    /// The cluster of every row.
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<i32>>;
}

/// Parameters of an outlier detector.
pub trait OutlierDetector: Sync {
    /// What `fit` gives.
    type Model: OutlierModel;

    /// Fits, telling `progress` of every step.
    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<Self::Model>;

    /// Fits.
    fn fit(&self, samples: &Samples<'_>) -> Result<Self::Model> {
        self.fit_with(samples, &())
    }

    /// Fits, and gives the scores of the rows of the fit (the lower, the odder), which many methods know by then.
    ///
    /// Methods that ask a row's neighbours leave the row itself out here.
    fn fit_score(&self, samples: &Samples<'_>) -> Result<(Self::Model, Array1<f64>)> {
        let model = self.fit(samples)?;
        let scores = model.score_samples(samples)?;
        Ok((model, scores))
    }
}

/// A fitted outlier detector. The score is the primitive; whether a row is an outlier is derived from it.
///
/// Signs are scikit-learn's: the lower [`score_samples`](OutlierModel::score_samples), the odder the row.
pub trait OutlierModel: Model {
    /// One score a row, the lower the odder.
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>>;

    /// The score below which a row is an outlier, from the contamination.
    fn offset(&self) -> f64;

    /// The scores minus the offset: outliers are below 0.
    fn decision_function(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        Ok(self.score_samples(samples)? - self.offset())
    }

    /// Whether each row is an outlier.
    fn is_outlier(&self, samples: &Samples<'_>) -> Result<Vec<bool>> {
        let offset = self.offset();
        Ok(self.score_samples(samples)?.iter().map(|score| *score < offset).collect())
    }

    /// The scores turned round: the higher, the odder, as rankings and alerts want them.
    fn anomaly_scores(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        Ok(-self.score_samples(samples)?)
    }
}

/// A model that tells how much each column mattered.
pub trait Importances {
    /// One value of at least 0 a column.
    fn feature_importances(&self) -> Array1<f64>;
}

/// A model that splits its raw output (margin) into shares of its columns.
pub trait Attributions {
    /// Rows x (columns + 1) x outputs, the base value last: a row sums to the margin. Two classes have one output, the
    /// log-odds of the second; outlier detectors have one, the anomaly score (the higher the odder).
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>>;
}
