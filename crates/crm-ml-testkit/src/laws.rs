//! What an estimator promises, told at the macro call.

use crate::Subject;

/// How missing values are treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Missing {
    /// Fits and predicts with NaN in any column.
    Accepted,
    /// Refuses NaN with row and column.
    Refused,
}

/// What an integer weight of w promises against the row repeated w times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Repeats {
    /// Equal outputs within this.
    Within(f64),
    /// Rows are drawn: equal mean outputs over seeds, within this.
    InExpectation(f64),
}

/// An estimator and what it promises.
#[derive(Debug, Clone)]
pub struct Laws<S> {
    /// The estimator.
    pub subject: S,
    /// A quick version for laws that fit or load very often; the estimator itself where none is given.
    pub quick: S,
    /// Parameters out of range, with the name each error must tell.
    pub bad: Vec<(&'static str, S)>,
    /// Whether a parameter could be out of range at all.
    pub parameters: bool,
    /// Another seed, if the estimator is random.
    pub seeded: Option<fn(&S, u64) -> S>,
    /// Missing values.
    pub missing: Missing,
    /// Whether columns of categories are taken as they are.
    pub categories: bool,
    /// Integer weights.
    pub repeats: Repeats,
    /// Largest difference of outputs after shuffling rows or columns; `None` where neither is promised.
    pub order: Option<f64>,
    /// Whether shuffled columns are promised to change nothing.
    pub column_order: bool,
    /// Whether multiplying all weights changes the model.
    pub weight_scale_matters: bool,
    /// Largest difference between predicting rows together and alone; 0 for the same bits.
    pub subset: f64,
    /// Whether a clustering's labels are what it predicts for the rows of the fit.
    pub labels_are_predictions: bool,
    /// Whether a cluster may have no row.
    pub clusters_may_be_empty: bool,
    /// A share of outliers, and the detector that is told it.
    pub contamination: Option<(f64, S)>,
    /// Whether a detector scores the rows of its fit as it scores others.
    pub fitted_rows_score_as_others: bool,
}

impl<S: Subject> Laws<S> {
    /// The strictest promises: no missing values, weights and orders to 1e-8, not random.
    pub fn new(subject: S) -> Self {
        Self {
            quick: subject.clone(),
            subject,
            bad: Vec::new(),
            parameters: true,
            seeded: None,
            missing: Missing::Refused,
            categories: false,
            repeats: Repeats::Within(1e-8),
            order: Some(1e-8),
            column_order: true,
            weight_scale_matters: false,
            subset: 0.0,
            labels_are_predictions: true,
            clusters_may_be_empty: false,
            contamination: None,
            fitted_rows_score_as_others: true,
        }
    }

    /// A quick version (few trees, few iterations) for laws that fit or load very often.
    pub fn quick(mut self, subject: S) -> Self {
        self.quick = subject;
        self
    }

    /// One parameter out of range; fitting must name it.
    pub fn bad(mut self, parameter: &'static str, spoil: impl Fn(S) -> S) -> Self {
        self.bad.push((parameter, spoil(self.subject.clone())));
        self
    }

    /// No parameter could be out of range, so there is none to spoil.
    pub fn no_parameters(mut self) -> Self {
        self.parameters = false;
        self
    }

    /// The estimator draws rows or columns: another seed gives another model, orders promise nothing.
    pub fn random(mut self, seeded: fn(&S, u64) -> S) -> Self {
        self.seeded = Some(seeded);
        self.order = None;
        self
    }

    /// NaN is accepted in any column.
    pub fn missing_accepted(mut self) -> Self {
        self.missing = Missing::Accepted;
        self
    }

    /// NaN is refused (the default).
    pub fn missing_refused(mut self) -> Self {
        self.missing = Missing::Refused;
        self
    }

    /// Columns of categories are taken as they are: unseen and missing ones are predicted, and their order means nothing.
    pub fn categories_accepted(mut self) -> Self {
        self.categories = true;
        self
    }

    /// Integer weights equal repeated rows within `tolerance`.
    pub fn weights_within(mut self, tolerance: f64) -> Self {
        self.repeats = Repeats::Within(tolerance);
        self
    }

    /// Integer weights equal repeated rows in the mean over seeds, within `tolerance`.
    pub fn weights_in_expectation(mut self, tolerance: f64) -> Self {
        self.repeats = Repeats::InExpectation(tolerance);
        self
    }

    /// Multiplying all weights by a constant changes the model, as with a fixed penalty.
    pub fn weight_scale_matters(mut self) -> Self {
        self.weight_scale_matters = true;
        self
    }

    /// Shuffled rows or columns change outputs by no more than `tolerance`.
    pub fn order_within(mut self, tolerance: f64) -> Self {
        self.order = Some(tolerance);
        self
    }

    /// The order of columns may matter (ties between columns go to the first, or columns are drawn).
    pub fn column_order_matters(mut self) -> Self {
        self.column_order = false;
        self
    }

    /// A clustering predicts by another rule than it labels the rows of the fit.
    pub fn predictions_differ_from_labels(mut self) -> Self {
        self.labels_are_predictions = false;
        self
    }

    /// A clustering may keep a cluster to which no row belongs, as a mixture does.
    pub fn clusters_may_be_empty(mut self) -> Self {
        self.clusters_may_be_empty = true;
        self
    }

    /// The outlier detector that is told that a tenth of the rows are outliers.
    pub fn contamination(mut self, told: impl Fn(S, f64) -> S) -> Self {
        self.contamination = Some((0.1, told(self.subject.clone(), 0.1)));
        self
    }

    /// An outlier detector leaves a row out of what it is compared with in the fit only, as neighbours' distances do, so that
    /// its contamination holds for scores that it tells elsewhere.
    pub fn fitted_rows_score_apart(mut self) -> Self {
        self.fitted_rows_score_as_others = false;
        self
    }

    /// Rows predicted together and alone differ by no more than `tolerance` (blocked products).
    pub fn subset_within(mut self, tolerance: f64) -> Self {
        self.subset = tolerance;
        self
    }
}

/// Makes a module with one test a law.
#[macro_export]
macro_rules! laws {
    ($name:ident, $laws:expr) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::laws!(@tests $laws;
                default_params_fit bad_params_are_named params_round_trip one_row_one_column missing_policy
                category_policy single_class wrong_width_is_refused renamed_columns_are_refused layouts_give_the_same_bits row_order column_order
                batch_equals_row_by_row zero_weight_is_absent whole_weights_repeat weight_scale
                constant_and_duplicate_columns extreme_magnitudes fit_twice seeds thread_counts valid_output
                labels_keep_their_names output_names cluster_contract outlier_contract
                save_and_load truncated_files flipped_bits no_panic_search shared_between_threads);
        }
    };
    (@tests $laws:expr; $($check:ident)*) => {
        $(#[test]
        fn $check() {
            $crate::checks::$check(&$laws);
        })*
    };
}
