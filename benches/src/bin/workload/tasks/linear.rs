//! Linear models.

use std::str::FromStr;

use crm_ml::classifiers::{FtrlClassifier, LogisticRegression, Penalty, Solver};
use crm_ml::core::{Persist, Regressor, RegressorModel};
use crm_ml::linear::{Family, PathSolver, Terms};
use crm_ml::regression::{
    ElasticNet, GammaRegressor, Lasso, LinearModel, LinearRegression, PoissonRegressor, Ridge,
    TweedieRegressor,
};
use ndarray::Array1;

use super::estimators::Weight;
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// `penalty` as text.
struct Named(Penalty);

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "l2" => Ok(Self(Penalty::L2)),
            "l1" => Ok(Self(Penalty::L1)),
            "elasticnet" => Ok(Self(Penalty::ElasticNet)),
            "none" | "None" => Ok(Self(Penalty::None)),
            _ => Err("expected l1, l2, elasticnet or none".to_owned()),
        }
    }
}

/// `solver` as text.
struct Way(Solver);

impl FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self(Solver::Auto)),
            "newton-cholesky" => Ok(Self(Solver::NewtonCholesky)),
            "newton-cg" => Ok(Self(Solver::NewtonCg)),
            "lbfgs" => Ok(Self(Solver::Lbfgs)),
            "coordinate-descent" => Ok(Self(Solver::CoordinateDescent)),
            _ => Err("expected auto, newton-cholesky, newton-cg, lbfgs or coordinate-descent".to_owned()),
        }
    }
}

pub(super) fn logistic(settings: &mut Settings) -> Outcome<LogisticRegression> {
    let mut e = LogisticRegression::new();
    if let Some(c) = settings.take("C")? {
        e = e.c(c);
    }
    apply!(settings, e; tol: f64, max_iter: usize, fit_intercept: bool, l1_ratio: f64, positive: bool, inference: bool);
    if let Some(Weight(weight)) = settings.take("class_weight")? {
        e = e.class_weight(weight);
    }
    if let Some(Named(penalty)) = settings.take("penalty")? {
        e = e.penalty(penalty);
    }
    if let Some(Way(solver)) = settings.take("solver")? {
        e = e.solver(solver);
    }
    // Nothing here is random, but every task takes a seed.
    settings.take::<u64>("seed")?;
    Ok(e)
}

pub(super) fn ftrl(settings: &mut Settings) -> Outcome<FtrlClassifier> {
    let mut e = FtrlClassifier::new();
    apply!(settings, e; alpha: f64, beta: f64, l1: f64, l2: f64, fit_intercept: bool, epochs: usize, shuffle: bool, seed: u64);
    if let Some(Weight(weight)) = settings.take("class_weight")? {
        e = e.class_weight(weight);
    }
    Ok(e)
}

/// Defines a task: estimator, name, and the settings it takes.
macro_rules! regressor {
    ($function:ident, $estimator:ident, $name:literal; $($setting:ident: $type:ty),*) => {
        pub(super) fn $function(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
            let mut e = $estimator::new();
            apply!(settings, e; fit_intercept: bool, positive: bool $(, $setting: $type)*);
            settings.take::<u64>("seed")?;
            settings.finish($name)?;
            regress(&e, inputs, report)
        }
    };
}

regressor!(linear_regression, LinearRegression, "linear-regression"; inference: bool);
regressor!(ridge, Ridge, "ridge"; alpha: f64);
regressor!(lasso, Lasso, "lasso"; alpha: f64, tol: f64, max_iter: usize);
regressor!(elastic_net, ElasticNet, "elastic-net"; alpha: f64, l1_ratio: f64, tol: f64, max_iter: usize);
regressor!(poisson, PoissonRegressor, "poisson"; alpha: f64, l1_ratio: f64, tol: f64, max_iter: usize);
regressor!(gamma, GammaRegressor, "gamma"; alpha: f64, l1_ratio: f64, tol: f64, max_iter: usize);
regressor!(tweedie, TweedieRegressor, "tweedie"; power: f64, alpha: f64, l1_ratio: f64, tol: f64, max_iter: usize);

fn regress<R: Regressor<Model = LinearModel>>(
    estimator: &R,
    inputs: &Inputs,
    report: &mut Report,
) -> Outcome<()> {
    let (data, test) = (inputs.targeted()?, inputs.test_samples()?);
    let model = report.time_fit(|| Ok(estimator.fit(&data)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    report.set("converged", model.report().converged);
    report.set("iterations", model.report().iterations);
    let prediction = report.time_predict(|| Ok(model.predict(&test)?))?;
    report.write("prediction", &prediction)?;
    report.write("coef", &model.coefficients())?;
    report.write("intercept", &Array1::from(vec![model.intercept()]))
}

/// A whole lasso or elastic net path; nothing is predicted.
pub(super) fn lasso_path(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut e = PathSolver::new(Family::Gaussian);
    apply!(settings, e; fit_intercept: bool, positive: bool, l1_ratio: f64, n_alphas: usize, eps: f64, tol: f64, max_iter: usize);
    settings.take::<u64>("seed")?;
    settings.finish("lasso-path")?;
    let data = inputs.targeted()?;
    let samples = data.samples();
    let path = report.time_fit(|| {
        let terms = Terms::of("lasso-path", samples, None, None)?;
        Ok(e.fit(samples, &terms, data.target(), samples.weights(), &())?)
    })?;
    report.set("converged", path.report.converged);
    report.set("iterations", path.report.iterations);
    report.write("alphas", &Array1::from(path.alphas))?;
    report.write("coef", &path.coefficients)?;
    report.write("intercept", &path.intercepts)
}
