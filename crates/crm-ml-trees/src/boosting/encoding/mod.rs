//! Category columns as numbers: ordered target statistics.
//!
//! A level's statistic is the mean of the negative gradients of its rows at the base margins, shrunk to 0 as if `prior` rows of no
//! gradient came on top: for log loss and squared error the mean target up to a constant, for other losses what they look at
//! (the share above the median, cut residuals), with one number an output. A row's own target must not be in the number that its
//! tree looks at, or the tree learns the target from it. So training rows are put in an order drawn at random and each sees only
//! the rows before it (Prokhorenkova et al. 2018, CatBoost); rows to predict see all training rows.

mod encoder;
mod ordered;
#[cfg(test)]
mod tests;

use crm_ml_core::Check;
use serde::{Deserialize, Serialize};

pub use encoder::Encoder;
pub(super) use ordered::Evidence;

/// How boosting treats category columns.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CategoricalEncoding {
    /// Splits by sets of levels, put in order by their gradients in each node (for few levels also one against the rest).
    #[default]
    Grouping,
    /// Columns of many levels become numbers, one an output: ordered target statistics. Columns of few levels are grouped. Beyond 512
    /// numbers all columns are grouped.
    OrderedStatistics {
        /// Orders of the rows, of which the rounds use one after the other, 1 to 16. Each takes the memory of the encoded data.
        permutations: usize,
        /// Rows without effect that are added to every level, above 0.
        prior: f64,
        /// Least levels of a column that is made a number, at least 1.
        min_levels: usize,
        /// Whether every pair of such columns gives numbers too: of their levels taken together. Beyond 64 such numbers there are none.
        combinations: bool,
    },
}

impl CategoricalEncoding {
    /// Ordered statistics with the settings that did best over the project's comparisons: one order (four were no better), a
    /// prior of three rows, columns of five levels or more, and pairs.
    pub fn ordered() -> Self {
        Self::OrderedStatistics { permutations: 1, prior: 3.0, min_levels: 5, combinations: true }
    }

    pub(super) fn check(self, check: Check) -> Check {
        match self {
            Self::Grouping => check,
            Self::OrderedStatistics { permutations, prior, min_levels, .. } => check
                .between("permutations", permutations, 1, 16)
                .positive("prior", prior)
                .at_least("min_levels", min_levels, 1),
        }
    }
}
