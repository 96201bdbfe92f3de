//! What all linear regressors share: parameters and the way from data to a model.

use crm_ml_core::{Check, Error, Progress, Result, Targeted};
use crm_ml_linear::{Family, GlmFit, GlmSolver, Inference, PathSolver, Solver, Terms};
use serde::{Deserialize, Serialize};

use super::LinearModel;

/// Parameters of every linear regressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) fit_intercept: bool,
    pub(super) tol: f64,
    pub(super) max_iter: usize,
    pub(super) solver: Solver,
    pub(super) positive: bool,
    pub(super) bounds: Vec<(String, f64, f64)>,
    pub(super) offset: Option<String>,
    pub(super) exposure: Option<String>,
    pub(super) inference: bool,
}

impl Plan {
    pub(super) fn new(tol: f64, max_iter: usize) -> Self {
        Self {
            fit_intercept: true,
            tol,
            max_iter,
            solver: Solver::Auto,
            positive: false,
            bounds: Vec::new(),
            offset: None,
            exposure: None,
            inference: false,
        }
    }

    /// Rules of the shared parameters; `penalised` says whether there is a penalty, `l1` whether part of it is L1.
    pub(super) fn check(&self, name: &'static str, family: Family, penalised: bool, l1: bool) -> Check {
        let turned = |low: &f64, high: &f64| low.partial_cmp(high).is_none_or(|order| order.is_gt());
        let bad = self.bounds.iter().find(|(_, low, high)| turned(low, high));
        let bounded = self.positive || !self.bounds.is_empty();
        let able = matches!(self.solver, Solver::Auto | Solver::CoordinateDescent) || !(l1 || bounded);
        let log = !matches!(family, Family::Gaussian | Family::Logistic);
        Check::of(name)
            .range("tol", self.tol, 0.0..)
            .at_least("max_iter", self.max_iter, 1)
            .rule(
                "solver",
                format!("{:?}", self.solver),
                able,
                "Auto or CoordinateDescent with an L1 penalty or bounds",
            )
            .rule(
                "bounds",
                bad.map_or(String::new(), |(name, low, high)| format!("{name} from {low} to {high}")),
                bad.is_none(),
                "from a lower to a higher number",
            )
            .rule(
                "inference",
                self.inference,
                !self.inference || !(penalised || bounded),
                "without penalty, positive and bounds",
            )
            .rule(
                "exposure",
                self.exposure.as_deref().unwrap_or("none"),
                self.exposure.is_none() || log,
                "of a family whose mean is e^margin",
            )
    }

    pub(super) fn terms(&self, name: &str, data: &Targeted<'_>) -> Result<Terms> {
        Terms::of(name, data.samples(), self.offset.as_deref(), self.exposure.as_deref())
    }

    /// One pair a coefficient, where signs or bounds were asked for. Errors: a name that is no column.
    pub(super) fn bounds(
        &self,
        name: &str,
        data: &Targeted<'_>,
        terms: &Terms,
    ) -> Result<Option<Vec<(f64, f64)>>> {
        if !self.positive && self.bounds.is_empty() {
            return Ok(None);
        }
        let lowest = if self.positive { 0.0 } else { f64::NEG_INFINITY };
        let mut pairs = vec![(lowest, f64::INFINITY); terms.width()];
        let schema = data.samples().schema();
        for (column, low, high) in &self.bounds {
            let at = schema.columns().iter().position(|c| c.name == *column);
            let Some(at) = at else {
                return Err(Error::unsupported(format!("{name}: bounds of '{column}', which is no column")));
            };
            let first = terms.firsts()[at];
            for pair in &mut pairs[first..first + terms.terms()[at].width()] {
                *pair = (low.max(lowest), *high);
            }
        }
        if let Some((low, high)) = pairs.iter().find(|(low, high)| low > high) {
            return Err(Error::unsupported(format!("{name}: positive and bounds leave {low} to {high}")));
        }
        Ok(Some(pairs))
    }

