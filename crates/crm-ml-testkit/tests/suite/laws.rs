//! The testkit's own estimators keep the laws.

use crm_ml_testkit::{AsClassifier, AsClusterPredict, AsClusterer, Halves, Laws, Majority, laws};

laws!(
    majority,
    Laws::new(AsClassifier(Majority::new()))
        .missing_accepted()
        .column_order_matters()
        .bad("smoothing", |e| AsClassifier(e.0.smoothing(f64::NAN)))
        .bad("smoothing", |e| AsClassifier(e.0.smoothing(-1.0)))
);

laws!(
    halves_that_predict,
    Laws::new(AsClusterPredict(Halves::new()))
        .column_order_matters()
        .bad("margin", |e| AsClusterPredict(e.0.margin(f64::NAN)))
);

laws!(
    halves_that_only_label,
    Laws::new(AsClusterer(Halves::new()))
        .column_order_matters()
        .bad("margin", |e| AsClusterer(e.0.margin(f64::INFINITY)))
);
