//! Lasso and elastic net whose strength is chosen by cross-validation along whole paths.

use crm_ml_core::{
    Attributions, Check, Error, FitReport, Importances, Model, Persist, Progress, Regressor, RegressorModel,
    Result, Samples, Schema, Split, Targeted, advance,
};
use crm_ml_linear::{Family, LinearPredictor};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use super::LinearModel;
use super::plan::Plan;

const TOL: f64 = 1e-6;
const SWEEPS: usize = 10_000;

/// [`Lasso`](crate::Lasso) whose `alpha` is the one of a path that predicts held-out folds best (weighted mean squared error), or
/// the strongest within one standard error of it.
///
/// The path is that of all rows (`n_alphas` strengths down to `eps` times the largest); each fold fits it once, each strength
/// starting from the last. The model at the chosen strength is fitted on all rows.
///
/// ```
/// use crm_ml_core::{Regressor, Samples, Targeted};
/// use crm_ml_regression::LassoCv;
/// use ndarray::{Array1, Array2};
///
/// let x = Array2::from_shape_fn((60, 3), |(i, j)| ((i * (7 + 4 * j)) % 11) as f64);
/// let y: Array1<f64> = x.column(0).iter().enumerate().map(|(i, v)| 2.0 * v + ((i * 5) % 7) as f64).collect();
/// let model = LassoCv::new().fit(&Targeted::new(Samples::new(&x)?, &y)?)?;
/// assert!((model.model().coefficients()[0] - 2.0).abs() < 0.1);
/// assert_eq!(model.curve().len(), 100);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LassoCv {
    search: Search,
}

/// As [`LassoCv`] for [`ElasticNet`](crate::ElasticNet), with `l1_ratio` chosen among several too.
///
/// ```
/// use crm_ml_core::{Regressor, Samples, Targeted};
/// use crm_ml_regression::ElasticNetCv;
/// use ndarray::{Array1, Array2};
///
/// let x = Array2::from_shape_fn((60, 3), |(i, j)| ((i * (7 + 4 * j)) % 11) as f64);
/// let y: Array1<f64> = x.column(0).iter().enumerate().map(|(i, v)| 2.0 * v + ((i * 5) % 7) as f64).collect();
/// let model = ElasticNetCv::new().l1_ratio([0.5, 0.9]).n_alphas(20).fit(&Targeted::new(Samples::new(&x)?, &y)?)?;
/// assert!((model.model().coefficients()[0] - 2.0).abs() < 0.1);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNetCv {
    search: Search,
}

/// What both search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Search {
    l1_ratio: Vec<f64>,
    n_alphas: usize,
    eps: f64,
    alphas: Option<Vec<f64>>,
    cv: Split,
    one_standard_error: bool,
    plan: Plan,
}

/// One strength of a cross-validated path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// Share of the L1 penalty.
    pub l1_ratio: f64,
    /// Strength.
    pub alpha: f64,
    /// Mean over the folds of the weighted mean squared error of held-out rows.
    pub mean_squared_error: f64,
    /// Standard error of that mean over the folds.
    pub standard_error: f64,
}

/// A fitted [`LassoCv`] or [`ElasticNetCv`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearCvModel {
    model: LinearModel,
    curve: Vec<PathPoint>,
    chosen: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            l1_ratio: vec![1.0],
            n_alphas: 100,
            eps: 1e-3,
            alphas: None,
            cv: Split::KFold { folds: 5, seed: None },
            one_standard_error: false,
            plan: Plan::new(TOL, SWEEPS),
        }
    }
}

macro_rules! search_setters {
    () => {
        /// Number of strengths, spaced evenly in their logarithm.
        pub fn n_alphas(mut self, n_alphas: usize) -> Self {
            self.search.n_alphas = n_alphas;
            self
        }

        /// Smallest strength over the largest, between 0 and 1.
        pub fn eps(mut self, eps: f64) -> Self {
            self.search.eps = eps;
            self
        }

        /// Strengths of one's own.
        pub fn alphas(mut self, alphas: Vec<f64>) -> Self {
            self.search.alphas = Some(alphas);
            self
        }

        /// The folds (where nothing is said, five consecutive parts, as scikit-learn's).
        pub fn cv(mut self, cv: Split) -> Self {
            self.search.cv = cv;
            self
        }

        /// Whether to take the strongest penalty within one standard error of the best, as is usual for a sparse model.
        pub fn one_standard_error(mut self, one_standard_error: bool) -> Self {
            self.search.one_standard_error = one_standard_error;
            self
        }
    };
}

