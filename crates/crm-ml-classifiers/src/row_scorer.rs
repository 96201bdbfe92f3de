//! Probabilities of one row at a time.

use crm_ml_core::{Error, Result};
use crm_ml_trees::{Ensemble, sigmoid};

/// A tree model compiled for single rows: a call allocates nothing, and one scorer serves any number of threads.
///
/// Made once a model by its `row_scorer`; gives the bits that `predict_proba` gives.
///
/// ```
/// use crm_ml_core::{Classifier, Labeled, Samples};
/// use crm_ml_classifiers::GradientBoostingClassifier;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [4.0], [5.0], [6.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
/// let model = GradientBoostingClassifier::new().min_samples_leaf(1).fit(&data)?;
/// let scorer = model.row_scorer();
/// let mut proba = [0.0; 2];
/// scorer.predict_proba(&[5.5], &mut proba)?;
/// assert!(proba[1] > 0.99);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowScorer {
    trees: crm_ml_trees::RowScorer,
    link: Link,
}

/// How the trees' outputs become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// They are.
    Identity,
    /// One output: the log-odds of the second class.
    Logistic,
    /// One output a class.
    Softmax,
}

impl Link {
    /// Turns margins into probabilities, in place. Two classes have their one margin in the second place.
    pub(crate) fn apply(self, outputs: &mut [f64]) {
        match (self, outputs) {
            (Self::Identity, _) => {}
            (Self::Logistic, outputs) => {
                if let [first, second] = outputs {
                    *second = sigmoid(*second);
                    *first = 1.0 - *second;
                }
            }
            (Self::Softmax, outputs) => {
                let most = outputs.iter().fold(f64::NEG_INFINITY, |most, margin| margin.max(most));
                outputs.iter_mut().for_each(|margin| *margin = (*margin - most).exp());
                let total: f64 = outputs.iter().sum();
                outputs.iter_mut().for_each(|share| *share /= total);
            }
        }
    }
}

impl RowScorer {
    pub(crate) fn new(ensemble: &Ensemble, link: Link) -> Self {
        Self::of(ensemble.row_scorer(), link)
    }

    pub(crate) fn of(trees: crm_ml_trees::RowScorer, link: Link) -> Self {
        Self { trees, link }
    }

    /// Number of columns of a row.
    pub fn n_columns(&self) -> usize {
        self.trees.n_columns()
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        match self.link {
            Link::Logistic => 2,
            Link::Identity | Link::Softmax => self.trees.n_outputs(),
        }
    }

    /// Writes the probability of every class. NaN is missing; in a category column what is no known code is unseen.
    ///
    /// Errors: another number of cells or of classes, an infinite cell.
    pub fn predict_proba(&self, row: &[f64], proba: &mut [f64]) -> Result<()> {
        if proba.len() != self.n_classes() {
            return Err(Error::length("probabilities", self.n_classes(), proba.len()));
        }
        let first = proba.len() - self.trees.n_outputs();
        self.trees.score(row, &mut proba[first..])?;
        self.link.apply(proba);
        Ok(())
    }
}
