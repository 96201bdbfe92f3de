//! Logistic regression that learns row by row.

mod model;

use crm_ml_core::{ClassWeight, Classes, Classifier, Labeled, Progress, Result, Schema};
use crm_ml_linear::{FtrlSolver, FtrlTarget, ftrl_setters};
use serde::{Deserialize, Serialize};

use crate::logistic_regression::require_two_classes;
pub use model::FtrlClassifierModel;

/// Logistic regression of two or more classes that learns row by row: for streams, and for rows beyond what a solver should
/// look at many times.
///
/// FTRL-proximal (McMahan et al., Ad click prediction: a view from the trenches, 2013): every coefficient has a learning rate
/// of its own, `alpha / (beta + root of the sum of its squared gradients)`, and is exactly 0 while its evidence is below `l1`. With rows enough
/// the model comes near the minimum of `sum of losses + l1 * sum of magnitudes + l2 / 2 * squared norm`, which is
/// [`LogisticRegression`](crate::LogisticRegression)'s with `c = epochs / l2`. More than two classes are learned by their joint (softmax) probability.
///
/// The model is the state: [`partial_fit`](FtrlClassifierModel::partial_fit) goes on with rows to come, also of a model that was saved, bit for bit as if it had never
/// stopped; [`start`](Self::start) gives one that has seen nothing, for classes known beforehand. Rows are taken in their order
/// there; `fit` goes over its rows `epochs` times in drawn orders. [`progressive_loss`](FtrlClassifierModel::progressive_loss) tells how wrong
/// the model was about rows just before it first learned them.
///
/// Columns should have a spread of about 1: a step is about `alpha` in a coefficient's own unit. Category columns enter as their codes,
/// one coefficient a level and one for missing cells, and are never unrolled; levels not in the schema contribute nothing.
/// Missing real values and cells beyond 1e40 are refused by name. A weight multiplies its row's gradient, which is near, but not
/// equal, to learning the row so often. Results depend on the order of rows. O(p) time a row and class, on one thread.
///
/// ```
/// use crm_ml_classifiers::FtrlClassifier;
/// use crm_ml_core::{Classes, ClassifierModel, Labeled, Persist, Samples, Schema};
/// use ndarray::array;
///
/// let classes = Classes::new(["lost", "won"])?;
/// let mut model = FtrlClassifier::new().alpha(0.5).start(&Schema::unnamed(1), &classes)?;
/// for day in 0..20 {
///     let x = array![[1.0], [-1.0 - f64::from(day % 3)]];
///     model.partial_fit(&Labeled::new(Samples::new(&x)?, &["won", "lost"])?)?;
/// }
/// assert!(model.progressive_loss().mean().unwrap() < 0.5);
/// // Tomorrow it goes on from its file.
/// let mut model = crm_ml_classifiers::FtrlClassifierModel::from_bytes(&model.to_bytes()?)?;
/// let x = array![[2.0]];
/// assert!(model.predict_proba(&Samples::new(&x)?)?[[0, 1]] > 0.9);
/// model.partial_fit(&Labeled::new(Samples::new(&x)?, &["won"])?)?;
/// assert_eq!(model.progressive_loss().rows(), 41);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FtrlClassifier {
    solver: FtrlSolver,
    class_weight: ClassWeight,
}

const NAME: &str = "FtrlClassifier";

impl FtrlClassifier {
    /// `alpha` 0.1, `beta` 1, `l1` 0, `l2` 1, with intercept, five epochs in orders drawn from seed 0, no class weights.
    pub fn new() -> Self {
        Self::default()
    }

    ftrl_setters!(solver);

    /// Weights of the classes. Balanced ones are those of the rows of `fit`, and stay what they are in later rows.
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.class_weight = class_weight;
        self
    }

    /// A model that has seen no row: all classes are as probable.
    ///
    /// Errors: parameters, fewer than two classes, class weights that are balanced (there are no rows yet to balance) or not one a
    /// class.
    pub fn start(&self, schema: &Schema, classes: &Classes) -> Result<FtrlClassifierModel> {
        self.check(Some(classes.len()))?;
        let class_weights = match &self.class_weight {
            ClassWeight::Custom(weights) => weights.clone(),
            _ => vec![1.0; classes.len()],
        };
        let outputs = FtrlTarget::classes(&[], classes.len())?.outputs();
        let state = self.solver.start(schema, outputs)?;
        Ok(FtrlClassifierModel::new(schema, classes, class_weights, state))
    }

    /// `started` is the number of classes of a model without rows.
    fn check(&self, started: Option<usize>) -> Result<()> {
        let check = self.solver.check(NAME).class_weight(&self.class_weight);
        let Some(classes) = started else { return check.finish() };
        let weights = match &self.class_weight {
            ClassWeight::Custom(weights) => weights.len(),
            _ => classes,
        };
        check
            .rule(
                "class_weight",
                "Balanced",
                self.class_weight != ClassWeight::Balanced,
                "given before there are rows",
            )
            .rule("class_weight", format!("{weights} weights"), weights == classes, "one a class")
            .finish()
    }
}

impl Classifier for FtrlClassifier {
    type Model = FtrlClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<FtrlClassifierModel> {
        self.check(None)?;
        require_two_classes(data)?;
        let (samples, classes) = (data.samples(), data.classes());
        let class_weights = self.class_weight.factors(data)?;
        let weights = self.class_weight.row_weights(data)?;
        let target = FtrlTarget::classes(data.codes(), classes.len())?;
        let state = self.solver.fit(NAME, samples, target, weights.as_deref(), progress)?;
        Ok(FtrlClassifierModel::new(samples.schema(), classes, class_weights, state))
    }
}