impl LassoCv {
    /// 100 strengths, 5 folds, the best one, `tol` 1e-6, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    search_setters!();
}

impl ElasticNetCv {
    /// `l1_ratio` 0.5, 100 strengths, 5 folds, the best one, `tol` 1e-6, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shares of the L1 penalty to choose from, each above 0 and at most 1.
    pub fn l1_ratio(mut self, l1_ratio: impl IntoIterator<Item = f64>) -> Self {
        self.search.l1_ratio = l1_ratio.into_iter().collect();
        self
    }

    search_setters!();
}

impl Default for ElasticNetCv {
    fn default() -> Self {
        Self { search: Search { l1_ratio: vec![0.5], ..Search::default() } }
    }
}

macro_rules! plan_of_search {
    ($($name:ident),*) => {$(
        impl $name {
            /// Whether there is an intercept.
            pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
                self.search.plan.fit_intercept = fit_intercept;
                self
            }

            /// Whether no coefficient may be below 0 (the intercept is free).
            pub fn positive(mut self, positive: bool) -> Self {
                self.search.plan.positive = positive;
                self
            }

            /// As of [`Lasso`](crate::Lasso), at least 0.
            pub fn tol(mut self, tol: f64) -> Self {
                self.search.plan.tol = tol;
                self
            }

            /// Most sweeps a strength.
            pub fn max_iter(mut self, max_iter: usize) -> Self {
                self.search.plan.max_iter = max_iter;
                self
            }
        }

        impl Regressor for $name {
            type Model = LinearCvModel;

            fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearCvModel> {
                self.search.run(stringify!($name), data, progress)
            }
        }
    )*};
}
plan_of_search!(LassoCv, ElasticNetCv);

impl Search {
    fn check(&self, name: &'static str) -> Result<()> {
        let bad = self.l1_ratio.iter().find(|r| !(**r > 0.0 && **r <= 1.0));
        let path = self.plan.path(1.0).n_alphas(self.n_alphas).eps(self.eps);
        let path = match &self.alphas {
            Some(alphas) => path.alphas(alphas.clone()),
            None => path,
        };
        // The path's own share is always right, so that only the list's is told.
        let check: Check = path.check(name);
        check
            .rule(
                "l1_ratio",
                bad.copied().unwrap_or(0.0),
                bad.is_none() && !self.l1_ratio.is_empty(),
                "one or more, each above 0 and at most 1",
            )
            .finish()
    }

    fn run(&self, name: &'static str, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearCvModel> {
        self.check(name)?;
        let samples = data.samples();
        let terms = self.plan.terms(name, data)?;
        let folds = self.cv.folds(data.n_rows(), None)?;
        let steps = self.l1_ratio.len() * folds.len();
        let (mut curve, mut done, mut unfinished) = (Vec::new(), 0, 0);
        for &l1_ratio in &self.l1_ratio {
            let path = self.plan.path(l1_ratio).n_alphas(self.n_alphas).eps(self.eps);
            let alphas = match &self.alphas {
                Some(alphas) => {
                    let mut alphas = alphas.clone();
                    alphas.sort_by(|a, b| b.total_cmp(a));
                    alphas
                }
                None => path.grid_of(samples, &terms, data.target(), samples.weights())?,
            };
            let mut errors: Vec<Vec<f64>> = Vec::with_capacity(folds.len());
            for fold in &folds {
                let train = data.select_rows(&fold.train);
                let own = self.plan.terms(name, &train)?;
                let fit = path.clone().alphas(alphas.clone()).fit(
                    train.samples(),
                    &own,
                    train.target(),
                    train.samples().weights(),
                    &(),
                )?;
                let predictor =
                    LinearPredictor::new(train.samples(), own, &fit.coefficients, &fit.intercepts)?;
                errors.push(held_out(&predictor, &data.select_rows(&fold.test))?);
                unfinished += usize::from(!fit.report.converged);
                done += 1;
                advance(progress, "folds", done, steps)?;
            }
            let count = errors.len() as f64;
            for (at, alpha) in alphas.iter().enumerate() {
                let mean = errors.iter().map(|e| e[at]).sum::<f64>() / count;
                let spread = errors.iter().map(|e| (e[at] - mean).powi(2)).sum::<f64>() / (count - 1.0);
                curve.push(PathPoint {
                    l1_ratio,
                    alpha: *alpha,
                    mean_squared_error: mean,
                    standard_error: (spread / count).sqrt(),
                });
            }
        }
        let chosen = self.choose(&curve);
        let point = curve[chosen];
        let mut model = self.plan.lasso(name, (point.alpha, point.l1_ratio), data, &())?;
        if unfinished > 0 {
            model.note(format!(
                "{unfinished} of {steps} paths of the folds did not converge: their errors, and the strength chosen by them, are \
                 not those of the optimum (raise max_iter)"
            ));
        }
        Ok(LinearCvModel { model, curve, chosen })
    }

