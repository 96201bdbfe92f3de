//! Logistic regression.

mod model;

use crm_ml_core::{ClassWeight, Classifier, ErrorKind, Labeled, Progress, Result};
use crm_ml_linear::{Family, Inference, LogisticSolver, Penalty, Solver, Terms};
use serde::{Deserialize, Serialize};

pub use model::LogisticRegressionModel;
pub(crate) use model::probabilities;

/// Logistic regression of two classes, or of several by their joint (softmax) probability.
///
/// Minimises `C * sum of weighted losses + penalty`, the penalty half the squared norm of the coefficients, the sum of their
/// magnitudes (L1), both in shares (elastic net) or none, the intercept free; results equal scikit-learn's solvers run to a tight
/// `tol`. Columns need no scaling for the solver's sake, but the penalty sees their unit, as everywhere.
///
/// Category columns enter as they are, with one coefficient a level, and are never unrolled: 10,000 levels are no burden. Without
/// penalty each level is told against the first that has a row. A missing category is a level of its own where training had
/// one; a level (or missing cell) that training did not have adds nothing. Missing real values are refused by name.
///
/// Weights and class weights are honoured; multiplying all of them acts as multiplying `c`. At least two classes need a row; a
/// class without one gets a probability near 0. Classes separated without penalty have no finite optimum: the fit ends at `tol`
/// or `max_iter`, and the report says so, with the columns that separate them alone. Collinear columns share what they tell (a
/// note says so). O(n p^2) time an iteration (k^2 / 2 times that for k classes), no copy of the matrix.
///
/// ```
/// use crm_ml_classifiers::LogisticRegression;
/// use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "won", "won"])?;
/// let model = LogisticRegression::new().c(1.0).fit(&data)?;
/// assert!(model.coefficients()[[0, 0]] > 0.0);
/// let middle = array![[1.5]];
/// let proba = model.predict_proba(&Samples::new(&middle)?)?;
/// assert!((proba[[0, 1]] - 0.5).abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogisticRegression {
    solver: LogisticSolver,
    class_weight: ClassWeight,
    offset: Option<String>,
    positive: bool,
    inference: bool,
}

const NAME: &str = "LogisticRegression";

impl LogisticRegression {
    /// Penalty L2, `c` 1, `tol` 1e-6, `max_iter` 100, with intercept, no class weights.
    pub fn new() -> Self {
        Self::default()
    }

    /// What keeps coefficients small.
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.solver = self.solver.penalty(penalty);
        self
    }

    /// Weight of the losses against the penalty, above 0.
    pub fn c(mut self, c: f64) -> Self {
        self.solver = self.solver.c(c);
        self
    }

    /// Bound of the largest gradient entry of the objective divided by `C n`, n the total weight, by the coefficients and by those of
    /// standardised columns; `4 p (1 - p)` times that for a (rarest) class of share p. With 0 the fit runs until nothing improves. (scikit-learn's
    /// default is 1e-4.)
    pub fn tol(mut self, tol: f64) -> Self {
        self.solver = self.solver.tol(tol);
        self
    }

    /// Most Newton steps.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.solver = self.solver.max_iter(max_iter);
        self
    }

    /// Whether there is an intercept.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.solver = self.solver.fit_intercept(fit_intercept);
        self
    }

    /// Share of the L1 part of [`Penalty::ElasticNet`], 0 to 1 (0.5 where nothing is said).
    pub fn l1_ratio(mut self, l1_ratio: f64) -> Self {
        self.solver = self.solver.l1_ratio(l1_ratio);
        self
    }

    /// How the objective is minimised; by the shape of the data where nothing is said. All ways lead to the same minimum.
    pub fn solver(mut self, solver: Solver) -> Self {
        self.solver = self.solver.solver(solver);
        self
    }

    /// A real column that is added to the log-odds as it is, in training and in scoring. For two classes.
    pub fn offset(mut self, column: impl Into<String>) -> Self {
        self.offset = Some(column.into());
        self
    }

    /// Whether no coefficient may be below 0 (intercepts are free).
    pub fn positive(mut self, positive: bool) -> Self {
        self.positive = positive;
        self
    }

    /// Whether the model tells standard errors, z, p, deviances and AIC
    /// ([`summary`](LogisticRegressionModel::summary)): with [`Penalty::None`] and no signs. Several classes have none.
    pub fn inference(mut self, inference: bool) -> Self {
        self.inference = inference;
        self
    }

    /// Weights of the classes.
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.class_weight = class_weight;
        self
    }

    fn check(&self) -> Result<()> {
        self.solver
            .check(NAME)
            .rule(
                "inference",
                self.inference,
                !self.inference || (self.solver.is_free() && !self.positive),
                "with Penalty::None and without positive",
            )
            .class_weight(&self.class_weight)
            .finish()
    }
}

impl Classifier for LogisticRegression {
    type Model = LogisticRegressionModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<LogisticRegressionModel> {
        self.check()?;
        let samples = data.samples();
        let terms = Terms::of(NAME, samples, self.offset.as_deref(), None)?;
        let weights = self.class_weight.row_weights(data)?;
        let classes = data.classes().len();
        require_two_classes(data)?;
        let bounds = self.positive.then(|| vec![(0.0, f64::INFINITY); terms.width()]);
        let (weights, bounds) = (weights.as_deref(), bounds.as_deref());
        if classes > 2 {
            let codes = (data.codes(), classes);
            let fit = self.solver.fit_multinomial(samples, &terms, codes, weights, bounds, progress)?;
            return LogisticRegressionModel::new(data, terms, fit, None);
        }
        let target: Vec<f64> = data.codes().iter().map(|&code| f64::from(code)).collect();
        let fit = self.solver.fit_binary(samples, &terms, &target, weights, bounds, progress)?;
        let summary = if self.inference {
            let fit_intercept = self.solver.has_intercept();
            let (family, target) = (Family::Logistic, &target[..]);
            let inference = Inference { terms: &terms, family, target, weights, fit_intercept };
            Some(inference.summary(samples, &fit.coefficients.row(0).to_owned(), fit.intercepts[0])?)
        } else {
            None
        };
        LogisticRegressionModel::new(data, terms, fit, summary)
    }
}

pub(crate) fn require_two_classes(data: &Labeled<'_>) -> Result<()> {
    let mut present = vec![false; data.classes().len()];
    data.codes().iter().for_each(|&code| present[code as usize] = true);
    let found = present.iter().filter(|p| **p).count();
    if found >= 2 {
        return Ok(());
    }
    Err(ErrorKind::TooFew { what: "classes with a row".to_owned(), needed: 2, found }.into())
}
