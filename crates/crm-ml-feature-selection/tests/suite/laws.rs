//! The laws, for PCA and RFE.

use crm_ml_classifiers::LogisticRegression;
use crm_ml_feature_selection::{
    ClassScore, Direction, Mrmr, MrmrScheme, Pca, Rfe, Rfecv, SelectByScore, SelectFromModel, SelectThen,
    SequentialSelector, TruncatedSvd, VarianceThreshold,
};
use crm_ml_metrics::ClassificationMetric;
use crm_ml_testkit::{AsClassifier, AsTransformer, Laws, laws};

fn pca(estimator: Pca) -> Laws<AsTransformer<Pca>> {
    Laws::new(AsTransformer(estimator))
        .bad("n_components", |e| AsTransformer(e.0.n_components(0)))
        .bad("n_components", |e| AsTransformer(e.0.variance_share(f64::NAN)))
        .bad("n_components", |e| AsTransformer(e.0.variance_share(0.0)))
        .bad("n_components", |e| AsTransformer(e.0.variance_share(1.5)))
}

laws!(pca_all, pca(Pca::new()));
laws!(pca_whitened, pca(Pca::new().variance_share(0.9).whiten(true)).weight_scale_matters());

// Three of four: the column of noise goes, and a missing value is looked for in one that stays.
laws!(
    rfe,
    Laws::new(AsClassifier(Rfe::new(LogisticRegression::new().tol(1e-11)).n_features_to_select(3)))
        .weight_scale_matters()
        .bad("n_features_to_select", |e| AsClassifier(e.0.n_features_to_select(0)))
        .bad("n_features_to_select", |e| AsClassifier(e.0.share_to_select(f64::NAN)))
        .bad("step", |e| AsClassifier(e.0.step(0)))
        .bad("step", |e| AsClassifier(e.0.step_share(-0.5)))
);

laws!(
    truncated_svd,
    Laws::new(AsTransformer(TruncatedSvd::new(2)))
        .bad("n_components", |_| AsTransformer(TruncatedSvd::new(0)))
);

laws!(
    variance_threshold,
    Laws::new(AsTransformer(VarianceThreshold::new().threshold(1e-9)))
        .missing_accepted()
        .bad("threshold", |e| AsTransformer(e.0.threshold(-1.0)))
        .bad("threshold", |e| AsTransformer(e.0.threshold(f64::NAN)))
);

fn logistic() -> LogisticRegression {
    LogisticRegression::new().tol(1e-11)
}

laws!(
    filter,
    Laws::new(AsClassifier(SelectThen::new(SelectByScore::new(ClassScore::AnovaF).count(3), logistic())))
        .weight_scale_matters()
        .bad("count", |_| AsClassifier(SelectThen::new(
            SelectByScore::new(ClassScore::AnovaF).count(0),
            logistic()
        )))
);

laws!(
    from_model,
    Laws::new(AsClassifier(SelectThen::new(
        SelectFromModel::new(logistic()).threshold(0.0).max_features(3),
        logistic()
    )))
    .weight_scale_matters()
    .bad("threshold", |_| AsClassifier(SelectThen::new(
        SelectFromModel::new(logistic()).threshold(-1.0),
        logistic()
    )))
);

// Folds are drawn by place, so that neither row order nor a dropped row leaves them alone.
laws!(
    eliminated_by_folds,
    Laws::new(AsClassifier(Rfecv::new(logistic(), ClassificationMetric::LogLoss).min_features_to_select(3)))
        .weight_scale_matters()
        .bad("min_features_to_select", |e| AsClassifier(e.0.min_features_to_select(0)))
        .bad("step", |e| AsClassifier(e.0.step_share(2.0)))
);

// Folds are drawn by place here, too; a gap is looked for in a column that stays.
laws!(
    sequential,
    Laws::new(AsClassifier(sequential_selector().n_features_to_select(3)))
        .weight_scale_matters()
        .bad("n_features_to_select", |e| AsClassifier(e.0.n_features_to_select(0)))
        .bad("n_features_to_select", |e| AsClassifier(e.0.share_to_select(f64::NAN)))
        .bad("tol", |e| AsClassifier(e.0.tol(f64::NAN)))
        .bad("tol", |e| AsClassifier(e.0.tol(-0.1)))
        .bad("tol", |e| AsClassifier(e.0.direction(Direction::Backward).tol(f64::INFINITY)))
);

fn sequential_selector() -> SequentialSelector<LogisticRegression, ClassificationMetric> {
    SequentialSelector::new(logistic(), ClassificationMetric::LogLoss)
}

fn mrmr_then(mrmr: Mrmr) -> AsClassifier<SelectThen<Mrmr, LogisticRegression>> {
    AsClassifier(SelectThen::new(mrmr, logistic()))
}

laws!(
    mrmr_by_f,
    Laws::new(mrmr_then(Mrmr::new(MrmrScheme::Fcq).n_features_to_select(3)))
        .weight_scale_matters()
        .bad("n_features_to_select", |_| mrmr_then(Mrmr::new(MrmrScheme::Fcq).n_features_to_select(0)))
);

// More bins would find more in the noise of 150 rows than in the third column.
laws!(
    mrmr_by_bins,
    Laws::new(mrmr_then(Mrmr::new(MrmrScheme::Mid).n_bins(3).n_features_to_select(3)))
        .weight_scale_matters()
        .bad("n_bins", |_| mrmr_then(Mrmr::new(MrmrScheme::Mid).n_bins(1)))
        .bad("n_neighbors", |_| mrmr_then(Mrmr::new(MrmrScheme::Mid).n_neighbors(0)))
);
