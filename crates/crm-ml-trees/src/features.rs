//! How many columns a split looks at.

use crm_ml_core::{Check, Error, Result, Samples};
use serde::{Deserialize, Serialize};

/// Most trees (boosting: rounds) that can be asked for.
pub(crate) const MOST_TREES: usize = 100_000;
/// Most value bins of a column: a `u8` with one value kept for missing.
pub(crate) const MOST_BINS: usize = 255;

/// How many columns, drawn anew for every split, are searched for it.
///
/// As long as none of the drawn columns varies in the node, more are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MaxFeatures {
    /// All columns.
    #[default]
    All,
    /// The square root of their number, rounded down.
    Sqrt,
    /// The binary logarithm of their number, rounded down.
    Log2,
    /// A share of them, above 0 and at most 1, rounded down.
    Share(f64),
    /// So many, at least 1.
    Count(usize),
}

impl MaxFeatures {
    /// Columns searched out of `width`: at least one, at most all.
    pub fn amount(self, width: usize) -> usize {
        let amount = match self {
            Self::All => width,
            Self::Sqrt => width.isqrt(),
            Self::Log2 => width.checked_ilog2().unwrap_or(0) as usize,
            Self::Share(share) => (share * width as f64) as usize,
            Self::Count(count) => count,
        };
        amount.min(width).max(1)
    }

    /// Whether anything is drawn at random.
    pub(crate) fn draws(self, width: usize) -> bool {
        self.amount(width) < width
    }

    /// Adds the rules of `max_features` to a check.
    pub(crate) fn check(self, check: Check) -> Check {
        match self {
            Self::Share(share) => check.share("max_features", share),
            Self::Count(count) => check.at_least("max_features", count, 1),
            Self::All | Self::Sqrt | Self::Log2 => check,
        }
    }
}

/// Refuses more rows than a histogram can count beside a gradient.
pub(crate) fn check_rows(samples: &Samples<'_>) -> Result<()> {
    let most = 1 << 28;
    if samples.n_rows() <= most {
        return Ok(());
    }
    Err(Error::unsupported(format!("trees take at most {most} rows, the data has {}", samples.n_rows())))
}
