//! How many columns.

use crm_ml_core::Check;
use serde::{Deserialize, Serialize};

/// A number of columns, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// This many, at least 1.
    Count(usize),
    /// This share of all columns (rounded down, but at least one), above 0 and at most 1.
    Share(f64),
}

impl Amount {
    pub(crate) fn check(self, check: Check, parameter: &str) -> Check {
        match self {
            Self::Count(count) => check.at_least(parameter, count, 1),
            Self::Share(share) => check.share(parameter, share),
        }
    }

    pub(crate) fn of(self, columns: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Share(share) => ((columns as f64 * share) as usize).max(1),
        }
    }
}
