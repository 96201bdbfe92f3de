//! The laws, for every loss of gradient boosting.

use crm_ml_core::{Regressor, RegressorModel, Result, Samples, Targeted};
use crm_ml_regression::{GradientBoostingRegressor, GradientBoostingRegressorModel, RegressionLoss};
use crm_ml_testkit::toy::Toy;
use crm_ml_testkit::{Laws, Subject, laws};
use ndarray::{Array2, Axis};

/// Boosting on the toy's target, or on its exponential where the loss asks for positive targets.
#[derive(Debug, Clone)]
struct Loss(GradientBoostingRegressor, bool);

impl Subject for Loss {
    type Model = GradientBoostingRegressorModel;
    type Params = GradientBoostingRegressor;

    fn params(&self) -> &GradientBoostingRegressor {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<Self::Model> {
        let positive: Vec<f64> = y.iter().map(|y| (y / 4.0).clamp(-100.0, 100.0).exp()).collect();
        self.0.fit(&Targeted::new(samples, if self.1 { &positive } else { y })?)
    }

    fn output(model: &Self::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(model.predict(samples)?.insert_axis(Axis(1)))
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.reals
    }
}

fn laws(loss: RegressionLoss) -> Laws<Loss> {
    let positive = matches!(loss, RegressionLoss::Poisson | RegressionLoss::Gamma);
    let new = || GradientBoostingRegressor::new().loss(loss).min_samples_leaf(1);
    // min_sum_hessian is in the unit of the weights.
    let boosting = new().n_estimators(10).max_leaf_nodes(6).min_sum_hessian(0.0);
    Laws::new(Loss(boosting, positive))
        .quick(Loss(new().n_estimators(3).max_leaf_nodes(4), positive))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("quantile", |e| Loss(e.0.loss(RegressionLoss::Quantile { quantile: 0.0 }), e.1))
        .bad("quantile", |e| Loss(e.0.loss(RegressionLoss::Quantile { quantile: f64::NAN }), e.1))
        .bad("delta", |e| Loss(e.0.loss(RegressionLoss::Huber { delta: f64::INFINITY }), e.1))
        .bad("delta", |e| Loss(e.0.loss(RegressionLoss::Huber { delta: -1.0 }), e.1))
}

laws!(absolute_error, laws(RegressionLoss::AbsoluteError));
laws!(huber, laws(RegressionLoss::Huber { delta: 0.7 }));
laws!(quantile, laws(RegressionLoss::Quantile { quantile: 0.3 }));
laws!(poisson, laws(RegressionLoss::Poisson));
laws!(gamma, laws(RegressionLoss::Gamma));