    /// The first of least error; or, of its share, the first (and so strongest) within a standard error.
    fn choose(&self, curve: &[PathPoint]) -> usize {
        let mut best = 0;
        for (at, point) in curve.iter().enumerate() {
            if point.mean_squared_error < curve[best].mean_squared_error {
                best = at;
            }
        }
        if !self.one_standard_error {
            return best;
        }
        let bound = curve[best].mean_squared_error + curve[best].standard_error;
        let within =
            |point: &PathPoint| point.l1_ratio == curve[best].l1_ratio && point.mean_squared_error <= bound;
        curve.iter().position(within).unwrap_or(best)
    }
}

/// Weighted mean squared error of every strength on held-out rows.
fn held_out(predictor: &LinearPredictor, test: &Targeted<'_>) -> Result<Vec<f64>> {
    let samples = test.samples();
    let margins = predictor.margins("LinearCvModel", samples)?;
    let mut sums = vec![0.0; margins.ncols()];
    for (row, (margins, y)) in margins.rows().into_iter().zip(test.target()).enumerate() {
        let weight = samples.weight(row);
        sums.iter_mut().zip(margins).for_each(|(s, m)| *s += weight * (m - y) * (m - y));
    }
    let total = samples.total_weight();
    Ok(sums.into_iter().map(|s| s / total).collect())
}

impl LinearCvModel {
    /// The model at the chosen strength, fitted on all rows.
    pub fn model(&self) -> &LinearModel {
        &self.model
    }

    /// The chosen strength.
    pub fn alpha(&self) -> f64 {
        self.curve[self.chosen].alpha
    }

    /// The chosen share of the L1 penalty.
    pub fn l1_ratio(&self) -> f64 {
        self.curve[self.chosen].l1_ratio
    }

    /// All strengths with their errors on held-out rows.
    pub fn curve(&self) -> &[PathPoint] {
        &self.curve
    }

    /// How the fit at the chosen strength ended; a note tells whether paths of the folds did not converge.
    pub fn report(&self) -> &FitReport {
        self.model.report()
    }
}

impl Model for LinearCvModel {
    fn schema(&self) -> &Schema {
        self.model.schema()
    }
}

impl RegressorModel for LinearCvModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.model.predict(samples)
    }
}

impl Importances for LinearCvModel {
    fn feature_importances(&self) -> Array1<f64> {
        self.model.feature_importances()
    }
}

impl Attributions for LinearCvModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.model.contributions(samples)
    }
}

impl Persist for LinearCvModel {
    const KIND: &'static str = "linear-cv-model";

    fn validate(&self) -> Result<()> {
        self.model.validate()?;
        if self.model.family() != Family::Gaussian || self.chosen >= self.curve.len() {
            return Err(Error::model_file("a choice that is not on the curve"));
        }
        let numbers =
            self.curve.iter().flat_map(|p| [p.l1_ratio, p.alpha, p.mean_squared_error, p.standard_error]);
        if numbers.into_iter().any(|v| !v.is_finite()) {
            return Err(Error::model_file("a curve that is not finite"));
        }
        Ok(())
    }
}
