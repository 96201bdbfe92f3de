//! The laws, for linear regressors.

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_regression::{
    ElasticNet, ElasticNetCv, GammaRegressor, Lasso, LassoCv, LinearModel, LinearRegression,
    PoissonRegressor, Ridge, Solver, TweedieRegressor,
};
use crm_ml_testkit::{AsRegressor, Laws, laws};
use serde::{Deserialize, Serialize};

fn squares() -> Laws<AsRegressor<LinearRegression>> {
    Laws::new(AsRegressor(LinearRegression::new()))
        .categories_accepted()
        .bad("bounds", |e| AsRegressor(e.0.bounds([("x0", f64::NAN, 1.0)])))
}

fn inference() -> Laws<AsRegressor<LinearRegression>> {
    Laws::new(AsRegressor(LinearRegression::new().inference(true)))
        .categories_accepted()
        .bad("inference", |e| AsRegressor(e.0.positive(true)))
}

fn nonnegative() -> Laws<AsRegressor<LinearRegression>> {
    Laws::new(AsRegressor(LinearRegression::new().positive(true)))
        .categories_accepted()
        .bad("solver", |e| AsRegressor(e.0.solver(Solver::NewtonCholesky)))
}

fn ridge() -> Laws<AsRegressor<Ridge>> {
    Laws::new(AsRegressor(Ridge::new()))
        .categories_accepted()
        .weight_scale_matters()
        .bad("alpha", |e| AsRegressor(e.0.alpha(f64::NAN)))
}

fn lasso() -> Laws<AsRegressor<Lasso>> {
    Laws::new(AsRegressor(Lasso::new().alpha(0.05).tol(1e-17)))
        .categories_accepted()
        .bad("alpha", |e| AsRegressor(e.0.alpha(-1.0)))
        .bad("tol", |e| AsRegressor(e.0.tol(f64::NAN)))
        .bad("max_iter", |e| AsRegressor(e.0.max_iter(0)))
}

fn elastic_net() -> Laws<AsRegressor<ElasticNet>> {
    Laws::new(AsRegressor(ElasticNet::new().alpha(0.05).tol(1e-17)))
        .categories_accepted()
        .bad("l1_ratio", |e| AsRegressor(e.0.l1_ratio(1.5)))
}

/// Folds are parts of the rows in their order: orders and repeated rows change them.
fn lasso_cv() -> Laws<AsRegressor<LassoCv>> {
    let mut laws = Laws::new(AsRegressor(LassoCv::new().n_alphas(10).tol(1e-10)))
        .quick(AsRegressor(LassoCv::new().n_alphas(3)))
        .categories_accepted()
        .weights_within(0.5)
        .bad("n_alphas", |e| AsRegressor(e.0.n_alphas(0)))
        .bad("eps", |e| AsRegressor(e.0.eps(1.0)));
    laws.order = None;
    laws
}

fn elastic_net_cv() -> Laws<AsRegressor<ElasticNetCv>> {
    let mut laws = Laws::new(AsRegressor(ElasticNetCv::new().l1_ratio([0.3, 1.0]).n_alphas(5).tol(1e-10)))
        .quick(AsRegressor(ElasticNetCv::new().n_alphas(3)))
        .categories_accepted()
        .weights_within(0.5)
        .bad("l1_ratio", |e| AsRegressor(e.0.l1_ratio([0.5, 0.0])));
    laws.order = None;
    laws
}

/// A regressor of positive targets on the exponential of the toy target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Positive<R>(R);

impl<R: Regressor<Model = LinearModel>> Regressor for Positive<R> {
    type Model = LinearModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearModel> {
        let target: ndarray::Array1<f64> = data.target().iter().map(|y| y.clamp(-20.0, 20.0).exp()).collect();
        let samples = data.samples().clone();
        // Rows that were dropped have no target here: the rows that are left stand for themselves.
        let rows: Vec<usize> = (0..samples.n_rows()).collect();
        self.0.fit_with(&Targeted::new(samples.select_rows(&rows), &target)?, progress)
    }
}

fn poisson() -> Laws<AsRegressor<Positive<PoissonRegressor>>> {
    Laws::new(AsRegressor(Positive(PoissonRegressor::new().alpha(0.1).tol(1e-13))))
        .categories_accepted()
        .weights_within(1e-6)
        .order_within(1e-6)
        .bad("alpha", |e| AsRegressor(Positive(e.0.0.alpha(f64::INFINITY))))
        .bad("l1_ratio", |e| AsRegressor(Positive(e.0.0.l1_ratio(-0.1))))
}

fn poisson_l1() -> Laws<AsRegressor<Positive<PoissonRegressor>>> {
    Laws::new(AsRegressor(Positive(PoissonRegressor::new().alpha(0.1).l1_ratio(0.5).tol(1e-13))))
        .categories_accepted()
        .weights_within(1e-5)
        .order_within(1e-5)
        .bad("solver", |e| AsRegressor(Positive(e.0.0.solver(Solver::Lbfgs))))
}

fn gamma() -> Laws<AsRegressor<Positive<GammaRegressor>>> {
    Laws::new(AsRegressor(Positive(GammaRegressor::new().alpha(0.0).inference(true).tol(1e-13))))
        .categories_accepted()
        .weights_within(1e-5)
        .order_within(1e-5)
        .bad("inference", |e| AsRegressor(Positive(e.0.0.alpha(1.0))))
}

fn tweedie() -> Laws<AsRegressor<Positive<TweedieRegressor>>> {
    Laws::new(AsRegressor(Positive(TweedieRegressor::new().power(1.7).alpha(0.1).tol(1e-13))))
        .categories_accepted()
        .weights_within(1e-5)
        .order_within(1e-5)
        .bad("power", |e| AsRegressor(Positive(e.0.0.power(0.5))))
}

laws!(linear_regression, squares());
laws!(linear_regression_with_inference, inference());
laws!(nonnegative_least_squares, nonnegative());
laws!(ridge_regression, ridge());
laws!(lasso_regression, lasso());
laws!(elastic_net_regression, elastic_net());
laws!(lasso_by_cross_validation, lasso_cv());
laws!(elastic_net_by_cross_validation, elastic_net_cv());
laws!(poisson_regression, poisson());
laws!(poisson_regression_with_l1, poisson_l1());
laws!(gamma_regression, gamma());
laws!(tweedie_regression, tweedie());
