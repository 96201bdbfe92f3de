//! The testkit's own estimator keeps the laws.

use crm_ml_testkit::{AsClassifier, Laws, Majority, laws};

laws!(
    majority,
    Laws::new(AsClassifier(Majority::new()))
        .missing_accepted()
        .column_order_matters()
        .bad("smoothing", |e| AsClassifier(e.0.smoothing(f64::NAN)))
        .bad("smoothing", |e| AsClassifier(e.0.smoothing(-1.0)))
);
