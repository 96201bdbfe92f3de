//! What most programs need: `use crm_ml::prelude::*;`.

pub use crate::core::{
    Attributions, Calendar, ClassWeight, Classes, Classifier, ClassifierModel, ClusterModel, ClusterPredict,
    Clusterer, Column, Error, ErrorKind, ForecastModel, Forecaster, Frequency, Horizon, Importances, Labeled,
    Model, OutlierDetector, OutlierModel, Persist, Progress, Regressor, RegressorModel, Result, Samples,
    Schema, Series, Split, Targeted, Transformer, TransformerModel,
};

#[cfg(feature = "alerts")]
pub use crate::alerts::{AlertPolicy, FraudDetector, FraudModel};
#[cfg(feature = "anomaly")]
pub use crate::anomaly::{Contamination, IsolationForest, LocalOutlierFactor, OutlierEnsemble};
#[cfg(feature = "classifiers")]
pub use crate::classifiers::{
    DecisionTreeClassifier, ExtraTreesClassifier, GradientBoostingClassifier, LogisticRegression,
    RandomForestClassifier,
};
#[cfg(feature = "clustering")]
pub use crate::clustering::{
    AgglomerativeClustering, Dbscan, GaussianMixture, Hdbscan, KMeans, MiniBatchKMeans, choose_n_clusters,
};
#[cfg(feature = "customers")]
pub use crate::customers::{Cohorts, Moment, Rfm, SegmentProfiler, Transactions};
#[cfg(feature = "feature-selection")]
pub use crate::feature_selection::{Pca, Rfe};
#[cfg(feature = "forecasting")]
pub use crate::forecasting::{AutoArima, AutoEts, AutoTheta, LongTable, SeasonalNaive};
#[cfg(feature = "lead-scoring")]
pub use crate::lead_scoring::{LeadScorer, LeadScorerModel};
#[cfg(feature = "model-selection")]
pub use crate::model_selection::{
    CalibratedClassifier, Calibration, ClassificationMetric, GridSearch, Pipeline, RandomSearch,
    RegressionMetric, Space, cross_validate,
};
#[cfg(feature = "preprocessing")]
pub use crate::preprocessing::{Encoding, Scaling, TablePipeline, TablePipelineModel};
#[cfg(feature = "regression")]
pub use crate::regression::{
    DecisionTreeRegressor, ElasticNet, ExtraTreesRegressor, GammaRegressor, GradientBoostingRegressor, Lasso,
    LassoCv, LinearRegression, PoissonRegressor, RandomForestRegressor, Ridge, TweedieRegressor,
};
#[cfg(feature = "sales-pipeline")]
pub use crate::sales_pipeline::{PipelineBackTest, PipelineForecaster, Quarter, StageHistory, Stages};
#[cfg(feature = "table")]
pub use crate::table::{FieldType, Role, Table, TableSchema};
