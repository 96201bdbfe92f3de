//! The parameters that are a choice among few.

use crm_ml_core::{Check, Error, Result};
use serde::{Deserialize, Serialize};

/// Most rows a tree is grown on.
const MOST_ROWS: usize = 1 << 27;
/// Rows of a tree where nothing else is said: the paper's.
const USUAL_ROWS: usize = 256;

/// How many rows are drawn for a tree, out of the total weight (the number of rows, where they have none).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum MaxSamples {
    /// 256, or all if there are fewer.
    #[default]
    Auto,
    /// So many, at least 1, or all if there are fewer.
    Count(usize),
    /// This share of them, above 0 and at most 1, rounded down; at least one.
    Share(f64),
}

impl MaxSamples {
    pub(super) fn check(self, check: Check) -> Check {
        match self {
            Self::Auto => check,
            Self::Count(count) => check.at_least("max_samples", count, 1),
            Self::Share(share) => check.share("max_samples", share),
        }
    }

    /// Errors: more than 2^27.
    pub(super) fn amount(self, rows: usize) -> Result<usize> {
        let amount = match self {
            Self::Auto => USUAL_ROWS,
            Self::Count(count) => count,
            Self::Share(share) => (share * rows as f64) as usize,
        };
        let amount = amount.min(rows).max(1);
        match amount <= MOST_ROWS {
            true => Ok(amount),
            false => Err(Error::unsupported(format!("a tree takes at most {MOST_ROWS} rows, not {amount}"))),
        }
    }
}

/// How many columns are drawn for a tree.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum MaxFeatures {
    /// All.
    #[default]
    All,
    /// So many, at least 1, or all if there are fewer.
    Count(usize),
    /// This share of them, above 0 and at most 1, rounded down; at least one.
    Share(f64),
}

impl MaxFeatures {
    pub(super) fn check(self, check: Check) -> Check {
        match self {
            Self::All => check,
            Self::Count(count) => check.at_least("max_features", count, 1),
            Self::Share(share) => check.share("max_features", share),
        }
    }

    pub(super) fn amount(self, columns: usize) -> usize {
        let amount = match self {
            Self::All => columns,
            Self::Count(count) => count,
            Self::Share(share) => (share * columns as f64) as usize,
        };
        amount.min(columns).max(1)
    }
}

/// How deep a tree may grow.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum MaxDepth {
    /// The binary logarithm of the rows of a tree, rounded up: the depth of a balanced tree, beyond which rows are usual.
    #[default]
    Auto,
    /// So many splits on a path, at least 1.
    Count(usize),
    /// Until rows are alone or alike.
    Unlimited,
}

impl MaxDepth {
    pub(super) fn check(self, check: Check) -> Check {
        match self {
            Self::Count(count) => check.at_least("max_depth", count, 1),
            Self::Auto | Self::Unlimited => check,
        }
    }

    pub(super) fn amount(self, rows: usize) -> usize {
        match self {
            Self::Auto => rows.max(2).next_power_of_two().ilog2() as usize,
            Self::Count(count) => count,
            Self::Unlimited => usize::MAX,
        }
    }
}

/// With what probability a split takes a column. Columns that do not vary in the node are never taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ColumnChoice {
    /// All alike: the isolation forest of the paper.
    #[default]
    Uniform,
    /// In proportion to the range in the node, in units of the range in the tree's rows, so that units of measurement do
    /// not matter: like the cuts of a random cut forest (Guha et al. 2016), which take ranges as they are.
    Range,
    /// In proportion to the kurtosis in the node, so that columns with heavy tails are looked at more.
    Kurtosis,
}

/// What becomes of a level, when scored, that no row of the split's node had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NewCategAction {
    /// As if it were missing: both branches, weighted by their rows.
    #[default]
    Weighted,
    /// The branch of fewer rows, so that a new level is odd. (In a sloped split: as if it were missing.)
    Smallest,
}
