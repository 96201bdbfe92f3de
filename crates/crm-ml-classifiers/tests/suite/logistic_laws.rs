//! The laws, for logistic regression.

use crm_ml_classifiers::{LogisticRegression, Penalty, Solver};
use crm_ml_core::ClassWeight;
use crm_ml_testkit::{AsClassifier, Laws, laws};

fn subject(estimator: LogisticRegression) -> Laws<AsClassifier<LogisticRegression>> {
    Laws::new(AsClassifier(estimator.tol(1e-11)))
        .weight_scale_matters()
        .categories_accepted()
        .bad("l1_ratio", |e| AsClassifier(e.0.l1_ratio(f64::NAN)))
        .bad("solver", |e| AsClassifier(e.0.penalty(Penalty::L1).solver(Solver::Lbfgs)))
        .bad("inference", |e| AsClassifier(e.0.penalty(Penalty::L2).inference(true)))
        .bad("c", |e| AsClassifier(e.0.c(f64::NAN)))
        .bad("c", |e| AsClassifier(e.0.c(0.0)))
        .bad("c", |e| AsClassifier(e.0.c(-1.0)))
        .bad("c", |e| AsClassifier(e.0.c(f64::INFINITY)))
        .bad("tol", |e| AsClassifier(e.0.tol(f64::NAN)))
        .bad("tol", |e| AsClassifier(e.0.tol(-1e-3)))
        .bad("max_iter", |e| AsClassifier(e.0.max_iter(0)))
        .bad("class_weight", |e| AsClassifier(e.0.class_weight(ClassWeight::Custom(vec![1.0, f64::NAN]))))
}

laws!(logistic_regression, subject(LogisticRegression::new()));
laws!(without_intercept, subject(LogisticRegression::new().fit_intercept(false).c(0.01)));
laws!(
    without_penalty,
    subject(LogisticRegression::new().penalty(Penalty::None)).order_within(1e-5).weights_within(1e-5)
);
laws!(
    with_inference,
    subject(LogisticRegression::new().penalty(Penalty::None).inference(true))
        .order_within(1e-5)
        .weights_within(1e-5)
);
laws!(
    with_l1,
    subject(LogisticRegression::new().penalty(Penalty::L1)).order_within(1e-7).weights_within(1e-7)
);
laws!(
    with_elastic_net,
    subject(LogisticRegression::new().penalty(Penalty::ElasticNet).l1_ratio(0.3))
        .order_within(1e-7)
        .weights_within(1e-7)
);
laws!(
    by_lbfgs,
    subject(LogisticRegression::new().solver(Solver::Lbfgs).max_iter(1000))
        .order_within(1e-7)
        .weights_within(1e-7)
);
laws!(
    by_conjugate_gradients,
    subject(LogisticRegression::new().solver(Solver::NewtonCg)).order_within(1e-7).weights_within(1e-7)
);
laws!(positive, subject(LogisticRegression::new().positive(true)).order_within(1e-7).weights_within(1e-7));
