//! Pipelines and calibrated classifiers keep the laws of the estimators they are made of.

use crm_ml_classifiers::{GradientBoostingClassifier, LogisticRegression};
use crm_ml_feature_selection::Pca;
use crm_ml_model_selection::{CalibratedClassifier, Calibration, Pipeline};
use crm_ml_testkit::{AsClassifier, Laws, laws};

fn boosting() -> GradientBoostingClassifier {
    GradientBoostingClassifier::new().n_estimators(8).max_leaf_nodes(4)
}

laws!(
    pipeline,
    Laws::new(AsClassifier(Pipeline::new(Pca::new(), LogisticRegression::new().tol(1e-10))))
        .weight_scale_matters()
        .subset_within(1e-12)
        .bad("n_components", |_| AsClassifier(Pipeline::new(
            Pca::new().n_components(0),
            LogisticRegression::new()
        )))
);

laws!(
    calibrated,
    // The folds are drawn by row number, so rows repeated and rows in another order are other folds; copies of a row in several
    // folds also make out-of-fold probabilities look better than they are. Platt's targets count weight against one lead.
    Laws::new(AsClassifier(CalibratedClassifier::new(boosting(), Calibration::Platt)))
        .missing_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().split(crm_ml_core::Split::stratified(5, seed))))
        .weights_in_expectation(0.1)
        .weight_scale_matters()
        .bad("n_estimators", |_| AsClassifier(CalibratedClassifier::new(
            boosting().n_estimators(0),
            Calibration::Platt
        )))
);
