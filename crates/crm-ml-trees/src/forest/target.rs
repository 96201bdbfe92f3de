//! What trees predict.

use crm_ml_core::{ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// How a classification tree judges a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Impurity {
    /// `1 - sum p^2` (Breiman, Friedman, Olshen, Stone: Classification and Regression Trees, 1984).
    #[default]
    Gini,
    /// `-sum p log2 p`.
    Entropy,
}

impl Impurity {
    /// Another name of [`Impurity::Entropy`].
    pub const LOG_LOSS: Self = Self::Entropy;
}

/// What the trees predict.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Target<'a> {
    /// Class shares.
    Classes {
        /// Class of every row.
        codes: &'a [u32],
        /// Number of classes.
        classes: usize,
        /// What a split reduces.
        impurity: Impurity,
    },
    /// Means or medians of the values.
    Values(&'a [f64], RegressionCriterion),
}

/// What the splits of a regression tree reduce (Breiman et al. 1984, chapter 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RegressionCriterion {
    /// The squared error around the mean.
    #[default]
    SquaredError,
    /// The absolute error around the weighted median, which is the value of a leaf. Slower by the logarithm of a node's rows.
    AbsoluteError,
    /// Half the Poisson deviance around the mean, for targets of at least 0, of which some are above. No leaf gets a mean of 0 by a
    /// split.
    Poisson,
}

impl Target<'_> {
    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Values(..) => 1,
        }
    }
}

/// A target that was looked through.
pub(super) struct Known<'a> {
    pub(super) target: Target<'a>,
    /// Rank of every value among the distinct ones.
    pub(super) ranks: Vec<u32>,
}

impl<'a> Known<'a> {
    /// Errors: a negative target or only zeros for the Poisson deviance.
    pub(super) fn new(target: Target<'a>) -> Result<Self> {
        let Target::Values(values, criterion) = target else { return Ok(Self { target, ranks: Vec::new() }) };
        if criterion == RegressionCriterion::Poisson {
            let invalid = |row: usize, requirement: &str| {
                let (value, requirement) = (values[row].to_string(), requirement.to_owned());
                Err(ErrorKind::InvalidTarget { row, value, requirement }.into())
            };
            if let Some(row) = values.iter().position(|value| *value < 0.0) {
                return invalid(row, "a target of the Poisson deviance must be at least 0");
            }
            if !values.is_empty() && values.iter().all(|value| *value == 0.0) {
                return invalid(0, "the Poisson deviance needs a target above 0");
            }
        }
        let mut distinct: Vec<f64> = values.to_vec();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        let rank = |value: &f64| distinct.partition_point(|other| other < value) as u32;
        Ok(Self { target, ranks: values.iter().map(rank).collect() })
    }
}
