#![doc = include_str!("../README.md")]

mod decision_tree;
mod extra_trees;
mod ftrl;
mod gradient_boosting;
mod linear;
mod random_forest;
mod row_scorer;
mod trees;

pub use crm_ml_linear::{Family, GlmSummary, ProgressiveLoss, ProgressivePoint, Solver};
pub use crm_ml_trees::{
    CategoricalEncoding, Drawing, GrowPolicy, History, Importance, InteractionCst, MaxFeatures, MaxSamples,
    MonotonicCst, PruningPath, RegressionCriterion, Splitter,
};
pub use decision_tree::{DecisionTreeRegressor, DecisionTreeRegressorModel};
pub use extra_trees::{ExtraTreesRegressor, ExtraTreesRegressorModel};
pub use ftrl::{FtrlRegressor, FtrlRegressorModel};
pub use gradient_boosting::{GradientBoostingRegressor, GradientBoostingRegressorModel, RegressionLoss};
pub use linear::{
    ElasticNet, ElasticNetCv, GammaRegressor, Lasso, LassoCv, LinearCvModel, LinearModel, LinearRegression,
    PathPoint, PoissonRegressor, Ridge, TweedieRegressor,
};
pub use random_forest::{RandomForestRegressor, RandomForestRegressorModel};
pub use row_scorer::RowScorer;