    /// Fits `mean loss + l1 |b| + l2 |b|^2 / 2`.
    pub(super) fn fit(
        &self,
        name: &'static str,
        family: Family,
        (l1, l2): (f64, f64),
        data: &Targeted<'_>,
        progress: &dyn Progress,
    ) -> Result<LinearModel> {
        let samples = data.samples();
        let terms = self.terms(name, data)?;
        let bounds = self.bounds(name, data, &terms)?;
        let solver = GlmSolver::new(family)
            .l1(l1)
            .l2(l2)
            .solver(self.solver)
            .tol(self.tol)
            .max_iter(self.max_iter)
            .fit_intercept(self.fit_intercept);
        let fit =
            solver.fit(samples, &terms, data.target(), samples.weights(), bounds.as_deref(), progress)?;
        self.model(family, terms, fit, data)
    }

    /// Least squares with an L1 penalty, to a duality gap of `tol` times the mean squared target.
    pub(super) fn lasso(
        &self,
        name: &'static str,
        (alpha, l1_ratio): (f64, f64),
        data: &Targeted<'_>,
        progress: &dyn Progress,
    ) -> Result<LinearModel> {
        let samples = data.samples();
        let terms = self.terms(name, data)?;
        let path = self.path(l1_ratio).alphas(vec![alpha]);
        let path = path.fit(samples, &terms, data.target(), samples.weights(), progress)?;
        let coefficients = path.coefficients.row(0).to_owned();
        let fit = GlmFit { coefficients, intercept: path.intercepts[0], report: path.report };
        self.model(Family::Gaussian, terms, fit, data)
    }

    pub(super) fn path(&self, l1_ratio: f64) -> PathSolver {
        PathSolver::new(Family::Gaussian)
            .l1_ratio(l1_ratio)
            .tol(self.tol)
            .max_iter(self.max_iter)
            .fit_intercept(self.fit_intercept)
            .positive(self.positive)
    }

    fn model(&self, family: Family, terms: Terms, fit: GlmFit, data: &Targeted<'_>) -> Result<LinearModel> {
        let samples = data.samples();
        let summary = if self.inference {
            let (target, weights) = (data.target(), samples.weights());
            let inference =
                Inference { terms: &terms, family, target, weights, fit_intercept: self.fit_intercept };
            Some(inference.summary(samples, &fit.coefficients, fit.intercept)?)
        } else {
            None
        };
        LinearModel::new(samples, family, terms, fit, summary)
    }
}

/// Setters that every linear regressor has.
macro_rules! plan_setters {
    ($field:ident) => {
        /// Whether there is an intercept.
        pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
            self.$field.fit_intercept = fit_intercept;
            self
        }

        /// Whether no coefficient may be below 0 (the intercept is free).
        pub fn positive(mut self, positive: bool) -> Self {
            self.$field.positive = positive;
            self
        }

        /// A real column that is added to the margin as it is, in training and in predicting.
        pub fn offset(mut self, column: impl Into<String>) -> Self {
            self.$field.offset = Some(column.into());
            self
        }
    };
    ($field:ident, iterative) => {
        /// When the fit is done, at least 0: see the type.
        pub fn tol(mut self, tol: f64) -> Self {
            self.$field.tol = tol;
            self
        }

        /// Most steps (of coordinate descent: sweeps).
        pub fn max_iter(mut self, max_iter: usize) -> Self {
            self.$field.max_iter = max_iter;
            self
        }
    };
    ($field:ident, bounded) => {
        /// Bounds of the coefficients of columns, told by name (for a category, of each of its levels).
        pub fn bounds<N: Into<String>>(mut self, bounds: impl IntoIterator<Item = (N, f64, f64)>) -> Self {
            let bounds = bounds.into_iter().map(|(name, low, high)| (name.into(), low, high));
            self.$field.bounds = bounds.collect();
            self
        }

        /// How the objective is minimised; by the shape of the data where nothing is said.
        pub fn solver(mut self, solver: crm_ml_linear::Solver) -> Self {
            self.$field.solver = solver;
            self
        }

        /// Whether the model tells standard errors, tests, deviances and AIC
        /// ([`summary`](crate::LinearModel::summary)): without penalty and bounds.
        pub fn inference(mut self, inference: bool) -> Self {
            self.$field.inference = inference;
            self
        }
    };
}
pub(super) use plan_setters;
